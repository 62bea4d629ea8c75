"""What a stream has missed: fetched, waited for, given up, and found out by its silence."""

from __future__ import annotations

import asyncio
import threading
from datetime import datetime
from typing import Any

import pytest
from support.monitor_stubs import HandClock, Holdings, StubClient, at, book, position, trade
from support.stream_runs import Run, print_, quote, streaming
from support.stream_stub import StreamStub

from trading_bot.order_flow.errors import DataSourceError, DataValidationError
from trading_bot.order_flow.feed import gap_filler, stream_driver
from trading_bot.order_flow.market.units import utc_from_ns


@pytest.fixture(autouse=True)
def _quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_driver, "TICK_SECONDS", 0.002)


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
        assert run.link.link == 1

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
    assert run.monitor.judge.feeds.refused["timeout"] >= 1


def test_live_events_wait_ten_seconds_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a provider that does not answer, and a wait that is over at once
    monkeypatch.setattr("trading_bot.order_flow.sight.gap.LONGEST_WAIT_SECONDS", 0.01)
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
    monkeypatch.setattr("trading_bot.order_flow.sight.gap.LONGEST_WAIT_SECONDS", 0.01)
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
        starts_ns = run.monitor.judge.tape_monitor.state_of("ACME")._watched_from_ns

        def fail(*_: object) -> Any:
            raise DataSourceError("slow", code="timeout")

        client._tape = fail
        # When half a frame comes
        run.stub.newest.send_bytes(b'[{"ev":"T","sym":"AC')
        await run.until(lambda: run.loop.counts["gaps_given_up"])
        # Then the minutes before still count
        assert run.monitor.judge.tape_monitor.state_of("ACME")._watched_from_ns == starts_ns

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


def test_an_answer_for_a_gap_that_a_later_one_has_covered_changes_nothing() -> None:
    # Given a provider that is slow with the second question only
    slow, asked = threading.Event(), []

    def tape(*_: object) -> Any:
        asked.append(1)
        if len(asked) == 2:
            slow.wait(5)
            return [trade(-30, size=300, sequence=5)], []
        return [], []

    client = StubClient(tape)

    async def test(run: Run) -> None:
        await run.ready()
        run.stub.newest.send_bytes(b'[{"ev":"T","sym":"AC')
        await run.until(lambda: len(asked) == 2)
        # When another gap covers that one, is filled, and the slow answer comes
        run.stub.newest.send_bytes(b'[{"ev":"T","sym":"AC')
        await run.until(lambda: len(asked) == 3)
        await run.ready()
        slow.set()
        for _ in range(20):
            await asyncio.sleep(0.001)

    # Then nothing of it is judged
    run, _ = streaming(test, client=client)
    assert (run.judged(), run.loop.counts["gaps_filled"]) == ((0, 0), 2)


def test_an_answer_for_a_symbol_that_is_held_no_more_is_dropped() -> None:
    # Given a position that is closed while its start is fetched
    holdings, clock = Holdings(position()), HandClock()
    answered = threading.Event()

    def late(*_: object) -> Any:
        answered.wait(5)
        return [trade(-30)], []

    async def test(run: Run) -> None:
        await run.until(lambda: run.loop.stream.problem is None)
        holdings.positions = []
        await run.loop._tick()
        clock.move(5)
        await run.until(lambda: not run.loop.ingest.symbols)
        # When the answer comes
        answered.set()
        for _ in range(20):
            await asyncio.sleep(0.001)
        # Then nobody judges it
        assert run.monitor.symbols == ()

    streaming(test, client=StubClient(late), holdings=holdings, clock=clock)


@pytest.mark.parametrize(
    ("age", "stamp_utc"),
    [(0.0, None), (45.0, None), (43.5, utc_from_ns(at(1)))],
    ids=["fresh", "stale", "stale, and a moment passed since it was found so"],
)
def test_a_quiet_stock_is_told_from_a_dead_feed_by_rest(
    age: float, stamp_utc: datetime | None
) -> None:
    # Given a provider whose book is as old as the newest quote of the stream
    clock = HandClock()

    def books(symbols: Any) -> Any:
        if not age:
            return {symbol: book(1, symbol) for symbol in symbols}
        error = DataValidationError(
            "stale_snapshot", symbol="ACME", stamp_utc=stamp_utc, age_seconds=age
        )
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
        await run.until(lambda: run.loop.ingest.symbols["ACME"].confirmed_quiet_ns)
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
        assert client.asked[-1] == ("ACME", at(-420), at(1))

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
        await run.until(lambda: run.loop.ingest.symbols["ACME"].seen)
        clock.move(8)
        await run.until(lambda: client.books_asked)
        # When half a frame comes before the book
        tape_answered.clear()
        run.stub.newest.send_bytes(b'[{"ev":"T","sym":"AC')
        await run.until(lambda: run.loop.ingest.symbols["ACME"].gap)
        answered.set()
        for _ in range(20):
            await asyncio.sleep(0.001)
        tape_answered.set()
        await run.ready()

    # Then the questions that the frame and the silence before it have raised cover the book too
    run, _ = streaming(test, client=client, clock=clock)
    assert (run.loop.counts["gaps"], run.loop.counts["silent_but_not_quiet"]) == (3, 0)


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
        assert run.loop.ingest.symbols["ACME"].confirmed_quiet_ns == 0

    streaming(test, client=StubClient(books=books), clock=clock)
