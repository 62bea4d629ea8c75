"""A server's wish to be left alone is read, in both of its forms."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from trading_bot.order_flow.providers.retry_after import retry_after_seconds

NOW = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)
HTTP_NOW = "Wed, 01 Jul 2026 15:00:00 GMT"
HTTP_LATER = "Wed, 01 Jul 2026 15:00:30 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "-3"}, 0.0),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": HTTP_LATER}, 30.0),
        ({"Retry-After": HTTP_LATER, "Date": HTTP_LATER}, 0.0),
        ({"Retry-After": HTTP_NOW, "Date": HTTP_LATER}, 0.0),
        ({"Retry-After": "Wed, 01 Jul 2026 15:00:30 -0000"}, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(
    headers: dict[str, str], seconds: float | None
) -> None:
    # Given what the provider states
    # When it is read at 15:00, then it is a wait of that length, or unknown
    assert retry_after_seconds(headers, NOW) == seconds
