"""Every question ends within its budget, whatever the other side does; over real sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta

import pytest
from support.drip_server import WAYS, DripServer
from support.provider_stub import KEY, NOW, Reply, StubProvider

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers import connecting
from trading_bot.order_flow.providers.connecting import NameLookups, Place
from trading_bot.order_flow.providers.polygon.session import PolygonSession

BUDGET = 0.3
"""Seconds a question has."""
AT_MOST = 1.0
"""Seconds after which even a busy machine has given it up."""


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
    assert (error.code == "connection_lost") == (way in WAYS_REFUSED_EARLIER)


WAYS_REFUSED_EARLIER = ("interim answers", "a flood of interim answers")


@pytest.mark.parametrize("begins", [b"", b"\x16\x03\x03\x40\x00"], ids=["silent", "dripping"])
def test_a_tls_handshake_that_never_ends_is_given_up(begins: bytes) -> None:
    # Given a server whose handshake comes byte by byte
    with DripServer(begins, b"\x02") as server:
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


def test_a_connection_that_was_kept_ends_as_hard(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a connection by which a question was answered already
    with StubProvider(Reply(b"{}")) as provider:
        session = session_of(provider.base_url)
        session.get("/first", None, deadline=time.monotonic() + 5)
        provider.replies = [Reply(b"{}", delay_seconds=1.0)]
        # When the next one is not answered in time
        began = time.monotonic()
        with pytest.raises(DataSourceError) as caught:
            session.get("/second", None, deadline=began + BUDGET)
        took = time.monotonic() - began
        session.close()
    # Then it ends as well
    assert caught.value.code == "timeout"
    assert took < AT_MOST
