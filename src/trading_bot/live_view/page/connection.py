"""One connection carries one request; whoever is slow to send it makes room for others."""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast

from aiohttp import web

from trading_bot.live_view.page.answers import TEXT, answer

HEAD_SECONDS: Final = 5.0
"""How long a request may take to come whole."""
MOST_WAITING: Final = 64
"""Connections that have not yet sent a request; with one more the oldest of them ends."""
LONGEST_TARGET: Final = 1_024
LONGEST_FIELD: Final = 8_190
"""Bytes of one header: a browser sends the cookies of every server of this machine along."""
MOST_FIELDS: Final = 64
_NO_LOG: Final[Any] = None
"""Every path holds the token; the library's own servers say so by None, its annotation does not."""
_LINGERING_SECONDS: Final = 1.0
"""How long what follows a refused head is read, so that the answer arrives."""


class Door:
    """Counts who has come and not yet asked."""

    def __init__(self) -> None:
        self._waiting: dict[Connection, None] = {}

    def come(self, connection: Connection) -> None:
        """Take a connection in; with too many the one that has waited longest is cut."""
        self._waiting[connection] = None
        if len(self._waiting) > MOST_WAITING:
            oldest = next(iter(self._waiting))
            self.leave(oldest)
            oldest.force_close()

    def leave(self, connection: Connection) -> None:
        """Count a connection no more: it has asked, or is gone."""
        self._waiting.pop(connection, None)


class Connection(web.RequestHandler):
    """Reads one request within limits, and hands it to the server's handler.

    Args:
        server: Whose handler answers.
        door: Counts it until it has asked.
        loop: That runs it.
    """

    def __init__(self, server: web.Server, door: Door, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            server,
            loop=loop,
            access_log=_NO_LOG,
            max_line_size=LONGEST_TARGET,
            max_field_size=LONGEST_FIELD,
            max_headers=MOST_FIELDS,
            lingering_time=_LINGERING_SECONDS,
        )
        self._door = door
        self._hurry: asyncio.TimerHandle | None = None
        self._socket: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the request."""
        super().connection_made(transport)
        self._socket = cast("asyncio.WriteTransport", transport)
        self._hurry = asyncio.get_running_loop().call_later(HEAD_SECONDS, self.force_close)
        self._door.come(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End."""
        self.has_asked()
        super().connection_lost(exc)

    def has_asked(self) -> None:
        """Take note that the request is there."""
        self._door.leave(self)
        if self._hurry is not None:
            self._hurry.cancel()
            self._hurry = None

    def cut(self) -> None:
        """End at once, with all that still waits for the other side, which reads nothing."""
        self._socket.abort()

    def handle_error(
        self,
        request: web.BaseRequest,  # noqa: ARG002 - the library's signature
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - likewise
    ) -> web.StreamResponse:
        """Answer what is no request, or has failed, without a word about what stands behind."""
        if status >= 500:
            self.log_exception("The page could not answer.", exc_info=exc)
        return answer(b"This cannot be answered.\n", TEXT, status=status)
