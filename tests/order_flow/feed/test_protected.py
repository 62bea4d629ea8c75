"""What the stream has brought of a protected symbol, as its ledger is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.monitor_stubs import ASK, BID, at, quote, symbol_judge, trade

from trading_bot.order_flow.feed.ingest import Ingest
from trading_bot.order_flow.feed.protected import QUOTED_WITHIN_NS, Protected
from trading_bot.order_flow.market.events import BookEvent, HaltEvent, MarketEvent, Withdrawal
from trading_bot.order_flow.market.newest import BestPrices, NewestKnown
from trading_bot.order_flow.market.sink import give
from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND
from trading_bot.order_flow.sight.live_symbol import LiveSymbol
from trading_bot.order_flow.sight.settle import SAMPLES_NEEDED, SettleTime
from trading_bot.order_flow.sight.symbol_repair import Known, SymbolRepair


class Bench:
    """A protected symbol behind an ingest, without a gap."""

    def __init__(self) -> None:
        repair = SymbolRepair("ACME", at(-370), at(0), NS_PER_MS)
        judge = symbol_judge()
        self.live = LiveSymbol("ACME", judge, judge, at(-370), repair.tally)
        self.ingest = Ingest(NS_PER_MS)
        self.ingest.add(self.live)
        self.protected = Protected(self.live, repair)
        self.ledger = repair.ledger

    def take(self, *events: MarketEvent) -> None:
        for event in events:
            give(self.ingest, event)

    def heard(self, seconds: float) -> tuple[float, float]:
        """Note what was brought; return the newest stamps in the stream's book."""
        self.protected.note_heard(at(seconds))
        marks = self.ledger.marks
        return (
            (marks["trades"].last_event_ns - at(0)) / NS_PER_SECOND,
            (marks["quotes"].last_event_ns - at(0)) / NS_PER_SECOND,
        )


def test_what_was_judged_since_the_last_look_was_brought() -> None:
    # Given prints and quotes
    bench = Bench()
    bench.take(quote(1), trade(2, size=100))
    newest_ns = bench.protected.note_heard(at(3))
    # When nothing comes until the next look
    again_ns = bench.protected.note_heard(at(4))
    # Then each was heard once, when it was first looked at
    marks = bench.ledger.marks
    assert (newest_ns, again_ns) == (at(2), 0)
    assert [marks["trades"].last_event_ns, marks["quotes"].last_event_ns] == [at(2), at(1)]
    assert [marks["trades"].heard_at_ns, marks["quotes"].heard_at_ns] == [at(3), at(3)]


def test_what_a_second_source_brought_is_not_the_stream_s() -> None:
    # Given a print of the stream, and one that REST has brought since
    bench = Bench()
    bench.take(trade(2, size=100))
    bench.heard(3)
    bench.ingest.judge_missed(bench.live, [trade(5, size=100)], at(6))
    bench.protected.rebase()
    # When the next look is made
    found = bench.heard(7)
    # Then the stream has brought nothing since
    assert found[0] == 2
    assert bench.ledger.marks["trades"].heard_at_ns == at(3)


@pytest.mark.parametrize("kind", ["trades", "quotes"])
def test_what_comes_late_or_again_shows_that_the_stream_lives(kind: str) -> None:
    # Given events up to 9 s that REST has brought
    bench = Bench()
    bench.ingest.judge_missed(bench.live, [trade(9, size=100), quote(9)], at(9))
    bench.protected.rebase()
    # When the stream brings one of them late
    bench.take(trade(9, size=100) if kind == "trades" else quote(7))
    bench.protected.note_heard(at(12))
    # Then its own stamp stands in the stream's book
    marks = bench.ledger.marks[kind]  # type: ignore[index]
    assert marks.last_event_ns == at(9 if kind == "trades" else 7)
    assert marks.heard_at_ns == at(12)


@pytest.mark.parametrize(("prints", "doubted"), [(1, False), (2, False), (3, True), (9, True)])
def test_prints_with_stamps_far_behind_are_rows_that_could_not_be_used(
    prints: int, doubted: bool
) -> None:
    # Given a print at 30 s
    bench = Bench()
    bench.ledger.spans.open.clear()
    bench.take(trade(30, size=100))
    bench.heard(30)
    # When new ones come that are stamped a quarter of a minute earlier
    bench.take(*(trade(15 + number / 10, size=100) for number in range(prints)))
    bench.heard(31)
    # Then they are asked for, and three of them are a kind and no accident
    assert [each.cause for each in bench.ledger.open_spans()] == ["refused"]
    assert bench.ledger.marks["trades"].doubt == ("refused" if doubted else None)
    # And they are counted once
    run = bench.ledger.marks["trades"].refused_run
    bench.heard(32)
    assert bench.ledger.marks["trades"].refused_run == run


@pytest.mark.parametrize(("prints", "doubted"), [(3, False), (4, True), (5, True)])
def test_prints_that_go_through_the_quote_make_it_doubted(prints: int, doubted: bool) -> None:
    # Given a quote
    bench = Bench()
    bench.take(quote(1))
    # When prints lie more than one per cent through it, one after the other
    bench.take(
        *(trade(2 + number, size=100, price_ticks=BID * 98 // 100) for number in range(prints))
    )
    bench.heard(9)
    # Then more than three of them are no accident
    assert bench.ledger.marks["quotes"].doubt == ("stale" if doubted else None)
    # And they are told once
    doubted_ns = bench.ledger.marks["quotes"].doubt_ns
    bench.heard(10)
    assert bench.ledger.marks["quotes"].doubt_ns == doubted_ns


def levels(seconds: float) -> BookEvent:
    return BookEvent("ACME", at(seconds), ((BID, 1),), ((ASK, 1),), None, 1)


@pytest.mark.parametrize("quoted", [quote(5), levels(5)], ids=["quote", "book"])
def test_what_waits_behind_a_gap_was_brought_once(quoted: MarketEvent) -> None:
    # Given events that wait, a withdrawal among them
    bench = Bench()
    gap = bench.ingest.open_gap(bench.live)
    bench.take(trade(3, size=100), quoted, Withdrawal("ACME", at(8), 11, 0, "1", 1))
    first = bench.heard(9)
    # When one more waits
    bench.take(trade(4, size=100))
    second = bench.heard(10)
    # Then each was heard at the look after it, and a withdrawal says nothing of prints
    assert (first, second, gap.noted) == ((3, 5), (4, 5), 4)
    assert bench.ledger.marks["quotes"].heard_at_ns == at(9)


def test_what_is_known_holds_what_waits() -> None:
    # Given a print and a quote that were judged, and a print that waits
    bench = Bench()
    bench.take(trade(1, size=100), quote(2))
    without = bench.protected.known(has_backlog=True)
    bench.ingest.open_gap(bench.live)
    bench.take(trade(3, size=100))
    # When it is asked what the stream has brought
    found = bench.protected.known(has_backlog=False)
    # Then the newest that were judged, and the one that waits
    assert without == Known(at(1), at(2), (), has_backlog=True)
    assert (found.trade_ns, found.quote_ns, len(found.waiting)) == (at(1), at(2), 1)


def learned(bench: Bench, *, shown: float, asked: float) -> float:
    """Return the settle time, in seconds, after as many answers as it takes to be learned."""
    settle = SettleTime()
    for _ in range(SAMPLES_NEEDED):
        bench.protected.learn(settle, at(shown), at(asked))
    return settle.settle_ns / NS_PER_SECOND


@pytest.mark.parametrize(
    ("shown", "asked", "settle"),
    [
        # It lacks what came 5 s, and 1 s, before it was asked; twice that is allowed.
        (0, 9, 10),
        (4, 9, 2),
        # It lacks nothing.
        (8, 9, 2),
        # What came after it was asked it need not have.
        (4, 7, 2),
    ],
)
def test_what_an_answer_lacks_tells_how_far_it_is_behind(
    shown: float, asked: float, settle: float
) -> None:
    # Given prints that came at 4 s and at 8 s
    bench = Bench()
    for seconds in (4, 8):
        bench.take(trade(seconds, size=100))
        bench.heard(seconds)
    # When answers show the tape up to a stamp
    # Then the age of the oldest that they lack is learned
    assert learned(bench, shown=shown, asked=asked) == settle


def test_where_no_print_came_nothing_is_learned() -> None:
    # Given a symbol without a print
    bench = Bench()
    # When an answer shows one
    # Then the settle time is that of before
    assert learned(bench, shown=1, asked=9) == 3


def test_an_answer_long_after_the_newest_print_tells_nothing() -> None:
    # Given a print at 4 s
    bench = Bench()
    bench.take(trade(4, size=100))
    bench.heard(4)
    # When answers a minute later hold it
    # Then an old print proves no speed
    assert learned(bench, shown=4, asked=64) == 3


def snapshot(seconds: float, bid: int = BID, ask: int = ASK) -> NewestKnown:
    return NewestKnown(at(60), quote=BestPrices(at(seconds) + 1, bid, ask))


def test_a_snapshot_without_a_quote_asks_for_none() -> None:
    # Given a quote
    bench = Bench()
    bench.take(quote(1))
    # When a snapshot has none
    # Then nothing is compared
    assert bench.protected.quote_then(replace(snapshot(1), quote=None), NS_PER_MS) is None


@pytest.mark.parametrize(
    ("seconds", "is_same"),
    [(9, True), (10, True), (20, True), (20.999, True), (21.001, False)],
)
def test_prices_that_stood_within_a_second_of_a_snapshot_s_stamp_are_its_own(
    seconds: float, is_same: bool
) -> None:
    # Given a quote at 10 s, and another bid from 20 s on
    bench = Bench()
    bench.take(quote(10), quote(20, bid_ticks=BID - 10_000))
    # When a snapshot bears the first one's prices and some stamp
    found = bench.protected.quote_then(snapshot(seconds), NS_PER_MS)
    # Then they are ours of then, or ours are those of now
    ours = BID if is_same else BID - 10_000
    assert found == BestPrices(at(seconds), ours, ASK)
    assert QUOTED_WITHIN_NS == NS_PER_SECOND


def test_a_halted_symbol_s_quotes_are_not_compared() -> None:
    # Given a quote, and a halt after it, in which no quote is judged
    bench = Bench()
    bench.take(quote(1), HaltEvent("ACME", at(2), halted=True), quote(3, bid_ticks=BID - 10_000))
    # When a snapshot bears the prices of the halt
    # Then nothing of ours is held against them
    assert bench.protected.quote_then(snapshot(3, bid=BID - 10_000), NS_PER_MS) is None


def test_prices_that_are_forgotten_are_not_compared() -> None:
    # Given more prices than are remembered
    bench = Bench()
    bench.take(*(quote(1 + number / 100, bid_ticks=BID - number) for number in range(50)))
    # When a snapshot bears prices from before them
    # Then nobody knows what stood then
    assert bench.protected.quote_then(snapshot(-5, bid=1), NS_PER_MS) is None


def test_events_of_books_count_as_quotes() -> None:
    # Given a book of a provider with levels
    bench = Bench()
    # When it was judged
    bench.take(levels(4))
    # Then quotes were brought
    assert bench.heard(5)[1] == 4


def test_what_comes_while_trading_rests_has_come() -> None:
    # Given a halted symbol
    bench = Bench()
    bench.take(quote(1), trade(2, size=100), HaltEvent("ACME", at(3), True))
    bench.heard(4)
    # When a quote and a print come, which are not judged
    bench.take(quote(5), trade(6, size=100))
    # Then they were brought, once
    assert bench.heard(7) == (6, 5)
    assert bench.ledger.marks["trades"].heard_at_ns == at(7)
    bench.heard(8)
    assert bench.ledger.marks["trades"].heard_at_ns == at(7)
