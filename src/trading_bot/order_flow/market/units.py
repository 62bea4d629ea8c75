"""Prices as integer ticks, sizes as integer units, times as integer nanoseconds, and back.

Inside the library a price is a whole number of ticks of 0.000001 USD: the finest step that appears
on the tape, so equality and order are exact. On its way in, a size is a whole number of millionths
of a share, since the tape knows fractions; rules see whole shares. `Decimal` and `datetime` appear
at the border only.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

TICKS_PER_DOLLAR: Final = 1_000_000
NS_PER_US: Final = 1_000
NS_PER_MS: Final = 1_000_000
NS_PER_SECOND: Final = 1_000_000_000
UNITS_PER_SHARE: Final = 1_000_000
"""What sizes are counted in on their way in: millionths of a share."""
FAR_FUTURE_NS: Final = (1 << 62) - 1
"""Later than any stamp; it fits a compiled integer."""
FAR_PAST_NS: Final = -(1 << 62)
"""Earlier than any stamp."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_PER_DAY: Final = 86_400
_DECIMAL_TICKS: Final = Decimal(TICKS_PER_DOLLAR)
_CENT: Final = Decimal("0.01")


def ticks_from_price(price: float | Decimal) -> int:
    """Convert USD per share to ticks, to the nearest tick."""
    return round(price * TICKS_PER_DOLLAR)


def price_from_ticks(ticks: int) -> Decimal:
    """Convert ticks to USD per share, with at least two decimals and no needless zeros."""
    price = Decimal(ticks) / _DECIMAL_TICKS
    return price.quantize(_CENT) if ticks % 10_000 == 0 else price.normalize()


def utc_from_ns(unix_ns: int) -> datetime:
    """Convert Unix nanoseconds to UTC, cut to whole microseconds."""
    seconds, microseconds = unix_ns // NS_PER_SECOND, unix_ns % NS_PER_SECOND // NS_PER_US
    return _EPOCH + timedelta(0, seconds, microseconds)


def ns_from_utc(moment: datetime) -> int:
    """Convert an aware datetime to Unix nanoseconds.

    Raises:
        ValueError: The datetime has no zone, so its instant is unknown.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone; pass an aware datetime such as UTC")
    since = moment - _EPOCH
    seconds = since.days * _SECONDS_PER_DAY + since.seconds
    return seconds * NS_PER_SECOND + since.microseconds * NS_PER_US


def iso_utc(moment: datetime) -> str:
    """Write a time as ISO 8601 in UTC with microseconds, such as 2026-03-10T14:00:08.125000Z."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    # What is cut off is "+00:00".
    return moment.isoformat(timespec="microseconds")[:-6] + "Z"


def cut_to(unix_ns: int, step_ns: int) -> int:
    """Cut nanoseconds to the step of a provider's live stamps; 1 leaves them as they are."""
    return unix_ns - unix_ns % step_ns
