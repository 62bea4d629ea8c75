"""A book of ten levels made of single orders, as the schema `mbo` brings them; pure.

| action | does |
| --- | --- |
| A add | rests an order; one that is there already is put in its place |
| C cancel | takes shares from an order, and the order with the last of them |
| M modify | gives an order another price or size |
| R clear | removes every order |
| T trade, F fill, N none | nothing: what a trade takes is cancelled by a record of its own |

Prices are kept in our ticks, so that what lies within one tick is one level. A record that does not
fit what is known is a fault: it is named, does what can be done, and nothing else changes.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

from ...market.events import Level
from ...market.units import UNITS_PER_SHARE
from .book import DEPTH, ticks_of
from .layout import ACTIONS, BUYER, NO_PRICE, NO_SIZE, SELLER, SNAPSHOT

ADD, CANCEL, MODIFY, CLEAR = map(ord, "ACMR")
TOP_OF_BOOK: Final = 64
"""A flag: the record shows the best of its side, which has no other level."""
_NO_LEVELS: Final[tuple[Level, ...]] = ()


class OrderBook:
    """The orders of one instrument, and the ten best levels of each side.

    Attributes:
        begins: True once a clearing or a snapshot told where the book begins.
        is_partial: True while orders are known to be missing: one was spoken of that no record
            brought, and none told where the book begins.
        row_waits: True while the book has a row of its own that no book was shown for; whoever
            shows it keeps this.
    """

    __slots__ = ("_asks", "_bids", "_orders", "_shown", "begins", "is_partial", "row_waits")

    def __init__(self) -> None:
        self._orders: dict[int, tuple[_Side, int, int]] = {}
        self._bids, self._asks = _Side(-1), _Side(1)
        self._shown = (_NO_LEVELS, _NO_LEVELS)
        self.begins = self.is_partial = self.row_waits = False

    def has_changed(self) -> bool:
        """Tell whether a level has changed since this was asked last."""
        bids, asks = shown = (self._bids.levels, self._asks.levels)
        before, self._shown = self._shown, shown
        return bids is not before[0] or asks is not before[1]

    @property
    def bids(self) -> tuple[Level, ...]:
        """The bid levels, best first."""
        return self._bids.levels

    @property
    def asks(self) -> tuple[Level, ...]:
        """The ask levels, likewise."""
        return self._asks.levels

    @property
    def doubt(self) -> str | None:
        """Why the book cannot be one that stood, in one word; None where it can."""
        if self.is_partial:
            return "book_without_its_beginning"
        bids, asks = self._bids.levels, self._asks.levels
        # An order is missing, or has gone and is still there.
        return "crossed_book" if bids and asks and bids[0][0] >= asks[0][0] else None

    def take(
        self, action: int, side: int, number: int, price: int, shares: int, flags: int
    ) -> str | None:
        """Take one record.

        Args:
            action: Its letter.
            side: Its letter.
            number: Of the order.
            price: 1e-9 USD.
            shares: Whose meaning depends on the action: of the order, or how many are taken away.
            flags: Of the record.

        Returns:
            What does not fit, in one word; None where all does.
        """
        if flags & SNAPSHOT and not self.begins:
            self.begins, self.is_partial = True, False
        if action == ADD:
            return self._add(side, number, price, shares, flags)
        if action == CANCEL:
            return self._cancel(number, shares)
        if action == MODIFY:
            return self._modify(side, number, price, shares)
        if action == CLEAR:
            self._orders.clear()
            self._bids.clear()
            self._asks.clear()
            self.begins, self.is_partial = True, False
        return None if action in ACTIONS else "impossible_action"

    def _add(self, side: int, number: int, price: int, shares: int, flags: int) -> str | None:
        if flags & TOP_OF_BOOK:
            return self._show_top(side, number, price, shares)
        fault = "order_added_twice" if self._remove(number) else None
        return self._rest(side, number, price, shares) or fault

    def _show_top(self, side: int, number: int, price: int, shares: int) -> str | None:
        own = self._side_of(side)
        if own is None:
            return "impossible_side"
        self._orders = {key: each for key, each in self._orders.items() if each[0] is not own}
        own.clear()
        return None if price == NO_PRICE else self._rest(side, number, price, shares)

    def _cancel(self, number: int, shares: int) -> str | None:
        known = self._orders.get(number)
        if known is None:
            return self._miss()
        side, ticks, left = known
        if shares < left:
            self._orders[number] = (side, ticks, left - shares)
            side.change(ticks, -shares)
            return None
        del self._orders[number]
        side.change(ticks, -left)
        return "more_cancelled_than_there_was" if shares > left else None

    def _modify(self, side: int, number: int, price: int, shares: int) -> str | None:
        fault = None if self._remove(number) else self._miss()
        return self._rest(side, number, price, shares) or fault

    def _rest(self, side: int, number: int, price: int, shares: int) -> str | None:
        own, ticks = self._side_of(side), ticks_of(price)
        if own is None:
            return "impossible_side"
        if not ticks:
            return "impossible_price"
        if not 0 < shares < NO_SIZE:
            return "impossible_size"
        self._orders[number] = (own, ticks, shares)
        own.change(ticks, shares)
        return None

    def _remove(self, number: int) -> bool:
        known = self._orders.pop(number, None)
        if known is not None:
            side, ticks, left = known
            side.change(ticks, -left)
        return known is not None

    def _side_of(self, side: int) -> _Side | None:
        if side == BUYER:
            return self._bids
        return self._asks if side == SELLER else None

    def _miss(self) -> str:
        self.is_partial = self.is_partial or not self.begins
        return "unknown_order"


class _Side:
    """One side's shares by price.

    Args:
        sign: 1 where the lowest price is the best, else -1.

    Attributes:
        levels: The best ones in ticks and units, at most ten.
    """

    __slots__ = ("_keys", "_shares", "_sign", "levels")

    def __init__(self, sign: int) -> None:
        self._sign = sign
        # Prices times the sign, so that the best is the first; and the shares at each.
        self._keys: list[int] = []
        self._shares: dict[int, int] = {}
        self.levels = _NO_LEVELS

    def clear(self) -> None:
        """Remove every level."""
        self._keys.clear()
        self._shares.clear()
        self.levels = _NO_LEVELS

    def change(self, ticks: int, by: int) -> None:
        """Add shares at a price, or take away what is there; only what is shown is built anew."""
        key = ticks * self._sign
        keys = self._keys
        before = self._shares.get(key, 0)
        shares = before + by
        place = bisect_left(keys, key)
        if not shares:
            del self._shares[key], keys[place]
            if place < DEPTH:
                come = [self._level(each) for each in keys[DEPTH - 1 : DEPTH]]
                self.levels = (*self.levels[:place], *self.levels[place + 1 :], *come)
            return
        self._shares[key] = shares
        if not before:
            keys.insert(place, key)
        if place < DEPTH:
            behind = self.levels[place + 1 :] if before else self.levels[place : DEPTH - 1]
            self.levels = (*self.levels[:place], (ticks, shares * UNITS_PER_SHARE), *behind)

    def _level(self, key: int) -> Level:
        return (key * self._sign, self._shares[key] * UNITS_PER_SHARE)
