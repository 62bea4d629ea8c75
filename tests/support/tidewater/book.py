"""A book that is told in changes: whole once, then level by level, and lost when one is missing.

Pure. Every change bears the number after that of the one before. Where one is missing nothing can
be said of the book any more, until it comes whole again.
"""

from __future__ import annotations

from typing import Literal

from trading_bot.order_flow.market.events import BookEvent

from .wire import LevelChange, WholeBook

Outcome = Literal["shown", "known", "lost", "waiting"]
"""What became of a change: the book shows it, or knew it; the book is lost by it, or was before."""


class IncrementalBook:
    """The book of one symbol.

    Args:
        symbol: Ticker.
    """

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self._bids: dict[int, int] = {}
        self._asks: dict[int, int] = {}
        self._number = self._at_ns = 0
        self._stands = False
        self._is_asked = False

    def restart(self, whole: WholeBook) -> Outcome:
        """Take the whole book; one that is older than what is known says nothing."""
        if self._stands and whole.number <= self._number:
            return "known"
        self._bids, self._asks = dict(whole.bids), dict(whole.asks)
        self._number, self._at_ns = whole.number, whole.at_ns
        self._stands, self._is_asked = True, False
        return "shown"

    def change(self, change: LevelChange) -> Outcome:
        """Take one change."""
        if not self._stands:
            return self._lose()
        if change.number <= self._number:
            return "known"
        if change.number > self._number + 1:
            return self._lose()
        side = self._bids if change.is_bid else self._asks
        if change.size:
            side[change.price_ticks] = change.size
        else:
            side.pop(change.price_ticks, None)
        self._number, self._at_ns = change.number, change.at_ns
        return "shown"

    def event(self, depth: int, received_ns: int | None) -> BookEvent:
        """Return the best levels of each side."""
        bids = tuple(sorted(self._bids.items(), reverse=True)[:depth])
        asks = tuple(sorted(self._asks.items())[:depth])
        at_ns, number = self._at_ns, self._number
        return BookEvent(self._symbol, at_ns, bids, asks, None, number, received_ns)

    def whole(self) -> WholeBook | None:
        """Return all that is known; None before anything is, and where it is lost."""
        if not self._stands:
            return None
        bids = tuple(sorted(self._bids.items(), reverse=True))
        asks = tuple(sorted(self._asks.items()))
        return WholeBook(self._symbol, self._at_ns, self._number, bids, asks)

    def _lose(self) -> Outcome:
        outcome: Outcome = "waiting" if self._is_asked else "lost"
        self._stands, self._is_asked = False, True
        return outcome
