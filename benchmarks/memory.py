"""What the live process takes in memory: at the start, for each symbol, and over a whole day.

    python benchmarks/memory.py                      the table; a quarter of an hour
    python benchmarks/memory.py --parts added        one figure; half a minute
    python benchmarks/memory.py --structures         which lines hold it, by symbol and in all
    python benchmarks/memory.py --core compiled      with the core as a compiled install has it
    python benchmarks/memory.py --quick --json       small, for scripts and tests

Every figure is a fresh process: `trading-bot monitor` itself, as the console script starts it, with
its terminal, record and official client, streaming a seeded tape over loopback from a server in a
process of its own. Resident memory, all shared libraries included, less that of an interpreter that
does nothing. MB are 10^6 bytes and KB 1,000.

Kinds of market: `ranked`, 1,200 events a second (70 % quotes), a symbol's share falling with its
rank; `busy`, a quote and a print of every symbol each second, so that every second of its windows
is filled; `quiet`, the same each 20 seconds, for so long that all that is bounded has reached its
bound. A large order a minute raises alerts. Linux and macOS; on macOS the peak stands for the
present.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression, median
from typing import Any

from compiled_core import core_environment, core_python
from machine import machine_name
from stream_tape import symbol_names

HERE = Path(__file__).parent
OPEN_NS = 1_773_149_400_000_000_000  # 2026-03-10 09:30 New York
PARTS = ("added", "slope", "day")
LONGEST_SECONDS = 3_600
BARE = """
import os, sys
try:
    pages = int(open('/proc/self/statm').read().split()[1])
    print(pages * os.sysconf('SC_PAGE_SIZE') / 1e6)
except FileNotFoundError:
    import resource
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)
"""
TARGETS = {
    "added_memory_mb": "< 50",
    "kb_per_symbol_ranked": "< 5",
    "kb_per_symbol_busy": "< 5",
    "kb_per_symbol_quiet": "< 5",
    "day_growth_mb": "flat",
}
SETTINGS = {
    # A hurried clock makes minutes of the second between two looks.
    "freshness_warn_seconds": 300,
    "freshness_limit_seconds": 600,
    "blind_after_seconds": 600,
}
LINES_SHOWN = 25


@dataclass(frozen=True)
class Size:
    """How much is measured; spans in simulated seconds.

    Attributes:
        symbols: Of the first figure and of the day.
        slope_symbols: How many, for what each one takes.
        warm_seconds: Until all windows are full.
        quiet_seconds: The same for quiet symbols.
        day_seconds: One session.
        mark_seconds: How often the day is looked at.
    """

    symbols: int = 1_000
    slope_symbols: tuple[int, ...] = (1_000, 4_000, 8_000)
    warm_seconds: int = 420
    quiet_seconds: int = 2_700
    day_seconds: int = 23_400
    mark_seconds: int = 3_600


QUICK = Size(60, (60, 180), 30, 40, 90, 30)


@contextlib.contextmanager
def provider(kind: str, symbols: int, seconds: int, judged_fd: int) -> Iterator[str]:
    """Run the other side; yield its port."""
    command = [sys.executable, "memory_sender.py", "--kind", kind, "--symbols", str(symbols)]
    command += ["--seconds", str(seconds), "--judged-fd", str(judged_fd)]
    process = subprocess.Popen(
        command, cwd=HERE, pass_fds=(judged_fd,), stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            if process.stdout is None:
                raise SystemExit("a provider without output")
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def run(
    kind: str,
    symbols: int,
    seconds: int,
    core: str | None,
    *,
    marks: Sequence[int] = (),
    trace: bool = False,
) -> dict[str, Any]:
    """Run the command through one tape in a home of its own; return what it read of itself."""
    judged, tell = os.pipe()
    with tempfile.TemporaryDirectory() as directory, provider(kind, symbols, seconds, judged) as at:
        home = Path(directory)
        write_home(home, symbols)
        command = [core or sys.executable, "memory_process.py", "--home", str(home), "--port", at]
        command += ["--symbols", str(symbols), "--open-ns", str(OPEN_NS)]
        command += ["--seconds", str(seconds), "--marks", json.dumps(list(marks))]
        command += ["--judged-fd", str(tell), *(["--trace"] if trace else [])]
        done = subprocess.run(
            command,
            cwd=HERE,
            env=environment(home, compiled=core is not None),
            pass_fds=(tell,),
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_SECONDS,
        )
    os.close(judged)
    os.close(tell)
    if done.returncode:
        raise SystemExit(f"{kind}, {symbols} symbols: it failed\n{done.stderr[-2_000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if not found["resident_mb"]:
        raise SystemExit(f"{kind}, {symbols} symbols: it ended early\n{done.stdout[:2_000]}")
    at, resident = found["resident_mb"][-1]
    sys.stderr.write(f"{kind}, {symbols} symbols, after {at} s: {resident:.1f} MB resident\n")
    return found


def write_home(home: Path, symbols: int) -> None:
    """Write the files that a person would: positions and settings."""
    (home / "config").mkdir()
    held = [
        {"symbol": name, "quantity": "100", "average_price": "50"} for name in symbol_names(symbols)
    ]
    positions = json.dumps({"positions": held})
    (home / "config" / "positions.json").write_text(positions, encoding="utf-8")
    settings = home / "config" / "order_flow_config.json"
    settings.write_text(json.dumps(SETTINGS), encoding="utf-8")


def environment(home: Path, *, compiled: bool) -> dict[str, str]:
    """Return this process's environment with the home's settings and no others."""
    ours = ("ORDER_FLOW_", "MASSIVE_", "POLYGON_", "MOMENTUM_", "TRADING_BOT_")
    found = core_environment(compiled=compiled)
    kept = {name: text for name, text in found.items() if not name.startswith(ours)}
    return {**kept, "TRADING_BOT_HOME": str(home), "MASSIVE_API_KEY": "benchmark"}


def bare_mb() -> float:
    """Return what an interpreter takes that does nothing."""
    looks = [
        subprocess.run([sys.executable, "-c", BARE], capture_output=True, text=True, check=True)
        for _ in range(3)
    ]
    return median(float(look.stdout) for look in looks)


def added(size: Size, bare: float, core: str | None, rounds: int) -> dict[str, Any]:
    """Measure the whole process with the market's usual mix of symbols."""
    found = [run("ranked", size.symbols, size.warm_seconds, core) for _ in range(rounds)]
    return {
        "bare_mb": round(bare, 1),
        "added_memory_mb": round(median(each["resident_mb"][-1][1] for each in found) - bare, 1),
        "added_before_tape_mb": round(median(each["started_mb"] for each in found) - bare, 1),
        "added_peak_mb": round(median(each["peak_mb"] for each in found) - bare, 1),
        "modules": found[0]["modules"],
    }


def slope(size: Size, bare: float, core: str | None) -> dict[str, Any]:
    """Measure what one more symbol takes, by the least squares of a few sizes."""
    figures: dict[str, Any] = {}
    spans = {"ranked": size.warm_seconds, "busy": size.warm_seconds, "quiet": size.quiet_seconds}
    for kind, seconds in spans.items():
        resident = [
            run(kind, symbols, seconds, core)["resident_mb"][-1][1] - bare
            for symbols in size.slope_symbols
        ]
        figures[f"added_mb_{kind}"] = {
            str(symbols): round(each, 1)
            for symbols, each in zip(size.slope_symbols, resident, strict=True)
        }
        by_symbol, _ = linear_regression(size.slope_symbols, resident)
        figures[f"kb_per_symbol_{kind}"] = round(by_symbol * 1_000, 2)
    return figures


def day(size: Size, bare: float, core: str | None) -> dict[str, Any]:
    """Look at the process again and again through a whole session."""
    marks = range(size.mark_seconds, size.day_seconds, size.mark_seconds)
    found = run("ranked", size.symbols, size.day_seconds, core, marks=marks)
    seen = found["resident_mb"]
    return {
        "day_added_mb": {
            str(round(at / size.mark_seconds, 2)): round(each - bare, 1) for at, each in seen
        },
        "day_growth_mb": round(seen[-1][1] - seen[0][1], 1),
        "day_events": found["events"],
        "day_record_mb": round(found["record_bytes"] / 1e6, 2),
    }


def structures(size: Size) -> None:
    """Print which lines hold the memory that Python asked for: per symbol, and in all."""
    few, more = size.symbols // 4, size.symbols
    for kind, seconds in (("busy", size.warm_seconds), ("quiet", size.quiet_seconds)):
        less, most = (
            run(kind, count, seconds, None, trace=True)["traced"] for count in (few, more)
        )
        by_line = {line: (held - less.get(line, 0)) / (more - few) for line, held in most.items()}
        print(f"{kind}: {sum(by_line.values()):,.0f} B a symbol, between {few} and {more} symbols")
        for line in sorted(by_line, key=lambda each: -by_line[each])[:LINES_SHOWN]:
            print(f"  {by_line[line]:>8,.0f} B  {line}")
        print(f"{kind}, {more} symbols: {sum(most.values()) / 1e6:.1f} MB in all")
        for line in sorted(most, key=lambda each: -most[each])[:LINES_SHOWN]:
            print(f"  {most[line] / 1e6:>8.2f} MB {line}")


def main() -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog="Examples: memory.py --parts added --rounds 3; memory.py --quick --json",
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--rounds", type=int, default=3, help="of the first figure: its median")
    parser.add_argument("--quick", action="store_true", help="few symbols, short spans")
    parser.add_argument("--structures", action="store_true", help="which lines hold it")
    parser.add_argument("--core", choices=("python", "compiled"), default="python")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if sys.platform == "win32":
        raise SystemExit("memory is measured on Linux and macOS only")
    size = QUICK if asked.quick else Size()
    if asked.structures:
        structures(size)
        return
    core = core_python() if asked.core == "compiled" else None
    bare = bare_mb()
    figures: dict[str, Any] = {"core": "python" if core is None else "compiled"}
    if "added" in asked.parts:
        figures |= added(size, bare, core, 1 if asked.quick else asked.rounds)
    if "slope" in asked.parts:
        figures |= slope(size, bare, core)
    if "day" in asked.parts:
        figures |= day(size, bare, core)
    if asked.json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    print(machine_name())
    print(f"{size.symbols} symbols; sizes of the slope: {size.slope_symbols}")
    for name, value in figures.items():
        shown = value if isinstance(value, float | int) else json.dumps(value)
        print(f"  {name:<22}{shown!s:>10}  {TARGETS.get(name, '')}".rstrip())


if __name__ == "__main__":
    main()
