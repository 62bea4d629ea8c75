"""A duration is read as a person writes it."""

from __future__ import annotations

import pytest

from trading_bot.durations import duration_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90.0),
        ("0.5", 0.5),
        ("90s", 90.0),
        ("0.5s", 0.5),
        ("5m", 300.0),
        ("1h", 3_600.0),
        ("1.5h", 5_400.0),
        ("1h30m", 5_400.0),
        ("1h30m15s", 5_415.0),
        ("1h15s", 3_615.0),
        ("2m30s", 150.0),
        ("-1", -1.0),
    ],
)
def test_a_duration_is_a_number_of_seconds_or_names_its_units(text: str, seconds: float) -> None:
    # Given a duration as somebody writes it
    # When it is read, then it is so many seconds
    assert duration_seconds(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "soon", "nan", "inf", "m", "5M", "5 m", "1m1h", "1h30", "-5m", "1d", "1e999", "9" * 400],
)
def test_what_is_none_is_refused_with_what_one_looks_like(text: str) -> None:
    # Given something else
    # When it is read, then it is named, with what would do
    with pytest.raises(ValueError, match="is no duration: write 90s, 5m, 1h30m, or a number of"):
        duration_seconds(text)
