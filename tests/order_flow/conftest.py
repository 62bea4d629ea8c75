"""Fixtures of the public values."""

from __future__ import annotations

from decimal import Decimal

import pytest
from support.flow_values import book, large_seller, tick

from trading_bot.order_flow.data_models import (
    OrderBookSnapshot,
    OrderFlowAlert,
    TimeAndSalesRecord,
)


@pytest.fixture
def snapshot_with_large_bid() -> OrderBookSnapshot:
    return book(bids=[(Decimal("100.00"), 12_000), (Decimal("99.99"), 400)])


@pytest.fixture
def sell_record() -> TimeAndSalesRecord:
    return tick(side="sell")


@pytest.fixture
def large_seller_alert() -> OrderFlowAlert:
    return large_seller()
