"""A server inside the present process, on a thread and an event loop of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from threading import Event, Thread
from typing import Any, Generic, Protocol, Self, TypeVar

T = TypeVar("T")


class Server(Protocol):
    """What listens, and everything of which is called on one event loop."""

    async def start(self) -> None:
        """Listen."""
        ...

    async def stop(self) -> None:
        """End every connection, and listen no longer."""
        ...


S = TypeVar("S", bound=Server)


class Served(Generic[S]):
    """Listens from `with` to the end of its block.

    Args:
        server: What listens.

    Attributes:
        server: As given.
    """

    def __init__(self, server: S) -> None:
        self.server = server
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, name="simulated-broker", daemon=True)
        self._runs = Event()

    def __enter__(self) -> Self:
        self._thread.start()
        self._runs.wait()
        self.do(self.server.start())
        return self

    def __exit__(self, *_: object) -> None:
        self.do(self.server.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def do(self, step: Coroutine[Any, Any, T]) -> T:
        """Do something on the server's event loop, from another thread; return what it gives."""
        return asyncio.run_coroutine_threadsafe(step, self._loop).result()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.call_soon(self._runs.set)
        try:
            self._loop.run_forever()
        finally:
            tasks = asyncio.all_tasks(self._loop)
            for task in tasks:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
