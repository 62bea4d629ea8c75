"""From the text of a flat file to rows: columns at once where all is regular, else row by row.

A block of text is cut into fields by one call and read column by column, a column of whole numbers
by one call as well, which costs a fraction of a loop over rows. Anything odd in a block (a size
that is no number, an impossible price, a row of another width) sends that block to `flat_rows`,
which judges each row and counts what it leaves out. Both give the same rows for what is usable. A
code that cannot be read is nothing odd: a file that writes its exchanges as letters does so in each
row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple, TypeVar

import msgspec

from trading_bot.order_flow.config import QuoteSizeUnit
from trading_bot.order_flow.market.refused import Refused
from trading_bot.order_flow.market.units import UNITS_PER_SHARE, ticks_from_price
from trading_bot.order_flow.outside.door import decode_or_none
from trading_bot.order_flow.providers.polygon.units import (
    HIGHEST_PRICE,
    HIGHEST_SIZE,
    stamp_ns,
)
from trading_bot.recorded.cells import (
    UNREADABLE_CODE,
    code_of,
    conditions_of,
    made_of,
    size_of,
    stamp_of,
)
from trading_bot.recorded.flat_layout import OLD_LOT, Layout, lots_before_shares
from trading_bot.recorded.parquet.cells import Cells, Coded
from trading_bot.recorded.rows import PRINT, QUOTE, Row

_CACHE_LIMIT = 100_000

_NO_STAMP = frozenset({"", "0"})
"""How a file writes that nobody stated when a print was made."""

ValueT = TypeVar("ValueT")
_decoder = msgspec.json.Decoder(list[int])


class Block(NamedTuple):
    """Rows of one stretch of a file, in the order of the file.

    Attributes:
        rows: The usable rows.
        symbol: The symbol of all of them; None when there are several.
        in_order: True when no row has an earlier stamp than the one before it.
    """

    rows: list[Row]
    symbol: str | None
    in_order: bool


class OddBlockError(Exception):
    """Something in this block of text must be judged row by row."""


class _Known(dict[str, ValueT]):
    """Remembers what each text means: prices and sizes repeat a thousand times a day."""

    def __init__(self, read: Callable[[str], ValueT]) -> None:
        self._read = read

    def __missing__(self, text: str) -> ValueT:
        try:
            value = self._read(text)
        except ValueError as error:
            raise OddBlockError from error
        if len(self) >= _CACHE_LIMIT:
            self.clear()
        self[text] = value
        return value


class _Qualifiers(dict[str, ValueT]):
    """Remembers what each text of a column means that costs its meaning only when it is unreadable.

    Args:
        read: Raises `ValueError` for what it cannot read.
        unread: Stands for that.

    Attributes:
        unreadable: Texts that could not be read.
    """

    def __init__(self, read: Callable[[str], ValueT], unread: ValueT) -> None:
        self._read = read
        self._unread = unread
        self.unreadable: set[str] = set()

    def __missing__(self, text: str) -> ValueT:
        if len(self) >= _CACHE_LIMIT:
            self.clear()
            self.unreadable.clear()
        try:
            value = self._read(text.strip())
        except ValueError:
            value = self._unread
            self.unreadable.add(text)
        self[text] = value
        return value


class BlockReader:
    """Reads regular blocks of one file.

    Args:
        layout: Where the columns are.
        unit: What quote sizes count; None follows the provider's date.
        notes: Gains one count per cell that is left out of a row that counts, by column.
        quote_kind: What its quotes are, by their place among the prints of their stamps.
    """

    def __init__(
        self,
        layout: Layout,
        unit: QuoteSizeUnit | None,
        notes: Counter[str],
        quote_kind: int = QUOTE,
    ) -> None:
        self._layout = layout
        self._quote_kind = quote_kind
        self._unit = unit
        self._joints = _Known(_cut_at_newline)
        self._prices = _Known(_price)
        self._trade_sizes = _Known(_trade_size)
        self._notes = notes
        self._qualifiers: dict[str, _Qualifiers[Any]] = {
            "conditions": _Qualifiers(conditions_of, (UNREADABLE_CODE,)),
            "correction": _Qualifiers(code_of, UNREADABLE_CODE),
            "exchange": _Qualifiers(code_of, 0),
            "trf_id": _Qualifiers(code_of, 0),
        }
        self._quote_sizes = {lot: _Known(_quote_size(lot)) for lot in (1, OLD_LOT)}

    def read(self, text: str, places: Sequence[int]) -> Block:
        """Read every row of a block.

        Args:
            text: Whole lines, the last one with its newline.
            places: Of its lines; see `rows.first_place`.

        Raises:
            OddBlockError: A row must be looked at by itself.
        """
        return self._block(self._columns(text, len(places)), places)

    def read_cells(self, cells: Cells, places: Sequence[int]) -> Block:
        """Read every row of some cells.

        Args:
            cells: In the order of the file's columns.
            places: Of the rows; see `rows.first_place`.

        Raises:
            OddBlockError: A row must be looked at by itself.
        """
        columns = {name: cells.columns[at] for name, at in self._layout.places.items()}
        return self._block(columns, places)

    def _block(self, columns: dict[str, Any], places: Sequence[int]) -> Block:
        stamps = _stamps(columns["sip_timestamp"])
        unread: dict[str, int] = {}
        made = _optional_stamps(columns, stamps, unread)
        sequences = _sequences(columns, unread)
        symbols = self._symbols(columns, len(stamps))
        only = symbols[0] if symbols.count(symbols[0]) == len(symbols) else None
        if only == "" or (only is None and "" in symbols):
            raise OddBlockError
        ordered = sorted(stamps)
        in_order = stamps == ordered
        prices = self._prices
        if self._layout.kind == "trades":
            sizes = self._trade_sizes
            ids = columns.get("id")
            trades = list(
                zip(
                    stamps,
                    repeat(PRINT),
                    sequences,
                    symbols,
                    places,
                    _read(columns["price"], prices),
                    _read(columns["size"], sizes),
                    self._qualified(columns, "conditions", ()),
                    self._qualified(columns, "correction"),
                    self._qualified(columns, "exchange"),
                    made,
                    self._qualified(columns, "trf_id"),
                    repeat("") if ids is None else ids,
                )
            )
            self._note_unread(columns, unread)
            return Block(trades, only, in_order)
        lot = self._lot(ordered[0], ordered[-1])
        sizes = self._quote_sizes[lot]
        quotes = list(
            zip(
                stamps,
                repeat(self._quote_kind),
                sequences,
                symbols,
                places,
                _read(columns["bid_price"], prices),
                _read(columns["bid_size"], sizes),
                _read(columns["ask_price"], prices),
                _read(columns["ask_size"], sizes),
                made,
                repeat(None),
            )
        )
        self._notes.update(unread)
        return Block(quotes, only, in_order)

    def _columns(self, text: str, lines: int) -> dict[str, list[str]]:
        separator = self._layout.separator
        if '"' in text:
            text = _with_unquoted(text, separator)
        fields = text.split(separator)
        # Lines are not cut apart before: where one ends, a field holds its last cell and the next
        # line's first. Each of these must hold one newline, and there must be no other.
        step = self._layout.width - 1
        joints = fields[step::step]
        if not lines or len(joints) != lines or len(fields) != lines * step + 1:
            raise OddBlockError
        last_cells, first_cells = self._cut_apart(joints)
        columns = {}
        for name, at in self._layout.places.items():
            if at == 0:
                columns[name] = [fields[0], *first_cells]
            else:
                columns[name] = [*last_cells] if at == step else fields[at::step]
        return columns

    def _cut_apart(self, joints: list[str]) -> tuple[Sequence[str], Sequence[str]]:
        """Return the last cell of each line, and the first of each line but the first.

        Args:
            joints: Of each line its last cell, the newline, and the first cell of the next line.
        """
        *inner, end = joints
        last, _ = self._joints[end]
        if not inner:
            return (last,), ()
        # Mostly the last column is empty and the symbol the same, so that one stands for all.
        if inner.count(inner[0]) == len(inner):
            before, after = self._joints[inner[0]]
            return (*(before,) * len(inner), last), (after,) * len(inner)
        befores, afters = zip(*map(self._joints.__getitem__, inner), strict=True)
        return (*befores, last), afters

    def _qualified(
        self, columns: dict[str, Any], name: str, absent: tuple[int, ...] | int = 0
    ) -> Iterator[Any]:
        column = columns.get(name)
        if column is None:
            return repeat(absent)
        return _read(column, self._qualifiers[name])

    def _note_unread(self, columns: dict[str, Any], unread: dict[str, int]) -> None:
        """Count cells that could not be read; only once the whole block is known to be regular."""
        for name, known in self._qualifiers.items():
            if known.unreadable and name in columns:
                column = columns[name]
                texts = column.texts() if isinstance(column, Coded) else column
                count = sum(map(known.unreadable.__contains__, texts))
                if count:
                    unread[f"unreadable_{name}"] = count
        self._notes.update(unread)

    def _symbols(self, columns: dict[str, Any], rows: int) -> list[str]:
        column = columns.get("ticker")
        if not isinstance(column, Coded):
            return column or [self._layout.symbol or ""] * rows
        return column.known * rows if len(column.known) == 1 else column.texts()

    def _lot(self, first_ns: int, last_ns: int) -> int:
        lot = lots_before_shares(first_ns, self._unit)
        if lot == 0 or lot != lots_before_shares(last_ns, self._unit):
            raise OddBlockError
        return lot


def _read(column: Any, known: Mapping[str, Any]) -> Iterator[Any]:
    """Return what the texts of a column mean.

    Raises:
        OddBlockError: At once or on the way: one cannot be read.
    """
    if not isinstance(column, Coded):
        return map(known.__getitem__, column)
    values: list[Any] = []
    odd = set()
    for code, text in enumerate(column.known):
        try:
            values.append(known[text])
        except OddBlockError:
            # It may be one that does not occur among these rows.
            values.append(None)
            odd.add(code)
    if not odd.isdisjoint(column.codes):
        raise OddBlockError
    return repeat(values[0]) if len(values) == 1 else map(values.__getitem__, column.codes)


def _with_unquoted(text: str, separator: str) -> str:
    """Turn separators inside quotation marks into another character and drop the marks."""
    other = ";" if separator == "," else ","
    parts = text.split('"')
    parts[1::2] = [part.replace(separator, other) for part in parts[1::2]]
    return "".join(parts)


def _cut_at_newline(joint: str) -> tuple[str, str]:
    before, newline, after = joint.partition("\n")
    if not newline:
        raise ValueError(joint)
    return before, after


def _stamps(column: list[Any]) -> list[int]:
    stamps = _decoded(column)
    if stamps is None:
        read = [stamp_of(text) for text in column]
        stamps = [each for each in read if isinstance(each, int)]
        if len(stamps) < len(read):
            raise OddBlockError
        return stamps
    # All of one unit, or each must be looked at by itself.
    first, last = min(stamps), max(stamps)
    first_ns = stamp_ns(first)
    if first_ns is None or stamp_ns(last) != last * (first_ns // first):
        raise OddBlockError
    return stamps if first_ns == first else [each * (first_ns // first) for each in stamps]


def _sequences(columns: dict[str, Any], unread: dict[str, int]) -> Sequence[int] | repeat[int]:
    column = columns.get("sequence_number")
    if column is None:
        return repeat(0)
    found = _decoded(column)
    if found is not None:
        return found
    known = _Qualifiers(code_of, 0)
    numbers = [known[text] for text in column]
    if known.unreadable:
        unread["unreadable_sequence_number"] = sum(map(known.unreadable.__contains__, column))
    return numbers


def _decoded(column: list[Any]) -> list[int] | None:
    """Return a column of whole numbers, None where it holds anything else."""
    if isinstance(column[0], int):
        return column
    # As one text: that takes half the time of a call of `int` for each.
    found: list[int] | None = decode_or_none(f"[{','.join(column)}]".encode(), _decoder)
    # One empty cell is a list of nothing.
    return found or None


def _optional_stamps(
    columns: dict[str, Any], stamps: list[int], unread: dict[str, int]
) -> Sequence[int | None] | repeat[None]:
    column = columns.get("participant_timestamp")
    if column is None:
        return repeat(None)
    if column == columns["sip_timestamp"]:
        return stamps
    if isinstance(column[0], str) and _NO_STAMP.issuperset(column):
        return repeat(None)
    try:
        return _stamps(column)
    except OddBlockError:
        made = [made_of(str(each).strip()) for each in column]
        unreadable = sum(isinstance(each, Refused) for each in made)
        if unreadable:
            unread["unreadable_participant_timestamp"] = unreadable
        return [None if isinstance(each, Refused) else each for each in made]


def _price(text: str) -> int:
    price = float(text)
    # A 0, such as that of a quote with one side, is for the row reader as well.
    if not 0 < price <= HIGHEST_PRICE or not (ticks := ticks_from_price(price)):
        raise ValueError(text)
    return ticks


def _trade_size(text: str) -> int:
    size = size_of(text)
    if not 0 < size <= HIGHEST_SIZE * UNITS_PER_SHARE:
        raise ValueError(text)
    return size


def _quote_size(lot: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        size = _trade_size(text)
        # Quotes count what a whole order counts.
        if size % UNITS_PER_SHARE:
            raise ValueError(text)
        return size * lot

    return read
