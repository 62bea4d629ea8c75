"""Fixtures of the public values."""

from __future__ import annotations

import os
import ssl
from decimal import Decimal
from pathlib import Path

import pytest
import trustme
from hypothesis import settings
from support.flow_values import book, large_seller, tick
from support.proxy_stub import FAR_HOST

from trading_bot.order_flow.data_models import (
    OrderBookSnapshot,
    OrderFlowAlert,
    TimeAndSalesRecord,
)
from trading_bot.order_flow.providers.network import ClosingSocket

# How long an example takes is a matter of what else the machine does.
settings.register_profile("any_machine", deadline=None)
settings.load_profile("any_machine")


@pytest.fixture(autouse=True)
def _this_machine_s_network_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """An authority that nobody has heard of."""
    return trustme.CA()


@pytest.fixture(scope="session")
def authority_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("authority") / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def certificate(authority: trustme.CA) -> ssl.SSLContext:
    """What a server shows that this authority vouches for, by both names that the tests use."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.sslsocket_class = ClosingSocket
    authority.issue_cert("localhost", FAR_HOST).configure_cert(context)
    return context


@pytest.fixture
def snapshot_with_large_bid() -> OrderBookSnapshot:
    return book(bids=[(Decimal("100.00"), 12_000), (Decimal("99.99"), 400)])


@pytest.fixture
def sell_record() -> TimeAndSalesRecord:
    return tick(side="sell")


@pytest.fixture
def large_seller_alert() -> OrderFlowAlert:
    return large_seller()
