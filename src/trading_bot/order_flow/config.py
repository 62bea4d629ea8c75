"""What a trader may set: each threshold, its unit, its bounds, and where its value came from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from .config_bounds import (
    BOUNDS,
    INTEGERS,
    LETTER,
    OVERRIDABLE,
    OWN_SCALE_NUMBERS,
    SettingError,
    check_values,
)
from .data_models import LETTER_SOURCES, RANKED_EXIT_SOURCES, AlertSource, ScaleSource
from .read_only_mapping import ReadOnlyMapping
from .settings.sources import (
    DEFAULT_ENV_FILE,
    FORMER_VARIABLES,
    KEY_NAMES,
    SECRET_SETTINGS,
    SWITCH_WORDS,
    Gathered,
    Origin,
    gather,
    variables_of,
)

__all__ = [
    "DEFAULT_BASELINE_PRINTS",
    "DEFAULT_CONFIG_PATH",
    "DEFAULT_DATASET",
    "DEFAULT_ENV_FILE",
    "FIELD_NAMES",
    "FORMER_VARIABLES",
    "KEY_NAMES",
    "LARGE_ORDER",
    "RED_BURST",
    "SECRET_SETTINGS",
    "SPIKE",
    "SWITCH_WORDS",
    "VARIABLES",
    "Compression",
    "MonitoringMode",
    "OrderFlowConfig",
    "Origin",
    "QuoteSizeUnit",
    "ResolvedConfig",
    "Sessions",
    "SymbolThresholds",
    "Thresholds",
    "resolve",
]

MonitoringMode = Literal["positions_only", "watchlist"]
QuoteSizeUnit = Literal["shares", "round_lots"]
Thresholds = Literal["own_scale", "fixed"]
Sessions = Literal["regular", "extended"]
Compression = Literal["auto", "none", "zstd"]

DEFAULT_CONFIG_PATH = Path("config/order_flow_config.json")
DEFAULT_BASELINE_PRINTS = 20
"""Four a minute; a ratio to fewer says more of their chance than of the market."""
BID_ATTACK_EXECUTIONS = 5
BID_ATTACK_GAP_SECONDS = 10


DEFAULT_DATASET = "XNAS.ITCH"
"""Nasdaq's own feed: one venue, all of its orders."""
LARGE_ORDER = 10_000
SPIKE = 3.0
RED_BURST = 4.0
_UNSTATED: Mapping[str, float] = dict(zip(LETTER, (LARGE_ORDER, SPIKE, RED_BURST), strict=True))
"""The specification's thresholds where nobody states another."""


_LATER: Mapping[str, object] = {
    "minimum_baseline_prints": DEFAULT_BASELINE_PRINTS,
    "bid_attack_executions": BID_ATTACK_EXECUTIONS,
    "bid_attack_gap_seconds": BID_ATTACK_GAP_SECONDS,
    "dataset": DEFAULT_DATASET,
}
"""Settings that came later than the hash, and what they are by default."""


_RANKED_BY: Mapping[str, tuple[str, str]] = {
    "large_order_size_threshold": ("orders and offers", "not used, own scale decides"),
    "volume_spike_threshold": ("bursts", "only for a symbol without a memory, own scale decides"),
    "red_burst_threshold": ("bursts", "the least of a critical burst, own scale decides"),
}
"""What own scale ranks where a threshold is not stated, and what the threshold is for then."""


class _Whole(int):
    """A default that nobody has stated; taken for a plain number once that is noted."""


class _Real(float):
    """The same with a decimal point."""


@dataclass(frozen=True, slots=True)
class SymbolThresholds:
    """The numbers that hold for one symbol; units as in `OrderFlowConfig`.

    Attributes:
        tells_bid_attacks: Attacks on its bid are told: only where they are asked for.
        stated: Those of the specification's thresholds that the trader states for it.
    """

    large_order_size_threshold: int
    volume_spike_threshold: float
    red_burst_threshold: float
    alert_window_seconds: int
    alerts_per_day: int
    minimum_order_dollars: int
    minimum_burst_dollars: int
    minimum_baseline_prints: int
    critical_margin: float
    bid_attack_executions: int
    bid_attack_gap_seconds: int
    tells_bid_attacks: bool
    stated: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OrderFlowConfig:
    """Settings of the order-flow guard. A threshold is the smallest value that alerts.

    Attributes:
        data_source: Name of the provider; those that are installed can be used. `A+B` takes prints
            and quotes of A, and the depth of B.
        polygon_api_key: The provider's key, of Massive as of Polygon.io; may be empty until the
            live client connects.
        monitoring_mode: `positions_only` watches what is held, `watchlist` adds the watchlist.
        large_order_size_threshold: Shares, at least 1,000.
        volume_spike_threshold: Last 60 s over baseline that warns, 1.5 to 10.0; 3.0 means 300 %.
        red_burst_threshold: The same that is critical, from `volume_spike_threshold` to 20.0.
        alert_window_seconds: Window of the exit rule in seconds, 30 to 300.
        thresholds: `own_scale` ranks each event among those of the symbol's last 6.5 trading hours,
            where quotes and prints are judged together, as guard, monitor and replay do; `fixed`
            keeps the numbers above, which detectors called by themselves always do. A number above
            that is stated wins for its kind. Extended sessions are always judged by them.
        alerts_per_day: Large events wished for a symbol and regular session, 3 to 30; there are
            about 1.3 times as many lines.
        own_scale_sources: What shares that wish: `burst`, `aggressive_sell`, `ask_wall`,
            `resting_bid`; what is not listed gives no alert under own scale. `bid_attacked` may be
            listed too: it is told beside that wish, under fixed thresholds as well, unranked, some
            hundreds of times a day.
        minimum_order_dollars: USD below which no order or level is ever large under own scale,
            0 to 10,000,000.
        minimum_burst_dollars: USD below which no minute is ever a burst under own scale, 0 to
            100,000,000.
        critical_margin: How far a critical event exceeds everything in memory, 1.0 to 3.0.
        minimum_baseline_prints: Prints that the minutes before must hold for a red burst to be
            judged, 0 to 1,000; 0 asks for none. It holds where quotes and prints are judged
            together, as guard, monitor and replay do; `detect_red_burst` by itself asks for none.
        bid_attack_executions: So many executions at one bid price are an attack on it, 0 to 1,000;
            0 tells of none.
        bid_attack_gap_seconds: The longest time between two of them in seconds, 1 to 60.
        watchlist: Symbols watched beside the positions in `watchlist` mode.
        exit_sources: Sources of large sellers that count towards an exit; no other ever does. None
            leaves it to `thresholds`: the specification's three where they are fixed, as in
            extended sessions and for detectors called by themselves; `aggressive_sell` alone on own
            scale. See `counting_sources`.
        poll_interval_seconds: Wished time between two polls of one symbol, 0.1 to 60.
        requests_per_second: Upper limit of REST requests, 0.05 to 99.
        quote_size_unit: Unit of the sizes in the provider's quotes, `shares` or `round_lots`.
        base_url: Host of the provider; None means its own. The stream's follows from it.
        depth_url: Host of the second provider of a pair, as `base_url` is the first one's; None
            means its own.
        reference_url: Host of what Databento answers over HTTP, beside its gateway; None means its
            own, and none where `base_url` names another gateway.
        dataset: Which of Databento's datasets, such as `XNAS.ITCH`, Nasdaq's own book; other
            providers have one.
        compression: How Databento's gateway packs what it sends: `none`, `zstd`, or `auto`, which
            packs for more than 10 symbols where there is something to unpack it.
        allow_insecure: Send the key without TLS to a `base_url` that is another machine's, so that
            everyone on the way can read it.
        freshness_warn_seconds: Age from which a snapshot is a warning, 1 to 300 s.
        freshness_limit_seconds: Age beyond which a snapshot is refused, 1 to 600 s.
        blind_after_seconds: Time without a usable answer that makes a symbol blind, 5 to 600 s.
        sessions: `regular` judges bursts from 09:30 to 16:00 New York, `extended` 04:00 to 20:00.
        compress_journal_after_days: Days of the record before so many days ago are compressed, 0 to
            3,650; 0 compresses none. It changes no alert.
        capture_budget_megabytes: What the frames beside captures in one folder may take of the
            disk, 0 to 10,000,000; 0 keeps none. It changes no alert.
        notify_urls: Addresses of who receives notices, as the library apprise writes them, such as
            mailto:// or json://; they hold secrets. None are sent without one.
        heartbeat_url: Address of a dead-man's switch that is asked every minute while the guard
            lives, http or https; None asks nobody.
        notify_quiet_hours: Hours in which nothing is sent but exits and what leaves a position
            unprotected, such as 22:00-07:00 local, or 20:00-04:00 exchange; None has none.
        positions_source: Who says what is held: `file`, or the name of a broker that can be read.
        positions_url: Host of that broker; None means its own.
        positions_account: Number of the account that is meant; empty where the key has but one.
        positions_paper: Read the account of pretended money.
        positions_stop_percent: Per cent of the average price at which a broker's position without a
            stop in the positions file is to be left, 0 to 90; 0 for none.
        symbol_overrides: Numbers of single symbols: symbol to field name to value.
        stated: Names of the settings that the user states; found out, not to be given.

    Raises:
        ValueError: A value of the wrong type or out of its range; names key, value and range.
    """

    data_source: str = "polygon"
    polygon_api_key: str = field(default="", repr=False)
    monitoring_mode: MonitoringMode = "positions_only"
    large_order_size_threshold: int = _Whole(LARGE_ORDER)
    volume_spike_threshold: float = _Real(SPIKE)
    red_burst_threshold: float = _Real(RED_BURST)
    alert_window_seconds: int = 120
    thresholds: Thresholds = "own_scale"
    alerts_per_day: int = 8
    own_scale_sources: tuple[ScaleSource, ...] = ("burst", "aggressive_sell", "ask_wall")
    minimum_order_dollars: int = 25_000
    minimum_burst_dollars: int = 50_000
    critical_margin: float = 1.25
    minimum_baseline_prints: int = DEFAULT_BASELINE_PRINTS
    bid_attack_executions: int = BID_ATTACK_EXECUTIONS
    bid_attack_gap_seconds: int = BID_ATTACK_GAP_SECONDS
    watchlist: tuple[str, ...] = ()
    exit_sources: tuple[AlertSource, ...] | None = None
    poll_interval_seconds: float = 1.0
    requests_per_second: float = 5.0
    quote_size_unit: QuoteSizeUnit = "shares"
    base_url: str | None = None
    depth_url: str | None = None
    reference_url: str | None = None
    dataset: str = DEFAULT_DATASET
    compression: Compression = "auto"
    allow_insecure: bool = False
    freshness_warn_seconds: float = 10.0
    freshness_limit_seconds: float = 30.0
    blind_after_seconds: float = 30.0
    sessions: Sessions = "regular"
    compress_journal_after_days: int = 7
    capture_budget_megabytes: int = 20_000
    notify_urls: tuple[str, ...] = field(default=(), repr=False)
    heartbeat_url: str | None = field(default=None, repr=False)
    notify_quiet_hours: str | None = None
    positions_source: str = "file"
    positions_url: str | None = None
    positions_account: str = field(default="", repr=False)
    positions_paper: bool = False
    positions_stop_percent: float = 0.0
    symbol_overrides: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    stated: frozenset[str] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "stated", self._stated())
        for name in ("watchlist", "exit_sources", "own_scale_sources", "notify_urls"):
            value = getattr(self, name)
            if isinstance(value, list):
                object.__setattr__(self, name, tuple(value))
        check_values(self)
        # One form of each number: 3 and 3.0 are the same setting and give the same hash.
        for name in BOUNDS:
            form = int if name in INTEGERS else float
            object.__setattr__(self, name, form(getattr(self, name)))
        frozen = {
            symbol: ReadOnlyMapping(
                {name: v if name in INTEGERS else float(v) for name, v in values.items()}
            )
            for symbol, values in sorted(self.symbol_overrides.items())
        }
        object.__setattr__(self, "symbol_overrides", ReadOnlyMapping(frozen))

    def for_symbol(self, symbol: str) -> SymbolThresholds:
        """Return the thresholds of one symbol, its overrides applied."""
        own = self.symbol_overrides.get(symbol, {})
        stated = (self.stated or frozenset()) | own.keys()
        numbers = {name: own.get(name, getattr(self, name)) for name in OVERRIDABLE}
        asked_for = "bid_attacked" in {*self.own_scale_sources, *(self.exit_sources or ())}
        return SymbolThresholds(
            **numbers,
            tells_bid_attacks=asked_for and numbers["bid_attack_executions"] > 0,
            stated=stated.intersection(LETTER),
        )

    @property
    def judges_by_own_scale(self) -> bool:
        """Whether symbols are judged by own scale: never in extended sessions."""
        return self.thresholds == "own_scale" and self.sessions == "regular"

    def counting_sources(self, *, together: bool = True) -> tuple[AlertSource, ...]:
        """Return which sources of large sellers count towards an exit, and no other ever does.

        Args:
            together: Quotes and prints are judged together, as guard, monitor and replay do; False
                for detectors called by themselves, whose thresholds are always fixed.
        """
        if self.exit_sources is not None:
            return self.exit_sources
        ranked = together and self.judges_by_own_scale
        return RANKED_EXIT_SOURCES if ranked else LETTER_SOURCES

    def holds(self, name: str) -> str:
        """Say in words where a setting holds, or what stands for it; empty where nothing is to say.

        Args:
            name: Of the setting.
        """
        if name == "exit_sources" and self.exit_sources is None:
            by = "own scale" if self.judges_by_own_scale else "fixed thresholds"
            return f"by {by}: {', '.join(self.counting_sources())}"
        if name not in _RANKED_BY or self.thresholds == "fixed":
            return ""
        if self.sessions == "extended":
            return "fixed, own scale is not used in extended sessions"
        ranked, where_unstated = _RANKED_BY[name]
        is_stated = name in (self.stated or ())
        return f"fixed, own scale off for {ranked}" if is_stated else where_unstated

    def _stated(self) -> frozenset[str]:
        """Return which of the specification's thresholds were given, here or where it was made."""
        values = {name: getattr(self, name) for name in LETTER}
        if self.stated is None:
            given = {n for n, each in values.items() if not isinstance(each, _Whole | _Real)}
        else:
            given = {n for n, each in values.items() if each != _UNSTATED[n]}
        return frozenset(given.union(self.stated or ()))

    @property
    def config_hash(self) -> str:
        """Return 16 hex digits that change whenever a setting that can change an alert does."""
        judged: dict[str, Any] = {name: getattr(self, name) for name in LETTER}
        judged["alert_window_seconds"] = self.alert_window_seconds
        judged |= {
            "exit_sources": sorted(self.counting_sources(together=False)),
            "quote_size_unit": self.quote_size_unit,
            "sessions": self.sessions,
            "symbol_overrides": {s: dict(values) for s, values in self.symbol_overrides.items()},
        }
        # Later settings: the ids of who leaves them alone stay what they were.
        judged |= {
            name: value
            for name, default in _LATER.items()
            if (value := getattr(self, name)) != default
        }
        if self.thresholds == "own_scale":
            judged |= {name: getattr(self, name) for name in OWN_SCALE_NUMBERS}
            judged["own_scale_sources"] = sorted(self.own_scale_sources)
            judged["stated"] = sorted(self.stated or ())
            if self.exit_sources is not None:
                # Unstated they are fewer on own scale, and have stood here as the three ever since.
                judged["exit_sources_stated"] = True
        text = json.dumps(judged, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        env_file: Path | str | None = DEFAULT_ENV_FILE,
    ) -> OrderFlowConfig:
        """Read the environment and `.env`, never the configuration file.

        Args:
            environ: Variables to read; the process environment when None. They win over `.env`.
            env_file: A file of variables, or None for none; a missing one is no error.

        Raises:
            ValueError: A variable holds no usable value, or its name begins with `ORDER_FLOW_` and
                is none that is read; names the variable and where it stands.
        """
        return _made_of(gather(FIELD_NAMES, {}, None, environ=environ, env_file=env_file))

    @classmethod
    def load(
        cls,
        path: Path | str = DEFAULT_CONFIG_PATH,
        *,
        environ: Mapping[str, str] | None = None,
        env_file: Path | str | None = DEFAULT_ENV_FILE,
        **explicit: Any,
    ) -> OrderFlowConfig:
        """Take each field from: explicit argument, file, environment or `.env`, default.

        Args:
            path: The configuration file; a missing one sets nothing.
            environ: See `from_env`.
            env_file: See `from_env`.
            explicit: Fields that win over everything; None means "not given".

        Raises:
            ValueError: The file is no JSON object, a name is unknown, or a value is unusable; names
                what is wrong and where it stands.
        """
        return resolve(path, environ=environ, env_file=env_file, **explicit).config

    def save(self, path: Path | str) -> None:
        """Write one flat JSON object without the key and the addresses that hold secrets.

        The specification's thresholds are left out where nobody has stated them: what is written is
        stated where it is read again, and wins over own scale.
        """
        unstated = set(LETTER) - (self.stated or set())
        left_out = {*SECRET_SETTINGS, "stated", *unstated}
        names = [entry.name for entry in fields(self) if entry.name not in left_out]
        values = {name: getattr(self, name) for name in names}
        values["symbol_overrides"] = {s: dict(v) for s, v in self.symbol_overrides.items()}
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class ResolvedConfig:
    """A configuration and how it came about.

    Attributes:
        config: The values.
        origins: Field name to where its value came from.
        conflicts: One sentence for each field that file and environment, or two names of a
            variable, set differently, and for each name in `.env` that is nearly a variable's.
    """

    config: OrderFlowConfig
    origins: Mapping[str, Origin]
    conflicts: tuple[str, ...]


FIELD_NAMES = tuple(entry.name for entry in fields(OrderFlowConfig) if entry.name != "stated")
VARIABLES: Mapping[str, str] = variables_of(FIELD_NAMES)
"""Field name to environment variable. Overrides for single symbols live in the file only."""


def resolve(
    path: Path | str = DEFAULT_CONFIG_PATH,
    *,
    environ: Mapping[str, str] | None = None,
    env_file: Path | str | None = DEFAULT_ENV_FILE,
    **explicit: Any,
) -> ResolvedConfig:
    """Do what `OrderFlowConfig.load` does, and keep each value's origin.

    Raises:
        ValueError: As `OrderFlowConfig.load`.
    """
    found = gather(FIELD_NAMES, explicit, path, environ=environ, env_file=env_file)
    return ResolvedConfig(_made_of(found), found.origins, found.conflicts)


def _made_of(found: Gathered) -> OrderFlowConfig:
    try:
        return OrderFlowConfig(**found.values)
    except SettingError as error:
        raise found.with_place(error) from error
