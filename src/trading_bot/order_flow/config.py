"""What a trader may set: each threshold, its unit, its bounds, and where its value came from."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from .config_bounds import (
    BOUNDS,
    INTEGERS,
    LETTER,
    OVERRIDABLE,
    OWN_SCALE_NUMBERS,
    SWITCHES,
    check_number,
    check_values,
    what_is_allowed,
)
from .data_models import ALERT_SOURCES, AlertSource, ScaleSource
from .outside.door import decode_file
from .outside.env_file import env_values
from .read_only_mapping import ReadOnlyMapping

MonitoringMode = Literal["positions_only", "watchlist"]
QuoteSizeUnit = Literal["shares", "round_lots"]
Thresholds = Literal["own_scale", "fixed"]
Sessions = Literal["regular", "extended"]
Origin = Literal["argument", "file", "environment", ".env", "default"]

DEFAULT_CONFIG_PATH = Path("config/order_flow_config.json")
DEFAULT_ENV_FILE = Path(".env")
_LONGEST_SHOWN = 60
DEFAULT_BASELINE_PRINTS = 20
"""Four a minute; a ratio to fewer says more of their chance than of the market."""


LARGE_ORDER = 10_000
SPIKE = 3.0
RED_BURST = 4.0
_UNSTATED: Mapping[str, float] = dict(zip(LETTER, (LARGE_ORDER, SPIKE, RED_BURST), strict=True))
"""The specification's thresholds where nobody states another."""


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
    stated: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OrderFlowConfig:
    """Settings of the order-flow guard. A threshold is the smallest value that alerts.

    Attributes:
        data_source: Name of the provider; those that are installed can be used.
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
            `resting_bid`; what is not listed gives no alert under own scale.
        minimum_order_dollars: USD below which no order or level is ever large under own scale,
            0 to 10,000,000.
        minimum_burst_dollars: USD below which no minute is ever a burst under own scale, 0 to
            100,000,000.
        critical_margin: How far a critical event exceeds everything in memory, 1.0 to 3.0.
        minimum_baseline_prints: Prints that the minutes before must hold for a red burst to be
            judged, 0 to 1,000; 0 asks for none. It holds where quotes and prints are judged
            together, as guard, monitor and replay do; `detect_red_burst` by itself asks for none.
        watchlist: Symbols watched beside the positions in `watchlist` mode.
        exit_sources: Sources of large sellers that count towards an exit.
        poll_interval_seconds: Wished time between two polls of one symbol, 0.1 to 60.
        requests_per_second: Upper limit of REST requests, 0.05 to 99.
        quote_size_unit: Unit of the sizes in the provider's quotes, `shares` or `round_lots`.
        base_url: Host of the provider; None means its own. The stream's follows from it.
        allow_insecure: Send the key without TLS to a `base_url` that is another machine's, so that
            everyone on the way can read it.
        freshness_warn_seconds: Age from which a snapshot is a warning, 1 to 300 s.
        freshness_limit_seconds: Age beyond which a snapshot is refused, 1 to 600 s.
        blind_after_seconds: Time without a usable answer that makes a symbol blind, 5 to 600 s.
        sessions: `regular` judges bursts from 09:30 to 16:00 New York, `extended` 04:00 to 20:00.
        compress_journal_after_days: Days of the record before so many days ago are compressed, 0 to
            3,650; 0 compresses none. It changes no alert.
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
    watchlist: tuple[str, ...] = ()
    exit_sources: tuple[AlertSource, ...] = ALERT_SOURCES
    poll_interval_seconds: float = 1.0
    requests_per_second: float = 5.0
    quote_size_unit: QuoteSizeUnit = "shares"
    base_url: str | None = None
    allow_insecure: bool = False
    freshness_warn_seconds: float = 10.0
    freshness_limit_seconds: float = 30.0
    blind_after_seconds: float = 30.0
    sessions: Sessions = "regular"
    compress_journal_after_days: int = 7
    symbol_overrides: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    stated: frozenset[str] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "stated", self._stated())
        for name in ("watchlist", "exit_sources", "own_scale_sources"):
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
        return SymbolThresholds(
            **{name: own.get(name, getattr(self, name)) for name in OVERRIDABLE},
            stated=stated.intersection(LETTER),
        )

    @property
    def judges_by_own_scale(self) -> bool:
        """Whether symbols are judged by own scale: never in extended sessions."""
        return self.thresholds == "own_scale" and self.sessions == "regular"

    def holds(self, name: str) -> str:
        """Say in words where one of the specification's thresholds holds; empty for other settings.

        Args:
            name: Of the setting.
        """
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
            "exit_sources": sorted(self.exit_sources),
            "quote_size_unit": self.quote_size_unit,
            "sessions": self.sessions,
            "symbol_overrides": {s: dict(values) for s, values in self.symbol_overrides.items()},
        }
        if self.minimum_baseline_prints != DEFAULT_BASELINE_PRINTS:
            # A later setting: the ids of who leaves it alone stay what they were.
            judged["minimum_baseline_prints"] = self.minimum_baseline_prints
        if self.thresholds == "own_scale":
            judged |= {name: getattr(self, name) for name in OWN_SCALE_NUMBERS}
            judged["own_scale_sources"] = sorted(self.own_scale_sources)
            judged["stated"] = sorted(self.stated or ())
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
            ValueError: A variable holds no usable value; names the variable, or its field.
        """
        in_env = _from_variables(environ, env_file)
        return cls(**{name: found.value for name, found in in_env.items()})

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
            ValueError: The file is no JSON object, or a value is unusable.
        """
        return resolve(path, environ=environ, env_file=env_file, **explicit).config

    def save(self, path: Path | str) -> None:
        """Write one flat JSON object without the key.

        The specification's thresholds are left out where nobody has stated them: what is written is
        stated where it is read again, and wins over own scale.
        """
        unstated = set(LETTER) - (self.stated or set())
        left_out = {"polygon_api_key", "stated", *unstated}
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
            variable, set differently.
    """

    config: OrderFlowConfig
    origins: Mapping[str, Origin]
    conflicts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """What a variable says, where that stands, and whether its other name says otherwise."""

    value: Any
    origin: Origin
    variable: str
    conflict: str | None = None


FIELD_NAMES = tuple(entry.name for entry in fields(OrderFlowConfig) if entry.name != "stated")
VARIABLES: Mapping[str, str] = {
    name: f"ORDER_FLOW_{name.upper()}" for name in FIELD_NAMES if name != "symbol_overrides"
} | {
    "polygon_api_key": "MASSIVE_API_KEY",
    "large_order_size_threshold": "ORDER_FLOW_LARGE_ORDER_SIZE",
}
"""Field name to environment variable. Overrides for single symbols live in the file only."""
FORMER_VARIABLES: Mapping[str, str] = {"polygon_api_key": "POLYGON_API_KEY"}
"""Field name to the variable's former name, which counts where the present one is not set."""
SWITCH_WORDS: Mapping[bool, tuple[str, ...]] = {
    True: ("1", "true", "yes", "on"),
    False: ("0", "false", "no", "off"),
}
"""What a variable says of a setting that is on or off."""
KEY_NAMES = " or ".join((VARIABLES["polygon_api_key"], FORMER_VARIABLES["polygon_api_key"]))
"""What to check, in words, when a key is missing or wrong."""


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
    given = {name: value for name, value in explicit.items() if value is not None}
    _refuse_unknown(given, "argument")
    in_file = _from_file(Path(path))
    in_env = _from_variables(environ, env_file)
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    conflicts = []
    for name in FIELD_NAMES:
        if name in given:
            values[name], origins[name] = given[name], "argument"
        elif name in in_file:
            values[name], origins[name] = in_file[name], "file"
        elif name in in_env:
            found = in_env[name]
            values[name], origins[name] = found.value, found.origin
            if found.conflict is not None:
                conflicts.append(found.conflict)
        else:
            origins[name] = "default"
        if name in in_file and name in in_env and _plain(in_file[name]) != in_env[name].value:
            conflicts.append(_conflict(name, origins[name], path, in_env[name]))
    return ResolvedConfig(OrderFlowConfig(**values), origins, tuple(conflicts))


def _from_file(path: Path) -> dict[str, Any]:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return {}
    content = decode_file(path, raw)
    if not isinstance(content, dict):
        raise ValueError(f"{path} must hold one JSON object, not {type(content).__name__}")
    _refuse_unknown(content, str(path))
    return {name: value for name, value in content.items() if value is not None}


def _from_variables(
    environ: Mapping[str, str] | None, env_file: Path | str | None
) -> dict[str, _Found]:
    outer = os.environ if environ is None else environ
    inner = env_values(env_file)
    sources: tuple[tuple[Mapping[str, str | None], Origin], ...] = (
        (outer, "environment"),
        (inner, ".env"),
    )
    found: dict[str, _Found] = {}
    for name, variable in VARIABLES.items():
        texts = [
            _Found(text, origin, each)
            for source, origin in sources
            for each in (variable, FORMER_VARIABLES.get(name, ""))
            if (text := (source.get(each) or "").strip())
        ]
        if texts:
            first = texts[0]
            value = _parse(name, first.variable, first.value)
            found[name] = replace(first, value=value, conflict=_two_names(first, texts))
    return found


def _two_names(first: _Found, texts: Sequence[_Found]) -> str | None:
    for other in texts:
        if other.variable != first.variable and other.value != first.value:
            one, two = (f"{each.variable} ({each.origin})" for each in (first, other))
            return f"{one} and {two} hold different values; {first.variable} wins"
    return None


def _parse(name: str, variable: str, text: str) -> Any:
    if name in ("watchlist", "exit_sources", "own_scale_sources"):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if name in SWITCHES:
        return _parse_switch(name, variable, text)
    if name not in BOUNDS:
        return text
    try:
        value = int(text) if name in INTEGERS else float(text)
        check_number(name, value)
    except ValueError as error:
        shown = repr(text[:_LONGEST_SHOWN])
        raise ValueError(f"{variable}={shown} ({name}) must be {what_is_allowed(name)}") from error
    return value


def _parse_switch(name: str, variable: str, text: str) -> bool:
    for value, words in SWITCH_WORDS.items():
        if text.lower() in words:
            return value
    allowed = " or ".join(", ".join(words) for words in SWITCH_WORDS.values())
    raise ValueError(f"{variable}={text!r} ({name}) must be {allowed}")


def _refuse_unknown(content: Mapping[str, Any], where: str) -> None:
    for name in content:
        if name not in FIELD_NAMES:
            near = difflib.get_close_matches(str(name), FIELD_NAMES, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            known = ", ".join(FIELD_NAMES)
            raise ValueError(f"{where}: unknown setting {name!r}{hint} (known: {known})")


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _conflict(name: str, winner: Origin, path: Path | str, loser: _Found) -> str:
    by = f"{loser.variable} ({loser.origin})"
    kept = "an explicit argument" if winner == "argument" else str(path)
    return f"{name} is set differently in {path} and by {by}; {kept} wins"
