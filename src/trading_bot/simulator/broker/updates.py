"""`/stream`: Alpaca's WebSocket of trade updates, JSON in binary frames, over the account."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any, Final

from aiohttp import WSMsgType, web

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.outside.door import decode
from trading_bot.order_flow.outside.source import LINE
from trading_bot.simulator.broker.account import Fill, Row, fill_message
from trading_bot.simulator.faults.faults import ArmedFault, FaultBoard
from trading_bot.simulator.market.clock import MarketClock

_LOOK_SECONDS: Final = 0.02
_NO_CLOSING_FRAME: Final = 1006
_LATE_SECONDS: Final = 1.0


class Listener:
    """One connection.

    Args:
        socket: It.
        transport: What is beneath it.
    """

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.BaseTransport) -> None:
        self.socket = socket
        self.transport = transport
        self.is_let_in = False
        self.listens = False
        self.is_mute = False

    async def say(self, message: Row) -> None:
        """Send a message, as the broker does: in a binary frame."""
        if not (self.is_mute or self.socket.closed):
            with suppress(ConnectionError):
                await self.socket.send_bytes(json.dumps(message).encode())


class TradeUpdatesApi:
    """Serves the stream; made and used on one event loop.

    Args:
        keys: Key and secret that are let in.
        clock: The market's time.
        faults: What goes wrong.
    """

    def __init__(self, keys: tuple[str, str], clock: MarketClock, faults: FaultBoard) -> None:
        self._keys = keys
        self._clock = clock
        self._faults = faults
        self._listeners: list[Listener] = []
        self._waiting: set[asyncio.Task[None]] = set()

    @property
    def listening(self) -> int:
        """How many connections are sent updates."""
        return sum(each.listens for each in self._listeners)

    async def serve(self, request: web.Request, transport: asyncio.BaseTransport) -> Any:
        """Serve one connection from its handshake to its end."""
        # Pings are answered by hand, since a fault leaves them unanswered.
        socket = web.WebSocketResponse(autoping=False, compress=False)
        await socket.prepare(request)
        listener = Listener(socket, transport)
        self._listeners.append(listener)
        try:
            async for message in socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await self._take(listener, message.data)
                elif message.type is WSMsgType.PING and not listener.is_mute:
                    await socket.pong(message.data)
        finally:
            self._listeners.remove(listener)
        return socket

    async def tell(self, fill: Fill) -> None:
        """Tell every listener of a trade."""
        if self._hit("br_lost"):
            return
        message = fill_message(fill, with_quantity=not self._hit("br_no_quantity"))
        if late := self._hit("br_late"):
            seconds = (late.fault.seconds or _LATE_SECONDS) / self._clock.speed
            task = asyncio.create_task(self._tell_late(message, seconds))
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)
            return
        for _ in range(2 if self._hit("br_twice") else 1):
            await self._say(message)

    async def look(self) -> None:
        """Do to the connections what faults ask for."""
        for listener in [each for each in self._listeners if each.listens]:
            if not listener.is_mute and self._hit("br_mute"):
                listener.is_mute = True
            closing = self._hit("br_close")
            if closing is None:
                continue
            listener.listens = False
            code = closing.fault.code or _NO_CLOSING_FRAME
            if code == _NO_CLOSING_FRAME:
                listener.transport.close()
            else:
                await listener.socket.close(code=code, message=b"closed by a fault")

    async def stop(self) -> None:
        """End every connection."""
        for task in list(self._waiting):
            task.cancel()
        for listener in list(self._listeners):
            listener.transport.close()

    async def _take(self, listener: Listener, text: str | bytes) -> None:
        raw = text.encode() if isinstance(text, str) else text
        try:
            asked = decode(raw, "a message", LINE)
            action, data = asked["action"], asked["data"]
        except (DataSourceError, KeyError, TypeError):
            return
        if action == "authenticate":
            given = (data.get("key_id"), data.get("secret_key"))
            listener.is_let_in = given == self._keys and not self._hit("br_auth_failed")
            status = "authorized" if listener.is_let_in else "unauthorized"
            answer = {"action": "authenticate", "status": status}
            await listener.say({"stream": "authorization", "data": answer})
        elif action == "listen" and listener.is_let_in:
            streams = [each for each in data.get("streams", ()) if each == "trade_updates"]
            await listener.say({"stream": "listening", "data": {"streams": streams}})
            listener.listens = bool(streams)

    async def _tell_late(self, message: Row, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._say(message)

    async def _say(self, message: Row) -> None:
        for listener in [each for each in self._listeners if each.listens]:
            await listener.say(message)

    def _hit(self, kind: str) -> ArmedFault | None:
        """Return the fault of a kind that acts now, counted; None for none."""
        now_ns = self._clock.now_ns()
        for armed in self._faults.armed():
            if armed.fault.kind == kind and armed.is_on(now_ns) and self._faults.spend(armed):
                return armed
        return None
