"""The bounds of every setting, and the sentence a user reads when a value lies outside."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Protocol, get_args

from .data_models import ALERT_SOURCES, AlertSource, ScaleSource
from .settings.addresses import ADDRESS, WEB_ADDRESS, shown_address
from .settings.names import did_you_mean

CHOICES: Mapping[str, tuple[str, ...]] = {
    "compression": ("auto", "none", "zstd"),
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
    "bid_attack_executions": (0, 1_000),
    "bid_attack_gap_seconds": (1, 60),
    "poll_interval_seconds": (0.1, 60.0),
    "requests_per_second": (0.05, 99.0),
    "freshness_warn_seconds": (1.0, 300.0),
    "freshness_limit_seconds": (1.0, 600.0),
    "blind_after_seconds": (5.0, 600.0),
    "compress_journal_after_days": (0, 3_650),
    "capture_budget_megabytes": (0, 10_000_000),
    "positions_stop_percent": (0.0, 90.0),
}
INTEGERS = frozenset(
    {
        "large_order_size_threshold",
        "alert_window_seconds",
        "alerts_per_day",
        "minimum_order_dollars",
        "minimum_burst_dollars",
        "minimum_baseline_prints",
        "bid_attack_executions",
        "bid_attack_gap_seconds",
        "compress_journal_after_days",
        "capture_budget_megabytes",
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
OVERRIDABLE = (
    *LETTER,
    "alert_window_seconds",
    *OWN_SCALE_NUMBERS,
    "bid_attack_executions",
    "bid_attack_gap_seconds",
)
"""The numbers that may differ from symbol to symbol."""
_SET = ", ".join(OVERRIDABLE)
SCALE_SOURCES: tuple[ScaleSource, ...] = get_args(ScaleSource)
"""What may share the alerts wished for a day."""
PROVIDER = re.compile(r"[a-z][a-z0-9_]*")
"""What the name of a provider looks like."""
DATA_SOURCE = re.compile(rf"{PROVIDER.pattern}(?:\+{PROVIDER.pattern})?")
"""What the name of a source of data looks like: a provider, or two of which one brings depth."""
HOST = re.compile(r"(?:https?|tcp)://[^/\s?#@]+/?")
"""What the host of a provider looks like."""
QUIET_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d) (exchange|local)")
"""What quiet hours look like: from, to, and whose clock is meant."""
WEB_HOST = re.compile(r"https?://[^/\s?#@]+/?")
"""What the host of a provider's answers over HTTP looks like."""
DATASET = re.compile(r"[A-Z]{4}\.[A-Z0-9]{1,11}")
"""What the name of a dataset looks like: its venue, and its feed."""
_TICKER = "must be a ticker such as 'AAPL'"
SWITCHES = ("allow_insecure", "positions_paper")
"""Settings that are on or off."""
SYMBOL = re.compile(r"[A-Z][A-Za-z0-9.\-]{0,14}")
"""What a ticker looks like."""


class SettingError(ValueError):
    """A setting of the wrong type or out of its range.

    Args:
        words: What is wrong, and what it may be.
        names: The settings that this depends on, the one that is refused first.
    """

    def __init__(self, words: str, *names: str) -> None:
        super().__init__(words)
        self.names = names


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
    def depth_url(self) -> str | None:
        """Host of a pair's second provider, or None for its own default."""
        ...

    @property
    def reference_url(self) -> str | None:
        """Host of what is answered over HTTP, or None for its own default."""
        ...

    @property
    def dataset(self) -> str:
        """Which of a provider's datasets."""
        ...

    @property
    def allow_insecure(self) -> bool:
        """Send the key without TLS."""
        ...

    @property
    def notify_urls(self) -> tuple[str, ...]:
        """Addresses of who receives notices."""
        ...

    @property
    def heartbeat_url(self) -> str | None:
        """Address of a dead-man's switch."""
        ...

    @property
    def notify_quiet_hours(self) -> str | None:
        """Hours in which only what is urgent is sent."""
        ...

    @property
    def positions_source(self) -> str:
        """Who says what is held."""
        ...

    @property
    def positions_url(self) -> str | None:
        """Host of the broker, or None for its own."""
        ...

    @property
    def positions_account(self) -> str:
        """Number of the account that is meant."""
        ...

    @property
    def watchlist(self) -> tuple[str, ...]:
        """Symbols to watch without a position."""
        ...

    @property
    def exit_sources(self) -> tuple[AlertSource, ...] | None:
        """Sources that count towards an exit, or None for those that belong to `thresholds`."""
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
    return isinstance(text, str) and SYMBOL.fullmatch(text) is not None


def what_symbol(given: object) -> str:
    """Say of what is no symbol that it must be one, and which one is meant where that is plain."""
    meant = re.sub(r"[/ _]", ".", given.strip().upper()) if isinstance(given, str) else ""
    return f"must be a ticker; did you mean {meant!r}?" if is_symbol(meant) else _TICKER


def check_values(config: Settings) -> None:
    """Check every value of a configuration.

    Raises:
        SettingError: The first value of the wrong type or out of its range.
    """
    if not isinstance(config.data_source, str) or not DATA_SOURCE.fullmatch(config.data_source):
        raise SettingError(
            f"data_source={config.data_source!r} must be the name of a provider such as 'polygon'",
            "data_source",
        )
    source = config.positions_source
    if not isinstance(source, str) or not PROVIDER.fullmatch(source):
        raise SettingError(
            f"positions_source={source!r} must be 'file' or the name of a broker such as 'alpaca'",
            "positions_source",
        )
    if not isinstance(config.positions_account, str):
        raise SettingError(
            "positions_account must be text: write the number between quotation marks",
            "positions_account",
        )
    for name, choices in CHOICES.items():
        value = getattr(config, name)
        if value not in choices:
            allowed = " or ".join(map(repr, choices))
            raise SettingError(f"{name}={value!r} must be {allowed}", name)
    for name in BOUNDS:
        check_number(name, getattr(config, name))
    for name in SWITCHES:
        if not isinstance(getattr(config, name), bool):
            raise SettingError(f"{name}={getattr(config, name)!r} must be true or false", name)
    if config.red_burst_threshold < config.volume_spike_threshold:
        raise SettingError(
            f"red_burst_threshold={config.red_burst_threshold!r} must lie between "
            f"volume_spike_threshold ({config.volume_spike_threshold!r}) and 20.0",
            "red_burst_threshold",
            "volume_spike_threshold",
        )
    if config.freshness_limit_seconds < config.freshness_warn_seconds:
        raise SettingError(
            f"freshness_limit_seconds={config.freshness_limit_seconds!r} must be at least "
            f"freshness_warn_seconds ({config.freshness_warn_seconds!r})",
            "freshness_limit_seconds",
            "freshness_warn_seconds",
        )
    if not isinstance(config.polygon_api_key, str):
        raise SettingError("polygon_api_key must be text", "polygon_api_key")
    _check_host("base_url", config.base_url, HOST)
    _check_host("depth_url", config.depth_url, HOST)
    _check_host("reference_url", config.reference_url, WEB_HOST)
    _check_host("positions_url", config.positions_url, HOST)
    if not isinstance(config.dataset, str) or not DATASET.fullmatch(config.dataset):
        raise SettingError(
            f"dataset={config.dataset!r} must be the name of a dataset such as 'XNAS.ITCH'",
            "dataset",
        )
    _check_notices(config)
    _check_members("watchlist", config.watchlist, is_symbol, "ticker symbols such as 'AAPL'")
    sources = f"sources among {', '.join(ALERT_SOURCES)}"
    if config.exit_sources is not None:
        _check_members("exit_sources", config.exit_sources, ALERT_SOURCES.__contains__, sources)
    sources = f"sources among {', '.join(SCALE_SOURCES)}"
    _check_members(
        "own_scale_sources", config.own_scale_sources, SCALE_SOURCES.__contains__, sources
    )
    _check_overrides(config)


def check_number(name: str, value: object) -> None:
    """Check one numeric setting.

    Raises:
        SettingError: It is no number of its kind, or out of its range.
    """
    low, high = BOUNDS[name]
    kinds = (int,) if name in INTEGERS else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
        raise SettingError(f"{name}={value!r} must be {what_is_allowed(name)}", name)


def what_is_allowed(name: str) -> str:
    """Say in words what a numeric setting may be."""
    low, high = BOUNDS[name]
    kind = "a whole number" if name in INTEGERS else "a number"
    return f"{kind} of at least {low:,}" if math.isinf(high) else f"{kind} from {low} to {high}"


def _check_host(name: str, value: object, form: re.Pattern[str]) -> None:
    if value is None:
        return
    if not isinstance(value, str) or not form.fullmatch(value):
        raise SettingError(
            f"{name}={value!r} must be a host such as 'https://api.massive.com', without a path",
            name,
        )


def _check_notices(config: Settings) -> None:
    """Check what says who is told, and when; no address is shown but for its scheme and host."""
    urls: object = config.notify_urls
    if not isinstance(urls, tuple):
        raise SettingError("notify_urls must be a list of addresses", "notify_urls")
    for number, url in enumerate(urls, 1):
        if not isinstance(url, str) or not ADDRESS.fullmatch(url):
            raise SettingError(
                f"notify_urls: number {number} must be an address such as mailto://... or json://...",
                "notify_urls",
            )
        if url in urls[: number - 1]:
            raise SettingError(
                f"notify_urls must name each once; number {number}, {shown_address(url)}, stands "
                "there before",
                "notify_urls",
            )
    beat: object = config.heartbeat_url
    if beat is not None and (not isinstance(beat, str) or not WEB_ADDRESS.fullmatch(beat)):
        raise SettingError(
            "heartbeat_url must be an address that begins with http:// or https://",
            "heartbeat_url",
        )
    hours: object = config.notify_quiet_hours
    if hours is None:
        return
    found = QUIET_HOURS.fullmatch(hours) if isinstance(hours, str) else None
    if found is None or found.group(1, 2) == found.group(3, 4):
        raise SettingError(
            f"notify_quiet_hours={hours!r} must be hours and whose clock is meant, such as "
            "'22:00-07:00 local' or '20:00-04:00 exchange'",
            "notify_quiet_hours",
        )


def _check_members(name: str, value: object, accepts: Callable[[str], bool], members: str) -> None:
    if not isinstance(value, tuple) or not all(accepts(member) for member in value):
        raise SettingError(f"{name}={value!r} must be a list of {members}", name)
    if len(set(value)) != len(value):
        raise SettingError(f"{name}={value!r} must name each once", name)


def _check_overrides(config: Settings) -> None:
    if not isinstance(config.symbol_overrides, Mapping):
        raise SettingError(
            f"symbol_overrides={config.symbol_overrides!r} must map symbols to fields",
            "symbol_overrides",
        )
    for symbol, own in config.symbol_overrides.items():
        label = f"symbol_overrides[{symbol!r}]"
        if not is_symbol(symbol):
            raise SettingError(
                f"{label}: the key must be a ticker symbol such as 'AAPL'", "symbol_overrides"
            )
        if not isinstance(own, Mapping):
            raise SettingError(f"{label}={own!r} may set only {_SET}", "symbol_overrides")
        for name, value in own.items():
            if name not in OVERRIDABLE:
                hint = did_you_mean(name, OVERRIDABLE)
                raise SettingError(
                    f"{label}: unknown setting {name!r}{hint} (it may set only {_SET})",
                    "symbol_overrides",
                )
            try:
                check_number(name, value)
            except SettingError as error:
                raise SettingError(f"{label}: {error}", "symbol_overrides") from error
        spike = own.get("volume_spike_threshold", config.volume_spike_threshold)
        burst = own.get("red_burst_threshold", config.red_burst_threshold)
        if burst < spike:
            raise SettingError(
                f"{label}: red_burst_threshold={burst!r} is below {spike!r}, its spike",
                "symbol_overrides",
                "volume_spike_threshold",
                "red_burst_threshold",
            )
