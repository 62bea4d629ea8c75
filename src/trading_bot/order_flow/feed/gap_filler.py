"""Gets by REST what a stream has missed, and gives up what takes too long.

A gap is asked for once its symbol is subscribed, and again while REST fails. Its answer is judged
with the events that wait; one that comes after the wait was given up is judged between what came
before and after. Where a symbol is silent, its book tells whether anything was missed; where the
whole feed was, every symbol's tape does. Requests run on threads of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from ..clock import monotonic_seconds
from ..data_models import OrderBookSnapshot
from ..errors import DataValidationError
from ..judge import MarketJudge
from ..market.events import MarketEvent, TradeEvent
from ..market.units import NS_PER_SECOND, cut_to, ns_from_utc
from ..providers.provider import History
from ..sight.gap import EVENT_BYTES, Gap, has_caught_up, quiet_after
from ..sight.late_gaps import LateGaps
from ..sight.live_symbol import LiveSymbol
from ..sight.stall import FeedStall
from ..sight.stream_health import StreamHealth
from .history_workers import BooksAnswer, GapAnswer, HistoryWorkers
from .ingest import WAITING_LIMIT_BYTES, Ingest

GAP_AGAIN_SECONDS: Final = 1.0
"""Wait between a request that failed, or knew too little, and the next, while events wait."""


class GapFiller:
    """Fills the gaps of one stream; made and used on its event loop.

    Args:
        judge: Its clock and its baselines are used.
        client: Whom to ask.
        ingest: Holds the symbols and their gaps.
        health: Told of answers that fail, and of silence that is confirmed.
        stall: Told whether the whole feed's silences were quiet ones.
        late: Where gaps are kept that were given up.
        counts: Where gaps are counted.
        step_ns: Step of the provider's live stamps.
    """

    def __init__(
        self,
        judge: MarketJudge,
        client: History,
        *,
        ingest: Ingest,
        health: StreamHealth,
        stall: FeedStall,
        late: LateGaps,
        counts: Counter[str],
        step_ns: int,
    ) -> None:
        self._judge = judge
        self._ingest = ingest
        self._health = health
        self._stall = stall
        self._late = late
        self._counts = counts
        self._step_ns = step_ns
        self._workers = HistoryWorkers(client, on_gap=self._take, on_books=self._take_books)

    def ask(self, live: LiveSymbol, gap: Gap) -> None:
        """Ask for what a symbol has missed."""
        gap.asked_at = monotonic_seconds()
        gap.trades_from_ns, gap.quotes_from_ns = live.trades_from_ns, live.quotes_from_ns
        self._counts["gaps"] += 1
        self._fetch(live.symbol, gap)

    def open_lost(self, symbols: Iterable[LiveSymbol]) -> None:
        """Ask for what damaged frames held of these symbols."""
        for live in symbols:
            # One that is not asked for yet will hold this too.
            if live.gap is None or live.gap.asked_at is not None:
                self.ask(live, self._ingest.open_gap(live))

    def backfill_after_stall(self, symbols: Sequence[LiveSymbol]) -> None:
        """Backfill these after the whole feed stalled: a stalled server may have dropped events."""
        began_ns = max((max(live.trade_ns, live.quote_ns) for live in symbols), default=0)
        self._counts["silences_doubted"] += 1
        for live in symbols:
            gap = live.gap
            if gap is not None and gap.asked_at is None and not gap.is_standing:
                continue  # its connection is not there yet
            gap = self._ingest.open_gap(live)
            gap.stall_began_ns = began_ns
            self.ask(live, gap)

    def hold_silent(self, symbols: Iterable[LiveSymbol]) -> None:
        """Let the next event of silent symbols wait until what may have been swallowed is known."""
        for live in symbols:
            if live.failure == "silent" and live.gap is None:
                self._ingest.open_gap(live).is_standing = True

    def tick(self, now_ns: int) -> None:
        """Look after the gaps; to be called every second.

        What has waited too long, or takes too much room, is judged without what was missed.
        """
        now = monotonic_seconds()
        too_much = self._ingest.waiting_bytes > WAITING_LIMIT_BYTES
        for live in self._ingest.symbols.values():
            gap = live.gap
            if gap is None:
                continue
            if gap.is_standing and gap.waiting and gap.asked_at is None:
                gap.is_standing = False
                self.ask(live, gap)
            elif gap.is_overdue(now) or (too_much and gap.waiting):
                self._give_up(live, gap, now_ns)
            elif gap.is_due(now):
                self._fetch(live.symbol, gap)
        for symbol, gap in self._late.due(now):
            self._fetch(symbol, gap)
        self._counts["gaps_lost"] = self._late.lost

    def check_silence(self, symbols: tuple[str, ...]) -> None:
        """Ask whether silent symbols are quiet."""
        self._workers.fetch_books(symbols)

    def forget(self, symbol: str) -> None:
        """Drop what is known of a symbol that is no longer watched."""
        self._late.forget(symbol)

    def close(self) -> None:
        """Ask nothing more."""
        self._workers.close()

    def _fetch(self, symbol: str, gap: Gap) -> None:
        gap.again_at = None
        self._workers.fetch_gap(symbol, gap.number, gap.trades_from_ns, gap.quotes_from_ns)

    def _take(self, answer: GapAnswer) -> None:
        live = self._ingest.symbols.get(answer.symbol)
        if live is None:
            return
        gap = live.gap
        if gap is None or gap.number != answer.number:
            self._take_late(live, answer)
        elif answer.error is None:
            self._fill(live, gap, answer)
        elif answer.is_retryable:
            gap.again_at = monotonic_seconds() + GAP_AGAIN_SECONDS
        else:
            self._give_up(live, gap, self._now_ns())
            self._late.failed(answer.symbol, answer.number, 0.0, retryable=False)
            self._health.fail(live, answer.error_code, self._now_ns())

    def _fill(self, live: LiveSymbol, gap: Gap, answer: GapAnswer) -> None:
        if gap.is_standing and gap.waiting:
            # The silence ended while REST was asked: what it swallowed in between is not known yet.
            gap.is_standing = False
            self.ask(live, gap)
            return
        self._drop_known(live, gap)
        if not has_caught_up(answer.trades, gap.waiting, self._step_ns):
            self._counts["rest_behind"] += 1
            gap.again_at = monotonic_seconds() + GAP_AGAIN_SECONDS
            return
        fetched: list[MarketEvent] = [*answer.trades, *answer.quotes]
        if gap.stall_began_ns is not None:
            self._judge_stall(live, gap, gap.stall_began_ns, fetched)
        self._ingest.close_gap(live, fetched, self._now_ns())
        if answer.trades:
            # Without its last millisecond: more of that may have come since.
            until_ns = max(cut_to(each.sip_ns, self._step_ns) for each in answer.trades)
            live.note_filled(gap.trades_from_ns, until_ns)
        self._late.covered(live.symbol, gap.trades_from_ns)
        self._counts["gaps_filled"] += 1
        if gap.is_standing:
            self._ingest.open_gap(live).is_standing = True

    def _drop_known(self, live: LiveSymbol, gap: Gap) -> None:
        """Drop waiting prints of the span that REST filled last: the stream was late with them.

        There may be more of them than a symbol remembers one by one.
        """
        kept = [
            event
            for event in gap.waiting
            if not isinstance(event, TradeEvent)
            or not live.has_filled(cut_to(event.sip_ns, self._step_ns))
        ]
        dropped = len(gap.waiting) - len(kept)
        live.repeated += dropped
        self._ingest.waiting_bytes -= EVENT_BYTES * dropped
        gap.waiting = kept

    def _judge_stall(
        self, live: LiveSymbol, gap: Gap, began_ns: int, fetched: list[MarketEvent]
    ) -> None:
        newest_ns = max(live.trade_ns, live.quote_ns)
        until_ns = quiet_after(newest_ns, fetched, gap.waiting, self._step_ns)
        if until_ns:
            self._stall.was_quiet(until_ns - began_ns)
        elif until_ns is not None:
            self._stall.was_quiet(self._stall.doubted_ns)
        else:
            # Or on its way still, which nobody can tell: the worse is assumed.
            self._stall.was_loss()

    def _take_late(self, live: LiveSymbol, answer: GapAnswer) -> None:
        symbol, number, now = answer.symbol, answer.number, monotonic_seconds()
        if answer.error is not None:
            self._late.failed(symbol, number, now, retryable=answer.is_retryable)
        elif live.gap is not None:
            # An answer for that one may hold the same prints.
            self._late.postpone(symbol, number, now)
        elif (late := self._late.take(symbol, number)) is not None:
            self._ingest.judge_late(live, answer.trades, late.gap, late.until_ns, self._now_ns())
            self._counts["gaps_filled_late"] += 1

    def _give_up(self, live: LiveSymbol, gap: Gap, now_ns: int) -> None:
        self._counts["gaps_given_up"] += 1
        until_ns = gap.waiting[0].sip_ns if gap.waiting else now_ns
        if gap.fills_start:
            # Minutes that nobody saw are no quiet minutes.
            self._judge.known_from(live.symbol, until_ns)
        if gap.asked_at is None:
            gap.again_at = gap.asked_at = monotonic_seconds()
            gap.trades_from_ns, gap.quotes_from_ns = live.trades_from_ns, live.quotes_from_ns
        self._ingest.close_gap(live, (), now_ns)
        gap.waiting = []  # judged, and no longer needed
        self._late.keep(live.symbol, gap, until_ns)

    def _take_books(self, answer: BooksAnswer) -> None:
        now_ns = self._now_ns()
        if answer.error is not None:
            self._counts["silence_not_checked"] += 1
            return
        for symbol in answer.symbols:
            live = self._ingest.symbols.get(symbol)
            if live is None or (live.gap is not None and not live.gap.awaits_event):
                continue
            newest_ns = _newest_quote_ns(answer.books.get(symbol), now_ns)
            if newest_ns is None:
                self._counts["silence_not_checked"] += 1
            elif not self._health.confirm_quiet(live, now_ns, newest_ns):
                self._counts["silent_but_not_quiet"] += 1
                gap = live.gap or self._ingest.open_gap(live)
                gap.is_standing = True
                self.ask(live, gap)
            elif live.gap is not None:
                self._ingest.close_gap(live, (), now_ns)

    def _now_ns(self) -> int:
        return ns_from_utc(self._judge.clock())


def _newest_quote_ns(book: object, now_ns: int) -> int | None:
    """Return the stamp of a book's quote; also that of one refused for its age only."""
    if isinstance(book, OrderBookSnapshot):
        return ns_from_utc(book.timestamp_utc)
    if isinstance(book, DataValidationError) and book.code == "stale_snapshot":
        if book.stamp_utc is not None:
            return ns_from_utc(book.stamp_utc)
        age = book.facts.get("age_seconds")
        if isinstance(age, (int, float)):
            return now_ns - round(age * NS_PER_SECOND)
    return None
