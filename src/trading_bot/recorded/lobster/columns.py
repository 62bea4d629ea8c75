"""How the two files of a LOBSTER day are laid out.

LOBSTER writes no header. A message has six columns, since about 2020 a seventh with the market
participant or `null`; a book has four a level. People add headers and index columns, and put the
columns into an order of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from trading_bot.recorded.column_names import Signature, bare

FileKind = Literal["message", "orderbook"]

_MESSAGE: Final = Signature(
    "trades",
    {
        "time": ("time", "timestamp", "seconds"),
        "type": ("type", "event_type", "event", "message_type"),
        "order_id": ("order_id", "id", "order"),
        "size": ("size", "shares", "volume", "qty", "quantity"),
        "price": ("price",),
        "direction": ("direction", "trade_direction", "buy_sell", "buy_sell_flag", "side"),
    },
    frozenset({"time", "type", "order_id", "size", "price", "direction"}),
)
"""In the order of LOBSTER's columns."""
_MESSAGE_WIDTHS: Final = (6, 7)
_PER_LEVEL: Final = 4
_SIDES: Final = {"ask": 0, "offer": 0, "sell": 0, "bid": 2, "buy": 2}
_WHATS: Final = {"price": 0, "px": 0, "size": 1, "sz": 1, "vol": 1, "qty": 1, "shares": 1}
_INDEX: Final = ("", "index", "unnamed0")
_LEVEL = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a file has LOBSTER's columns.

    Attributes:
        kind: Which of the two files it is.
        order: The place of each, in LOBSTER's order; empty where they stand in it.
        has_header: True when the first line is no row.
    """

    kind: FileKind
    order: tuple[int, ...] = ()
    has_header: bool = False

    def rows(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield the rows of a file with their columns in LOBSTER's order.

        Args:
            lines: All lines of the file.
        """
        rows = iter(lines)
        if self.has_header:
            next(rows, None)
        return map(self._in_order, rows) if self.order else rows

    def _in_order(self, row: str) -> str:
        cells = row.rstrip("\r\n").split(",")
        # What is missing stays so: a row of another width is for the reader to refuse.
        return ",".join([cells[place] for place in self.order if place < len(cells)])


def columns_of(line: str) -> Columns | None:
    """Tell which of the two files begins with a line, and how it is laid out; None for neither."""
    cells = [cell.strip().strip('"') for cell in line.lstrip("\ufeff").rstrip("\r\n").split(",")]
    if _are_numbered(cells):
        return _numbered(cells)
    kind = _kind_of_row(cells)
    if kind is not None:
        return Columns(kind)
    places = _MESSAGE.places(cells)
    if places.keys() == _MESSAGE.needed:
        return _ordered("message", tuple(places.values()))
    order = _book_order(cells)
    return None if order is None else _ordered("orderbook", order)


def _kind_of_row(cells: Sequence[str]) -> FileKind | None:
    if len(cells) in _MESSAGE_WIDTHS and _are_numbers(cells[: _MESSAGE_WIDTHS[0]]):
        return "message"
    return "orderbook" if not len(cells) % _PER_LEVEL and _are_numbers(cells) else None


def _ordered(kind: FileKind, order: tuple[int, ...]) -> Columns:
    usual = order == tuple(range(len(order)))
    return Columns(kind, () if usual else order, has_header=True)


def _are_numbered(cells: Sequence[str]) -> bool:
    """Return whether a table was written with the numbers of its columns as their names."""
    names = cells[1:] if cells[0] == "" else cells
    return bool(names) and list(names) == [str(number) for number in range(len(names))]


def _numbered(cells: Sequence[str]) -> Columns | None:
    first = int(cells[0] == "")
    kind = _kind_of_row(cells[first:])
    width = _MESSAGE_WIDTHS[0] if kind == "message" else len(cells) - first
    return None if kind is None else _ordered(kind, tuple(range(first, first + width)))


def _book_order(names: Sequence[str]) -> tuple[int, ...] | None:
    """Return the places of a book's columns by names such as `Ask Price 1`; None for others."""
    found: dict[tuple[int, int], int] = {}
    for place, name in enumerate(names):
        side, what = _word(name, _SIDES), _word(name, _WHATS)
        if place == 0 and bare(name) in _INDEX:
            continue
        level = _LEVEL.search(name)
        if side is None or what is None:
            return None
        key = (1 if level is None else int(level[0]), side + what)
        if key in found:
            return None
        found[key] = place
    levels = {level for level, _ in found}
    if not found or len(found) != _PER_LEVEL * len(levels):
        return None
    return tuple(found[key] for key in sorted(found))


def _word(name: str, words: dict[str, int]) -> int | None:
    lower = name.lower()
    return next((meaning for word, meaning in words.items() if word in lower), None)


def _are_numbers(cells: Sequence[str]) -> bool:
    try:
        list(map(float, cells))
    except ValueError:
        return False
    return True
