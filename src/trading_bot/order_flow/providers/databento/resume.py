"""From when on the next session has to replay, so that nothing is missed between two; pure.

A replay begins a second before the newest event that is known, for stamps of several symbols do not
come in their order. In doubt (records were skipped, or could not be read) it begins where the hole
began, however much has come since; a replay that was cut before it caught up is asked for again.
"""

from __future__ import annotations

from typing import Final

from ...market.units import NS_PER_SECOND

OVERLAP_NS: Final = NS_PER_SECOND
KEPT_BY_GATEWAY_NS: Final = 24 * 3_600 * NS_PER_SECOND
"""How far back it replays."""


class Resume:
    """Where the next replay begins.

    Args:
        first_ns: Where the first session's replay begins; None begins at the present.

    Attributes:
        hole_ns: Since when something may be missing; None while nothing is.
    """

    __slots__ = ("_given_up_ns", "hole_ns")

    def __init__(self, first_ns: int | None = None) -> None:
        self.hole_ns = first_ns
        self._given_up_ns = 0

    def doubt(self, newest_ns: int) -> None:
        """Take that something may be missing since the newest event; of doubts the first counts.

        Args:
            newest_ns: Its stamp, 0 while nothing has come.
        """
        if self.hole_ns is None and newest_ns > self._given_up_ns:
            self.hole_ns = newest_ns - OVERLAP_NS

    def caught_up(self) -> None:
        """Take that a replay has brought everything up to the present."""
        self.hole_ns = None

    def give_up(self, newest_ns: int) -> None:
        """Take that what is missing after the newest event cannot be had any more."""
        self.hole_ns = None
        self._given_up_ns = newest_ns

    def start_ns(self, now_ns: int) -> int | None:
        """Return the first stamp to be replayed; None where there is nothing, or nothing any more.

        Args:
            now_ns: The present, Unix nanoseconds.
        """
        if self.hole_ns is None or self.hole_ns <= now_ns - KEPT_BY_GATEWAY_NS:
            return None
        return self.hole_ns
