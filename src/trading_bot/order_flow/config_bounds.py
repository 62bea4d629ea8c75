"""The bounds of every setting, and the sentence a user reads when a value lies outside."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Protocol

from .data_models import ALERT_SOURCES, AlertSource, ScaleSource

CHOICES: Mapping[str, tuple[str, ...]] = {
    "monitoring_mode": ("positions_only", "watchlist"),
    "quote_size_unit": ("shares", "round_lots"),
    "sessions": ("regular", "extended"),
    "thresholds": ("own_scale", "fixed"),
}
BOUNDS: Mapping[str, tuple[float, float]] = {
    "large_order_size_threshold": (1_000, math.inf),
    "volume_spike_threshold": (1.5, 10.0),
    "red_burst_threshold": (1.5, 20.0),
    "alert_window_seconds": (30, 300),
    "alerts_per_day": (3, 30),
    "minimum_order_dollars": (0, 10_000_000),
    "minimum_burst_dollars": (0, 100_000_000),
    "minimum_baseline_prints": (0, 1_000),
    "critical_margin": (1.0, 3.0),
    "poll_interval_seconds": (0.1, 60.0),
    "requests_per_second": (0.05, 99.0),
    "freshness_warn_seconds": (1.0, 300.0),
    "freshness_limit_seconds": (1.0, 600.0),
    "blind_after_seconds": (5.0, 600.0),
    "compress_journal_after_days": (0, 3_650),
}
INTEGERS = frozenset(
    {
        "large_order_size_threshold",
        "alert_window_seconds",
        "alerts_per_day",
        "minimum_order_dollars",
        "minimum_burst_dollars",
        "minimum_baseline_prints",
        "compress_journal_after_days",
    }
)
LETTER = ("large_order_size_threshold", "volume_spike_threshold", "red_burst_threshold")
"""The specification's thresholds; one that the trader states wins over own scale."""
OWN_SCALE_NUMBERS = (
    "alerts_per_day",
    "minimum_order_dollars",
    "minimum_burst_dollars",
    "minimum_baseline_prints",
    "critical_margin",
)
"""What own scale has of numbers."""
OVERRIDABLE = (*LETTER, "alert_window_seconds", *OWN_SCALE_NUMBERS)
"""The numbers that may differ from symbol to symbol."""
SCALE_SOURCES = ("burst", *ALERT_SOURCES)
"""What may share the alerts wished for a day."""
_PROVIDER = re.compile(r"[a-z][a-z0-9_]*")
SWITCHES = ("allow_insecure",)
"""Settings that are on or off."""
_SYMBOL = re.compile(r"[A-Z][A-Za-z0-9.\-]{0,14}")


class Settings(Protocol):
    """The settings that are checked against one another; what `OrderFlowConfig` has of them.

    Not that class itself: it is checked as it is made, and so stands above this module.
    """

    @property
    def data_source(self) -> str:
        """Name of the provider."""
        ...

    @property
    def volume_spike_threshold(self) -> float:
        """Last minute over baseline that warns."""
        ...

    @property
    def red_burst_threshold(self) -> float:
        """The same that is critical."""
        ...

    @property
    def freshness_warn_seconds(self) -> float:
        """Age of a snapshot that warns."""
        ...

    @property
    def freshness_limit_seconds(self) -> float:
        """Age of a snapshot that is refused."""
        ...

    @property
    def polygon_api_key(self) -> str:
        """The provider's key."""
        ...

    @property
    def base_url(self) -> str | None:
        """Host of the provider, or None for its own default."""
        ...

    @property
    def allow_insecure(self) -> bool:
        """Send the key without TLS."""
        ...

    @property
    def watchlist(self) -> tuple[str, ...]:
        """Symbols to watch without a position."""
        ...

    @property
    def exit_sources(self) -> tuple[AlertSource, ...]:
        """Sources that count towards an exit."""
        ...

    @property
    def own_scale_sources(self) -> tuple[ScaleSource, ...]:
        """What shares the alerts wished for a day."""
        ...

    @property
    def symbol_overrides(self) -> Mapping[str, Mapping[str, float]]:
        """Thresholds of single symbols."""
        ...


def is_symbol(text: object) -> bool:
    """Return whether `text` is spelled like a stock ticker, class shares such as BRK.B included."""
    return isinstance(text, str) and _SYMBOL.fullmatch(text) is not None


def check_values(config: Settings) -> None:
    """Check every value of a configuration.

    Raises:
        ValueError: The first value of the wrong type or out of its range.
    """
    if not isinstance(config.data_source, str) or not _PROVIDER.fullmatch(config.data_source):
        raise ValueError(
            f"data_source={config.data_source!r} must be the name of a provider such as 'polygon'"
        )
    for name, choices in CHOICES.items():
        value = getattr(config, name)
        if value not in choices:
            raise ValueError(f"{name}={value!r} must be {' or '.join(map(repr, choices))}")
    for name in BOUNDS:
        check_number(name, getattr(config, name))
    for name in SWITCHES:
        if not isinstance(getattr(config, name), bool):
            raise ValueError(f"{name}={getattr(config, name)!r} must be true or false")
    if config.red_burst_threshold < config.volume_spike_threshold:
        raise ValueError(
            f"red_burst_threshold={config.red_burst_threshold!r} must lie between "
            f"volume_spike_threshold ({config.volume_spike_threshold!r}) and 20.0"
        )
    if config.freshness_limit_seconds < config.freshness_warn_seconds:
        raise ValueError(
            f"freshness_limit_seconds={config.freshness_limit_seconds!r} must be at least "
            f"freshness_warn_seconds ({config.freshness_warn_seconds!r})"
        )
    if not isinstance(config.polygon_api_key, str):
        raise ValueError("polygon_api_key must be text")
    _check_base_url(config.base_url)
    _check_members("watchlist", config.watchlist, is_symbol, "ticker symbols such as 'AAPL'")
    sources = f"from {', '.join(ALERT_SOURCES)}"
    _check_members("exit_sources", config.exit_sources, ALERT_SOURCES.__contains__, sources)
    sources = f"from {', '.join(SCALE_SOURCES)}"
    _check_members(
        "own_scale_sources", config.own_scale_sources, SCALE_SOURCES.__contains__, sources
    )
    _check_overrides(config)


def check_number(name: str, value: object) -> None:
    """Check one numeric setting.

    Raises:
        ValueError: It is no number of its kind, or out of its range.
    """
    low, high = BOUNDS[name]
    kinds = (int,) if name in INTEGERS else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
        raise ValueError(f"{name}={value!r} must be {what_is_allowed(name)}")


def what_is_allowed(name: str) -> str:
    """Say in words what a numeric setting may be."""
    low, high = BOUNDS[name]
    kind = "a whole number" if name in INTEGERS else "a number"
    return f"{kind} of at least {low:,}" if math.isinf(high) else f"{kind} from {low} to {high}"


def _check_base_url(value: object) -> None:
    if value is None:
        return
    if not isinstance(value, str) or not re.fullmatch(r"https?://[^/\s?#@]+/?", value):
        raise ValueError(
            f"base_url={value!r} must be a host such as 'https://api.massive.com', without a path"
        )


def _check_members(name: str, value: object, accepts: Callable[[str], bool], members: str) -> None:
    if not isinstance(value, tuple) or not all(accepts(member) for member in value):
        raise ValueError(f"{name}={value!r} must be a list of {members}")
    if len(set(value)) != len(value):
        raise ValueError(f"{name}={value!r} must name each once")


def _check_overrides(config: Settings) -> None:
    if not isinstance(config.symbol_overrides, Mapping):
        raise ValueError(f"symbol_overrides={config.symbol_overrides!r} must map symbols to fields")
    for symbol, own in config.symbol_overrides.items():
        label = f"symbol_overrides[{symbol!r}]"
        if not is_symbol(symbol):
            raise ValueError(f"{label}: the key must be a ticker symbol such as 'AAPL'")
        if not isinstance(own, Mapping) or not set(own) <= set(OVERRIDABLE):
            raise ValueError(f"{label}={own!r} may set only {', '.join(OVERRIDABLE)}")
        for name, value in own.items():
            check_number(name, value)
        spike = own.get("volume_spike_threshold", config.volume_spike_threshold)
        burst = own.get("red_burst_threshold", config.red_burst_threshold)
        if burst < spike:
            raise ValueError(
                f"{label}: red_burst_threshold={burst!r} is below {spike!r}, its spike"
            )
