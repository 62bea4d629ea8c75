"""Lines of a table as Arrow tables, each cell as it is written.

A block of regular lines is taken apart by the library at once; one with anything odd in it line by
line. A line that the columns cannot hold as it is stands in a column of its own, see
`recorded.parquet.layout`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any, Final

from trading_bot.recorded.cells import stamp_of
from trading_bot.recorded.column_names import STAMP, TICKER
from trading_bot.recorded.flat_layout import Layout, names_in
from trading_bot.recorded.flat_rows import cells_in
from trading_bot.recorded.forms.translated import Content
from trading_bot.recorded.parquet.cells import SEPARATOR, line_of
from trading_bot.recorded.parquet.layout import LINE, MARK, NUMBERS, VERSION

KEY: Final = "stamp_in_order"
"""The column that rows of a symbol are sorted by; it is not written."""
_QUOTED: Final = re.compile(r'(?:(?<=^)|(?<=[,;|\n]))"[^"\n]*"(?=[,;|\n])')
_LARGEST: Final = (1 << 63) - 1


class _OddLinesError(Exception):
    """Something in a block must be looked at line by line."""


class LineTables:
    """Turns the blocks of one file into tables.

    Args:
        content: The file.

    Attributes:
        schema: Of what is written.
        ticker: The column of tickers.
        numbers: The columns of whole numbers.
        odd: Lines that are kept as they are, so far.
        headers: Headers below the first line, so far; they are no rows.

    Raises:
        ValueError: The file is no table of trades or quotes with tickers.
    """

    def __init__(self, content: Content) -> None:
        self._arrow: Any = import_module("pyarrow")
        self._compute: Any = import_module("pyarrow.compute")
        self._csv: Any = import_module("pyarrow.csv")
        self._name = content.name
        self._names = names_in(content.header)
        try:
            self._layout = layout = Layout(content.header)
        except ValueError as error:
            raise ValueError(f"{content.name} is no file of trades or quotes: {error}") from error
        if len({*self._names, LINE, KEY}) < len(self._names) + 2:
            raise ValueError(f"{content.name} has two columns of one name; name them apart")
        self.odd = self.headers = 0
        self._at = layout.places[TICKER]
        self.ticker = self._names[self._at]
        first = [cells_in(line, layout.separator) for line in content.start.split("\n")[:-1]]
        first = [cells for cells in first if len(cells) == layout.width]
        self._numbers = [
            layout.places[term]
            for term in NUMBERS
            if term in layout.places and _are_numbers(row[layout.places[term]] for row in first)
        ]
        self.numbers = [self._names[at] for at in self._numbers]
        arrow = self._arrow
        kinds = [
            arrow.int64() if at in self._numbers else arrow.string() for at in range(layout.width)
        ]
        fields = [*zip(self._names, kinds, strict=True), (LINE, arrow.string())]
        self.schema = arrow.schema(fields, metadata={MARK: VERSION})
        self._with_key = self.schema.append(arrow.field(KEY, arrow.int64()))

    def tell(self, facts: Mapping[bytes, bytes]) -> None:
        """Add facts to the metadata of what is written."""
        self.schema = self.schema.with_metadata({**self.schema.metadata, **facts})

    def of(self, blocks: Iterable[str]) -> Iterator[Any]:
        """Yield a table of each block, with a column to sort by.

        Args:
            blocks: Whole lines, each with its newline.

        Raises:
            ValueError: A header comes again, with other columns.
        """
        for text in blocks:
            try:
                columns = self._at_once(text)
            except (_OddLinesError, self._arrow.ArrowInvalid):
                columns = self._line_by_line(text)
            if columns and len(columns[0]):
                yield self._arrow.table([*columns, self._keys(columns)], schema=self._with_key)

    def _at_once(self, text: str) -> list[Any]:
        separator, width = self._layout.separator, self._layout.width
        if self._layout.stamp_name in text or (separator != SEPARATOR and SEPARATOR in text):
            raise _OddLinesError
        if "\n\n" in text or text.startswith("\n"):
            raise _OddLinesError
        if '"' in text and '"' in _QUOTED.sub("", text):
            raise _OddLinesError
        names = [str(at) for at in range(width)]
        data = text.encode()
        table = self._csv.read_csv(
            self._arrow.BufferReader(data),
            read_options=self._csv.ReadOptions(
                use_threads=False, column_names=names, block_size=len(data) + 1
            ),
            parse_options=self._csv.ParseOptions(delimiter=separator, ignore_empty_lines=False),
            convert_options=self._csv.ConvertOptions(
                column_types=dict.fromkeys(names, self._arrow.string())
            ),
        )
        if table.num_rows != text.count("\n"):
            raise _OddLinesError
        columns = table.combine_chunks().columns
        found = [
            self._whole(column) if at in self._numbers else column.chunk(0)
            for at, column in enumerate(columns)
        ]
        return [*found, self._arrow.nulls(table.num_rows, self._arrow.string())]

    def _whole(self, column: Any) -> Any:
        """Return a column as whole numbers, where writing them gives the same text."""
        compute, arrow = self._compute, self._arrow
        texts = column.chunk(0)
        texts = compute.if_else(compute.equal(texts, ""), arrow.scalar(None, arrow.string()), texts)
        numbers = texts.cast(arrow.int64())
        same = compute.equal(numbers.cast(arrow.string()), texts)
        if compute.all(same).as_py() is False:
            raise _OddLinesError
        return numbers

    def _line_by_line(self, text: str) -> list[Any]:
        width, separator = self._layout.width, self._layout.separator
        rows: list[list[str | int | None]] = []
        for line in text.split("\n")[:-1]:
            if self._layout.stamp_name in line and self._layout.again(line) is not None:
                if names_in(line) != self._names:
                    raise ValueError(
                        f"{self._name} has a header below its first line, with other columns; cut "
                        "it apart there"
                    )
                self.headers += 1
                continue
            cells = cells_in(line, separator)
            if len(cells) == width and self._is_regular(cells):
                row: list[str | int | None] = [*cells, None]
                for at in self._numbers:
                    row[at] = int(cells[at]) if cells[at] else None
            else:
                self.odd += 1
                row = [None if at in self._numbers else "" for at in range(width)]
                row[self._at] = cells[self._at] if len(cells) > self._at else ""
                row.append(line_of(cells))
            rows.append(row)
        columns = zip(*rows, strict=True) if rows else ([] for _ in self.schema)
        return [
            self._arrow.array(column, type=field.type)
            for column, field in zip(columns, self.schema, strict=False)
        ]

    def _is_regular(self, cells: list[str]) -> bool:
        if any(SEPARATOR in cell or '"' in cell for cell in cells):
            return False
        return all(_is_number(cells[at]) for at in self._numbers)

    def _keys(self, columns: list[Any]) -> Any:
        at = self._layout.places[STAMP]
        if at in self._numbers:
            return columns[at]
        stamps = map(stamp_of, columns[at].to_pylist())
        found = [each if isinstance(each, int) else None for each in stamps]
        return self._arrow.array(found, type=self._arrow.int64())


def _are_numbers(texts: Iterable[str]) -> bool:
    """Return whether most cells are whole numbers: a few that are none do not make a column."""
    found = [_is_number(text) for text in texts]
    return 2 * sum(found) >= len(found)


def _is_number(text: str) -> bool:
    """Return whether a cell is empty, or a whole number that is written in the usual way."""
    if not text:
        return True
    return text.isascii() and text.isdecimal() and str(int(text)) == text and int(text) <= _LARGEST
