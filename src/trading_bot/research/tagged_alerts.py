"""Each alert with what the whole market did at its time, named as its line in the record is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from trading_bot.order_flow.data_models import AlertSource, AlertType, OrderFlowAlert, Severity
from trading_bot.order_flow.journal.lines import alert_id
from trading_bot.order_flow.market.units import iso_utc
from trading_bot.research.market_series import MarketSeries


@dataclass(frozen=True, slots=True)
class TaggedAlert:
    """One alert and its tag.

    The tag is no part of the record: a replay gives the same record whatever it is compared with.

    Attributes:
        alert_id: As in the record.
        symbol: As in the record.
        timestamp: As in the record.
        alert_type: As in the record.
        source: As in the record.
        severity: As in the record.
        market_wide: Whether the market fell at the alert's time; None where its prices are
            missing or older than a minute.
    """

    alert_id: str
    symbol: str
    timestamp: str
    alert_type: AlertType
    source: AlertSource | None
    severity: Severity
    market_wide: bool | None


def tagged(
    alerts: Iterable[OrderFlowAlert], market: MarketSeries, config_hash: str
) -> tuple[TaggedAlert, ...]:
    """Tag alerts, in the order given.

    Args:
        alerts: What the rules found.
        market: Prices of the symbol that stands for the market.
        config_hash: Of the settings that they were found with.
    """
    return tuple(
        TaggedAlert(
            alert_id=alert_id(alert, config_hash),
            symbol=alert.symbol,
            timestamp=iso_utc(alert.timestamp_utc),
            alert_type=alert.alert_type,
            source=alert.source,
            severity=alert.severity,
            market_wide=market.falls_at(alert.timestamp_ns or 0),
        )
        for alert in alerts
    )
