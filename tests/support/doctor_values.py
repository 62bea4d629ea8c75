"""What the doctor looks at, in a folder of the test's own; the environment is the test's too."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from support.provider_stub import KEY
from trading_bot.doctor.check import Check
from trading_bot.doctor.looked import Looked, Machine
from trading_bot.watched.asked import MonitorOptions

REQUIREMENTS = ["one>=2.9,<3", "two", "three>=1; extra == 'plots'"]
VERSIONS = {"one": "2.9.1", "two": "0.1"}
HEALTHY = Machine(
    python=(3, 12, 1),
    requirements=lambda: REQUIREMENTS,
    version_of=VERSIONS.__getitem__,
    free_bytes=lambda _: 5_000_000_000,
)


def looked_at(home: Path, base_url: str | None = None, **changes: Any) -> Looked:
    """Return what is looked at in a folder, with a key, and by the machine that a test names."""
    fields: dict[str, Any] = {
        "simulated": False,
        "duration_seconds": None,
        "home": home,
        "config_path": home / "settings.json",
        "positions_path": home / "positions.json",
        "log_directory": home / "record",
        "base_url": base_url,
    }
    of_watch = {each.name for each in dataclasses.fields(MonitorOptions)}
    options = MonitorOptions(**fields | {k: v for k, v in changes.items() if k in of_watch})
    rest: dict[str, Any] = {
        "source": "simulated" if options.simulated else "live",
        "environ": {"MASSIVE_API_KEY": KEY},
        "machine": HEALTHY,
    }
    return Looked(options, **rest | {k: v for k, v in changes.items() if k not in of_watch})


def machine(**changes: Any) -> Machine:
    """Return a healthy machine but for what a test changes."""
    return replace(HEALTHY, **changes)


def hold(home: Path, *symbols: str, watchlist: tuple[str, ...] = ()) -> Path:
    """Write a positions file."""
    rows = [{"symbol": each, "quantity": 100, "average_price": "10.50"} for each in symbols]
    path = home / "positions.json"
    path.write_text(json.dumps({"positions": rows, "watchlist": watchlist}), encoding="utf-8")
    return path


def stands(check: Check, state: str, *words: str) -> None:
    """Check how a finding stands, and that its words hold these, mend included."""
    assert check.state == state, check
    said = f"{check.found}; {check.mend}"
    for each in words:
        assert each in said, said
    assert bool(check.mend) is (state != "ok"), check
