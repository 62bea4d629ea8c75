"""When the exchange trades."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.calendar import (
    Session,
    is_early_close,
    is_holiday,
    next_session,
    session_at,
    session_of,
)
from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc

NEW_YORK = ZoneInfo("America/New_York")
SUMMER = date(2026, 7, 1)


def at(day: date, hour: int, minute: int = 0) -> int:
    """Return a New York time as Unix nanoseconds."""
    return ns_from_utc(datetime.combine(day, time(hour, minute), tzinfo=NEW_YORK))


@pytest.mark.parametrize("day", [SUMMER, date(2026, 1, 14)], ids=["summer", "winter"])
def test_a_full_day_has_its_hours_in_new_york(day: date) -> None:
    # Given a plain Wednesday
    # When its session is asked for, then it runs from 09:30 to 16:00 within 04:00 to 20:00
    assert session_of(day) == Session(
        day=day,
        extended_open_ns=at(day, 4),
        open_ns=at(day, 9, 30),
        close_ns=at(day, 16),
        extended_close_ns=at(day, 20),
        early_close=False,
    )


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 11, 27),  # the day after Thanksgiving
        date(2026, 12, 24),  # Christmas Eve on a Thursday
        date(2025, 7, 3),  # before a Friday
        date(2023, 7, 3),  # before a Tuesday
        date(2013, 7, 3),  # before a Thursday, the first year
        date(2024, 7, 3),
    ],
)
def test_an_early_close_ends_at_thirteen(day: date) -> None:
    # Given a day that ends early
    session = session_of(day)
    # When its session is looked at, then it ends at 13:00, and the late hours at 17:00
    assert session is not None
    assert (session.close_ns, session.extended_close_ns) == (at(day, 13), at(day, 17))
    assert session.early_close


@pytest.mark.parametrize(
    "day",
    [
        date(2012, 7, 5),  # the day after 4 July was a full one
        date(2002, 7, 3),  # before a Thursday, before 2013
        date(2026, 7, 2),  # 3 July itself is the holiday
        date(2022, 7, 1),  # 4 July on a Monday
        date(2023, 12, 22),  # Christmas on a Monday
        date(2026, 12, 23),
        date(2026, 11, 25),
    ],
)
def test_days_near_a_holiday_are_full_otherwise(day: date) -> None:
    # Given a day that only looks like an early close
    # When it is asked for, then it is a full day
    assert not is_early_close(day)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 1, 1),
        date(2023, 1, 2),  # New Year's Day on a Sunday
        date(2026, 1, 19),
        date(2026, 2, 16),
        date(2026, 4, 3),  # Good Friday
        date(2024, 3, 29),
        date(2026, 5, 25),
        date(2026, 6, 19),
        date(2022, 6, 20),  # Juneteenth on a Sunday
        date(2026, 7, 3),  # 4 July on a Saturday
        date(2027, 7, 5),  # 4 July on a Sunday
        date(2026, 9, 7),
        date(2026, 11, 26),
        date(2026, 12, 25),
        date(2021, 12, 24),  # Christmas on a Saturday
        date(2012, 10, 29),
        date(2012, 10, 30),
        date(2018, 12, 5),
        date(2025, 1, 9),
    ],
)
def test_the_exchange_stays_closed_on_holidays(day: date) -> None:
    # Given a holiday on a weekday
    # When its session is asked for, then there is none
    assert (is_holiday(day), session_of(day)) == (True, None)


@pytest.mark.parametrize(
    "day",
    [
        date(2021, 12, 31),  # New Year's Day 2022 was a Saturday
        date(2022, 1, 3),
        date(2021, 6, 18),  # Juneteenth is kept since 2022
        date(2026, 10, 12),  # Columbus Day
        date(2026, 11, 11),  # Veterans Day
    ],
)
def test_the_exchange_trades_on_other_days(day: date) -> None:
    # Given a day that others keep
    # When its session is asked for, then there is one
    assert session_of(day) is not None


@pytest.mark.parametrize("day", [date(2026, 7, 4), date(2026, 7, 5)])
def test_there_is_no_session_at_weekends(day: date) -> None:
    # Given a Saturday or Sunday
    # When its session is asked for, then there is none
    assert session_of(day) is None


@pytest.mark.parametrize(
    ("stamp_ns", "inside"),
    [
        (at(SUMMER, 4) - 1, False),
        (at(SUMMER, 4), True),
        (at(SUMMER, 12), True),
        (at(SUMMER, 20) - 1, True),
        (at(SUMMER, 20), False),
        (at(date(2026, 7, 4), 12), False),
    ],
)
def test_a_moment_belongs_to_the_session_whose_extended_hours_hold_it(
    stamp_ns: int, inside: bool
) -> None:
    # Given a moment
    # When its session is asked for, then opens count and closes do not
    assert session_at(stamp_ns) == (session_of(SUMMER) if inside else None)


@pytest.mark.parametrize(
    ("stamp_ns", "day"),
    [
        (at(SUMMER, 9, 30) - 1, SUMMER),
        (at(SUMMER, 9, 30), date(2026, 7, 2)),
        (at(date(2026, 7, 2), 23), date(2026, 7, 6)),  # a holiday and a weekend
        (at(date(2026, 7, 4), 12), date(2026, 7, 6)),
        (at(date(2012, 10, 26), 16), date(2012, 10, 31)),  # hurricane Sandy
    ],
)
def test_the_next_session_opens_after_the_moment(stamp_ns: int, day: date) -> None:
    # Given a moment
    # When the next session is asked for, then it is the first that opens later
    assert next_session(stamp_ns).day == day


@given(st.integers(1_200_000_000, 2_800_000_000))  # 2008 to 2058
def test_session_and_day_agree_at_any_moment(unix_seconds: int) -> None:
    # Given any moment
    moment = datetime.fromtimestamp(unix_seconds, UTC)
    stamp_ns = unix_seconds * NS_PER_SECOND
    session = session_of(moment.astimezone(NEW_YORK).date())
    inside = session is not None and (
        session.extended_open_ns <= stamp_ns < session.extended_close_ns
    )
    # When its session is asked for, then it is the New York day's, within its hours
    assert session_at(stamp_ns) == (session if inside else None)
    assert next_session(stamp_ns).open_ns - stamp_ns <= timedelta(days=6).total_seconds() * 1e9
