"""A card as a table that other programs read, and as a text that people read: CSV, Markdown."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from trading_bot.research.looks.cells import LEFT
from trading_bot.research.score_run import Scorecard
from trading_bot.research.score_tables import tables_of
from trading_bot.research.score_words import not_judged, verdicts
from trading_bot.research.scorecard import ScoreRow
from trading_bot.research.text_table import TextTable

COLUMNS = (
    "control",
    "kind",
    "source",
    "symbol",
    "severity",
    "market_wide",
    "outcome",
    "count",
    "judged",
    "too_few",
    "difference",
    "low",
    "high",
    "p",
    "p_corrected",
    "left",
)
Cell = str | int | float | None


def write_text(path: Path, text: str) -> None:
    """Write a text, and make the folders on the way.

    Raises:
        OSError: It cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def csv_of(card: Scorecard) -> str:
    """Return one line for each kind, or part of it, and outcome; negative controls after them.

    Where too few were judged `too_few` is `yes`, and interval and chances are empty; where none
    was, the difference as well. Returns are in basis points, hits are shares.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for control, rows in (("", card.rows), *card.controls.items()):
        for row in rows:
            for outcome in card.rules.columns:
                writer.writerow((control, *_line(row, outcome)))
    return text.getvalue()


def _line(row: ScoreRow, outcome: str) -> Iterator[Cell]:
    yield from (row.kind, row.source, row.symbol, row.severity)
    yield None if row.market_wide is None else _said(row.market_wide)
    yield from (outcome, row.count, row.judged, _said(row.effects is None))
    if row.effects is None:
        yield None if row.few is None else row.few[outcome]
        yield from (None,) * 5
        return
    found = row.effects[outcome]
    yield from (found.difference, found.low, found.high, found.p, found.p_corrected)
    yield None if found.p_corrected is None else _said(found.is_left)


def _said(holds: bool) -> str:
    return "yes" if holds else "no"


def markdown_of(card: Scorecard) -> str:
    """Return all tables with every row, and all sentences."""
    days = ", ".join(f"{symbol} {day}" for symbol, day in card.days)
    parts = [f"# {days}", f"Settings `{card.config_hash}`, seed {card.seed}."]
    parts += map(_table, tables_of(card, all_rows=True))
    parts.append("\n".join(f"- {_escaped(each)}" for each in (not_judged(card), *verdicts(card))))
    return "\n\n".join(parts) + "\n"


def _table(table: TextTable) -> str:
    if not table.rows:
        return f"## {table.title}\n\n{table.empty[0].upper()}{table.empty[1:]}."
    rule = "| --- " * len(table.names) + "|"
    lines = [_row(table.names), rule, *map(_row, table.rows)]
    return f"## {table.title}\n\n" + "\n".join(lines) + f"\n\n{_escaped(table.note)}"


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(map(_escaped, cells))} |"


def _escaped(text: str) -> str:
    return text.replace(LEFT, f"\\{LEFT}").replace("<", "&lt;").replace("|", "\\|")
