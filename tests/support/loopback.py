"""A server of byte streams on the loopback address that leaves no socket behind when it ends."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def byte_server(
    serve: Serve, certificate: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Serve each connection on a free port, and give that port.

    `asyncio.Server.close` leaves what was accepted open, and what it finds half accepted is closed
    by nobody: so no more are accepted first, then each is ended, and then the server.
    """
    accepted: list[_Accepted] = []

    def accept() -> _Accepted:
        accepted.append(_Accepted(serve))
        return accepted[-1]

    loop = asyncio.get_running_loop()
    server = await loop.create_server(accept, "127.0.0.1", 0, ssl=certificate)
    (listener,) = server.sockets
    try:
        yield listener.getsockname()[1]
    finally:
        loop.remove_reader(listener.fileno())
        # One turn for a connection that was accepted and has no protocol yet.
        await asyncio.sleep(0)
        for each in accepted:
            await each.end()
        server.close()


class _Accepted(asyncio.StreamReaderProtocol):
    """One connection, with its transport and the moment it is gone."""

    def __init__(self, serve: Serve) -> None:
        super().__init__(asyncio.StreamReader(), serve)
        self._begun = asyncio.Event()
        self._gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._connection = transport
        super().connection_made(transport)
        self._begun.set()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._gone.set()

    async def end(self) -> None:
        """Cut it, and wait until its socket is closed."""
        await self._begun.wait()
        self._connection.abort()
        await self._gone.wait()
        await asyncio.sleep(0)
