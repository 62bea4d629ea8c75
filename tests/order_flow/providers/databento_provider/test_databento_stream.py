"""The supervised connection, against a gateway over real sockets that goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from support.dbn_records import (
    ACME,
    BEAT,
    BOLT,
    DATASET,
    KEY,
    OPEN_NS,
    book,
    failure,
    mapped,
    replayed,
    said,
    trade,
)
from support.fake_zstd import use_library
from support.gateway_stub import GatewayStub, gateway_stub
from support.monitor_stubs import HandClock
from support.moved_seconds import MovedSeconds
from support.noting_sink import NotingSink

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.units import NS_PER_SECOND, utc_from_ns
from trading_bot.order_flow.providers.databento.stream import DatabentoStream
from trading_bot.order_flow.providers.reconnect import StreamTimes
from trading_bot.order_flow.providers.supervision.actions import HALTS, TRADES, Channel
from trading_bot.order_flow.providers.supervision.stream_events import (
    ChannelsRefused,
    Evicted,
    KeyRefused,
    Opened,
    RenewChannels,
    RestAnswered,
    StreamEvent,
)

QUICK = StreamTimes(
    ping_after=60.0, dead_after=15.0, first_wait=0.001, longest_wait=0.002, settled_after=60.0
)
SLOW = StreamTimes(ping_after=60.0, dead_after=15.0, first_wait=20.0, longest_wait=20.0)
"""An ordinary wait would outlast every test."""
RECEIVED_NS = OPEN_NS + 30 * NS_PER_SECOND


class Observer:
    """Takes messages apart as they come, and notes the rest in order."""

    def __init__(self) -> None:
        self.decoder: Any = None
        self.sink = NotingSink()
        self.noted: list[Any] = []
        self.said: list[str] = []
        self.takes_more = True
        self.frames = 0

    def on_frame(self, payload: bytes, link: int) -> bool:
        self.frames += 1
        self.decoder.decode(payload, RECEIVED_NS, link)
        return self.takes_more

    def on_cut(self, link: int) -> None:
        self.noted.append(link)

    def on_subscribed(self, symbols: list[str]) -> None:
        self.noted += symbols

    def on_stream_event(self, event: StreamEvent) -> None:
        self.noted.append(event)

    def on_said(self, reason: str, sentence: str) -> None:
        self.said.append(reason)

    @property
    def subscribed(self) -> list[str]:
        return [each for each in self.noted if isinstance(each, str)]

    @property
    def refused(self) -> set[str]:
        """The symbols of which more than halts is refused."""
        return {
            channel.symbol
            for event in self.noted
            if isinstance(event, ChannelsRefused)
            for channel in event.channels
            if channel.kind != HALTS
        }


class Run:
    """A stream beside its gateway."""

    def __init__(
        self,
        stub: GatewayStub,
        *,
        times: StreamTimes,
        first_ns: int | None,
        key: str,
        compression: str,
    ) -> None:
        self.stub = stub
        self.seconds = MovedSeconds()
        self.clock = HandClock(utc_from_ns(RECEIVED_NS))
        self.observer = Observer()
        self.stream = DatabentoStream(
            ("127.0.0.1", stub.port),
            DATASET,
            key,
            self.observer,
            clock=self.clock,
            compression=compression,
            first_ns=first_ns,
            times=times,
            draw=lambda: 0.0,
            seconds=self.seconds,
        )
        self.observer.decoder = self.stream.decoder(self.observer.sink)
        self.ended: DataSourceError | None = None

    @property
    def sink(self) -> NotingSink:
        return self.observer.sink

    async def ready(self, connections: int = 1) -> None:
        await self.stub.until(
            lambda: self.stream.link >= connections and self.stream.problem is None
        )

    async def let_pass(self, seconds: float) -> None:
        """Let time pass by whole seconds, as a driver does."""
        for _ in range(round(seconds)):
            self.seconds.move(1.0)
            self.stream.check()
            await asyncio.sleep(0)


Test = Callable[[Run], Awaitable[Any]]


def streaming(
    test: Test,
    *symbols: str,
    times: StreamTimes = QUICK,
    first_ns: int | None = None,
    key: str = KEY,
    compression: str = "none",
    prepare: Callable[[GatewayStub], None] = lambda stub: None,
    ends: bool = False,
) -> Run:
    """Run a stream beside a test; return it, with what it ended with."""

    async def run() -> Run:
        async with gateway_stub() as stub:
            prepare(stub)
            found = Run(stub, times=times, first_ns=first_ns, key=key, compression=compression)
            found.stream.follow(symbols)
            running = asyncio.create_task(found.stream.run())
            try:
                await test(found)
                if ends:
                    await asyncio.wait([running], timeout=5.0)
            finally:
                running.cancel()
                ended = (await asyncio.gather(running, return_exceptions=True))[0]
            if isinstance(ended, DataSourceError):
                found.ended = ended
            else:
                assert isinstance(ended, asyncio.CancelledError), ended
            return found

    return asyncio.run(run())


async def nothing(run: Run) -> None:
    """Wait for nothing."""


# It is let in and subscribes.


def test_books_and_halts_of_each_symbol_are_asked_for_and_then_it_starts() -> None:
    # Given a stream of two symbols
    async def test(run: Run) -> None:
        await run.ready()
        # When rows come
        run.stub.happen(OPEN_NS, book())
        run.stub.happen(OPEN_NS, trade(size=7))
        await run.stub.until(lambda: run.sink.trades)

    run = streaming(test, "ACME", "BOLT")
    # Then they are given, and everything was asked for in one session
    assert run.sink.order == ["book", "trade"]
    assert run.stub.newest.asked == [
        ("mbp-10", "ACME,BOLT", None),
        ("status", "ACME,BOLT", None),
    ]
    assert run.stub.newest.heard[-1] == {"start_session": "0"}
    assert run.observer.noted[:3] == [Opened(), "ACME", "BOLT"]


@pytest.mark.parametrize(("others", "how"), [(9, "none"), (10, "zstd")])
def test_more_than_ten_symbols_come_packed(
    monkeypatch: pytest.MonkeyPatch, others: int, how: str
) -> None:
    # Given something that unpacks, and ten symbols or eleven, of which the gateway has one
    use_library(monkeypatch, "zstandard")
    names = [f"OTHER{number}" for number in range(others)]

    def prepare(stub: GatewayStub) -> None:
        stub.unknown = set(names)

    async def test(run: Run) -> None:
        await run.stub.until(lambda: run.observer.subscribed)
        # When rows come
        run.stub.happen(OPEN_NS, book())
        run.stub.happen(OPEN_NS, trade(size=7))
        await run.stub.until(lambda: run.sink.trades)

    run = streaming(test, "ACME", *names, compression="auto", prepare=prepare)
    # Then they are given, plain or packed
    assert run.sink.order == ["book", "trade"]
    assert run.stub.links[0].compression == how
    assert run.stream.counts["sessions_packed"] == (how == "zstd") * len(run.stub.links)


def test_packed_bytes_that_are_damaged_end_the_connection_and_are_replayed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a packed stream that has brought a print
    use_library(monkeypatch, "zstandard")

    async def test(run: Run) -> None:
        await run.ready()
        run.stub.happen(OPEN_NS, trade(size=7))
        await run.stub.until(lambda: run.sink.trades)
        # When bytes come that cannot be unpacked, and a print is missed by it
        run.stub.miss(OPEN_NS + 1, trade(OPEN_NS + 1, size=8, sequence=2))
        run.stub.newest._writer.write(b"no frame at all")
        await run.stub.until(lambda: len(run.sink.trades) >= 2)

    run = streaming(test, "ACME", compression="zstd")
    # Then another connection replays what is missing, from a second before it
    assert run.sink.shares[-2:] == [7, 8]
    assert run.stream.link == 2


def test_without_a_key_nothing_is_connected() -> None:
    # Given no key
    # When it is to run
    run = streaming(nothing, "ACME", key="", ends=True)
    # Then it says where one belongs
    assert run.ended is not None
    assert run.ended.code == "missing_key"
    assert run.stub.links == []


def test_a_wrong_key_ends_it() -> None:
    # Given a key that the gateway does not know
    # When it is proved
    run = streaming(nothing, "ACME", key="db-wrong-key-000000000000000000", ends=True)
    # Then it does not try again
    assert run.ended is not None
    assert (run.ended.code, len(run.stub.links)) == ("wrong_key", 1)
    assert "CRAM is invalid" in str(run.ended)


def test_a_plan_without_live_data_ends_it() -> None:
    # Given an account that may not see this dataset
    def prepare(stub: GatewayStub) -> None:
        stub.refusals = ["not entitled to XNAS.ITCH"]

    # When it connects
    run = streaming(nothing, "ACME", prepare=prepare, ends=True)
    # Then the plan is blamed
    assert run.ended is not None
    assert run.ended.code == "plan_without_stream"


@pytest.mark.parametrize("among_records", [False, True])
def test_too_many_sessions_are_waited_for(among_records: bool) -> None:
    # Given an account whose sessions are all taken
    async def test(run: Run) -> None:
        if among_records:
            await run.ready()
            run.stub.newest.write(failure("too many", 3))
        await run.stub.until(lambda: run.observer.said)
        # When the wait is over
        await run.let_pass(70)
        await run.stub.until(lambda: len(run.stub.links) == 2)

    def prepare(stub: GatewayStub) -> None:
        stub.refusals = [] if among_records else ["open connection limit reached"]

    run = streaming(test, "ACME", prepare=prepare)
    # Then it was said, and tried again
    assert run.observer.said == ["evicted"]
    assert Evicted() in run.observer.noted


@pytest.mark.parametrize("code", [1, 2])
def test_a_key_that_is_taken_back_is_doubted(code: int) -> None:
    # Given a stream that was let in
    async def test(run: Run) -> None:
        await run.ready()
        # When its key is refused among the records
        run.stub.newest.write(failure("deactivated", code))
        await run.stub.until(lambda: run.observer.said)
        await run.let_pass(3)
        await run.ready(2)

    run = streaming(test, "ACME")
    # Then it was tried again
    assert run.observer.said == ["key_doubted"]
    assert KeyRefused() in run.observer.noted


@pytest.mark.parametrize("says", ["Failed to resolve symbol '{}'.", "{}: unknown"])
def test_a_symbol_that_is_not_known_costs_no_other(says: str) -> None:
    # Given a gateway that does not know one of three
    def prepare(stub: GatewayStub) -> None:
        stub.unknown, stub.says_of_unknown = {"NONE"}, says

    async def test(run: Run) -> None:
        # When all are asked for
        await run.ready()

    run = streaming(test, "ACME", "BOLT", "NONE", prepare=prepare)
    # Then that one is refused by its name
    assert sorted(run.observer.subscribed) == ["ACME", "BOLT"]
    assert run.observer.refused == {"NONE"}


def test_a_symbol_that_is_not_named_is_found() -> None:
    # Given a gateway that does not say which symbol it does not know
    def prepare(stub: GatewayStub) -> None:
        stub.unknown, stub.says_of_unknown = {"NONE"}, "one symbol is unknown"

    async def test(run: Run) -> None:
        # When three are asked for
        await run.ready()

    run = streaming(test, "ACME", "BOLT", "NONE", prepare=prepare)
    # Then it is found, and what comes already was not asked for twice
    assert run.observer.refused == {"NONE"}
    asked = [symbols for schema, symbols, _ in run.stub.newest.asked if schema == "mbp-10"]
    assert sum("ACME" in each.split(",") for each in asked) == 1


def test_symbols_are_added_to_a_session_from_now_on() -> None:
    # Given a stream of one symbol
    async def test(run: Run) -> None:
        await run.ready()
        # When another is held, and the first one is not any more, and then it is again
        run.stream.follow(["ACME", "BOLT"])
        await run.stub.until(lambda: "BOLT" in run.observer.subscribed)
        run.stream.follow(["BOLT"])
        run.stream.follow(["ACME", "BOLT"])
        await run.ready()

    run = streaming(test, "ACME", first_ns=OPEN_NS)
    # Then it was asked for without a past, and the other came all the time
    assert run.stub.newest.asked[2:] == [("mbp-10", "BOLT", None), ("status", "BOLT", None)]
    assert len(run.stub.links) == 1


def test_a_renewed_symbol_that_comes_is_not_asked_for_twice() -> None:
    # Given a stream of one symbol
    async def test(run: Run) -> None:
        await run.ready()
        # When it is to be renewed
        run.stream.tell(RenewChannels((Channel(TRADES, "ACME"),)))
        await run.ready()

    run = streaming(test, "ACME")
    # Then all of it would come twice, so it is said to come
    assert run.observer.subscribed == ["ACME", "ACME"]
    assert len(run.stub.newest.asked) == 2


def test_while_nothing_is_held_a_silent_gateway_is_no_dead_one() -> None:
    # Given a stream of nothing
    async def test(run: Run) -> None:
        await run.stub.until(lambda: Opened() in run.observer.noted)
        # When the gateway says nothing for a minute, and then a symbol is held
        await run.let_pass(60)
        run.stream.follow(["ACME"])
        await run.ready()

    run = streaming(test)
    # Then the same connection serves it
    assert (len(run.stub.links), run.observer.subscribed) == (1, ["ACME"])


def test_a_dataset_without_depth_ends_it() -> None:
    # Given a dataset of best prices only
    def prepare(stub: GatewayStub) -> None:
        stub.no_schemas = {"mbp-10"}

    # When its books are asked for
    run = streaming(nothing, "ACME", prepare=prepare, ends=True)
    # Then it says so
    assert run.ended is not None
    assert run.ended.code == "no_depth"


def test_a_dataset_without_halts_is_watched_without_them() -> None:
    # Given a dataset that tells of no halts
    def prepare(stub: GatewayStub) -> None:
        stub.no_schemas = {"status"}

    async def test(run: Run) -> None:
        # When they are asked for
        await run.ready(2)

    run = streaming(test, "ACME", prepare=prepare)
    # Then the next session does without
    assert run.stub.newest.asked == [("mbp-10", "ACME", None)]
    assert run.observer.refused == set()


def test_a_subscription_that_cannot_be_is_refused_by_its_words() -> None:
    # Given a stream of one symbol that has not been mapped
    def prepare(stub: GatewayStub) -> None:
        stub.unknown, stub.says_of_unknown = {"NONE"}, "your plan lacks {}"

    # When it is refused, and no other is there
    run = streaming(nothing, "NONE", prepare=prepare, ends=True)
    # Then the plan is blamed
    assert run.ended is not None
    assert run.ended.code == "plan_without_trades"


# Every end of a connection is the same: it comes back, and what was missed is replayed.


async def _end_softly(run: Run) -> None:
    run.stub.newest.end()


async def _reset(run: Run) -> None:
    run.stub.newest.reset()


async def _err(run: Run) -> None:
    run.stub.newest.write(failure("internal", 6))


async def _send_rubbish(run: Run) -> None:
    run.stub.newest.write(b"\x00" * 40)


async def _send_rubbish_word(run: Run) -> None:
    run.stub.newest.write(replayed()[:16] + b"\xff" + replayed()[17:])


async def _fall_silent(run: Run) -> None:
    await run.let_pass(16)


async def _skip(run: Run) -> None:
    run.stub.newest.write(failure("skipped 120 records", 7))


ENDS = [_end_softly, _reset, _err, _send_rubbish, _send_rubbish_word, _fall_silent, _skip]


@pytest.mark.parametrize("end", ENDS, ids=[each.__name__ for each in ENDS])
def test_after_any_end_what_was_missed_is_replayed_once(end: Test) -> None:
    # Given a stream that has come so far
    at = OPEN_NS + 10 * NS_PER_SECOND

    async def test(run: Run) -> None:
        await run.ready()
        run.stub.happen(at - 2 * NS_PER_SECOND, trade(at - 2 * NS_PER_SECOND, 1, sequence=1))
        run.stub.happen(at, trade(at, 2, sequence=2))
        await run.stub.until(lambda: len(run.sink.trades) == 2)
        # When it ends, and something happens meanwhile
        run.stub.miss(at + 1, trade(at + 1, 3, sequence=3))
        await end(run)
        await run.ready(2)

    run = streaming(test, "ACME")
    # Then the next session begins a second before the newest event
    assert run.stub.newest.asked == [
        ("mbp-10", "ACME", str(at - NS_PER_SECOND)),
        ("status", "ACME", str(at - NS_PER_SECOND)),
    ]
    # And what was missed came before the symbol is said to come
    assert run.sink.shares == [1, 2, 2, 3]
    assert [each.trade_id for each in run.sink.trades] == [""] * 4
    assert run.stream.counts["replays"] == 1
    assert run.observer.noted[:5] == [Opened(), "ACME", 1, Opened(), "ACME"]


def has_ended(run: Run, times: int) -> bool:
    return run.stream.counts["disconnects"] == times


def test_resets_again_and_again_are_waited_out() -> None:
    # Given a gateway that resets two connections in a row, as they begin
    async def test(run: Run) -> None:
        for connection in (1, 2):
            await run.ready(connection)
            run.stub.newest.reset()
            # When each has ended
            await run.stub.until(partial(has_ended, run, connection))
        await run.ready(3)

    run = streaming(test, "ACME")
    # Then the third serves
    assert len(run.stub.links) == 3
    assert run.observer.subscribed == ["ACME"] * 3


def test_a_gateway_that_is_away_is_asked_again_until_it_is_back() -> None:
    # Given a port at which nobody listens, for two attempts
    async def test(run: Run) -> None:
        port, run.stream._port = run.stream._port, 1
        await run.stub.until(lambda: run.stream.counts["no_connection"] >= 2)
        assert run.stream.problem == "no_connection"
        # When the gateway is back
        run.stream._port = port
        await run.ready()

    run = streaming(test, "ACME")
    # Then it is subscribed
    assert run.observer.subscribed[-1] == "ACME"


def test_a_gateway_that_says_nothing_from_the_start_is_left() -> None:
    # Given a gateway that takes the connection and does not greet
    def prepare(stub: GatewayStub) -> None:
        stub.is_mute = True

    async def test(run: Run) -> None:
        await run.stub.until(lambda: run.stub.links)
        await run.stub.until(lambda: run.stream.counts["connections"])
        run.stub.is_mute = False
        # When the time for an answer is over
        await run.let_pass(11)
        await run.ready(2)

    run = streaming(test, "ACME", prepare=prepare)
    # Then the next one serves
    assert run.stream.counts["no_answer"] == 1


def test_a_session_without_a_first_record_is_left() -> None:
    # Given a session whose gateway is mute after it was started
    def prepare(stub: GatewayStub) -> None:
        stub.is_mute_once_started = True

    async def test(run: Run) -> None:
        await run.stub.until(lambda: run.stub.links and len(run.stub.newest.heard) == 4)
        run.stub.is_mute_once_started = False
        # When a heartbeat and ten seconds have passed
        await run.let_pass(16)
        await run.ready(2)

    run = streaming(test, "ACME", prepare=prepare)
    # Then the next one serves
    assert len(run.stub.links) == 2


def has_heard_since(run: Run, then: float) -> bool:
    return run.stream._heard_at > then


def test_signs_of_life_keep_a_quiet_session() -> None:
    # Given a session in which nothing happens
    async def test(run: Run) -> None:
        await run.ready()
        frames = run.observer.frames
        heard = run.stream._heard_at
        for _ in range(5):
            # When the gateway says every five seconds that it lives
            await run.let_pass(5)
            run.stub.newest.write(BEAT)
            await run.stub.until(partial(has_heard_since, run, heard))
            heard = run.stream._heard_at
        # Then it is kept, and nothing is taken for an event
        assert run.observer.frames == frames

    run = streaming(test, "ACME")
    assert len(run.stub.links) == 1


def test_a_gateway_is_asked_for_no_sign_of_life() -> None:
    # Given a silent session whose wait for a sign of life is short
    async def test(run: Run) -> None:
        await run.ready()
        heard = len(run.stub.newest.heard)
        # When that is over
        await run.let_pass(5)
        # Then nothing was said: there is no such word
        assert len(run.stub.newest.heard) == heard

    streaming(test, "ACME", times=StreamTimes(ping_after=2.0, dead_after=15.0))


def test_a_slow_judge_stops_the_reading_until_it_has_room() -> None:
    # Given a judge that has no room
    async def test(run: Run) -> None:
        await run.ready()
        run.observer.takes_more = False
        run.stub.happen(OPEN_NS, trade(size=1))
        await run.stub.until(lambda: run.sink.shares == [1])
        # When more comes, and time passes
        run.stub.happen(OPEN_NS + 1, trade(OPEN_NS + 1, 2, sequence=2))
        await run.let_pass(20)
        await asyncio.sleep(0.01)
        assert run.sink.shares == [1]
        # Then it is read once there is room, by the same connection
        run.observer.takes_more = True
        run.stream.resume_reading()
        await run.stub.until(lambda: run.sink.shares == [1, 2])

    run = streaming(test, "ACME")
    assert (len(run.stub.links), run.stream.counts["reading_paused"]) == (1, 1)


def test_a_warning_of_slow_reading_is_counted() -> None:
    # Given a session
    async def test(run: Run) -> None:
        await run.ready()
        # When the gateway warns, and says what nobody has to know
        run.stub.newest.write(said("slow", 2) + said("end of interval", 4))
        await run.stub.until(lambda: run.stream.counts["slow_reader_warning"])

    run = streaming(test, "ACME")
    # Then it goes on
    assert len(run.stub.links) == 1


def test_a_hole_is_replayed_from_where_it_began_not_from_the_newest_event() -> None:
    # Given records that were skipped, and events that go on behind them
    at = OPEN_NS + 10 * NS_PER_SECOND

    async def test(run: Run) -> None:
        await run.ready()
        later = at + 5 * NS_PER_SECOND
        run.stub.newest.write(
            trade(at) + failure("skipped", 7) + trade(later, sequence=9) + trade(later + 1)
        )
        # When the next session begins
        await run.ready(2)

    run = streaming(test, "ACME")
    # Then it replays the hole
    assert run.stub.newest.asked[0] == ("mbp-10", "ACME", str(at - NS_PER_SECOND))


def test_nothing_is_current_until_the_replay_has_caught_up() -> None:
    # Given a first session that is to replay eight minutes
    async def test(run: Run) -> None:
        await run.stub.until(lambda: run.stub.links and run.stub.newest.asked)
        run.stub.happen(OPEN_NS, trade())
        await run.stub.until(lambda: run.sink.trades)
        # When that takes half a minute
        await run.let_pass(2)
        for _ in range(6):
            await run.let_pass(5)
            run.stub.newest.write(BEAT)
            await asyncio.sleep(0.01)
        assert (run.stream.problem, run.observer.subscribed) == ("subscribing", [])
        # Then the symbol comes when books have caught up, not when halts have
        run.stub.newest.write(replayed("status"))
        await asyncio.sleep(0.01)
        assert run.observer.subscribed == []
        run.stub.newest.write(replayed("mbp-10"))
        await run.ready()

    def prepare(stub: GatewayStub) -> None:
        stub.replays_for_ever = True

    run = streaming(test, "ACME", first_ns=OPEN_NS, prepare=prepare)
    assert run.observer.subscribed == ["ACME"]
    assert len(run.stub.links) == 1


def test_a_replay_that_never_catches_up_is_begun_anew() -> None:
    # Given a gateway that never says that a replay has caught up
    async def test(run: Run) -> None:
        await run.stub.until(lambda: run.stub.links and run.stub.newest.asked)
        await run.stub.until(lambda: run.stream._numbers)
        run.stub.replays_for_ever = False
        # When a minute has passed
        for _ in range(12):
            await run.let_pass(5)
            run.stub.newest.write(BEAT)
            await asyncio.sleep(0.005)
        await run.let_pass(2)
        await run.ready(2)

    def prepare(stub: GatewayStub) -> None:
        stub.replays_for_ever = True

    run = streaming(test, "ACME", first_ns=OPEN_NS, prepare=prepare)
    # Then another session replays the same
    assert run.stream.counts["replay_unfinished"] == 1
    assert run.stub.newest.asked[0][2] == str(OPEN_NS)


def test_a_replay_that_comes_nearer_to_the_present_is_waited_for() -> None:
    # Given a replay of so much that a minute is not enough, though it comes on
    async def test(run: Run) -> None:
        await run.stub.until(lambda: run.stub.links and run.stub.newest.asked)
        await run.stub.until(lambda: run.stream._numbers)
        for second in range(0, 100, 5):
            at = begun_ns + 3 * second * NS_PER_SECOND
            run.clock.move(5)
            run.stub.newest.write(BEAT + trade(at, sequence=second + 1))
            await run.stub.until(partial(has_judged, run, second // 5 + 1))
            await run.let_pass(5)
        # When it has caught up
        run.stub.newest.write(replayed("mbp-10"))
        await run.ready()

    def prepare(stub: GatewayStub) -> None:
        stub.replays_for_ever = True

    begun_ns = RECEIVED_NS - 480 * NS_PER_SECOND
    run = streaming(test, "ACME", first_ns=begun_ns, prepare=prepare)
    # Then it was not begun anew
    assert run.stream.counts["replay_unfinished"] == 0
    assert len(run.stub.links) == 1


def has_judged(run: Run, count: int) -> bool:
    return len(run.sink.trades) >= count


def test_a_replay_that_the_gateway_does_not_keep_is_given_up() -> None:
    # Given a session that has come so far, and whose hole is too old for the gateway
    async def test(run: Run) -> None:
        await run.ready()
        run.stub.happen(OPEN_NS, trade())
        await run.stub.until(lambda: run.sink.trades)
        # When it says so
        run.stub.newest.write(failure("replay aged out", 8))
        await run.ready(2)

    run = streaming(test, "ACME")
    # Then the next one begins at the present, which is counted
    assert run.stub.newest.asked[0] == ("mbp-10", "ACME", None)
    assert run.stream.counts["replays_given_up"] == 1


def test_a_hole_of_more_than_a_day_is_given_up() -> None:
    # Given a machine that slept over the weekend
    async def test(run: Run) -> None:
        await run.ready()
        run.stub.happen(OPEN_NS, trade())
        await run.stub.until(lambda: run.sink.trades)
        run.clock.move(2 * 86_400)
        # When it connects anew
        run.stub.newest.end()
        await run.ready(2)

    run = streaming(test, "ACME")
    # Then what is too old is not asked for
    assert run.stub.newest.asked[0] == ("mbp-10", "ACME", None)
    assert run.stream.counts["replays_given_up"] == 1


def test_words_of_an_earlier_session_are_passed_over() -> None:
    # Given a stream whose second session has begun
    async def test(run: Run) -> None:
        await run.ready()
        run.stub.newest.end()
        await run.ready(2)
        # When a word of the first one is decoded late
        run.stream._take_word(DataSourceError("late", code="undecodable"), 1)
        await run.ready(2)

    run = streaming(test, "ACME")
    # Then the second one goes on
    assert len(run.stub.links) == 2


def test_a_mapping_that_changes_in_a_session_is_followed() -> None:
    # Given a session of one symbol
    async def test(run: Run) -> None:
        await run.ready()
        # When its number becomes another
        run.stub.newest.write(mapped("ACME", 99) + book(instrument=99))
        await run.stub.until(lambda: run.sink.events)

    run = streaming(test, "ACME")
    # Then its rows come on
    assert [each.symbol for each in run.sink.events] == ["ACME"]


def test_two_symbols_that_swap_their_numbers_go_on() -> None:
    # Given a session of two symbols
    async def test(run: Run) -> None:
        await run.ready()
        # When each is given the other's number, and a second passes
        run.stub.newest.write(mapped("BOLT", ACME) + mapped("ACME", BOLT))
        run.stub.newest.write(book(instrument=BOLT))
        await run.stub.until(lambda: run.sink.events)
        await run.let_pass(1)

    run = streaming(test, "ACME", "BOLT")
    # Then the rows are the other's, on the same connection
    assert [each.symbol for each in run.sink.events] == ["ACME"]
    assert len(run.stub.links) == 1


@pytest.mark.parametrize("other", ["BOLT", "ZZZZ", "acme!"])
def test_a_symbol_whose_number_another_takes_is_asked_for_anew(other: str) -> None:
    # Given a session of two symbols that has come so far
    async def test(run: Run) -> None:
        await run.ready()
        run.stub.happen(OPEN_NS, trade())
        await run.stub.until(lambda: run.sink.trades)
        # When the number of one is given to another, and it gets none
        run.stub.newest.write(mapped(other, ACME))
        await run.stub.until(lambda: run.observer.decoder.lost == {"ACME"})
        await run.let_pass(1)
        await run.ready(2)

    run = streaming(test, "ACME", "BOLT")
    # Then another session replays what it may have missed
    assert run.stream.counts["number_lost"] == 1
    assert run.stub.newest.asked[0][2] == str(OPEN_NS - NS_PER_SECOND)


def test_the_number_of_a_symbol_that_nobody_holds_may_go() -> None:
    # Given a session of two symbols, one of which is no longer held
    async def test(run: Run) -> None:
        await run.ready()
        run.stream.follow(("BOLT",))
        # When its number is given to a stranger
        run.stub.newest.write(mapped("ZZZZ", ACME) + book())
        await run.stub.until(lambda: run.sink.events)
        await run.let_pass(1)

    run = streaming(test, "ACME", "BOLT")
    # Then the connection stays
    assert len(run.stub.links) == 1


def test_it_reconnects_at_once_when_it_is_told_so() -> None:
    # Given a stream whose usual wait is long
    async def test(run: Run) -> None:
        await run.ready()
        run.stub.happen(OPEN_NS, trade())
        await run.stub.until(lambda: run.sink.trades)
        # When REST answers, which is nothing to it, and then it is told to reconnect
        run.stream.tell(RestAnswered())
        run.stream.reconnect("feed_mute")
        await run.ready(2)

    run = streaming(test, "ACME", times=SLOW)
    # Then it did, and what may have been missed was replayed
    assert run.stream.counts["feed_mute"] == 1
    assert run.stub.newest.asked[0][2] == str(OPEN_NS - NS_PER_SECOND)


def test_a_gateway_of_another_dataset_is_left() -> None:
    # Given a gateway that sends another dataset
    async def test(run: Run) -> None:
        # When it is started
        await run.stub.until(lambda: run.stream.counts["wrong_dataset"])

    def prepare(stub: GatewayStub) -> None:
        stub.dataset = "EQUS.MINI"

    run = streaming(test, "ACME", prepare=prepare)
    # Then nothing of it is taken
    assert run.sink.events == []
