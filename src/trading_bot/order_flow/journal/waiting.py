"""Lines that could not be written yet, in their order and within bounds."""

from __future__ import annotations

from collections import deque
from typing import Final

MOST_WAITING: Final = 10_000
"""Lines that wait for a disk that takes them: of an alert each, some 6 MB."""


class WaitingLines:
    """Lines by the day whose file they belong to.

    Attributes:
        lost: How many were dropped, the oldest of a day first, because too many waited.
    """

    def __init__(self) -> None:
        self._by_day: dict[bytes, deque[bytes]] = {}
        self._number = 0
        self.lost = 0

    def __len__(self) -> int:
        return self._number

    def has(self, day: bytes) -> bool:
        """Return whether lines of a day wait: those that follow must wait as well."""
        return day in self._by_day

    def add(self, day: bytes, data: bytes) -> None:
        """Let one line wait."""
        of_day = self._by_day.setdefault(day, deque())
        of_day.append(data)
        self._number += 1
        if self._number > MOST_WAITING:
            # Of the day that is full, which is the one that cannot be written.
            self.drop_first(day)
            self.lost += 1

    def days(self) -> tuple[bytes, ...]:
        """Return the days of which lines wait."""
        return tuple(self._by_day)

    def first(self, day: bytes) -> bytes:
        """Return the oldest line of a day of which some wait; it stays."""
        return self._by_day[day][0]

    def drop_first(self, day: bytes) -> None:
        """Let that line go: it is written."""
        of_day = self._by_day[day]
        of_day.popleft()
        self._number -= 1
        if not of_day:
            del self._by_day[day]
