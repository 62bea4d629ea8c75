"""How much faster two jobs replay than one: whole processes, in turn, and the records compared.

    python benchmarks/jobs.py [--symbols 8] [--days 2] [--trades 20000] [--rounds 3] [--jobs 2]
                              [--thresholds fixed] [--dask] [--json]

The days are seeded: files of trades and quotes of all symbols, sorted by time, packed. A round
replays them by one job and by several, in an order that changes with each round, so that whatever
else the machine does meets both. What counts is the ratio of the two; the median of the rounds is
printed, beside the seconds that each took. Where the machine is not alone, the processor time of
several to that of one says more: so much is done twice. The processor time of a row with twice the
days and twice the symbols tells whether its cost stays the same.

`--dask` also replays by a cluster of Dask with as many workers, of one thread each, which stand
ready on this machine before the rounds begin; the processor time of workers is not in its figure.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from statistics import median

from replay import QUOTES_HEADER, TRADES_HEADER

from trading_bot.order_flow.clock import monotonic_seconds

OPEN_NS = 1_381_239_000_000_000_000
"""2013-10-08 09:30 in New York."""
SECOND = 1_000_000_000
SESSION = 6 * 3_600 * SECOND
QUOTES_PER_TRADE = 5


def write_days(folder: Path, symbols: int, days: int, trades: int) -> int:
    """Write seeded days; return their rows."""
    for day in range(days):
        begin = OPEN_NS + day * 86_400 * SECOND
        rows: tuple[list[tuple[int, str]], list[tuple[int, str]]] = ([], [])
        for number in range(symbols):
            chance = Random(f"{number} {day}")
            name, cents = f"SYM{chr(65 + number)}", 5_000 + 100 * number
            for sequence in range(trades * (QUOTES_PER_TRADE + 1)):
                stamp = begin + chance.randrange(SESSION)
                if sequence % (QUOTES_PER_TRADE + 1):
                    bid, ask = chance.randrange(1, 95), chance.randrange(1, 95)
                    prices = f"{(cents + 1) / 100:.4f},{ask},12,{cents / 100:.4f},{bid}"
                    line = f"{name},11,{prices},,,{stamp},{sequence},{stamp},1,"
                    rows[0].append((stamp, line))
                else:
                    size = int(chance.lognormvariate(5, 1.3)) + 1
                    price = (cents + chance.randrange(2)) / 100
                    made = f"{sequence},{stamp},{price:.4f},{sequence},{stamp},{size}"
                    rows[1].append((stamp, f"{name},,0,12,{made},1,,"))
        for kind, header, lines in zip("qt", (QUOTES_HEADER, TRADES_HEADER), rows, strict=True):
            text = "\n".join((header, *(line for _, line in sorted(lines)), ""))
            (folder / f"{kind}{day}.csv.gz").write_bytes(gzip.compress(text.encode(), 5))
    return symbols * days * trades * (QUOTES_PER_TRADE + 1)


def replayed(data: Path, home: Path, by: Sequence[str]) -> tuple[float, float, str]:
    """Replay by a process of its own; return wall and processor seconds, and the digest."""
    out = home / f"out{by[0]}{by[1].rpartition(':')[2]}"
    command = [sys.executable, "-m", "trading_bot", "replay", str(data), *by]
    command += ["--out", str(out), "--config", str(home / "settings.json"), "--json"]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), monotonic_seconds()
    subprocess.run(
        command,
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "TRADING_BOT_HOME": str(home)},
    )
    seconds = monotonic_seconds() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    digest = hashlib.sha256()
    for path in sorted(out.glob("*.jsonl")):
        digest.update(path.read_bytes())
    return seconds, cpu, digest.hexdigest()


@contextmanager
def cluster_of(workers: int) -> Iterator[str]:
    """Start a cluster on this machine; yield its address."""
    from distributed import LocalCluster

    options = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(**options) as found:
        yield found.scheduler_address


def measured(options: argparse.Namespace, home: Path, cluster: str | None) -> dict[str, object]:
    """Measure rounds of all, and the cost of a row of more days and symbols."""
    data = home / "data"
    data.mkdir()
    rows = write_days(data, options.symbols, options.days, options.trades)
    ways = {"one": ("--jobs", "1"), "many": ("--jobs", str(options.jobs))}
    if cluster is not None:
        ways["cluster"] = ("--cluster", cluster)
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    processor: dict[str, list[float]] = {way: [] for way in ways}
    digests = set()
    for number in range(options.rounds):
        for way in sorted(ways, reverse=bool(number % 2)):
            took, cpu, digest = replayed(data, home, ways[way])
            seconds[way].append(took)
            processor[way].append(cpu)
            digests.add(digest)
    costs = {}
    for name, times_symbols, times_days in (("symbols", 2, 1), ("days", 1, 2)):
        more = home / name
        more.mkdir()
        shape = (options.symbols * times_symbols, options.days * times_days)
        twice = write_days(more, *shape, options.trades)
        _, cpu, _ = replayed(more, home, ways["one"])
        costs[f"cost_of_a_row_with_twice_the_{name}"] = round(
            cpu / twice / (median(processor["one"]) / rows), 3
        )
    return {
        "rows": rows,
        "jobs": options.jobs,
        **{f"seconds_by_{way}": [round(each, 2) for each in seconds[way]] for way in ways},
        "times_as_fast": ratio(seconds["one"], seconds["many"]),
        **({"cluster_to_many": ratio(seconds["cluster"], seconds["many"])} if cluster else {}),
        "microseconds_of_processor_time_a_row": round(median(processor["one"]) / rows * 1e6, 2),
        "processor_time_of_many_to_one": round(
            median(processor["many"]) / median(processor["one"]), 3
        ),
        "records_are_the_same": len(digests) == 1,
        **costs,
    }


def ratio(seconds: Sequence[float], others: Sequence[float]) -> float:
    """Return how many times as long one took as another, round by round."""
    return round(median(a / b for a, b in zip(seconds, others, strict=True)), 3)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--symbols", type=int, default=8)
    parser.add_argument("--days", type=int, default=2)
    parser.add_argument("--trades", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--thresholds", choices=("fixed", "own_scale"), default="fixed")
    parser.add_argument("--dask", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(cluster_of(options.jobs)) if options.dask else None
        (home / "settings.json").write_text(json.dumps({"thresholds": options.thresholds}))
        found = measured(options, home, cluster)
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name.replace('_', ' '):40} {value}")


if __name__ == "__main__":
    main()
