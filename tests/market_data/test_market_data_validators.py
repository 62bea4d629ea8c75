"""Quotes that cannot be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from trading_bot.market_data.validators import MAX_CLOCK_SKEW, is_skewed, validate_quote
from trading_bot.order_flow.errors import DataValidationError
from trading_bot.order_flow.market.facts import Quote

NOW = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def quote(**changes: Any) -> Quote:
    fields: dict[str, Any] = {
        "symbol": "AAPL",
        "bid_price": Decimal("120.46"),
        "bid_size": 100,
        "ask_price": Decimal("120.47"),
        "ask_size": 200,
        "timestamp_utc": NOW,
        "received_at_utc": NOW,
    }
    return Quote(**(fields | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"bid_price": None, "bid_size": 0},
        {"ask_price": None, "ask_size": 0},
        {"ask_price": Decimal("120.46")},
        {"timestamp_utc": NOW + MAX_CLOCK_SKEW},
        {"timestamp_utc": NOW - timedelta(days=3)},
    ],
    ids=["plain", "no bid", "no ask", "locked", "at the skew", "old"],
)
def test_a_possible_quote_passes(changes: dict[str, Any]) -> None:
    # Given a quote that can be
    # When it is checked, then nothing is raised
    validate_quote(quote(**changes))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"bid_price": None, "ask_price": None}, "empty_book"),
        ({"bid_price": Decimal("120.48")}, "crossed_book"),
        ({"timestamp_utc": NOW + MAX_CLOCK_SKEW + TICK}, "future_timestamp"),
    ],
)
def test_an_impossible_quote_is_refused_by_name(changes: dict[str, Any], code: str) -> None:
    # Given a quote that cannot be
    # When it is checked, then it is refused
    with pytest.raises(DataValidationError) as caught:
        validate_quote(quote(**changes))
    assert (caught.value.code, caught.value.symbol) == (code, "AAPL")


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("apart", "skewed"), [(-TICK, False), (TICK * 0, False), (TICK, True)])
def test_clocks_may_differ_by_the_skew_allowed(sign: int, apart: timedelta, skewed: bool) -> None:
    # Given two clocks that differ by the skew allowed, a little less or more, either way
    server = NOW + sign * (MAX_CLOCK_SKEW + apart)
    # When they are compared, then only more counts
    assert is_skewed(server, NOW) is skewed
