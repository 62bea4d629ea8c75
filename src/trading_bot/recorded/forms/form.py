"""What a form of recorded data is: how it is known, what it holds, and how its rows become ours.

A form is a thin map. It turns the cells of one row into cells under the names of `column_names`,
and the reader of tables does the rest: it reads, refuses, counts and puts in order. A file whose
rows are trades or quotes by turns has two parts, each read as a table of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Final

from trading_bot.order_flow.config import QuoteSizeUnit
from trading_bot.recorded.column_names import Kind, bare
from trading_bot.recorded.flat_layout import names_in, separator_of

AGGRESSOR: Final = "aggressor"
"""Who began a print, where a form states it: `buy`, `sell`, or nothing where it does not know."""
SIDES: Final = ("buy", "sell")
RowMap = Callable[[list[str]], Sequence[str] | None]
"""Takes the cells of one row; gives those of the part's terms, None for a row of the other part.

A given cell holds no comma, quotation mark or newline. What cannot be read is handed on as it is:
the reader refuses it by its column."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the user says beside a file.

    Attributes:
        symbol: Whose rows it holds, where one symbol is named.
        day: The day in New York of its rows, where they bear times of day only.
    """

    symbol: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """How a file begins.

    Attributes:
        path: The file; of an archive its member.
        line: Its first line.
        told: What the user says beside it.
        separator: What stands between its cells.
        cells: Those of the first line.
        at: The place of each name in the first line, without case, blanks, dashes and underscores.
    """

    path: PurePath
    line: str
    told: Told
    separator: str
    cells: tuple[str, ...]
    at: Mapping[str, int]

    def has(self, *names: str) -> bool:
        """Return whether the first line holds all of these names, written as in `at`."""
        return all(name in self.at for name in names)


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one kind in the files of one form.

    Attributes:
        kind: What they are.
        terms: Our names of the cells that the map gives. `AGGRESSOR` is one that no rule sees.
        begin: Makes the map of one file, from its start; what it cannot understand it counts by
            name in what it is given. Raises `ValueError` where something must be told beside it.
        unit: What quote sizes count, where the form fixes it; None lets the sizes or the date tell.
        usual_unit: What they count where the form usually has it so and the sizes are too few to
            tell; None leaves that to the date.
    """

    kind: Kind
    terms: tuple[str, ...]
    begin: Callable[[Start, Counter[str]], RowMap]
    unit: QuoteSizeUnit | None = None
    usual_unit: QuoteSizeUnit | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """One form of recorded data.

    Attributes:
        name: What its maker calls it.
        matches: Tells by the start whether a file has it.
        parts: What its files hold; empty where their columns are read as they are.
        refusal: Why its files are not read and what to do; empty where they are.
        has_header: False where the first line is a row.
    """

    name: str
    matches: Callable[[Start], bool]
    parts: tuple[Part, ...] = ()
    refusal: str = ""
    has_header: bool = True


def start_of(path: PurePath, line: str, told: Told) -> Start:
    """Return how a file begins.

    Args:
        path: The file; of an archive its member.
        line: Its first line.
        told: What the user says beside it.
    """
    separator = separator_of(line)
    cells = names_in(line)
    at = {bare(name): place for place, name in reversed(list(enumerate(cells)))}
    return Start(path, line, told, separator, tuple(cells), at)
