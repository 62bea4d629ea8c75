"""Hand-made values that the tests of the rules share: one regular trading day, a Tuesday."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from trading_bot.order_flow.data_models import (
    AlertSource,
    Level,
    OrderBookSnapshot,
    OrderFlowAlert,
    Severity,
    Side,
    TimeAndSalesRecord,
)
from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc

OPEN = datetime(2026, 3, 10, 13, 30, tzinfo=UTC)
"""09:30 in New York."""
NOON = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)
OPEN_NS = ns_from_utc(OPEN)
NOON_NS = ns_from_utc(NOON)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)
S = NS_PER_SECOND
BID, ASK = 100_000_000, 100_020_000
"""100.00 and 100.02 USD in ticks."""


def book(
    bids: list[Level] | None = None,
    asks: list[Level] | None = None,
    *,
    symbol: str = "AAPL",
    at: datetime = NOON,
    received_at: datetime | None = None,
) -> OrderBookSnapshot:
    return OrderBookSnapshot(
        symbol=symbol,
        bids=[(Decimal("100.00"), 300)] if bids is None else bids,
        asks=[(Decimal("100.02"), 500)] if asks is None else asks,
        timestamp_utc=at,
        received_at_utc=received_at,
    )


def tick(
    at: datetime = NOON,
    size: int = 100,
    side: Side = "sell",
    *,
    symbol: str = "AAPL",
    price: str = "100.00",
    **more: Any,
) -> TimeAndSalesRecord:
    return TimeAndSalesRecord(
        symbol=symbol, price=Decimal(price), size=size, side=side, timestamp_utc=at, **more
    )


def large_seller(
    at: datetime = NOON,
    *,
    symbol: str = "AAPL",
    source: AlertSource | None = "aggressive_sell",
    severity: Severity = "warning",
    size: int = 12_000,
    **more: Any,
) -> OrderFlowAlert:
    return OrderFlowAlert(
        symbol=symbol,
        alert_type="large_seller",
        severity=severity,
        order_size=size,
        price_level=Decimal("100.00"),
        volume_ratio=None,
        timestamp_utc=at,
        source=source,
        **more,
    )


def red_burst(
    at: datetime = NOON,
    *,
    symbol: str = "AAPL",
    volume_ratio: float | None = 4.5,
    sell_ratio: float | None = 0.8,
) -> OrderFlowAlert:
    return OrderFlowAlert(
        symbol=symbol,
        alert_type="red_burst",
        severity="critical",
        order_size=None,
        price_level=None,
        volume_ratio=volume_ratio,
        timestamp_utc=at,
        sell_ratio=sell_ratio,
    )
