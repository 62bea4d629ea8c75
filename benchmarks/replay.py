"""How many rows a second go through a whole replay: files in, record out, process start included.

    python benchmarks/replay.py [PATH ...] [--runs 3] [--peers] [--json]

PATH are Polygon flat files (trades and quotes); without any a seeded day is generated. Every figure
is the median of runs of whole processes, taken in turn; rows are counted by second of processor
time, on however many cores, which other programs on the machine disturb least. `--peers` also lets
polars, duckdb and pandas read the same files into memory, which is all that they do, and times
pandas' rolling sums of one and six minutes over the prints alone; they get an environment of their
own that is thrown away afterwards. Without `--peers`, or where one cannot be installed, its figures
are null.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, NamedTuple

from trading_bot.order_flow.clock import monotonic_seconds

PEERS = ("polars", "duckdb", "pandas")
QUOTES_PER_TRADE = 5
START_NS = 1_381_239_000_000_000_000  # 2013-10-08 09:30 in New York
TRADES_HEADER = (
    "ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,"
    "sip_timestamp,size,tape,trf_id,trf_timestamp"
)
QUOTES_HEADER = (
    "ticker,ask_exchange,ask_price,ask_size,bid_exchange,bid_price,bid_size,conditions,indicators,"
    "participant_timestamp,sequence_number,sip_timestamp,tape,trf_timestamp"
)
READERS = {
    "polars": """
import sys, polars
rows = sum(len(polars.read_csv(path, infer_schema_length=0)) for path in sys.argv[1:])
print(rows)
""",
    "duckdb": """
import sys, duckdb
rows = 0
for path in sys.argv[1:]:
    read = f"create or replace table t as select * from read_csv('{path}', all_varchar=true)"
    duckdb.execute(read)
    rows += duckdb.execute("select count(*) from t").fetchall()[0][0]
print(rows)
""",
    "pandas": """
import sys, pandas
rows = sum(len(pandas.read_csv(path, dtype=str, keep_default_na=False)) for path in sys.argv[1:])
print(rows)
""",
}
ROLLING = """
import sys, time, pandas
prints = pandas.concat([
    frame[["sip_timestamp", "size"]]
    for frame in map(pandas.read_csv, sys.argv[1:]) if "price" in frame
])
sizes = pandas.Series(
    prints["size"].to_numpy(), index=pandas.to_datetime(prints["sip_timestamp"].to_numpy())
).sort_index()
started = time.perf_counter()
sizes.rolling("60s").sum()
sizes.rolling("360s").sum()
print(len(sizes) / (time.perf_counter() - started))
"""


def generated_day(folder: Path, trades: int, seed: int) -> list[Path]:
    """Write a seeded day of one symbol as two flat files."""
    random = Random(seed)
    cents = 1_390
    quotes: list[str] = []
    prints: list[str] = []
    stamp = START_NS
    step = 6 * 3_600 * 1_000_000_000 // (trades * (QUOTES_PER_TRADE + 1))
    for number in range(1, trades + 1):
        for _ in range(QUOTES_PER_TRADE):
            stamp += random.randrange(2 * step)
            cents += random.choice((-1, 1)) if random.random() < 0.01 else 0
            ask_size, bid_size = random.randrange(1, 95), random.randrange(1, 95)
            quotes.append(
                f"DEMO,11,{(cents + 1) / 100:.4f},{ask_size},12,{cents / 100:.4f},{bid_size},,,"
                f"{stamp},{len(quotes) + 1},{stamp},1,"
            )
        stamp += random.randrange(2 * step)
        price = (cents + random.randrange(2)) / 100
        size = int(random.lognormvariate(5, 1.3)) + 1
        conditions = random.choice(("", "", "", "37", '"14,41"'))
        prints.append(
            f"DEMO,{conditions},0,12,{number},{stamp},{price:.4f},{number},{stamp},{size},1,,"
        )
    paths = [folder / "trades.csv.gz", folder / "quotes.csv.gz"]
    for path, header, lines in zip(
        paths, (TRADES_HEADER, QUOTES_HEADER), (prints, quotes), strict=True
    ):
        path.write_bytes(gzip.compress("\n".join((header, *lines, "")).encode(), 5))
    return paths


class Whole(NamedTuple):
    """A process that has ended.

    Attributes:
        seconds: Of the wall.
        cpu_seconds: Of the processor; the wall's where the system does not tell.
        peak_mb: Peak memory; None where the system does not tell.
        out: What it printed.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float | None
    out: str


def run_whole(command: Sequence[str | Path]) -> Whole:
    """Run a process to its end.

    Raises:
        subprocess.CalledProcessError: It failed.
    """
    started = monotonic_seconds()
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen([str(part) for part in command], stdout=out)
        peak = cpu_seconds = None
        if hasattr(os, "wait4"):
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            # Linux counts kilobytes, macOS bytes.
            peak = used.ru_maxrss / (1_000_000 if sys.platform == "darwin" else 1_000)
            cpu_seconds = used.ru_utime + used.ru_stime
        else:
            process.wait()
        seconds = monotonic_seconds() - started
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, process.args)
        out.seek(0)
        return Whole(seconds, seconds if cpu_seconds is None else cpu_seconds, peak, out.read())


def replay_command(paths: Sequence[Path], folder: Path) -> list[str | Path]:
    """Return the command that replays the files and prints JSON."""
    command: list[str | Path] = [sys.executable, "-m", "trading_bot", "replay", *paths]
    return [*command, "--format", "polygon", "--out", folder / "record", "--json"]


def commands(
    paths: Sequence[Path], folder: Path, *, peers: bool
) -> Iterator[tuple[str, list[str | Path], str]]:
    """Yield each case: its name, its command, and what it does."""
    yield "trading-bot replay", replay_command(paths, folder), "reads, judges, writes the record"
    if not peers:
        return
    python = folder / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    venv.create(folder / "env", with_pip=True)
    for peer in PEERS:
        extra = ["numpy"] if peer == "duckdb" else []
        install = [str(python), "-m", "pip", "install", "--quiet", peer, *extra]
        if subprocess.run(install, check=False, timeout=600).returncode == 0:
            yield peer, [python, "-c", READERS[peer], *paths], "reads only"


def measure(paths: Sequence[Path], runs: int, *, peers: bool) -> dict[str, Any]:
    """Run every case in turn and return the medians; peers that did not run are null."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cases = list(commands(paths, folder, peers=peers))
        done: dict[str, list[Whole]] = {case: [] for case, _, _ in cases}
        rows = 0
        for _ in range(runs):
            for case, command, _ in tuple(cases):
                try:
                    whole = run_whole(command)
                except subprocess.CalledProcessError:
                    if case not in PEERS:
                        raise
                    # Its own message stands above; its figures stay null.
                    cases = [each for each in cases if each[0] != case]
                    continue
                done[case].append(whole)
                if case == "trading-bot replay":
                    rows = json.loads(whole.out)["rows"]["read"]
        rolling = None
        pandas = next((command for case, command, _ in cases if case == "pandas"), None)
        if pandas is not None:
            rates = [float(run_whole([*pandas[:2], ROLLING, *paths]).out) for _ in range(runs)]
            rolling = round(median(rates))
    found: dict[str, Any] = {"rows": rows, "runs": runs, "pandas_rolling_prints_a_second": rolling}
    found |= dict.fromkeys(PEERS)
    for case, _, does in cases:
        known = [each.peak_mb for each in done[case] if each.peak_mb is not None]
        seconds = median(each.seconds for each in done[case])
        cpu_seconds = median(each.cpu_seconds for each in done[case])
        found[case] = {
            "does": does,
            "seconds": round(seconds, 2),
            "rows_per_second": round(rows / seconds),
            "cpu_seconds": round(cpu_seconds, 2),
            "rows_per_cpu_second": round(rows / cpu_seconds),
            "peak_mb": round(max(known), 1) if known else None,
        }
    return found


def show(found: dict[str, Any]) -> None:
    """Print the figures as a table."""
    print(f"{found['rows']:,} rows, median of {found['runs']} whole processes")
    print(f"{'':<20}{'seconds':>9}{'CPU s':>9}{'rows/CPU s':>12}{'peak MB':>9}  what it does")
    for case in ("trading-bot replay", *PEERS):
        figures = found[case]
        if figures is None:
            nulls = f"{'null':>9}{'null':>9}{'null':>12}{'null':>9}"
            print(f"{case:<20}{nulls}  not measured (see --peers)")
            continue
        peak = "null" if figures["peak_mb"] is None else f"{figures['peak_mb']:.0f}"
        print(
            f"{case:<20}{figures['seconds']:>9.2f}{figures['cpu_seconds']:>9.2f}"
            f"{figures['rows_per_cpu_second']:>12,}{peak:>9}  {figures['does']}"
        )
    rolling = found["pandas_rolling_prints_a_second"]
    rate = "null (not measured)" if rolling is None else f"{rolling:,} prints a second"
    print(f"pandas rolling sums of 60 s and 360 s, prints in memory already: {rate}")


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--trades", type=int, default=60_000, help="of the generated day")
    parser.add_argument("--seed", type=int, default=5, help="of the generated day")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = options.paths or generated_day(Path(folder), options.trades, options.seed)
        found = measure(paths, options.runs, peers=options.peers)
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        show(found)


if __name__ == "__main__":
    main()
