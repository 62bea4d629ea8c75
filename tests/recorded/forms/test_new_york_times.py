"""Times of day in New York."""

from __future__ import annotations

from datetime import date

import pytest

from trading_bot.recorded.forms.new_york_times import day_in, stamp_at

DAY = date(2026, 9, 18)
TEN = 1_789_740_000_000_000_000


@pytest.mark.parametrize(
    ("clock", "nano", "stamp"),
    [
        ("10:00:00", "", TEN),
        ("10:00:00.000000001", "", TEN + 1),
        ("9:59:59.5", "", TEN - 500_000_000),
        ("10:00:00.000123", "45", TEN + 123_045),
        ("10:00:00.000123", "x", TEN + 123_000),
        ("100000000000001", "", TEN + 1),
        ("95959999999999", "", TEN - 1),
        ("36000.0", "", TEN),
        ("36000.000123456", "", TEN + 123_456),
        ("36000.0000000014999", "", TEN + 1),
        ("36000.0000000015", "", TEN + 2),
        ("10000.5", "", TEN - 26_000 * 10**9 + 500_000_000),
    ],
)
def test_a_time_of_day_is_read_to_the_nanosecond(clock: str, nano: str, stamp: int) -> None:
    # Given a time of day
    # When it is read
    # Then it is the stamp
    assert stamp_at(DAY, clock, nano) == str(stamp)


def test_the_clock_of_winter_is_an_hour_behind() -> None:
    # Given a day before the clocks change, and the Monday after
    # When ten o'clock of both is read
    summer = int(stamp_at(date(2026, 10, 30), "10:00:00"))
    winter = int(stamp_at(date(2026, 11, 2), "10:00:00"))
    # Then three days and an hour lie between
    assert winter - summer == (3 * 24 + 1) * 3_600 * 10**9


@pytest.mark.parametrize("clock", ["", "ten", "12", "10:00", "9999.5"])
def test_what_is_no_time_is_handed_on(clock: str) -> None:
    # Given something else
    # When it is read
    # Then it is as it was
    assert stamp_at(DAY, clock) == clock


@pytest.mark.parametrize(
    "text", ["2026-09-18", "20260918", "18SEP2026", "18sep2026", "2026-09-18 00:00:00"]
)
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    # Given a day
    # When it is read
    # Then it is that day
    assert day_in(text) == DAY


@pytest.mark.parametrize("text", ["", "2026", "20261399", "32SEP2026", "18XXX2026", "x"])
def test_what_is_no_day_is_none(text: str) -> None:
    # Given something else
    # When it is read
    # Then there is no day
    assert day_in(text) is None
