"""The connections that REST goes by: trusted certificates, a proxy where there is one, a hard end.

The official client makes its own, which read no variable of a proxy, and, but for its newest
versions, none of certificates; so they are made here, with its own settings otherwise.
"""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable
from typing import Any, Final, cast

import urllib3
from python_socks import ProxyError
from python_socks.sync import Proxy as SocksProxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from .connecting import NAMES, connect, place_for
from .hard_end import current_end
from .network import Proxy, is_numeric, trusted_certificates

INTERIM_ANSWERS: Final = 10
"""So many times may a server say `100 Continue`; nobody asked it to."""


def open_pool(
    official: urllib3.PoolManager, base_url: str, connections: int, proxy: Proxy | None
) -> urllib3.PoolManager:
    """Return connections like those of the official client, by our way to the provider.

    They are for use inside a `hard_end`.

    Args:
        official: The official client's connections; what they carry of headers, timeouts and
            retries is kept.
        base_url: REST host.
        connections: How many are kept open. By default it is one, or ten, and every thread beyond
            that would connect anew for each request.
        proxy: The way to the provider; None for the straight one.
    """
    settings: dict[str, Any] = dict(official.connection_pool_kw)
    # Else these authorities would be trusted as well.
    settings.pop("ca_certs", None)
    certificates = trusted_certificates()
    if is_numeric(base_url):
        # The library compares numbers itself then; in 1.26 it cannot do so otherwise.
        certificates.check_hostname = False
    settings |= {
        "headers": official.headers,
        "maxsize": connections,
        "ssl_context": certificates,
    }
    if proxy is None or proxy.is_socks:
        pool = urllib3.PoolManager(**settings)
    else:
        pool = urllib3.ProxyManager(
            proxy.address,
            proxy_headers=proxy.authorization,
            proxy_ssl_context=trusted_certificates() if proxy.scheme == "https" else None,
            **settings,
        )
    pool.pool_classes_by_scheme = _pools(_straight if proxy is None else _way_by(proxy))
    return pool


Way = Callable[[HTTPConnection], socket.socket]
"""Opens the socket of a connection, to the provider or to what leads there."""


def _pools(way: Way) -> dict[str, type[HTTPConnectionPool]]:
    """Return pools whose connections begin in one way, and end when their question does."""

    class Plain(HTTPConnection):
        response_class = _Response

        def _new_conn(self) -> socket.socket:
            return way(self)

        def request(self, *args: Any, **settings: Any) -> None:
            _watch_kept(self)
            super().request(*args, **settings)

    class Secure(HTTPSConnection):
        response_class = _Response

        def _new_conn(self) -> socket.socket:
            return way(self)

        def request(self, *args: Any, **settings: Any) -> None:
            _watch_kept(self)
            super().request(*args, **settings)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


class _Response(http.client.HTTPResponse):
    """An answer that begins after a few interim ones at most.

    Those that came before the socket was shut would all be read, one by one.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._beginnings = 0

    def _read_status(self) -> tuple[str, int, str]:
        self._beginnings += 1
        if self._beginnings > INTERIM_ANSWERS:
            raise http.client.HTTPException("too many interim answers")
        return super()._read_status()  # type: ignore[misc, no-any-return] # unknown to the stubs


def _watched(opened: socket.socket) -> socket.socket:
    current_end().watch(opened.fileno())
    return opened


def _watch_kept(connection: HTTPConnection) -> None:
    """Watch over a connection that an earlier question has left open."""
    if connection.sock is not None:
        current_end().watch(connection.sock.fileno())


def _straight(connection: HTTPConnection) -> socket.socket:
    host, port = connection.host.strip("[]"), _port_of(connection)
    try:
        opened = connect(host, port, _seconds_of(connection), connection.socket_options or ())
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, "no address answers in time") from error
    except OSError as error:
        raise NewConnectionError(connection, "no address takes the connection") from error
    return _watched(opened)


def _way_by(proxy: Proxy) -> Way:
    """Return how a connection begins at a proxy.

    What speaks HTTP is led by urllib3 itself. It has the like for SOCKS, by a library that stands
    still; the stream's serves both.
    """
    if not proxy.is_socks:
        return _straight

    def through(connection: HTTPConnection) -> socket.socket:
        try:
            return _through(proxy, connection)
        except (ProxyError, OSError) as error:
            raise urllib3.exceptions.ProxyError("Unable to connect to proxy", error) from error

    return through


def _through(proxy: Proxy, connection: HTTPConnection) -> socket.socket:
    seconds, port = _seconds_of(connection), _port_of(connection)
    host = connection.host
    if not proxy.looks_up_names:
        host = place_for(proxy, NAMES.begin(host, port).result(seconds))
    beneath = _watched(connect(proxy.host, proxy.port, seconds))
    way = SocksProxy(**proxy.socks_arguments, forward=cast(SocksProxy, _Begun(beneath)))
    return way.connect(host, port, timeout=seconds)


class _Begun:
    """What python-socks takes for an earlier proxy on the way: the connection is there already."""

    def __init__(self, opened: socket.socket) -> None:
        self._opened = opened

    def connect(self, **_place: object) -> socket.socket:
        return self._opened


def _seconds_of(connection: HTTPConnection) -> float:
    # A number: the session states a time-out for every request.
    return cast(float, connection.timeout)


def _port_of(connection: HTTPConnection) -> int:
    return connection.port or connection.default_port
