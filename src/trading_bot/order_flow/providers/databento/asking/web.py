"""One question over HTTP: the key as the name of a basic authentication, a small JSON answer.

Nothing is connected before the first question. Redirects are not followed: the key stays with one
host. What is asked is a page of names at most, so that a longer answer is refused.

Source: the provider's pages on its historical API, and its official client.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

import urllib3

from ....clock import monotonic_seconds
from ....diagnostics import hide
from ....errors import DataSourceError
from ...hard_end import hard_end
from ...network import Proxy, certificate_refused, proxy_failed, proxy_for, refuse_insecure
from ...rest_pool import open_pool
from ..control import CLIENT
from ..errors import KEY_NAME, error_from_answer, missing_key

MOST_BYTES: Final = 4_000_000
"""More than the answer for two thousand symbols takes."""
CONNECT_SECONDS: Final = 3.0
READ_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 8.0
"""How long one question may take, whatever comes in pieces."""
_OF_A_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_CHUNK_BYTES: Final = 65_536


class Web:
    """Connections to one host with one key; safe to use from several threads.

    Args:
        key: The provider's key.
        base_url: Host.
        allow_insecure: Send the key without TLS, also to another machine.
        answer_seconds: How long one question may take.
        monotonic: Seconds that never run backwards.
    """

    def __init__(
        self,
        key: str,
        base_url: str,
        *,
        allow_insecure: bool = False,
        answer_seconds: float = ANSWER_SECONDS,
        monotonic: Callable[[], float] = monotonic_seconds,
    ) -> None:
        self._key = key
        self._base_url = base_url.rstrip("/")
        self._allow_insecure = allow_insecure
        self._answer_seconds = answer_seconds
        self._monotonic = monotonic
        self._pool: urllib3.PoolManager | None = None
        self._proxy: Proxy | None = None

    def ask(self, method: str, path: str, fields: Mapping[str, str]) -> bytes:
        """Ask once, and return the body of a good answer.

        Args:
            method: `GET`, or `POST`, which sends the fields as a form.
            path: Path.
            fields: Parameters.

        Raises:
            DataSourceError: No usable answer; `code` says why.
        """
        pool = self._connected()
        until = self._monotonic() + self._answer_seconds
        with hard_end(self._answer_seconds) as end:
            try:
                status, headers, body = self._asked(pool, method, path, fields, until)
            except DataSourceError as error:
                raise (_too_slow(path) if end.is_over else error) from error
        if end.is_over:
            raise _too_slow(path)
        if status != 200:
            raise error_from_answer(status, headers, body, path)
        return body

    def close(self) -> None:
        """Close the connections; a later question opens new ones."""
        if self._pool is not None:
            self._pool.clear()

    def _connected(self) -> urllib3.PoolManager:
        if self._pool is None:
            self._pool = self._open()
        return self._pool

    def _open(self) -> urllib3.PoolManager:
        if not self._key:
            raise missing_key()
        hide(self._key)
        # The HTTP library would name an unfit header, key and all, in its error.
        if not re.fullmatch(r"[\x21-\x39\x3b-\x7e]+", self._key):
            raise DataSourceError(
                f"{KEY_NAME} holds a blank or a character that no key has; copy it again",
                code="wrong_key",
            )
        refuse_insecure(self._base_url, is_allowed=self._allow_insecure)
        login = b64encode(f"{self._key}:".encode()).decode()
        hide(login)
        headers = {
            "Authorization": f"Basic {login}",
            "Accept": "application/json",
            "User-Agent": CLIENT,
        }
        self._proxy = proxy_for(self._base_url)
        own = urllib3.PoolManager(headers=headers)
        return open_pool(own, self._base_url, 1, self._proxy)

    def _asked(
        self,
        pool: urllib3.PoolManager,
        method: str,
        path: str,
        fields: Mapping[str, str],
        until: float,
    ) -> tuple[int, Mapping[str, str], bytes]:
        form = urlencode(fields)
        is_posted = method == "POST"
        try:
            response: Any = pool.request(
                method,
                self._base_url + path + ("" if is_posted or not form else f"?{form}"),
                body=form if is_posted else None,
                headers={**pool.headers, **(_OF_A_FORM if is_posted else {})},
                retries=False,
                redirect=False,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
                preload_content=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise _network_error(error, self._base_url, self._proxy) from error
        try:
            return response.status, response.headers, self._read(response, path, until)
        except urllib3.exceptions.HTTPError as error:
            raise DataSourceError(
                f"the answer for {path} was cut short on its way", code="truncated", retryable=True
            ) from error
        finally:
            # An answer that was not read to its end leaves a connection of no further use.
            response.close()
            response.release_conn()

    def _read(self, response: Any, path: str, until: float) -> bytes:
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise DataSourceError(
                f"the answer for {path} is packed, as nobody asked for; check any proxy",
                code="bad_encoding",
            )
        body = bytearray()
        while piece := response.read(_CHUNK_BYTES, decode_content=False):
            body += piece
            if len(body) > MOST_BYTES:
                raise DataSourceError(
                    f"the answer for {path} is larger than {MOST_BYTES:,} bytes; the provider's "
                    "format may have changed",
                    code="too_large",
                )
            if self._monotonic() > until:
                raise _too_slow(path)
        return bytes(body)


def _network_error(
    error: urllib3.exceptions.HTTPError, base: str, proxy: Proxy | None
) -> DataSourceError:
    kinds = urllib3.exceptions
    if isinstance(error, kinds.ProxyError) and proxy is not None:
        return proxy_failed(base, proxy)
    if isinstance(error, kinds.SSLError):
        return certificate_refused(base)
    return DataSourceError(
        f"{base} gives no answer ({type(error).__name__}); check the network, the name and any "
        "proxy",
        code="unreachable",
        retryable=True,
    )


def _too_slow(path: str) -> DataSourceError:
    return DataSourceError(
        f"the answer for {path} comes too slowly; check the network",
        code="timeout",
        retryable=True,
    )
