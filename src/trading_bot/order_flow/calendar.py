"""When the New York Stock Exchange trades: pure, from its published rules, no network.

Source: the exchange's page "Holidays & Trading Hours" and its notices of the special closures.
`benchmarks/check_calendar.py` compares every day of 2010 to 2027 with an independent calendar.
A closure announced later is known only once it stands in `SPECIAL_CLOSURES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")

SPECIAL_CLOSURES = frozenset(
    {
        date(2012, 10, 29),  # hurricane Sandy
        date(2012, 10, 30),
        date(2018, 12, 5),  # mourning for President Bush
        date(2025, 1, 9),  # mourning for President Carter
    }
)

_EXTENDED_OPEN = time(4)
_OPEN = time(9, 30)
_CLOSE = time(16)
_EARLY_CLOSE = time(13)
_EXTENDED_CLOSE = time(20)
_EARLY_EXTENDED_CLOSE = time(17)
_FIRST_JUNETEENTH = 2022
_FIRST_EARLY_CLOSE_BEFORE_A_THURSDAY = 2013

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NS_PER_DAY = 86_400_000_000_000
# New York is five hours behind UTC in winter and four in summer. Five hours after UTC midnight is
# at night in New York all year, so days cut there never cut a session.
_DAY_CUT_NS = 5 * 3_600_000_000_000
_LONGEST_PAUSE_DAYS = 10
_MONDAY, _THURSDAY, _FRIDAY, _SATURDAY, _SUNDAY = 0, 3, 4, 5, 6


@dataclass(frozen=True, slots=True)
class Session:
    """One trading day; stamps are Unix nanoseconds, opens included and closes not.

    Attributes:
        day: The day in New York.
        extended_open_ns: 04:00 New York.
        open_ns: 09:30.
        close_ns: 16:00, or 13:00 on an early close.
        extended_close_ns: 20:00, or 17:00 on an early close.
        early_close: True when the day ends at 13:00.
    """

    day: date
    extended_open_ns: int
    open_ns: int
    close_ns: int
    extended_close_ns: int
    early_close: bool


def session_at(stamp_ns: int) -> Session | None:
    """Return the session whose extended hours hold this moment, or None outside them.

    Args:
        stamp_ns: Unix nanoseconds.
    """
    session = _session_of_day_number((stamp_ns - _DAY_CUT_NS) // _NS_PER_DAY)
    if session is None or not session.extended_open_ns <= stamp_ns < session.extended_close_ns:
        return None
    return session


def in_extended_hours(stamp_ns: int) -> bool:
    """Return whether a moment, Unix nanoseconds, lies before or after a day's regular session."""
    session = session_at(stamp_ns)
    return session is not None and not session.open_ns <= stamp_ns < session.close_ns


def next_session(stamp_ns: int) -> Session:
    """Return the first session that opens (09:30) after this moment.

    Args:
        stamp_ns: Unix nanoseconds.
    """
    first = (stamp_ns - _DAY_CUT_NS) // _NS_PER_DAY
    sessions = (_session_of_day_number(first + days) for days in range(_LONGEST_PAUSE_DAYS))
    return next(session for session in sessions if session and session.open_ns > stamp_ns)


def session_of(day: date) -> Session | None:
    """Return the session of a day in New York, or None when the exchange stays closed."""
    if day.weekday() >= _SATURDAY or is_holiday(day):
        return None
    early = is_early_close(day)
    return Session(
        day=day,
        extended_open_ns=_stamp_ns(day, _EXTENDED_OPEN),
        open_ns=_stamp_ns(day, _OPEN),
        close_ns=_stamp_ns(day, _EARLY_CLOSE if early else _CLOSE),
        extended_close_ns=_stamp_ns(day, _EARLY_EXTENDED_CLOSE if early else _EXTENDED_CLOSE),
        early_close=early,
    )


def is_holiday(day: date) -> bool:
    """Return whether the exchange stays closed on a day that is no weekend."""
    return day in _holidays(day.year) or day in SPECIAL_CLOSURES


def is_early_close(day: date) -> bool:
    """Return whether trading ends at 13:00, given that the exchange opens at all.

    Early are the day after Thanksgiving, Christmas Eve, and 3 July where 4 July is a Tuesday to
    Friday; before 2013 a 3 July ahead of a Thursday was a full day.
    """
    if day == _nth(day.year, 11, _THURSDAY, 4) + timedelta(days=1):
        return True
    if day.weekday() > _THURSDAY or is_holiday(day):
        return False
    if (day.month, day.day) == (7, 3):
        ahead_of_thursday = day.weekday() == _THURSDAY - 1
        return not ahead_of_thursday or day.year >= _FIRST_EARLY_CLOSE_BEFORE_A_THURSDAY
    return (day.month, day.day) == (12, 24)


@lru_cache(maxsize=1_024)
def _session_of_day_number(days_since_1970: int) -> Session | None:
    return session_of((_EPOCH + timedelta(days=days_since_1970)).date())


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    days = {
        _nth(year, 1, _MONDAY, 3),  # Martin Luther King Jr. Day
        _nth(year, 2, _MONDAY, 3),  # Washington's Birthday
        _easter(year) - timedelta(days=2),  # Good Friday
        _nth(year, 6, _MONDAY, 1) - timedelta(days=7),  # Memorial Day, the last Monday of May
        _observed(date(year, 7, 4)),
        _nth(year, 9, _MONDAY, 1),  # Labor Day
        _nth(year, 11, _THURSDAY, 4),  # Thanksgiving
        _observed(date(year, 12, 25)),
    }
    # A New Year's Day on a Saturday is not kept on the Friday: that day closes the old year.
    if date(year, 1, 1).weekday() != _SATURDAY:
        days.add(_observed(date(year, 1, 1)))
    if year >= _FIRST_JUNETEENTH:
        days.add(_observed(date(year, 6, 19)))
    return frozenset(days)


def _observed(day: date) -> date:
    """Move a holiday on a weekend to the nearest weekday."""
    moves = {_SATURDAY: -1, _SUNDAY: 1}
    return day + timedelta(days=moves.get(day.weekday(), 0))


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    """Return the first, second, … such weekday of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _easter(year: int) -> date:
    """Return Easter Sunday by the anonymous Gregorian algorithm (Nature, 20 April 1876)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    leap_centuries, century_rest = divmod(century, 4)
    moon_shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - moon_shift + 15) % 30
    leaps, leap_rest = divmod(rest, 4)
    to_sunday = (32 + 2 * century_rest + 2 * leaps - epact - leap_rest) % 7
    late = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _stamp_ns(day: date, at: time) -> int:
    moment = datetime.combine(day, at, tzinfo=NEW_YORK)
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1_000
