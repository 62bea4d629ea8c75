"""All cells of a card as one family of looks, each with its chance once and among all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from trading_bot.research.bootstrap import Effect
from trading_bot.research.looks.chance import holm
from trading_bot.research.scorecard import ScoreRow

_DECIMALS = 6


class Look(NamedTuple):
    """One cell: what followed one kind of event, by one outcome."""

    row: ScoreRow
    outcome: str
    effect: Effect


def looks_of(rows: Iterable[ScoreRow]) -> list[Look]:
    """Return every cell with an interval, row by row."""
    return [
        Look(row, outcome, effect)
        for row in rows
        for outcome, effect in (row.effects or {}).items()
    ]


def corrected(rows: Sequence[ScoreRow]) -> list[ScoreRow]:
    """Return the rows with the chance of each cell corrected for all cells of all of them."""
    values = iter(holm([look.effect.p for look in looks_of(rows)]))
    return [
        replace(
            row,
            effects={
                outcome: replace(effect, p_corrected=round(next(values), _DECIMALS))
                for outcome, effect in row.effects.items()
            },
        )
        if row.effects is not None
        else row
        for row in rows
    ]
