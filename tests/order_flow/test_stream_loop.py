from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from trading_bot.clock import Clock
from trading_bot.error_handling.exceptions import DataSourceError
from trading_bot.market_data.exceptions import DataValidationError
from trading_bot.order_flow import gap_filler, stream_loop
from trading_bot.order_flow.alert_publisher import MonitorEvent
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.reconnect import StreamTimes
from trading_bot.order_flow.stream_loop import StreamLoop
from trading_bot.order_flow.units import NS_PER_MS

from .monitor_stubs import START_NS, HandClock, Holdings, StubClient, at, book, position, trade
from .stream_stub import KEY, StreamStub, stream_stub

START_MS = START_NS // NS_PER_MS
QUICK = StreamTimes(
    ping_after=60.0, dead_after=60.0, first_wait=0.001, longest_wait=0.002, settled_after=60.0
)


@pytest.fixture(autouse=True)
def _quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_loop, "TICK_SECONDS", 0.002)


def quote(seconds: float, sequence: int, symbol: str = "ACME") -> dict[str, Any]:
    stamp = START_MS + round(seconds * 1_000)
    sides = {"bp": 100.0, "bs": 500, "ap": 100.01, "as": 500}
    return {"ev": "Q", "sym": symbol, "t": stamp, "q": sequence, **sides}


def print_(
    seconds: float, sequence: int, size: int = 12_000, symbol: str = "ACME", **more: Any
) -> dict[str, Any]:
    stamp = START_MS + round(seconds * 1_000)
    return {
        "ev": "T",
        "sym": symbol,
        "t": stamp,
        "pt": stamp,
        "p": 100.0,
        "s": size,
        "x": 11,
        "i": str(sequence),
        "q": sequence,
        **more,
    }


class Run:
    """A streaming monitor beside a stub server."""

    def __init__(self, stub: StreamStub, monitor: OrderFlowMonitor, loop: StreamLoop) -> None:
        self.stub = stub
        self.monitor = monitor
        self.loop = loop
        self.told: list[MonitorEvent] = []
        monitor.add_listener(self.told.append)

    @property
    def alerts(self) -> list[OrderFlowAlert]:
        return [each for each in self.told if isinstance(each, OrderFlowAlert)]

    def send(self, *messages: dict[str, Any]) -> None:
        self.stub.newest.send(messages)

    async def until(self, holds: Callable[[], object]) -> None:
        await self.stub.until(holds)

    async def ready(self, symbol: str = "ACME", gaps: int = 1) -> None:
        """Wait until a symbol is subscribed and its start is filled."""
        await self.until(lambda: self.stub.clients and self.loop.stream.problem is None)
        await self.until(lambda: self.loop.judge.symbols[symbol].gap is None)

    def judged(self, symbol: str = "ACME") -> tuple[int, int]:
        judge = self.monitor.judge_of(symbol)
        return (judge.trades, judge.quotes) if judge is not None else (0, 0)


def streaming(
    test: Callable[[Run], Awaitable[Any]],
    *,
    client: StubClient | None = None,
    holdings: Holdings | None = None,
    clock: Clock | None = None,
    directory: Path | None = None,
    prepare: Callable[[StreamStub], None] = lambda _: None,
    **settings: Any,
) -> tuple[Run, DataSourceError | None]:
    """Stream beside a test; return the run and what the provider refused."""

    async def run() -> tuple[Run, DataSourceError | None]:
        async with stream_stub() as stub:
            prepare(stub)
            monitor = OrderFlowMonitor(
                OrderFlowConfig(polygon_api_key=KEY),
                position_manager=holdings or Holdings(position()),
                client=client or StubClient(),
                log_directory=directory,
                clock=clock or HandClock(),
            )
            monitor.feeds.kinds = ("tape",)
            loop = StreamLoop(monitor, monitor.client, url=stub.url, times=QUICK, **settings)
            found = Run(stub, monitor, loop)
            stop = threading.Event()
            running = asyncio.create_task(loop.run(stop, 20.0))
            try:
                await test(found)
            finally:
                stop.set()
                loop.wake()
                refusal = await running
                monitor.close()
            return found, refusal

    return asyncio.run(run())


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
    assert client.asked == [("ACME", at(-370), at(-370))]


def test_the_record_begins_and_ends_with_the_symbols(tmp_path: Path) -> None:
    # Given a record
    async def test(run: Run) -> None:
        await run.ready()

    # When a stream has run
    streaming(test, directory=tmp_path)
    # Then it says so, as polling does
    lines = [json.loads(line) for line in (tmp_path / "2026-03-10.jsonl").read_text().splitlines()]
    assert [(line["event"], line.get("symbols")) for line in (lines[0], lines[-1])] == [
        ("order_flow.monitoring_started", ["ACME"]),
        ("order_flow.monitoring_stopped", ["ACME"]),
    ]


def test_the_channels_follow_the_positions() -> None:
    # Given a position
    holdings = Holdings(position())

    async def test(run: Run) -> None:
        await run.ready()
        # When it is closed and another opened
        holdings.positions = [position("BOLT")]
        await run.until(lambda: list(run.loop.judge.symbols) == ["BOLT"])
        await run.ready("BOLT")
        # Then its channels are, and the monitor watches it
        assert run.monitor.symbols == ("BOLT",)
        asked = [params for action, params in run.stub.newest.asked if action == "subscribe"]
        assert {"T.BOLT", "Q.BOLT"} <= set(asked)

    streaming(test, holdings=holdings)


def test_what_a_cut_has_swallowed_is_judged_once_and_in_order() -> None:
    # Given a provider that knows every print by REST
    everything = [trade(n, size=100, sequence=n, trade_id=str(n), exchange=11) for n in range(1, 7)]
    client = StubClient(lambda _s, start, _q: ([t for t in everything if t.sip_ns >= start], []))
    clock = HandClock()

    async def test(run: Run) -> None:
        everything_known, everything[:] = list(everything), []
        await run.ready()
        run.send(print_(1, 1, 100), print_(2, 2, 100))
        await run.until(lambda: run.judged() == (2, 0))
        # When the connection is cut, prints are missed, and live ones follow
        everything[:] = everything_known
        run.stub.newest.close(None)
        await run.until(lambda: len(run.stub.clients) == 2)
        await run.ready()
        run.send(print_(5, 5, 100), print_(6, 6, 100), print_(7, 7, 100))
        await run.until(lambda: run.judged()[0] == 7)
        # Then each was judged once
        assert run.loop.counts["gaps_filled"] == 2

    run, _ = streaming(test, client=client, clock=clock)
    assert run.judged()[0] == 7


def test_a_half_frame_is_a_gap_of_every_symbol() -> None:
    # Given two held symbols
    client = StubClient()

    async def test(run: Run) -> None:
        await run.ready()
        await run.ready("BOLT")
        client.asked.clear()
        # When half a frame comes
        run.stub.newest.send_bytes(b'[{"ev":"T","sym":"AC')
        await run.until(lambda: len(client.asked) == 2)
        # Then both are asked for again, over the same connection
        assert {symbol for symbol, _, _ in client.asked} == {"ACME", "BOLT"}
        assert run.loop.stream.link == 1

    streaming(test, client=client, holdings=Holdings(position(), position("BOLT")))


def test_an_unreadable_message_is_a_gap_of_its_symbol() -> None:
    # Given two held symbols
    client = StubClient()

    async def test(run: Run) -> None:
        await run.ready()
        await run.ready("BOLT")
        client.asked.clear()
        # When a print of one of them cannot be read
        run.send({"ev": "T", "sym": "BOLT", "t": "soon"})
        await run.until(lambda: client.asked)
        # Then only that one is asked for
        assert [symbol for symbol, _, _ in client.asked] == ["BOLT"]

    streaming(test, client=client, holdings=Holdings(position(), position("BOLT")))


def test_damage_while_a_gap_waits_for_its_connection_asks_for_nothing_more() -> None:
    # Given a symbol that is not subscribed yet
    client = StubClient()

    async def test(run: Run) -> None:
        # When its server talks nonsense first
        await run.until(lambda: run.stub.clients)
        run.stub.newest.send_bytes(b"nonsense")
        run.stub.newest.status("connected")
        await run.ready()
        # Then one question covers all
        assert len(client.asked) == 1

    def prepare(stub: StreamStub) -> None:
        stub.greets = False

    streaming(test, client=client, prepare=prepare)


def test_a_gap_that_rest_cannot_fill_is_given_up_and_told() -> None:
    # Given a provider that fails
    def fail(*_: object) -> Any:
        raise DataSourceError("slow", code="timeout")

    async def test(run: Run) -> None:
        await run.until(lambda: run.loop.counts["gaps_given_up"])
        # When live events come
        run.send(quote(0.1, 1), print_(0.2, 2))
        await run.until(lambda: run.alerts)

    # Then they are judged all the same
    run, _ = streaming(test, client=StubClient(fail))
    assert run.monitor.feeds.refused["timeout"] >= 1


def test_live_events_wait_ten_seconds_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a provider that does not answer, and a wait that is over at once
    monkeypatch.setattr("trading_bot.order_flow.gap.LONGEST_WAIT_SECONDS", 0.01)
    answered = threading.Event()

    def late(*_: object) -> Any:
        answered.wait(5)
        return [trade(-30, size=300, sequence=5), trade(9, size=1, sequence=900)], []

    async def test(run: Run) -> None:
        # When the wait has ended
        await run.until(lambda: run.loop.counts["gaps_given_up"])
        run.send(quote(0.1, 1), print_(0.2, 2))
        await run.until(lambda: run.judged() == (1, 1))
        answered.set()
        # Then live events are judged, and late ones of the gap where they belong
        await run.until(lambda: run.loop.counts["gaps_filled_late"])
        assert run.judged() == (2, 1)

    streaming(test, client=StubClient(late))


def test_an_answer_that_fails_late_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a provider that fails after the wait is over
    monkeypatch.setattr("trading_bot.order_flow.gap.LONGEST_WAIT_SECONDS", 0.01)
    answered = threading.Event()

    def late(*_: object) -> Any:
        answered.wait(5)
        raise DataSourceError("slow", code="timeout")

    async def test(run: Run) -> None:
        await run.until(lambda: run.loop.counts["gaps_given_up"])
        # When its answer comes
        answered.set()
        for _ in range(20):
            await asyncio.sleep(0.001)

    # Then the gap stays one that was given up
    run, _ = streaming(test, client=StubClient(late))
    assert (run.loop.counts["gaps_given_up"], run.loop.counts["gaps_filled_late"]) == (1, 0)


def test_a_gap_in_the_middle_that_rest_cannot_fill_leaves_the_baseline() -> None:
    # Given a provider that answers at the start and fails later
    client = StubClient()

    async def test(run: Run) -> None:
        await run.ready()
        starts_ns = run.monitor.tape_monitor.state_of("ACME")._watched_from_ns

        def fail(*_: object) -> Any:
            raise DataSourceError("slow", code="timeout")

        client._tape = fail
        # When half a frame comes
        run.stub.newest.send_bytes(b'[{"ev":"T","sym":"AC')
        await run.until(lambda: run.loop.counts["gaps_given_up"])
        # Then the minutes before still count
        assert run.monitor.tape_monitor.state_of("ACME")._watched_from_ns == starts_ns

    streaming(test, client=client)


def test_waiting_events_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a provider that does not answer, and room for one event
    monkeypatch.setattr(gap_filler, "WAITING_LIMIT_BYTES", 500)
    answered = threading.Event()

    def late(*_: object) -> Any:
        answered.wait(5)
        return [], []

    async def test(run: Run) -> None:
        await run.until(lambda: run.loop.stream.problem is None)
        # When three events wait
        run.send(quote(0.1, 1), quote(0.2, 2), print_(0.3, 3))
        await run.until(lambda: run.judged() == (1, 2))
        answered.set()

    # Then they are judged without what was missed
    run, _ = streaming(test, client=StubClient(late))
    assert run.loop.counts["gaps_given_up"] == 1


def test_an_answer_for_a_symbol_that_is_held_no_more_is_dropped() -> None:
    # Given a position that is closed while its start is fetched
    holdings = Holdings(position())
    answered = threading.Event()

    def late(*_: object) -> Any:
        answered.wait(5)
        return [trade(-30)], []

    async def test(run: Run) -> None:
        await run.until(lambda: run.loop.stream.problem is None)
        holdings.positions = []
        await run.until(lambda: not run.loop.judge.symbols)
        # When the answer comes
        answered.set()
        for _ in range(20):
            await asyncio.sleep(0.001)
        # Then nobody judges it
        assert run.monitor.symbols == ()

    streaming(test, client=StubClient(late), holdings=holdings)


@pytest.mark.parametrize("age", [0.0, 45.0], ids=["fresh", "stale"])
def test_a_quiet_stock_is_told_from_a_dead_feed_by_rest(age: float) -> None:
    # Given a provider whose book is as old as the newest quote of the stream
    clock = HandClock()

    def books(symbols: Any) -> Any:
        if not age:
            return {symbol: book(1, symbol) for symbol in symbols}
        error = DataValidationError("stale_snapshot", symbol="ACME", age_seconds=age)
        return dict.fromkeys(symbols, error)

    client = StubClient(books=books)

    async def test(run: Run) -> None:
        await run.ready()
        clock.move(1)
        run.send(quote(1, 1))
        await run.until(lambda: run.judged() == (0, 1))
        await run.until(lambda: run.monitor.visibility("ACME").state == "visible")
        # When nothing more comes
        clock.move(8 if not age else 44)
        await run.until(lambda: run.loop.judge.symbols["ACME"].vouched_ns)
        # Then REST vouches for the silence
        assert run.loop.counts["silent_but_not_quiet"] == 0

    streaming(test, client=client, clock=clock)


def test_a_feed_that_lost_something_is_found_out_by_rest() -> None:
    # Given a provider whose book is newer than the stream's
    clock = HandClock()
    client = StubClient(books=lambda symbols: {symbol: book(5, symbol) for symbol in symbols})

    async def test(run: Run) -> None:
        await run.ready()
        clock.move(1)
        run.send(quote(1, 1))
        await run.until(lambda: run.judged() == (0, 1))
        await run.until(lambda: run.monitor.visibility("ACME").state == "visible")
        asked = len(client.asked)
        # When the stream stays silent
        clock.move(8)
        await run.until(lambda: run.loop.counts["silent_but_not_quiet"])
        # Then the gap is filled
        await run.until(lambda: len(client.asked) > asked)
        assert client.asked[-1] == ("ACME", at(-370), at(1))

    streaming(test, client=client, clock=clock)


def test_a_book_says_nothing_of_a_symbol_whose_gap_is_filled_already() -> None:
    # Given a provider that is slow with its books
    clock = HandClock()
    answered, tape_answered = threading.Event(), threading.Event()
    tape_answered.set()

    def books(symbols: Any) -> Any:
        answered.wait(5)
        return {symbol: book(5, symbol) for symbol in symbols}

    def tape(*_: object) -> Any:
        tape_answered.wait(5)
        return [], []

    client = StubClient(tape, books)

    async def test(run: Run) -> None:
        await run.ready()
        clock.move(1)
        run.send(quote(1, 1))
        await run.until(lambda: run.judged() == (0, 1))
        clock.move(8)
        await run.until(lambda: client.books_asked)
        # When half a frame comes before the book
        tape_answered.clear()
        run.stub.newest.send_bytes(b'[{"ev":"T","sym":"AC')
        await run.until(lambda: run.loop.judge.symbols["ACME"].gap)
        answered.set()
        for _ in range(20):
            await asyncio.sleep(0.001)
        tape_answered.set()
        await run.ready()

    # Then one question covers both
    run, _ = streaming(test, client=client, clock=clock)
    assert (run.loop.counts["gaps"], run.loop.counts["silent_but_not_quiet"]) == (2, 0)


@pytest.mark.parametrize("kind", ["error", "left out", "odd"])
def test_a_silence_that_could_not_be_checked_is_counted(kind: str) -> None:
    # Given a provider without a usable book
    clock = HandClock()

    def books(symbols: Any) -> Any:
        if kind == "error":
            raise DataSourceError("down")
        if kind == "odd":
            return {"ACME": DataValidationError("stale_snapshot", symbol="ACME")}
        return {}

    async def test(run: Run) -> None:
        await run.ready()
        clock.move(1)
        run.send(quote(1, 1))
        await run.until(lambda: run.judged() == (0, 1))
        await run.until(lambda: run.monitor.visibility("ACME").state == "visible")
        # When the stream stays silent
        clock.move(8)
        # Then that is counted, and vouches for nothing
        await run.until(lambda: run.loop.counts["silence_not_checked"])
        assert run.loop.judge.symbols["ACME"].vouched_ns == 0

    streaming(test, client=StubClient(books=books), clock=clock)


def test_a_frame_that_crashes_the_code_costs_no_other() -> None:
    # Given a listener of the wire that fails once
    async def test(run: Run) -> None:
        await run.ready()
        judge, calls = run.loop.judge.judge, []

        def crash(*values: Any) -> None:
            calls.append(values)
            if len(calls) == 1:
                raise RuntimeError("a defect")
            judge(*values)

        run.loop.judge.judge = crash  # type: ignore[method-assign, assignment]
        # When two frames come
        run.send(quote(0.1, 1))
        await run.until(lambda: run.loop.counts["frame_crashed"])
        await run.ready()
        run.send(quote(0.2, 2))
        await run.until(lambda: run.judged() == (0, 1))

    # Then the first is fetched again and the second judged
    run, _ = streaming(test)
    assert run.loop.counts["gaps"] == 2


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
        await run.until(lambda: run.loop.stream.link == 2)
        # Then no print is lost, and quotes that others replaced are counted
        await run.until(lambda: run.loop.counts["quotes_left_out"])
        trades, quotes = run.judged()
        assert (trades, quotes + run.loop.counts["quotes_left_out"]) == (59, 59)

    streaming(test, queue_bytes=3_000)


def encoded(*messages: dict[str, Any]) -> bytes:
    return json.dumps(messages).encode()


def test_reading_waits_until_half_of_the_queue_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a queue that holds many slices
    monkeypatch.setattr(stream_loop, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(stream_loop, "PRESSED_SLICE_BYTES", 1)

    async def test(run: Run) -> None:
        await run.ready()
        resumed: list[int] = []
        run.loop.stream.resume_reading = (  # type: ignore[method-assign]
            lambda: resumed.append(run.loop.queue.waiting_bytes)
        )
        # When it is full
        for n in range(1, 31):
            run.loop.on_frame(encoded(print_(n / 10, n, 10)), run.loop.stream.link)
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
            run.loop.on_frame(encoded(print_(n / 10, n, 10)), run.loop.stream.link)
        run.loop.on_cut(run.loop.stream.link)
        await run.until(lambda: run.judged() == (30, 0))
        # Then what comes next waits
        assert run.loop.judge.symbols["ACME"].gap is not None

    streaming(test, queue_bytes=3_000)


def test_what_has_arrived_before_the_end_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a loop that judges one frame at a time
    monkeypatch.setattr(stream_loop, "SLICE_SECONDS", 0.0)

    async def test(run: Run) -> None:
        await run.ready()
        # When it ends with hundreds of them before it
        for n in range(1, 301):
            run.loop.on_frame(encoded(print_(n / 100, n, 10)), run.loop.stream.link)

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


def test_a_refused_symbol_is_degraded_and_the_others_go_on() -> None:
    # Given a symbol that the provider does not stream
    def prepare(stub: StreamStub) -> None:
        stub.refused = ("T.NONE", "Q.NONE", "LULD.")

    async def test(run: Run) -> None:
        await run.ready()
        # When both were asked for
        words = "tape: channel_refused"
        await run.until(lambda: run.monitor.visibility("NONE").reason == words)

    # Then the other is judged on
    run, refusal = streaming(test, prepare=prepare, holdings=Holdings(position(), position("NONE")))
    assert refusal is None
    assert run.loop.stream.subscriptions.bands_refused


def test_everything_may_be_watched() -> None:
    # Given a stream of everything
    client = StubClient()

    async def test(run: Run) -> None:
        await run.until(lambda: run.stub.clients and run.loop.stream.problem is None)
        # When symbols trade, frames are damaged and the connection is cut
        run.send(quote(0.1, 1, "BOLT"), print_(0.2, 2, symbol="BOLT"))
        run.stub.newest.send_bytes(b"nonsense")
        await run.until(lambda: run.alerts)
        run.stub.newest.close(None)
        await run.until(lambda: len(run.stub.clients) == 2)
        # Then they are judged from the first event on, and nothing is fetched
        await run.until(lambda: run.loop.stream.problem is None)
        assert (run.monitor.symbols, client.asked) == (("BOLT",), [])

    streaming(test, client=client, holdings=Holdings(), everything=True)


def test_it_ends_by_itself_after_its_time() -> None:
    # Given a stream with a duration
    async def run() -> DataSourceError | None:
        async with stream_stub() as stub:
            monitor = OrderFlowMonitor(
                OrderFlowConfig(polygon_api_key=KEY),
                position_manager=Holdings(position()),
                client=StubClient(),
                log_directory=None,
                clock=HandClock(),
            )
            monitor.feeds.kinds = ("tape",)
            loop = StreamLoop(monitor, monitor.client, url=stub.url, times=QUICK)
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
