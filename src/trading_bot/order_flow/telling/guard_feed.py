"""A guard's events as an asynchronous iterator, for hosts with an event loop of their own."""

from __future__ import annotations

from typing import Self

from ..journal.event_feed import DEFAULT_LIMIT, EventFeed, EventSource
from .guard_events import GuardEvent, as_guard_event, ends_a_run


class GuardFeed:
    """Iterates over a guard's events from its making on, to the end of the run.

    The last event is `stopped` or `failed`. Made and read on one event loop.

    Args:
        source: Tells of events, from any thread.
        limit: How many events may wait for the reader; the oldest goes first, and is counted.
    """

    def __init__(self, source: EventSource, limit: int = DEFAULT_LIMIT) -> None:
        self._feed = EventFeed(source, limit)

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
