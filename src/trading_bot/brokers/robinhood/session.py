"""Questions to Robinhood in robin_stocks' words, each with its status looked at, and with an end.

robin_stocks has one session for the whole process, whose questions have no time-out, and reads an
error as an empty list. So this one says what that one would, its headers and the log-in that a bot
of the same process has made, and leaves that one alone.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from robin_stocks.robinhood import globals as official
from robin_stocks.robinhood import urls

from trading_bot.brokers.exchange import Answer, Exchange
from trading_bot.brokers.robinhood import errors
from trading_bot.order_flow.clock import monotonic_seconds

BASE_URL: Final = "{0.scheme}://{0.netloc}".format(urlsplit(urls.positions_url()))
"""Robinhood's own address."""
_AUTHORIZATION: Final = "Authorization"


class TimedAdapter(BaseAdapter):
    """Lets a session of requests ask at one address, each question within a hard end.

    Args:
        base_url: Where the questions go, whatever host they name.
        allow_insecure: Send the log-in without TLS, also to another machine.
        seconds: How long a question may take that states no time-out.
    """

    def __init__(self, base_url: str, *, allow_insecure: bool, seconds: float) -> None:
        super().__init__()
        self._exchange = Exchange(base_url, allow_insecure=allow_insecure)
        self._seconds = seconds

    def send(self, request: Any, *_stream: bool, timeout: Any = None, **_: Any) -> Any:
        """Ask; see `requests.adapters.BaseAdapter`.

        Raises:
            DataSourceError: There is no whole answer.
        """
        seconds = timeout if isinstance(timeout, int | float) else self._seconds
        body = request.body.encode() if isinstance(request.body, str) else request.body
        # Packed, an answer could be larger than it looks.
        sent = {**request.headers, "Accept-Encoding": "identity"}
        found = self._exchange.ask(request.method, request.path_url, sent, seconds, body)
        answer = requests.Response()
        answer.status_code = found.status
        answer.headers = CaseInsensitiveDict(found.headers)
        answer.raw = BytesIO(found.body)
        answer.url, answer.request, answer.encoding = request.url, request, "utf-8"
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._exchange.close()


class RobinhoodSession:
    """The questions to one address; used by one thread at a time.

    Args:
        base_url: The address; empty for Robinhood's own.
        allow_insecure: Send the log-in without TLS, also to another machine.
        seconds: How long all questions may take that are asked from `begin` on.

    Attributes:
        host: By which name answers speak of Robinhood.
    """

    def __init__(self, base_url: str, *, allow_insecure: bool, seconds: float) -> None:
        self._seconds = seconds
        self._until = 0.0
        self.host = urlsplit(BASE_URL).hostname or ""
        self._adapter = TimedAdapter(
            base_url.rstrip("/") or BASE_URL, allow_insecure=allow_insecure, seconds=seconds
        )
        self._session = requests.Session()
        # Else a file of the home folder could name another log-in, and variables another way.
        self._session.trust_env = False
        self._session.adapters.clear()
        self._session.mount(BASE_URL, self._adapter)

    @property
    def found_authorization(self) -> str:
        """The log-in that a bot of this process has made with robin_stocks; empty for none."""
        return official.SESSION.headers.get(_AUTHORIZATION) or ""

    def begin(self) -> None:
        """Let the time of the questions that follow begin."""
        self._until = monotonic_seconds() + self._seconds

    def get(self, path: str, authorization: str = "") -> Answer:
        """Ask, and return the answer whatever its status.

        Raises:
            DataSourceError: There is no whole answer in time.
        """
        return self._ask("GET", path, authorization)

    def post(self, path: str, fields: dict[str, Any], *, as_json: bool = False) -> Answer:
        """Say something of the log-in, and return the answer whatever its status.

        Raises:
            DataSourceError: There is no whole answer in time.
        """
        kind = "application/json" if as_json else "application/x-www-form-urlencoded"
        given = {"json": fields} if as_json else {"data": fields}
        return self._ask("POST", path, "", {"Content-Type": f"{kind}; charset=utf-8"}, **given)

    def close(self) -> None:
        """Close the connections."""
        self._adapter.close()

    def _ask(
        self,
        method: str,
        path: str,
        authorization: str,
        more: dict[str, str] | None = None,
        **given: Any,
    ) -> Answer:
        left = self._until - monotonic_seconds()
        if left <= 0:
            raise errors.out_of_time(self._seconds)
        headers = {
            name: value for name, value in official.SESSION.headers.items() if value is not None
        }
        headers.pop(_AUTHORIZATION, None)
        if authorization:
            headers[_AUTHORIZATION] = authorization
        found = self._session.request(
            method,
            BASE_URL + path,
            headers=headers | (more or {}),
            timeout=left,
            allow_redirects=False,
            **given,
        )
        return Answer(found.status_code, found.headers, found.content)
