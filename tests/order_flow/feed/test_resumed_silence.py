"""A server that swallows events and goes on over the same connection, as if nothing had been."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from support.monitor_stubs import HandClock, Holdings, StubClient, at, book, position, trade
from support.monitor_stubs import quote as quote_event
from support.stream_runs import Run, print_, quote, streaming
from support.stream_stub import StreamStub

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.feed import frame_consumer, gap_filler, stream_driver
from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc
from trading_bot.order_flow.sight import late_gaps


@pytest.fixture(autouse=True)
def _quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_driver, "TICK_SECONDS", 0.002)


TWO = (position(), position("BOLT"))


def known_by_rest(clock: HandClock, *events: Any) -> StubClient:
    """Return a provider that knows everything that has happened, as far as it is asked for."""

    def tape(symbol: str, trades_from_ns: int, quotes_from_ns: int) -> Any:
        now_ns = ns_from_utc(clock())
        own = [each for each in events if each.symbol == symbol and each.sip_ns <= now_ns]
        trades = [e for e in own if hasattr(e, "size") and e.sip_ns >= trades_from_ns]
        quotes = [e for e in own if hasattr(e, "bid_ticks") and e.sip_ns >= quotes_from_ns]
        return trades, quotes

    return StubClient(tape, lambda symbols: {symbol: book(0, symbol) for symbol in symbols})


def sale(seconds: float, sequence: int, symbol: str = "ACME", size: int = 12_000) -> Any:
    return trade(seconds, symbol, size=size, sequence=sequence, trade_id=str(sequence), exchange=11)


async def judged(run: Run, trades: int, quotes: int) -> None:
    await run.until(lambda: run.judged() == (trades, quotes))


def test_a_sale_that_the_whole_feed_has_swallowed_is_found_when_it_goes_on() -> None:
    # Given two symbols, and a large sale at 10 s that the stream never brings
    clock = HandClock()
    client = known_by_rest(clock, sale(10, 5), quote_event(10, sequence=4))

    async def test(run: Run) -> None:
        await run.ready()
        await run.ready("BOLT")
        clock.move(1)
        run.send(quote(0.9, 1), quote(0.9, 1, "BOLT"))
        await run.until(lambda: run.judged("BOLT") == (0, 1))
        asked = len(client.asked)
        # When the other symbol is heard after twenty silent seconds, by the same connection
        clock.move(20)
        run.send(quote(20.9, 2, "BOLT"))
        # Then the tape of both is asked for from before the silence on
        await run.until(lambda: run.alerts)
        assert sorted(client.asked[asked:]) == [
            ("ACME", at(-420), at(0.9)),
            ("BOLT", at(-420), at(0.9)),
        ]

    run, _ = streaming(test, client=client, clock=clock, holdings=Holdings(*TWO))
    # And the sale is judged, once
    assert [(each.symbol, each.timestamp_ns) for each in run.alerts] == [("ACME", at(10))]
    assert run.link.link == 1


def test_a_market_that_was_quiet_is_not_asked_about_each_time() -> None:
    # Given a feed of two symbols that is silent for twenty seconds again and again
    clock = HandClock()
    client = known_by_rest(clock)

    async def test(run: Run) -> None:
        await run.ready()
        for sequence in range(1, 8):
            # When it goes on
            clock.move(20)
            run.send(quote(20 * sequence, sequence))
            await judged(run, 0, sequence)

    # Then the first silence was doubted, and taught that the others are usual
    run, _ = streaming(test, client=client, clock=clock, holdings=Holdings(*TWO))
    assert run.loop.counts["silences_doubted"] == 1
    assert run.loop._stall.longest_usual_ns > 15 * NS_PER_SECOND


def test_a_silence_that_has_lost_something_is_never_usual() -> None:
    # Given a feed that swallows a sale in each of its silences
    clock = HandClock()
    client = known_by_rest(clock, sale(10, 5), sale(30, 8), sale(50, 11))

    async def test(run: Run) -> None:
        await run.ready()
        for turn in range(4):
            # When it goes on, three times
            run.send(quote(20 * turn, 3 * turn + 1))
            await judged(run, turn, turn + 1)
            clock.move(20)

    # Then each was doubted and repaired
    run, _ = streaming(test, client=client, clock=clock)
    assert run.loop.counts["silences_doubted"] == 3
    assert [each.timestamp_ns for each in run.alerts] == [at(10), at(30), at(50)]


def test_a_silence_of_our_own_making_is_not_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a queue that is full, so that reading has stopped
    monkeypatch.setattr(frame_consumer, "SLICE_SECONDS", 0.0)
    clock = HandClock()

    async def test(run: Run) -> None:
        await run.ready()
        run.send(*(quote(n / 100, n) for n in range(1, 60)))
        await run.until(lambda: run.loop.stream.counts["reading_paused"])
        # When the next frame comes after twenty seconds
        clock.move(20)
        run.send(quote(20, 60))
        await run.until(lambda: run.loop.ingest.symbols["ACME"].quote_ns == at(20))

    # Then nobody is asked
    run, _ = streaming(test, clock=clock, queue_bytes=3_000)
    assert run.loop.counts["silences_doubted"] == 0


def test_a_silence_before_the_subscription_is_filled_with_the_start() -> None:
    # Given a server that greets, and takes its time with the key
    clock, client = HandClock(), StubClient()

    async def test(run: Run) -> None:
        await run.until(lambda: run.stub.clients)
        run.stub.newest.send([{"ev": "status", "status": "hello"}])
        await run.until(lambda: run.loop.stream.counts["hello"])
        # When it goes on after twenty seconds
        clock.move(20)
        run.stub.newest.status("connected")
        await run.ready()

    # Then the start alone is asked for
    def prepare(stub: StreamStub) -> None:
        stub.greets = False

    streaming(test, client=client, clock=clock, prepare=prepare)
    assert len(client.asked) == 1


async def silent(run: Run, clock: HandClock) -> None:
    """Let one of two symbols be heard at 1 s, and only the other until 9 s."""
    await run.ready()
    await run.ready("BOLT")
    run.loop._stall.longest_usual_ns = 60 * NS_PER_SECOND
    clock.move(1)
    run.send(quote(0.9, 1), quote(0.9, 1, "BOLT"))
    await run.until(lambda: run.judged() == (0, 1))
    await run.until(lambda: run.loop.ingest.symbols["ACME"].seen)
    clock.move(8)


def test_what_a_silent_symbol_loses_after_it_was_found_out_is_fetched_when_it_goes_on() -> None:
    # Given a symbol whose book is newer than what the stream brought
    clock = HandClock()
    client = known_by_rest(clock, quote_event(5, sequence=2), sale(15, 5))
    client._books = lambda symbols: {symbol: book(5, symbol) for symbol in symbols}

    async def test(run: Run) -> None:
        await silent(run, clock)
        await run.until(lambda: run.loop.counts["silent_but_not_quiet"])
        await run.until(lambda: run.judged() == (0, 2))
        live = run.loop.ingest.symbols["ACME"]
        await run.until(lambda: live.gap is not None and live.gap.awaits_event)
        # When it goes on after more was swallowed
        clock.move(8)
        run.send(quote(16, 7))
        # Then that is fetched before the new event is judged
        await run.until(lambda: run.judged() == (1, 3))
        assert [each.timestamp_ns for each in run.alerts] == [at(15)]
        assert live.gap is None

    streaming(test, client=client, clock=clock, holdings=Holdings(*TWO))


def test_an_event_that_comes_while_a_silent_symbol_is_asked_for_asks_once_more() -> None:
    # Given a silent symbol that was found out, and a provider that takes its time
    answered = threading.Event()
    answered.set()
    clock = HandClock()
    found = known_by_rest(clock, quote_event(5, sequence=2), sale(15, 5))

    def tape(*asked: Any) -> Any:
        answered.wait(5)
        return found._tape(*asked)

    client = StubClient(tape, lambda symbols: {symbol: book(5, symbol) for symbol in symbols})

    async def test(run: Run) -> None:
        await run.ready()
        await run.ready("BOLT")
        answered.clear()
        await silent(run, clock)
        await run.until(lambda: run.loop.counts["silent_but_not_quiet"])
        # When it goes on before the answer is there
        clock.move(8)
        run.send(quote(16, 7))
        await run.until(lambda: run.loop.ingest.symbols["ACME"].gap.waiting)  # type: ignore[union-attr]
        answered.set()
        await run.until(lambda: run.judged() == (1, 3))
        # Then it was asked for twice, the second time for what was swallowed meanwhile
        assert [symbol for symbol, _, _ in client.asked].count("ACME") == 3

    streaming(test, client=client, clock=clock, holdings=Holdings(*TWO))


def test_a_silence_that_nothing_vouched_for_is_fetched_when_it_ends() -> None:
    # Given a symbol that REST says nothing of
    clock = HandClock()
    client = known_by_rest(clock, sale(15, 5))
    client._books = lambda _: {}

    async def test(run: Run) -> None:
        await silent(run, clock)
        clock.move(6)
        live = run.loop.ingest.symbols["ACME"]
        await run.until(lambda: live.gap is not None and live.gap.awaits_event)
        assert run.monitor.visibility("ACME").reason == "tape: silent"
        # When it goes on
        run.send(quote(16, 7))
        # Then what it may have lost is fetched first
        await run.until(lambda: run.judged() == (1, 2))

    streaming(test, client=client, clock=clock, holdings=Holdings(*TWO))


def test_a_silent_symbol_that_rest_vouches_for_at_last_waits_no_more() -> None:
    # Given a symbol that REST says nothing of at first
    books: dict[str, Any] = {}
    client, clock = StubClient(books=lambda _: dict(books)), HandClock()

    async def test(run: Run) -> None:
        await silent(run, clock)
        clock.move(6)
        live = run.loop.ingest.symbols["ACME"]
        await run.until(lambda: live.gap is not None and live.gap.awaits_event)
        # When its book is no newer than its stream
        books["ACME"] = book(0.9)
        clock.move(8)
        await run.until(lambda: live.gap is None)
        # Then its next event is judged at once
        asked = len(client.asked)
        run.send(quote(23, 7))
        await run.until(lambda: run.judged() == (0, 2))
        assert len(client.asked) == asked

    streaming(test, client=client, clock=clock, holdings=Holdings(*TWO))


def test_rest_is_asked_again_while_events_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a provider that fails twice, and waits that are over at once
    monkeypatch.setattr(gap_filler, "GAP_AGAIN_SECONDS", 0.0)
    failures = [DataSourceError("down", code="server_error", retryable=True)] * 2

    def tape(*_: object) -> Any:
        if failures:
            raise failures.pop()
        return [trade(-30, size=300, sequence=5)], []

    # When a stream starts
    async def test(run: Run) -> None:
        await run.until(lambda: run.judged() == (1, 0))

    # Then the third answer fills its start
    client = StubClient(tape)
    run, _ = streaming(test, client=client)
    assert len(client.asked) == 3
    assert run.loop.counts["gaps_given_up"] == 0


@pytest.mark.slow
def test_a_gap_that_was_given_up_is_asked_for_until_it_is_filled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a provider that is down, and waits that are over at once
    monkeypatch.setattr(late_gaps, "LATE_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr("trading_bot.order_flow.sight.gap.LONGEST_WAIT_SECONDS", 0.0)
    down = [True]

    def tape(*_: object) -> Any:
        if down:
            raise DataSourceError("down", code="server_error", retryable=True)
        return [sale(-30, 5)], []

    client, clock = StubClient(tape), HandClock()

    async def test(run: Run) -> None:
        await run.until(lambda: run.loop.counts["gaps_given_up"])
        run.send(quote(0, 7))
        words = ("degraded", "tape: gap_not_filled")
        await run.until(lambda: tuple(run.monitor.visibility("ACME")) == words)
        # When it is up again
        down.clear()
        # Then what was missed is judged late, and the symbol seen
        await run.until(lambda: run.loop.counts["gaps_filled_late"])
        await run.until(lambda: run.monitor.visibility("ACME").state == "visible")

    run, _ = streaming(test, client=client, clock=clock)
    assert run.judged() == (1, 1)


def test_two_gaps_that_were_given_up_are_both_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a provider that answers the first two questions only when it is let
    monkeypatch.setattr("trading_bot.order_flow.sight.gap.LONGEST_WAIT_SECONDS", 0.0)
    answered = threading.Event()
    prints = [sale(3, 5), sale(6, 8)]

    def tape(_symbol: str, from_ns: int, _quotes_from_ns: int) -> Any:
        answered.wait(5)
        return [each for each in prints if each.sip_ns >= from_ns], []

    clock = HandClock()
    clock.move(4)

    async def test(run: Run) -> None:
        # When the start is given up, and what a half frame held, each with a sale in it
        await run.until(lambda: run.loop.counts["gaps_given_up"] == 1)
        run.send(print_(4, 6, 10))
        await run.until(lambda: run.judged() == (1, 0))
        run.loop._stall.longest_usual_ns = 60 * NS_PER_SECOND
        clock.move(3)
        run.stub.newest.send_bytes(b'[{"ev":"T","sym":"AC')
        await run.until(lambda: run.loop.counts["gaps_given_up"] == 2)
        run.send(print_(7, 9, 10))
        await run.until(lambda: run.judged() == (2, 0))
        answered.set()
        # Then the answers find both
        await run.until(lambda: run.loop.counts["gaps_filled_late"] == 2)

    run, _ = streaming(test, client=StubClient(tape), clock=clock)
    assert run.judged() == (4, 0)


def test_a_late_answer_waits_while_another_gap_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a first gap that was given up, and a second one that is being filled
    monkeypatch.setattr("trading_bot.order_flow.sight.gap.LONGEST_WAIT_SECONDS", 0.0)
    first, second = threading.Event(), threading.Event()
    asked: list[int] = []

    def tape(*_: object) -> Any:
        asked.append(1)
        (first if len(asked) == 1 else second).wait(5)
        return [sale(-30, 5)], []

    async def test(run: Run) -> None:
        await run.until(lambda: run.loop.counts["gaps_given_up"] == 1)
        monkeypatch.setattr("trading_bot.order_flow.sight.gap.LONGEST_WAIT_SECONDS", 10.0)
        run.stub.newest.send_bytes(b'[{"ev":"T","sym":"AC')
        await run.until(lambda: len(asked) == 2)
        # When the first one's answer comes, and then the second one's
        first.set()
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert run.judged() == (0, 0)
        second.set()
        await run.ready()

    # Then the sale that is in both is judged once
    run, _ = streaming(test, client=StubClient(tape))
    assert run.judged() == (1, 0)
    assert run.loop.counts["gaps_filled_late"] == 0


def test_events_that_take_too_much_room_before_the_subscription_are_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given prints that come before their quotes are subscribed, and room for one event
    monkeypatch.setattr(gap_filler, "WAITING_LIMIT_BYTES", 500)
    client = StubClient(lambda *_: ([sale(-30, 5)], []))

    def prepare(stub: StreamStub) -> None:
        stub.greets = False

    async def test(run: Run) -> None:
        await run.until(lambda: run.stub.clients)
        # When three of them wait
        run.send(print_(0.1, 11, 10), print_(0.2, 12, 10), print_(0.3, 13, 10))
        # Then they are judged, and the start is asked for all the same
        await run.until(lambda: run.judged() == (4, 0))

    streaming(test, client=client, prepare=prepare)


def test_a_gap_stays_open_until_rest_knows_what_the_stream_brought(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a provider whose REST is behind its stream at first
    monkeypatch.setattr(gap_filler, "GAP_AGAIN_SECONDS", 0.0)
    behind = [True]

    def tape(*_: object) -> Any:
        return ([] if behind else [sale(1, 5), sale(2, 6, size=10)]), []

    async def test(run: Run) -> None:
        await run.until(lambda: run.stub.clients)
        # When a print comes before the start is fetched
        run.send(quote(0, 4), print_(2, 6, 10))
        run.stub.newest.status("connected")
        await run.until(lambda: run.loop.counts["rest_behind"])
        assert run.judged() == (0, 0)
        behind.clear()
        # Then what REST learned meanwhile is judged before it
        await run.ready()

    def prepare(stub: StreamStub) -> None:
        stub.greets = False

    run, _ = streaming(test, client=StubClient(tape), prepare=prepare)
    assert run.judged() == (2, 1)
    assert [each.timestamp_ns for each in run.alerts] == [at(1)]


def test_prints_that_come_after_rest_has_filled_them_in_are_judged_once() -> None:
    # Given a busy symbol whose 300 prints the server holds back, found out by its book
    clock = HandClock()
    prints = [sale(2 + n / 100, n + 10, size=10) for n in range(300)]
    client = known_by_rest(clock, quote_event(5, sequence=1_000), *prints, sale(16, 2_000))
    client._books = lambda symbols: {symbol: book(5, symbol) for symbol in symbols}

    async def test(run: Run) -> None:
        await silent(run, clock)
        await run.until(lambda: run.judged() == (300, 2))
        live = run.loop.ingest.symbols["ACME"]
        await run.until(lambda: live.gap is not None and live.gap.awaits_event)
        # When the stream brings them at last, and a new one
        clock.move(8)
        run.send(*(print_(2 + n / 100, n + 10, 10) for n in range(300)), print_(16, 2_000))
        await run.until(lambda: live.gap is None)
        # Then only that one is judged
        assert run.judged() == (301, 2)
        assert run.loop.ingest.waiting_bytes == 0

    streaming(test, client=client, clock=clock, holdings=Holdings(*TWO))
