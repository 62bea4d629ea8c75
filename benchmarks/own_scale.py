"""How many alerts and exits a day give: by fixed thresholds, and on each symbol's own scale.

    python benchmarks/own_scale.py PATH ... [--json]

PATH are recorded days, files or folders, whatever `trading-bot replay` reads; those of one PATH are
played in one go, so that the first day of a symbol in it has no memory, and later ones have one. A
line for each symbol and day, and how many of them lie within the wish of 5 to 15 alerts.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from trading_bot.order_flow.calendar import NEW_YORK
from trading_bot.order_flow.config import OrderFlowConfig, Thresholds
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.market.units import utc_from_ns
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.recorded.rows import SIP_NS, SYMBOL
from trading_bot.replay.playback import open_playback

WISHED: Final = range(5, 16)
"""Alerts of a symbol and day that somebody looks at."""
_Day = tuple[str, str]


def counted(paths: Sequence[Path], thresholds: Thresholds) -> tuple[Counter[_Day], Counter[_Day]]:
    """Return alerts and exits by symbol and day, quiet days among the alerts."""
    alerts: Counter[_Day] = Counter()
    exits: Counter[_Day] = Counter()

    def hear(event: MonitorEvent) -> None:
        if isinstance(event, OrderFlowAlert | ExitRecommendation):
            day = event.timestamp_utc.astimezone(NEW_YORK).date().isoformat()
            counts = alerts if isinstance(event, OrderFlowAlert) else exits
            counts[event.symbol, day] += 1

    playback = open_playback(paths, OrderFlowConfig(thresholds=thresholds))
    playback.add_listener(hear)
    for rows in playback.batches():
        for row in (rows[0], rows[-1]):
            day = utc_from_ns(row[SIP_NS]).astimezone(NEW_YORK).date().isoformat()
            alerts[row[SYMBOL], day] += 0
    return alerts, exits


def measured(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Return a row for each symbol and day."""
    fixed, fixed_exits = counted(paths, "fixed")
    own, own_exits = counted(paths, "own_scale")
    return [
        {
            "symbol": day[0],
            "day": day[1],
            "fixed": {"alerts": fixed[day], "exits": fixed_exits[day]},
            "own_scale": {"alerts": own[day], "exits": own_exits[day]},
        }
        for day in sorted({*fixed, *own})
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; see this module."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args(arguments)
    rows = [row for path in options.paths for row in measured([path])]
    if options.as_json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        return 0
    for row in rows:
        by_both = "".join(
            f"  {name.replace('_', ' ')} {row[name]['alerts']:>5,} / {row[name]['exits']:<4,}"
            for name in ("fixed", "own_scale")
        )
        sys.stdout.write(f"{row['symbol']:<6} {row['day']}{by_both}\n")
    for name in ("fixed", "own_scale"):
        inside = sum(row[name]["alerts"] in WISHED for row in rows)
        sys.stdout.write(f"{name.replace('_', ' ')}: in 5-15 {inside} of {len(rows)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
