"""A hostile server on a loopback socket: what it says comes in drops, or without an end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, repeat
from types import TracebackType
from typing import Self

DROP_SECONDS = 0.01
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

WAYS: dict[str, tuple[bytes, bytes, bool]] = {
    "nothing": (b"", b"", False),
    "status line": (b"HTTP/1.1 200 ", b"O", False),
    "header line": (HEAD + b"X-Slow: ", b"a", False),
    "header lines": (HEAD, b"X-Slow: a\r\n", False),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n", False),
    "a flood of interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n", True),
    "body of a stated length": (HEAD + b"Content-Length: 9999\r\n\r\n", b" ", False),
    "body without a length": (HEAD + b"\r\n", b" ", False),
    "chunk size": (CHUNKED, b"0", False),
    "chunk extension": (CHUNKED + b"1;", b"a", False),
    "chunk": (CHUNKED + b"fff\r\n", b" ", False),
    "chunks": (CHUNKED, b"1\r\n \r\n", False),
    "trailer": (CHUNKED + b"0\r\n", b"X-Slow: a\r\n", False),
    "a flood of trailers": (CHUNKED + b"0\r\n", b"X-Slow: a\r\n", True),
}
"""What is said at once, the drop that follows for ever, and whether as fast as it goes."""


class DripServer:
    """Takes every connection, reads what is asked, and answers in drops until the other side ends.

    Args:
        begins: Said at once.
        drop: Said for ever after it.
        is_flood: As fast as it goes, not in drops.
        waits_for_question: Says nothing before it was asked.
    """

    def __init__(
        self, begins: bytes, drop: bytes, is_flood: bool = False, *, waits_for_question: bool = True
    ) -> None:
        self._begins, self._drop, self._is_flood = begins, drop, is_flood
        self._waits_for_question = waits_for_question
        self._over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

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
            thread.join()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(5)
            if self._waits_for_question:
                connection.recv(65_536)
            for piece in self._pieces():
                connection.sendall(piece)
                if not self._is_flood and self._over.wait(DROP_SECONDS):
                    return
                if self._over.is_set():
                    return

    def _pieces(self) -> Iterator[bytes]:
        drops: Iterable[bytes] = repeat(self._drop * (1_000 if self._is_flood else 1))
        return chain([self._begins], drops)
