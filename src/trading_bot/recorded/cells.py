"""What one cell of a table says, in our units: exactly, or not at all."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from trading_bot.order_flow.market.refused import Refused
from trading_bot.order_flow.market.units import UNITS_PER_SHARE, ns_from_utc
from trading_bot.order_flow.providers.polygon.units import stamp_ns

UNREADABLE_CODE: Final = -1
"""Stands for conditions and corrections that cannot be read: the rules know no such code, so the
print counts as volume and has no side."""

_NOTHING: Final = frozenset({"", "nan", "none", "null", "nat", "<na>"})
"""How tools write a cell that was empty."""
_WHOLE = re.compile(r"([+-]?\d+)(?:\.0*)?")
_FLOAT = re.compile(r"[+-]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][+-]?\d+)?")
_ISO = re.compile(
    r"(\d{4}-?\d\d-?\d\d)[T ](\d\d:?\d\d(?::?\d\d)?)(?:[.,](\d+))? ?(Z|[+-]\d\d(?::?\d\d)?)?",
    re.IGNORECASE,
)
_BRACKETS = "[](){} \t"
_BETWEEN = re.compile(r"[\s,;|]+")
_NS_DIGITS = 9
_SECONDS_KNOWN = 100_000
_seconds: dict[tuple[str, str, str], int] = {}


def stamp_of(text: str) -> int | Refused:
    """Read a stamp: a whole number since 1970 in ns, us, ms or s, or ISO 8601 with its zone.

    A number with a point or an exponent was a float: today's nanoseconds do not fit into one, so
    the order of events is gone, and nothing brings it back.

    Returns:
        Unix nanoseconds, or `no_stamp`, `impossible_stamp`, `imprecise_stamp`,
        `stamp_without_zone` or `malformed`.
    """
    if text.isdecimal():
        found = stamp_ns(int(text))
        return Refused("impossible_stamp") if found is None else found
    if text.lower() in _NOTHING:
        return Refused("no_stamp")
    if _FLOAT.fullmatch(text):
        return Refused("imprecise_stamp")
    return _iso_ns(text)


def made_of(text: str) -> int | Refused | None:
    """Read a participant stamp as `stamp_of` does; None for an empty one or the 0 of old files."""
    found = None if text == "0" else stamp_of(text)
    return None if found == Refused("no_stamp") else found


def size_of(text: str) -> int:
    """Read shares, whole or not, as millionths of a share, to the nearest.

    Raises:
        ValueError: No number.
    """
    if text.isdecimal():
        return int(text) * UNITS_PER_SHARE
    try:
        return round(Decimal(text) * UNITS_PER_SHARE)
    except (ArithmeticError, InvalidOperation) as error:
        raise ValueError(f"{text!r} is no size") from error


def code_of(text: str) -> int:
    """Read a whole number, also one that went through a float, such as 201.0; 0 where none is.

    Raises:
        ValueError: Something else.
    """
    if text.isdecimal():
        return int(text)
    if text.lower() in _NOTHING:
        return 0
    whole = _WHOLE.fullmatch(text)
    if whole is None:
        raise ValueError(f"{text!r} is no whole number")
    return int(whole[1])


def conditions_of(text: str) -> tuple[int, ...]:
    """Read condition ids in brackets or without, with commas, semicolons, bars or blanks between.

    Raises:
        ValueError: Something else than whole numbers.
    """
    if text.lower() in _NOTHING:
        return ()
    parts = _BETWEEN.split(text.strip(_BRACKETS))
    return tuple(code_of(part.strip("'\"")) for part in parts if part)


def _iso_ns(text: str) -> int | Refused:
    found = _ISO.fullmatch(text)
    if found is None:
        return Refused("malformed")
    day, clock, fraction, zone = found.groups()
    if zone is None:
        return Refused("stamp_without_zone")
    digits = (fraction or "").rstrip("0")
    if len(digits) > _NS_DIGITS:
        return Refused("malformed")
    second_ns = _seconds.get((day, clock, zone))
    if second_ns is None:
        try:
            second_ns = ns_from_utc(datetime.fromisoformat(f"{day}T{clock}{zone.upper()}"))
        except ValueError:
            return Refused("malformed")
        if len(_seconds) >= _SECONDS_KNOWN:
            _seconds.clear()
        _seconds[day, clock, zone] = second_ns
    at_ns = second_ns + int(digits.ljust(_NS_DIGITS, "0"))
    return at_ns if stamp_ns(at_ns) == at_ns else Refused("impossible_stamp")
