"""A provider on a loopback socket that repeats the key it was sent, in every field it controls."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha1
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.market.units import ns_from_utc

KEY = "Zq8v/Kp3R+tY6uWx1Lm=N0bHs4Td"
SYMBOL = "ACME"
_FRAME = struct.Struct("!BB")
_ANSWERS = (401, 403, 400, 500, 302, 404, 418)


def forms_of(key: str) -> list[str]:
    """Return a key as a provider may write it."""
    raw = key.encode()
    return [
        key,
        quote(key, safe=""),
        re.sub("%..", lambda found: found[0].lower(), quote(key, safe="")),
        *(b64encode(b"k" * before + raw + b"e").decode() for before in range(3)),
        *(urlsafe_b64encode(b"k" * before + raw + b"e").decode() for before in range(3)),
    ]


class EchoProvider:
    """Serves REST and stream on one port.

    Args:
        key: What it repeats.
        lets_in: Answers 200 and streams; else it refuses, each question in another way.
    """

    def __init__(self, key: str = KEY, *, lets_in: bool) -> None:
        self._key = key
        self._lets_in = lets_in
        self._forms = forms_of(key)
        self._said = 0
        self._over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.asked: list[str] = []
        self.base_url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(5)

    def _echo(self) -> str:
        """Return all forms, each time another one first; or the key alone, or one of its halves."""
        self._said += 1
        turn, half = self._said % (len(self._forms) + 2), len(self._key) // 2
        if turn >= len(self._forms):
            return self._key[:half] if turn == len(self._forms) else self._key[half:]
        return " ".join(self._forms[turn:] + self._forms[:turn])

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError), connection.makefile("rb") as incoming:
            connection.settimeout(10)
            while line := incoming.readline():
                headers = {}
                while (header := incoming.readline().decode().strip()) != "":
                    name, _, text = header.partition(": ")
                    headers[name.lower()] = text
                path = line.decode().split(" ")[1]
                self.asked.append(path)
                if "sec-websocket-key" in headers:
                    self._stream(connection, headers["sec-websocket-key"])
                    return
                self._answer(connection, path)

    # -- REST

    def _answer(self, connection: socket.socket, path: str) -> None:
        status = 200 if self._lets_in else _ANSWERS[len(self.asked) % len(_ANSWERS)]
        body = json.dumps(self._body(path)).encode()
        middle = len(body) // 2
        head = (
            f"HTTP/1.1 {status} {self._echo()}\r\nRetry-After: {self._echo()}\r\n"
            f"Location: http://127.0.0.1/{self._key}\r\nX-Request-Id: {self._echo()}\r\n"
            "Transfer-Encoding: chunked\r\n\r\n"
        )
        connection.sendall(head.encode())
        for piece in (body[:middle], body[middle:]):
            connection.sendall(b"%x;%b\r\n%b\r\n" % (len(piece), self._key.encode(), piece))
        connection.sendall(b"0\r\nX-Trailer: " + self._key.encode() + b"\r\n\r\n")

    def _body(self, path: str) -> Any:
        words = {"error": self._echo(), "message": self._echo(), "request_id": self._echo()}
        if not self._lets_in:
            return {"status": self._echo(), **words}
        now = ns_from_utc(utc_now())
        if path.startswith("/v1/marketstatus/now"):
            moment = utc_now().isoformat()
            return {"market": "open", "serverTime": moment, "exchanges": {"nyse": self._echo()}}
        if path.startswith("/v1/marketstatus/upcoming"):
            named = {"exchange": "NYSE", "name": self._echo(), "status": "closed"}
            return [
                {"date": "2030-01-01", **named},
                {"date": self._echo(), "exchange": self._echo()},
            ]
        if path.startswith("/v3/reference/conditions"):
            return {"results": [{"id": 1, "name": self._echo(), "update_rules": self._echo()}]}
        if path.startswith("/v2/reference/news"):
            published = "2026-01-01T00:00:00Z"
            return {"results": [{"title": self._echo(), "published_utc": published}], **words}
        link = f"{self.base_url}/v3/trades/{self._key}?cursor={self._key}"
        if path.startswith("/v2/snapshot"):
            quote_ = {"P": 100.5, "S": 400, "p": 100.4, "s": 300, "t": now}
            rows = [{"ticker": SYMBOL, "lastQuote": quote_}, {"ticker": self._echo(), "min": 1}]
            return {"status": "OK", "tickers": rows, "ticker": rows[0], **words}
        if len(self.asked) % 3 == 0:
            return {"status": self._echo(), **words}
        row = {"sip_timestamp": now, "price": 100.4, "size": 100, "id": self._echo(), "exchange": 4}
        rows = [row | {"sequence_number": 1}, {"price": self._echo()}]
        return {"status": "OK", "results": rows, "next_url": link, **words}

    # -- stream

    def _stream(self, connection: socket.socket, nonce: str) -> None:
        accept = b64encode(sha1(nonce.encode() + _GUID).digest()).decode()  # noqa: S324 - the protocol's
        connection.sendall(
            f"HTTP/1.1 101 {self._key}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"X-Request-Id: {self._echo()}\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        say = self._sayer(connection)
        say({"ev": "status", "status": "connected", "message": self._echo()})
        self._next_message(connection)  # the key
        word = "auth_success" if self._lets_in else "auth_failed"
        say({"ev": "status", "status": word, "message": self._echo()})
        if not self._lets_in:
            return
        asked = self._next_message(connection)
        for _ in range(12):
            say({"ev": "status", "status": self._echo(), "message": self._echo()})
        for channel in re.findall(r"[A-Z]+\.[A-Z*]+", asked):
            say({"ev": "status", "status": "success", "message": f"subscribed to: {channel}"})
        half = len(self._key) // 2
        now = ns_from_utc(utc_now()) // 1_000_000
        fields = {"p": 100.4, "s": 50_000, "x": 4, "t": now, "q": 7}
        for text in (*(self._echo() for _ in range(12)), self._key[:half], self._key[half:]):
            say({"ev": "T", "sym": SYMBOL, "i": text, **fields})
            say({"ev": "T", "sym": text, "i": text, **fields})
            say({"ev": text, "sym": text})
            say({"ev": "Q", "sym": text, "bp": text})
        say({"ev": "status", "status": "error", "message": f"not authorized: {self._echo()}"})
        say({"ev": "status", "status": "max_connections", "message": self._echo()})
        self._over.wait(1)
        reason = (self._key * 4)[:100].encode()
        connection.sendall(_FRAME.pack(0x88, 2 + len(reason)) + struct.pack("!H", 4001) + reason)

    def _sayer(self, connection: socket.socket) -> Callable[[dict[str, Any]], None]:
        def say(message: dict[str, Any]) -> None:
            payload = json.dumps([message]).encode()
            middle = len(payload) // 2
            # Two frames of one message.
            for first, piece in ((0x01, payload[:middle]), (0x80, payload[middle:])):
                size = len(piece)
                long = _FRAME.pack(first, 126) + struct.pack("!H", size)
                connection.sendall((_FRAME.pack(first, size) if size < 126 else long) + piece)

        return say

    def _next_message(self, connection: socket.socket) -> str:
        head = connection.recv(2, socket.MSG_WAITALL)
        size = head[1] & 0x7F
        if size == 126:
            size = struct.unpack("!H", connection.recv(2, socket.MSG_WAITALL))[0]
        mask = connection.recv(4, socket.MSG_WAITALL)
        masked = connection.recv(size, socket.MSG_WAITALL)
        return bytes(byte ^ mask[number % 4] for number, byte in enumerate(masked)).decode()


_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
