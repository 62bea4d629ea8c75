"""What streaming costs: messages a second, microseconds to the alert's line, memory.

    python benchmarks/stream.py                    the table
    python benchmarks/stream.py --json             for scripts
    python benchmarks/stream.py --no-peers         without nautilus_trader
    python benchmarks/stream.py --core python      the core as plain Python

The core is compiled for the benchmark as `TRADING_BOT_COMPILE=1 pip install .` does for a bot, in
an environment of its own under `.bench/`; without a C compiler it is plain Python, and `core` says
so. Peers call the same core.

Every run is a fresh process that receives a seeded tape (70 % quotes, 30 % prints, 1,000 symbols)
over a loopback socket from a sender in a process of its own. Throughput at 100 events a frame, all
of them judged: each symbol's start is asked for first, and waited for while the tape comes slowly,
untimed, which takes most of a run's forty seconds; the official client's models fed to the same
functions of the monitor at 10 a frame; nautilus_trader's backtest engine with an actor that calls
the same functions for the same ticks, in an environment of its own under `.bench/`, made at the
first run. Latency is from a frame's bytes in hand to the alert's line written: `p50_us` and
`p99_us` while the tape goes on without a pause, with frames of a quote and a large order timed
among it (`stream_latency.py`); `calm_p50_us` and `calm_p99_us` over the socket with 10 events each
2 ms and one alert in every twentieth frame, where every frame finds a processor that has slept.
Rounds are interleaved; figures are medians of processor time, which other programs on the machine
disturb least.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from compiled_core import ROOT, compile_for, core_environment, core_python
from machine import machine_name, percentile
from stream_tape import WARM_FRAMES

HERE = Path(__file__).parent
PEER_ENVIRONMENT = ROOT / ".bench" / "nautilus"
PEER_PACKAGES = (
    "nautilus_trader",
    "certifi",
    "python-socks",
    "msgspec",
    "mypy_extensions",
    "python-dotenv",
    "tenacity",
    "urllib3",
)
PACED_SECONDS = 0.002
LATENCY_FRAMES = 4_000
PEER_EVENTS = 100_000
MOST_RUNS = 4
BROKEN = frozenset({"mute", "slept", "no_answer"})
"""Why a connection was ended before the tape was, as a machine does that has too much to do."""


@contextlib.contextmanager
def sender(*arguments: object) -> Iterator[str]:
    """Run a sender; yield its port."""
    command = [sys.executable, "stream_sender.py", *map(str, arguments)]
    process = subprocess.Popen(
        command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    with process:
        try:
            if process.stdout is None:
                raise SystemExit("a sender without output")
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def is_whole(run: dict[str, Any], messages: int) -> bool:
    """Return whether all messages of one connection were judged: else their time says nothing."""
    counts = run["counts"]
    # What history brought is judged as well, and is no message. A new connection begins the tape
    # anew; the one that is tried after its end brings nothing any more.
    judged = run["judged"] - counts.get("missed_judged", 0)
    return bool(judged == messages and counts.get("close_1000") and not BROKEN & counts.keys())


def figures_of(
    python: str, script: str, *arguments: object, compiled: bool = False
) -> dict[str, Any]:
    """Run one receiver to its end, with a core of its environment's or of the source."""
    done = subprocess.run(
        [python, script, *map(str, arguments)],
        cwd=HERE,
        env=core_environment(compiled=compiled),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{script} failed:\n{done.stderr[-2_000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def whole_run(messages: int, run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run a receiver until a run is whole; end where none is.

    A machine that has much else to do breaks a connection now and then.
    """
    found: dict[str, Any] = {}
    for _ in range(MOST_RUNS):
        found = run()
        if is_whole(found, messages):
            return found
    said = {name: found[name] for name in ("judged", "counts")}
    raise SystemExit(f"not just the {messages:,} messages of one connection: {said}")


def per_second(figures: dict[str, Any], events: int) -> float:
    """Return events per second of processor time."""
    return float(events / figures["cpu_seconds"])


def peer_python() -> str | None:
    """Return the interpreter of nautilus_trader's environment, made where it is missing."""
    python = PEER_ENVIRONMENT / "bin" / "python"
    if not python.is_file():
        base = next(iter(_newer_interpreters()), None)
        if base is None:
            return None
        commands: list[list[str]] = [
            [base, "-m", "venv", str(PEER_ENVIRONMENT)],
            [str(python), "-m", "pip", "install", "-q", *PEER_PACKAGES],
        ]
        for command in commands:
            if subprocess.run(command, capture_output=True, check=False).returncode:
                shutil.rmtree(PEER_ENVIRONMENT, ignore_errors=True)
                return None
    return str(python)


def _newer_interpreters() -> Iterator[str]:
    """Find interpreters that nautilus_trader supports."""
    found = [sys.executable, *map(shutil.which, ("python3.13", "python3.12"))]
    found += sorted(map(str, (Path.home() / ".pyenv/versions").glob("3.1[23]*/bin/python")))
    check = "import sys; sys.exit(not (3, 12) <= sys.version_info < (3, 14))"
    for candidate in filter(None, found):
        if not subprocess.run(
            [candidate, "-c", check], capture_output=True, check=False
        ).returncode:
            yield candidate


def measure(
    symbols: int, events: int, rounds: int, core: str | None, peer: str | None
) -> dict[str, Any]:
    """Run everything, interleaved; return all figures of all rounds."""
    run_one = partial(figures_of, compiled=core is not None)
    found: dict[str, list[float]] = {
        name: [] for name in ("ours_100", "ours_10", "official_10", "nautilus", "memory")
    }
    latencies: list[float] = []
    calm: list[float] = []
    small = events // 2
    size = ("--symbols", symbols)
    with (
        sender(*size, "--events", events) as hundred,
        sender(*size, "--events", small, "--per-frame", 10) as ten,
        sender(
            *size,
            *("--events", LATENCY_FRAMES * 10, "--per-frame", 10),
            *("--alerts", "--pause", PACED_SECONDS),
        ) as paced,
    ):
        receiver = (core or sys.executable, "stream_receiver.py", *size)
        for _ in range(rounds):
            ours = partial(run_one, *receiver, "--port", hundred, "--events", events)
            run = whole_run(events, ours)
            found["ours_100"].append(per_second(run, events - 100 * WARM_FRAMES))
            ours = partial(run_one, *receiver, "--port", ten, "--events", small)
            run = whole_run(small, ours)
            found["ours_10"].append(per_second(run, small - 10 * WARM_FRAMES))
            run = run_one(*receiver, "--port", ten, "--events", small, "--official")
            found["official_10"].append(per_second(run, small - 10 * WARM_FRAMES))
            if peer is not None:
                run = run_one(peer, "stream_nautilus.py", symbols, PEER_EVENTS)
                found["nautilus"].append(per_second(run, PEER_EVENTS))
            latencies += run_one(receiver[0], "stream_latency.py", *size)["latencies_us"]
            run = run_one(*receiver, "--port", paced, "--events", LATENCY_FRAMES * 10, "--latency")
            calm += run["latencies_us"]
            found["memory"].append(run["added_memory_mb"])
    return {"latencies_us": latencies, "calm_us": calm, **found}


def summary(found: dict[str, Any]) -> dict[str, float | str | None]:
    """Reduce all rounds to the figures of the target."""
    ours = median(found["ours_100"])
    return {
        "messages_per_second": round(ours),
        "p50_us": round(percentile(found["latencies_us"], 0.50), 1),
        "p99_us": round(percentile(found["latencies_us"], 0.99), 1),
        "calm_p50_us": round(percentile(found["calm_us"], 0.50), 1),
        "calm_p99_us": round(percentile(found["calm_us"], 0.99), 1),
        "vs_polygon_client": round(median(found["ours_10"]) / median(found["official_10"]), 2),
        "vs_nautilus": round(ours / median(found["nautilus"]), 2) if found["nautilus"] else None,
        "added_memory_mb": round(median(found["memory"]), 1),
    }


def main() -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--symbols", type=int, default=1_000)
    parser.add_argument("--events", type=int, default=300_000, help="messages of a run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--core", choices=("compiled", "python"), default="compiled")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    core = core_python() if arguments.core == "compiled" else None
    peer = None if arguments.no_peers else peer_python()
    if peer is not None and core is not None and not compile_for(peer, dependencies=False):
        peer = None
    if peer is None:
        print("vs_nautilus is null: nautilus_trader is not there", file=sys.stderr)
    found = measure(arguments.symbols, arguments.events, arguments.rounds, core, peer)
    figures = {**summary(found), "core": "python" if core is None else "compiled"}
    if arguments.json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    print(machine_name())
    print(f"{arguments.symbols} symbols, {arguments.events} messages, {arguments.rounds} rounds")
    for name, value in figures.items():
        print(f"  {name:<22}{value if value is not None else 'null':>14}")
    for name in ("ours_100", "ours_10", "official_10", "nautilus"):
        print(f"  {name:<22}{', '.join(f'{each:,.0f}' for each in found[name]):>14} a second")


if __name__ == "__main__":
    main()
