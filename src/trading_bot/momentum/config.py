"""Settings of the news that gives alerts their context."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from trading_bot.order_flow.outside.env_file import env_values

_LONGEST_SHOWN = 60
_BOUNDS: Mapping[str, tuple[int, int]] = {
    "news_lookback_minutes": (1, 10_080),
    "max_headlines": (1, 20),
    "news_refresh_seconds": (10, 3_600),
}
_SWITCH: Mapping[str, bool] = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


@dataclass(frozen=True, slots=True)
class MomentumConfig:
    """What news is looked at.

    Attributes:
        news_enabled: False asks for no news at all.
        news_lookback_minutes: How old a headline may be, in minutes, 1 to 10,080 (a week).
        max_headlines: How many an alert carries at most, 1 to 20.
        news_refresh_seconds: Least time between two questions about one symbol, 10 to 3,600 s.

    Raises:
        ValueError: A value of the wrong type or out of its range; names key, value and range.
    """

    news_enabled: bool = True
    news_lookback_minutes: int = 120
    max_headlines: int = 3
    news_refresh_seconds: int = 60

    def __post_init__(self) -> None:
        if not isinstance(self.news_enabled, bool):
            raise ValueError(f"news_enabled={self.news_enabled!r} must be true or false")
        for name, (low, high) in _BOUNDS.items():
            value = getattr(self, name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            if not whole or not low <= value <= high:
                raise ValueError(f"{name}={value!r} must be a whole number from {low} to {high:,}")

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        env_file: Path | str | None = ".env",
    ) -> MomentumConfig:
        """Read `MOMENTUM_NEWS_ENABLED`, `MOMENTUM_NEWS_LOOKBACK_MINUTES`, and so on.

        Args:
            environ: Variables to read; the process environment when None. They win over `.env`.
            env_file: A file of variables, or None for none; a missing one is no error.

        Raises:
            ValueError: A variable holds no usable value; names the variable.
        """
        outer = os.environ if environ is None else environ
        inner = env_values(env_file)
        found: dict[str, int | bool] = {}
        for name in ("news_enabled", *_BOUNDS):
            variable = f"MOMENTUM_{name.upper()}"
            text = (outer.get(variable) or inner.get(variable) or "").strip()
            if text:
                found[name] = _parse(name, variable, text)
        return cls(**found)  # type: ignore[arg-type] # each is checked in __post_init__


def _parse(name: str, variable: str, text: str) -> int | bool:
    if name == "news_enabled":
        if text.lower() not in _SWITCH:
            raise ValueError(f"{variable}={text!r} must be true or false")
        return _SWITCH[text.lower()]
    low, high = _BOUNDS[name]
    # More digits than the language takes are no number of ours either.
    digits = text[:_LONGEST_SHOWN]
    if not text.isdecimal() or len(digits) < len(text) or not low <= int(text) <= high:
        raise ValueError(f"{variable}={digits!r} must be a whole number from {low} to {high:,}")
    return int(text)
