"""Made sessions for the tests of the scorecard: short days, one quote a second."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from trading_bot.order_flow.calendar import session_of
from trading_bot.order_flow.data_models import AlertSource, AlertType, OrderFlowAlert, Severity
from trading_bot.order_flow.market.units import NS_PER_SECOND, utc_from_ns
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.recommendation import ExitRecommendation, Urgency
from trading_bot.research.quote_series import IntArray, QuoteSeries

DAY = date(2013, 11, 29)
"""The day after Thanksgiving: trading ends at 13:00, so a session is 12,600 seconds."""
CENT = 10_000
START = 100_000_000
"""100.00 USD in ticks."""
S = NS_PER_SECOND


def session_bounds(day: date = DAY) -> tuple[int, int]:
    session = session_of(day)
    assert session is not None
    return session.open_ns, session.close_ns


OPEN_NS, CLOSE_NS = session_bounds()


def at(second: float) -> int:
    """Return so many seconds after the open, Unix nanoseconds."""
    return OPEN_NS + round(second * S)


def series_of(
    bids: Sequence[int] | IntArray,
    *,
    symbol: str = "ACME",
    day: date = DAY,
    step_seconds: float = 1.0,
    spread: int = CENT,
) -> QuoteSeries:
    """Return one quote every so many seconds from the open."""
    open_ns, close_ns = session_bounds(day)
    prices = np.array(bids, dtype=np.int64)
    stamps = open_ns + np.arange(len(prices), dtype=np.int64) * round(step_seconds * S)
    sizes = np.full(len(prices), 300, dtype=np.int64)
    return QuoteSeries(
        symbol, day, open_ns, close_ns, stamps, prices, prices + spread, sizes, sizes + 100
    )


def walk(seed: int = 1, *, symbol: str = "ACME", day: date = DAY) -> QuoteSeries:
    """Return a session that goes up or down a cent now and then, by chance alone."""
    open_ns, close_ns = session_bounds(day)
    steps = np.random.default_rng(seed).choice((-CENT, 0, CENT), (close_ns - open_ns) // S)
    return series_of(START + np.cumsum(steps), symbol=symbol, day=day)


def days_after(number: int) -> date:
    """Return a weekday with a session, some after another."""
    day = DAY
    while number:
        day += timedelta(days=1)
        number -= session_of(day) is not None
    return day


def alert_at(
    stamp_ns: int,
    *,
    symbol: str = "ACME",
    kind: AlertType = "red_burst",
    severity: Severity = "warning",
    source: AlertSource | None = None,
) -> OrderFlowAlert:
    burst = kind == "red_burst"
    return OrderFlowAlert(
        symbol=symbol,
        alert_type=kind,
        severity=severity,
        order_size=None if burst else 12_000,
        price_level=None if burst else Decimal("100.00"),
        volume_ratio=3.2 if burst else None,
        timestamp_utc=utc_from_ns(stamp_ns),
        source=source,
        sell_ratio=0.8 if burst else None,
        timestamp_ns=stamp_ns,
    )


def exit_at(
    stamp_ns: int, *, symbol: str = "ACME", urgency: Urgency = "high"
) -> ExitRecommendation:
    return ExitRecommendation(
        symbol=symbol,
        reason="3 large sellers",
        alerts=(),
        position=Position(symbol, Decimal(100), Decimal("100.00")),
        price=None,
        unrealised_pnl=None,
        distance_to_stop=None,
        urgency=urgency,
        timestamp_utc=utc_from_ns(stamp_ns),
    )
