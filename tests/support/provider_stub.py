"""A provider on a loopback socket that answers what a test hands it, and time moved by hand."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.order_flow.providers.polygon.client import PolygonClient
from trading_bot.order_flow.retry import RetryPolicy

KEY = "pk_0123456789abcdef"
NOW = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)  # a Wednesday, 11:00 in New York
NOW_NS = ns_from_utc(NOW)


@dataclass(frozen=True)
class Reply:
    """One answer: its status line, headers and body, and what goes wrong with it.

    Attributes:
        sent: Only so many bytes of the body are sent, then the connection is closed.
        hangs: Nothing is sent at all, and the connection stays open.
        drops: The connection is closed without an answer.
    """

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    sent: int | None = None
    hangs: bool = False
    drops: bool = False
    chunked: bool = False


def as_json(value: object, status: int = 200, **headers: str) -> Reply:
    named = tuple((name.replace("_", "-"), text) for name, text in headers.items())
    return Reply(json.dumps(value).encode(), status, named)


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    path: str
    params: dict[str, str]
    headers: dict[str, str] = field(repr=False)


class StubProvider:
    """Answers each request with the next reply; the last one stands for all that follow.

    With a certificate it speaks TLS, as localhost.
    """

    def __init__(self, *replies: Reply, certificate: ssl.SSLContext | None = None) -> None:
        self.replies = deque(replies)
        self.asked: list[Asked] = []
        self.connections = 0
        self._over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self.port = self._socket.getsockname()[1]
        self._certificate = certificate
        self.base_url = f"http://127.0.0.1:{self.port}"
        if certificate is not None:
            self.base_url = f"https://localhost:{self.port}"

    def __enter__(self) -> Self:
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        # A connection of our own wakes the thread that waits for one.
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._accepting.join()
        self._socket.close()
        with self._lock:
            for connection in self._open:
                connection.close()

    def _accept(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            if self._over.is_set():
                connection.close()
                return
            with self._lock:
                self.connections += 1
                self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        try:
            connection = plain
            if self._certificate is not None:
                connection = self._certificate.wrap_socket(plain, server_side=True)
        except OSError:
            plain.close()  # the client does not want the certificate
            return
        with connection, connection.makefile("rb") as incoming:
            try:
                while line := incoming.readline():
                    headers = {}
                    while (header := incoming.readline().decode().strip()) != "":
                        name, _, text = header.partition(": ")
                        headers[name.lower()] = text
                    form = incoming.read(int(headers.get("content-length", 0))).decode()
                    link = urlsplit(line.decode().split(" ")[1])
                    with self._lock:
                        params = dict(parse_qsl(link.query) + parse_qsl(form))
                        self.asked.append(Asked(unquote(link.path), params, headers))
                        reply = self.replies[0]
                        if len(self.replies) > 1:
                            self.replies.popleft()
                    if not self._answer(connection, reply):
                        return
            except OSError:
                return  # the client went away; what it thinks of that is what is tested

    def _answer(self, connection: socket.socket, reply: Reply) -> bool:
        if reply.hangs:
            self._over.wait()
            return False
        if reply.drops:
            return False
        head = [f"HTTP/1.1 {reply.status} Word"]
        head += [f"{name}: {text}" for name, text in reply.headers]
        body = reply.body
        if reply.chunked:
            head.append("Transfer-Encoding: chunked")
            body = b"%x\r\n%b\r\n" % (len(body), body) + b"0\r\n\r\n"
        else:
            head.append(f"Content-Length: {len(body)}")
        message = "\r\n".join(head).encode() + b"\r\n\r\n"
        connection.sendall(message + (body if reply.sent is None else body[: reply.sent]))
        return reply.sent is None


class HandTime:
    """Time that passes only when somebody waits, or a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self.seconds += seconds
        return False


def client_of(
    provider: StubProvider, time: HandTime | None = None, **settings: Any
) -> PolygonClient:
    """Return a client of the stub whose clock stands at `NOW` and whose waits cost nothing."""
    hand = time or HandTime()
    fields: dict[str, Any] = {
        "polygon_api_key": KEY,
        "base_url": provider.base_url,
        "requests_per_second": 90.0,
    }
    own = {name: settings.pop(name) for name in list(settings) if name in _CLIENT_SETTINGS}
    return PolygonClient(
        OrderFlowConfig(thresholds="fixed", **(fields | settings)),
        **({"clock": lambda: NOW, "wait": hand.wait, "monotonic": hand.monotonic} | own),
    )


_CLIENT_SETTINGS = frozenset(
    {
        "clock",
        "policy",
        "wait",
        "monotonic",
        "connect_timeout",
        "read_timeout",
        "connections",
        "retry",
    }
)
NO_RETRY = RetryPolicy(max_retries=0)


def ticker_row(symbol: str = "AAPL", *, stamp_ns: int = NOW_NS, **changes: Any) -> dict[str, Any]:
    """Return one ticker of a snapshot in the documented shape."""
    quote = {"P": 120.47, "S": 400, "p": 120.46, "s": 800, "t": stamp_ns} | changes
    return {
        "ticker": symbol,
        "todaysChange": 0.98,
        "updated": stamp_ns,
        "day": {"o": 119.62, "h": 120.53, "l": 118.81, "c": 120.4229, "v": 28727868, "vw": 119.7},
        "lastQuote": quote,
        "lastTrade": {"c": None, "i": "4046", "p": 120.47, "s": 236, "t": stamp_ns, "x": 10},
        "min": {"av": 28724441, "t": 1684428720000, "n": 762},
        "prevDay": {"o": 117.19, "c": 119.49, "v": 110597265},
    }


def trade_row(number: int = 1, *, stamp_ns: int = NOW_NS, **changes: Any) -> dict[str, Any]:
    """Return one row of `/v3/trades` in the documented shape."""
    row = {
        "conditions": [12, 41],
        "exchange": 11,
        "id": str(number),
        "participant_timestamp": stamp_ns - 1_000,
        "price": 171.55,
        "sequence_number": number,
        "sip_timestamp": stamp_ns,
        "size": 100,
        "decimal_size": "100.0",
        "tape": 3,
    }
    return row | changes


def quote_row(number: int = 1, *, stamp_ns: int = NOW_NS, **changes: Any) -> dict[str, Any]:
    """Return one row of `/v3/quotes` in the documented shape."""
    row = {
        "ask_exchange": 15,
        "ask_price": 155.87,
        "ask_size": 300,
        "bid_exchange": 19,
        "bid_price": 155.85,
        "bid_size": 400,
        "participant_timestamp": stamp_ns - 1_000,
        "sequence_number": number,
        "sip_timestamp": stamp_ns,
        "tape": 3,
    }
    return row | changes


def page(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return one page of trades or quotes in the documented shape."""
    return {"status": "OK", "request_id": "r1", "results": list(rows)} | more
