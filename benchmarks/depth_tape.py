"""A seeded tape of ten levels a side, as records of Databento's `mbp-10`.

Every record is one change of one symbol's book, or a trade with the change that it brings. Most
changes lie at the best levels; each is an addition, a cancellation in part or of a whole level, so
that levels come and go and those behind them move. Sizes are log-normal; one level in 2,000 is a
large one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import accumulate
from struct import Struct
from typing import NamedTuple

START_NS = 1_773_151_200_000_000_000  # 2026-03-10 10:00 New York
SPAN_NS = 250_000_000_000
DATASET = "XNAS.ITCH"
CENT = 10_000_000
FIRST_INSTRUMENT = 1_001
RECORD_BYTES = 368
LARGE_SHARES = 12_500
LEVELS = 10
WARM_RECORDS = 2_000
"""Of the tape come slowly at first, and are not timed."""
HISTORY_SECONDS = 360
HISTORY_STEP_SECONDS = 6
_KEPT = 14
_HEAD = Struct("<BBHIQqIccBBQiI")
_LEVEL = Struct("<qqIIII")
_TRADE_TYPE, _TRADE_BYTES = 0, 48
_LAST = 128
_WEIGHTS = tuple(accumulate((36, 16, 11, 8, 7, 6, 5, 4, 4, 3)))
_TRADES = 0.04
_LARGE = 0.0005

Side = list[list[int]]
"""Cents and shares, from the best on."""


class Shares(NamedTuple):
    """What the records of a tape are, in shares of all of them.

    Attributes:
        top: Change the best bid or ask, in price or size.
        prices: Change its price.
        trades: Are trades.
    """

    top: float
    prices: float
    trades: float


class Tape(NamedTuple):
    """Records one after another, and what they are."""

    records: bytes
    shares: Shares


class _Book:
    """One symbol's levels, and what happens to them."""

    def __init__(self, dice: random.Random, instrument: int) -> None:
        self._dice = dice
        self._instrument = instrument
        self.bids: Side = [[5_000 - n, self._size()] for n in range(_KEPT)]
        self.asks: Side = [[5_001 + n, self._size()] for n in range(_KEPT)]

    def _size(self) -> int:
        if self._dice.random() < _LARGE:
            return LARGE_SHARES
        return max(1, min(5_000, round(self._dice.lognormvariate(5.3, 0.9))))

    def top(self) -> tuple[int, int, int, int]:
        (bid, bid_shares), (ask, ask_shares) = self.bids[0], self.asks[0]
        return bid, bid_shares, ask, ask_shares

    def change(self) -> tuple[bytes, bytes, int, int, int]:
        """Change one level; return action, side, depth, cents and shares."""
        dice = self._dice
        is_bid = dice.random() < 0.5
        side, sign = (self.bids, -1) if is_bid else (self.asks, 1)
        depth = dice.choices(range(LEVELS), cum_weights=_WEIGHTS)[0]
        letter = b"B" if is_bid else b"A"
        cents, shares = side[depth]
        drawn = dice.random()
        if drawn < 0.12:
            del side[depth]
            side.append([side[-1][0] + sign * dice.randrange(1, 3), self._size()])
            return b"C", letter, depth, cents, shares
        if drawn < 0.24:
            before = side[depth - 1][0] if depth else self._best_possible(is_bid=is_bid)
            if abs(cents - before) > 1:
                size = self._size()
                side.insert(depth, [cents - sign, size])
                del side[_KEPT:]
                return b"A", letter, depth, cents - sign, size
        if drawn < 0.62 or shares < 2:
            size = self._size()
            side[depth][1] = size if shares > 4_000 else shares + size
            return b"A", letter, depth, cents, size
        cancelled = dice.randrange(1, shares)
        side[depth][1] -= cancelled
        return b"C", letter, depth, cents, cancelled

    def _best_possible(self, *, is_bid: bool) -> int:
        # Neither side goes beyond the other.
        return self.asks[0][0] if is_bid else self.bids[0][0]

    def trade(self) -> tuple[bytes, int, int]:
        """Return the aggressor, the price and the shares of a trade with a best level."""
        is_sale = self._dice.random() < 0.5
        cents, shares = (self.bids if is_sale else self.asks)[0]
        return b"A" if is_sale else b"B", cents, self._dice.randrange(1, shares + 1)

    def take(self, aggressor: bytes, shares: int) -> None:
        """Take from the best level what a trade has taken."""
        side, sign = (self.bids, -1) if aggressor == b"A" else (self.asks, 1)
        side[0][1] -= shares
        if not side[0][1]:
            del side[0]
            side.append([side[-1][0] + sign, self._size()])

    def record(
        self,
        at_ns: int,
        sequence: int,
        action: bytes,
        side: bytes,
        depth: int,
        cents: int,
        shares: int,
        flags: int = _LAST,
    ) -> bytes:
        head = _HEAD.pack(
            *(RECORD_BYTES // 4, LEVELS, 2, self._instrument, at_ns, cents * CENT, shares),
            *(action, side, flags, depth, at_ns + 160_000, 160_000, sequence),
        )
        levels = [
            _LEVEL.pack(bid[0] * CENT, ask[0] * CENT, bid[1], ask[1], 3, 3)
            for bid, ask in zip(self.bids[:LEVELS], self.asks[:LEVELS], strict=True)
        ]
        return head + b"".join(levels)


class Row(NamedTuple):
    """One record, and what it is; see `Shares`."""

    record: bytes
    is_top: bool = False
    is_price: bool = False
    is_trade: bool = False


def rows(symbols: int, count: int, seed: int = 1) -> Iterator[Row]:
    """Yield records in time order; one more where the last trade's change follows it."""
    dice = random.Random(seed)
    books = [_Book(dice, FIRST_INSTRUMENT + number) for number in range(symbols)]
    weights = list(accumulate(1 / (rank + 10) for rank in range(symbols)))
    made = 0
    while made < count:
        book = dice.choices(books, cum_weights=weights)[0]
        at_ns = START_NS + SPAN_NS * made // count
        before = book.top()
        made += 1
        if dice.random() < _TRADES:
            aggressor, cents, shares = book.trade()
            shown = book.record(at_ns, made, b"T", aggressor, 0, cents, shares, flags=0)
            yield Row(shown, is_trade=True)
            made += 1
            book.take(aggressor, shares)
            resting = b"B" if aggressor == b"A" else b"A"
            record = book.record(at_ns, made, b"C", resting, 0, cents, shares)
        else:
            record = book.record(at_ns, made, *book.change())
        after = book.top()
        yield Row(record, after != before, after[::2] != before[::2])


def tape(symbols: int, count: int, seed: int = 1) -> Tape:
    """Return a whole tape."""
    found = list(rows(symbols, count, seed))
    return Tape(
        b"".join(row.record for row in found),
        Shares(
            sum(row.is_top for row in found) / len(found),
            sum(row.is_price for row in found) / len(found),
            sum(row.is_trade for row in found) / len(found),
        ),
    )


def instruments(symbols: Sequence[str]) -> dict[str, int]:
    """Return the number of each symbol."""
    return {symbol: FIRST_INSTRUMENT + place for place, symbol in enumerate(symbols)}


def history(symbols: int) -> bytes:
    """Return one trade of each symbol every few seconds, for the minutes before the tape."""
    steps = range(-HISTORY_SECONDS, 0, HISTORY_STEP_SECONDS)
    return b"".join(
        _trade(FIRST_INSTRUMENT + place, START_NS + seconds * 1_000_000_000, b"B", 5_001, 500)
        for seconds in steps
        for place in range(symbols)
    )


def large_sale(part: bytes, shares: int) -> bytes:
    """Return a seller's trade at the best bid of the last record of a part, just behind it."""
    last = len(part) - RECORD_BYTES
    _, _, _, instrument, at_ns, *_ = _HEAD.unpack_from(part, last)
    bid, *_ = _LEVEL.unpack_from(part, last + _HEAD.size)
    return _trade(instrument, at_ns + 1, b"A", bid // CENT, shares)


def _trade(instrument: int, at_ns: int, side: bytes, cents: int, shares: int) -> bytes:
    return _HEAD.pack(
        *(_TRADE_BYTES // 4, _TRADE_TYPE, 2, instrument, at_ns, cents * CENT, shares),
        *(b"T", side, _LAST, 0, at_ns + 160_000, 160_000, 0),
    )
