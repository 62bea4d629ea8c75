"""One question to a broker by HTTP, its answer read once, within a hard end."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import urllib3

from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.hard_end import hard_end
from trading_bot.order_flow.providers.network import (
    certificate_refused,
    proxy_failed,
    proxy_for,
    refuse_insecure,
)
from trading_bot.order_flow.providers.rest_pool import open_pool

MOST_BYTES: Final = 16 << 20
"""Of one answer; an account's positions are far fewer."""
SETTING: Final = "ORDER_FLOW_POSITIONS_URL"
"""The variable that names the host."""
_CHUNK_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, whatever its status.

    Attributes:
        status: HTTP status.
        headers: Its headers; the lookup does not mind upper and lower case.
        body: Its body.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class Exchange:
    """The connections to one host; a redirection is an answer like any other.

    Args:
        base_url: The host.
        allow_insecure: Send a key without TLS, also to another machine.
    """

    def __init__(self, base_url: str, *, allow_insecure: bool) -> None:
        self._base_url = base_url
        self._allow_insecure = allow_insecure
        self._pool: urllib3.PoolManager | None = None
        self._lock = threading.Lock()

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        seconds: float,
        body: bytes | None = None,
    ) -> Answer:
        """Ask once.

        Args:
            method: Of HTTP.
            path: Path, and what is asked of it; never shown beyond its question mark.
            headers: What is sent with it.
            seconds: When it ends, whatever the host does.
            body: What is sent.

        Raises:
            DataSourceError: There is no whole answer; `code` says why.
        """
        proxy = proxy_for(self._base_url)
        pool = self._opened()
        shown = path.partition("?")[0]
        with hard_end(seconds) as end:
            try:
                answer = self._ask(pool, method, path, headers, seconds, body)
            except urllib3.exceptions.HTTPError as error:
                if end.is_over:
                    raise _too_slow(shown, seconds) from error
                if isinstance(error, urllib3.exceptions.ProxyError) and proxy is not None:
                    raise proxy_failed(self._base_url, proxy) from error
                raise self._network_error(error, shown) from error
        # A shut connection looks like the end of a body of no stated length.
        if end.is_over:
            raise _too_slow(shown, seconds)
        return answer

    def close(self) -> None:
        """Close the connections; a later question opens new ones."""
        with self._lock:
            if self._pool is not None:
                self._pool.clear()

    def _opened(self) -> urllib3.PoolManager:
        with self._lock:
            if self._pool is None:
                refuse_insecure(self._base_url, is_allowed=self._allow_insecure, setting=SETTING)
                plain = urllib3.PoolManager()
                self._pool = open_pool(plain, self._base_url, 1, proxy_for(self._base_url))
            return self._pool

    def _ask(
        self,
        pool: urllib3.PoolManager,
        method: str,
        path: str,
        headers: Mapping[str, str],
        seconds: float,
        sent: bytes | None,
    ) -> Answer:
        # The first byte gets half of the time, so that a host that is mute is told from one that
        # is slow.
        half, shown = seconds / 2, path.partition("?")[0]
        response = pool.request(
            method,
            self._base_url + path,
            body=sent,
            headers=headers,
            retries=False,
            redirect=False,
            timeout=urllib3.Timeout(connect=half, read=half),
            preload_content=False,
            enforce_content_length=True,
        )
        body, until = bytearray(), monotonic_seconds() + half
        try:
            while piece := response.read(_CHUNK_BYTES, decode_content=False):
                body += piece
                if len(body) > MOST_BYTES:
                    raise DataSourceError(
                        f"the answer for {shown} is longer than {MOST_BYTES >> 20} MB, which no "
                        "account's positions are; check positions_url",
                        code="too_large",
                    )
                if monotonic_seconds() > until:
                    raise _too_slow(shown, seconds)
        finally:
            # What was not read to its end leaves a connection that cannot be used again.
            response.close()
            response.release_conn()
        return Answer(response.status, response.headers, bytes(body))

    def _network_error(self, error: urllib3.exceptions.HTTPError, path: str) -> DataSourceError:
        kinds, base = urllib3.exceptions, self._base_url
        if isinstance(error, kinds.LocationValueError):
            return DataSourceError(
                f"{base} is no address that can be reached; check positions_url",
                code="bad_address",
            )
        # Before the time-outs: in urllib3 1.26 a refused connection counts as one of them.
        if isinstance(error, kinds.NewConnectionError):
            words, code = (
                f"{base} cannot be reached; check the network and positions_url",
                ("unreachable"),
            )
        elif isinstance(error, kinds.TimeoutError):
            words, code = f"{base} does not answer; check the network, or wait for it", "timeout"
        elif isinstance(error, kinds.SSLError):
            return certificate_refused(base)
        elif isinstance(error, kinds.IncompleteRead) or "IncompleteRead" in repr(error):
            words, code = f"the answer for {path} was cut short; it is asked again", "truncated"
        else:
            words = f"{base} closed the connection without an answer; it is asked again"
            code = "connection_lost"
        return DataSourceError(words, code=code, retryable=True)


def _too_slow(path: str, seconds: float) -> DataSourceError:
    return DataSourceError(
        f"the answer for {path} comes too slowly, it is given up after {seconds:g} s; "
        "check the network",
        code="too_slow",
        retryable=True,
    )
