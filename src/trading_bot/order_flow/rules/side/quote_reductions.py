"""The recent reductions of the best bid and ask, each of which one print may have caused.

Where the clocks of quotes and prints differ, the quote before a print's stamp need not be the quote
it met. What it took away still shows: the best bid or ask lost exactly its size, or vanished. The
idea is that of Jurkatis, "Inferring Trade Directions in Fast Markets", Journal of Financial Markets
58 (2022).
"""

from __future__ import annotations

from typing import Final

from .side_rules import REDUCTION, VANISHED_LEVEL, TradeSide

MOST_REDUCTIONS: Final = 64
"""Reductions kept at most."""
BUY: Final = 0
"""The ask was reduced: a buy took from it."""
SALE: Final = 1
"""The bid was reduced."""


class QuoteReductions:
    """Keeps what the best quotes lost lately, and matches prints with it.

    A symbol whose quotes are far apart keeps one reduction or two.

    Args:
        window_ns: Of reductions further apart than this no print can mean both.
    """

    __slots__ = ("_recent", "_window_ns")

    def __init__(self, window_ns: int) -> None:
        self._window_ns = window_ns
        # (stamp, price, what is gone, side of the print, the level vanished), newest last
        self._recent: list[tuple[int, int, int, int, bool]] = []

    def add(self, stamp_ns: int, price: int, gone: int, side: int, vanished: bool) -> None:
        """Keep a reduction.

        Args:
            stamp_ns: Of the quote that shows it.
            price: Of the level, in ticks.
            gone: How much it lost.
            side: `BUY` or `SALE`, of the print that may have caused it.
            vanished: Whether the level is gone.
        """
        recent = self._recent
        if recent and recent[-1][0] < stamp_ns - self._window_ns:
            recent.clear()
        elif len(recent) == MOST_REDUCTIONS:
            del recent[0]
        recent.append((stamp_ns, price, gone, side, vanished))

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
