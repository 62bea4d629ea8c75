"""All cells of a card are one family of looks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.card_values import RULES, effects_of, row_of

from trading_bot.research.bootstrap import Effect
from trading_bot.research.looks.family import corrected, looks_of


def test_every_cell_of_every_row_is_a_look() -> None:
    # Given a kind and a part of it that say something, and a source that does not
    effects = effects_of(-1.0, -2.0, -0.5)
    rows = [
        row_of(effects=effects),
        row_of(severity="critical", effects=effects),
        row_of(source="ask_wall"),
    ]
    # When the looks are gathered
    found = looks_of(rows)
    # Then there is one for each outcome of those that say something
    assert [(look.row.severity, look.outcome) for look in found] == [
        (severity, outcome) for severity in (None, "critical") for outcome in RULES.columns
    ]


def test_each_cell_is_corrected_for_all_cells_of_all_rows() -> None:
    # Given two rows of which one has one cell that chance hardly makes, and a row with too few
    plain = effects_of(-1.0, -2.0, -0.5, 0.5, None)
    rare = Effect(-1.0, 0.0, -1.0, -2.0, -0.5, 0.001)
    few = row_of(source="ask_wall")
    rows = [row_of(effects={**plain, "mid_60": rare}), few, row_of(effects=plain)]
    # When they are corrected
    found = corrected(rows)
    # Then it counts for all thirty-two, others are as likely as can be, and nothing else changes
    assert found[0].effects is not None
    assert found[0].effects["mid_60"] == replace(rare, p_corrected=0.032)
    assert found[0].effects["mid_60"].is_left
    assert found[0].effects["mid_10"].p_corrected == 1.0
    assert found[1] is few
    assert replace(found[2], effects=plain) == rows[2]


@pytest.mark.parametrize(
    ("low", "high", "p_corrected", "left"),
    [
        (-2.0, -0.1, 0.0499, True),
        (-2.0, -0.1, 0.05, False),
        (-2.0, 0.0, 0.0499, False),
        (0.0, 2.0, 0.0499, False),
        (0.1, 2.0, 0.0499, True),
        (-2.0, -0.1, None, False),
    ],
)
def test_what_is_left_misses_zero_and_is_unlikely_among_all(
    low: float, high: float, p_corrected: float | None, left: bool
) -> None:
    # Given an interval, and a chance among all looks
    # When it is asked whether that is left
    # Then both have to say so
    assert Effect(0.0, 0.0, 0.0, low, high, 0.001, p_corrected).is_left is left
