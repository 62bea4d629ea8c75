"""One protected symbol of a stream: what the stream has brought of it, and its repair."""

from __future__ import annotations

from collections import deque
from typing import Final

from ..market.events import BookEvent, QuoteEvent, TradeEvent
from ..market.newest import BestPrices, NewestKnown
from ..market.units import NS_PER_SECOND, cut_to
from ..sight.coverage.marks import REFUSED_RUN
from ..sight.live_symbol import LiveSymbol
from ..sight.settle import SettleTime, behind_shown
from ..sight.symbol_repair import Known, SymbolRepair

ARRIVALS_KEPT: Final = 32
THROUGH_RUN: Final = 3
"""More prints in a row than these, far through the quote, are no accident."""
QUOTED_WITHIN_NS: Final = NS_PER_SECOND
"""Prices that stood this near a snapshot's stamp are its own: the two clocks of a quote differ."""


class Protected:
    """One protected symbol.

    Args:
        live: What the stream knows of it.
        repair: What is unknown of it.

    Attributes:
        live: As given.
        repair: As given.
        is_asked: True while an answer about its tape is awaited.
        is_audited: The same of an audit.
        follows_stall: True where the whole feed had fallen silent, until the meaning is known.
        was_replayed: True where its stream has brought what came before the watch.
        lacks_start: True where the tape before the watch was given up, and is asked for still.
        set_aside: Keys of prints that cannot be of the present.
        refused: Its channels that the stream refuses.
    """

    __slots__ = (
        "_arrivals",
        "_awaited",
        "_doubted",
        "_late_quotes",
        "_late_trades",
        "_quote_ns",
        "_quotes",
        "_through_at",
        "_trade_ns",
        "_trades",
        "follows_stall",
        "is_asked",
        "is_audited",
        "lacks_start",
        "live",
        "refused",
        "repair",
        "set_aside",
        "was_replayed",
    )

    def __init__(self, live: LiveSymbol, repair: SymbolRepair) -> None:
        self.live = live
        self.repair = repair
        self.is_asked = self.is_audited = self.lacks_start = False
        self.follows_stall = self.was_replayed = False
        self.set_aside: deque[int] = deque(maxlen=ARRIVALS_KEPT)
        self.refused: set[str] = set()
        self._trades = self._quotes = self._late_trades = self._late_quotes = self._doubted = 0
        self._through_at = self._trade_ns = self._quote_ns = 0
        # What a snapshot has shown of the quotes before the stream did.
        self._awaited: NewestKnown | None = None
        # Looks at which prints had come: when, and the newest stamp.
        self._arrivals: deque[tuple[int, int]] = deque(maxlen=ARRIVALS_KEPT)

    def note_heard(self, now_ns: int) -> int:
        """Enter in the ledger what the stream has brought since the last look.

        Returns:
            The newest stamp among it, 0 where nothing came.
        """
        live = self.live
        self.repair.tally.settle()
        # Of those that waited the judge may have left out some.
        fresh_trades = max(0, live.trades - self._trades)
        fresh_quotes = live.judge.quotes - self._quotes
        if live.judge.halted_by is not None:
            # What comes while trading rests, and for a minute after, is not judged; it has come.
            fresh_trades = max(fresh_trades, live.trade_ns > self._trade_ns)
            fresh_quotes = max(fresh_quotes, live.quote_ns > self._quote_ns)
        trade_ns, trades = self._brought(
            fresh_trades, live.trade_ns, live.late_trades - self._late_trades
        )
        quote_ns, quotes = self._brought(
            fresh_quotes, live.quote_ns, live.late_quotes - self._late_quotes
        )
        if not trade_ns and trades:
            trade_ns = live.late_trade_ns
        if not quote_ns and quotes:
            quote_ns = live.late_quote_ns
        doubted = live.doubted_trades - self._doubted
        self.rebase()
        for _ in range(min(doubted, REFUSED_RUN)):
            self.repair.ledger.row_refused("trades", live.trade_ns, now_ns)
        gap = live.gap
        if gap is not None:
            for event in gap.waiting[gap.noted :]:
                if isinstance(event, TradeEvent):
                    trade_ns, trades = max(trade_ns, event.sip_ns), trades + 1
                elif isinstance(event, QuoteEvent | BookEvent):
                    quote_ns, quotes = max(quote_ns, event.sip_ns), quotes + 1
            gap.noted = len(gap.waiting)
        ledger = self.repair.ledger
        ledger.heard("trades", trade_ns, trades, now_ns)
        ledger.heard("quotes", quote_ns, quotes, now_ns)
        judge = live.judge
        if judge.through_run > THROUGH_RUN and judge.through_at > self._through_at:
            self._through_at = judge.through_at
            ledger.prints_through_quote(now_ns)
        if trades:
            self._arrivals.append((now_ns, trade_ns))
        return max(trade_ns, quote_ns)

    def rebase(self) -> None:
        """Count what comes from here on: what was judged so far is known, or was not the stream's.

        What the stream brought before is to be noted first.
        """
        live = self.live
        self._trades, self._quotes = live.trades, live.judge.quotes
        self._trade_ns, self._quote_ns = live.trade_ns, live.quote_ns
        self._late_trades, self._late_quotes = live.late_trades, live.late_quotes
        self._doubted = live.doubted_trades

    def known(self, *, has_backlog: bool) -> Known:
        """Return what the stream has brought, for an answer to be held against."""
        live = self.live
        waiting = () if live.gap is None else live.gap.waiting
        return Known(live.trade_ns, live.quote_ns, waiting, has_backlog)

    def learn(self, settle: SettleTime, newest_ns: int, asked_ns: int) -> None:
        """Learn how far the second source is behind.

        Args:
            settle: Learns it.
            newest_ns: Stamp of the newest print that it has shown.
            asked_ns: When it was asked.
        """
        if not self._arrivals:
            return
        lacked = (at_ns for at_ns, ns in self._arrivals if newest_ns < ns and at_ns <= asked_ns)
        behind_ns = behind_shown(asked_ns, self._arrivals[-1][0], next(lacked, None))
        if behind_ns is not None:
            settle.learn(behind_ns)

    def await_quote(self, newest: NewestKnown) -> None:
        """Keep a snapshot's quote until the stream has passed it, and prices can be compared."""
        quote = newest.quote
        if quote is not None and quote.sip_ns > self.live.quote_ns:
            self._awaited = NewestKnown(newest.asked_ns, quote=quote)

    def passed_quote(self) -> NewestKnown | None:
        """Return the quote that was kept, once, when the stream has passed it."""
        awaited = self._awaited
        if awaited is None or awaited.quote is None or awaited.quote.sip_ns > self.live.quote_ns:
            return None
        self._awaited = None
        return awaited

    def quote_then(self, newest: NewestKnown, step_ns: int) -> BestPrices | None:
        """Return what was quoted at the stamp of a snapshot's quote; None where it is not known."""
        theirs, judge = newest.quote, self.live.judge
        # A halted symbol's quotes are not judged: the newest of ours is from before.
        if theirs is None or judge.halted_by is not None:
            return None
        stamp_ns = theirs.sip_ns
        stood = judge.quoted(
            theirs.bid_ticks,
            theirs.ask_ticks,
            stamp_ns - QUOTED_WITHIN_NS,
            stamp_ns + QUOTED_WITHIN_NS,
        )
        if stood is None and (theirs.bid_ticks, theirs.ask_ticks) != (
            judge.bid_ticks,
            judge.ask_ticks,
        ):
            return None
        # The newest quote elsewhere is older than all of ours that are remembered, and ours is the
        # same: it has stood since.
        stood = stood is not False
        stamp_ns = cut_to(stamp_ns, step_ns)
        if stood:
            return BestPrices(stamp_ns, theirs.bid_ticks, theirs.ask_ticks)
        return BestPrices(stamp_ns, judge.bid_ticks, judge.ask_ticks)

    @staticmethod
    def _brought(fresh: int, newest_ns: int, late: int) -> tuple[int, int]:
        return (newest_ns if fresh else 0), fresh + late
