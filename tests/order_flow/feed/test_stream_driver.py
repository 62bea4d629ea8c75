"""A stream is judged as it comes, on one event loop."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from support.monitor_stubs import HandClock, Holdings, StubClient, at, position, trade
from support.noting_sink import NotingSink
from support.stream_runs import Run, knows, print_, quote, streaming, streaming_monitor
from support.stream_stub import StreamStub, stream_stub

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.feed import frame_consumer, stream_driver
from trading_bot.order_flow.feed.ingest import TURN_SECONDS
from trading_bot.order_flow.feed.stream_driver import StreamDriver
from trading_bot.order_flow.market.events import Print, TradeEvent
from trading_bot.order_flow.market.units import utc_from_ns
from trading_bot.order_flow.notices import GuardState
from trading_bot.order_flow.providers.provider import StreamDecoder
from trading_bot.order_flow.rules.side.matching import MILLISECONDS


@pytest.fixture(autouse=True)
def _quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_driver, "TICK_SECONDS", 0.002)


def test_a_large_seller_on_the_stream_is_an_alert() -> None:
    # Given a held symbol
    async def test(run: Run) -> None:
        await run.ready()
        # When 12,000 shares are sold at the bid
        run.send(quote(0.1, 1), print_(0.2, 2))
        await run.until(lambda: run.alerts)

    # Then it is told, at once
    run, refusal = streaming(test)
    assert refusal is None
    assert [(each.source, each.order_size, each.late) for each in run.alerts] == [
        ("aggressive_sell", 12_000, False)
    ]


def test_the_start_is_filled_by_rest() -> None:
    # Given a provider that knows a print of the minutes before
    client = StubClient(lambda *_: ([trade(-60, size=300, sequence=5)], []))

    async def test(run: Run) -> None:
        # When a stream has started
        await run.ready()
        # Then it was asked for the baseline, and has judged it
        assert run.judged() == (1, 0)

    streaming(test, client=client)
    # From a whole minute on, so that polling and streaming judge the same events
    assert client.asked[0] == ("ACME", at(-420), at(-420))


def test_the_record_begins_and_ends_with_the_symbols(tmp_path: Path) -> None:
    # Given a record
    async def test(run: Run) -> None:
        await run.ready()

    # When a stream has run
    streaming(test, directory=tmp_path)
    # Then it says so, as polling does, once it has seen the position
    lines = [json.loads(line) for line in (tmp_path / "2026-03-10.jsonl").read_text().splitlines()]
    assert [(line["event"], line.get("symbols")) for line in (lines[1], lines[-1])] == [
        ("order_flow.monitoring_started", ["ACME"]),
        ("order_flow.monitoring_stopped", ["ACME"]),
    ]


def test_it_is_said_once_that_the_stream_brings_what_was_asked_of_it() -> None:
    # Given a stream, and whoever wants to know when it is there
    told: list[str] = []

    async def test(run: Run) -> None:
        told.append("not yet")
        # When its channels are let in, and those of another symbol later
        await run.ready()
        run.loop.on_subscribed(["BOLT"])

    streaming(test, on_streaming=lambda: told.append("streaming"))
    # Then that is said once, and not before
    assert told == ["not yet", "streaming"]


def test_the_channels_follow_the_positions() -> None:
    # Given a position
    holdings, clock = Holdings(position()), HandClock()

    async def test(run: Run) -> None:
        await run.ready()
        # When it is closed, which five seconds prove, and another opened
        holdings.positions = [position("BOLT")]
        await run.loop._tick()
        await run.ready("BOLT")
        clock.move(5)
        await run.until(lambda: list(run.loop.ingest.symbols) == ["BOLT"])
        # Then its channels are, and the monitor watches it
        assert run.monitor.symbols == ("BOLT",)
        asked = [params for action, params in run.stub.newest.asked if action == "subscribe"]
        assert {"T.BOLT", "Q.BOLT"} <= set(asked)

    streaming(test, holdings=holdings, clock=clock)


def sale(seconds: float, sequence: int) -> TradeEvent:
    """Return what a second source knows of a small print that the stream brings."""
    return trade(seconds, size=300, sequence=sequence, trade_id=str(sequence), exchange=11)


class CrashingOnce:
    """A decoder with a defect that shows at the first frame."""

    def __init__(self, decoder: StreamDecoder) -> None:
        self.refused, self.lost = decoder.refused, decoder.lost
        self.refused_rows = decoder.refused_rows
        self.decode_conflated = decoder.decode_conflated
        self.pieces, self.symbols_of = decoder.pieces, decoder.symbols_of
        self._decoder = decoder
        self._frames = 0

    def decode(self, payload: bytes, received_ns: int, link: int) -> None:
        self._frames += 1
        if self._frames == 1:
            raise RuntimeError("a defect")
        self._decoder.decode(payload, received_ns, link)


def test_a_frame_that_crashes_the_code_costs_no_other() -> None:
    # Given a decoder that fails once
    clock = HandClock()
    client = knows(clock, sale(-0.2, 1), sale(-0.1, 2))

    async def test(run: Run) -> None:
        await run.ready()
        consumer = run.loop._consumer
        consumer._decoder = CrashingOnce(consumer._decoder)
        asked = len(client.asked)
        # When two frames come
        run.send(print_(-0.2, 1, 300))
        await run.until(lambda: run.loop.counts["frame_crashed"])
        run.send(print_(-0.1, 2, 300))
        # Then the first is fetched again and the second judged
        await run.until(lambda: len(client.asked) > asked)
        await run.ready()
        await run.until(lambda: run.judged() == (2, 0))

    run, _ = streaming(test, client=client, clock=clock)
    assert run.loop.counts["frame_crashed"] == 1


def test_under_pressure_only_the_newest_quote_is_judged_and_every_print() -> None:
    # Given a queue that is pressed by a few frames, and a provider that confirms everything
    async def test(run: Run) -> None:
        await run.ready()
        # When a burst comes in one go, and then the connection ends
        frames = [[quote(n / 10, 2 * n), print_(n / 10, 2 * n + 1, 10)] for n in range(1, 60)]
        for frame in frames:
            run.send(*frame)
        run.stub.newest.close(None)
        await run.until(lambda: run.judged()[0] == 59)
        await run.until(lambda: run.link.link == 2)
        # Then no print is lost, and quotes that others replaced are counted
        await run.until(lambda: run.loop.counts["quotes_left_out"])
        trades, quotes = run.judged()
        assert (trades, quotes + run.loop.counts["quotes_left_out"]) == (59, 59)

    streaming(test, clock=HandClock(utc_from_ns(at(10))), queue_bytes=3_000)


def encoded(*messages: dict[str, Any]) -> bytes:
    return json.dumps(messages).encode()


def test_reading_waits_until_half_of_the_queue_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a queue that holds many slices
    monkeypatch.setattr(frame_consumer, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(frame_consumer, "PRESSED_SLICE_BYTES", 1)

    async def test(run: Run) -> None:
        await run.ready()
        resumed: list[int] = []
        run.loop._consumer._on_room = lambda: resumed.append(run.loop.queue.waiting_bytes)
        # When it is full
        for n in range(1, 31):
            run.loop.on_frame(encoded(print_(n / 10, n, 10)), run.link.link)
        await run.until(lambda: run.judged() == (30, 0))
        # Then reading goes on only below half of it
        assert max(resumed) <= 1_500

    streaming(test, queue_bytes=3_000)


def test_the_end_of_a_connection_under_pressure_opens_a_gap() -> None:
    # Given a pressed queue
    async def test(run: Run) -> None:
        await run.ready()
        # When the connection ends behind the burst
        for n in range(1, 31):
            run.loop.on_frame(encoded(print_(n / 10, n, 10)), run.link.link)
        run.loop.on_cut(run.link.link)
        await run.until(lambda: run.judged() == (30, 0))
        # Then what comes next waits
        assert run.loop.ingest.symbols["ACME"].gap is not None

    streaming(test, queue_bytes=3_000)


def test_what_has_arrived_before_the_end_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a loop that judges one frame at a time
    monkeypatch.setattr(frame_consumer, "SLICE_SECONDS", 0.0)

    async def test(run: Run) -> None:
        await run.ready()
        # When it ends with hundreds of them before it
        for n in range(1, 301):
            run.loop.on_frame(encoded(print_(n / 100, n, 10)), run.link.link)

    # Then none is left
    run, _ = streaming(test)
    assert run.judged() == (300, 0)


def test_a_refusal_ends_the_loop_with_its_error() -> None:
    # Given a plan without quotes
    def prepare(stub: StreamStub) -> None:
        stub.refused = ("Q.",)

    async def test(run: Run) -> None:
        # When they are asked for
        await run.until(lambda: run.loop.stream.counts["plan_without_quotes"])

    # Then the loop returns the named error
    _, refusal = streaming(test, prepare=prepare)
    assert refusal is not None
    assert refusal.code == "plan_without_quotes"


def test_a_symbol_that_nobody_knows_is_blind_and_the_others_go_on() -> None:
    # Given a symbol that the provider neither streams nor knows
    def prepare(stub: StreamStub) -> None:
        stub.refused = ("T.NONE", "Q.NONE", "LULD.")

    def tape(symbol: str, *_: int) -> Any:
        if symbol == "NONE":
            raise DataSourceError("no such symbol", code="not_found")
        return [], []

    async def test(run: Run) -> None:
        await run.ready()
        # When both were asked for
        await run.pass_time(5)
        # Then that is said, and the other is judged on
        assert run.monitor.visibility("NONE").state == "blind"
        assert run.monitor.visibility("NONE").reason.startswith("no_channel: ")
        assert run.monitor.visibility("ACME").state == "visible"
        run.send(quote(run.now - 0.2, 1), print_(run.now - 0.1, 2))
        await run.until(lambda: run.alerts)

    _, refusal = streaming(
        test,
        client=StubClient(tape),
        prepare=prepare,
        holdings=Holdings(position(), position("NONE")),
    )
    assert refusal is None


def test_what_a_stream_says_to_a_person_is_told() -> None:
    # Given a subscribed stream
    async def test(run: Run) -> None:
        await run.ready()
        # When another program takes its place
        run.stub.newest.status("max_connections")
        await run.until(lambda: run.loop.stream.problem == "max_connections")

    run, refusal = streaming(test)
    # Then everybody is told, and the run goes on
    said = [each.reason for each in run.told if isinstance(each, GuardState)]
    assert said[-1].startswith("another program uses this key")
    assert run.monitor.judge.publisher.counts["connection_evicted"] == 1
    assert refusal is None


def test_what_the_request_budget_promises_is_said_at_the_start() -> None:
    # Given a stream of one position
    async def test(run: Run) -> None:
        # When it begins
        await run.ready()

    run, _ = streaming(test)
    # Then it is said once
    (said,) = [each.reason for each in run.told if isinstance(each, GuardState)]
    assert said.startswith("90 requests a second: a dead channel is noticed within")


def test_it_ends_by_itself_after_its_time() -> None:
    # Given a stream with a duration
    async def run() -> DataSourceError | None:
        async with stream_stub() as stub:
            monitor = streaming_monitor(stub)
            loop = StreamDriver(monitor.judge, monitor.provider)
            # When the time is over
            return await loop.run(threading.Event(), 0.02)

    # Then it returns without a refusal
    assert asyncio.run(run()) is None


def test_what_was_left_out_is_known_to_the_monitor() -> None:
    # Given a stream
    async def test(run: Run) -> None:
        await run.ready()
        # When an unknown event comes
        run.send({"ev": "AM", "sym": "ACME"})
        await run.until(lambda: run.monitor.dropped().get("unknown_event"))

    # Then the monitor's counts tell of it
    run, _ = streaming(test)
    assert run.monitor.dropped()["connections"] == 1


def test_a_stamp_that_cannot_be_is_set_aside() -> None:
    # Given a held symbol
    async def test(run: Run) -> None:
        await run.ready()
        # When a print of an hour later comes, and one of now
        run.send(print_(3_600, 1, 300), print_(0, 2, 300))
        # Then the second alone is judged
        await run.until(lambda: run.judged() == (1, 0))
        assert run.loop.counts["set_aside"] == 1

    streaming(test)


def test_a_machine_that_slept_is_connected_anew() -> None:
    # Given a held symbol
    async def test(run: Run) -> None:
        await run.ready()
        # When a minute passes between two looks
        run.clock.move(60)
        await run.loop._tick()
        # Then there is another connection
        await run.until(lambda: len(run.stub.clients) == 2)

    streaming(test)


async def stop_prints(run: Run, seconds: int) -> None:
    """Let seconds pass in which the stream brings the prints of BOLT alone."""
    for second in range(seconds):
        stamp_ns = at(second)
        run.send(print_(second, 1_000 + second, 300, "BOLT"))
        await run.until(lambda: run.loop.ingest.symbols["BOLT"].trade_ns >= stamp_ns)  # noqa: B023
        await run.pass_time(1)


def two_symbols(clock: HandClock) -> dict[str, Any]:
    """Return two held symbols that trade every second, but for a pause before the start."""
    seconds = [*range(-400, -20), *range(100)]
    prints = [sale(second, 1_000 + second) for second in seconds]
    prints += [each._replace(symbol="BOLT") for each in prints]
    holdings = Holdings(position(), position("BOLT"))
    return {"client": knows(clock, *prints), "clock": clock, "holdings": holdings}


def test_a_channel_that_has_stopped_is_subscribed_anew() -> None:
    # Given two held symbols
    async def test(run: Run) -> None:
        await run.ready()
        asked = len(run.stub.newest.asked)
        # When the stream brings the prints of one no more
        await stop_prints(run, 12)
        # Then its channel is unsubscribed and subscribed, on the same connection
        await run.until(lambda: len(run.stub.newest.asked) >= asked + 2)
        assert run.stub.newest.asked[asked:] == [
            ("unsubscribe", "T.ACME"),
            ("subscribe", "T.ACME"),
        ]
        assert run.link.link == 1

    run, _ = streaming(test, **two_symbols(HandClock()))
    assert run.loop.counts["losses_found"] >= 1


def test_a_channel_that_nothing_helps_is_given_up_and_counted() -> None:
    # Given two held symbols
    async def test(run: Run) -> None:
        await run.ready()
        # When the stream brings the prints of one no more, for long
        await stop_prints(run, 60)
        # Then it is given up, and every print of it is judged all the same
        assert run.loop.counts["ByRest"] == 1
        await run.until(lambda: run.judged()[0] >= 380 + 55)
        assert run.monitor.visibility("BOLT").state == "visible"

    streaming(test, **two_symbols(HandClock()))


def test_a_silence_of_our_own_making_is_not_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a queue that is full, so that reading has stopped
    monkeypatch.setattr(frame_consumer, "SLICE_SECONDS", 0.0)

    async def test(run: Run) -> None:
        await run.ready()
        run.send(*(quote(n / 100, n) for n in range(1, 60)))
        await run.until(lambda: run.loop.stream.counts["reading_paused"])
        # When the next frame comes after twenty seconds
        await run.pass_time(20)
        run.send(quote(20, 60))
        await run.until(lambda: run.loop.ingest.symbols["ACME"].quote_ns == at(20))
        # Then it is not doubted
        assert run.loop._stall.doubted_ns == 0

    streaming(test, queue_bytes=3_000)


def test_a_print_of_a_quiet_symbol_is_judged_within_two_turns() -> None:
    # Given a held symbol with a quote
    async def test(run: Run) -> None:
        await run.ready()
        turns: list[bool] = []
        wait_for_turn = run.loop.ingest._on_wait
        assert wait_for_turn is not None

        def wait() -> None:
            turns.append(run.loop.ingest.symbols["ACME"].held is not None)
            wait_for_turn()

        run.loop.ingest._on_wait = wait
        # When a large sale comes, and nothing after it
        run.send(quote(0.1, 1), print_(0.2, 2))
        await run.until(lambda: run.alerts)
        # Then it waited for quotes of its millisecond, and was judged without them
        assert turns
        await run.until(lambda: not run.loop.ingest.prints_wait)

    streaming(test)


def test_a_print_waits_five_milliseconds_at_most() -> None:
    # Given how long a turn lasts
    # When a print waits for two of them
    # Then that is no longer than the clock window
    assert MILLISECONDS.clock_window_ns >= 2 * TURN_SECONDS * 1e9


def test_what_waits_at_the_end_is_judged() -> None:
    # Given a large sale that waits, in turns that would never end
    async def test(run: Run) -> None:
        await run.ready()
        run.loop._await_turn = lambda: None  # type: ignore[method-assign]
        run.send(quote(0.1, 1), print_(0.2, 2))
        await run.until(lambda: run.loop.ingest.symbols["ACME"].held)

    # When the stream is stopped
    run, _ = streaming(test)
    # Then it was judged
    assert [each.order_size for each in run.alerts] == [12_000]


def test_a_waiting_print_that_crashes_the_code_costs_no_other_symbol() -> None:
    # Given two held symbols, the judge of one with a defect
    setting = two_symbols(HandClock())
    client: StubClient = setting["client"]

    async def test(run: Run) -> None:
        await run.ready()
        await run.ready("BOLT")
        live = run.loop.ingest.symbols["ACME"]
        asked = len(client.asked)
        judged = run.judged("BOLT")[0]
        live.way_in = Failing()
        # When a print of each waits, and its time is over
        run.send(print_(0.2, 2, 300), print_(0.2, 3, 300, "BOLT"))
        await run.until(lambda: run.loop.counts["print_crashed"] and run.judged("BOLT")[0] > judged)
        # Then the other was judged, and what was lost is asked for
        await run.pass_time(3)
        assert len(client.asked) > asked

    streaming(test, **setting)


class Failing(NotingSink):
    """A way in with a defect."""

    def trade(self, event: Print) -> None:
        raise RuntimeError("a defect")
