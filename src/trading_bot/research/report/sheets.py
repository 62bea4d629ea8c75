"""Tables of the page: cells that say whether they are a finding, and lists that can be sorted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final, NamedTuple

from trading_bot.research.looks.cells import says_nothing
from trading_bot.research.text_table import TextTable

_INTERVAL: Final = re.compile(r"(.*?) (\[([+-])[\d.,]+, ([+-])[\d.,]+\].*)")
_WORDS: Final = ("kind", "control", "day", "outcome", "against", "said", "left")
"""Columns that hold words, set to the left."""
_BARE: Final = ("a day",)
"""Columns of figures that have no interval."""


_LEFT: Final = ' class="left"'
_KINDS: Final = {
    "": _LEFT,
    "number": "",
    "time": ' class="left time"',
    "wide": ' class="left wide"',
    "ids": ' class="left ids"',
}


class Column(NamedTuple):
    """A column of a list.

    Attributes:
        name: Its head.
        kind: `number`, `time` and `ids` are set so; `wide` needs all of a narrow screen.
    """

    name: str
    kind: str = ""


class Cell(NamedTuple):
    """A cell of a list.

    Attributes:
        text: What it says; plain text, unless `markup` is given.
        markup: The same with marks around it.
        value: What it is sorted by, where that is not its text.
    """

    text: str
    markup: str = ""
    value: str = ""


def section(table: TextTable, number: int) -> str:
    """Return a table with its title and note; `labels` names its columns on a narrow screen."""
    title = f'<h2 id="t{number}-title">{escape(table.title)}</h2>'
    if not table.rows:
        said = f"{table.empty[0].upper()}{table.empty[1:]}."
        return f"<section>{title}<p>{escape(said)}</p></section>"
    head = "".join(f'<th scope="col"{_side(name)}>{escape(name)}</th>' for name in table.names)
    body = "".join(_row(table, cells) for cells in table.rows)
    return (
        f'<section class="long">{title}<table id="t{number}" aria-labelledby="t{number}-title">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f'<p class="faint">{escape(table.note)}</p></section>'
    )


def labels(name: str, columns: Iterable[str]) -> str:
    """Return the style that names each cell of a table where its head is out of sight."""
    return "\n".join(
        f"#{name} td:nth-child({place})::before {{ content: {json.dumps(column)}; }}"
        for place, column in enumerate(columns, 1)
    )


def narrow_only(style: str) -> str:
    """Return a style for screens too narrow for tables."""
    return f"@media (max-width: 1100px) {{\n{style}\n}}"


def sortable(
    name: str, title: str, note: str, tools: str, columns: Sequence[Column], rows: Iterable[str]
) -> str:
    """Return a list: a table whose heads the page's script makes buttons.

    Args:
        name: Of the table in the page.
        title: Above it.
        note: What it holds, and how to read it.
        tools: Markup beside the number of rows shown.
        columns: Its columns.
        rows: Each by `list_row`.
    """
    head = "".join(
        f'<th scope="col"{" data-number" if each.kind == "number" else _LEFT}>'
        f"{escape(each.name)}</th>"
        for each in columns
    )
    return (
        f'<section class="long"><h2 id="{name}-title">{escape(title)}</h2>'
        f'<p class="faint">{escape(note)}</p>'
        f'<div class="tools"><span role="status"></span>{tools}</div>'
        f'<table id="{name}" data-list aria-labelledby="{name}-title">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></section>"
    )


def list_row(columns: Sequence[Column], cells: Sequence[Cell]) -> str:
    """Return one row of a list."""
    return (
        "<tr>"
        + "".join(
            f"<td{_KINDS[column.kind]}"
            + (f' data-value="{escape(cell.value)}"' if cell.value else "")
            + f">{cell.markup or escape(cell.text)}</td>"
            for column, cell in zip(columns, cells, strict=True)
        )
        + "</tr>"
    )


def _row(table: TextTable, cells: Sequence[str]) -> str:
    first = f'<th scope="row">{escape(cells[0])}</th>'
    rest = zip(table.names[1:], cells[1:], strict=True)
    return f"<tr>{first}{''.join(_cell(name, cell, table) for name, cell in rest)}</tr>"


def _cell(name: str, cell: str, table: TextTable) -> str:
    classes = ["left"] if _is_words(name) else []
    found = _INTERVAL.fullmatch(cell)
    if says_nothing(cell) or name in _BARE or (table.single and not _is_words(name)):
        classes.append("few")
    text = escape(cell)
    if cell == "FAILED":
        classes.append("below")
    elif found is not None:
        arrow = ""
        if found[3] == found[4]:
            classes.append("below" if found[3] == "-" else "above")
            arrow = "↓ " if found[3] == "-" else "↑ "
        text = f"{arrow}{escape(found[1])} <small>{escape(found[2])}</small>"
    marked = f' class="{" ".join(classes)}"' if classes else ""
    return f"<td{marked}>{text}</td>"


def _side(name: str) -> str:
    return _LEFT if _is_words(name) else ""


def _is_words(name: str) -> bool:
    return name in _WORDS
