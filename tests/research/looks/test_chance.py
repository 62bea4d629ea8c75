"""How likely chance makes a difference, looked at once and among many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.research.looks.chance import holm, two_sided

CHANCES = st.lists(st.floats(0.0, 1.0), max_size=40)


@pytest.mark.parametrize(
    ("t", "freedom"),
    [
        # Tables of Student's distribution: both tails together hold one in twenty.
        (12.706, 1),
        (4.303, 2),
        (3.182, 3),
        (2.776, 4),
        (2.262, 9),
        (2.042, 30),
        (2.021, 40),
        (1.980, 120),
    ],
)
def test_one_in_twenty_lies_beyond_the_tabled_value(t: float, freedom: int) -> None:
    # Given a value of the printed tables
    # When its chance is reckoned, on either side
    # Then it is one in twenty
    assert two_sided(t, freedom) == pytest.approx(0.05, abs=2e-4)
    assert two_sided(-t, freedom) == two_sided(t, freedom)


def test_no_difference_is_certain_by_chance_and_a_huge_one_never() -> None:
    # Given no difference, and one of forty standard errors
    # When their chances are reckoned
    # Then they are at the ends, and never beyond
    assert two_sided(0.0, 38) == 1.0
    assert 0.0 <= two_sided(40.0, 38) < 1e-9


def test_holm_multiplies_the_least_by_all_and_the_next_by_fewer() -> None:
    # Given three looks in no order
    # When they are corrected
    found = holm([0.02, 0.01, 0.9])
    # Then the least counts for three, the next for two, and the last for itself
    assert found == pytest.approx([0.04, 0.03, 0.9])


def test_what_stands_behind_a_less_likely_one_is_never_called_more_likely() -> None:
    # Given two looks that are nearly alike
    # When they are corrected
    # Then the second is not smaller than the first
    assert holm([0.03, 0.031]) == pytest.approx([0.06, 0.06])


def test_one_look_needs_no_correction_and_none_gives_none() -> None:
    # Given one look, and none
    # When they are corrected
    # Then they stay as they are
    assert holm([0.03]) == [0.03]
    assert holm([]) == []


@given(CHANCES)
def test_a_corrected_chance_is_never_below_the_raw_one(found: list[float]) -> None:
    # Given any looks
    # When they are corrected
    corrected = holm(found)
    # Then each grows or stays, within one, and their order is the same
    assert all(raw <= more <= 1.0 for raw, more in zip(found, corrected, strict=True))
    pairs = sorted(zip(found, corrected, strict=True))
    assert [more for _, more in pairs] == sorted(corrected)
