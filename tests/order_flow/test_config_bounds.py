"""Bounds of single settings, and how symbols are spelled."""

from __future__ import annotations

import pytest

from trading_bot.order_flow.config import FIELD_NAMES
from trading_bot.order_flow.config_bounds import (
    BOUNDS,
    CHOICES,
    INTEGERS,
    OVERRIDABLE,
    check_number,
    is_symbol,
    what_is_allowed,
    what_symbol,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A", True),
        ("AAPL", True),
        ("BRK.B", True),
        ("BAC-PB", True),
        ("BACpB", True),
        ("ABCDEFGHIJKLMNO", True),
        ("ABCDEFGHIJKLMNOP", False),
        ("", False),
        ("aapl", False),
        (" AAPL", False),
        ("AAPL\n", False),
        ("AAPL/../", False),
        ("1A", False),
        ("ÄPL", False),
        (None, False),
        (5, False),
    ],
)
def test_symbols_are_spelled_like_tickers(text: object, expected: bool) -> None:
    # Given a text
    # When it is asked whether that is a ticker
    # Then letters, digits, dots and dashes after a capital are
    assert is_symbol(text) is expected


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("aapl", "must be a ticker; did you mean 'AAPL'?"),
        (" AAPL ", "must be a ticker; did you mean 'AAPL'?"),
        ("BRK/B", "must be a ticker; did you mean 'BRK.B'?"),
        ("brk b", "must be a ticker; did you mean 'BRK.B'?"),
        ("", "must be a ticker such as 'AAPL'"),
        ("1A", "must be a ticker such as 'AAPL'"),
        (None, "must be a ticker such as 'AAPL'"),
        (5, "must be a ticker such as 'AAPL'"),
    ],
)
def test_what_is_no_symbol_is_told_which_is_meant(given: object, said: str) -> None:
    # Given what is no symbol
    # When it is said what it must be
    # Then the one that is plainly meant is named
    assert what_symbol(given) == said


@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_bounds_are_inclusive(name: str) -> None:
    # Given a numeric setting
    low, high = BOUNDS[name]
    step = 1 if name in INTEGERS else 0.001
    # When it is set below, at and above its bounds
    # Then the bounds themselves are allowed
    check_number(name, low)
    with pytest.raises(ValueError, match=f"{name}="):
        check_number(name, low - step)
    if high != float("inf"):
        check_number(name, high)
        with pytest.raises(ValueError, match=f"{name}="):
            check_number(name, high + step)


@pytest.mark.parametrize("name", sorted(BOUNDS))
@pytest.mark.parametrize(
    "value", [True, "30", None, float("nan"), float("inf"), float("-inf"), [30], 30 + 0j]
)
def test_what_is_no_usable_number_is_refused(name: str, value: object) -> None:
    # Given a numeric setting
    # When it is set to what is no number, or none that orders
    # Then it is refused by name
    with pytest.raises(ValueError, match=f"{name}="):
        check_number(name, value)


@pytest.mark.parametrize("name", sorted(INTEGERS))
def test_whole_numbers_are_not_written_with_a_fraction(name: str) -> None:
    # Given a setting in whole shares or seconds
    # When it is set to a float, even a whole one
    # Then it is refused
    with pytest.raises(ValueError, match="must be a whole number"):
        check_number(name, 5_000.0)


def test_a_wish_tells_kind_and_range() -> None:
    # Given settings of each kind
    # When a user is told what they may be
    found = [
        what_is_allowed("large_order_size_threshold"),
        what_is_allowed("alert_window_seconds"),
        what_is_allowed("volume_spike_threshold"),
    ]
    # Then kind and range are there
    assert found == [
        "a whole number of at least 1,000",
        "a whole number from 30 to 300",
        "a number from 1.5 to 10.0",
    ]


def test_every_bound_belongs_to_a_setting() -> None:
    # Given the names of all settings
    # When bounds, choices and overridable names are compared with them
    # Then none is left over
    assert {*BOUNDS, *CHOICES, *INTEGERS, *OVERRIDABLE} <= set(FIELD_NAMES)
