"""What the tests of brokers have in common."""

from __future__ import annotations

import os
import ssl

import pytest
import trustme

from trading_bot.order_flow.providers.network import ClosingSocket


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
