"""The one place that asks the machine for the time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Returns the present as an aware UTC datetime; injected wherever "now" is needed."""


def utc_now() -> datetime:
    """Return the machine's present time in UTC."""
    return datetime.now(UTC)


def monotonic_seconds() -> float:
    """Return seconds from an arbitrary start that never runs backwards."""
    return time.monotonic()


def monotonic_ns() -> int:
    """Return nanoseconds from an arbitrary start that never runs backwards."""
    return time.monotonic_ns()


class OffsetClock:
    """The wall clock plus a fixed offset: a market that keeps its own time.

    Args:
        offset: Market time minus machine time.
    """

    def __init__(self, offset: timedelta) -> None:
        self.offset = offset

    def __call__(self) -> datetime:
        """Return the market's present time in UTC."""
        return utc_now() + self.offset
