"""What `trading-bot check` costs: seconds to the first verdict, and `--full` against `replay`.

    python benchmarks/check.py               a generated day of 600,000 rows, packed
    python benchmarks/check.py PATH...       your own files

Whole processes, in turn; figures are medians. `ratio` is the seconds of `replay` over those of
`check --full`: 1 or more means that checking is at least as fast.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

from replay import generated_day, replay_command, run_whole


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--trades", type=int, default=100_000, help="of the generated day")
    parser.add_argument("--seed", type=int, default=5, help="of the generated day")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = options.paths or generated_day(folder, options.trades, options.seed)
        check = [sys.executable, "-m", "trading_bot", "check", *paths, "--json"]
        commands = {
            "check": check,
            "check --full": [*check, "--full"],
            "replay": replay_command(paths, folder),
        }
        seconds: dict[str, list[float]] = {case: [] for case in commands}
        for _ in range(options.runs):
            for case, command in commands.items():
                seconds[case].append(run_whole(command).seconds)
    found = {case: median(each) for case, each in seconds.items()}
    for case, each in found.items():
        print(f"{case:<14}{each:>8.2f} s")
    print(f"{'ratio':<14}{found['replay'] / found['check --full']:>8.2f}")


if __name__ == "__main__":
    main()
