"""Polygon's number formats and units."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.errors import DataValidationError
from trading_bot.order_flow.market.refused import Refused
from trading_bot.order_flow.market.units import TICKS_PER_DOLLAR
from trading_bot.order_flow.providers.polygon.units import (
    checked_side,
    round_lot,
    side_of,
    stamp_ns,
    with_whole_numbers,
)

CUT_OVER_NS = 1_762_146_000_000_000_000  # 2025-11-03 00:00 New York
EARLIEST = 946_684_800
LATEST = 4_102_444_800


@pytest.mark.parametrize("scale", [1, 10**3, 10**6, 10**9])
@given(second=st.integers(EARLIEST, LATEST - 1))
def test_a_stamp_in_any_unit_becomes_nanoseconds(scale: int, second: int) -> None:
    # Given a whole second in s, ms, us or ns
    # When it is normalised, then the unit is told by its magnitude
    assert stamp_ns(second * scale) == second * 10**9


@pytest.mark.parametrize(
    "stamp", [0, -1, EARLIEST - 1, LATEST * 10**9, 12, math.nan, math.inf, 10**30]
)
def test_a_stamp_of_no_possible_year_is_none(stamp: float) -> None:
    # Given a number that no unit puts between 2000 and 2100
    # When it is normalised, then it is no stamp
    assert stamp_ns(stamp) is None


def test_the_fraction_of_a_stamp_is_kept() -> None:
    # Given half a millisecond of today
    # When it is normalised, then it is exact
    assert stamp_ns(1_773_151_200_000.5) == 1_773_151_200_000_500_000


@pytest.mark.parametrize(
    ("dollars", "shares"),
    [(249.99, 100), (250, 100), (250.01, 40), (1_000, 40), (1_000.01, 10), (10_000, 10),
     (10_000.01, 1)],
)  # fmt: skip
def test_the_round_lot_follows_the_price(dollars: float, shares: int) -> None:
    # Given a price on the day of the change
    # When its round lot is asked for, then the tier's shares are it
    assert round_lot(round(dollars * TICKS_PER_DOLLAR), CUT_OVER_NS) == shares


def test_before_the_change_every_round_lot_is_a_hundred() -> None:
    # Given a dear share, one nanosecond before the change
    # When its round lot is asked for, then it is 100
    assert round_lot(20_000 * TICKS_PER_DOLLAR, CUT_OVER_NS - 1) == 100


def test_whole_floats_become_integers_at_any_depth() -> None:
    # Given values in lists and objects
    value = {"a": 12.0, "b": [1.0, 2.5, "3.0", None, True], "c": {"d": math.inf}}
    # When they are normalised, then only whole floats change
    whole = with_whole_numbers(value)
    assert whole == {"a": 12, "b": [1, 2.5, "3.0", None, True], "c": {"d": math.inf}}
    assert [type(whole["a"]), type(whole["b"][0])] == [int, int]


@pytest.mark.parametrize(
    ("price", "size", "side"),
    [
        (120.46, 8.9, (120_460_000, 8)),
        (0, 0, (0, 0)),
        (None, None, (0, 0)),
        (120.46, 0, (0, 0)),
        (0, 8, (0, 0)),
        (10_000_000, 1, (10_000_000 * TICKS_PER_DOLLAR, 1)),
        (10_000_000.01, 1, Refused("impossible_price")),
        (-0.01, 1, Refused("impossible_price")),
        (math.nan, 1, Refused("impossible_price")),
        (1, 1e10, (TICKS_PER_DOLLAR, 10_000_000_000)),
        (1, 1e10 + 1, Refused("impossible_size")),
        (1, -1, Refused("impossible_size")),
        (1, math.inf, Refused("impossible_size")),
    ],
)
def test_a_side_is_a_level_nobody_or_impossible(
    price: float | None, size: float | None, side: tuple[int, int] | Refused
) -> None:
    # Given a price and a size
    # When they are read as one side, then it is one of the three
    assert side_of(price, size) == side


def test_a_checked_side_names_its_symbol() -> None:
    # Given an impossible size of one symbol
    # When it is read, then the error names symbol and values
    with pytest.raises(DataValidationError) as caught:
        checked_side("AAPL", 1.0, -5.0)
    error = caught.value
    facts = {"price": 1.0, "size": -5.0}
    assert (error.code, error.symbol, error.facts) == ("invalid_size", "AAPL", facts)


def test_a_possible_side_passes_the_check() -> None:
    # Given a price and a size
    # When they are checked, then they are the level
    assert checked_side("AAPL", 1.0, 5.0) == (TICKS_PER_DOLLAR, 5)
