"""Writes rows of one ticker after the other as row groups of a Parquet file."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from trading_bot.recorded.parquet.layout import MOST_ROWS
from trading_bot.repartition.runs import Piece, is_rising
from trading_bot.repartition.tables import KEY, LineTables


class SymbolGroups:
    """A file that is written.

    Args:
        path: Where.
        tables: Knows the columns.
        name: Of the file that is read, for messages.
        most_rows: Of one row group.

    Attributes:
        rows: Rows written.
        symbols: Tickers written.
    """

    def __init__(
        self, path: Path, tables: LineTables, name: str, most_rows: int = MOST_ROWS
    ) -> None:
        self._arrow: Any = import_module("pyarrow")
        self._compute: Any = import_module("pyarrow.compute")
        self._parquet: Any = import_module("pyarrow.parquet")
        self._path = path
        self._tables = tables
        self._name = name
        self._most_rows = most_rows
        self.rows = self.symbols = 0

    def write(self, pieces: Iterable[Piece]) -> None:
        """Write everything.

        Args:
            pieces: In the order of the tickers.

        Raises:
            ValueError: A row comes too late to be put in order in bounded memory.
        """
        schema, numbers = self._tables.schema, self._tables.numbers
        with self._parquet.ParquetWriter(
            self._path,
            schema,
            compression="zstd",
            use_dictionary=[name for name in schema.names if name not in numbers],
            column_encoding=dict.fromkeys(numbers, "DELTA_BINARY_PACKED"),
            write_statistics=[self._tables.ticker],
        ) as writer:
            symbol, waiting, written_ns = "", self._arrow.table([]), None
            for next_symbol, rows in pieces:
                if next_symbol != symbol and len(waiting):
                    self._write_all(writer, waiting, symbol, written_ns)
                    waiting, written_ns = self._arrow.table([]), None
                symbol = next_symbol
                waiting = self._arrow.concat_tables([waiting, rows]) if len(waiting) else rows
                if len(waiting) >= 2 * self._most_rows:
                    waiting = self._in_order(waiting, symbol, written_ns)
                    group = waiting.slice(0, self._most_rows)
                    written_ns = self._write_group(writer, group)
                    waiting = waiting.slice(self._most_rows)
            if len(waiting):
                self._write_all(writer, waiting, symbol, written_ns)

    def _write_all(self, writer: Any, rows: Any, symbol: str, written_ns: int | None) -> None:
        self.symbols += 1
        rows = self._in_order(rows, symbol, written_ns)
        for start in range(0, len(rows), self._most_rows):
            self._write_group(writer, rows.slice(start, self._most_rows))

    def _write_group(self, writer: Any, rows: Any) -> int | None:
        self.rows += len(rows)
        writer.write_table(rows.drop_columns([KEY]), row_group_size=self._most_rows)
        last: int | None = rows.column(KEY)[-1].as_py()
        return last

    def _in_order(self, rows: Any, symbol: str, written_ns: int | None) -> Any:
        keys = rows.column(KEY).combine_chunks()
        if not is_rising(keys):
            rows = rows.take(self._compute.sort_indices(keys))
        first = rows.column(KEY)[0].as_py()
        if written_ns is not None and first is not None and first < written_ns:
            raise ValueError(
                f"{self._name}: a row of {symbol} comes more than {self._most_rows:,} rows late; "
                "sort the file by ticker and sip_timestamp"
            )
        return rows
