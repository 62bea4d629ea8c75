"""A plain client of the depth gateway, which speaks its protocol step by step."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import pytest

from support.simulator_helpers import HandClock
from support.stream_helpers import simulator_by_hand
from trading_bot.simulator.gateway.gw_terms import GatewayTerms
from trading_bot.simulator.running import RunningSimulator
from trading_bot.simulator.settings import DEFAULT_KEY

dbn: Any = pytest.importorskip("databento_dbn", reason="the depth gateway needs databento_dbn")

NASDAQ = "XNAS.ITCH"


class GatewayClient:
    """One connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._text = b""
        self._decoder: Any = None
        self._read: list[Any] = []

    def line(self) -> dict[str, str]:
        """Read one line of text."""
        while b"\n" not in self._text:
            data = self.socket.recv(4096)
            if not data:
                raise ConnectionError("the gateway has closed the connection")
            self._text += data
        first, _, self._text = self._text.partition(b"\n")
        return dict(part.split("=", 1) for part in first.decode().split("|"))

    def say(self, **fields: object) -> None:
        """Send one line of text."""
        text = "|".join(f"{name}={value}" for name, value in fields.items())
        self.socket.sendall(text.encode() + b"\n")

    def log_in(
        self, key: str = DEFAULT_KEY, dataset: str = NASDAQ, **more: object
    ) -> dict[str, str]:
        """Answer the challenge; return what the gateway says of it."""
        assert self.line()["lsg_version"]
        digest = sha256(f"{self.line()['cram']}|{key}".encode()).hexdigest()
        self.say(auth=f"{digest}-{key[-5:]}", dataset=dataset, **more)
        packing = dbn.Compression.ZSTD if more.get("compression") == "zstd" else None
        self._decoder = dbn.DBNDecoder(compression=packing or dbn.Compression.NONE)
        return self.line()

    def subscribe(self, schema: str, *symbols: str, **more: object) -> None:
        """Ask for records."""
        fields = {"schema": schema, "stype_in": "raw_symbol", "symbols": ",".join(symbols)}
        self.say(**fields, **more)

    def start(self) -> None:
        """Ask for the records to come."""
        self.say(start_session=0)

    def until(self, is_there: Callable[[list[Any]], object]) -> list[Any]:
        """Read records until what has been read will do; return it."""
        while not is_there(self._read):
            self._take(self._received())
        return self._read

    def rest(self) -> list[Any]:
        """Read records up to the end of the connection."""
        while data := self._received(may_end=True):
            self._take(data)
        return self._read

    def undecoded(self) -> bytes:
        """Return the bytes behind the last whole record."""
        left: bytes = self._decoder.buffer()
        return left

    def _received(self, *, may_end: bool = False) -> bytes:
        if self._text:
            data, self._text = self._text, b""
            return data
        data = self.socket.recv(1 << 16)
        if not (data or may_end):
            raise ConnectionError("the gateway has closed the connection")
        return data

    def _take(self, data: bytes) -> None:
        self._read += self._decoder.write_and_decode(data)


@contextmanager
def gateway_by_hand(
    terms: GatewayTerms | None = None, **settings: Any
) -> Iterator[tuple[RunningSimulator, HandClock]]:
    """Run a simulator with depth, whose clock stands still until it is moved."""
    depth = GatewayTerms() if terms is None else terms
    with simulator_by_hand(depth=depth, **settings) as running:
        yield running


@contextmanager
def connected(simulator: RunningSimulator) -> Iterator[GatewayClient]:
    """Connect and no more."""
    client = GatewayClient(simulator.gateway.port)
    with client.socket:
        yield client


@contextmanager
def client_of(simulator: RunningSimulator, *schemas: str, **more: Any) -> Iterator[GatewayClient]:
    """Connect, log in, subscribe ACME and start."""
    with connected(simulator) as client:
        assert client.log_in(**more)["success"] == "1"
        for schema in schemas:
            client.subscribe(schema, "ACME")
        client.start()
        yield client


def named(records: list[Any], *names: str) -> list[Any]:
    """Return the records of some classes."""
    return [record for record in records if type(record).__name__ in names]


def words(records: list[Any]) -> list[str]:
    """Return what the gateway says of itself."""
    return [
        getattr(each, "msg", "") or each.err for each in named(records, "SystemMsg", "ErrorMsg")
    ]


def says(text: str) -> Callable[[list[Any]], bool]:
    """Return whether the gateway has said something, for `until`."""
    return lambda records: any(text in each for each in words(records))


def count(least: int, *names: str) -> Callable[[list[Any]], bool]:
    """Return whether so many records of some classes have come, for `until`."""
    return lambda records: len(named(records, *names)) >= least
