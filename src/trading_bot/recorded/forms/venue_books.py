"""The best bid and ask over all venues, from a file that has each venue's own.

A venue's quote replaces its last one, both sides. One without a price or a size takes that side
away, and so does a condition under which a quote is no part of the national best bid and offer:
those that are part of it are A, B, H, O, R, W and none (as in Holden and Jacobsen, Liquidity
measurement problems in fast, competitive markets, Journal of Finance 69, 2014). The size is that of
the largest of the venues at the best price.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

PART_OF_BEST: Final = frozenset("ABHORW ")
"""Conditions of a quote that is part of the national best bid and offer."""
_Side = tuple[float, float, str, str]
"""Price and size as numbers, and as they are written."""


class VenueBooks:
    """What each venue bids and asks for one symbol."""

    def __init__(self) -> None:
        self._bids: dict[str, _Side] = {}
        self._asks: dict[str, _Side] = {}

    def quote(
        self, venue: str, condition: str, bid: tuple[str, str], ask: tuple[str, str]
    ) -> tuple[str, str, str, str]:
        """Take one venue's quote; return best bid, its size, best ask, its size, as written.

        A side on which no venue stands is 0 and 0.

        Args:
            venue: Whose quote it is.
            condition: Its one letter.
            bid: Price and size.
            ask: Price and size.

        Raises:
            ValueError: A price or a size is no number.
        """
        counts = condition in PART_OF_BEST
        _replace(self._bids, venue, bid, counts)
        _replace(self._asks, venue, ask, counts)
        best_bid = max(self._bids.values(), default=None)
        best_ask = min(self._asks.values(), key=_ask_order, default=None)
        return (*_written(best_bid), *_written(best_ask))


def books_by_symbol() -> Callable[[str], VenueBooks]:
    """Return what gives the books of each symbol, empty ones at first."""
    books: dict[str, VenueBooks] = {}

    def of(symbol: str) -> VenueBooks:
        found = books.get(symbol)
        if found is None:
            found = books[symbol] = VenueBooks()
        return found

    return of


def _replace(sides: dict[str, _Side], venue: str, side: tuple[str, str], counts: bool) -> None:
    price, size = float(side[0] or 0), float(side[1] or 0)
    if counts and price > 0 and size > 0:
        sides[venue] = (price, size, *side)
    else:
        sides.pop(venue, None)


def _ask_order(side: _Side) -> tuple[float, float]:
    return side[0], -side[1]


def _written(side: _Side | None) -> tuple[str, str]:
    return ("0", "0") if side is None else (side[2], side[3])
