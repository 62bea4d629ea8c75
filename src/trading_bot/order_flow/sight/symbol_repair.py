"""What is missing of one held symbol, and what an answer of a second source mends of it; pure.

The ledger says what is unknown. Here each unknown span has its witness, the prints their tally and
the snapshots their pulse, so that an answer becomes rows to judge and entries of the ledger:

| answer | is held against | and enters |
| --- | --- | --- |
| tape | each unknown span's witness | fills, or why there is none |
| | what was judged, beyond the spans | events that the stream did not bring; else a vouching |
| newest | the newest that was judged | vouched, behind, or stale quotes |
| audit | the tally, slot by slot | compared, or what differs |
| none | | why the spans stay open |
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from ..market.events import BookEvent, MarketEvent, QuoteEvent, TradeEvent, Withdrawal
from ..market.newest import BestPrices, NewestKnown
from ..market.units import FAR_FUTURE_NS, FAR_PAST_NS, UNITS_PER_SHARE, cut_to
from .audit import WITHDRAWN_CORRECTIONS, Audit
from .audit_verdict import AuditSpan, span_to_audit, still_known
from .coverage.reasons import Channel
from .coverage.span import Span
from .coverage.spans import CLOCK_MARGIN_NS
from .fill_answer import Answer, Keyed, Row, keyed
from .ledger import Ledger
from .pulse import JudgedMarks, Pulse
from .slot import SLOT_NS
from .tally import Overlap, Tally, print_key
from .witness import Witness

Judged = Literal["trades", "quotes"]
_AUDIT_SLICE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Known:
    """What the stream has brought of a symbol, when an answer came.

    Attributes:
        trade_ns: Newest stamp of a print that was judged, 0 before the first.
        quote_ns: Newest stamp of a quote that was judged, 0 before the first.
        waiting: Live events that wait behind a gap, in their order.
        has_backlog: True while frames wait to be judged: what they hold is not known yet.
    """

    trade_ns: int
    quote_ns: int
    waiting: Sequence[MarketEvent] = ()
    has_backlog: bool = False


@dataclass(slots=True)
class Repaired:
    """What an answer brings.

    Attributes:
        rows: Events to be judged now, in no order; each is new.
        lost: Channels of which the stream is proved to have lost something, each with the newest
            stamp that it should have brought.
        closed: How many spans were closed.
    """

    rows: list[MarketEvent] = field(default_factory=list)
    lost: dict[Judged, int] = field(default_factory=dict)
    closed: int = 0


class SymbolRepair:
    """The repair of one symbol.

    Args:
        symbol: Whose.
        from_ns: Since when its tape is wanted, Unix nanoseconds.
        now_ns: The present.
        step_ns: Step of the provider's live stamps.
        stream_refills: The stream brings what it missed, so that what is not remembered any more
            was judged.
        compares_prices: Quotes are not known again by their stamps: what a snapshot shows has to
            have stood, and closes their spans.

    Attributes:
        symbol: As given.
        ledger: What is known of it.
        tally: The prints that were judged lately.
        ids_agree: False where stream and second source name the same prints differently.
    """

    __slots__ = (
        "_audited_ns",
        "_compares_prices",
        "_from_ns",
        "_pulse",
        "_step_ns",
        "_stream_refills",
        "_unsettled",
        "_witnesses",
        "ids_agree",
        "ledger",
        "symbol",
        "tally",
    )

    def __init__(
        self,
        symbol: str,
        from_ns: int,
        now_ns: int,
        step_ns: int,
        *,
        stream_refills: bool = False,
        compares_prices: bool = False,
    ) -> None:
        self.symbol = symbol
        self.ledger = Ledger(symbol, now_ns)
        self.tally = Tally(from_ns)
        self.ids_agree = True
        self._from_ns = from_ns
        self._step_ns = step_ns
        self._stream_refills = stream_refills
        self._compares_prices = compares_prices
        self._pulse = Pulse(step_ns)
        self._witnesses: dict[int, Witness] = {}
        # Stamps that a pulse showed while they were too young to be missed.
        self._unsettled: dict[Judged, int] = {}
        self._audited_ns = from_ns
        self.meet_spans(0)

    @property
    def has_gap(self) -> bool:
        """True while events may be missing that came before those that wait."""
        return any(span.cause in ("gap", "start") for span in self.ledger.spans.open)

    @property
    def is_proved(self) -> bool:
        """True where both channels are subscribed, nothing is unknown and nothing is doubted."""
        marks = self.ledger.marks
        return not self.ledger.spans.open and all(
            marks[each].is_subscribed and marks[each].doubt is None for each in _CHANNELS
        )

    def meet_spans(self, quote_ns: int) -> None:
        """Give each unknown span its witness; to be called once a span may have opened.

        Args:
            quote_ns: Newest stamp of a quote that was judged, 0 before the first.
        """
        spans = {span.number: span for span in self.ledger.spans.open}
        for number in self._witnesses.keys() - spans.keys():
            del self._witnesses[number]
        for number, span in spans.items():
            witness = self._witnesses.get(number)
            if witness is None:
                overlap = self._overlap(span, quote_ns)
                witness = self._witnesses[number] = Witness(span.from_ns, overlap, self._step_ns)
            elif witness.after_ns != span.from_ns:
                witness.begin(span.from_ns, self._overlap(span, quote_ns))
            witness.end(None if span.grows else span.to_ns)
        asked_ns = [each.asks_from_ns for each in self._of("trades")]
        self.tally.kept_from_ns = min(asked_ns, default=FAR_FUTURE_NS)

    def asks_from(self, known: Known) -> tuple[int, int]:
        """Return from when prints and quotes are to be asked for: all that is not known.

        Where nothing is unknown, from shortly before the newest on: an answer that holds what is
        known there shows whether there is more.
        """
        trades = [each.asks_from_ns for each in self._of("trades")]
        quotes = [each.asks_from_ns for each in self._of("quotes")]
        if not trades:
            trades = [self.tally.overlap(known.trade_ns or self._from_ns).from_ns]
        return min(trades), min(quotes, default=known.quote_ns or self._from_ns)

    def take_tape(
        self,
        trades: Answer,
        quotes: Answer | None,
        known: Known,
        now_ns: int,
        settle_ns: int,
    ) -> Repaired:
        """Take an answer about the tape, asked from where `asks_from` said.

        The caller judges its rows at once, and then calls `meet_spans`.

        Args:
            trades: The prints.
            quotes: The quotes; None where they were not answered.
            known: What the stream has brought.
            now_ns: The present.
            settle_ns: What is younger may be missing at the second source without fault.
        """
        repaired = Repaired()
        self._compare_ids(trades, known)
        self._take_channel("trades", trades, known, now_ns, settle_ns, repaired)
        if quotes is not None:
            self._take_channel("quotes", quotes, known, now_ns, settle_ns, repaired)
        return repaired

    def take_failure(
        self,
        channels: Iterable[Judged],
        code: str,
        now_ns: int,
        retry_after_ns: int | None = None,
    ) -> None:
        """Take that there is no answer: whatever its code, it says nothing of what is unknown."""
        for channel in channels:
            self.ledger.unfilled(
                channel,
                FAR_PAST_NS,
                FAR_FUTURE_NS,
                code,
                now_ns,
                retry_after_ns=retry_after_ns,
            )

    @property
    def is_unsure_of_prices(self) -> bool:
        """True where the second source's newest prices are not ours: one more look tells."""
        return self._compares_prices and self._pulse.is_unsure_of_quotes

    def take_newest(
        self,
        newest: NewestKnown,
        known: Known,
        quote_then: BestPrices | None,
        shares: int,
        now_ns: int,
        settle_ns: int,
    ) -> tuple[Repaired, bool]:
        """Take what the second source knows as the newest.

        Args:
            newest: That.
            known: What the stream has brought.
            quote_then: What was quoted at the stamp of its quote; None where that is not known.
            shares: Shares judged so far, since any moment that stays the same.
            now_ns: The present.
            settle_ns: As above.

        Returns:
            What was lost, without rows, and whether an audit is due early.
        """
        judged = JudgedMarks(known.trade_ns, None, known.quote_ns, quote_then, shares)
        verdict = self._pulse.compare(newest, judged, settle_ns)
        ledger, repaired = self.ledger, Repaired()
        up_to_ns = newest.asked_ns - settle_ns
        # As the stream would bring them, 0 where there is none.
        shown: dict[Judged, int] = {
            "trades": cut_to(newest.trade_ns or 0, self._step_ns),
            "quotes": 0 if newest.quote is None else cut_to(newest.quote.sip_ns, self._step_ns),
        }
        for channel, shown_ns in shown.items():
            if shown_ns <= up_to_ns and self._has_stalled(channel, shown_ns):
                ledger.stalled(channel, shown_ns, now_ns)
                repaired.lost[channel] = shown_ns
            elif shown_ns > up_to_ns:
                self._unsettled[channel] = shown_ns
        has_same_prices = quote_then is not None and verdict.quotes == "vouched"
        if self._compares_prices:
            agreed_ns = max(up_to_ns, shown["quotes"]) if has_same_prices else None
            self._close_quotes(agreed_ns, now_ns)
        if repaired.lost:
            return repaired, False
        if verdict.trades == "vouched" and self._may_vouch("trades", shown["trades"], 0):
            ledger.vouched("trades", up_to_ns, now_ns)
        elif verdict.trades == "behind":
            ledger.behind("trades", shown["trades"], now_ns)
        if has_same_prices or (
            verdict.quotes == "vouched" and self._may_vouch("quotes", shown["quotes"], 0)
        ):
            ledger.vouched("quotes", up_to_ns, now_ns)
        elif verdict.quotes == "behind":
            if shown["quotes"] > known.quote_ns:
                ledger.behind("quotes", shown["quotes"], now_ns)
            if verdict.quotes_reason:
                ledger.prints_through_quote(now_ns)
                repaired.lost["quotes"] = shown["quotes"]
        return repaired, verdict.audit_due

    def _close_quotes(self, agreed_ns: int | None, now_ns: int) -> None:
        """Close the spans of quotes that end before a moment whose prices stood with us, too.

        A quote is a state: where the newest agrees, nothing of the span matters any more.

        Args:
            agreed_ns: That moment; None where the prices differ, or are not known.
            now_ns: The present.
        """
        for span in self.ledger.spans.of("quotes"):
            if span.grows:
                continue
            if agreed_ns is not None and span.to_ns <= agreed_ns:
                self.ledger.filled("quotes", span.from_ns, span.to_ns, now_ns)
            else:
                code = "rest_behind" if agreed_ns is None else "settling"
                self.ledger.unfilled("quotes", span.from_ns, span.to_ns, code, now_ns)

    def look_at_unsettled(self, now_ns: int, settle_ns: int) -> Repaired:
        """Return what has settled of what the second source showed too young, and never came.

        Where a symbol trades every two seconds, its newest print is too young at each pulse.
        """
        repaired = Repaired()
        for channel, shown_ns in tuple(self._unsettled.items()):
            if not self._has_stalled(channel, shown_ns):
                del self._unsettled[channel]
            elif shown_ns <= now_ns - settle_ns:
                del self._unsettled[channel]
                self.ledger.stalled(channel, shown_ns, now_ns)
                repaired.lost[channel] = shown_ns
        return repaired

    def span_to_audit(self, now_ns: int, settle_ns: int) -> AuditSpan | None:
        """Return the span of prints to compare next; None where there is none."""
        if self._audited_ns > now_ns:
            # The clock went back: what was compared up to then had not happened yet.
            self._audited_ns = self._from_ns
        return span_to_audit(self._audited_ns, now_ns, settle_ns, self.tally, self._step_ns)

    def take_audit(
        self, span: AuditSpan, trades: Answer, set_aside: Collection[int], now_ns: int
    ) -> Repaired:
        """Take the prints of a span, asked from where it said, and compare them with the tally.

        Args:
            span: From `span_to_audit`.
            trades: The answer.
            set_aside: Keys of prints that are not to be judged.
            now_ns: The present.
        """
        repaired, ledger = Repaired(), self.ledger
        if not trades.has_all_pages or trades.refused_rows:
            self.take_failure(("trades",), "row_refused", now_ns)
            return repaired
        known = still_known(span, self.tally)
        if known is None:
            return repaired
        audit = Audit(known, self.tally, self._step_ns, set_aside)
        for place in range(0, len(trades.rows), _AUDIT_SLICE):
            audit.take(
                row
                for row in trades.rows[place : place + _AUDIT_SLICE]
                if isinstance(row, TradeEvent)
            )
        verdict = audit.verdict(ids_agree=self.ids_agree)
        if verdict.ids_agree is not None:
            self.ids_agree = verdict.ids_agree
        repaired.rows += (_withdrawal_of(row) for row in verdict.withdrawn)
        self._audited_ns = span.until_ns
        if verdict.is_equal:
            ledger.compared("trades", known.from_ns, verdict.proved_ns, now_ns)
            return repaired
        repaired.rows += verdict.missing
        lacking = [each for each in verdict.differences if each.why != "shares"]
        ledger.differs("trades", [(each.from_ns, each.until_ns) for each in lacking], now_ns)
        if verdict.missing:
            repaired.lost["trades"] = max(each.sip_ns for each in verdict.missing)
        return repaired

    def _take_channel(
        self,
        channel: Judged,
        answer: Answer,
        known: Known,
        now_ns: int,
        settle_ns: int,
        repaired: Repaired,
    ) -> None:
        rows = keyed(answer.rows, self._step_ns)
        tally = self.tally if channel == "trades" else None
        newest_ns = known.trade_ns if channel == "trades" else known.quote_ns
        # Where names differ, what waits would not be known again among the rows.
        live_from_ns = FAR_FUTURE_NS if self.ids_agree else _first_ns(channel, known)
        is_forgotten = channel == "trades" and self._stream_refills
        known_from_ns = self.tally.known_from_ns if is_forgotten else FAR_PAST_NS
        new: dict[int, Row] = {}
        # How far the answer reaches: what it does not show yet, it may lack.
        shown_ns = max((each.stamp_ns for each in rows), default=0)
        settled_ns = min(answer.asked_ns - settle_ns, shown_ns)
        for span in self.ledger.spans.of(channel):
            witness = self._witnesses.get(span.number)
            if witness is None:
                continue
            if not span.grows:
                self._expect(channel, witness, known)
            verdict = witness.answered(answer, tally, settle_ns, ids_agree=self.ids_agree)
            new |= {
                id(row): row
                for row in verdict.new_rows
                if known_from_ns <= row.sip_ns < live_from_ns
            }
            if verdict.is_closed:
                repaired.closed += 1
                self.ledger.filled(channel, span.from_ns, span.to_ns, now_ns)
            elif verdict.reason == "growing" and settled_ns > span.from_ns:
                self.ledger.filled(channel, span.from_ns, settled_ns, now_ns)
            else:
                again_ns = witness.settled_ns(settle_ns) if verdict.reason == "settling" else None
                self.ledger.unfilled(
                    channel,
                    span.from_ns,
                    span.to_ns,
                    verdict.reason.replace("growing", ""),
                    now_ns,
                    is_usable=bool(answer.rows) or verdict.reason == "growing",
                    retry_after_ns=None if again_ns is None else again_ns - now_ns,
                )
        repaired.rows += new.values()
        if answer.refused_rows or not answer.has_all_pages or known.has_backlog:
            return
        unknown = self._unknown(channel, answer, rows, known, settle_ns, set(new))
        settled_ns = answer.asked_ns - settle_ns
        shown = [each.stamp_ns for each in rows]
        shown_ns = max((ns for ns in (*shown, newest_ns) if ns <= settled_ns), default=0)
        if unknown:
            repaired.rows += (each.row for each in unknown)
            repaired.lost[channel] = max(each.stamp_ns for each in unknown)
            self.ledger.stalled(channel, min(each.stamp_ns for each in unknown), now_ns)
        elif self._has_stalled(channel, shown_ns):
            repaired.lost[channel] = shown_ns
            self.ledger.stalled(channel, shown_ns, now_ns)
        elif self._may_vouch(channel, max(shown, default=0), newest_ns):
            self.ledger.vouched(channel, settled_ns, now_ns)

    def _may_vouch(self, channel: Judged, shown_ns: int, newest_ns: int) -> bool:
        """Return whether an answer holds what is known, and nothing that the stream lacks."""
        marks = self.ledger.marks[channel]
        if marks.doubt == "stale":
            # Stamps tell nothing of prices that stand still.
            return False
        return newest_ns <= shown_ns <= max(marks.last_event_ns, marks.live_at_ns)

    def _has_stalled(self, channel: Judged, shown_ns: int) -> bool:
        """Return whether an event that has settled should have come by the stream, and has not.

        Whether it was judged is another matter: the second source may have brought it.
        """
        marks = self.ledger.marks[channel]
        return marks.is_subscribed and shown_ns > max(
            marks.last_event_ns, marks.live_at_ns + CLOCK_MARGIN_NS
        )

    def _unknown(
        self,
        channel: Judged,
        answer: Answer,
        rows: Sequence[Keyed],
        known: Known,
        settle_ns: int,
        taken: set[int],
    ) -> list[Keyed]:
        """Return settled rows that the stream should have brought, and did not."""
        if not self.ids_agree or not self.ledger.marks[channel].is_subscribed:
            return []
        if channel == "trades" and self._meets_none(rows):
            # Not one of those judged is among them: they are named differently, not missing.
            self.ids_agree = False
            return []
        as_many = self._slots_with_as_many(rows) if channel == "trades" else frozenset()
        spans = self.ledger.spans.of(channel)
        waiting = {_key_of(each) for each in known.waiting}
        from_ns = known.quote_ns + 1 if channel == "quotes" else self.tally.known_from_ns
        return [
            each
            for each in rows
            if from_ns <= each.stamp_ns <= answer.asked_ns - settle_ns
            and id(each.row) not in taken
            and each.key not in waiting
            and not any(span.from_ns < each.stamp_ns <= span.to_ns for span in spans)
            and (channel == "quotes" or self._lacks(each))
            and cut_to(each.stamp_ns, SLOT_NS) not in as_many
        ]

    def _compare_ids(self, answer: Answer, known: Known) -> None:
        """Learn from the prints that wait whether both sources name the same print alike."""
        keys = {each.key for each in keyed(answer.rows, self._step_ns) if each.is_named}
        told = {_facts_of(row, self._step_ns) for row in answer.rows if isinstance(row, TradeEvent)}
        met = [
            _key_of(each) in keys
            for each in known.waiting
            if isinstance(each, TradeEvent) and _facts_of(each, self._step_ns) in told
        ]
        if met:
            self.ids_agree = any(met)

    def _slots_with_as_many(self, rows: Sequence[Keyed]) -> frozenset[int]:
        """Return the slots in which as many prints were judged: what seems new there is renamed."""
        counts = Counter(
            cut_to(each.stamp_ns, SLOT_NS)
            for each in rows
            if isinstance(each.row, TradeEvent) and each.row.size >= UNITS_PER_SHARE
        )
        slots = {from_ns: self.tally.slot_of(from_ns) for from_ns in counts}
        return frozenset(
            from_ns
            for from_ns, slot in slots.items()
            if slot is not None and slot.count >= counts[from_ns]
        )

    def _meets_none(self, rows: Sequence[Keyed]) -> bool:
        """Return whether prints were judged at the time of these rows, and none is among them."""
        near = [each for each in rows if self.tally.slot_of(each.stamp_ns) is not None]
        return bool(near) and not any(self.tally.knows(each.key, each.stamp_ns) for each in near)

    def _lacks(self, each: Keyed) -> bool:
        row = each.row
        return (
            isinstance(row, TradeEvent)
            and each.is_named
            and row.size >= UNITS_PER_SHARE
            and row.correction not in WITHDRAWN_CORRECTIONS
            and not self.tally.knows(each.key, each.stamp_ns)
        )

    def _expect(self, channel: Judged, witness: Witness, known: Known) -> None:
        """Tell a witness what an answer has to reach: what waits, else the newest judged."""
        for event in known.waiting:
            if isinstance(event, _KINDS_OF[channel]):
                witness.expect(_key_of(event), cut_to(event.sip_ns, self._step_ns))
        if channel == "quotes":
            witness.expect(known.quote_ns, known.quote_ns)
        elif (newest := self.tally.newest_key) is not None:
            witness.expect(newest, known.trade_ns)

    def _overlap(self, span: Span, quote_ns: int) -> Overlap:
        if span.cause == "start" and not quote_ns and self.tally.newest_key is None:
            # The watch begins: nothing was judged that an answer could be held against.
            return Overlap(self._from_ns, array("q"))
        if span.channel == "trades":
            # The print that is known at its begin belongs to it.
            return self.tally.overlap(span.from_ns + 1)
        from_ns = min(quote_ns or span.from_ns, span.from_ns)
        return Overlap(from_ns, array("q", (quote_ns,) if quote_ns else ()))

    def _of(self, channel: Channel) -> list[Witness]:
        return [
            self._witnesses[span.number]
            for span in self.ledger.spans.of(channel)
            if span.number in self._witnesses
        ]


_CHANNELS: Final[tuple[Judged, Judged]] = ("trades", "quotes")


_KINDS_OF: Final[dict[Judged, tuple[type[MarketEvent], ...]]] = {
    "trades": (TradeEvent,),
    "quotes": (QuoteEvent, BookEvent),
}


def _first_ns(channel: Judged, known: Known) -> int:
    """Return the stamp of the first event of a channel that waits; far ahead where none does."""
    stamps = (each.sip_ns for each in known.waiting if isinstance(each, _KINDS_OF[channel]))
    return min(stamps, default=FAR_FUTURE_NS)


def _key_of(event: MarketEvent) -> int:
    if isinstance(event, TradeEvent):
        return print_key(event.exchange, event.trf_id, event.trade_id, event.sequence)
    return event.sip_ns


def _facts_of(event: TradeEvent, step_ns: int) -> tuple[int, ...]:
    """Return what a print says beside its names."""
    return cut_to(event.sip_ns, step_ns), event.price_ticks, event.size, event.exchange


def _withdrawal_of(row: TradeEvent) -> Withdrawal:
    """Return the word that a print is taken back, which only its row says."""
    return Withdrawal(
        row.symbol,
        row.sip_ns,
        row.exchange,
        row.trf_id,
        row.trade_id,
        row.sequence,
        row.received_ns,
    )
