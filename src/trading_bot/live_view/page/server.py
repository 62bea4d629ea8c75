"""Serves the page to this machine: a fixed list of addresses below a token, each only read.

| below the token | is |
| --- | --- |
| nothing | the page |
| `static/NAME` | a file of it |
| `events` | what is seen, as server-sent events |
| `history/SYMBOL` | what was seen of one symbol |
| `explain/ID` | what an alert or an exit was made of |
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Protocol, Self, cast
from urllib.parse import unquote

from aiohttp import web

from trading_bot.live_view.page.answers import JSON, answer, event_stream, refusal
from trading_bot.live_view.page.connection import Connection, Door
from trading_bot.live_view.page.gate import NOT_HERE, Asked, Gate, Refused
from trading_bot.live_view.page.statics import PAGE
from trading_bot.live_view.page.viewers import MOST_VIEWERS, Viewers

ADDRESS: Final = "127.0.0.1"
"""The only one that is listened at."""
STUCK_SECONDS: Final = 30.0
"""How long a viewer may read nothing; the page of one that lives begins anew by itself."""
_CLOSE_SECONDS: Final = 1.0
_FULL: Final = Refused(
    503, f"{MOST_VIEWERS} pages are open already: close one of them.", {"Retry-After": "10"}
)
_AGAIN: Final = b"retry: 1000\n\n"
"""After how many milliseconds a browser comes again that has lost the stream."""


class Feed(Protocol):
    """What is shown."""

    @property
    def viewers(self) -> Viewers:
        """Who is told of it."""
        ...

    def history(self, symbol: str) -> bytes | None:
        """Return what was seen of a symbol as JSON; None where it is not known."""
        ...


class Explains(Protocol):
    """Whoever says what an alert or an exit was made of."""

    async def explain(self, known_as: str) -> bytes | Refused:
        """Return it as JSON, or why it cannot be said."""
        ...


class PageServer:
    """Listens until it is left; `async with` it.

    Args:
        feed: What is shown.
        explains: Who explains.
        token: First part of every path.
        statics: The page's files, by name.
        port: 0 takes a free one.
        stuck_seconds: How long a viewer may read nothing.

    Raises:
        OSError: On entering, where the port is taken.
    """

    def __init__(
        self,
        feed: Feed,
        explains: Explains,
        *,
        token: str,
        statics: Mapping[str, tuple[str, bytes]],
        port: int = 0,
        stuck_seconds: float = STUCK_SECONDS,
    ) -> None:
        self._feed = feed
        self._explains = explains
        self._token = token
        self._statics = statics
        self.port = port
        self._stuck_seconds = stuck_seconds
        self._gate: Gate

    @property
    def address(self) -> str:
        """What a browser is given."""
        return f"http://{ADDRESS}:{self.port}/{self._token}/"

    async def __aenter__(self) -> Self:
        loop, door = asyncio.get_running_loop(), Door()
        # A viewer that goes away is forgotten at once, not at the next thing that it is told.
        self._web = web.Server(self._answer, handler_cancellation=True)
        self._listening = await loop.create_server(
            lambda: Connection(self._web, door, loop), ADDRESS, self.port
        )
        self.port = self._listening.sockets[0].getsockname()[1]
        self._gate = Gate(self.port, self._token)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listening.close()
        self._feed.viewers.dismiss()
        await self._web.shutdown(_CLOSE_SECONDS)
        # One turn for the sockets that were closed by it.
        await asyncio.sleep(0)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        _connection_of(request).has_asked()
        found = self._gate.let_in(_asked(request))
        if isinstance(found, Refused):
            return refusal(found)
        if found == "events":
            return await self._stream(request)
        response = await self._whole(found)
        try:
            async with asyncio.timeout(self._stuck_seconds):
                await response.prepare(request)
                await response.write_eof()
                # Else it would wait for ever in memory for one who reads nothing.
                await request.writer.drain()
        except TimeoutError:
            _connection_of(request).cut()
        return response

    async def _whole(self, path: str) -> web.Response:
        room, _, name = path.partition("/")
        static = self._statics.get(name or PAGE) if room == "static" or not path else None
        if static is not None:
            return answer(static[1], static[0])
        if room == "history":
            found = self._feed.history(unquote(name))
            return refusal(NOT_HERE) if found is None else answer(found, JSON)
        if room == "explain":
            said = await self._explains.explain(unquote(name))
            return refusal(said) if isinstance(said, Refused) else answer(said, JSON)
        return refusal(NOT_HERE)

    async def _stream(self, request: web.BaseRequest) -> web.StreamResponse:
        viewer = self._feed.viewers.enter()
        if viewer is None:
            return refusal(_FULL)
        response = event_stream()
        try:
            async with asyncio.timeout(self._stuck_seconds) as limit:
                await response.prepare(request)
                message = _AGAIN
                while message:
                    await response.write(message)
                    limit.reschedule(None)
                    message = await viewer.next()
                    limit.reschedule(asyncio.get_running_loop().time() + self._stuck_seconds)
        except TimeoutError:
            _connection_of(request).cut()
        finally:
            self._feed.viewers.leave(viewer)
        return response


def _asked(request: web.BaseRequest) -> Asked:
    def each(name: str) -> tuple[str, ...]:
        return tuple(request.headers.getall(name, ()))

    return Asked(
        request.method, request.raw_path, each("Host"), each("Sec-Fetch-Site"), each("Origin")
    )


def _connection_of(request: web.BaseRequest) -> Connection:
    """Return what carries a request: none comes by anything else."""
    return cast("Connection", request.protocol)
