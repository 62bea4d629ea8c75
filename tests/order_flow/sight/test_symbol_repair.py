"""What answers of a second source mend of one symbol, and what they find that the stream lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.market.events import (
    BookEvent,
    HaltEvent,
    MarketEvent,
    QuoteEvent,
    TradeEvent,
    Withdrawal,
)
from trading_bot.order_flow.market.newest import BestPrices, NewestKnown
from trading_bot.order_flow.market.units import (
    FAR_PAST_NS,
    NS_PER_MS,
    NS_PER_SECOND,
    UNITS_PER_SHARE,
    cut_to,
)
from trading_bot.order_flow.sight.coverage.reasons import OpenSpan
from trading_bot.order_flow.sight.fill_answer import Answer
from trading_bot.order_flow.sight.symbol_repair import Judged, Known, Repaired, SymbolRepair
from trading_bot.order_flow.sight.tally import SLOTS_KEPT, print_key

START_NS = 1_700_000_000 * NS_PER_SECOND
SETTLE_NS = 3 * NS_PER_SECOND
BOTH: tuple[Judged, Judged] = ("trades", "quotes")


def at(seconds: float) -> int:
    return START_NS + round(seconds * 1_000) * NS_PER_MS


def trade(seconds: float, number: int, shares: float = 100, **changes: Any) -> TradeEvent:
    """Return a print; a whole stamp is the stream's, a second source's has more digits."""
    fields: dict[str, Any] = {"sequence": number, "exchange": 11, "trade_id": str(number)} | changes
    return TradeEvent("ACME", at(seconds), 100, round(shares * UNITS_PER_SHARE), **fields)


def quote(seconds: float, bid: int = 99) -> QuoteEvent:
    return QuoteEvent("ACME", at(seconds), bid, 1, 101, 1, None, round(seconds * 1_000) + 9_000)


def exact(*events: TradeEvent) -> list[TradeEvent]:
    """Return prints as a second source brings them, with nanoseconds."""
    return [each._replace(sip_ns=each.sip_ns + 123_456) for each in events]


class Bench:
    """The repair of one symbol, whose stream and second source a test plays."""

    def __init__(self) -> None:
        self.repair = SymbolRepair("ACME", at(-370), at(0), NS_PER_MS)
        self.ledger = self.repair.ledger
        self.trade_ns = self.quote_ns = 0
        self.waiting: list[MarketEvent] = []
        self.has_backlog = False

    @property
    def known(self) -> Known:
        return Known(self.trade_ns, self.quote_ns, tuple(self.waiting), self.has_backlog)

    @property
    def spans(self) -> tuple[OpenSpan, ...]:
        return self.ledger.open_spans()

    def spans_of(self, channel: Judged) -> list[tuple[int, int | None, str]]:
        """Return what is unknown of a channel: after which stamp, up to which one, and why."""
        return [(e.from_ns + 1, e.to_ns, e.cause) for e in self.spans if e.channel == channel]

    def codes(self, channel: Judged = "trades") -> tuple[str, ...]:
        return tuple(code for e in self.spans if e.channel == channel for code in e.codes)

    def judge(self, events: Iterable[MarketEvent]) -> None:
        for event in events:
            if isinstance(event, TradeEvent):
                key = print_key(event.exchange, event.trf_id, event.trade_id, event.sequence)
                stamp_ns = cut_to(event.sip_ns, NS_PER_MS)
                if not self.repair.tally.holds(key, stamp_ns):
                    self.repair.tally.add(key, stamp_ns, event.size)
                self.trade_ns = max(self.trade_ns, stamp_ns)
            else:
                self.quote_ns = max(self.quote_ns, cut_to(event.sip_ns, NS_PER_MS))

    def brings(self, seconds: float, *events: MarketEvent) -> None:
        """Let the stream bring events, and look."""
        for channel, kind in zip(BOTH, (TradeEvent, QuoteEvent), strict=True):
            stamps = [each.sip_ns for each in events if isinstance(each, kind)]
            if stamps:
                self.ledger.heard(channel, max(stamps), len(stamps), at(seconds))
        if self.repair.has_gap:
            self.waiting += events
        else:
            self.judge(events)
        self.look(seconds)

    def look(self, seconds: float) -> None:
        self.ledger.look(at(seconds))
        self.repair.meet_spans(self.quote_ns)

    def subscribed(self, seconds: float) -> None:
        for channel in BOTH:
            self.ledger.subscribed(channel, at(seconds))
        self.look(seconds)

    def cut(self, seconds: float) -> None:
        self.ledger.unsubscribed(BOTH, at(seconds))
        self.look(seconds)

    def tape(
        self,
        asked: float,
        trades: Sequence[TradeEvent] = (),
        quotes: Sequence[QuoteEvent | BookEvent] | None = (),
        *,
        refused: int = 0,
        has_all_pages: bool = True,
    ) -> Repaired:
        """Let the second source answer at once, and judge what it brings."""
        found = self.repair.take_tape(
            Answer(at(asked), trades, refused, has_all_pages),
            None if quotes is None else Answer(at(asked), quotes),
            self.known,
            at(asked),
            SETTLE_NS,
        )
        self.take(found, asked)
        return found

    def take(self, found: Repaired, seconds: float) -> None:
        self.judge(found.rows)
        self.repair.meet_spans(self.quote_ns)
        if not self.repair.has_gap:
            waiting, self.waiting = self.waiting, []
            self.judge(waiting)
        self.look(seconds)

    def newest(
        self,
        asked: float,
        trade: float | None = None,
        quote: BestPrices | None = None,
        *,
        then: BestPrices | None = None,
        **more: Any,
    ) -> tuple[Repaired, bool]:
        trade_ns = None if trade is None else at(trade) + 123_456
        found = self.repair.take_newest(
            NewestKnown(at(asked), trade_ns, quote=quote, **more),
            self.known,
            then,
            0,
            at(asked),
            SETTLE_NS,
        )
        self.look(asked)
        return found

    def audit(self, now: float, *rows: TradeEvent, **answer: Any) -> Repaired:
        span = self.repair.span_to_audit(at(now), SETTLE_NS)
        assert span is not None
        found = self.repair.take_audit(span, Answer(at(now), rows, **answer), (), at(now))
        self.take(found, now)
        return found


HISTORY = [trade(second, second + 1_000) for second in range(-300, 0, 10)]
FIRST = trade(1, 2_001)


def well() -> Bench:
    """Return a symbol whose start is filled: a print and a quote at 1 s, all known at 2 s."""
    bench = Bench()
    bench.subscribed(0)
    bench.brings(1, FIRST, quote(1))
    bench.tape(2, exact(*HISTORY, FIRST), [quote(-1), quote(1)])
    assert bench.spans == ()
    return bench


# A tape against the unknown spans.


def test_everything_before_the_watch_is_unknown_and_asked_for() -> None:
    # Given a symbol that is watched from now on
    bench = Bench()
    # When it is asked what it lacks
    asked = bench.repair.asks_from(bench.known)
    # Then that is all that matters, of both channels
    assert asked == (at(-370), at(-370))
    assert [each.cause for each in bench.spans] == ["start", "start"]
    assert (bench.repair.has_gap, bench.repair.is_proved) == (True, False)


def test_an_answer_that_reaches_what_the_stream_brought_fills_the_start() -> None:
    # Given a print and a quote that the stream has brought
    bench = Bench()
    bench.subscribed(0)
    bench.brings(1, FIRST, quote(1))
    # When an answer holds both
    found = bench.tape(2, exact(*HISTORY, FIRST), [quote(-1), quote(1)])
    # Then all is known, each row is given once, and the symbol is proved
    assert found.rows == [*exact(*HISTORY, FIRST), quote(-1), quote(1)]
    assert (found.closed, found.lost, bench.spans) == (2, {}, ())
    assert (bench.repair.has_gap, bench.repair.is_proved) == (False, True)


def test_books_fill_what_is_quoted_too() -> None:
    # Given a provider of books
    bench = Bench()
    bench.subscribed(0)
    book = BookEvent("ACME", at(1), ((99, 1),), ((101, 1),), None, 5)
    bench.ledger.heard("quotes", at(1), 1, at(1))
    bench.waiting.append(book)
    bench.look(1)
    # When an answer holds the one that waits
    found = bench.tape(2, (), [book])
    # Then the quotes before it are known
    assert (found.rows, [each.channel for each in bench.spans]) == ([book], ["trades"])


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"trades": exact(*HISTORY)}, "rest_behind"),
        ({"trades": exact(*HISTORY, FIRST), "refused": 1}, "row_refused"),
        ({"trades": exact(*HISTORY, FIRST), "has_all_pages": False}, "page_missing"),
    ],
)
def test_an_answer_that_is_no_fill_is_judged_and_says_why(
    answer: dict[str, Any], code: str
) -> None:
    # Given a print that the stream has brought
    bench = Bench()
    bench.subscribed(0)
    bench.brings(1, FIRST)
    # When an answer does not reach it, or is not whole
    found = bench.tape(2, **answer)
    # Then its rows are judged, and what is unknown stays so
    assert (found.rows, found.closed) == (answer["trades"], 0)
    assert (bench.codes(), bench.repair.has_gap) == ((code,), True)


def test_quotes_that_were_not_answered_stay_unknown() -> None:
    # Given a print and a quote that the stream has brought
    bench = Bench()
    bench.subscribed(0)
    bench.brings(1, FIRST, quote(1))
    # When an answer holds no quotes at all
    found = bench.tape(2, exact(*HISTORY, FIRST), None)
    # Then the prints alone are known
    assert (found.closed, [each.channel for each in bench.spans]) == (1, ["quotes"])
    assert bench.codes("quotes") == ()


def test_while_a_channel_is_away_an_answer_fills_what_has_settled() -> None:
    # Given a connection that ended at 10 s, after a print and a quote at 9 s
    bench = well()
    last = trade(9, 2_009)
    bench.brings(9, last, quote(9))
    bench.cut(10)
    # When answers come at 14 s, and at 11 s first
    rows = exact(*HISTORY, FIRST, last)
    bench.tape(11, rows, [quote(9)])
    too_young = bench.spans_of("trades")
    bench.tape(14, [*rows, *exact(trade(12, 2_012))], [quote(9)])
    # Then up to 3 s before it was asked all is known, no further, nor further than it reaches
    assert too_young == [(at(9), None, "gap")]
    assert bench.spans_of("trades") == [(at(11) + 1, None, "gap")]
    assert bench.spans_of("quotes") == [(at(9) + 1, None, "gap")]
    assert bench.repair.asks_from(bench.known)[0] <= at(9)


def test_a_quiet_symbol_is_asked_again_once_an_answer_may_close_its_span() -> None:
    # Given a subscription at 0 s without any event, whose span so ends at 2 s
    bench = Bench()
    bench.subscribed(0)
    bench.look(2)
    # When it is answered too early, in time, and again
    asked_again = []
    for seconds in (3, 5, 10):
        bench.tape(seconds, exact(*HISTORY))
        asked_again.append([each.again_ns for each in bench.ledger.spans.of("trades")])
    # Then it is asked for next when the settle time is over, five seconds later, and never
    assert asked_again == [[at(5)], [at(10)], []]


def test_a_part_of_what_is_unknown_is_held_against_what_is_known_before_it() -> None:
    # Given a symbol whose connection is away, and of which a part was filled in
    bench = well()
    prints = [trade(second, 2_000 + second) for second in range(2, 9)]
    bench.cut(1.5)
    bench.tape(10, exact(*HISTORY, FIRST, *prints[:6]), [quote(1)])
    begins = bench.spans_of("trades")
    # When it is back, and an answer lacks the newest of those, or holds it
    bench.subscribed(11)
    bench.brings(12, trade(12, 2_012), quote(12))
    lacking = bench.tape(16, exact(prints[6], trade(12, 2_012)), None)
    whole = bench.tape(17, exact(*HISTORY, FIRST, *prints, trade(12, 2_012)), None)
    # Then only the second one closes the rest, and every print was given once
    assert begins == [(at(7) + 1, None, "gap")]
    assert (lacking.closed, whole.closed) == (0, 1)
    assert lacking.rows == exact(prints[6], trade(12, 2_012))
    assert whole.rows == []


def test_where_nothing_is_unknown_a_tape_begins_before_the_newest() -> None:
    # Given a symbol of which all is known
    bench = well()
    # When it is asked from where a tape has to begin
    trades_from_ns, quotes_from_ns = bench.repair.asks_from(bench.known)
    # Then shortly before what came last
    assert at(-60) <= trades_from_ns <= at(-4)
    assert quotes_from_ns == at(1)


# A failure.


@pytest.mark.parametrize("code", ["not_found", "forbidden", "timeout", "rate_limited"])
def test_a_failure_says_nothing_of_what_is_unknown(code: str) -> None:
    # Given a start that was asked for
    bench = Bench()
    bench.subscribed(0)
    for question in bench.ledger.questions(at(1)):
        bench.ledger.asked(question, at(1))
    # When there is no answer
    bench.repair.take_failure(BOTH, code, at(2))
    # Then all stays unknown, with its word, and is asked for again
    assert (bench.codes("trades"), bench.codes("quotes")) == ((code,), (code,))
    assert {each.again_ns for each in bench.ledger.spans.open} == {at(3)}


def test_a_provider_that_names_a_wait_is_asked_when_it_is_over() -> None:
    # Given a start
    bench = Bench()
    # When the provider asks to wait for 7 s, for the prints
    bench.repair.take_failure(("trades",), "rate_limited", at(2), 7 * NS_PER_SECOND)
    # Then their span is asked for then
    assert [each.again_ns for each in bench.ledger.spans.of("trades")] == [at(9)]
    assert bench.codes("quotes") == ()


# A tape beyond the spans: what the stream should have brought.


@pytest.mark.parametrize(("asked", "is_lost"), [(7.999, False), (8, True), (8.001, True)])
def test_a_settled_print_that_the_stream_did_not_bring_is_a_loss(
    asked: float, is_lost: bool
) -> None:
    # Given a symbol of which all is known, and a print at 5 s that the stream did not bring
    bench = well()
    missing = trade(5, 2_005)._replace(sip_ns=at(5))
    # When a tape shows it, and REST settles in 3 s
    found = bench.tape(asked, [*exact(FIRST), missing], None)
    # Then it is judged, the channel is stalled, and what came since is unknown
    assert (found.rows, found.lost) == (([missing], {"trades": at(5)}) if is_lost else ([], {}))
    assert bench.spans_of("trades") == ([(at(1), None, "stalled")] if is_lost else [])
    assert bench.ledger.marks["trades"].doubt == ("stalled" if is_lost else None)


def test_quotes_that_the_stream_did_not_bring_are_a_loss_too() -> None:
    # Given a symbol of which all is known
    bench = well()
    # When a tape shows newer quotes
    found = bench.tape(20, exact(FIRST), [quote(1), quote(5), quote(9)])
    # Then they are judged, and what came since is unknown
    assert (found.rows, found.lost) == ([quote(5), quote(9)], {"quotes": at(9)})
    assert bench.spans_of("quotes") == [(at(1), None, "stalled")]


@pytest.mark.parametrize(
    "missing",
    [
        trade(5, 2_005, shares=0.999),
        trade(5, 0, trade_id=""),
        trade(5, 2_005, correction=8),
    ],
    ids=["below one share", "without a name", "withdrawn"],
)
def test_a_print_that_cannot_be_missed_is_no_loss_of_its_own(missing: TradeEvent) -> None:
    # Given a symbol whose stream goes on after that print
    bench = well()
    bench.brings(9, trade(9, 2_009), quote(9))
    # When a tape shows one that the stream did not bring, and need not have
    found = bench.tape(20, [*exact(FIRST), missing, *exact(trade(9, 2_009))], None)
    # Then nothing is lost
    assert (found.rows, found.lost, bench.spans) == ([], {}, ())


@pytest.mark.parametrize("lacks", ["answer whole", "no backlog", "all pages", "ids", "channel"])
def test_what_is_no_evidence_accuses_nobody(lacks: str) -> None:
    # Given a print that the stream did not bring between two that it did
    bench = well()
    later, missing = trade(9, 2_009), trade(5, 2_005)
    bench.brings(9, later, quote(9))
    bench.has_backlog = lacks == "no backlog"
    bench.repair.ids_agree = lacks != "ids"
    if lacks == "channel":
        bench.ledger.marks["trades"].is_subscribed = False
    # When a tape shows it, but is not whole, or frames wait, or ids tell nothing
    found = bench.tape(
        20,
        exact(FIRST, missing, later),
        None,
        refused=int(lacks == "answer whole"),
        has_all_pages=lacks != "all pages",
    )
    # Then it proves no loss
    assert (found.rows, found.lost) == ([], {})


def test_a_print_that_waits_behind_a_gap_of_quotes_is_not_lost() -> None:
    # Given a gap of the quotes alone, behind which a print waits
    bench = well()
    bench.ledger.missed("quotes", at(4))
    bench.look(4)
    bench.brings(5, trade(5, 2_005))
    # When a tape shows that print
    found = bench.tape(20, exact(FIRST, trade(5, 2_005)), None)
    # Then the stream has brought it
    assert (len(bench.waiting), found.rows, found.lost) == (1, [], {})


def test_the_print_of_a_span_is_no_loss_beyond_it() -> None:
    # Given a span of refused rows from 1 s to 5 s, whose answer is not whole
    bench = well()
    bench.ledger.row_refused("trades", at(1), at(2))
    bench.brings(5, trade(5, 2_005), quote(5))
    # When a tape lacks what is known before the span
    found = bench.tape(20, exact(trade(3, 2_003), trade(5, 2_005)), None)
    # Then the print within the span is judged, and accuses no one
    assert (found.rows, found.lost) == (exact(trade(3, 2_003)), {})
    assert bench.codes() == ("overlap_missing",)


def test_an_answer_that_shows_nothing_newer_vouches_for_both_channels() -> None:
    # Given a symbol that has been silent since 1 s
    bench = well()
    # When a tape at 20 s holds what is known
    bench.tape(20, exact(FIRST), [quote(1)])
    # Then it vouches for the silence up to 3 s before
    marks = bench.ledger.marks
    assert [marks[each].confirmed_quiet_ns for each in BOTH] == [at(17)] * 2
    assert [marks[each].vouched_at_ns for each in BOTH] == [at(20)] * 2


def test_an_answer_without_what_is_known_vouches_for_nothing() -> None:
    # Given a symbol of which all is known
    bench = well()
    before = [bench.ledger.marks[each].vouched_at_ns for each in BOTH]
    # When an empty answer comes
    found = bench.tape(20)
    # Then it neither vouches nor accuses
    assert [bench.ledger.marks[each].vouched_at_ns for each in BOTH] == before
    assert (found.lost, bench.spans) == ({}, ())


def test_a_young_print_neither_vouches_nor_accuses() -> None:
    # Given a symbol of which all is known
    bench = well()
    # When a tape shows a print that may be on its way still
    found = bench.tape(20, exact(FIRST, trade(19, 2_019)), None)
    # Then nothing follows
    assert (found.rows, found.lost) == ([], {})
    assert bench.ledger.marks["trades"].vouched_at_ns < at(20)


def test_quotes_that_stand_still_are_not_vouched_for_by_their_stamps() -> None:
    # Given quotes that are doubted, since prints went through them
    bench = well()
    bench.ledger.prints_through_quote(at(10))
    before = bench.ledger.marks["quotes"].vouched_at_ns
    # When a tape knows none that is newer
    bench.tape(20, exact(FIRST), [quote(1)])
    # Then that says nothing of their prices
    assert bench.ledger.marks["quotes"].vouched_at_ns == before


def test_a_stalled_channel_is_found_also_where_a_second_source_s_rows_were_judged() -> None:
    # Given prints that stopped at 1 s, and those of up to 9 s judged by REST
    bench = well()
    rows = [trade(second, 2_000 + second) for second in (5, 9)]
    bench.tape(20, exact(FIRST, *rows), [quote(1)])
    assert bench.trade_ns == at(9)
    # When the next answers hold nothing else, and then one more print
    same = bench.tape(26, exact(FIRST, *rows), [quote(1)])
    more = bench.tape(32, exact(FIRST, *rows, trade(27, 2_027)), [quote(1)])
    # Then each says what the stream should have brought by now
    assert [each.lost for each in (same, more)] == [{"trades": at(9)}, {"trades": at(27)}]
    assert more.rows == exact(trade(27, 2_027))


@pytest.mark.parametrize(("seconds", "is_lost"), [(22, False), (22.001, True)])
def test_what_lies_within_two_seconds_of_a_subscription_may_be_from_before_it(
    seconds: float, is_lost: bool
) -> None:
    # Given prints that are subscribed anew at 20 s, and a quiet symbol
    bench = well()
    bench.cut(19)
    bench.subscribed(20)
    # When a tape shows a print of about then
    found = bench.tape(40, exact(FIRST, trade(seconds, 2_222)), None)
    # Then it is a loss only where the clocks cannot explain it
    assert found.lost == ({"trades": at(seconds)} if is_lost else {})


def test_a_span_that_turns_out_to_begin_earlier_is_witnessed_from_there() -> None:
    # Given rows that were refused after 9 s
    bench = well()
    bench.brings(9, trade(5, 2_005), trade(9, 2_009), quote(9))
    bench.ledger.row_refused("trades", at(9), at(10))
    bench.look(10)
    later = bench.repair.asks_from(bench.known)[0]
    # When it is found that all after 1 s is unknown
    bench.ledger.missed("trades", at(10), at(1))
    bench.look(10)
    # Then it is one span, which is asked for from before then
    assert bench.spans_of("trades") == [(at(1), None, "gap")]
    assert bench.repair.asks_from(bench.known)[0] < min(later, at(1))


def test_a_span_that_opened_since_the_last_look_waits_for_its_witness() -> None:
    # Given a span that nobody has looked at yet
    bench = well()
    bench.ledger.missed("trades", at(5))
    # When an answer comes
    found = bench.tape(6, exact(FIRST, trade(5.5, 2_005)), None)
    # Then it closes nothing, and says nothing of it
    assert (found.rows, found.closed, bench.codes()) == ([], 0, ())


# Names that differ.


def renamed(*events: TradeEvent) -> list[TradeEvent]:
    """Return prints as a second source brings them that names them otherwise."""
    return [each._replace(trade_id=f"R{each.trade_id}") for each in exact(*events)]


def test_a_tape_in_which_no_judged_print_is_known_names_them_otherwise() -> None:
    # Given a symbol of which all is known
    bench = well()
    bench.brings(9, trade(9, 2_009), quote(9))
    # When a tape holds the same prints by other names, and one more
    found = bench.tape(20, renamed(FIRST, trade(5, 2_005), trade(9, 2_009)), None)
    # Then names tell nothing from now on, and nobody is accused
    assert (found.rows, found.lost, bench.repair.ids_agree) == ([], {}, False)


@pytest.mark.parametrize(("shown", "is_lost"), [(2, False), (3, False), (4, True)])
def test_of_five_seconds_of_which_as_many_were_judged_nothing_is_missing(
    shown: int, is_lost: bool
) -> None:
    # Given three prints that were judged within five seconds
    bench = well()
    prints = [trade(second, 2_000 + second) for second in (10, 11, 12)]
    bench.brings(12, *prints, quote(12))
    # When a tape has some of them, and others by names that are not known
    rows = exact(FIRST, prints[0]) + renamed(*prints, prints[1]._replace(sequence=9))[: shown - 1]
    found = bench.tape(30, rows, None)
    # Then prints are missing only where the tape has more
    assert bool(found.lost) is is_lost


@pytest.mark.parametrize("is_named", [True, False])
def test_a_print_that_waits_tells_whether_both_sources_name_it_alike(is_named: bool) -> None:
    # Given a print that waits behind a gap, and names of which nothing was known so
    bench = Bench()
    bench.subscribed(0)
    bench.brings(1, FIRST)
    bench.repair.ids_agree = not is_named
    # When an answer holds it by the same name, or by another one
    rows = exact(FIRST) if is_named else renamed(FIRST)
    found = bench.tape(2, [*exact(*HISTORY), *rows], None)
    # Then that is known, and the print is the stream's where it would not be known again
    assert bench.repair.ids_agree is is_named
    assert (len(found.rows) - len(HISTORY), found.closed) == (int(is_named), 1)


def test_what_waits_is_not_given_by_another_name() -> None:
    # Given a cut, and a print and a quote of after it that wait
    bench = well()
    bench.repair.ids_agree = False
    bench.cut(5)
    bench.subscribed(8)
    bench.brings(9, trade(9, 2_009), trade(11, 2_011), quote(9))
    # When an answer by other names holds one that was lost, and those that wait
    rows = renamed(*HISTORY, FIRST, trade(7, 2_007), trade(9, 2_009), trade(11, 2_011))
    found = bench.tape(15, rows, None)
    # Then the lost one alone is to be judged, and the span is closed
    assert (found.rows, found.closed) == (renamed(trade(7, 2_007)), 1)


# The newest.


def test_the_newest_that_is_known_vouches() -> None:
    # Given a symbol that has been silent since 1 s
    bench = well()
    # When a snapshot at 20 s knows nothing newer
    found, audit_due = bench.newest(20, 1, BestPrices(at(1), 99, 101))
    # Then both channels are vouched for
    assert (found.rows, found.lost, audit_due) == ([], {}, False)
    assert [bench.ledger.marks[each].vouched_at_ns for each in BOTH] == [at(20)] * 2
    assert [bench.ledger.marks[each].confirmed_quiet_ns for each in BOTH] == [at(17)] * 2


def test_a_snapshot_that_shows_nothing_says_nothing() -> None:
    # Given a symbol
    bench = well()
    before = [bench.ledger.marks[each].vouched_at_ns for each in BOTH]
    # When a snapshot has neither print nor quote
    found, _ = bench.newest(20)
    # Then nothing follows
    assert found.lost == {}
    assert [bench.ledger.marks[each].vouched_at_ns for each in BOTH] == before


@pytest.mark.parametrize(("asked", "is_lost"), [(11.999, False), (12, True), (12.001, True)])
@pytest.mark.parametrize("channel", BOTH)
def test_a_newest_event_that_has_settled_and_did_not_come_is_a_loss(
    channel: Judged, asked: float, is_lost: bool
) -> None:
    # Given a symbol that has been silent since 1 s
    bench = well()
    # When a snapshot knows a print, or a quote, of 9 s, and REST settles in 3 s
    if channel == "trades":
        found, _ = bench.newest(asked, 9, BestPrices(at(1), 99, 101))
    else:
        found, _ = bench.newest(asked, 1, BestPrices(at(9), 98, 101))
    # Then the channel is stalled once it should have come
    assert found.lost == ({channel: at(9)} if is_lost else {})
    assert bench.spans_of(channel) == ([(at(1), None, "stalled")] if is_lost else [])


def test_a_newest_print_that_only_rest_brought_is_a_loss_of_the_stream() -> None:
    # Given prints that stopped at 1 s, and one of 5 s judged by REST
    bench = well()
    bench.tape(20, exact(FIRST, trade(5, 2_005)), [quote(1)])
    # When a snapshot knows that one as the newest
    found, _ = bench.newest(26, 5, BestPrices(at(1), 99, 101))
    # Then the stream should have brought it still
    assert found.lost == {"trades": at(5)}


def test_what_may_be_from_before_a_subscription_is_asked_for_without_a_doubt() -> None:
    # Given a symbol that is subscribed anew at 20 s, and silent since
    bench = well()
    bench.cut(19)
    bench.subscribed(20)
    # When a snapshot knows a print and a quote of just then
    found, _ = bench.newest(30, 21, BestPrices(at(21), 98, 101))
    # Then the tape is to answer, and nobody is accused
    marks = bench.ledger.marks
    assert found.lost == {}
    assert [marks[each].behind_ns for each in BOTH] == [at(21)] * 2
    assert [marks[each].behind_at_ns for each in BOTH] == [at(30)] * 2


def test_quotes_of_other_prices_twice_in_a_row_stand_still() -> None:
    # Given quotes that go on, while snapshots know other prices for their stamps
    bench = well()
    bench.brings(10, quote(9.5))
    found = []
    for seconds in (10, 16):
        # When two of them say so
        theirs, ours = BestPrices(at(5), 90, 91), BestPrices(at(5), 99, 101)
        found.append(bench.newest(seconds, 1, theirs, then=ours)[0].lost)
    # Then the second one proves it
    assert found == [{}, {"quotes": at(5)}]
    assert bench.ledger.marks["quotes"].doubt == "stale"
    # And one of the same prices vouches, whatever is doubted
    bench.newest(22, 1, BestPrices(at(9), 99, 101), then=BestPrices(at(9), 99, 101))
    assert bench.ledger.marks["quotes"].vouched_at_ns == at(22)


def test_a_stamp_alone_vouches_for_no_quotes_that_are_doubted() -> None:
    # Given quotes that are doubted
    bench = well()
    bench.ledger.prints_through_quote(at(10))
    before = bench.ledger.marks["quotes"].vouched_at_ns
    # When a snapshot bears an old stamp, at which ours is not known
    bench.newest(20, 1, BestPrices(at(0.5), 99, 101))
    # Then it does not vouch for them
    assert bench.ledger.marks["quotes"].vouched_at_ns == before


def test_volume_that_was_not_judged_asks_for_an_audit() -> None:
    # Given a snapshot with the day's volume
    bench = well()
    bench.newest(10, 1, day_shares=50_000)
    # When it grows by 1,001 shares, while none was judged
    dues = [bench.newest(seconds, 1, day_shares=51_001)[1] for seconds in (16, 22)]
    # Then an audit is due, once
    assert dues == [True, False]


# The audit.


def audited() -> Bench:
    """Return a symbol with a print a second from 2 s to 30 s, of which all is known."""
    bench = well()
    for second in range(2, 31):
        bench.brings(second, trade(second, 2_000 + second), quote(second))
    return bench


PRINTS = [FIRST, *(trade(second, 2_000 + second) for second in range(2, 31))]


def test_an_equal_audit_proves_up_to_its_end() -> None:
    # Given prints that the stream has brought
    bench = audited()
    # When the second source has the same
    found = bench.audit(34, *exact(*HISTORY, *PRINTS))
    # Then they are compared, and the next audit begins there
    proved_ns = bench.ledger.marks["trades"].proved_ns
    assert (found.rows, found.lost, bench.spans) == ([], {}, ())
    assert proved_ns == at(30)
    assert bench.repair.span_to_audit(at(34), SETTLE_NS) is None
    later = bench.repair.span_to_audit(at(50), SETTLE_NS)
    assert later is not None
    assert later.from_ns == at(30)


def test_an_unequal_audit_brings_what_is_missing_and_doubts() -> None:
    # Given prints that the stream has brought
    bench = audited()
    # When the second source has two more
    missing = [trade(7.5, 3_001), trade(18.5, 3_002)]
    found = bench.audit(34, *exact(*HISTORY, *PRINTS, *missing))
    # Then they are judged, their seconds are unknown, and the channel has lost something
    assert found.rows == exact(*missing)
    assert found.lost == {"trades": at(18.5) + 123_456}
    assert bench.ledger.marks["trades"].doubt == "differs"
    assert [(begin_ns, end_ns, why) for begin_ns, end_ns, why in bench.spans_of("trades")] == [
        (at(5), at(10), "differs"),
        (at(15), at(20), "differs"),
    ]
    # And a tape that holds all fills them
    assert bench.tape(40, exact(*HISTORY, *PRINTS, *missing), None).rows == []
    assert bench.spans == ()


def test_seconds_in_which_the_second_source_lacks_a_print_are_doubted() -> None:
    # Given prints that the stream has brought
    bench = audited()
    # When the second source lacks one of them
    found = bench.audit(34, *exact(*HISTORY, *PRINTS[:5], *PRINTS[6:]))
    # Then nothing is to be judged or lost, and what it shows of those seconds is looked at again
    assert (found.rows, found.lost) == ([], {})
    assert bench.spans_of("trades") == [(at(5), at(10), "differs")]
    assert bench.ledger.marks["trades"].doubt == "differs"


def test_shares_that_differ_are_doubted_and_leave_nothing_to_fetch() -> None:
    # Given prints that the stream has brought
    bench = audited()
    # When the second source has other shares for one of them
    larger = PRINTS[6]._replace(size=900 * UNITS_PER_SHARE)
    found = bench.audit(34, *exact(*HISTORY, *PRINTS[:6], larger, *PRINTS[7:]))
    # Then that is said
    assert (found.rows, found.lost, bench.spans) == ([], {}, ())
    assert bench.ledger.marks["trades"].doubt == "differs"


def test_what_the_tally_forgot_while_an_audit_was_under_way_is_not_compared() -> None:
    # Given an audit that was asked for
    bench = audited()
    span = bench.repair.span_to_audit(at(34), SETTLE_NS)
    assert span is not None
    proved_ns = bench.ledger.marks["trades"].proved_ns
    # When more prints come than are remembered before it is answered
    bench.judge(trade(second, second) for second in range(40, 45 + 5 * SLOTS_KEPT, 5))
    found = bench.repair.take_audit(span, Answer(at(160), exact(*PRINTS[:4])), (), at(160))
    # Then nothing is compared, and nothing found missing
    assert (found.rows, found.lost, bench.spans) == ([], {}, ())
    assert bench.ledger.marks["trades"].proved_ns == proved_ns


@pytest.mark.parametrize("answer", [{"refused_rows": 1}, {"has_all_pages": False}])
def test_an_answer_that_is_not_whole_compares_nothing(answer: dict[str, Any]) -> None:
    # Given prints that the stream has brought, and a span that is unknown
    bench = audited()
    bench.ledger.row_refused("trades", at(30), at(31))
    proved_ns = bench.ledger.marks["trades"].proved_ns
    # When the second source's answer is not whole
    found = bench.audit(34, *exact(trade(5.5, 3_001)), **answer)
    # Then nothing is compared, and the same seconds are audited next
    assert (found.rows, found.lost, bench.codes()) == ([], {}, ("row_refused",))
    assert bench.ledger.marks["trades"].proved_ns == proved_ns
    span = bench.repair.span_to_audit(at(34), SETTLE_NS)
    assert span is not None
    assert span.from_ns < at(0)


def test_sources_that_name_the_same_prints_differently_are_compared_by_count() -> None:
    # Given prints that the stream has brought
    bench = audited()
    # When the second source names each differently
    found = bench.audit(34, *renamed(*HISTORY, *PRINTS))
    # Then ids tell nothing from now on, and nothing is lost
    assert (found.rows, found.lost, bench.repair.ids_agree) == ([], {}, False)
    # And once they agree they count again
    for second in range(31, 60):
        bench.brings(second, trade(second, 2_000 + second))
    rows = [trade(second, 2_000 + second) for second in range(2, 60)]
    bench.audit(63, *exact(*rows))
    assert bench.repair.ids_agree


def test_an_audit_without_a_print_tells_nothing_of_names() -> None:
    # Given a symbol that nobody trades, and names that differ
    bench = Bench()
    bench.repair.ids_agree = False
    # When an audit finds nothing on either side
    found = bench.audit(34)
    # Then they are equal, and names tell nothing still
    assert (found.lost, bench.repair.ids_agree) == ({}, False)
    assert bench.ledger.marks["trades"].proved_ns > at(0)


def test_a_long_answer_is_compared_whole() -> None:
    # Given more prints than are compared at once
    bench = well()
    prints = [trade(2 + number / 100, 3_000 + number) for number in range(2_500)]
    bench.newest(20, 1, BestPrices(at(1), 99, 101))
    bench.brings(27, *prints)
    # When the second source has the same, and quotes among them
    found = bench.audit(34, *exact(*HISTORY, FIRST, *prints))
    # Then they are equal
    assert (found.lost, bench.ledger.marks["trades"].doubt) == ({}, None)


# Whatever happens.

FAULTS = st.sampled_from(["overlap", "newest", "reach", "page", "row", "empty"])


@given(
    st.lists(st.integers(-4_000, -1), unique=True, min_size=1, max_size=30).map(sorted),
    st.lists(st.integers(1_001, 9_000), unique=True, max_size=20).map(sorted),
    st.lists(FAULTS, min_size=1, max_size=8),
)
def test_whatever_an_answer_lacks_the_span_stays_open_and_its_rows_are_judged(
    before: list[int], lost: list[int], faults: list[str]
) -> None:
    # Given prints that were judged, some that a cut has swallowed, and one behind them
    bench = well()
    judged = [trade(20 + ms / 1_000, 5_000 + ms) for ms in before]
    bench.newest(15, 1, BestPrices(at(1), 99, 101))
    bench.brings(20, *judged, quote(20))
    swallowed = [trade(20 + ms / 1_000, 5_000 + ms) for ms in lost]
    after = trade(30, 20_000)
    bench.cut(21)
    bench.subscribed(29)
    bench.brings(30, after, quote(30))
    given_to_judge: list[TradeEvent] = []
    for number, fault in enumerate(faults):
        # When answers come that lack something, however late
        known, reach = exact(*HISTORY, FIRST, *judged), exact(after)
        if fault == "overlap":
            known = known[-1:]
        elif fault == "newest":
            known = known[:-1]
        elif fault == "reach":
            reach = []
        rows = [] if fault == "empty" else [*known, *exact(*swallowed), *reach]
        found = bench.tape(
            35 + 10 * number,
            rows,
            None,
            refused=int(fault == "row"),
            has_all_pages=fault != "page",
        )
        given_to_judge += [each for each in found.rows if isinstance(each, TradeEvent)]
        # Then the span stays open
        assert found.closed == 0
        assert bench.spans_of("trades") == [(judged[-1].sip_ns, at(30), "gap")]
    # And what they held was judged once
    brought = [each for each in faults if each != "empty"]
    assert set(given_to_judge) >= set(exact(*swallowed) if brought else [])
    assert len(given_to_judge) == len(set(given_to_judge))


def test_rows_that_are_no_prints_or_quotes_are_not_an_answer_s() -> None:
    # Given a word of a halt beside the quotes, which the caller judges itself
    bench = well()
    halt = HaltEvent("ACME", at(5), halted=True)
    # When it waits with the others
    bench.waiting.append(halt)
    found = bench.tape(20, exact(FIRST), [quote(1)])
    # Then it is nobody's witness
    assert (found.rows, found.lost, bench.ledger.marks["halts"].last_event_ns) == (
        [],
        {},
        FAR_PAST_NS,
    )


def test_a_print_that_is_cancelled_at_the_second_source_is_to_be_taken_back() -> None:
    # Given prints that the stream has brought
    bench = audited()
    # When the second source has one of them as cancelled
    gone = PRINTS[5]._replace(correction=8)
    found = bench.audit(34, *exact(*HISTORY, *PRINTS[:5], gone, *PRINTS[6:]))
    # Then it is to be taken back, by its own names
    (word,) = found.rows
    assert isinstance(word, Withdrawal)
    assert (word.trade_id, word.sequence) == (gone.trade_id, gone.sequence)
    assert found.lost == {}


def priced(**more: Any) -> Bench:
    """Return a bench whose quotes are known by their prices, with a cut of which both are back."""
    bench = Bench()
    bench.repair = SymbolRepair("ACME", at(-370), at(0), NS_PER_MS, compares_prices=True, **more)
    bench.ledger = bench.repair.ledger
    bench.subscribed(0)
    bench.brings(1, trade(1, 1), quote(1))
    # Its stream refills itself: nothing waits.
    bench.judge(bench.waiting)
    bench.waiting.clear()
    return bench


def shows(bench: Bench, asked: float, stamp: float, *, bid: int = 99) -> Repaired:
    """Let a snapshot show a quote, where 99 to 101 stood with us."""
    known = BestPrices(at(stamp), 99, 101)
    newest = NewestKnown(at(asked), quote=BestPrices(at(stamp), bid, 101))
    repaired, _ = bench.repair.take_newest(newest, bench.known, known, 0, at(asked), SETTLE_NS)
    return repaired


def test_quotes_known_by_price_close_their_span_where_prices_agree() -> None:
    # Given a span of quotes that has ended
    bench = priced()
    bench.look(4)
    [(_, ends_ns, _)] = bench.spans_of("quotes")
    assert ends_ns is not None
    # When a snapshot shows other prices, and the same before the span's end has settled
    shows(bench, 2, 0.5, bid=98)
    assert bench.codes("quotes") == ("rest_behind",)
    shows(bench, 2, 0.5)
    # Then the span is open until it shows them for its end
    assert bench.spans_of("quotes")
    shows(bench, 9, 0.5)
    assert bench.spans_of("quotes") == []


def test_quotes_known_by_price_leave_a_span_that_grows() -> None:
    # Given a stream that is away
    bench = priced()
    bench.look(4)
    shows(bench, 9, 0.5)
    bench.cut(10)
    # When a snapshot shows the same prices
    shows(bench, 20, 0.5)
    # Then what may be missing stays so
    assert [ends_ns for _, ends_ns, _ in bench.spans_of("quotes")] == [None]


def test_an_audit_begins_anew_where_the_clock_went_back() -> None:
    # Given prints that were compared by a clock that was an hour ahead
    bench = Bench()
    bench.repair._audited_ns = at(3_600)
    # When the clock is right again
    span = bench.repair.span_to_audit(at(60), SETTLE_NS)
    # Then the comparison does not wait for an hour
    assert span is not None
    assert span.until_ns <= at(60)
