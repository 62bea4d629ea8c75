"""What waits for a host that asks for it at its own ticks."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime
from typing import Final

from ..notices import GuardState
from .guard_events import GuardEvent

DEFAULT_LIMIT: Final = 1_000


class Waiting:
    """Events that wait until a host takes them; the oldest goes first when there are too many.

    Args:
        limit: How many may wait.
    """

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self._events: deque[GuardEvent] = deque()
        self._limit = limit
        self._lost = 0
        self._lock = threading.Lock()

    def put(self, event: GuardEvent) -> None:
        """Let an event wait."""
        with self._lock:
            if len(self._events) >= self._limit:
                self._events.popleft()
                self._lost += 1
            self._events.append(event)

    def take_all(self, now: datetime) -> list[GuardEvent]:
        """Return what waits, oldest first; what was lost stands before it."""
        with self._lock:
            found, self._events = list(self._events), deque()
            lost, self._lost = self._lost, 0
        if lost:
            why = f"{lost} events lost: more than {self._limit} waited"
            found.insert(0, GuardState("events_lost", None, why, now))
        return found
