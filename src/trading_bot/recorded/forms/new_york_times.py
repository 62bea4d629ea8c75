"""Times of day in New York, beside their day, as stamps: exactly, or not at all."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from functools import lru_cache
from typing import Final

from trading_bot.order_flow.calendar import NEW_YORK
from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc

_CLOCK: Final = re.compile(r"(\d{1,2}):(\d\d):(\d\d)(?:\.(\d{1,9}))?")
_SECONDS: Final = re.compile(r"(\d{5})\.(\d+)")
"""Since midnight; nothing trades so early that they have fewer digits."""
_DIGITS: Final = re.compile(r"\d{13,15}")
_DAY: Final = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ].*)?")
_MONTHS: Final = (
    "JAN",
    "FEB",
    "MAR",
    "APR",
    "MAY",
    "JUN",
    "JUL",
    "AUG",
    "SEP",
    "OCT",
    "NOV",
    "DEC",
)
_DAY_WITH_NAME: Final = re.compile(r"(\d\d)([A-Z]{3})(\d{4})")
_NS_DIGITS: Final = 9
_DIGITS_OF_TIME: Final = 15


def day_in(text: str) -> date | None:
    """Read a day such as 2026-09-18, 20260918 or 18SEP2026; None where it is none."""
    found = _DAY.fullmatch(text)
    named = _DAY_WITH_NAME.fullmatch(text.upper())
    try:
        if found is not None:
            return date(int(found[1]), int(found[2]), int(found[3]))
        if named is not None:
            return date(int(named[3]), _MONTHS.index(named[2]) + 1, int(named[1]))
    except ValueError:
        return None
    return None


def stamp_at(day: date, clock: str, nano: str = "") -> str:
    """Return a time of a day as Unix nanoseconds; as it is where it cannot be read.

    Args:
        day: In New York.
        clock: Such as 9:30:00.000000001, 093000000000001, or seconds with a point.
        nano: The nanoseconds below its microseconds, where they are kept apart.
    """
    seconds_ns = _since_midnight_ns(clock)
    if seconds_ns is None:
        return clock
    return str(_midnight_ns(day) + seconds_ns + (int(nano) if nano.isdecimal() else 0))


def _since_midnight_ns(clock: str) -> int | None:
    found = _CLOCK.fullmatch(clock)
    if found is not None:
        hour, minute, second, fraction = found.groups()
        rest_ns = int((fraction or "").ljust(_NS_DIGITS, "0"))
    elif (seconds := _SECONDS.fullmatch(clock)) is not None:
        digits = seconds[2].ljust(_NS_DIGITS + 1, "0")[: _NS_DIGITS + 1]
        # A tenth of a nanosecond more than is kept: such a number went through a float.
        return int(seconds[1]) * NS_PER_SECOND + (int(digits) + 5) // 10
    elif _DIGITS.fullmatch(clock):
        whole = clock.zfill(_DIGITS_OF_TIME)
        hour, minute, second, rest_ns = whole[:2], whole[2:4], whole[4:6], int(whole[6:])
    else:
        return None
    return (int(hour) * 3_600 + int(minute) * 60 + int(second)) * NS_PER_SECOND + rest_ns


@lru_cache(maxsize=64)
def _midnight_ns(day: date) -> int:
    # The clocks change on Sundays, on which nothing trades.
    return ns_from_utc(datetime.combine(day, time(), NEW_YORK))
