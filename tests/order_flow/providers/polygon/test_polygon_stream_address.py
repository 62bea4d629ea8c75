from __future__ import annotations

import pytest

from trading_bot.order_flow.providers.polygon.stream_address import stream_url


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        (None, "wss://socket.massive.com/stocks"),
        ("https://api.polygon.io", "wss://socket.polygon.io/stocks"),
        ("https://api.massive.com", "wss://socket.massive.com/stocks"),
        ("https://business.massive.com", "wss://business.massive.com/stocks"),
        ("http://127.0.0.1:8765", "ws://127.0.0.1:8765/stocks"),
        ("https://example.org/", "wss://example.org/stocks"),
    ],
)
def test_the_stream_belongs_to_the_rest_host(base_url: str | None, url: str) -> None:
    # Given a REST host
    # When its stream is looked for
    found = stream_url(base_url)
    # Then it is the provider's, or that of the same host
    assert found == url
