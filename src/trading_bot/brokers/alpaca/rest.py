"""One question to Alpaca by HTTP: a GET, its answer read once, within a hard end."""

from __future__ import annotations

import threading
from typing import Any, Final

import urllib3

from trading_bot.brokers.alpaca.errors import error_from_answer
from trading_bot.order_flow.clock import Clock, monotonic_seconds
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
_CHUNK_BYTES: Final = 65_536
SETTING: Final = "ORDER_FLOW_POSITIONS_URL"


class AlpacaRest:
    """The connections to one host with one key; nothing but GET is ever sent.

    Args:
        base_url: The host.
        key: Its key.
        secret: The key's secret.
        clock: The machine's present.
        seconds: How long one question may take.
        is_paper: Whether the paper account is asked for.
        allow_insecure: Send the key without TLS, also to another machine.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        secret: str,
        *,
        clock: Clock,
        seconds: float,
        is_paper: bool,
        allow_insecure: bool,
    ) -> None:
        self._base_url = base_url
        self._headers = {
            "APCA-API-KEY-ID": key,
            "APCA-API-SECRET-KEY": secret,
            "Accept-Encoding": "identity",
        }
        self._clock = clock
        self._seconds = seconds
        self._is_paper = is_paper
        self._allow_insecure = allow_insecure
        self._pool: urllib3.PoolManager | None = None
        self._lock = threading.Lock()

    def get(self, path: str) -> bytes:
        """Return the body of an answer with status 200.

        Raises:
            DataSourceError: There is none; `code` says why.
        """
        proxy = proxy_for(self._base_url)
        pool = self._opened()
        with hard_end(self._seconds) as end:
            try:
                status, headers, body = self._ask(pool, path)
            except urllib3.exceptions.HTTPError as error:
                if end.is_over:
                    raise self._too_slow(path) from error
                if isinstance(error, urllib3.exceptions.ProxyError) and proxy is not None:
                    raise proxy_failed(self._base_url, proxy) from error
                raise self._network_error(error, path) from error
        # A shut connection looks like the end of a body of no stated length.
        if end.is_over:
            raise self._too_slow(path)
        if status != 200:
            raise error_from_answer(
                status, headers, body, path, self._clock(), is_paper=self._is_paper
            )
        return body

    def close(self) -> None:
        """Close the connections; a later question opens new ones."""
        with self._lock:
            if self._pool is not None:
                self._pool.clear()

    def _opened(self) -> urllib3.PoolManager:
        with self._lock:
            if self._pool is None:
                refuse_insecure(self._base_url, is_allowed=self._allow_insecure, setting=SETTING)
                plain = urllib3.PoolManager(headers=self._headers)
                self._pool = open_pool(plain, self._base_url, 1, proxy_for(self._base_url))
            return self._pool

    def _ask(self, pool: urllib3.PoolManager, path: str) -> tuple[int, Any, bytes]:
        # The first byte gets half of the time, so that a host that is mute is told from one that
        # is slow.
        half = self._seconds / 2
        response = pool.request(
            "GET",
            self._base_url + path,
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
                        f"the answer for {path} is longer than {MOST_BYTES >> 20} MB, which no "
                        "account's positions are; check positions_url",
                        code="too_large",
                    )
                if monotonic_seconds() > until:
                    raise self._too_slow(path)
        finally:
            # What was not read to its end leaves a connection that cannot be used again.
            response.close()
            response.release_conn()
        return response.status, response.headers, bytes(body)

    def _too_slow(self, path: str) -> DataSourceError:
        return DataSourceError(
            f"the answer for {path} comes too slowly, it is given up after {self._seconds:g} s; "
            "check the network",
            code="too_slow",
            retryable=True,
        )

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
