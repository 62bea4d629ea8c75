"""Alpaca's stream of trade updates: one connection, from its beginning to its end.

The key goes in a message of its own. A connection that says nothing is asked for a sign of life;
one that gives none has ended, whatever the network says of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from trading_bot.brokers.alpaca.errors import wrong_key
from trading_bot.brokers.alpaca.wire import (
    Authorised,
    Listening,
    authentication,
    listening,
    message_in,
)
from trading_bot.order_flow.clock import Clock
from trading_bot.order_flow.diagnostics import told
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.order_flow.providers.network import refuse_insecure
from trading_bot.order_flow.providers.websocket import (
    OpensConnection,
    StreamConnection,
    no_connection,
    open_connection,
)
from trading_bot.positions.source import Hear, PositionUpdate

PING_SECONDS: Final = 10.0
"""How long a connection may say nothing until it is asked for a sign of life, and again until it
is given up."""
_LONGEST_REASON: Final = 80


class TradeUpdates:
    """One connection; made and used on one event loop.

    Args:
        url: `ws://` or `wss://` address.
        key: The key.
        secret: Its secret.
        clock: The machine's present.
        seconds: How long the beginning may take: connecting, and each word of its greeting.
        is_paper: Whether the paper account is asked for.
        allow_insecure: Send the key without TLS, also to another machine.
        setting: The variable that names the address.
        ping_seconds: See `PING_SECONDS`.
        connect: Makes the connection.
    """

    def __init__(
        self,
        url: str,
        key: str,
        secret: str,
        *,
        clock: Clock,
        seconds: float,
        is_paper: bool,
        allow_insecure: bool,
        setting: str,
        ping_seconds: float = PING_SECONDS,
        connect: OpensConnection = open_connection,
    ) -> None:
        self._url = url
        self._key, self._secret = key, secret
        self._clock = clock
        self._seconds = seconds
        self._is_paper = is_paper
        self._allow_insecure = allow_insecure
        self._setting = setting
        self._ping_seconds = ping_seconds
        self._connect = connect
        self._hear: Hear = lambda _update: None
        self._opened: Callable[[], None] = lambda: None
        self._connection: StreamConnection = no_connection(self)
        self._end: DataSourceError | None = None
        self._listens = False
        self._life = asyncio.Event()

    async def run(self, hear: Hear, opened: Callable[[], None]) -> None:
        """Take updates until the connection ends.

        Raises:
            DataSourceError: It has ended, or there is none; always.
        """
        self._hear, self._opened = hear, opened
        refuse_insecure(self._url, is_allowed=self._allow_insecure, setting=self._setting)
        await self._connect(self._url, self, self._seconds)
        try:
            self._connection.send(authentication(self._key, self._secret))
            await self._watch()
        finally:
            self._connection.close()

    async def _watch(self) -> None:
        is_asked = False
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._ping_seconds if self._listens else self._seconds):
                    await self._life.wait()
            if self._end is not None:
                raise self._end
            if self._life.is_set():
                self._life.clear()
                is_asked = False
            elif is_asked or not self._listens:
                raise self._mute()
            else:
                self._connection.ping()
                is_asked = True

    # What the connection gives; on the event loop.

    def on_opened(self, connection: StreamConnection) -> None:
        """Take the connection."""
        self._connection = connection

    def on_frame(self, payload: bytes) -> None:
        """Take one message, of a text or a binary frame."""
        self._life.set()
        try:
            self._take(payload)
        except DataSourceError as error:
            self._end_by(error)

    def on_heartbeat(self) -> None:
        """Count a ping or a pong as a sign of life."""
        self._life.set()

    def on_closed(self, code: int, reason: str) -> None:
        """Take the end of the connection."""
        said = f", {told(reason, _LONGEST_REASON)!r}" if reason else ""
        self._end_by(
            DataSourceError(
                f"the stream of trade updates was closed ({code}{said}); it is opened again. One "
                "connection is allowed an account: another program may have taken it",
                code="stream_closed",
                retryable=True,
            )
        )

    def _take(self, payload: bytes) -> None:
        match message_in(payload, ns_from_utc(self._clock())):
            case Authorised(is_let_in):
                if not is_let_in:
                    raise wrong_key("the stream of trade updates", is_paper=self._is_paper)
                self._connection.send(listening())
            case Listening(has_updates):
                if not has_updates:
                    raise DataSourceError(
                        "the stream does not offer trade updates to this key; see in your "
                        "dashboard what it may read",
                        code="no_updates",
                    )
                if not self._listens:
                    self._listens = True
                    self._opened()
            case PositionUpdate() as update:
                self._hear(update)
            case _:
                pass

    def _mute(self) -> DataSourceError:
        seconds = 2 * self._ping_seconds if self._listens else self._seconds
        return DataSourceError(
            f"the stream of trade updates gave no sign of life for {seconds:g} s; it is opened "
            "again",
            code="stream_mute",
            retryable=True,
        )

    def _end_by(self, error: DataSourceError) -> None:
        self._end = self._end or error
        self._life.set()
