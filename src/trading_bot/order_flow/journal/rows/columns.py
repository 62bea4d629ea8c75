"""Which events there are, and the columns that alerts and exits have as rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from ..lines import EXIT_EVENT, WALL_EVENTS

Kind = Literal["text", "time", "whole", "ratio", "exact", "flag", "list"]
"""What a column holds: `str`, aware `datetime`, `int`, `float`, `Decimal`, `bool`, a list."""

ALERT_EVENTS: Final = ("order_flow.large_seller_detected", "order_flow.red_burst_detected")
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {"alert": ALERT_EVENTS, "exit": (EXIT_EVENT,)}
"""Short names of the events that most people look for."""
EVENTS: Final = frozenset(
    {
        *ALERT_EVENTS,
        EXIT_EVENT,
        "order_flow.capture_failed",
        "order_flow.connection",
        "order_flow.data_lost",
        "order_flow.data_validation_error",
        "order_flow.depth_back",
        "order_flow.depth_lost",
        "order_flow.feed_blind",
        "order_flow.feed_degraded",
        "order_flow.feed_recovered",
        "order_flow.feeds_agree",
        "order_flow.feeds_disagree",
        "order_flow.internal_error",
        "order_flow.monitoring_started",
        "order_flow.monitoring_stopped",
        "order_flow.muted",
        "order_flow.position_gone",
        "order_flow.position_seen",
        "order_flow.positions_stale",
        "order_flow.positions_unknown",
        "order_flow.record_reopened",
        "order_flow.regime",
        "order_flow.scale",
        "order_flow.settings_changed",
        "order_flow.settings_refused",
        "order_flow.told",
        *WALL_EVENTS.values(),
        "order_flow.unmuted",
    }
)
"""Every event that a line may have."""

OF_EVERY_LINE: Final[Mapping[str, Kind]] = {
    "schema": "whole",
    "event": "text",
    "timestamp": "time",
    "symbol": "text",
}
OF_ALERTS: Final[Mapping[str, Kind]] = {
    "alert_id": "text",
    "alert_type": "text",
    "severity": "text",
    "source": "text",
    "order_size": "whole",
    "price_level": "exact",
    "volume_ratio": "ratio",
    "sell_ratio": "ratio",
    "sell_ratio_low": "ratio",
    "low_confidence_share": "ratio",
    "late": "flag",
    "delay_seconds": "ratio",
    "context": "list",
    "config_hash": "text",
}
OF_SCALE: Final[Mapping[str, Kind]] = {
    "scale.size": "whole",
    "scale.rank": "whole",
    "scale.of": "whole",
    "scale.larger_at": "time",
    "scale.threshold": "whole",
    "scale.lead": "whole",
    "scale.usual_minute": "whole",
    "scale.memory_from": "time",
    "scale.eased": "flag",
    "scale.orders": "whole",
    "scale.orders_from": "time",
    "scale.days": "whole",
}
OF_EXITS: Final[Mapping[str, Kind]] = {
    "reason": "text",
    "urgency": "text",
    "alert_ids": "list",
    "quantity": "exact",
    "average_price": "exact",
    "stop": "exact",
    "price": "exact",
    "unrealised_pnl": "exact",
    "distance_to_stop": "exact",
    "exit_id": "text",
    "worth": "text",
}
OF_FACTS: Final[Mapping[str, Kind]] = {
    "facts.queue_imbalance": "ratio",
    "facts.market_bp": "whole",
    "facts.above_low_bp": "whole",
    "facts.day_volume_ratio": "ratio",
    "facts.spread": "exact",
    "facts.leaving_bp": "ratio",
    "facts.bid_shares": "whole",
    "facts.held_shares": "exact",
    "facts.leaving_usd": "exact",
}
OF_LEAVING: Final[Mapping[str, Kind]] = {
    "leaving.shares": "exact",
    "leaving.fits": "exact",
    "leaving.cost_usd": "exact",
    "leaving.cost_bp": "ratio",
    "leaving.levels": "whole",
    "leaving.depth_kind": "text",
    "leaving.unknown": "text",
}
OF_CLOCK: Final[Mapping[str, Kind]] = {"latency_ms": "ratio", "logged_at": "time"}
COLUMNS: Final[Mapping[str, Kind]] = {
    **OF_EVERY_LINE,
    **OF_ALERTS,
    **OF_SCALE,
    **OF_EXITS,
    **OF_FACTS,
    **OF_LEAVING,
    **OF_CLOCK,
}
"""The columns of alerts and exits; other events have members of their own beside those of every
line, which stay as they were written."""
