"""How many facts of a symbol are told in an hour; what is beyond is counted, and the count told."""

from __future__ import annotations

from typing import Final

from ...market.units import FAR_PAST_NS, NS_PER_SECOND

MOST_LINES: Final = 60
"""A symbol and hour."""
_HOUR_NS: Final = 3_600 * NS_PER_SECOND


class LinesOfAnHour:
    """Keeps the facts of one symbol within what a reader can bear.

    Attributes:
        left_out: How many facts were not told since the last one that was.
    """

    __slots__ = ("_hour_ns", "_lines", "left_out")

    def __init__(self) -> None:
        self._hour_ns = FAR_PAST_NS
        self._lines = self.left_out = 0

    def may_tell(self, stamp_ns: int) -> bool:
        """Return whether one more fact may be told; one that may not is counted.

        Args:
            stamp_ns: Exchange time, Unix nanoseconds; hours are those of the clock.
        """
        hour_ns = stamp_ns - stamp_ns % _HOUR_NS
        if hour_ns > self._hour_ns:
            self._hour_ns, self._lines = hour_ns, 0
        if self._lines >= MOST_LINES:
            self.left_out += 1
            return False
        self._lines += 1
        return True

    def take_left_out(self) -> int:
        """Return how many were left out since this was asked, for the line that tells it."""
        left_out, self.left_out = self.left_out, 0
        return left_out
