"""When should a position be left? Pure: alerts in, answer out.

On the symbol's own scale the rule is the specification's: three large orders sold within the
window, or one burst from four times the usual minute that exceeds everything in memory by a
quarter. An order that says the same as the one before is no alert, and counts all the same; one
that grows may be two alerts, and counts once: so each alert says how many orders there were.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from ..data_models import OrderFlowAlert

LARGE_SELLERS_NEEDED = 3


def counting_large_sellers(
    alerts: Iterable[OrderFlowAlert],
    *,
    symbol: str,
    exit_sources: Collection[str],
    as_of: datetime,
    window: timedelta,
) -> list[OrderFlowAlert]:
    """Return the large-seller alerts of one symbol that count towards an exit, oldest first.

    They lie in the `window` that ends at `as_of`, both ends included, and come from one of
    `exit_sources`; an alert without a source counts. The same object met twice counts once.
    """
    opened_at = as_of - window
    counting = [
        alert
        for alert in {id(each): each for each in alerts}.values()
        if alert.symbol == symbol
        and alert.alert_type == "large_seller"
        and (alert.source is None or alert.source in exit_sources)
        and opened_at <= alert.timestamp_utc <= as_of
    ]
    return sorted(counting, key=lambda alert: alert.timestamp_utc)


def number_of(large_sellers: Sequence[OrderFlowAlert]) -> int:
    """Return how many large sellers the counting alerts speak of.

    A ranked order says how many there were with it; every other alert is one.
    """
    orders = [each.scale.orders for each in large_sellers if each.scale and each.scale.orders]
    return len(large_sellers) - len(orders) + max(orders, default=0)


def large_sellers_are_due(large_sellers: Sequence[OrderFlowAlert]) -> bool:
    """Return whether the counting large sellers are enough to leave: three or more."""
    return number_of(large_sellers) >= LARGE_SELLERS_NEEDED


def counting_red_bursts(
    alerts: Iterable[OrderFlowAlert],
    *,
    symbol: str,
    red_burst_threshold: float,
    as_of: datetime,
    window: timedelta,
) -> list[OrderFlowAlert]:
    """Return the red bursts of one symbol that alone are enough to leave, oldest first."""
    opened_at = as_of - window
    counting = [
        alert
        for alert in alerts
        if alert.symbol == symbol
        and alert.alert_type == "red_burst"
        and alert.volume_ratio is not None
        and alert.volume_ratio >= red_burst_threshold
        and (alert.scale is None or alert.severity == "critical")
        and opened_at <= alert.timestamp_utc <= as_of
    ]
    return sorted(counting, key=lambda alert: alert.timestamp_utc)
