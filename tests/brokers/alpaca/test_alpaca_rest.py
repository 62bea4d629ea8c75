"""One question to Alpaca: its hard end, its way by a proxy, and what is no answer."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import trustme
from support.drip_server import HEAD, WAYS, DripServer
from support.provider_stub import StubProvider
from support.proxy_stub import FAR_HOST, ProxyStub

from trading_bot.brokers import exchange
from trading_bot.brokers.alpaca.rest import AlpacaRest
from trading_bot.order_flow.clock import monotonic_seconds, utc_now
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.network import ClosingSocket

PATH = "/v2/positions"


@pytest.fixture(autouse=True)
def _this_machine_s_network_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
            monkeypatch.delenv(name)


@pytest.fixture
def unvouched() -> ssl.SSLContext:
    """The certificate of a server that no known authority vouches for."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.sslsocket_class = ClosingSocket
    trustme.CA().issue_cert("localhost").configure_cert(context)
    return context


@contextmanager
def asking(url: str, seconds: float = 0.4) -> Iterator[AlpacaRest]:
    asks = AlpacaRest(
        url,
        "the-key",
        "the-secret",
        clock=utc_now,
        seconds=seconds,
        is_paper=True,
        allow_insecure=True,
    )
    try:
        yield asks
    finally:
        asks.close()


def refused(url: str, seconds: float = 0.4) -> DataSourceError:
    with asking(url, seconds) as asks, pytest.raises(DataSourceError) as caught:
        asks.get(PATH)
    assert "the-secret" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("way", WAYS)
def test_every_answer_that_comes_in_drops_is_given_up_in_time(way: str) -> None:
    # Given a broker whose answer comes in drops, in one way or another
    with DripServer(*WAYS[way]) as server:
        began = monotonic_seconds()
        # When it is asked
        error = refused(f"http://127.0.0.1:{server.port}")
        took = monotonic_seconds() - began
    # Then it is given up, and nothing is taken for an answer
    assert took < 5
    assert error.code in ("too_slow", "timeout", "connection_lost", "truncated")


def test_an_answer_that_does_not_end_is_given_up_by_its_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a broker whose answer is longer than any account's positions
    monkeypatch.setattr(exchange, "MOST_BYTES", 1 << 20)
    with DripServer(HEAD + b"\r\n", b" " * 65_536, is_flood=True) as server:
        # When it is asked, then it is given up
        error = refused(f"http://127.0.0.1:{server.port}", seconds=20)
    assert error.code == "too_large"
    assert "longer than 1 MB" in str(error)


def test_a_proxy_that_refuses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a proxy that leads nowhere
    with StubProvider() as host, ProxyStub(host.port, refuses="403 Forbidden") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        # When the broker is asked by it
        error = refused(f"https://{FAR_HOST}", seconds=5)
    # Then the proxy is named, and not the broker
    assert error.code == "proxy"
    assert str(proxy.port) in str(error)


def test_a_certificate_that_nobody_vouches_for_is_refused(unvouched: ssl.SSLContext) -> None:
    # Given a host with a certificate of an authority that is not known
    with StubProvider(certificate=unvouched) as host:
        # When it is asked
        error = refused(host.base_url, seconds=5)
    # Then the key is not sent
    assert error.code == "tls"
    assert host.asked == []


def test_nothing_is_open_before_the_first_question_and_after_the_end() -> None:
    # Given a source that was never asked; when it is let go of twice, then that is all
    with asking("http://127.0.0.1:1") as asks:
        asks.close()
