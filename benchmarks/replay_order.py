"""What a row costs in files sorted by time, and in files with decimals, against the usual ones.

    python benchmarks/replay_order.py [--rounds 5] [--symbols 20 1000] [--rows 180000] [--json]

The same seeded day of many symbols is written sorted by ticker and sorted by time, and a day of a
few symbols with whole sizes and with decimals, as today's files have them. Each is replayed by
whole processes in turn, and read alone, without being judged; figures are medians of processor
time for each row, less what a process takes that only starts. By time, over many symbols, a row
that is judged also costs what the processor's cache does not hold of their state.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, NamedTuple

from replay import (
    QUOTES_HEADER,
    QUOTES_PER_TRADE,
    START_NS,
    TRADES_HEADER,
    replay_command,
    run_whole,
)

READ = """
import sys
from pathlib import Path
from trading_bot.recorded.sources import FlatSource, ReadOptions
for _ in FlatSource([Path(each) for each in sys.argv[1:]], ReadOptions()).batches():
    pass
"""
IDLE = "import trading_bot.recorded.sources"
DAY_NS = 6 * 3_600 * 1_000_000_000
FEW = 20


class Line(NamedTuple):
    """A row of a file."""

    symbol: str
    stamp_ns: int
    text: str


def lines_of(symbols: int, rows: int, *, decimals: bool) -> tuple[list[Line], list[Line]]:
    """Return a seeded day's trades and quotes, symbol by symbol."""
    random = Random(7)
    trades: list[Line] = []
    quotes: list[Line] = []
    each = max(1, rows // symbols // (QUOTES_PER_TRADE + 1))
    step = DAY_NS // (each * (QUOTES_PER_TRADE + 1))
    for number in range(symbols):
        symbol, cents, stamp = f"S{number:04d}", 1_390, START_NS + number
        for trade in range(1, each + 1):
            for quote in range(QUOTES_PER_TRADE):
                stamp += random.randrange(2 * step)
                cents += random.choice((-1, 1)) if random.random() < 0.01 else 0
                ask_size, bid_size = random.randrange(1, 95), random.randrange(1, 95)
                text = (
                    f"{symbol},11,{(cents + 1) / 100:.4f},{ask_size},12,{cents / 100:.4f},"
                    f"{bid_size},,,{stamp},{trade * 10 + quote},{stamp},1,"
                )
                quotes.append(Line(symbol, stamp, text))
            stamp += random.randrange(2 * step)
            price = (cents + random.randrange(2)) / 100
            size = int(random.lognormvariate(5, 1.3)) + 1
            written = f"{price:.6f},{trade},{stamp},{size}.000000"
            if not decimals:
                written = f"{price:.4f},{trade},{stamp},{size}"
            text = f"{symbol},,0,12,{trade},{stamp},{written},1,,"
            trades.append(Line(symbol, stamp, text))
    return trades, quotes


def by_time(lines: list[Line]) -> list[Line]:
    """Return lines in the order of their stamps."""
    return sorted(lines, key=lambda line: line.stamp_ns)


def written(folder: Path, trades: Sequence[Line], quotes: Sequence[Line]) -> list[Path]:
    """Write a day; a kind without rows gets no file."""
    folder.mkdir()
    paths = []
    for name, header, lines in (("t", TRADES_HEADER, trades), ("q", QUOTES_HEADER, quotes)):
        if lines:
            path = folder / f"{name}.csv"
            path.write_text("\n".join((header, *(line.text for line in lines), "")))
            paths.append(path)
    return paths


def days(folder: Path, symbols: Sequence[int], rows: int) -> dict[str, list[Path]]:
    """Write every day that is compared, and return its files."""
    found = {}
    for number in symbols:
        trades, quotes = lines_of(number, rows, decimals=False)
        found[f"{number:,} symbols by ticker"] = written(folder / f"a{number}", trades, quotes)
        ordered = by_time(trades), by_time(quotes)
        found[f"{number:,} symbols by time"] = written(folder / f"b{number}", *ordered)
    for name, decimals in (("whole numbers", False), ("decimals", True)):
        trades, _ = lines_of(FEW, rows, decimals=decimals)
        found[name] = written(folder / name.partition(" ")[0], trades, ())
    return found


def measure(symbols: Sequence[int], rows: int, rounds: int) -> dict[str, Any]:
    """Run every case in turn; return microseconds a row, and the ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = days(folder, symbols, rows)
        lines = {
            case: sum(path.read_bytes().count(b"\n") - 1 for path in paths)
            for case, paths in files.items()
        }
        taken: dict[tuple[str, str], list[float]] = {}
        for _ in range(rounds):
            idle = run_whole([sys.executable, "-c", IDLE]).cpu_seconds
            for case, paths in files.items():
                commands: dict[str, list[str | Path]] = {
                    "replayed": [*replay_command(paths, folder), "--accept-losses"],
                    "read": [sys.executable, "-c", READ, *paths],
                }
                for does, command in commands.items():
                    seconds = run_whole(command).cpu_seconds - idle
                    taken.setdefault((case, does), []).append(seconds / lines[case])
    costs = {key: median(each) * 1e6 for key, each in taken.items()}
    ratios = {
        f"by time over by ticker, {number:,} symbols, {does}": costs[
            f"{number:,} symbols by time", does
        ]
        / costs[f"{number:,} symbols by ticker", does]
        for number in symbols
        for does in ("replayed", "read")
    }
    for does in ("replayed", "read"):
        ratio = costs["whole numbers", does] / costs["decimals", does]
        ratios[f"speed of decimals over whole numbers, {does}"] = ratio
    return {
        "rounds": rounds,
        "rows": lines,
        "us_a_row": {f"{case}, {does}": round(each, 2) for (case, does), each in costs.items()},
        "ratios": {name: round(ratio, 2) for name, ratio in ratios.items()},
    }


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--symbols", type=int, nargs="+", default=[FEW, 1_000])
    parser.add_argument("--rows", type=int, default=180_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options.symbols, options.rows, options.rounds)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print(f"median of {found['rounds']} whole processes each, processor time")
    for case, cost in found["us_a_row"].items():
        print(f"{case:<45}{cost:>8.2f} us a row")
    for name, ratio in found["ratios"].items():
        print(f"{name:<45}{ratio:>8.2f}")


if __name__ == "__main__":
    main()
