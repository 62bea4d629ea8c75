"""Fixtures of the public values."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from trading_bot import logger
from trading_bot.order_flow.data_models import (
    OrderBookSnapshot,
    OrderFlowAlert,
    TimeAndSalesRecord,
)

from .flow_values import book, large_seller, tick


@pytest.fixture(autouse=True)
def _keys_are_hidden_for_one_test_only() -> Iterator[None]:
    # A hidden key changes how the records of every later test look.
    before = logger._secret_filter._secrets
    yield
    logger._secret_filter._secrets = before


@pytest.fixture
def snapshot_with_large_bid() -> OrderBookSnapshot:
    return book(bids=[(Decimal("100.00"), 12_000), (Decimal("99.99"), 400)])


@pytest.fixture
def sell_record() -> TimeAndSalesRecord:
    return tick(side="sell")


@pytest.fixture
def large_seller_alert() -> OrderFlowAlert:
    return large_seller()
