"""The cells of one row of Databento's tables, as the numbers that a record holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Final

from trading_bot.order_flow.market.refused import Refused
from trading_bot.order_flow.providers.databento.layout import LAST
from trading_bot.recorded.cells import code_of, stamp_of
from trading_bot.recorded.forms.databento import nano_of
from trading_bot.recorded.forms.form import Start

MOST_LEVELS: Final = 10
_BYTE, _HALF_WORD, _WORD, _LONG = 0xFF, 0xFFFF, 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF
_NO_SIDE: Final = ord("N")
_KNOWN: Final = 100_000
_NO_STAMP: Final = "18446744073709551615"
_NO_STAMPS: Final = frozenset({Refused("no_stamp"), Refused("impossible_stamp")})
Cells = Sequence[str]
Read = Callable[[Cells], int]


class Columns:
    """Reads rows that are as wide as the header.

    Args:
        start: How the file begins.

    Attributes:
        levels: How many levels of a book its rows have.
        read: What reads each field of a row, by name; raises `ValueError`.
    """

    def __init__(self, start: Start) -> None:
        self._start = start
        self.levels = next(
            (n for n in range(MOST_LEVELS) if not start.has(*_names_of(n))), MOST_LEVELS
        )
        self._prices, self._sizes = _Remembered(nano_of), _Remembered(_up_to(_WORD))
        self.read: dict[str, Read] = {
            "ts_event": self._stamp(),
            "price": self._price(),
            "size": self._number("size", _WORD),
            "action": self._letter("action"),
            "side": self._letter("side"),
            "flags": self._number("flags", _BYTE, LAST),
            "depth": self._number("depth", _BYTE),
            "sequence": self._number("sequence", _WORD),
            "publisher_id": self._number("publisher_id", _HALF_WORD),
            "order_id": self._number("order_id", _LONG),
        }
        places = [start.at[name] for n in range(self.levels) for name in _names_of(n)]
        self._all_levels = itemgetter(*places) if places else None

    def book(self, cells: Cells) -> list[int]:
        """Return the levels of a row: bid, ask, bid size, ask size, of the best first.

        Raises:
            ValueError: One of them cannot be read.
        """
        if self._all_levels is None:
            return []
        found = self._all_levels(cells)
        book: list[int] = [0] * len(found)
        price, size = self._prices.__getitem__, self._sizes.__getitem__
        book[0::4], book[1::4] = map(price, found[0::4]), map(price, found[1::4])
        book[2::4], book[3::4] = map(size, found[2::4]), map(size, found[3::4])
        return book

    def fault_in(self, cells: Cells) -> tuple[str, str]:
        """Return the column of a row that cannot be read, and what is wrong with it."""
        for name, read in self.read.items():
            try:
                read(cells)
            except ValueError as error:
                return name, str(error) if name == "ts_event" else "malformed"
        return "levels" if self.levels else "the row", "malformed"

    def _place(self, name: str) -> int | None:
        return self._start.at.get(name.replace("_", ""))

    def _price(self) -> Read:
        place, known = self._start.at["price"], self._prices
        return lambda cells: known[cells[place]]

    def _number(self, name: str, most: int, otherwise: int = 0) -> Read:
        place, known = self._place(name), _Remembered(_up_to(most))
        return (lambda _: otherwise) if place is None else (lambda cells: known[cells[place]])

    def _letter(self, name: str) -> Read:
        place = self._place(name)
        if place is None:
            return lambda _: _NO_SIDE

        def read(cells: Cells) -> int:
            letter = cells[place]
            if len(letter) != 1 or not letter.isascii():
                raise ValueError("no letter")
            return ord(letter)

        return read

    def _stamp(self) -> Read:
        place = self._start.at["tsevent"]

        def read(cells: Cells) -> int:
            text = cells[place].strip()
            found = stamp_of(text)
            if isinstance(found, int):
                return found
            if found in _NO_STAMPS or text == _NO_STAMP:
                # The decoder refuses it, as it does one of a stream.
                return 0
            raise ValueError(found.reason)

        return read


class _Remembered(dict[str, int]):
    """What cells say, by their text: most come again and again."""

    def __init__(self, read: Callable[[str], int]) -> None:
        self._read = read

    def __missing__(self, text: str) -> int:
        if len(self) >= _KNOWN:
            self.clear()
        found = self[text] = self._read(text.strip())
        return found


def _up_to(most: int) -> Callable[[str], int]:
    """Return what reads a whole number that a field of a record can hold."""

    def read(text: str) -> int:
        found = code_of(text)
        if not 0 <= found <= most:
            raise ValueError(f"{text!r} is out of range")
        return found

    return read


def _names_of(level: int) -> tuple[str, ...]:
    return tuple(f"{name}{level:02}" for name in ("bidpx", "askpx", "bidsz", "asksz"))
