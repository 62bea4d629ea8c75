"""What a guard that runs says of itself, in a file beside its record: written, read, judged."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.journal.lock import holder_of
from trading_bot.order_flow.journal.reading import STATE_FILE, write_whole
from trading_bot.order_flow.outside.door import decode
from trading_bot.order_flow.outside.source import FILE

FRESH_SECONDS: Final = 15.0
"""How old a state may be; it is written every two seconds."""
WELL_CONNECTED: Final = frozenset({"ok", "untried"})
"""Words of a connection for questions: who has asked nothing yet, has nothing wrong with it."""
_SYMBOLS_NAMED: Final = 5
_SIGHTS: Final = ("visible", "degraded", "blind")


def write_state(folder: Path, state: Mapping[str, Any]) -> None:
    """Put a state in the place of the one before, for its owner alone to read.

    Raises:
        OSError: It cannot be written.
    """
    write_whole(folder / STATE_FILE, msgspec.json.encode(state))


def remove_state(folder: Path) -> None:
    """Take the state away: nobody watches here any more."""
    with suppress(OSError):
        (folder / STATE_FILE).unlink()


def check_running(folder: Path, now: datetime, *, simulated: bool = False) -> dict[str, Any]:
    """Say how the guard is that keeps its record in a folder.

    Args:
        folder: Of the record.
        now: The machine's present, not the market's.
        simulated: A guard of the simulated market is meant; without it none of these is well.

    Returns:
        `reason` (null when all is well, else one word and its facts: `dead`, `starting`,
        `unreadable`, `simulated`, `frozen`, `stuck`, `blind` or `degraded`), then `age_seconds` of
        the state, then the state itself.
    """
    kept = holder_of(folder) is not None
    try:
        state, age_seconds = _read(folder, now)
        reason = _reason(state, age_seconds, kept=kept)
        if not reason and state["market_source"] == "simulated" and not simulated:
            reason = "simulated: nothing real is watched"
    except FileNotFoundError:
        if kept:
            return {"reason": f"starting: the guard of {folder} has not said yet how it is"}
        return {"reason": f"dead: no guard keeps its record in {folder}"}
    except (OSError, DataSourceError, AttributeError, TypeError, ValueError, LookupError) as error:
        return {"reason": f"unreadable: {folder / STATE_FILE}: {error!r}"}
    return {"reason": reason or None, "age_seconds": age_seconds, **state}


def sight_words(state: Mapping[str, Any]) -> str:
    """Say in one line what a guard sees: `3 symbols: 2 visible, 1 blind`."""
    if state["sleeping_until"] is not None:
        return f"market closed, sleeping until {state['sleeping_until']}"
    seen = [each["visibility"] for each in state["symbols"].values()]
    counts = [f"{seen.count(name)} {name}" for name in sorted(set(seen), key=_SIGHTS.index)]
    words = f"{len(seen)} symbol{'' if len(seen) == 1 else 's'}"
    return f"{words}: {', '.join(counts)}" if counts else f"{words} watched"


def _read(folder: Path, now: datetime) -> tuple[dict[str, Any], float]:
    path = folder / STATE_FILE
    state = decode(path.read_bytes(), str(path), FILE)
    written_at = datetime.fromisoformat(state["written_at"])
    return state, round((now - written_at).total_seconds(), 1)


def _reason(state: Mapping[str, Any], age_seconds: float, *, kept: bool) -> str:
    if not kept:
        return f"dead: its last word is {age_seconds:g} s old, and nobody keeps the record"
    if abs(age_seconds) > FRESH_SECONDS:
        return f"frozen: its last word is {age_seconds:g} s old"
    stuck = [name for name, each in state["threads"].items() if each["state"] == "stuck"]
    if stuck:
        return f"stuck: {', '.join(stuck)}"
    if state["status"] == "ok":
        return ""
    return f"{state['status']}: {_why(state)}"


def _why(state: Mapping[str, Any]) -> str:
    """Say what keeps a guard from being well, as its health names it."""
    found = []
    if state["positions"] != "ok":
        found.append(f"positions {state['positions']}")
    unseen = [
        f"{symbol} {each['visibility']} ({each['reason']})"
        for symbol, each in state["symbols"].items()
        if each["visibility"] != "visible"
    ]
    found += unseen[:_SYMBOLS_NAMED]
    if len(unseen) > _SYMBOLS_NAMED:
        found.append(f"{len(unseen) - _SYMBOLS_NAMED} more symbols")
    if state["record"]["status"] != "ok":
        found.append(f"the record {state['record']['reason']}")
    found += [
        f"{name} has failed ({each['error']})"
        for name, each in state["threads"].items()
        if each["state"] == "failed"
    ]
    if state["api_connectivity"] not in WELL_CONNECTED:
        found.append(f"connection {state['api_connectivity']}")
    return "; ".join(found)
