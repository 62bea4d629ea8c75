"""A clock moved by hand, and plain HTTP, for the simulator's tests."""

from __future__ import annotations

import gzip
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc
from trading_bot.simulator.settings import DEFAULT_KEY, MARKET_START

START_NS = ns_from_utc(MARKET_START)
MACHINE_START = datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)
STOCKS = "/v2/snapshot/locale/us/markets/stocks/tickers"


def at(seconds: float) -> int:
    """Return market time so many seconds after the start of the run, Unix nanoseconds."""
    return START_NS + int(seconds * NS_PER_SECOND)


class HandClock:
    """A machine clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = MACHINE_START

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)


def fetch(
    base_url: str,
    path: str,
    *,
    key: str | None = DEFAULT_KEY,
    method: str = "GET",
    body: object = None,
    zipped: bool = False,
    timeout: float = 5.0,
) -> Reply:
    """Ask over a real socket; an HTTP error is a reply like any other."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    if zipped:
        headers["Accept-Encoding"] = "gzip"
    data = None if body is None else json.dumps(body).encode()
    address = path if path.startswith("http") else base_url + path
    request = urllib.request.Request(  # noqa: S310 - the address is the simulator's
        address, data=data, headers=headers, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310 - as above
            status, found, raw = answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            status, found, raw = error.code, dict(error.headers), error.read()
    if found.get("Content-Encoding") == "gzip":
        raw = gzip.decompress(raw)
    return Reply(status, found, raw)
