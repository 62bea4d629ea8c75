"""One instrument's state: its ten levels, whether they can be believed, and how prints are named.

Every record of a book carries all of it, so that none goes on from what was missed. But an event
may take several, and only with its last one is the book one that stood: `F_LAST`. A print's own row
shows the book of the row before it, or what the print has not done yet; it is never judged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import gt, lt
from typing import Final

from ...market.events import Level
from ...market.fitness import CROSSED_BOOK, MAX_PRICE_USD, is_crossed
from ...market.refused import Refused
from ...market.units import UNITS_PER_SHARE
from .layout import LEVEL, NO_PRICE, NO_SIZE, TEN_ASKS, TEN_BIDS

DEPTH: Final = 10
"""Levels a side."""
NANO_PER_TICK: Final = 1_000
"""Units of a price on the wire in a tick of ours."""
HALF_A_TICK: Final = NANO_PER_TICK // 2
MOST_NANO: Final = MAX_PRICE_USD * 1_000_000_000
_NO_LEVELS: Final[tuple[Level, ...]] = ()


class Instrument:
    """What is known of one instrument in one session.

    Args:
        symbol: Its ticker, as we spell it.

    Attributes:
        symbol: As given.
        bids, asks: The levels of the newest book that was taken, best first.
        is_bad: True while the venue's own book may be wrong.
        pending: The newest row of an event that is not complete, and is no print's; else None.
    """

    __slots__ = (
        "_print_place",
        "_prints_there",
        "_read",
        "asks",
        "bids",
        "is_bad",
        "pending",
        "symbol",
    )

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.bids = self.asks = _NO_LEVELS
        self.is_bad = False
        self.pending: bytes | None = None
        # The levels' bytes as they were read last: what has not changed is not built again.
        self._read = b""
        self._print_place = (0, 0)
        self._prints_there = 0

    def take_levels(self, levels: bytes, depth: int) -> Refused | None:
        """Take the ten levels of a row; what cannot be is refused, and leaves the book as it was.

        Args:
            levels: Their bytes.
            depth: The level that is said to have changed; it saves time where that is so.
        """
        before = self._read
        at = depth * LEVEL.size
        behind = at + LEVEL.size
        if levels[behind:] == before[behind:] and levels[:at] == before[:at] and depth < DEPTH:
            bid, ask, bid_shares, ask_shares = LEVEL.unpack_from(levels, at)
            was_bid, was_ask, bid_before, ask_before = LEVEL.unpack_from(before, at)
            bids, asks = self.bids, self.asks
            if (
                bid == was_bid
                and ask == was_ask
                and 0 < bid_shares < NO_SIZE > ask_shares > 0
                and len(bids) > depth < len(asks)
            ):
                # By far the most: one level has another size.
                if bid_shares != bid_before:
                    level = bids[depth][0], bid_shares * UNITS_PER_SHARE
                    self.bids = (*bids[:depth], level, *bids[depth + 1 :])
                if ask_shares != ask_before:
                    level = asks[depth][0], ask_shares * UNITS_PER_SHARE
                    self.asks = (*asks[:depth], level, *asks[depth + 1 :])
                self._read = levels
                return None
        return self._take_sides(levels, depth)

    def _take_sides(self, levels: bytes, depth: int) -> Refused | None:
        bids, asks = self.bids, self.asks
        bids_read, asks_read = TEN_BIDS.unpack(levels), TEN_ASKS.unpack(levels)
        before = self._read
        bids_before: tuple[int, ...] = ()
        asks_before: tuple[int, ...] = ()
        if before:
            bids_before, asks_before = TEN_BIDS.unpack(before), TEN_ASKS.unpack(before)
        if bids_read != bids_before:
            found = _changed(bids, bids_before, bids_read, depth, gt)
            if isinstance(found, Refused):
                return found
            bids = found
        if asks_read != asks_before:
            found = _changed(asks, asks_before, asks_read, depth, lt)
            if isinstance(found, Refused):
                return found
            asks = found
        if bids and asks and is_crossed(bids[0][0], asks[0][0]):
            # Of two exchanges' quotes one may be late; one exchange would have traded these.
            return Refused(CROSSED_BOOK)
        self.bids, self.asks, self._read = bids, asks, levels
        return None

    def print_id(self, stamp_ns: int, sequence: int) -> str:
        """Return what tells a print from others of its stamp and number; empty for the first.

        A replay begins at a stamp, with all that has it, so that it names each as it was named.
        """
        place = (stamp_ns, sequence)
        if place != self._print_place:
            self._print_place, self._prints_there = place, 0
            # A number alone tells prints apart; where there is none, the stamp has to.
            return "" if sequence else f"{stamp_ns}.0"
        self._prints_there += 1
        return f"{sequence or stamp_ns}.{self._prints_there}"


def ticks_of(nano: int) -> int:
    """Return a price of the wire in ticks, to the nearest; 0 where it is none that can be."""
    return (nano + HALF_A_TICK) // NANO_PER_TICK if 0 < nano <= MOST_NANO else 0


def best_of(nano: int, shares: int) -> Level:
    """Return one level in ticks and units; (0, 0) where it is empty, or cannot be."""
    ticks = ticks_of(nano)
    return (ticks, shares * UNITS_PER_SHARE) if ticks and 0 < shares < NO_SIZE else (0, 0)


def _changed(
    levels: tuple[Level, ...],
    before: tuple[int, ...],
    now: tuple[int, ...],
    depth: int,
    is_better: Callable[[int, int], bool],
) -> tuple[Level, ...] | Refused:
    """Return one side's levels, or why they cannot be.

    Nearly always one level comes or goes. Where the rest is seen to stand as it did, only that one
    is built.

    Args:
        levels: The side as it was.
        before: Its prices and sizes as they were read.
        now: The same as they are read now.
        depth: The level that is said to have changed.
        is_better: Tells whether one price stands before another.
    """
    at = 2 * depth
    if len(levels) == DEPTH > depth and now[-2] != NO_PRICE and now[:at] == before[:at]:
        kept: tuple[Level, ...] | None = None
        # The last price tells which it can be; the rest is compared once.
        if now[-2] == before[-2]:
            if now[at + 2 :] == before[at + 2 :]:
                kept = levels[depth + 1 :]
        elif now[-2] == before[-4]:
            if now[at + 2 :] == before[at:-2]:
                kept = levels[depth:-1]
        elif now[at:-2] == before[at + 2 :]:
            # The last one has come into view.
            levels, depth, at, kept = levels[:depth] + levels[depth + 1 :], DEPTH - 1, -2, ()
        if kept is not None:
            price, size = now[at], now[at + 1]
            is_behind = not depth or is_better(levels[depth - 1][0], ticks_of(price))
            if is_behind and (not kept or is_better(ticks_of(price), kept[0][0])):
                ticks = ticks_of(price)
                if ticks and 0 < size < NO_SIZE:
                    return (*levels[:depth], (ticks, size * UNITS_PER_SHARE), *kept)
    return _built(now[0::2], now[1::2], is_better)


def _built(
    prices: Sequence[int], sizes: Sequence[int], is_better: Callable[[int, int], bool]
) -> tuple[Level, ...] | Refused:
    """Return one side's levels in ticks and units, or why they cannot be."""
    if prices[-1] == NO_PRICE:
        depth = prices.index(NO_PRICE)
        # What follows an empty level is empty.
        if prices.count(NO_PRICE) != len(prices) - depth:
            return Refused("impossible_book")
        prices, sizes = prices[:depth], sizes[:depth]
        if not depth:
            return _NO_LEVELS
    if not all(map(is_better, prices, prices[1:])):
        return Refused("impossible_book")
    if not ticks_of(prices[0]) or not ticks_of(prices[-1]):
        return Refused("impossible_price")
    if not all(sizes) or NO_SIZE in sizes:
        return Refused("impossible_size")
    # All lie between the first and the last, which can be; without a call they take half the time.
    return tuple(
        [
            ((price + HALF_A_TICK) // NANO_PER_TICK, size * UNITS_PER_SHARE)
            for price, size in zip(prices, sizes, strict=True)
        ]
    )
