"""How much faster repartitioned files are read than csv.gz, and how much faster they replay.

    python benchmarks/repartition.py [--symbols 40] [--rows 20000] [--rounds 5] [--by-time]
                                    [--thresholds fixed] [--json]

A seeded day of so many symbols, five quotes a print, is written as csv.gz and repartitioned. Then
both are read (every row in exchange order, as a replay gets them) and replayed, each by a process
of its own, in turn and in an order that changes with each round, so that whatever else the machine
does meets both. What counts is the ratio; medians of the rounds are printed. The two records must
be the same to the byte.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from isal import igzip
from replay import QUOTES_HEADER, TRADES_HEADER
from score_memory import seeded_day

from trading_bot.order_flow.clock import monotonic_seconds

OPEN_NS = 1_381_239_000_000_000_000
"""2013-10-08 09:30 in New York."""
TARGETS = {"reading": 1.5, "replay": 1.15}
READ = """
import gc, sys, time
from pathlib import Path
from trading_bot.recorded.sources import FlatSource, ReadOptions
gc.set_threshold(200_000)
begun, used = time.perf_counter(), time.process_time()
source = FlatSource(sorted(Path(sys.argv[1]).iterdir()), ReadOptions())
rows = sum(len(rows) for rows in source.batches())
print(rows, time.perf_counter() - begun, time.process_time() - used)
"""


def write_day(folder: Path, symbols: int, rows: int, *, by_time: bool) -> None:
    """Write one file of quotes and one of prints."""
    quotes = rows * 5 // 6
    day = seeded_day(quotes, rows - quotes)
    for name, header, lines in zip("qt", (QUOTES_HEADER, TRADES_HEADER), day, strict=True):
        told = [(at, number, line) for number in range(symbols) for at, line in lines]
        if by_time:
            told.sort(key=lambda each: each[:2])
        packed: Any = igzip
        with packed.open(folder / f"{name}.csv.gz", "wt") as file:
            file.write(f"{header}\n")
            for at, number, line in told:
                stamped = line.replace("STAMP", str(OPEN_NS + at + number))
                file.write(f"{stamped.replace('ACME', f'SYM{number:04}')}\n")


def read(folder: Path) -> tuple[float, float]:
    """Read everything; return the seconds and those of the processor."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(folder)], capture_output=True, check=True, text=True
    )
    _, wall, used = done.stdout.split()
    return float(wall), float(used)


def replay(folder: Path, record: Path, settings: Path) -> tuple[float, float]:
    """Replay everything; return the seconds of the whole command and those of the processor."""
    begun, used = monotonic_seconds(), resource.getrusage(resource.RUSAGE_CHILDREN)
    asked = ["replay", str(folder), "--out", str(record), "--config", str(settings)]
    asked += ["--jobs", "1", "--json"]
    subprocess.run([sys.executable, "-m", "trading_bot", *asked], capture_output=True, check=True)
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = now.ru_utime - used.ru_utime + now.ru_stime - used.ru_stime
    return monotonic_seconds() - begun, processor


def digest(record: Path) -> str:
    """Return the SHA-256 of a record's files."""
    whole = hashlib.sha256()
    for path in sorted(record.glob("*.jsonl")):
        whole.update(path.name.encode() + path.read_bytes())
    return whole.hexdigest()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--symbols", type=int, default=40)
    parser.add_argument("--rows", type=int, default=20_000, help="Of each symbol.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--by-time", action="store_true", help="Symbols take turns in the csv.gz.")
    parser.add_argument("--thresholds", choices=("own_scale", "fixed"), default="own_scale")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        packed, parquet = home / "packed", home / "parquet"
        packed.mkdir()
        settings = home / "settings.json"
        settings.write_text(json.dumps({"thresholds": asked.thresholds}))
        write_day(packed, asked.symbols, asked.rows, by_time=asked.by_time)
        begun = monotonic_seconds()
        command = ["repartition", str(packed), "--out", str(parquet)]
        subprocess.run([sys.executable, "-m", "trading_bot", *command], check=True, stdout=2)
        took = monotonic_seconds() - begun
        found: dict[str, dict[str, list[float]]] = {
            what: {"csv.gz": [], "parquet": []}
            for what in ("reading", "reading, processor", "replay", "replay, processor")
        }
        digests = {}
        for number in range(asked.rounds):
            ways = [("csv.gz", packed), ("parquet", parquet)]
            for way, folder in reversed(ways) if number % 2 else ways:
                wall, used = read(folder)
                found["reading"][way].append(wall)
                found["reading, processor"][way].append(used)
                record = home / f"record-{way}-{number}"
                whole, used = replay(folder, record, settings)
                found["replay"][way].append(whole)
                found["replay, processor"][way].append(used)
                digests[record] = digest(record)
        ratios = {
            what: median(
                slow / fast for slow, fast in zip(each["csv.gz"], each["parquet"], strict=True)
            )
            for what, each in found.items()
        }
        result = {
            "rows": asked.symbols * asked.rows,
            "bytes": {
                folder.name: sum(each.stat().st_size for each in folder.iterdir())
                for folder in (packed, parquet)
            },
            "repartition_seconds": took,
            "median_seconds": {
                what: {way: median(each) for way, each in ways_found.items()}
                for what, ways_found in found.items()
            },
            "ratios": ratios,
            "same_record": len(set(digests.values())) == 1,
        }
    if asked.json:
        print(json.dumps(result, indent=2))
        return
    print(f"{result['rows']:,} rows; repartitioned in {took:.1f} s; bytes {result['bytes']}")
    for what, ratio in ratios.items():
        medians = {way: median(each) for way, each in found[what].items()}
        wanted = TARGETS.get(what)
        met = (
            ""
            if wanted is None
            else f" (at least {wanted}: {'met' if ratio >= wanted else 'MISSED'})"
        )
        print(
            f"{what}: csv.gz {medians['csv.gz']:.2f} s, parquet {medians['parquet']:.2f} s, "
            f"ratio {ratio:.2f}{met}"
        )
    print("the same record" if result["same_record"] else "ANOTHER RECORD")


if __name__ == "__main__":
    main()
