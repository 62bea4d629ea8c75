"""A guard's events as an asynchronous iterator, for hosts with an event loop of their own."""

from __future__ import annotations

from typing import Self

from .event_feed import EventFeed
from .event_queue import DEFAULT_LIMIT
from .guard_events import GuardEvent, as_guard_event, ends_a_run
from .telling import Telling


class GuardFeed:
    """Iterates over a guard's events from its making on, to the end of the run.

    The last event is `stopped` or `failed`. Made and read on one event loop.

    Args:
        telling: Hands out events, from any thread.
        limit: How many events may wait for the reader; the oldest goes first, and is counted.
    """

    def __init__(self, telling: Telling, limit: int = DEFAULT_LIMIT) -> None:
        self._feed = EventFeed(telling, limit)

    @property
    def dropped(self) -> int:
        """Events that were lost because the reader was slow."""
        return self._feed.dropped

    def close(self) -> None:
        """End the iteration after what waits; from the event loop."""
        self._feed.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> GuardEvent:
        event = as_guard_event(await anext(self._feed))
        if ends_a_run(event):
            self.close()
        return event
