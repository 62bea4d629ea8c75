"""One readable line for whatever a host may be told; pure."""

from __future__ import annotations

from typing import Final

from ..calendar import NEW_YORK
from ..data_models import OrderFlowAlert
from ..notices import GuardStateKind, MonitorEvent
from ..recommendation import ExitRecommendation
from .exit_words import words_of_exit
from .guard_events import as_guard_event
from .scale_words import words_of_facts, words_of_scale

_STATES: Final[dict[GuardStateKind, str]] = {
    "started": "the guard has started",
    "stopped": "the guard has stopped",
    "failed": "the guard has failed",
    "positions_failed": "positions cannot be read",
    "positions_stale": "positions may be old",
    "positions_ok": "positions can be read again",
    "visible": "can be seen again",
    "degraded": "can be seen badly",
    "blind": "cannot be seen",
    "refused": "refused",
    "lost": "was not seen",
    "depth_lost": "its depth cannot be seen",
    "depth_back": "its depth can be seen again",
    "feeds_disagree": "two feeds disagree",
    "feeds_agree": "two feeds agree again",
    "connection": "the connection",
    "risk_manager_failed": "the risk manager failed",
    "events_lost": "events were lost",
    "threshold": "threshold exceeded often",
    "regime": "busier than usual",
    "wall": "large level",
    "record_failed": "the record cannot be written",
    "record_ok": "the record can be written again",
    "record_reopened": "the record was begun anew",
    "settings_changed": "settings changed",
    "settings_refused": "the settings are not taken over",
    "settings_ok": "the settings are right again",
    "capture_failed": "the capture is not whole",
}


def describe(event: MonitorEvent) -> str:
    """Say in one line what happened, when (New York time) and to which symbol."""
    told = as_guard_event(event)
    if isinstance(told, OrderFlowAlert):
        words = f"{told.severity} {describe_alert(told)}"
        if told.late and told.delay_seconds is not None:
            words += f" (late by {told.delay_seconds:.0f} s)"
    elif isinstance(told, ExitRecommendation):
        words = f"exit suggested ({told.urgency}): {words_of_exit(told)}"
        if told.repeated:
            words += " (told before)"
    else:
        words = _STATES[told.kind] + (f": {told.reason}" if told.reason else "")
    stamp = told.timestamp_utc.astimezone(NEW_YORK)
    return " ".join([f"{stamp:%H:%M:%S} ET", *([told.symbol] if told.symbol else []), words])


def describe_alert(alert: OrderFlowAlert) -> str:
    """Say in a few words what an alert is about, and where it is known how rare that is."""
    words = [_found(alert)]
    if alert.scale is not None:
        words.append(words_of_scale(alert, alert.scale))
    line, facts = ": ".join(words), words_of_facts(alert.facts)
    return f"{line}; {facts}" if facts else line


def _found(alert: OrderFlowAlert) -> str:
    if alert.alert_type == "red_burst":
        ratio = f"{alert.volume_ratio:.1f}" if alert.volume_ratio is not None else "?"
        sold = "" if alert.sell_ratio is None else f", {alert.sell_ratio:.0%} sold"
        return f"red burst: {ratio} times the usual minute's volume{sold}"
    size = f"{alert.order_size:,}" if alert.order_size is not None else "?"
    kinds = {
        "resting_bid": f"large bid resting: {size} shares at {alert.price_level}",
        "aggressive_sell": f"large seller: {size} shares sold at {alert.price_level} by one order",
        "bid_wall_eaten": f"large bid eaten: {size} shares stood at {alert.price_level}",
        "bid_attacked": f"bid attacked: {size} shares sold at {alert.price_level} in a row",
        "ask_wall": f"large offer standing: {size} shares at {alert.price_level}",
    }
    return kinds.get(alert.source or "", f"large seller: {size} shares at {alert.price_level}")
