"""The provider's stream without a socket: connections, answers and frames, and their faults."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable
from random import Random
from typing import Final

import msgspec

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.websocket import FrameSink

from .clock import MovedTime
from .damage import ROW_KINDS, Damage
from .faults import Fault, Faults
from .market import Happening, Market, Row

KEY: Final = "a-good-key"
_TRANSIT: Final = 0.02
"""Seconds from the exchange to the client, and for each answer."""
_SLOT: Final = (0.05, 0.15)
"""How often what has happened is sent."""
_TURNED_AWAY: Final = "1008"
_ABNORMAL: Final = 1006


class Connection:
    """One connection as the provider sees it; the client's end of it is a `StreamConnection`.

    Attributes:
        opened: When, in seconds of the run.
        subscribed: Since when each channel is subscribed.
        is_open: False after its end.
    """

    def __init__(self, exchange: Exchange, sink: FrameSink) -> None:
        self._exchange = exchange
        self._sink = sink
        self.opened = exchange.time.true
        self.subscribed: dict[str, float] = {}
        self.is_open = True

    # What the client does.

    def send(self, text: bytes) -> None:
        """Take a message of the client."""
        message = msgspec.json.decode(text, type=dict[str, str])
        self._later(lambda: self._exchange.take(self, message["action"], message["params"]))

    def ping(self) -> None:
        """Answer a ping, unless the line is dead."""
        if not self._exchange.is_on("half_open", self):
            self._later(self._sink.on_heartbeat)

    def pause_reading(self) -> None:
        """Hold back nothing: the client is never pressed here."""

    def resume_reading(self) -> None:
        """Go on."""

    def close(self) -> None:
        """End the connection, as the client wishes."""
        self.end(_ABNORMAL)

    # What the provider does.

    def status(self, word: str, said: str = "") -> None:
        """Say something of the connection."""
        row = {"ev": "status", "status": word, "message": said}
        if not self._exchange.is_on("half_open", self):
            self._later(lambda: self.deliver([row]))

    def deliver(self, rows: list[Row]) -> None:
        """Bring one frame to the client."""
        if self.is_open and rows:
            self._sink.on_frame(msgspec.json.encode(rows))

    def end(self, code: int) -> None:
        """End the connection; the client learns of it next."""
        if self.is_open:
            self.is_open = False
            asyncio.get_running_loop().call_soon(self._sink.on_closed, code, "")

    def end_soon(self, code: int) -> None:
        """End it behind what was said last."""
        self._later(lambda: self.end(code))

    def _later(self, act: Callable[[], None]) -> None:
        def if_open() -> None:
            if self.is_open:
                act()

        asyncio.get_running_loop().call_later(_TRANSIT, if_open)


class Exchange:
    """Streams a market.

    Args:
        market: What happens.
        faults: What goes wrong.
        time: The time.
        random: Draws slots, and rows that are lost.

    Attributes:
        time: As given.
    """

    def __init__(self, market: Market, faults: Faults, time: MovedTime, random: Random) -> None:
        self._market = market
        self._faults = faults
        self._random = random
        self._damage = Damage()
        self._stamps = [each.at_ms for each in market.happenings]
        self._sent = 0
        self._doubted_keys: set[Fault] = set()
        self._connection: Connection | None = None
        self.time = time

    async def open(self, url: str, sink: FrameSink, timeout_seconds: float) -> None:
        """Connect; see `OpensConnection`.

        Raises:
            DataSourceError: `unreachable`, while the line is cut.
        """
        del timeout_seconds
        await asyncio.sleep(2 * _TRANSIT)
        if self._faults.on(self.time.true, "cut"):
            raise DataSourceError(f"{url} cannot be reached", code="unreachable", retryable=True)
        self._connection = Connection(self, sink)
        sink.on_opened(self._connection)
        self._connection.status("connected", "Connected Successfully")

    def cut(self, code: int) -> None:
        """End the connection that stands."""
        if self._connection is not None:
            self._connection.end(code)

    def evict(self) -> None:
        """End the connection that stands, for another program of the same key."""
        if self._connection is not None:
            self._connection.status("max_connections", "Maximum number of connections exceeded.")
            self._connection.end_soon(int(_TURNED_AWAY))

    def is_on(self, kind: str, connection: Connection) -> bool:
        """Return whether a fault of a kind holds for a connection."""
        return any(
            fault.detail != "reconnect" or connection.opened <= fault.begin
            for fault in self._faults.on(self.time.true, kind)
        )

    def take(self, connection: Connection, action: str, params: str) -> None:
        """Answer what a client asks."""
        if action == "auth":
            self._let_in(connection, params)
            return
        channels = params.split(",")
        if action == "unsubscribe":
            for channel in channels:
                connection.subscribed.pop(channel, None)
                connection.status("success", f"unsubscribed to: {channel}")
            return
        now = self.time.true
        symbols = [channel.partition(".")[2] for channel in channels]
        unnamed = self._faults.on(now, "unnamed_error")
        if any(fault.concerns(symbol) for fault in unnamed for symbol in symbols):
            connection.status("error", "invalid syntax")
            return
        unanswered = self._faults.on(now, "no_answer")
        for channel, symbol in zip(channels, symbols, strict=True):
            if not any(fault.concerns(symbol) for fault in unanswered):
                connection.subscribed[channel] = now
                connection.status("success", f"subscribed to: {channel}")

    async def stream(self) -> None:
        """Bring what happens, slot after slot, until cancelled."""
        while True:
            await asyncio.sleep(self._random.uniform(*_SLOT))
            now = self.time.true
            horizon_ms = round((now - _TRANSIT - self._late(now)) * 1_000)
            upto = max(self._sent, bisect_right(self._stamps, horizon_ms))
            happened = self._market.happenings[self._sent : upto]
            self._sent = upto
            connection = self._connection
            if connection is None or not connection.is_open or not happened:
                continue
            if self.is_on("half_open", connection) or self.is_on("mute_feed", connection):
                continue
            connection.deliver(self._rows(connection, happened, now))

    def _let_in(self, connection: Connection, key: str) -> None:
        now = self.time.true
        refused = [
            each for each in self._faults.on(now, "auth_failed") if each not in self._doubted_keys
        ]
        if key != KEY or refused:
            self._doubted_keys.update(refused)
            connection.status("auth_failed", "authentication failed")
            connection.end_soon(int(_TURNED_AWAY))
        elif self._faults.on(now, "evicted"):
            self.evict()
        else:
            connection.status("auth_success", "authenticated")

    def _late(self, now: float) -> float:
        constant = [fault.number for fault in self._faults.on(now, "late")]
        growing = [fault.number * (now - fault.begin) for fault in self._faults.on(now, "growing")]
        return max([0.0, *constant, *growing])

    def _rows(self, connection: Connection, happened: list[Happening], now: float) -> list[Row]:
        mute = self._faults.on(now, "mute")
        lost = self._faults.on(now, "lost_share")
        changed = self._faults.on(now, *ROW_KINDS)
        rows = []
        for each in happened:
            channel, symbol = each.channel, each.symbol
            since = connection.subscribed.get(f"{channel}.{symbol}")
            if since is None or any(
                fault.concerns(symbol, channel) and _mutes(fault, connection, since)
                for fault in mute
            ):
                continue
            if channel == "T" and any(
                fault.concerns(symbol) and self._random.random() < fault.number for fault in lost
            ):
                continue
            rows.append(self._damage.row(each, changed))
        return rows


def _mutes(fault: Fault, connection: Connection, subscribed: float) -> bool:
    if fault.detail == "renew":
        return subscribed <= fault.begin
    return fault.detail != "reconnect" or connection.opened <= fault.begin
