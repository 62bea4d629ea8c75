"""The monitor's events as an asynchronous iterator, for hosts with an event loop of their own.

The judging thread never waits for a reader, and wakes its loop once however many events come: a
loop that hangs costs a bounded queue and nothing else.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Self

from ..notices import MonitorEvent
from .event_queue import DEFAULT_LIMIT
from .telling import Telling


class EventFeed:
    """Iterates over the events of a monitor from its making on; made on an event loop.

    Args:
        telling: Hands out events, from any thread.
        limit: How many events may wait for the reader.
    """

    def __init__(self, telling: Telling, limit: int = DEFAULT_LIMIT) -> None:
        self._loop = asyncio.get_running_loop()
        self._arrived = asyncio.Event()
        # Held from the asking for a wake-up until it has come.
        self._waking = threading.Lock()
        self._closed = False
        self._reader = telling.open_queue(limit, on_arrival=self._wake_loop)

    @property
    def dropped(self) -> int:
        """Events that were lost because the reader was slow."""
        return self._reader.lost

    def close(self) -> None:
        """End the iteration after what waits; from the event loop."""
        self._reader.close()
        self._closed = True
        self._arrived.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> MonitorEvent:
        while True:
            self._arrived.clear()
            event = self._reader.take(0)
            if event is not None:
                return event
            if self._closed:
                raise StopAsyncIteration
            await self._arrived.wait()

    def _wake_loop(self) -> None:
        if not self._waking.acquire(blocking=False):
            return
        try:
            self._loop.call_soon_threadsafe(self._woken)
        except RuntimeError:
            # The reader's loop has ended before the monitor: nobody will read.
            self._reader.close()

    def _woken(self) -> None:
        self._waking.release()
        self._arrived.set()
