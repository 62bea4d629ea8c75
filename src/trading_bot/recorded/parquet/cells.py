"""Rows of a repartitioned file, column by column."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from itertools import compress, count
from typing import Any

SEPARATOR = "\t"


@dataclass(frozen=True, slots=True)
class Passed:
    """Rows that are not read.

    Attributes:
        rows: How many.
        counted: Whether they count as rows of other symbols; else they are another reader's.
    """

    rows: int
    counted: bool


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of texts that come again and again.

    Attributes:
        known: The texts, not all of which need occur.
        codes: The place of each row's text among them.
    """

    known: list[str]
    codes: list[int]

    def texts(self) -> list[str]:
        """Return the text of each row."""
        return list(map(self.known.__getitem__, self.codes))


Column = list[Any] | Coded
"""Texts or whole numbers, one each row."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Some rows.

    Attributes:
        rows: How many.
        columns: The cells of each column of the header, in its order.
        odd: The rows that are lines instead, by their number; their cells say nothing.
    """

    rows: int
    columns: list[Column]
    odd: dict[int, str]

    @classmethod
    def of(cls, batch: Any, width: int, places: list[int]) -> Cells:
        """Take the cells out of a record batch.

        Args:
            batch: Its last column holds the lines.
            width: How many cells a line has that is of the file's width.
            places: Of the columns in such a line.
        """
        *columns, lines = batch.columns
        odd: dict[int, str] = {}
        if lines.null_count < batch.num_rows:
            for row in compress(count(), lines.is_valid().to_pylist()):
                odd[row] = _line_of(lines[row].as_py(), width, places)
        return cls(batch.num_rows, [_cells_of(each) for each in columns], odd)

    def text(self) -> str:
        """Return the rows as lines."""
        texts = [
            column.texts() if isinstance(column, Coded) else map(str, column)
            for column in self.columns
        ]
        lines = list(map(SEPARATOR.join, zip(*texts, strict=True)))
        for row, line in self.odd.items():
            lines[row] = line
        return "\n".join((*lines, ""))


def _cells_of(column: Any) -> Column:
    if hasattr(column, "dictionary"):
        return Coded(column.dictionary.to_pylist(), column.indices.to_pylist())
    found: list[Any] = column.to_pylist()
    if column.null_count:
        return ["" if each is None else str(each) for each in found]
    return found


def _line_of(line: str, width: int, places: list[int]) -> str:
    """Return a line with the cells of the columns that are read; an empty one where it has not."""
    cells = next(csv.reader((line,), delimiter=SEPARATOR), [])
    if len(cells) != width:
        return ""
    return line_of([cells[at] for at in places])


def line_of(cells: list[str]) -> str:
    """Return cells as one line."""
    text = StringIO()
    csv.writer(text, delimiter=SEPARATOR, lineterminator="").writerow(cells)
    return text.getvalue()
