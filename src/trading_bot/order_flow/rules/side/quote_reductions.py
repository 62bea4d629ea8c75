"""The recent reductions of the best bid and ask, each of which one print may have caused.

Where the clocks of quotes and prints differ, the quote before a print's stamp need not be the quote
it met. What it took away still shows: the best bid or ask lost exactly its size, or vanished. The
idea is that of Jurkatis, "Inferring Trade Directions in Fast Markets", Journal of Financial Markets
58 (2022).
"""

from __future__ import annotations

from collections import deque
from typing import Final

from .side_rules import REDUCTION, VANISHED_LEVEL, TradeSide

REDUCTION_RING: Final = 64
"""Reductions kept."""

_BUY, _SALE = 0, 1


class QuoteReductions:
    """Notes what each quote has less of than the one before, and matches prints with it."""

    __slots__ = ("_ask", "_ask_size", "_bid", "_bid_size", "_recent")

    def __init__(self) -> None:
        self._bid = self._bid_size = self._ask = self._ask_size = 0
        # (stamp, price, shares gone, side of the print, the level vanished), newest last
        self._recent: deque[tuple[int, int, int, int, bool]] = deque(maxlen=REDUCTION_RING)

    def on_quote(self, stamp_ns: int, bid: int, bid_size: int, ask: int, ask_size: int) -> None:
        """Compare a quote with the one before it; prices in ticks, 0 for an empty side.

        A locked or crossed quote loses nothing: its two sides cannot be told apart.
        """
        old_bid = self._bid
        old_ask = self._ask
        if old_bid < old_ask or not old_ask:
            if bid == old_bid:
                if bid_size < self._bid_size:
                    self._recent.append((stamp_ns, bid, self._bid_size - bid_size, _SALE, False))
            elif bid < old_bid:
                self._recent.append((stamp_ns, old_bid, self._bid_size, _SALE, True))
            if ask == old_ask:
                if ask_size < self._ask_size:
                    self._recent.append((stamp_ns, ask, self._ask_size - ask_size, _BUY, False))
            elif old_ask and (ask > old_ask or not ask):
                self._recent.append((stamp_ns, old_ask, self._ask_size, _BUY, True))
        self._bid = bid
        self._bid_size = bid_size
        self._ask = ask
        self._ask_size = ask_size

    def cause_of(
        self, price: int, size: int, since_ns: int, before_ns: int
    ) -> tuple[TradeSide | None, TradeSide | None]:
        """Find the reduction that a print has caused; an exact one is used up.

        Prints and quotes each keep their order, so of several exact reductions the oldest is
        the print's, and those too old for this print are too old for all later ones.

        Args:
            price: The print's price in ticks.
            size: Its shares.
            since_ns: Oldest stamp of a reduction that may count.
            before_ns: The reduction lies strictly before this stamp.

        Returns:
            The side by a reduction of exactly this size, or None; and, only without one, the side
            by a level of this price that vanished with another size, or None.
        """
        recent = self._recent
        while recent and recent[0][0] < since_ns:
            recent.popleft()
        vanished: TradeSide | None = None
        for place, (stamp, level, gone, side, all_gone) in enumerate(recent):
            if level != price or stamp >= before_ns:
                continue
            if gone == size:
                del recent[place]
                return REDUCTION[side], None
            if all_gone:
                vanished = VANISHED_LEVEL[side]
        return None, vanished
