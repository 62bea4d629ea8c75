"""A figure as a cell: interval, marks, and words for outcomes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.card_values import RULES, effects_of, row_of

from trading_bot.research.looks.cells import (
    cell_of,
    cells_of,
    chance_in_words,
    outcome_in_words,
    says_nothing,
)

LEFT = replace(effects_of(-0.5, -0.75, -0.25)["mid_60"], p_corrected=0.01)


@pytest.mark.parametrize(
    ("outcome", "cell"),
    [
        ("mid_60", "-0.50 [-0.75, -0.25] *"),
        ("bid_300", "-0.50 [-0.75, -0.25] *"),
        ("lowest_300", "-0.50 [-0.75, -0.25] *"),
        ("down_5", "-50.0 [-75.0, -25.0] *"),
        ("false_exit", "-50.0 [-75.0, -25.0] *"),
    ],
)
def test_returns_are_basis_points_and_shares_are_points(outcome: str, cell: str) -> None:
    # Given a difference that is left among all looks
    # When it becomes a cell
    # Then it has the unit of its outcome, and its mark where that is wanted
    assert cell_of(outcome, LEFT) == cell
    assert cell_of(outcome, LEFT, marked=False) == cell.removesuffix(" *")


def test_what_is_not_left_has_no_mark() -> None:
    # Given a difference that is not left
    # When it becomes a cell
    # Then the interval stands alone
    assert cell_of("mid_60", effects_of(-0.5, -0.75, -0.25)["mid_60"]) == "-0.50 [-0.75, -0.25]"


@pytest.mark.parametrize(
    ("few", "cells", "nothing"),
    [(None, ("-", "-"), True), (-1.3, ("(-1.30) few", "(-130.0) few"), True)],
)
def test_too_few_are_marked_and_say_nothing(
    few: float | None, cells: tuple[str, ...], nothing: bool
) -> None:
    # Given a row of which none was judged, or too few
    row = row_of(few=None if few is None else dict.fromkeys(RULES.columns, few))
    # When it becomes cells
    found = cells_of(row, ("mid_60", "down_5"))
    # Then they are marked in words, which need no colour
    assert found == cells
    assert all(says_nothing(cell) is nothing for cell in found)


def test_an_interval_says_something() -> None:
    # Given a row with enough
    row = row_of(effects=effects_of(-0.5, -0.75, -0.25))
    # When it becomes cells
    # Then none of them says nothing
    assert not any(map(says_nothing, cells_of(row, RULES.columns)))


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("mid_60", "mid 60 s"),
        ("bid_300", "bid 300 s"),
        ("lowest_300", "lowest 300 s"),
        ("down_5", "down 5 bp"),
        ("down_minus_up_10", "down - up 10 bp"),
        ("false_exit", "false exit"),
    ],
)
def test_outcomes_have_words(outcome: str, words: str) -> None:
    # Given an outcome's name in the record
    # When a reader sees it
    # Then it has its unit
    assert outcome_in_words(outcome) == words


@pytest.mark.parametrize(
    ("p", "words"), [(0.00009, "<0.0001"), (0.0001, "0.0001"), (0.05, "0.0500"), (1.0, "1.0000")]
)
def test_a_tiny_chance_is_said_to_be_smaller(p: float, words: str) -> None:
    # Given a chance
    # When it is written
    # Then four digits are told
    assert chance_in_words(p) == words
