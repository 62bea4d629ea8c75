"""Each event of a stream reaches the judge once and in order, whatever is missed in between."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.market import JudgedSymbol
from support.monitor_stubs import START_NS, at, symbol_judge
from support.noting_sink import NotingSink

from trading_bot.order_flow.feed.ingest import Ingest
from trading_bot.order_flow.market.events import (
    BookEvent,
    HaltEvent,
    MarketEvent,
    QuoteEvent,
    TradeEvent,
    Withdrawal,
)
from trading_bot.order_flow.market.sink import give
from trading_bot.order_flow.market.units import NS_PER_MS, UNITS_PER_SHARE
from trading_bot.order_flow.rules.symbol_judge import SymbolJudge
from trading_bot.order_flow.sight.gap import EVENT_BYTES
from trading_bot.order_flow.sight.live_symbol import LiveSymbol
from trading_bot.order_flow.sight.tally import Tally, print_key

RECEIVED_NS = at(0.25)


class Bench:
    """An ingest of one symbol, over a sink that notes or over another one."""

    def __init__(self, judged: SymbolJudge | None = None, tally: Tally | None = None) -> None:
        self.noted = NotingSink()
        self.ingest = Ingest(NS_PER_MS)
        way_in = judged or self.noted
        self.live = LiveSymbol("ACME", judged or symbol_judge(), way_in, at(-370), tally)
        self.ingest.add(self.live)

    def take(self, *events: MarketEvent) -> None:
        for event in events:
            give(self.ingest, event)

    def fill(self, fetched: Iterable[MarketEvent], now_ns: int) -> None:
        """Judge what was missed, and then what has waited for it."""
        self.ingest.judge_missed(self.live, fetched, now_ns)
        self.ingest.close_gap(self.live, now_ns)


def trade(seconds: float = 0.0, sequence: int = 1, shares: int = 200, **changes: Any) -> TradeEvent:
    fields: dict[str, Any] = {
        "symbol": "ACME",
        "exchange": 11,
        "sequence": sequence,
        "trade_id": str(sequence),
        "received_ns": RECEIVED_NS,
    }
    return TradeEvent(
        sip_ns=at(seconds),
        price_ticks=27_410_000,
        size=shares * UNITS_PER_SHARE,
        **(fields | changes),
    )


def quote(
    seconds: float = 0.0, sequence: int = 1, bid_shares: int = 300, symbol: str = "ACME"
) -> QuoteEvent:
    return QuoteEvent(
        symbol,
        at(seconds),
        27_400_000,
        bid_shares * UNITS_PER_SHARE,
        27_420_000,
        500 * UNITS_PER_SHARE,
        None,
        sequence,
        RECEIVED_NS,
    )


def book(seconds: float = 0.0, sequence: int = 1, symbol: str = "ACME") -> BookEvent:
    levels = ((27_400_000, UNITS_PER_SHARE), (27_390_000, UNITS_PER_SHARE))
    return BookEvent(symbol, at(seconds), levels, (), None, sequence, RECEIVED_NS)


def taken_back(seconds: float, sequence: int, symbol: str = "ACME") -> Withdrawal:
    return Withdrawal(symbol, at(seconds), 11, 0, "1", sequence, RECEIVED_NS)


def halted(seconds: float, symbol: str = "ACME") -> HaltEvent:
    return HaltEvent(symbol, at(seconds), True, RECEIVED_NS)


def rest_trade(seconds: float, sequence: int, shares: int = 200, **changes: Any) -> TradeEvent:
    event = trade(seconds, sequence, shares, **({"received_ns": None} | changes))
    return event._replace(sip_ns=event.sip_ns + 123_456)


def rest_quote(seconds: float, sequence: int) -> QuoteEvent:
    event = quote(seconds, sequence)
    event.sip_ns += 654_321
    return event


ONE_OF_EACH: list[MarketEvent] = [
    trade(1, 1, participant_ns=at(0.999), conditions=(14, 41), trf_id=202),
    quote(2, 2),
    book(3, 3),
    taken_back(4, 4),
    halted(5),
]


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda each: type(each).__name__)
def test_an_event_reaches_the_judge_as_it_came(event: MarketEvent) -> None:
    # Given a followed symbol
    bench = Bench()
    # When an event comes
    bench.take(event)
    # Then the judge has all of it
    assert bench.noted.events == [event]


@pytest.mark.parametrize(
    "event",
    [
        *ONE_OF_EACH,
        trade(),
        trade(conditions=(18,)),
        trade(sequence=0, trade_id=""),
        trade(participant_ns=at(-0.001), stated_side="sell"),
    ],
    ids=[
        *("participant", "quote", "book", "withdrawal", "halt"),
        *("plain", "reopening", "unnamed", "stated"),
    ],
)
def test_an_event_that_has_waited_is_the_same(event: MarketEvent) -> None:
    # Given a symbol without a gap, and one with a gap
    fast, slow = Bench(), Bench()
    slow.ingest.open_gap(slow.live)
    # When one event is judged at once and the other has waited
    fast.take(copy(event))
    slow.take(copy(event))
    slow.ingest.close_gap(slow.live, RECEIVED_NS)
    # Then the judge was given the same
    assert fast.noted.events == slow.noted.events == [event]


def test_unfollowed_symbols_pass_by() -> None:
    # Given one followed symbol
    bench = Bench()
    # When another's events come
    bench.take(
        trade(symbol="NONE"),
        quote(symbol="NONE"),
        book(symbol="NONE"),
        taken_back(1, 1, "NONE"),
        halted(1, "NONE"),
    )
    # Then nothing is judged
    assert bench.noted.events == []


def test_unknown_symbols_may_be_met_by_what_they_trade_and_quote() -> None:
    # Given an ingest that follows whatever comes
    noted = NotingSink()
    met: list[str] = []

    def meet(symbol: str) -> LiveSymbol:
        met.append(symbol)
        live = LiveSymbol(symbol, symbol_judge(symbol), noted, START_NS)
        ingest.add(live)
        return live

    ingest = Ingest(NS_PER_MS, meet)
    # When new symbols' events come
    for event in (
        halted(0, "NONE"),
        taken_back(0, 1, "NONE"),
        trade(symbol="BOLT"),
        quote(symbol="BOLT"),
        quote(symbol="CLIF"),
        book(symbol="DOVE"),
        trade(symbol="DOVE"),
    ):
        give(ingest, event)
    # Then each is followed from the first print, quote or book on
    assert met == list(ingest.symbols) == ["BOLT", "CLIF", "DOVE"]
    assert noted.order == ["trade", "quote", "quote", "book", "trade"]


def test_repeated_events_are_judged_once() -> None:
    # Given a print and a quote
    bench = Bench()
    # When both come twice, and then an older quote
    bench.take(trade(1), quote(1), trade(1), quote(1), quote(0, 0))
    # Then each is judged once, and the rest is counted when the symbol goes
    assert bench.noted.order == ["trade", "quote"]
    bench.ingest.remove("ACME")
    assert bench.ingest.counts == {"repeated": 2, "outdated_quote": 1}


def test_repeated_and_outdated_books_are_judged_once() -> None:
    # Given a book
    bench = Bench()
    # When it comes again, an older one comes, and a newer one
    bench.take(book(1, 1), book(1, 1), book(0, 9), book(1, 2))
    # Then the first and the newest are judged
    assert bench.noted.events == [book(1, 1), book(1, 2)]


def test_a_newer_quote_of_the_same_millisecond_is_judged() -> None:
    # Given a quote
    bench = Bench()
    # When the next one bears the same stamp
    bench.take(quote(1, 1), quote(1, 2, 700))
    # Then both are judged
    assert bench.noted.events == [quote(1, 1), quote(1, 2, 700)]


def test_a_late_print_with_a_number_of_its_own_is_judged() -> None:
    # Given a print
    bench = Bench()
    # When one comes that was made before it
    bench.take(trade(2, 9, 900), trade(1, 4, 400))
    # Then both are judged
    assert bench.noted.shares == [900, 400]


def test_a_symbol_that_is_not_followed_can_be_removed() -> None:
    # Given an ingest
    bench = Bench()
    # When an unknown symbol is removed
    bench.ingest.remove("NONE")
    # Then nothing happens
    assert list(bench.ingest.symbols) == ["ACME"]


def test_live_events_wait_behind_a_gap_and_all_is_judged_in_exchange_order() -> None:
    # Given a symbol whose gap is open
    bench = Bench()
    bench.take(trade(1, 1, 100))
    bench.ingest.open_gap(bench.live)
    # When live events come, and then what was missed, the quotes overlapping at its end
    bench.take(quote(4, 8), trade(4, 7, 700))
    waited = (bench.noted.shares, bench.ingest.waiting_bytes > 0)
    fetched: list[MarketEvent] = [rest_quote(4, 8), rest_quote(3, 5), rest_trade(2, 2, 200)]
    bench.fill(fetched, at(5))
    # Then each was judged once, in order, and known as late as it is
    assert waited == ([100], True)
    assert bench.noted.shares == [100, 200, 700]
    assert bench.noted.order == ["trade", "trade", "quote", "quote", "trade"]
    assert {each.received_ns for each in bench.noted.trades[1:]} == {at(5)}
    assert {each.received_ns for each in bench.noted.quotes} == {at(5)}
    assert (bench.ingest.waiting_bytes, bench.live.gap) == (0, None)


def test_books_and_withdrawals_wait_behind_a_gap_and_a_halt_does_not() -> None:
    # Given a symbol whose gap is open
    bench = Bench()
    bench.ingest.open_gap(bench.live)
    # When a book, a withdrawal of a print that is missing yet, and a halt come
    bench.take(book(3, 3), taken_back(4, 4), halted(5))
    at_once = bench.noted.order
    bench.fill([rest_trade(2, 2)], at(6))
    # Then the halt was told at once, and the others behind what was missed
    assert at_once == ["halt"]
    assert bench.noted.order == ["halt", "trade", "book", "withdraw"]
    assert bench.ingest.waiting_bytes == 0


def test_what_is_fetched_may_hold_books_withdrawals_and_halts() -> None:
    # Given a provider that replays everything, and a gap
    bench = Bench()
    bench.take(book(3, 3))
    bench.ingest.open_gap(bench.live)
    # When it brings one of each, and a book that is known
    replayed: list[MarketEvent] = [halted(5), taken_back(4, 4), book(3, 3), book(3.5, 5)]
    bench.fill(replayed, at(6))
    # Then what is new is judged, in order
    assert bench.noted.order == ["book", "book", "withdraw", "halt"]
    assert {getattr(each, "received_ns", None) for each in bench.noted.events[1:]} == {at(6)}


def test_what_was_fetched_is_judged_in_exchange_order_as_the_stream_would_bring_it() -> None:
    # Given fetched events with nanoseconds, in any order
    bench = Bench()
    fetched: list[MarketEvent] = [
        rest_quote(2, 6),
        rest_trade(2, 7),
        quote(1, 3),
        trade(2, 5),
        trade(1, 2),
    ]
    # When they are judged
    bench.ingest.judge_missed(bench.live, fetched, at(3))
    # Then a millisecond's quotes stand before its prints, each by sequence number, stamps cut
    assert [each.sequence for each in bench.noted.trades] == [2, 5, 7]
    assert [each.sequence for each in bench.noted.quotes] == [3, 6]
    assert bench.noted.order == ["quote", "trade", "quote", "trade", "trade"]
    assert {each.sip_ns for each in bench.noted.trades} == {at(1), at(2)}


def test_a_gap_within_a_gap_keeps_what_waits() -> None:
    # Given a gap at the start of the watch with a waiting print
    bench = Bench()
    first = bench.ingest.open_gap(bench.live, fills_start=True)
    bench.take(trade(1))
    # When the connection is cut again
    second = bench.ingest.open_gap(bench.live)
    # Then it is the same gap, and nothing was lost
    assert second is first
    assert (second.fills_start, len(second.waiting)) == (True, 1)


def test_a_print_that_waits_and_was_fetched_is_judged_once() -> None:
    # Given a print that waits behind a gap
    bench = Bench()
    bench.ingest.open_gap(bench.live)
    bench.take(trade(1, 2), trade(2, 3))
    # When a second source brings the same, cancelled since
    bench.fill([rest_trade(1, 2, correction=8)], at(2))
    # Then the one that knows of the correction is judged, and the other waited for nothing
    assert [(each.sequence, each.correction) for each in bench.noted.trades] == [(2, 8), (3, 0)]


def test_a_gap_that_is_not_open_cannot_be_closed() -> None:
    # Given a symbol without a gap
    bench = Bench()
    # When it is closed
    bench.ingest.close_gap(bench.live, at(1))
    # Then nothing happens
    assert (bench.noted.events, bench.live.gap, bench.ingest.waiting_bytes) == ([], None, 0)


def test_what_waits_and_is_no_newer_is_judged_between_what_was_missed() -> None:
    # Given a symbol with an open gap in which a print, its quote and later ones wait
    bench = Bench()
    gap = bench.ingest.open_gap(bench.live)
    bench.take(quote(1, 1), trade(2, 9), trade(4, 11), quote(5, 7))
    gap.noted = 3
    # When a second source brings what was missed before, between and beside them
    missed: list[MarketEvent] = [rest_trade(3, 10), rest_trade(1.5, 8), rest_quote(3.5, 6)]
    bench.ingest.judge_missed(bench.live, missed, at(6))
    # Then all up to the newest of that is judged in exchange order
    stamps = [each.sip_ns for each in bench.noted.events if isinstance(each, TradeEvent)]
    assert stamps == [at(1.5), at(2), at(3)]
    assert [each.sip_ns for each in bench.noted.quotes] == [at(1), at(3.5)]
    # And the later ones wait on, of which the ledger knows one
    assert bench.live.gap is gap
    assert [each.sip_ns for each in gap.waiting] == [at(4), at(5)]
    assert (gap.noted, bench.ingest.waiting_bytes) == (1, 2 * EVENT_BYTES)


class Ahead:
    """Says of every stamp beyond the present whether it can be, and keeps what it was asked."""

    def __init__(self, *, can_be: bool) -> None:
        self.asked: list[tuple[str, bool, int, int]] = []
        self._can_be = can_be

    def __call__(self, live: LiveSymbol, is_trade: bool, sip_ns: int, key: int) -> bool:
        self.asked.append((live.symbol, is_trade, sip_ns, key))
        return self._can_be


@pytest.mark.parametrize("can_be", [True, False])
@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize(
    ("event", "asked"),
    [
        (trade(1.001, 4), ("ACME", True, at(1.001), print_key(11, 0, "4", 4))),
        (quote(1.001, 4), ("ACME", False, at(1.001), at(1.001))),
        (book(1.001, 4), ("ACME", False, at(1.001), at(1.001))),
    ],
    ids=["trade", "quote", "book"],
)
def test_a_stamp_ahead_of_the_present_is_judged_only_if_it_can_be(
    event: MarketEvent, asked: tuple[str, bool, int, int], waits: bool, can_be: bool
) -> None:
    # Given a symbol, and a present after which stamps are looked at
    ahead, bench = Ahead(can_be=can_be), Bench()
    bench.ingest = Ingest(NS_PER_MS, on_ahead=ahead)
    bench.ingest.add(bench.live)
    bench.ingest.ahead_ns = at(1)
    if waits:
        bench.ingest.open_gap(bench.live)
    # When an event comes at that moment, and one behind it
    bench.take(quote(1, 3), event)
    bench.ingest.close_gap(bench.live, RECEIVED_NS)
    # Then the second one is asked about, and judged or set aside
    assert ahead.asked == [asked]
    assert len(bench.noted.events) == 1 + can_be


def test_where_nobody_doubts_stamps_each_is_judged() -> None:
    # Given an ingest that was given nobody to ask
    bench = Bench()
    bench.ingest.ahead_ns = at(0)
    # When an event comes from an hour ahead
    bench.take(trade(3_600, 2, 200))
    # Then it is judged
    assert bench.noted.shares == [200]


def test_a_stamp_that_was_set_aside_is_not_remembered() -> None:
    # Given a symbol of which a print an hour ahead was set aside
    bench = Bench()
    bench.ingest = Ingest(NS_PER_MS, on_ahead=Ahead(can_be=False))
    bench.ingest.add(bench.live)
    bench.ingest.ahead_ns = at(5)
    bench.take(trade(3_600, 900))
    # When the next ones come
    bench.take(trade(1, 2, 200), trade(2, 3, 300))
    # Then they are judged, and the newest stamp is theirs
    assert (bench.noted.shares, bench.live.trade_ns) == ([200, 300], at(2))


@pytest.mark.parametrize(
    ("size", "counted"),
    [(UNITS_PER_SHARE - 1, 0), (UNITS_PER_SHARE, 1), (UNITS_PER_SHARE + 1, 1)],
)
def test_a_print_below_one_share_is_judged_and_not_counted(size: int, counted: int) -> None:
    # Given a symbol that is compared with a second source
    tally = Tally()
    bench = Bench(tally=tally)
    # When a print of that size comes
    event = trade(1)._replace(size=size)
    bench.take(event)
    # Then the judge has it, and no second source is expected to count less than a share
    assert (bench.noted.events, len(tally.overlap(at(1)).keys)) == ([event], counted)


@pytest.mark.parametrize("waits", [True, False])
def test_a_print_that_is_withdrawn_is_counted_no_more_and_known_still(waits: bool) -> None:
    # Given two prints of a symbol that is compared with a second source
    judged, tally = JudgedSymbol(), Tally()
    bench = Bench(judged.judge, tally)
    bench.take(trade(1, 1, 100, trade_id="1"), trade(1, 2, 300, trade_id="2"))
    if waits:
        bench.ingest.open_gap(bench.live)
    # When one is withdrawn, and one that nobody knows
    for sequence, trade_id in ((2, "2"), (9, "9")):
        bench.take(Withdrawal("ACME", at(4), 11, 0, trade_id, sequence, RECEIVED_NS))
    bench.ingest.close_gap(bench.live, at(5))
    # Then the tally counts the other, and the stream may not bring it again
    assert tally.size == 100 * UNITS_PER_SHARE
    bench.take(trade(1, 2, 300, trade_id="2"))
    assert (judged.judge.trades, judged.judge.left_out()) == (
        2,
        {"withdrawn": 1, "withdrawn_unknown": 1},
    )


def test_removing_a_symbol_frees_what_waits() -> None:
    # Given a waiting print
    bench = Bench()
    bench.ingest.open_gap(bench.live)
    bench.take(trade(1))
    # When the symbol goes
    bench.ingest.remove("ACME")
    # Then nothing waits
    assert (bench.ingest.waiting_bytes, bench.noted.events) == (0, [])


def test_a_cancelled_print_keeps_its_correction() -> None:
    # Given a gap
    bench = Bench()
    bench.ingest.open_gap(bench.live)
    # When REST gives a print that was cancelled since, with a participant stamp
    event = rest_trade(1, 1, correction=8, participant_ns=at(1) + 99)
    bench.fill([event], at(2))
    # Then the judge learns it, and the stamp in milliseconds
    (found,) = bench.noted.trades
    assert (found.correction, found.exchange, found.participant_ns) == (8, 11, at(1))


def test_a_gap_that_ends_within_a_halt_leaves_the_symbol_halted() -> None:
    # Given a halted symbol with an open gap
    judged = JudgedSymbol()
    bench = Bench(judged.judge)
    bench.take(halted(10))
    bench.ingest.open_gap(bench.live)
    # When the gap is filled
    bench.fill([rest_trade(20, 1)], at(21))
    # Then the halt goes on
    assert judged.judge.halted_by is not None
    assert judged.judge.trades == 0


@given(st.permutations(range(12)), st.integers(0, 12), st.booleans())
def test_no_print_is_lost_or_judged_twice_however_a_gap_divides_them(
    order: list[int], cut: int, is_counted: bool
) -> None:
    # Given prints of which some came live, in any order, before a cut
    bench = Bench(tally=Tally() if is_counted else None)
    live = [trade(number / 2, number + 1, number + 1) for number in order]
    bench.take(*live[:cut])
    bench.ingest.open_gap(bench.live)
    # When a second source brings the rest, and the stream everything once more
    bench.ingest.judge_missed(
        bench.live,
        [rest_trade(number / 2, number + 1, number + 1) for number in order[cut:]],
        at(20),
    )
    bench.take(*live)
    bench.ingest.close_gap(bench.live, at(20))
    # Then each was judged once
    assert sorted(bench.noted.shares) == list(range(1, 13))


# ---- prints that wait for the quotes of their millisecond -----------------------------------


class Waiting(Bench):
    """A bench whose prints wait; turns are begun by hand."""

    def __init__(self, step_ns: int = NS_PER_MS) -> None:
        super().__init__()
        self.told = 0
        self.ingest = Ingest(step_ns, on_wait=self._count)
        self.ingest.add(self.live)

    def _count(self) -> None:
        self.told += 1

    def turn(self) -> None:
        for live in self.ingest.begin_turn():
            self.ingest.let_go(live)


def test_a_print_is_judged_behind_the_quotes_of_its_millisecond() -> None:
    # Given a print
    bench = Waiting()
    bench.take(trade(1, 1))
    # When a quote of its millisecond follows, and then one of the next
    bench.take(quote(1, 2))
    meanwhile = bench.noted.order
    bench.take(quote(1.001, 3))
    # Then the print stands between them
    assert meanwhile == ["quote"]
    assert bench.noted.order == ["quote", "trade", "quote"]


@pytest.mark.parametrize(
    "later", [quote(1.001, 3), book(1.001, 3), halted(1.001), taken_back(1, 3)], ids=repr
)
def test_whatever_follows_lets_a_print_go(later: MarketEvent) -> None:
    # Given a print that waits
    bench = Waiting()
    bench.take(trade(1, 1))
    # When anything comes that is behind it
    bench.take(copy(later))
    # Then it is judged first
    assert bench.noted.order[0] == "trade"
    assert len(bench.noted.order) == 2


def test_a_print_of_the_next_millisecond_lets_those_before_it_go_by_their_numbers() -> None:
    # Given two prints of one millisecond, the later number first
    bench = Waiting()
    bench.take(trade(1, 5, 500), trade(1, 4, 400))
    # When one of the next comes
    bench.take(trade(1.001, 6, 600))
    # Then they are judged, and the new one waits
    assert bench.noted.shares == [400, 500]
    bench.take(quote(1.002, 7))
    assert bench.noted.shares == [400, 500, 600]


def test_a_print_behind_which_more_is_known_waits_for_nothing() -> None:
    # Given a quote of a later millisecond, and a print of another that waits
    bench = Waiting()
    bench.take(quote(1.001, 1), trade(1.005, 9, 900))
    # When prints come that are older than either
    bench.take(trade(1, 2, 200), trade(1.003, 3, 300))
    # Then they are judged at once, and the newest waits on
    assert bench.noted.shares == [200, 300]


def test_a_print_waits_for_a_whole_turn_and_no_more_than_two() -> None:
    # Given a print within a turn, and one within the next
    bench = Waiting()
    bench.take(trade(1, 1, 100))
    bench.turn()
    judged = [list(bench.noted.shares)]
    # When turns go by without an event
    for _ in range(2):
        bench.turn()
        judged.append(list(bench.noted.shares))
    # Then it is judged with the second, and no turn is needed after that
    assert judged == [[], [100], [100]]
    assert (bench.told, bench.ingest.prints_wait) == (1, False)


def test_a_print_that_begins_to_wait_again_has_its_own_turns() -> None:
    # Given a print that a later quote let go within a turn
    bench = Waiting()
    bench.take(trade(1, 1, 100), quote(1.001, 2))
    bench.turn()
    # When another begins to wait in the next turn, and the turn of the first ends
    bench.take(trade(1.002, 3, 300))
    bench.turn()
    judged = list(bench.noted.shares)
    bench.turn()
    # Then it waits a whole one itself; who begins turns was told once
    assert (judged, bench.noted.shares) == ([100], [100, 300])
    assert bench.told == 1


def test_turns_are_asked_for_again_after_a_rest() -> None:
    # Given a print whose wait is over
    bench = Waiting()
    bench.take(trade(1, 1))
    for _ in range(3):
        bench.turn()
    # When another comes
    bench.take(trade(2, 2))
    # Then turns are asked for anew
    assert bench.told == 2


@pytest.mark.parametrize("step_ns", [1, NS_PER_MS - 1])
def test_prints_of_finer_stamps_wait_for_nothing(step_ns: int) -> None:
    # Given a provider of finer stamps
    bench = Waiting(step_ns)
    # When a print comes
    bench.take(trade(1, 1))
    # Then it is judged at once
    assert (bench.noted.order, bench.told) == (["trade"], 0)


def test_a_symbol_that_is_followed_no_more_keeps_no_print_back() -> None:
    # Given a print that waits
    bench = Waiting()
    bench.take(trade(1, 1))
    # When its symbol is left
    bench.ingest.remove("ACME")
    # Then it was judged
    assert bench.noted.order == ["trade"]


def test_what_was_fetched_keeps_its_quotes_and_waits_for_nothing() -> None:
    # Given a gap
    bench = Waiting()
    bench.ingest.open_gap(bench.live)
    # When prints and quotes fill it, the newest of one millisecond
    bench.fill([rest_trade(1, 2, 200), rest_quote(1, 3), rest_quote(2, 4), rest_trade(2, 5)], at(5))
    # Then all is judged, quotes before prints, late as they are
    assert bench.noted.order == ["quote", "trade", "quote", "trade"]
    assert {each.received_ns for each in bench.noted.trades} == {at(5)}


def test_a_print_that_waits_counts_as_come() -> None:
    # Given a symbol
    bench = Waiting()
    before = bench.live.trades
    # When a print waits
    bench.take(trade(1, 1))
    # Then it is counted with those that were judged
    assert (before, bench.live.trades, bench.live.judge.trades) == (0, 1, 0)


def levels(seconds: float, sequence: int = 1, symbol: str = "ACME", venue: int = 12) -> BookEvent:
    return BookEvent(symbol, at(seconds), (), (), None, sequence, RECEIVED_NS, venue)


def test_levels_beside_quotes_are_judged_once_and_are_no_quotes() -> None:
    # Given a symbol with a quote
    bench = Bench()
    first, older = levels(-2, 2), levels(-2, 1)
    quote_ns = bench.live.quote_ns
    # When levels come, again, older, newer, and of a symbol that is not followed
    bench.take(first, first, older, levels(-1, 1), levels(0, 1, "BOLT"))
    # Then each is judged once, in order, and the newest quote is what it was
    assert bench.noted.events == [first, levels(-1, 1)]
    assert bench.ingest.counts["depth_repeated"] == 2
    assert bench.live.quote_ns == quote_ns
    # And after a loss the newest may come again
    bench.ingest.lose_depth("ACME")
    bench.ingest.lose_depth("BOLT")
    bench.take(first)
    assert bench.noted.events[-1] == first


def test_levels_beside_quotes_do_not_wait_for_a_gap_of_the_other_feed() -> None:
    # Given a symbol whose prints and quotes wait
    bench = Bench()
    bench.ingest.open_gap(bench.live)
    # When a print and levels come
    bench.take(trade(), levels(-1))
    # Then the levels are judged
    assert bench.noted.events == [levels(-1)]


@pytest.mark.parametrize(("ahead_ns", "is_taken"), [(-1, True), (0, True), (1, False)])
def test_levels_beside_quotes_that_are_ahead_are_left_out(ahead_ns: int, is_taken: bool) -> None:
    # Given a limit beyond which stamps are doubted
    bench = Bench()
    bench.ingest.ahead_ns = at(0)
    # When levels are stamped around it
    event = levels(0)
    event.sip_ns += ahead_ns
    bench.take(event)
    # Then those beyond are left out, and counted
    assert bool(bench.noted.events) is is_taken
    assert bench.ingest.counts["depth_ahead"] == (not is_taken)
