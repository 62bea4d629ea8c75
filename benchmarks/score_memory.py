"""What `score` takes in memory, by how many days of one symbol it reads.

    python benchmarks/score_memory.py                    21, 63 and 252 days: a quarter of an hour
    python benchmarks/score_memory.py --days 5 10        what is asked for
    python benchmarks/score_memory.py --base SRC         the package in another folder beside it
    python benchmarks/score_memory.py --lines            which lines hold it, of the first number

A seeded day (20,000 quotes and 5,000 prints, with a burst and some large sellers) is repeated on
so many weekdays with its dates shifted, packed, and scored by a process of its own, which reads all
files once. Its peak of resident memory is printed, all libraries included, and what a day adds. MB
are 10^6 bytes. Linux and macOS.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

from isal import igzip
from replay import QUOTES_HEADER, TRADES_HEADER

from trading_bot.order_flow.calendar import NEW_YORK
from trading_bot.order_flow.clock import monotonic_seconds

HERE = Path(__file__).parent
FIRST_DAY = date(2013, 1, 2)
NS = 1_000_000_000
SESSION_NS = int(6.4 * 3_600) * NS
QUOTES, PRINTS = 20_000, 5_000
TARGET_MB = 250
SCORE = """
import resource, sys
from trading_bot.cli.app import main
try:
    sys.argv[0] = "trading-bot"
    main()
except SystemExit as ended:
    status = ended.code
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6, status, file=sys.stderr)
"""
LINES = """
import sys, tracemalloc
from trading_bot.cli.app import main
from trading_bot.research import score_run
whole = score_run.score
def score(*given, **named):
    tracemalloc.start()
    found = whole(*given, **named)
    for each in tracemalloc.take_snapshot().statistics("lineno")[:12]:
        print(each, file=sys.stderr)
    return found
import trading_bot.commands.score as command
command.score = score
sys.argv[0] = "trading-bot"
main()
"""

Line = tuple[int, str]


def seeded_day(quotes: int, prints: int) -> tuple[list[Line], list[Line]]:
    """Return a day's quotes and prints, each behind its nanoseconds since the open."""
    chance = Random(11)
    stamps = sorted(chance.randrange(SESSION_NS) for _ in range(quotes))
    cents, rows = 5_000, []
    for number, at in enumerate(stamps):
        cents += chance.choice((-1, 0, 0, 0, 1))
        prices = f"{(cents + 1) / 100:.2f},{chance.randrange(1, 60)},12,{cents / 100:.2f}"
        rows.append((at, f"ACME,11,{prices},{chance.randrange(1, 60)},,,STAMP,{number},STAMP,1,"))
    told = []
    for number in range(prints):
        at, line = rows[chance.randrange(quotes)]
        cells = line.split(",")
        size = int(chance.lognormvariate(4.6, 1.2)) + 1
        if number % 250 == 0:
            size *= 60
        price = cells[5] if chance.random() < 0.55 else cells[2]
        told.append((at + 1_000, price, size))
    told.sort()
    lines = [
        (at, f"ACME,,0,12,{number},STAMP,{price},{number},STAMP,{size},1,,")
        for number, (at, price, size) in enumerate(told)
    ]
    return rows, lines


def write_days(folder: Path, days: int, quotes: int, prints: int) -> None:
    """Write the day again and again, each weekday one file of quotes and one of prints."""
    rows = seeded_day(quotes, prints)
    written, day = 0, FIRST_DAY
    while written < days:
        if day.weekday() < 5:
            opened = datetime.combine(day, time(9, 30), NEW_YORK)
            open_ns = int(opened.timestamp()) * NS
            for name, header, lines in zip("qt", (QUOTES_HEADER, TRADES_HEADER), rows, strict=True):
                text = [line.replace("STAMP", str(open_ns + at)) for at, line in lines]
                packed = igzip.compress("\n".join((header, *text, "")).encode(), 1)
                (folder / f"{day}_{name}.csv.gz").write_bytes(packed)
            written += 1
        day += timedelta(days=1)


def scored(folder: Path, source: Path | None, program: str = SCORE) -> tuple[float, float, bytes]:
    """Score a folder; return the peak in MB, the seconds and what was printed."""
    environment = dict(os.environ)
    if source is not None:
        environment["PYTHONPATH"] = str(source)
    asked = ["score", str(folder), "--json", "--jobs", "1"]
    begun = monotonic_seconds()
    done = subprocess.run(
        [sys.executable, "-c", program, *asked],
        env=environment,
        capture_output=True,
        check=False,
    )
    seconds = monotonic_seconds() - begun
    *told, last = done.stderr.decode().strip().splitlines() or [""]
    if program is LINES:
        print("\n".join((*told, last)))
        return 0.0, seconds, done.stdout
    peak, _, status = last.partition(" ")
    if status not in ("0", "None"):
        raise SystemExit(f"the score failed: {told} {last}")
    return float(peak), seconds, done.stdout


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--days", type=int, nargs="+", default=[21, 63, 252])
    parser.add_argument("--quotes", type=int, default=QUOTES)
    parser.add_argument("--prints", type=int, default=PRINTS)
    parser.add_argument("--base", type=Path, help="Folder `src` of the package as it was before.")
    parser.add_argument("--lines", action="store_true")
    asked = parser.parse_args()
    sources: dict[str, Path | None] = {"this": None}
    if asked.base is not None:
        sources["before"] = asked.base
    before: dict[str, tuple[int, float]] = {}
    for days in asked.days:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_days(folder, days, asked.quotes, asked.prints)
            if asked.lines:
                scored(folder, asked.base, LINES)
                return
            cards = {}
            for which, source in sources.items():
                peak, seconds, card = scored(folder, source)
                cards[which] = json.loads(card)
                added = ""
                if which in before:
                    known_days, known = before[which]
                    added = f", {1_000 * (peak - known) / (days - known_days):.0f} KB a day more"
                before[which] = days, peak
                met = "" if days < 252 else " met" if peak < TARGET_MB else " MISSED"
                print(
                    f"{which}: {days} days, peak {peak:.0f} MB{met}, {seconds:.0f} s{added}",
                    flush=True,
                )
            if len(cards) > 1:
                print("the same card" if cards["this"] == cards["before"] else "ANOTHER CARD")


if __name__ == "__main__":
    main()
