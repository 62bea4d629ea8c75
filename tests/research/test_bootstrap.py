"""Means and intervals over blocks."""

from __future__ import annotations

import numpy as np
import pytest

from trading_bot.research.bootstrap import ENOUGH, Effect, differences_of_few, effects
from trading_bot.research.quote_series import FloatArray, IntArray


def column(*values: float) -> FloatArray:
    return np.array(values, dtype=np.float64)[:, None]


def blocks(number: int, per_block: int = 1) -> IntArray:
    return np.repeat(np.arange(number, dtype=np.int64), per_block)


@pytest.mark.parametrize(("number", "enough"), [(ENOUGH - 1, False), (ENOUGH, True)])
def test_below_thirty_events_nothing_is_said(number: int, enough: bool) -> None:
    # Given about thirty events that all fell
    outcomes = column(*([-1.0] * number))
    # When they are compared with controls that stood still
    found = effects(outcomes, outcomes * 0, blocks(number), blocks(number) * 0, seed=1)
    # Then there is an effect from thirty on
    assert found == ([Effect(-1.0, 0.0, -1.0, -1.0, -1.0, 0.0)] if enough else None)


def test_the_interval_holds_the_mean_difference() -> None:
    # Given events that fell by 0 to 3.9 more than their controls
    outcomes = column(*(-n / 10 for n in range(40)))
    # When they are compared
    found = effects(outcomes, outcomes * 0, blocks(40), blocks(40) * 0, seed=1)
    # Then the mean lies in its interval, about two standard errors wide on each side
    assert found is not None
    (effect,) = found
    assert effect.difference == -1.95
    assert -2.4 < effect.low < -2.2 < -1.7 < effect.high < -1.5


def test_events_of_one_block_count_as_one() -> None:
    # Given the same events, each alone in its block or ten to a block
    rng = np.random.default_rng(3)
    shared = np.repeat(rng.normal(size=12), 10)[:, None]
    # When both are compared
    alone = effects(shared, shared * 0, blocks(120), blocks(120) * 0, seed=1)
    together = effects(shared, shared * 0, blocks(12, 10), blocks(120) * 0, seed=1)
    # Then what hangs together is less sure
    assert alone is not None
    assert together is not None
    assert together[0].high - together[0].low > 2 * (alone[0].high - alone[0].low)


@pytest.mark.parametrize(("days", "by_day"), [(9, False), (10, True)])
def test_ten_days_are_their_own_blocks(days: int, by_day: bool) -> None:
    # Given days that each fell or rose as a whole
    outcomes = np.repeat(np.arange(days, dtype=np.float64), 12)[:, None]
    # When they are compared with a short block for each event
    short, whole = blocks(days * 12), blocks(days, 12)
    found = effects(outcomes, outcomes * 0, short, whole, seed=1)
    # Then the blocks are the days from ten days on
    expected = whole if by_day else short
    assert found == effects(outcomes, outcomes * 0, expected, expected * 0, seed=1)


def test_the_same_seed_gives_the_same_interval() -> None:
    # Given events by chance
    outcomes = np.random.default_rng(5).normal(size=(50, 3))
    # When they are compared three times
    one, two, other = (
        effects(outcomes, outcomes * 0, blocks(50), blocks(50) * 0, seed=seed) for seed in (7, 7, 8)
    )
    # Then the seed decides
    assert one == two
    assert one != other


def test_a_difference_has_a_chance_that_fits_its_interval() -> None:
    # Given three columns: one that falls for certain, one that hardly does, one by chance alone
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(200, 3))
    outcomes = noise + np.array([-1.0, -0.2, 0.0])
    # When they are compared with what stood still
    found = effects(outcomes, outcomes * 0, blocks(200), blocks(200) * 0, seed=1)
    # Then the surer the fall, the smaller the chance, and one in twenty goes with the interval
    assert found is not None
    assert found[0].p < 1e-6 < found[1].p < found[2].p
    assert [each.misses_zero for each in found] == [each.p < 0.05 for each in found]
    assert [each.p_corrected for each in found] == [None] * 3


def test_one_block_is_never_more_than_chance() -> None:
    # Given thirty events of one block that all fell alike
    outcomes = column(*([-1.0] * ENOUGH))
    # When they are compared
    found = effects(outcomes, outcomes * 0, blocks(1, ENOUGH), blocks(1, ENOUGH) * 0, seed=1)
    # Then nothing can be told from chance
    assert found is not None
    assert found[0].p == 1.0


def test_no_difference_anywhere_is_chance() -> None:
    # Given events that did as their controls did
    outcomes = column(*([-1.0] * ENOUGH))
    # When they are compared
    found = effects(outcomes, outcomes, blocks(ENOUGH), blocks(ENOUGH) * 0, seed=1)
    # Then there is nothing that chance would not make
    assert found is not None
    assert (found[0].difference, found[0].p) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("number", "known"), [(0, None), (1, [-2.0]), (ENOUGH - 1, [-2.0]), (ENOUGH, None)]
)
def test_too_few_have_a_mean_and_no_more(number: int, known: list[float] | None) -> None:
    # Given about thirty events that fell by two more than their controls, or none
    outcomes = column(*([-3.0] * number))
    # When their means are compared
    # Then those that are too few for an interval have one, and others none
    assert differences_of_few(outcomes, outcomes / 3) == known
