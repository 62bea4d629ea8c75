"""Databento's tables, made into the records that they were written from.

Prices are decimals, or whole numbers of 0.000000001 USD; 9223372036854775807 or an empty cell is no
price. Stamps are ISO 8601 or Unix nanoseconds. Rows without a symbol are those of one instrument,
which the user names.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from typing import Final

from trading_bot.order_flow.providers.databento.decode import DatabentoDecoder
from trading_bot.order_flow.providers.databento.layout import (
    MBO,
    MBP_1,
    MBP_10,
    NO_PRICE,
    TRADES,
    WORD_BYTES,
)
from trading_bot.order_flow.providers.databento.symbology import ticker
from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.cells import stamp_of
from trading_bot.recorded.databento.columns import MOST_LEVELS, Columns
from trading_bot.recorded.flat_rows import cells_in
from trading_bot.recorded.forms.form import Start
from trading_bot.recorded.forms.translated import Content

_ORDER: Final = Struct("<BBHIQQqIBxBB12xI")
_HEAD: Final = "<BBHIQqIBBBB12xI"
_LEVEL: Final = "qqII8x"
_NO_LEVEL: Final = (NO_PRICE, NO_PRICE, 0, 0)
_PRINT: Final = "T"
_WITH_BLANKS: Final = "XNYS.PILLAR"


class TableRecords:
    """The rows of one table as records; see `reading.Records`.

    Args:
        path: The file.
        content: Its lines.
        start: How it begins.
        account: Gains the rows that are none.

    Attributes:
        path: As given.
        name: What it is called in messages.
        schema: What all rows are.
        form: What it is, in words.

    Raises:
        ValueError: Nobody tells whose rows it holds.
    """

    dataset = ""

    def __init__(self, path: Path, content: Content, start: Start, account: RowAccount) -> None:
        self.path = path
        self.name = content.name
        self._content = content
        self._start = start
        self._account = account
        self._width = len(start.cells)
        self._symbol = start.told.symbol or ""
        self._symbol_at = start.at.get("symbol", start.at.get("rawsymbol"))
        if self._symbol_at is None and not self._symbol:
            raise ValueError(
                f"{self.name} names no symbol; name the one symbol of it with --symbol"
            )
        self._numbers: dict[str, int] = {}
        self._columns = Columns(start)
        levels = self._columns.levels
        self._kind = MBP_10 if levels > 1 else (TRADES, MBP_1)[levels]
        self.schema: str | None = {TRADES: "trades", MBP_1: "mbp-1", MBP_10: "mbp-10"}[self._kind]
        if start.has("orderid") and not levels:
            self._kind, self.schema = MBO, "mbo"
        elif self._kind == MBP_1 and self._has_prints_alone():
            self.schema = "tbbo"
        self.form = f"Databento table, {self.schema}"
        depth = MOST_LEVELS if self._kind == MBP_10 else levels
        self._empty = _NO_LEVEL * (depth - levels)
        self._layout = Struct(_HEAD + _LEVEL * depth)

    @property
    def bytes_read(self) -> int:
        """Bytes of the file consumed so far."""
        return self._content.bytes_read

    @property
    def first_ns(self) -> int | None:
        """When the first readable row happened; None where there is none at the beginning."""
        at = self._start.at["tsevent"]
        stamps = (stamp_of(row[at].strip()) for row in self._whole_rows_at_start())
        return next((each for each in stamps if isinstance(each, int)), None)

    def payloads(self, decoder: DatabentoDecoder) -> Iterator[bytes]:
        """Yield rows as records, having told the decoder what their numbers mean.

        Raises:
            ValueError: The file is damaged, or holds several instruments and no symbols.
        """
        for block in self._content.blocks():
            payload = b"".join([self._record(cells, decoder) for cells in self._rows_in(block)])
            if payload:
                yield payload

    def _rows_in(self, text: str) -> Iterator[list[str]]:
        header, separator = self._start.line.rstrip("\r\n"), self._start.separator
        for line in text.split("\n"):
            # Files that were put behind one another have theirs in between.
            if line and line != header:
                yield cells_in(line, separator) if '"' in line else line.split(separator)

    def _whole_rows_at_start(self) -> Iterator[list[str]]:
        return (row for row in self._rows_in(self._content.start) if len(row) == self._width)

    def _has_prints_alone(self) -> bool:
        """Return whether the rows near the beginning are prints, as `tbbo` has no others."""
        at = self._start.at["action"]
        actions = {row[at] for row in self._whole_rows_at_start()}
        return actions == {_PRINT}

    def _record(self, cells: list[str], decoder: DatabentoDecoder) -> bytes:
        """Return a row's record; nothing of one that cannot be read, which is counted."""
        column, reason = "the row", "malformed"
        if len(cells) == self._width:
            number = self._number_of(cells, decoder)
            try:
                return self._packed(cells, number)
            except ValueError:
                column, reason = self._columns.fault_in(cells)
        unreadable = self._account.unreadable
        unreadable.read += 1
        unreadable.refuse(column, reason)
        self._account.refused_in[self.path, column, reason] += 1
        return b""

    def _number_of(self, cells: list[str], decoder: DatabentoDecoder) -> int:
        """Return the number that stands for a row's symbol in this file.

        Raises:
            ValueError: The rows name several instruments, and no symbols.
        """
        at = self._symbol_at
        if at is None:
            at = self._start.at.get("instrumentid")
        key = "" if at is None else cells[at]
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._numbers) + 1
            if self._symbol_at is None and number > 1:
                raise ValueError(
                    f"{self.name} holds several instruments and names no symbols; write it with "
                    "them: to_csv(CSV, map_symbols=True)"
                )
            symbol = self._symbol
            if self._symbol_at is not None:
                # A table does not name its dataset; but one spelling alone has a blank.
                raw = key.strip()
                symbol = ticker(raw, _WITH_BLANKS if " " in raw else self.dataset)
            decoder.let_mean(number, symbol)
        return number

    def _packed(self, cells: list[str], number: int) -> bytes:
        read = self._columns.read
        at_ns, price, size = read["ts_event"](cells), read["price"](cells), read["size"](cells)
        action, side, flags = read["action"](cells), read["side"](cells), read["flags"](cells)
        sequence, publisher = read["sequence"](cells), read["publisher_id"](cells)
        if self._kind == MBO:
            order, words = read["order_id"](cells), _ORDER.size // WORD_BYTES
            lot = (order, price, size, flags, action, side, sequence)
            return _ORDER.pack(words, MBO, publisher, number, at_ns, *lot)
        words = self._layout.size // WORD_BYTES
        change = (price, size, action, side, flags, read["depth"](cells), sequence)
        book = (*self._columns.book(cells), *self._empty)
        return self._layout.pack(words, self._kind, publisher, number, at_ns, *change, *book)
