"""Every question ends within its budget, whatever the other side does; over real sockets."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace

import pytest
from support.drip_server import DROP_SECONDS, HEAD, WAYS, DripServer
from support.provider_stub import KEY, NOW

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.feed.access import ask_time
from trading_bot.order_flow.providers import connecting
from trading_bot.order_flow.providers.connecting import NameLookups, Place
from trading_bot.order_flow.providers.polygon.client import PolygonClient
from trading_bot.order_flow.providers.polygon.provider import PolygonProvider
from trading_bot.order_flow.providers.polygon.session import PolygonSession
from trading_bot.order_flow.retry import RetryPolicy

BUDGET = 0.3
"""Seconds a question has."""
AT_MOST = 2.5
"""Seconds after which even a busy machine has given it up; less than a connection may take."""


def session_of(base_url: str) -> PolygonSession:
    return PolygonSession(
        KEY,
        base_url,
        clock=lambda: NOW,
        monotonic=time.monotonic,
        connect_timeout=3.0,
        read_timeout=5.0,
        connections=4,
    )


def ask(base_url: str) -> tuple[DataSourceError, float]:
    """Ask once, and return the error and the seconds until it came."""
    session = session_of(base_url)
    began = time.monotonic()
    with pytest.raises(DataSourceError) as caught:
        session.get("/v1/marketstatus/now", None, deadline=began + BUDGET)
    took = time.monotonic() - began
    session.close()
    return caught.value, took


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_that_never_ends_is_given_up(way: str) -> None:
    # Given a server that says one thing for ever
    with DripServer(*WAYS[way]) as server:
        # When it is asked
        error, took = ask(f"http://127.0.0.1:{server.port}")
    # Then the question ends, by its own time or because nobody says so much
    assert took < AT_MOST
    assert error.code in ("timeout", "connection_lost")
    assert error.retryable


@pytest.mark.parametrize(
    ("begins", "drop"), [(b"", b""), (b"\x16\x03\x03\x40\x00", b"\x02")], ids=["silent", "drops"]
)
def test_a_tls_handshake_that_never_ends_is_given_up(begins: bytes, drop: bytes) -> None:
    # Given a server whose handshake does not come, or comes byte by byte
    with DripServer(begins, drop) as server:
        # When it is asked
        error, took = ask(f"https://127.0.0.1:{server.port}")
    # Then the question ends
    assert took < AT_MOST
    assert error.code == "timeout"


@pytest.mark.parametrize(
    ("scheme", "begins", "drop"),
    [
        ("http", b"HTTP/1.1 200 ", b"O"),
        ("http", b"HTTP/1.1 200 OK\r\n", b"X: a\r\n"),
        ("https", b"\x16\x03\x03\x40\x00", b"\x02"),
        ("socks5h", b"\x05\x00", b""),
        ("socks5h", b"\x05\x00\x05\x00\x00\x03\xff", b"a"),
        ("socks4a", b"\x00", b""),
    ],
)
def test_a_proxy_that_never_ends_is_given_up(
    scheme: str, begins: bytes, drop: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a proxy that leads nowhere, drop by drop
    with DripServer(begins, drop) as server:
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:{server.port}")
        # When the provider is asked by it
        error, took = ask("https://provider.test")
    # Then the question ends
    assert took < AT_MOST
    assert error.code in ("timeout", "proxy")


def test_a_connection_that_was_kept_ends_as_hard() -> None:
    # Given a server that answers the first question, and drips on the same connection
    is_over = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.recv(65_536)
            connection.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")
            connection.recv(65_536)
            connection.sendall(HEAD)
            while not is_over.wait(DROP_SECONDS):
                connection.sendall(b"X-Slow: a\r\n")

    thread = threading.Thread(target=serve)
    with listener:
        thread.start()
        session = session_of(f"http://127.0.0.1:{listener.getsockname()[1]}")
        session.get("/first", None, deadline=time.monotonic() + 5)
        # When the second question is asked
        began = time.monotonic()
        with pytest.raises(DataSourceError) as caught:
            session.get("/second", None, deadline=began + BUDGET)
        took = time.monotonic() - began
        is_over.set()
        thread.join()
        session.close()
    # Then it ends as well
    assert caught.value.code == "timeout"
    assert took < AT_MOST


def test_a_name_whose_look_up_hangs_ends_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a look-up that never comes back
    names = HangingNames()
    monkeypatch.setattr(connecting, "NAMES", names)
    # When somebody is asked by that name
    error, took = ask("https://provider.test")
    # Then the question ends
    assert took < AT_MOST
    assert error.code == "timeout"


class HangingNames(NameLookups):
    """Looks nothing up."""

    def begin(self, host: str, port: int) -> Future[list[Place]]:
        return Future()


def test_the_clock_look_at_the_start_ends() -> None:
    # Given a server that says the time for ever
    config = OrderFlowConfig(thresholds="fixed", polygon_api_key=KEY, base_url="http://127.0.0.1:1")
    with DripServer(*WAYS["header lines"]) as server:
        config = replace(config, base_url=f"http://127.0.0.1:{server.port}")
        client = PolygonClient(config, policy=RetryPolicy(budget_seconds=BUDGET))
        # When it is asked for the time before a run
        began = time.monotonic()
        offset = ask_time(PolygonProvider(config, client))
        took = time.monotonic() - began
        client.close()
    # Then the run begins without it
    assert offset is None
    assert took < AT_MOST
