"""Metrics by HTTP, for a Prometheus on this machine: `GET /metrics` on loopback, and nothing else.

What is told names positions, so no page of another origin may read it: a name that was bound to
this machine (DNS rebinding) is not ours, and what a browser sends for another site is refused. Who
hangs has one of a few places, and that for some seconds only; nobody who judges waits for any.

| asked | answer |
| --- | --- |
| by another `Host` than this machine's names | 421 |
| by a page of another site (`Sec-Fetch-Site`) | 403 |
| another path | 404 |
| another method than GET | 405 |
"""

from __future__ import annotations

import io
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from socketserver import TCPServer
from typing import Any, Final, Self
from wsgiref.simple_server import WSGIRequestHandler
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer
from prometheus_client.registry import CollectorRegistry

from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.threads.watch import Threads, Watched

LOOPBACK: Final = "127.0.0.1"
PATH: Final = "/metrics"
MOST_AT_ONCE: Final = 8
"""Connections; a further one is closed at once."""
LONGEST_SECONDS: Final = 10.0
"""How long one may take from its beginning to its end."""
ROUND_SECONDS: Final = 0.5
"""How often connections are looked at."""
STUCK_SECONDS: Final = 30.0
"""How long one answer may take to be made until its thread counts as stuck."""
_OWN_NAMES: Final = (LOOPBACK, "localhost")
_OWN_SITES: Final = ("", "none", "same-origin")
_HEADERS: Final = (
    ("Cache-Control", "no-store"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
)


class PortTakenError(ValueError):
    """The port cannot be had."""


class MetricsServer:
    """Answers from `with` to the end of its block.

    Args:
        registry: What is told.
        port: Where it listens; 0 for one that is free.
        threads: Knows how the guard's threads are.
        round_seconds: How often connections are looked at, and the end is.

    Raises:
        PortTakenError: The port cannot be had.

    Attributes:
        port: Where it listens.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        port: int,
        threads: Threads,
        *,
        round_seconds: float = ROUND_SECONDS,
    ) -> None:
        try:
            self._server = _Server((LOOPBACK, port), _Handler)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise PortTakenError(
                f"--metrics-port {port} cannot be had ({why}): choose another"
            ) from error
        watched = threads.watched("metrics port", STUCK_SECONDS)
        watched.rest()
        self._server.set_app(only_metrics(make_wsgi_app(registry), watched))
        self.port = self._server.server_port
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            args=(round_seconds,),
            name="metrics port",
            daemon=True,
        )

    @property
    def address(self) -> str:
        """What a scraper is given."""
        return f"http://{LOOPBACK}:{self.port}{PATH}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def only_metrics(tell: WSGIApplication, watched: Watched) -> WSGIApplication:
    """Return an application that lets nothing through to another but what is asked rightly.

    Args:
        tell: Tells the metrics.
        watched: Counts its defects.
    """

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        refusal = _refusal(environ)
        if not refusal:
            # Whoever asks is told everything: no part by name.
            asked = {**environ, "QUERY_STRING": ""}
            body = watched.run(partial(tell, asked, partial(_begin, start)))
            watched.rest()
            if body is not None:
                return body
            refusal = "500 Internal Server Error"
        allow = [("Allow", "GET")] if refusal.startswith("405") else []
        _begin(start, refusal, [("Content-Type", "text/plain; charset=utf-8"), *allow])
        return [f"{refusal}\n".encode()]

    return answer


def _begin(
    start: StartResponse, status: str, headers: list[tuple[str, str]]
) -> Callable[[bytes], object]:
    return start(status, [*headers, *_HEADERS])


def _refusal(environ: WSGIEnvironment) -> str:
    if environ.get("HTTP_HOST", "").partition(":")[0].lower() not in _OWN_NAMES:
        return "421 Misdirected Request"
    if environ.get("HTTP_SEC_FETCH_SITE", "") not in _OWN_SITES:
        return "403 Forbidden"
    if environ["PATH_INFO"] != PATH:
        return "404 Not Found"
    if environ["REQUEST_METHOD"] != "GET":
        return "405 Method Not Allowed"
    return ""


class _Server(ThreadingWSGIServer):
    """A thread a connection, few at once, and each for a bounded time."""

    # One that ended just now must not keep the next from its port; not so on Windows, where this
    # lets two listen at once.
    allow_reuse_address = sys.platform != "win32"
    request_queue_size = MOST_AT_ONCE

    def __init__(self, address: tuple[str, int], handler: type[WSGIRequestHandler]) -> None:
        # Before the base class listens.
        self._lock = threading.Lock()
        self._since: dict[socket.socket, float] = {}
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Take the port, and ask nobody for this machine's name."""
        TCPServer.server_bind(self)
        self.server_name = LOOPBACK
        self.server_port = self.socket.getsockname()[1]
        self.setup_environ()

    def verify_request(self, request: Any, _client_address: Any) -> bool:
        """Return whether there is room for one more."""
        with self._lock:
            has_room = len(self._since) < MOST_AT_ONCE
            if has_room:
                self._since[request] = monotonic_seconds()
        return has_room

    def shutdown_request(self, request: Any) -> None:
        """Close a connection that is over."""
        with self._lock:
            self._since.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """End the connections that take too long; the one thread that listens does so."""
        ends = monotonic_seconds() - LONGEST_SECONDS
        with self._lock:
            late = [each for each, since in self._since.items() if since <= ends]
        for each in late:
            # Its thread wakes, and closes it.
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a scraper that went away; what is told has a defence of its own."""


class _Handler(WSGIRequestHandler):
    """One request; nothing of it is logged."""

    timeout = LONGEST_SECONDS

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Log nothing."""

    def get_stderr(self) -> io.StringIO:
        """Return where it is said that a scraper went away: nowhere."""
        return io.StringIO()
