"""One HTTP request through the official client's own connections.

The official client hides status and headers, so its base address and authentication are used, and
the answer is read here. Works with massive 2.9.1, and with polygon-api-client 1.16.3 (urllib3 2)
and 1.12.5 (urllib3 1.26).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import urllib3

from ...clock import Clock
from ...config import KEY_NAMES
from ...diagnostics import hide
from ...errors import DataSourceError
from ...market.units import ns_from_utc
from ..hard_end import hard_end
from ..network import (
    Proxy,
    certificate_refused,
    proxy_failed,
    proxy_for,
    refuse_insecure,
)
from ..rest_pool import open_pool
from .body import Body, cut_short
from .errors import missing_key
from .official_client import open_official_client, rest_url

_CHUNK_BYTES = 65_536
_LEAST_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status.

    Attributes:
        status: HTTP status.
        headers: Headers; the lookup does not mind upper and lower case.
        body: The body, decompressed.
        received_ns: When its last byte arrived, Unix nanoseconds.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    received_ns: int


class PolygonSession:
    """Connections to one host with one key; safe to use from several threads.

    Nothing is connected before the first request.

    Args:
        api_key: The provider's key.
        base_url: Host, as in the configuration; None means the provider's own.
        clock: Tells when bytes arrived.
        monotonic: Seconds that never run backwards.
        connect_timeout: Seconds to connect.
        read_timeout: Seconds between two pieces of an answer.
        connections: How many connections are kept, one for each thread at work.
        allow_insecure: Send the key without TLS, also to another machine.
    """

    def __init__(
        self,
        api_key: str,
        base_url: str | None,
        *,
        clock: Clock,
        monotonic: Callable[[], float],
        connect_timeout: float,
        read_timeout: float,
        connections: int,
        allow_insecure: bool = False,
    ) -> None:
        self._api_key = api_key
        self._base_url = rest_url(base_url)
        self._clock = clock
        self._monotonic = monotonic
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._connections = connections
        self._allow_insecure = allow_insecure
        self._official: Any = None
        self._proxy: Proxy | None = None
        self._lock = threading.Lock()

    def get(self, path: str, params: Mapping[str, Any] | None, *, deadline: float) -> Answer:
        """Send one GET and read its answer, once.

        Redirects are not followed: the key stays with one host.

        Args:
            path: Path, and query where it stands in a link of the provider.
            params: Query parameters.
            deadline: Time of the monotonic clock at which the answer must be complete.

        Raises:
            DataSourceError: `missing_key`, `wrong_key`, `insecure`, `no_client`, `bad_address`,
                `bad_proxy`, `proxy`, `unreachable`, `timeout`, `connection_lost`, `tls`,
                `truncated`, `bad_encoding` or `too_large`.
        """
        official = self._connected()
        # Connecting and the first byte get half of what is left, the body the other half.
        half = max((deadline - self._monotonic()) / 2, _LEAST_SECONDS)
        with hard_end(2 * half) as end:
            try:
                answer = self._ask(official, path, params, deadline, half)
            except DataSourceError as error:
                if end.is_over:
                    raise _too_slow(path) from error
                raise
        # A shut connection looks like the end of headers, or of a body of no stated length.
        if end.is_over:
            raise _too_slow(path)
        return answer

    def _ask(
        self,
        official: Any,
        path: str,
        params: Mapping[str, Any] | None,
        deadline: float,
        half: float,
    ) -> Answer:
        read_seconds = min(self._read_timeout, half)
        try:
            response = official.client.request(
                "GET",
                official.BASE + path,
                fields=dict(params) if params else None,
                headers=official.headers,
                retries=False,
                redirect=False,
                timeout=urllib3.Timeout(
                    total=half, connect=min(self._connect_timeout, half), read=read_seconds
                ),
                preload_content=False,
                enforce_content_length=True,
            )
        except urllib3.exceptions.HTTPError as error:
            raise _network_error(error, self._base_url, self._proxy) from error
        try:
            body = self._read(response, path, deadline - read_seconds)
        except urllib3.exceptions.TimeoutError as error:
            raise _too_slow(path) from error
        except urllib3.exceptions.HTTPError as error:
            raise cut_short(path.partition("?")[0]) from error
        finally:
            # An answer that was not read to its end leaves a connection that cannot be used again.
            response.close()
            response.release_conn()
        return Answer(response.status, response.headers, body, ns_from_utc(self._clock()))

    def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        with self._lock:
            if self._official is not None:
                self._official.client.clear()

    def _connected(self) -> Any:
        with self._lock:
            if self._official is None:
                self._official = self._open()
            return self._official

    def _open(self) -> Any:
        if not self._api_key:
            raise missing_key()
        hide(self._api_key)
        # The HTTP library would name an unfit header, key and all, in its error.
        if not re.fullmatch(r"[\x21-\x7e]+", self._api_key):
            raise DataSourceError(
                f"{KEY_NAMES} holds a blank or a character that no key has; copy it again",
                code="wrong_key",
            )
        refuse_insecure(self._base_url, is_allowed=self._allow_insecure)
        # Not before it is needed: it takes a quarter of a second, and a replay asks nobody.
        official = open_official_client(self._api_key, self._base_url)
        self._proxy = proxy_for(self._base_url)
        official.client = open_pool(official.client, self._base_url, self._connections, self._proxy)
        return official

    def _read(self, response: Any, path: str, latest: float) -> bytes:
        # urllib3 2 gives what has arrived; 1.26 waits until the whole piece is there.
        take = getattr(response, "read1", response.read)
        body = Body(response.headers.get("Content-Encoding", ""), path.partition("?")[0])
        while piece := take(_CHUNK_BYTES, decode_content=False):
            body.take(piece)
            if self._monotonic() > latest:
                raise _too_slow(path)
        return body.whole()


def _network_error(
    error: urllib3.exceptions.HTTPError, base: str, proxy: Proxy | None
) -> DataSourceError:
    kinds = urllib3.exceptions
    if isinstance(error, kinds.ProxyError) and proxy is not None:
        return proxy_failed(base, proxy)
    if isinstance(error, kinds.LocationValueError):
        return DataSourceError(
            f"{base} is no address that can be reached; check ORDER_FLOW_BASE_URL",
            code="bad_address",
        )
    # Before the time-outs: in urllib3 1.26 a refused connection counts as one of them.
    if isinstance(error, kinds.NewConnectionError):
        return DataSourceError(
            f"{base} cannot be reached; check the network, the name and any proxy",
            code="unreachable",
            retryable=True,
        )
    if isinstance(error, kinds.TimeoutError):
        return DataSourceError(
            f"{base} does not answer in time; check the network, or wait for the provider",
            code="timeout",
            retryable=True,
        )
    if isinstance(error, kinds.SSLError):
        return certificate_refused(base)
    return DataSourceError(
        f"{base} closed the connection without an answer; asking again may help",
        code="connection_lost",
        retryable=True,
    )


def _too_slow(path: str) -> DataSourceError:
    return DataSourceError(
        f"the answer for {path.partition('?')[0]} comes too slowly; check the network",
        code="timeout",
        retryable=True,
    )
