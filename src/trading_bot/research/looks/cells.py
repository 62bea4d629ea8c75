"""A figure as a cell of a table: its interval, a mark for what is left, another for too few."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from trading_bot.research.bootstrap import Effect
from trading_bot.research.scorecard import ScoreRow

LEFT: Final = "*"
"""Stands behind what is left once all looks are counted."""
FEW: Final = "few"
"""Stands behind a difference of too few events, which has no interval and is no finding."""
NONE: Final = "-"
"""Stands where none could be judged."""
RETURNS: Final = ("mid_", "bid_", "lowest_")
"""Outcomes in basis points begin so; others are shares."""
_SMALLEST_SHOWN = 0.0001


def cells_of(row: ScoreRow, outcomes: Iterable[str]) -> tuple[str, ...]:
    """Return what a row says of some outcomes."""
    if row.effects is not None:
        return tuple(cell_of(outcome, row.effects[outcome]) for outcome in outcomes)
    few = row.few
    if few is None:
        return tuple(NONE for _ in outcomes)
    return tuple(f"({_figure(outcome, few[outcome])}) {FEW}" for outcome in outcomes)


def cell_of(outcome: str, effect: Effect, *, marked: bool = True) -> str:
    """Return a difference with its interval, in basis points or percentage points."""
    found, low, high = (
        _figure(outcome, value) for value in (effect.difference, effect.low, effect.high)
    )
    return f"{found} [{low}, {high}]{f' {LEFT}' if marked and effect.is_left else ''}"


def says_nothing(cell: str) -> bool:
    """Return whether a cell holds no finding: none judged, or too few."""
    return cell == NONE or cell.endswith(FEW)


def outcome_in_words(outcome: str) -> str:
    """Return an outcome's name for a reader: `mid 60 s`, `down - up 10 bp`."""
    name, _, number = outcome.rpartition("_")
    if not number.isdigit():
        return outcome.replace("_", " ")
    unit = "s" if outcome.startswith(RETURNS) else "bp"
    return f"{name.replace('_minus_', ' - ')} {number} {unit}"


def chance_in_words(p: float) -> str:
    """Return a p-value with four digits, or that it is smaller."""
    return f"<{_SMALLEST_SHOWN}" if p < _SMALLEST_SHOWN else f"{p:.4f}"


def _figure(outcome: str, value: float) -> str:
    return f"{value:+.2f}" if outcome.startswith(RETURNS) else f"{100 * value:+.1f}"
