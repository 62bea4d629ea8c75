"""What an alert or an exit says in a log: one line for a person, its facts beside it as fields.

The line begins with the event's name and tells the facts, because a text log shows nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ..data_models import OrderFlowAlert
from ..recommendation import ExitRecommendation
from .lines import alert_record, exit_record

_SOURCES = {
    "resting_bid": "rest in the bids",
    "aggressive_sell": "sold at the bid or lower",
    "ask_wall": "offered near the best ask",
    "bid_attacked": "sold at one bid in a row",
    "bid_wall_eaten": "stood in a bid that was eaten",
    None: "for sale",
}


def alert_text(alert: OrderFlowAlert) -> str:
    """Say what was found in one sentence."""
    if alert.alert_type == "large_seller":
        return (
            f"{alert.symbol} large seller, {alert.severity}: {alert.order_size:,} shares "
            f"{_SOURCES[alert.source]}, {alert.price_level} USD"
        )
    sold = "" if alert.sell_ratio is None else f", {alert.sell_ratio:.0%} of it sold"
    return (
        f"{alert.symbol} red burst, {alert.severity}: the last minute traded "
        f"{alert.volume_ratio:.1f} times the usual minute's volume{sold}"
    )


def log_alert(
    logger: logging.Logger, alert: OrderFlowAlert, *, config_hash: str, latency_ms: float | None
) -> None:
    """Log one alert.

    Args:
        logger: Of whoever found it.
        alert: What was found.
        config_hash: Under which settings.
        latency_ms: From the arrival of its data to now; None where unknown.
    """
    fields = alert_record(alert, config_hash=config_hash) | {"latency_ms": latency_ms}
    _log(logger, fields, alert_text(alert))


def log_exit(logger: logging.Logger, recommendation: ExitRecommendation) -> None:
    """Log one recommendation to leave a position."""
    text = f"{recommendation.symbol} exit, {recommendation.urgency}: {recommendation.reason}"
    _log(logger, exit_record(recommendation), text)


def _log(logger: logging.Logger, fields: Mapping[str, Any], text: str) -> None:
    logger.warning("%s %s", fields["event"], text, extra=dict(fields))
