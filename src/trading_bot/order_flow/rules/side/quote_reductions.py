"""The recent reductions of the best bid and ask, each of which one print may have caused.

Where the clocks of quotes and prints differ, the quote before a print's stamp need not be the quote
it met. What it took away still shows: the best bid or ask lost exactly its size, or vanished. The
idea is that of Jurkatis, "Inferring Trade Directions in Fast Markets", Journal of Financial Markets
58 (2022).
"""

from __future__ import annotations

from collections import deque
from typing import Final

from ...market.units import FAR_PAST_NS
from .side_rules import REDUCTION, VANISHED_LEVEL, TradeSide

MOST_REDUCTIONS: Final = 64
"""Reductions kept at most."""
MOST_SEEN: Final = 64
"""Quotes kept at most since they were compared last."""
COMPARED_FROM: Final = 16
"""So many are compared at the next change of price, that a quiet tape keeps few of them."""

_BUY, _SALE = 0, 1

SeenQuote = tuple[int, int, int, int, int]
"""A quote: stamp, best bid in ticks, its size, best ask, its size; 0 for an empty side."""
_NOTHING_SEEN: Final = (FAR_PAST_NS, 0, 0, 0, 0)


class QuoteReductions:
    """Keeps what the best quotes lost lately, and matches prints with it.

    Quotes are far more than prints, so most are compared only when a print asks.

    Args:
        window_ns: Reductions that lie further apart than this cannot mean one print.

    Attributes:
        seen: The newest quotes, in order: whoever has one appends it.
    """

    __slots__ = ("_recent", "_window_ns", "seen")

    def __init__(self, window_ns: int) -> None:
        self._window_ns = window_ns
        self.seen: deque[SeenQuote] = deque((_NOTHING_SEEN,), maxlen=MOST_SEEN)
        # (stamp, price, what is gone, side of the print, the level vanished), newest last
        self._recent: list[tuple[int, int, int, int, bool]] = []

    def compare(self) -> None:
        """Keep what each quote seen has less of than the one before it; the newest one stays.

        A locked or crossed quote loses nothing: its two sides cannot be told apart.
        """
        seen, recent = self.seen, self._recent
        newest = seen[-1]
        since_ns = newest[0] - self._window_ns
        if recent and recent[-1][0] < since_ns:
            recent.clear()
        old_bid = old_bid_size = old_ask = old_ask_size = 0
        for stamp, bid, bid_size, ask, ask_size in seen:
            if stamp >= since_ns and (old_bid < old_ask or not old_ask):
                if bid == old_bid:
                    if bid_size < old_bid_size:
                        recent.append((stamp, bid, old_bid_size - bid_size, _SALE, False))
                elif bid < old_bid:
                    recent.append((stamp, old_bid, old_bid_size, _SALE, True))
                if ask == old_ask:
                    if ask_size < old_ask_size:
                        recent.append((stamp, ask, old_ask_size - ask_size, _BUY, False))
                elif old_ask and (ask > old_ask or not ask):
                    recent.append((stamp, old_ask, old_ask_size, _BUY, True))
            old_bid, old_bid_size, old_ask, old_ask_size = bid, bid_size, ask, ask_size
        seen.clear()
        seen.append(newest)
        if len(recent) > MOST_REDUCTIONS:
            del recent[:-MOST_REDUCTIONS]

    def cause_of(
        self, price: int, size: int, since_ns: int, before_ns: int
    ) -> tuple[TradeSide | None, TradeSide | None]:
        """Find the reduction that a print has caused; an exact one is used up.

        Prints and quotes each keep their order, so of several exact reductions the oldest is
        the print's, and those too old for this print are too old for all later ones.

        Args:
            price: The print's price in ticks.
            size: Its size, in the unit of the quotes' sizes.
            since_ns: Oldest stamp of a reduction that may count.
            before_ns: The reduction lies strictly before this stamp.

        Returns:
            The side by a reduction of exactly this size, or None; and, only without one, the side
            by a level of this price that vanished with another size, or None.
        """
        if len(self.seen) > 1:
            self.compare()
        recent = self._recent
        while recent and recent[0][0] < since_ns:
            del recent[0]
        vanished: TradeSide | None = None
        for reduction in recent:
            if reduction[1] == price and reduction[0] < before_ns:
                if reduction[2] == size:
                    recent.remove(reduction)
                    return REDUCTION[reduction[3]], None
                if reduction[4]:
                    vanished = VANISHED_LEVEL[reduction[3]]
        return None, vanished
