"""Tapes changed so that a rule must find nothing in them: the negative controls.

The rules stay as they are; what they are fed is changed, row by row, in order.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from msgspec.structs import replace

from trading_bot.order_flow.market.events import BookEvent, Level
from trading_bot.recorded.rows import KIND, PLACE, STATED_SIDE, SYMBOL, Row

TapeChange = Callable[[list[Row]], list[Row]]
"""Turns rows in exchange order into other rows in exchange order; may leave rows out."""


class MirroredTape:
    """Turns the market upside down about each symbol's first price: sold becomes bought.

    A bid becomes an ask and the other way round, so the code that finds sellers finds buyers.
    """

    def __init__(self) -> None:
        self._centres: dict[str, int] = {}

    def __call__(self, rows: list[Row]) -> list[Row]:
        """Return the mirrored rows; those before a symbol's first price are left out."""
        mirrored = (self._quote(row) if row[KIND] else self._print(row) for row in rows)
        return [row for row in mirrored if row is not None]

    def _print(self, row: Row) -> Row | None:
        head, price, rest = row[: PLACE + 1], row[PLACE + 1], row[PLACE + 2 :]
        centre = self._centres.setdefault(row[SYMBOL], 2 * price)
        return _other_side((*head, centre - price, *rest)) if centre > price else None

    def _quote(self, row: Row) -> Row | None:
        bid, bid_size, ask, ask_size, made_ns, levels = row[PLACE + 1 :]
        symbol = row[SYMBOL]
        centre = self._centres.get(symbol)
        if centre is None:
            if not 0 < bid <= ask:
                return None
            centre = self._centres[symbol] = bid + ask
        new_bid = (centre - ask, ask_size) if 0 < ask < centre else (0, 0)
        new_ask = (centre - bid, bid_size) if 0 < bid < centre else (0, 0)
        if isinstance(levels, BookEvent):
            levels = _mirrored(levels, centre)
        return (*row[: PLACE + 1], *new_bid, *new_ask, made_ns, levels)


class ShuffledTape:
    """Reflects the prints of one stamp at the midpoint where a coin says so: sides become chance.

    Volumes, times and quotes stay. Prints at the midpoint and before the first quote stay too.

    Args:
        seed: Of the coins.
    """

    def __init__(self, seed: int) -> None:
        self._key = seed.to_bytes(8, "big")
        self._doubled_mids: dict[str, int] = {}

    def __call__(self, rows: list[Row]) -> list[Row]:
        """Return the rows with half of the prints reflected."""
        return [self._quote(row) if row[KIND] else self._print(row) for row in rows]

    def _quote(self, row: Row) -> Row:
        bid, ask = row[PLACE + 1], row[PLACE + 3]
        self._doubled_mids[row[SYMBOL]] = bid + ask if bid and ask else 0
        return row

    def _print(self, row: Row) -> Row:
        symbol, price = row[SYMBOL], row[PLACE + 1]
        reflected = self._doubled_mids.get(symbol, 0) - price
        if reflected <= 0 or not self._coin(symbol, row[0]):
            return row
        return _other_side((*row[: PLACE + 1], reflected, *row[PLACE + 2 :]))

    def _coin(self, symbol: str, stamp_ns: int) -> bool:
        # By stamp and not by print, so that one order's prints go together and still add up.
        text = f"{symbol} {stamp_ns}".encode()
        return bool(blake2b(text, digest_size=1, key=self._key).digest()[0] & 1)


def _mirrored(book: BookEvent, centre: int) -> BookEvent:
    """Return a book with bids for asks and asks for bids."""
    return replace(book, bids=_reflected(book.asks, centre), asks=_reflected(book.bids, centre))


def _reflected(levels: tuple[Level, ...], centre: int) -> tuple[Level, ...]:
    return tuple((centre - price, size) for price, size in levels if price < centre)


def _other_side(row: Row) -> Row:
    """Return a print whose stated side, where it has one, is the other."""
    if len(row) <= STATED_SIDE or row[STATED_SIDE] is None:
        return row
    return (*row[:STATED_SIDE], "sell" if row[STATED_SIDE] == "buy" else "buy")
