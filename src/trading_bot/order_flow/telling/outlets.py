"""Whoever is told of a guard's events, and what waits for a host that asks for them."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime
from typing import Final

from ..diagnostics import get_logger
from ..notices import GuardState
from .guard_events import GuardEvent, GuardListener

DEFAULT_LIMIT: Final = 1_000

_logger = get_logger(__name__)


class Outlets:
    """Tells every listener of every event, in order; what one raises never leaves here."""

    def __init__(self) -> None:
        self._listeners: tuple[GuardListener, ...] = ()
        self._lock = threading.Lock()

    def add_listener(self, listener: GuardListener) -> None:
        """Tell this callable from now on."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

    def remove_listener(self, listener: GuardListener) -> None:
        """Stop telling this callable."""
        with self._lock:
            self._listeners = tuple(each for each in self._listeners if each != listener)

    def put(self, event: GuardEvent) -> None:
        """Tell them all; never raises."""
        for listener in self._listeners:
            try:
                listener(event)
            except BaseException:  # a host's listener must not end the protection
                _logger.exception(
                    "order_flow.listener_failed",
                    extra={"listener": repr(listener), "told": type(event).__name__},
                )


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
