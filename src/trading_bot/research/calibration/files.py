"""What a calibration leaves behind: thresholds in the settings file, used days in a ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.outside.door import decode_file
from trading_bot.order_flow.settings.sources import settings_in
from trading_bot.research.calibration.fit import Calibration


def ledger_path(out: Path) -> Path:
    """Return where the days used for `out` are kept."""
    return out.with_name(f"{out.stem}.spent_days.json")


def read_ledger(path: Path) -> dict[str, set[date]]:
    """Return the days that earlier calibrations used, by symbol; none without a file.

    Raises:
        ValueError: The file is no ledger.
    """
    if not path.is_file():
        return {}
    try:
        content = decode_file(path)
        return {
            symbol: {date.fromisoformat(day) for day in days} for symbol, days in content.items()
        }
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path} is no list of used days ({error}); mend it, or remove it to begin anew"
        ) from error


def write_ledger(
    path: Path, before: Mapping[str, set[date]], results: Iterable[Calibration]
) -> None:
    """Mark the days of these calibrations as used, where something was fitted or judged by them."""
    days = {symbol: set(used) for symbol, used in before.items()}
    for result in results:
        if not result.steps:
            continue
        days.setdefault(result.symbol, set()).update(result.counts.days)
    content = {symbol: sorted(day.isoformat() for day in days[symbol]) for symbol in sorted(days)}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def write_thresholds(out: Path, results: Iterable[Calibration]) -> list[str]:
    """Set the thresholds of every symbol that has some to be written; all else stays.

    Returns:
        The symbols that were set; the file is not touched without one.

    Raises:
        ValueError: The file that is there is no settings file.
    """
    fitting = [(each.symbol, each.written) for each in results]
    chosen = {symbol: choice.thresholds for symbol, choice in fitting if choice is not None}
    if not chosen:
        return []
    content = _settings_in(out)
    overrides = dict(content.get("symbol_overrides") or {})
    for symbol, thresholds in chosen.items():
        overrides[symbol] = {**overrides.get(symbol, {}), **thresholds}
    content["symbol_overrides"] = dict(sorted(overrides.items()))
    # What is written must be what can be read.
    stated = settings_in(content)
    OrderFlowConfig(**{name: value for name, value in stated.items() if value is not None})
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return sorted(chosen)


def _settings_in(out: Path) -> dict[str, Any]:
    if not out.is_file():
        return {}
    # Read by the settings' own reader first, for its sentences about what is wrong.
    OrderFlowConfig.load(out, environ={}, env_file=None)
    content: dict[str, Any] = decode_file(out)
    return content
