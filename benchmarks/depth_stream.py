"""What streaming of ten levels costs: records a second, microseconds to the alert's line, memory.

    python benchmarks/depth_stream.py                       the table
    python benchmarks/depth_stream.py --json                for scripts
    python benchmarks/depth_stream.py --official PYTHON     beside the official client

Every run is a fresh process that receives a seeded tape of `mbp-10` records (50 symbols; what
share of them changes the best bid or ask is printed) over a loopback socket from a gateway in a
process of its own, on the other processor where there are two. All of them are decoded, put into
books, judged, and the sight of each symbol is looked after. In the same rounds runs the plain
stream of quotes and prints, as `stream.py` has it at 100 a frame, and, where PYTHON has the
package `databento`, the official client, of whose records all levels are read and given to the
same judge. All of it is plain Python.

Latency is from the bytes of a socket to the alert's line written: ten records each 2 ms, and behind
every twentieth ten a large sale; memory is of that run. Rounds are interleaved; figures are medians
of processor time, which other programs on the machine disturb least.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from compiled_core import core_environment
from depth_tape import WARM_RECORDS, Shares, tape
from machine import machine_name, percentile
from stream import figures_of, per_second, whole_run
from stream_tape import WARM_FRAMES

HERE = Path(__file__).parent
PAUSE_SECONDS = 0.002
LATENCY_RECORDS = 40_000
STREAM_SYMBOLS = 1_000
STREAM_EVENTS = 100_000
OUR_CORE, PEERS_CORE = 0, 1
SAMPLE_RECORDS = 50_000


@contextlib.contextmanager
def sender(script: str, *arguments: object) -> Iterator[str]:
    """Run a sender on the other processor; yield its port."""
    command = [sys.executable, script, *map(str, arguments)]
    process = subprocess.Popen(
        command,
        cwd=HERE,
        env=core_environment(compiled=False),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        try:
            keep_to(PEERS_CORE, process.pid)
            if process.stdout is None:
                raise SystemExit("a sender without output")
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def keep_to(core: int, process: int = 0) -> None:
    """Let a process, or this one and those that it starts, run on one processor."""
    if (os.cpu_count() or 1) > 1 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process, {core})


def measure(
    symbols: int, records: int, rounds: int, official: str | None
) -> dict[str, list[float]]:
    """Run everything, interleaved; return all figures of all rounds."""
    names = ("ours", "stream", "official", "latencies_us", "memory")
    found: dict[str, list[float]] = {name: [] for name in names}
    books = ("--symbols", symbols, "--records")
    quotes = ("--symbols", STREAM_SYMBOLS, "--events", STREAM_EVENTS)
    keep_to(OUR_CORE)
    with (
        sender("depth_sender.py", *books, records) as port,
        sender("depth_sender.py", *books, LATENCY_RECORDS, "--pause", PAUSE_SECONDS) as paced,
        sender("stream_sender.py", *quotes) as stream,
    ):
        receiver = ("depth_receiver.py", *books)
        for _ in range(rounds):
            run = figures_of(sys.executable, *receiver, records, "--port", port)
            found["ours"].append(judged_per_second(run, records))
            plain = ("stream_receiver.py", *quotes, "--port", stream)
            run = whole_run(STREAM_EVENTS, partial(figures_of, sys.executable, *plain))
            found["stream"].append(per_second(run, STREAM_EVENTS - 100 * WARM_FRAMES))
            if official is not None:
                run = figures_of(official, *receiver, records, "--port", port, "--official")
                found["official"].append(judged_per_second(run, records))
            run = figures_of(
                *(sys.executable, *receiver, LATENCY_RECORDS), "--port", paced, "--latency"
            )
            found["latencies_us"] += run["latencies_us"]
            found["memory"].append(run["added_memory_mb"])
    return found


def judged_per_second(run: dict[str, Any], records: int) -> float:
    """Return records a second of processor time, all of which were judged."""
    if run["judged"] < records:
        raise SystemExit(f"only {run['judged']} of {records} records were judged")
    return per_second(run, records - WARM_RECORDS)


def summary(found: dict[str, list[float]], shares: Shares) -> dict[str, float | None]:
    """Reduce all rounds to the figures of the target."""
    ours = median(found["ours"])
    return {
        "records_per_second": round(ours),
        "vs_plain_stream": round(ours / median(found["stream"]), 2),
        "vs_official_client": (
            round(ours / median(found["official"]), 2) if found["official"] else None
        ),
        "p50_us": round(percentile(found["latencies_us"], 0.50), 1),
        "p99_us": round(percentile(found["latencies_us"], 0.99), 1),
        "alerts_timed": len(found["latencies_us"]),
        "added_memory_mb": round(median(found["memory"]), 1),
        "share_that_changes_the_top": round(shares.top, 3),
        "share_that_changes_its_prices": round(shares.prices, 3),
        "share_of_trades": round(shares.trades, 3),
    }


def main() -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--symbols", type=int, default=50)
    parser.add_argument("--records", type=int, default=200_000, help="records of a run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--official", metavar="PYTHON", help="an interpreter that has `databento`")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = measure(arguments.symbols, arguments.records, arguments.rounds, arguments.official)
    shares = tape(arguments.symbols, min(SAMPLE_RECORDS, arguments.records)).shares
    figures = summary(found, shares)
    if arguments.json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    print(machine_name())
    print(f"{arguments.symbols} symbols, {arguments.records} records, {arguments.rounds} rounds")
    for name, value in figures.items():
        print(f"  {name:<30}{value if value is not None else 'null':>14}")
    for name in ("ours", "stream", "official"):
        print(
            f"  {name:<10}{', '.join(f'{each:,.0f}' for each in found[name]) or 'not run'} a second"
        )


if __name__ == "__main__":
    main()
