"""How often does an honest feed of a recorded day cry wolf? State changes, and how long visible.

The guard that ships runs on moved time over a recorded day, with an honest stream and an honest
second source that is a little behind, as `simulation.py` does over drawn ones. Nothing is missing,
so every moment that is not visible is a false doubt.

    python benchmarks/recorded_sight.py data/trades_ETR.csv.gz data/quotes_ETR.csv.gz
    python benchmarks/recorded_sight.py --minutes 60 --json data/*_BAC_2013-10-08.csv.gz

The files are flat files of one day, as the provider offers them for download.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from time import monotonic

from simulated.faults import Faults
from simulated.recorded import recorded_market
from simulated.run import Seen, run_market

MOST_CHANGES_AN_HOUR = 2.0
SETTLED_AFTER_SECONDS = 30.0
"""The start of a watch is no doubt."""


def figures(seen: list[Seen]) -> dict[str, object]:
    """Return what one symbol's seconds say."""
    settled = [each for each in seen if each.seconds >= SETTLED_AFTER_SECONDS]
    changes = sum(before.state != after.state for before, after in pairwise(settled))
    hours = (settled[-1].seconds - settled[0].seconds) / 3_600
    words = Counter(each.reason.partition(":")[0] for each in settled if each.state != "visible")
    return {
        "hours": round(hours, 2),
        "changes_an_hour": round(changes / hours, 2),
        "visible": round(sum(each.state == "visible" for each in settled) / len(settled), 4),
        "seconds_by_reason": dict(words.most_common()),
    }


def main() -> int:
    """Run the files; 0 where no symbol changes more than twice an hour."""
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    asked.add_argument("files", nargs="+", type=Path)
    asked.add_argument("--minutes", type=float, help="how much of the session (all of it)")
    asked.add_argument("--seed", type=int, default=1, help="draws the second source's delays")
    asked.add_argument("--json", action="store_true")
    options = asked.parse_args()
    market = recorded_market(options.files, options.minutes)
    seconds = max(each.at_ms for each in market.happenings) / 1_000
    began = monotonic()
    ran = run_market(market, options.seed, seconds, Faults(()))
    took = monotonic() - began
    found = {symbol: figures(seen) for symbol, seen in ran.seen.items()}
    if options.json:
        print(json.dumps({"symbols": found, "seconds": seconds, "took": round(took, 1)}))
    else:
        for symbol, each in found.items():
            print(f"{symbol:<6} " + "  ".join(f"{name} {value}" for name, value in each.items()))
        print(f"{seconds / 3600:.2f} h of market in {took:.0f} s", file=sys.stderr)
    changes = [float(str(each["changes_an_hour"])) for each in found.values()]
    return 0 if max(changes) <= MOST_CHANGES_AN_HOUR else 1


if __name__ == "__main__":
    sys.exit(main())
