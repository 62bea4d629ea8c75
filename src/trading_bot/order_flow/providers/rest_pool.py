"""The connections that REST goes by: trusted certificates, and a proxy where there is one.

The official client makes its own, which read no variable of a proxy, and, but for its newest
versions, none of certificates; so they are made here, with its own settings otherwise.
"""

from __future__ import annotations

import socket
from typing import Any

import urllib3
from python_socks import ProxyError
from python_socks.sync import Proxy as SocksProxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .network import Proxy, is_numeric, trusted_certificates


def open_pool(
    official: urllib3.PoolManager, base_url: str, connections: int, proxy: Proxy | None
) -> urllib3.PoolManager:
    """Return connections like those of the official client, by our way to the provider.

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
    if proxy is None:
        return urllib3.PoolManager(**settings)
    if proxy.is_socks:
        pool = urllib3.PoolManager(**settings)
        pool.pool_classes_by_scheme = _socks_pools(SocksProxy(**proxy.socks_arguments))
        return pool
    return urllib3.ProxyManager(
        proxy.address,
        proxy_headers=proxy.authorization,
        proxy_ssl_context=trusted_certificates() if proxy.scheme == "https" else None,
        **settings,
    )


def _socks_pools(way: SocksProxy) -> dict[str, type[HTTPConnectionPool]]:
    """Return pools whose connections begin at a SOCKS proxy.

    urllib3 has the like, for a library that stands still; the stream's serves both.
    """

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _through(way, self)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _through(way, self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _through(way: SocksProxy, connection: HTTPConnection) -> socket.socket:
    try:
        # Always a number here: the session states a time-out for every request.
        return way.connect(connection.host, connection.port, timeout=connection.timeout)
    except (ProxyError, OSError) as error:
        raise urllib3.exceptions.ProxyError("Unable to connect to proxy", error) from error
