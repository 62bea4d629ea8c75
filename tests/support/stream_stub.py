"""A small WebSocket server for tests, scripted connection by connection."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from ssl import SSLContext
from typing import Any

import msgspec
from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport, ws_create_server

KEY = "a-good-key"


class Client(WSListener):
    """One connection as the server sees it."""

    def __init__(self, server: StreamStub, number: int) -> None:
        self._server = server
        self.number = number
        self.transport: WSTransport | None = None
        self.asked: list[tuple[str, str]] = []
        self.pings = 0
        self.pongs = 0
        self.close_codes: list[int] = []

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self._server.clients.append(self)
        if self._server.greets:
            self.status("connected", "Connected Successfully")

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.PING:
            self.pings += 1
            if self._server.answers_pings:
                transport.send_pong(frame.get_payload_as_bytes())
        elif frame.msg_type is WSMsgType.PONG:
            self.pongs += 1
        elif frame.msg_type is WSMsgType.CLOSE:
            self.close_codes.append(int.from_bytes(frame.get_payload_as_bytes()[:2], "big"))
            transport.disconnect()
        elif frame.msg_type is WSMsgType.TEXT:
            self._answer(msgspec.json.decode(frame.get_payload_as_bytes()))
        self._server.happened.set()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.transport = None
        self._server.happened.set()

    def _answer(self, message: dict[str, str]) -> None:
        action, params = message["action"], message["params"]
        self.asked.append((action, params))
        script = self._server.scripts[0] if self._server.scripts else None
        if script is not None and script(self, action, params):
            self._server.scripts.popleft()
            return
        if action == "auth":
            good = params == KEY
            self.status(
                "auth_success" if good else "auth_failed", "authenticated" if good else "no"
            )
        elif action == "subscribe":
            self._subscribe(params.split(","))
        elif action == "unsubscribe":
            for channel in params.split(","):
                self.status("success", f"unsubscribed to: {channel}")

    def _subscribe(self, channels: list[str]) -> None:
        server = self._server
        if any(each in server.poison for each in channels):
            self.status("error", "invalid syntax")
            return
        for channel in channels:
            if any(channel.startswith(each) for each in server.refused):
                self.status("error", f"not authorized for {channel}")
            elif channel not in server.unanswered:
                self.status("success", f"subscribed to: {channel}")

    def status(self, word: str, said: str = "") -> None:
        self.send([{"ev": "status", "status": word, "message": said}])

    def send(self, messages: Iterable[dict[str, Any]]) -> None:
        self.send_bytes(msgspec.json.encode(list(messages)))

    def send_bytes(self, payload: bytes, kind: WSMsgType = WSMsgType.TEXT, **more: Any) -> None:
        if self.transport is not None:
            self.transport.send(kind, payload, **more)

    def close(self, code: WSCloseCode | None, reason: bytes = b"") -> None:
        """End the connection: with this code, or by cutting it off."""
        if self.transport is None:
            return
        if code is None:
            self.transport.disconnect(False)
        else:
            self.transport.send_close(code, reason)


Script = Callable[[Client, str, str], bool]
"""Takes what a client asks; returns True when it has answered itself, once."""


class StreamStub:
    """A server on a free port of the loopback address.

    Attributes:
        refused: Beginnings of channels that are refused by name.
        poison: Channels whose request is refused as a whole, in words that name none.
        unanswered: Channels of which nothing is ever said.
    """

    def __init__(self) -> None:
        self.clients: list[Client] = []
        self.scripts: deque[Script] = deque()
        self.refused: tuple[str, ...] = ()
        self.poison: tuple[str, ...] = ()
        self.unanswered: tuple[str, ...] = ()
        self.greets = True
        self.answers_pings = True
        self.happened = asyncio.Event()
        self.port = 0
        self.url = ""

    def requests(self) -> list[str]:
        """Return what the newest client has asked to subscribe, in order."""
        return [params for action, params in self.newest.asked if action == "subscribe"]

    @property
    def newest(self) -> Client:
        return self.clients[-1]

    async def until(self, holds: Callable[[], object], seconds: float = 5.0) -> None:
        """Wait until something holds; fails after some seconds."""
        async with asyncio.timeout(seconds):
            while not holds():
                # Woken by what clients do; what happens elsewhere is looked for now and then.
                try:
                    async with asyncio.timeout(0.005):
                        await self.happened.wait()
                except TimeoutError:
                    continue
                self.happened.clear()


@asynccontextmanager
async def stream_stub(certificate: SSLContext | None = None) -> AsyncIterator[StreamStub]:
    """Serve on a free port of the loopback address; with a certificate by TLS, as localhost."""
    stub = StreamStub()
    watched_before = _watched()
    server = await ws_create_server(
        lambda _: Client(stub, len(stub.clients)),
        "127.0.0.1",
        0,
        enable_auto_pong=False,
        ssl=certificate,
    )
    stub.port = server.sockets[0].getsockname()[1]
    stub.url = f"ws://127.0.0.1:{stub.port}/stocks"
    if certificate is not None:
        stub.url = f"wss://localhost:{stub.port}/stocks"
    try:
        yield stub
    finally:
        for client in stub.clients:
            client.close(None)
        server.close()
        if certificate is not None:
            # A handshake that a client has broken off ends a little later, and with it its socket.
            with suppress(TimeoutError):
                await stub.until(lambda: _watched() <= watched_before, 2.0)


def _watched() -> int:
    """Return how many sockets the running loop watches."""
    loop: Any = asyncio.get_running_loop()
    return len(loop._selector.get_map())
