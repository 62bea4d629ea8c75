"""The monitor's events as an asynchronous iterator, for hosts with an event loop of their own.

The judging thread never waits for a reader: what a slow one leaves is bounded, the oldest goes
first, and every loss is counted.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Final, Protocol, Self

from ..notices import Listener, MonitorEvent

DEFAULT_LIMIT: Final = 1_000


class EventSource(Protocol):
    """Whoever tells listeners of events, and forgets them again."""

    def add_listener(self, listener: Listener) -> None:
        """Tell this callable of every event."""
        ...

    def remove_listener(self, listener: Listener) -> None:
        """Stop telling this callable."""
        ...


class EventFeed:
    """Iterates over the events of a monitor from its making on; made on an event loop.

    Args:
        source: Tells of events, from any thread.
        limit: How many events may wait for the reader.

    Attributes:
        dropped: Events that were lost because the reader was slow.
    """

    def __init__(self, source: EventSource, limit: int = DEFAULT_LIMIT) -> None:
        self._source = source
        self._limit = limit
        self._waiting: deque[MonitorEvent] = deque()
        self._loop = asyncio.get_running_loop()
        self._arrived = asyncio.Event()
        self._closed = False
        self.dropped = 0
        source.add_listener(self._tell)

    def close(self) -> None:
        """End the iteration after what waits; from the event loop."""
        self._source.remove_listener(self._tell)
        self._closed = True
        self._arrived.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> MonitorEvent:
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()

    def _tell(self, event: MonitorEvent) -> None:
        # The reader's loop may have ended before the monitor.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._take, event)

    def _take(self, event: MonitorEvent) -> None:
        if len(self._waiting) >= self._limit:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(event)
        self._arrived.set()
