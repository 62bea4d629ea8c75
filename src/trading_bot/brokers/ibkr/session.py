"""One connection to TWS by ib_async's client, from its greeting to its end.

The client brings the handshake, the frames and the pace of the messages. What a message says is
read by `wire`: the library's own reading turns numbers into floats, takes a missing quantity for 0
and passes over a row of another shape, all of which would read as flat.

The connection belongs to a task of the event loop that opened it, and ends with that loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from ib_async.client import Client

from trading_bot.brokers.ibkr import errors
from trading_bot.brokers.ibkr.wire import (
    LOST,
    RESTORED,
    End,
    Refusal,
    Row,
    message_in,
)
from trading_bot.order_flow.diagnostics import hide
from trading_bot.order_flow.errors import DataSourceError

MOST_BYTES: Final = 1 << 20
"""Of one message; a position is some hundred."""
_PREFIX_BYTES: Final = 4

# Without any handler Python would write what the library complains of over the screen; each of its
# complaints comes back as an error of ours.
for _name in ("ib_async", "eventkit"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


class Session:
    """One connection; made and used on one event loop.

    Args:
        host: Where TWS runs.
        port: Its port.
        client_id: Which of its clients this one is.
        next_id: Which it will be, should that be taken.

    Attributes:
        on_row: Told of each position that changes; None where nobody listens.
        on_restored: Told when TWS has its connection to IBKR again.
        accounts: The whole numbers of the accounts that TWS is logged in to.
    """

    def __init__(self, host: str, port: int, client_id: int, next_id: int) -> None:
        self._place = (host, port)
        self._ids = (client_id, next_id)
        self._where = f"{host}:{port}"
        self.on_row: Callable[[Row], None] | None = None
        self.on_restored: Callable[[], None] | None = None
        self.accounts: tuple[str, ...] = ()
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[DataSourceError] = self._loop.create_future()
        self._answer: asyncio.Future[list[Row]] | None = None
        self._rows: list[Row] = []
        self._has_asked = False
        self._is_end_owed = False
        self._is_offline = False
        self._head = bytearray()
        self._unread = 0
        self._has_read = False
        # Read and written by the client, which takes this object for what listens and what decodes.
        self.serverVersion = 0
        self._client: Any = Client(self)
        self._client.decoder = self
        self._client.conn.hasData += self._count
        self._client.conn.disconnected += self._closed
        self._client.apiError += self._complain
        self._keeper = self._loop.create_task(self._keep())

    @property
    def is_usable(self) -> bool:
        """Whether questions may still be asked on the present event loop."""
        return not self._ended.done() and self._loop is asyncio.get_running_loop()

    async def open(self, seconds: float) -> None:
        """Connect, greet, and learn of the accounts.

        Raises:
            DataSourceError: There is no connection; each way has its own code.
        """
        client_id = self._ids[0]
        opening = self._loop.create_task(
            self._client.connectAsync(*self._place, client_id, timeout=0)
        )
        try:
            await asyncio.wait(
                {opening, self._ended}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            if not opening.done():
                # Before it is cut: the client forgets then how far it came.
                self.end(self._silence())
            opening.cancel()
            failure = (await asyncio.gather(opening, return_exceptions=True))[0]
        if failure is not None:
            self.end(errors.unreachable(self._where))
        if self._ended.done():
            raise self._ended.result()
        self.accounts = tuple(self._client.getAccounts())
        for number in self.accounts:
            hide(number)

    async def positions(self, seconds: float) -> list[Row]:
        """Ask for everything that every account holds.

        Raises:
            DataSourceError: There is no whole answer. The connection is ended then, but where TWS
                has only lost its own.
        """
        if self._is_offline:
            raise errors.offline(self._where)
        self._rows, self._unread = [], 0
        answer: asyncio.Future[list[Row]] = self._loop.create_future()
        self._answer = answer
        try:
            if self._has_asked:
                self._client.cancelPositions()
            self._has_asked = True
            self._is_end_owed = True
            self._client.reqPositions()
            either: set[asyncio.Future[Any]] = {answer, self._ended}
            await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if not (answer.done() or self._ended.done()):
                has_begun = bool(self._rows or self._unread)
                self.end(errors.no_answer(self._where, seconds, has_begun=has_begun))
            if self._ended.done():
                raise self._ended.result()
            return answer.result()
        finally:
            self._answer = None
            if not answer.done():
                self.end(errors.closed(self._where, in_answer=True))

    async def until_end(self) -> DataSourceError:
        """Wait for the end of the connection, and return why it came."""
        return await asyncio.shield(self._ended)

    def end(self, error: DataSourceError) -> None:
        """End the connection; the first reason counts."""
        if not self._ended.done():
            self._ended.set_result(error)

    def close(self) -> None:
        """End the connection; from any thread."""
        with suppress(RuntimeError):  # its loop has ended, and the connection with it
            self._loop.call_soon_threadsafe(self.end, errors.closed(self._where, in_answer=False))

    async def _keep(self) -> None:
        try:
            await asyncio.shield(self._ended)
        finally:
            transport = self._client.conn.transport
            with suppress(OSError):  # the other side was quicker
                self._client.disconnect()
            if transport is not None:
                transport.abort()
                # Twice: the loop closes the socket behind what it does next.
                await asyncio.sleep(0)
                await asyncio.sleep(0)

    def _silence(self) -> DataSourceError:
        """Return what a connection that is not ready waits for."""
        if self._client.conn.transport is None:
            return errors.no_connection(self._where)
        if not self._client.serverVersion():
            return errors.not_accepted(self._where)
        return errors.not_logged_in(self._where)

    # Called by the client, on the event loop.

    def interpret(self, fields: Sequence[str]) -> None:
        """Take a message."""
        self._has_read = True
        try:
            message = message_in(fields)
        except DataSourceError as error:
            self.end(error)
            return
        match message:
            case Row():
                self._take_row(message)
            case End():
                self._take_end()
            case Refusal():
                self._take_refusal(message)
            case _:
                pass  # of other matters

    def connectAck(self) -> None:  # noqa: N802 - the library's name
        """Take that the greeting was answered."""

    def setEventsDone(self) -> None:  # noqa: N802 - the library's name
        """Take that nothing more comes; `_closed` is told as well."""

    def connectionClosed(self) -> None:  # noqa: N802 - the library's name
        """Take that the connection is closed, after it was ready for questions."""
        self.end(errors.closed(self._where, in_answer=self._answer is not None))

    def _take_row(self, row: Row) -> None:
        if self._answer is not None:
            self._rows.append(row)
        elif self.on_row is not None:
            self.on_row(row)

    def _take_end(self) -> None:
        self._is_end_owed = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(self._rows)

    def _take_refusal(self, refusal: Refusal) -> None:
        if refusal.code in LOST:
            self._is_offline = True
            if self._answer is not None and not self._answer.done():
                self._answer.set_exception(errors.offline(self._where))
        elif refusal.code in RESTORED:
            self._is_offline = False
            if self._is_end_owed and self._answer is None:
                # It would be taken for the end of the next answer.
                self.end(errors.closed(self._where, in_answer=True))
            elif self.on_restored is not None:
                self.on_restored()
        elif errors.is_id_in_use(refusal):
            self.end(errors.client_id_in_use(*self._ids))
        elif not refusal.is_warning and self._answer is not None:
            self.end(errors.refused(refusal))

    def _count(self, data: bytes) -> None:
        if len(self._head) < _PREFIX_BYTES:
            self._head += data[: _PREFIX_BYTES - len(self._head)]
            if int.from_bytes(self._head.ljust(_PREFIX_BYTES, b"\0")) > MOST_BYTES:
                self.end(errors.not_tws(self._where))
        self._unread = 0 if self._has_read else self._unread + len(data)
        self._has_read = False
        if self._unread > MOST_BYTES:
            self.end(errors.too_large(self._where))

    def _closed(self, _words: str) -> None:
        # Of one that was ready the client has told by `connectionClosed`.
        if self._head:
            self.end(errors.client_id_in_use(*self._ids))
        else:
            self.end(errors.not_trusted(self._where))

    def _complain(self, words: str) -> None:
        if "version" in words:
            self.end(errors.too_old(self._where))
