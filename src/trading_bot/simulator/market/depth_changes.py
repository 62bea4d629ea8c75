"""From one book to the next, one change at a time, as a venue tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from trading_bot.simulator.market.depth_levels import SHOWN_LEVELS, DepthBook, Level, level_of

BookSide = Literal["A", "B", "N"]
"""`A` ask, `B` bid, `N` none; of a trade the aggressor's: `A` sold."""
Action = Literal["A", "C", "M", "R", "T"]
"""`A` add, `C` cancel, `M` modify, `R` clear, `T` trade."""
Taken = Mapping[tuple[BookSide, int], int]
"""Shares that trades have taken, by the side and the price at which they rested."""


class Change(NamedTuple):
    """One change of the book, or one trade.

    Attributes:
        action: What changed.
        side: On which side.
        price_ticks: At which price; 0 of a clear.
        size: Shares added, cancelled or traded; of a modification what the level has now.
        depth: Index of the level.
        book: The levels after it; of a trade those before, which it has not taken from yet.
    """

    action: Action
    side: BookSide
    price_ticks: int
    size: int
    depth: int
    book: DepthBook


def changes(old: DepthBook, new: DepthBook, taken: Taken) -> list[Change]:
    """Return what leads from one book to another.

    First what trades took, then whatever else went, then what came, so that no state in between is
    crossed. A level that only comes into view behind the others is no change.

    Args:
        old: The book before, empty where there was none.
        new: The book after.
        taken: What trades took from the old one.
    """
    if not old.bids:
        return [Change("R", "N", 0, 0, 0, DepthBook()), *_steps(DepthBook(), new, {})]
    return _steps(old, new, taken)


def _steps(old: DepthBook, new: DepthBook, taken: Taken) -> list[Change]:
    bids = _Side("B", -1, old.bids, new.bids)
    asks = _Side("A", 1, old.asks, new.asks)
    found: list[Change] = []

    def note(side: _Side, steps: Iterable[tuple[Action, int, int, int]]) -> None:
        for action, price, size, depth in steps:
            book = DepthBook(bids.shown(), asks.shown())
            found.append(Change(action, side.name, price, size, depth, book))

    note(bids, bids.taken(taken))
    note(asks, asks.taken(taken))
    note(bids, bids.gone())
    note(asks, asks.gone())
    note(bids, bids.come())
    note(asks, asks.come())
    return found


class _Side:
    """One side on its way; prices are turned so that the lowest is the best."""

    def __init__(
        self, name: BookSide, sign: int, old: tuple[Level, ...], new: tuple[Level, ...]
    ) -> None:
        self.name: BookSide = name
        self._sign = sign
        self._shown: tuple[Level, ...] | None = None
        self._new = {level.price_ticks: level for level in new}
        self._seen = self._last_seen(old)
        self._will_be_seen = self._last_seen(new)
        self._levels = {
            level.price_ticks: level
            for level in old
            if self._seen is not None and sign * level.price_ticks <= self._seen
        }
        if self._seen is not None:
            # Out of sight the book changes without a word.
            self._levels |= {
                price: level for price, level in self._new.items() if sign * price > self._seen
            }

    def _last_seen(self, levels: tuple[Level, ...]) -> int | None:
        shown = levels[:SHOWN_LEVELS]
        return self._sign * shown[-1].price_ticks if shown else None

    def shown(self) -> tuple[Level, ...]:
        """Return the levels that are seen now, from the best on."""
        if self._shown is None:
            best = sorted(self._levels, reverse=self._sign < 0)[:SHOWN_LEVELS]
            self._shown = tuple(self._levels[price] for price in best)
        return self._shown

    def _depth(self, price: int) -> int:
        return sum(self._sign * other < self._sign * price for other in self._levels)

    def _put(self, price: int, size: int) -> None:
        self._shown = None
        if size:
            self._levels[price] = level_of(price, size)
        else:
            del self._levels[price]

    def taken(self, taken: Taken) -> Iterator[tuple[Action, int, int, int]]:
        """Yield what trades took: action, price, shares, index of the level."""
        for (side, price), shares in taken.items():
            level = self._levels.get(price)
            if side == self.name and level is not None:
                depth, size = self._depth(price), min(shares, level.size)
                self._put(price, level.size - size)
                yield "C", price, size, depth

    def gone(self) -> Iterator[tuple[Action, int, int, int]]:
        """Yield what went beside, from the best on."""
        for price in self._in_sight(self._levels):
            level, wanted = self._levels[price], self._new.get(price)
            left = 0 if wanted is None else wanted.size
            if left >= level.size:
                continue
            depth = self._depth(price)
            self._put(price, left)
            if left and level.orders == 1:
                yield "M", price, left, depth
            else:
                yield "C", price, level.size - left, depth

    def come(self) -> Iterator[tuple[Action, int, int, int]]:
        """Yield what came, from the best on."""
        for price in self._in_sight(self._new):
            wanted, level = self._new[price], self._levels.get(price)
            before = 0 if level is None else level.size
            if wanted.size > before:
                self._put(price, wanted.size)
                yield "A", price, wanted.size - before, self._depth(price)

    def _in_sight(self, levels: Mapping[int, Level]) -> list[int]:
        """Return the prices that are seen in both books, or lie among those that are."""
        limit = min(each for each in (self._seen, self._will_be_seen) if each is not None)
        prices = [price for price in levels if self._sign * price <= limit]
        return sorted(prices, reverse=self._sign < 0)
