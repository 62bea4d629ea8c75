"""What differs between the settings in force and others, and what of it may change now; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from ..config import OrderFlowConfig
from ..config_bounds import LETTER

WHILE_RUNNING: Final = (
    "monitoring_mode",
    "large_order_size_threshold",
    "volume_spike_threshold",
    "red_burst_threshold",
    "alert_window_seconds",
    "alerts_per_day",
    "own_scale_sources",
    "minimum_order_dollars",
    "minimum_burst_dollars",
    "critical_margin",
    "minimum_baseline_prints",
    "bid_attack_executions",
    "bid_attack_gap_seconds",
    "watchlist",
    "exit_sources",
    "notify_quiet_hours",
    "symbol_overrides",
)
"""Settings that hold from the next event on: what judges, and what is watched."""
AT_RESTART: Final = (
    "data_source",
    "polygon_api_key",
    # A memory begins with the watch of its symbol, and its day with the history fetched for it.
    "thresholds",
    "sessions",
    "poll_interval_seconds",
    "requests_per_second",
    "quote_size_unit",
    "base_url",
    "depth_url",
    "reference_url",
    "dataset",
    "compression",
    "allow_insecure",
    "freshness_warn_seconds",
    "freshness_limit_seconds",
    "blind_after_seconds",
    "compress_journal_after_days",
    "capture_budget_megabytes",
    # The sender's process is begun with them; they hold secrets, which no line may name.
    "notify_urls",
    "heartbeat_url",
    "positions_source",
    "positions_url",
    "positions_account",
    "positions_paper",
    "positions_stop_percent",
)
"""Settings that connections, drivers and memories are made with."""

Values = Mapping[str, tuple[object, object]]
"""Old and new value by setting, as a settings file writes them."""


class Change(NamedTuple):
    """From the settings in force to others.

    Attributes:
        config: What can be in force from now on: others, but for what needs a restart.
        values: What changes by it.
        at_restart: The settings that differ too and need a restart; their values are not told: the
            key is one of them.
    """

    config: OrderFlowConfig
    values: Values
    at_restart: tuple[str, ...]

    @property
    def restart_words(self) -> str:
        """Say what needs a restart; empty where nothing does."""
        return f"needs a restart: {', '.join(self.at_restart)}" if self.at_restart else ""


def change_of(before: OrderFlowConfig, wanted: OrderFlowConfig) -> Change:
    """Return what is to be done so that other settings are in force.

    Args:
        before: The settings in force.
        wanted: The others.
    """
    values = values_changed(before, wanted)
    at_restart = tuple(
        name for name in AT_RESTART if getattr(before, name) != getattr(wanted, name)
    )
    if not values:
        return Change(before, values, at_restart)
    taken = {name: getattr(wanted, name) for name in WHILE_RUNNING}
    return Change(replace(before, **taken, stated=wanted.stated), values, at_restart)


def values_changed(before: OrderFlowConfig, after: OrderFlowConfig) -> Values:
    """Return old and new value of each setting that may change on the way, where they differ."""
    both = {name: (_value_of(before, name), _value_of(after, name)) for name in WHILE_RUNNING}
    return {name: pair for name, pair in both.items() if pair[0] != pair[1]}


def words_of(values: Values) -> str:
    """Say what changes in a few words."""
    return ", ".join(
        f"{name} {_words_of(old)} -> {_words_of(new)}" for name, (old, new) in values.items()
    )


def _value_of(config: OrderFlowConfig, name: str) -> object:
    """Return a value as a settings file has it: null for a threshold that nobody states."""
    value = getattr(config, name)
    if name in LETTER and name not in (config.stated or ()):
        return None
    if isinstance(value, Mapping):
        return {symbol: dict(own) for symbol, own in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _words_of(value: object) -> str:
    if value is None:
        return "not stated"
    if isinstance(value, list):
        return f"[{', '.join(value)}]"
    if isinstance(value, Mapping):
        owns = (
            f"{symbol} {name}={number:g}"
            for symbol, own in value.items()
            for name, number in own.items()
        )
        return f"[{', '.join(owns)}]"
    return str(value)
