"""What metrics cost: a scrape of 50 symbols, what it does to who judges, and memory.

    python benchmarks/metrics.py                   50 symbols, 12 rounds of 5 s each way
    python benchmarks/metrics.py --json            for scripts

The frame that is timed, from its bytes to the line of its alert, is that of `live_file.py`. In
every second round a process of its own scrapes, once a second unless told otherwise; Prometheus
usually does so every 15 s. Memory is that of `monitor --simulated`, with and without a port that is
scraped. Linux only: it reads `/proc`.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from live_file import PAIRS_PER_SECOND, WARM_PAIRS, Bench
from machine import machine_name, percentile
from prometheus_client import CollectorRegistry, generate_latest
from stream_receiver import END_NS
from stream_tape import symbol_names

from trading_bot.metrics.collector import GuardCollector
from trading_bot.metrics.serving import MetricsServer
from trading_bot.order_flow.sight.ledger import Ledger

SCRAPES = 200
EVERY_SECONDS = 1.0
MEMORY_RUNS = 3


def bench_of(symbols: int, pairs: int, record: str) -> tuple[Bench, CollectorRegistry]:
    """Return a monitor that has judged some of its tape, and its metrics, each time read anew."""
    bench = Bench(symbols, WARM_PAIRS + pairs, record)
    for name in symbol_names(symbols):
        bench.monitor.judge.sightings.keep_ledger(name, Ledger(name, END_NS))
    for _ in range(WARM_PAIRS):
        bench.step(is_timed=False)
    registry = CollectorRegistry()
    seconds = itertools.count()
    collector = GuardCollector(bench.monitor, steady=lambda: 2.0 * next(seconds))
    registry.register(collector)
    return bench, registry


def of_a_scrape(symbols: int) -> dict[str, float]:
    """Measure what it takes to read a guard and to write it down, and how long to be told it.

    The first two are time of the processor; to write includes to read.
    """
    with tempfile.TemporaryDirectory() as record:
        bench, registry = bench_of(symbols, 0, record)
        # Outside of a run no symbol is told.
        with bench.monitor._one_run():  # noqa: SLF001 - the tape is given by hand
            processor = time.thread_time_ns
            read = _milliseconds(lambda: len(list(registry.collect())), processor)
            written = _milliseconds(lambda: len(generate_latest(registry)), processor)
            body = generate_latest(registry)
            with MetricsServer(registry, 0, bench.monitor.threads) as server:
                told = _milliseconds(lambda: scrape(server.port), time.perf_counter_ns)
        bench.monitor.close()
    series = sum(not line.startswith(b"#") for line in body.splitlines())
    return {
        "series": float(series),
        "body_kb": len(body) / 1e3,
        **{
            f"{name}_{part}_ms": percentile(found, share)
            for name, found in (("read_cpu", read), ("written_cpu", written), ("scraped", told))
            for part, share in (("p50", 0.5), ("p99", 0.99))
        },
    }


def _milliseconds(step: Callable[[], int], now_ns: Callable[[], int]) -> list[float]:
    found = []
    for _ in range(SCRAPES):
        began = now_ns()
        step()
        found.append((now_ns() - began) / 1e6)
    return found


def scrape(port: int) -> int:
    """Return how many bytes a scraper is told."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5.0)
    try:
        connection.request("GET", "/metrics")
        return len(connection.getresponse().read())
    finally:
        connection.close()


def scrape_on(port: int, every_seconds: float) -> None:
    """Scrape again and again, as long as whoever began this lives; refusals are passed over."""
    pause = threading.Event()
    while os.getppid() != 1:
        with suppress(OSError):  # the other way's turn
            scrape(port)
        pause.wait(every_seconds)


def scraped_and_not(
    symbols: int, rounds: int, seconds: float, every_seconds: float
) -> dict[str, float]:
    """Measure both ways in turn."""
    each = round(seconds * PAIRS_PER_SECOND)
    found: dict[bool, list[float]] = {False: [], True: []}
    with tempfile.TemporaryDirectory() as record, ExitStack() as all_of_it:
        bench, registry = bench_of(symbols, 2 * rounds * each, record)
        threads = bench.monitor.threads
        with MetricsServer(registry, 0, threads) as first:
            port = first.port
        scraper = subprocess.Popen(
            [sys.executable, __file__, "--scrape", str(port), "--every", str(every_seconds)]
        )
        all_of_it.callback(scraper.wait)
        all_of_it.callback(scraper.kill)
        all_of_it.enter_context(bench.monitor._one_run())  # noqa: SLF001 - as above
        gc.collect()
        gc.freeze()
        pause = threading.Event()
        for number in range(2 * rounds):
            is_on = bool(number % 2)
            bench.latencies_us = found[is_on]
            with ExitStack() as on:
                if is_on:
                    on.enter_context(MetricsServer(registry, port, threads))
                due = time.perf_counter()
                for _ in range(each):
                    due += 1 / PAIRS_PER_SECOND
                    pause.wait(max(0.0, due - time.perf_counter()))
                    bench.step()
        bench.monitor.close()
    off, on_ = found[False], found[True]
    figures = {"samples": float(len(on_))}
    for name, part in (("p50", 0.5), ("p99", 0.99)):
        figures[f"{name}_off_us"] = percentile(off, part)
        figures[f"{name}_on_us"] = percentile(on_, part)
        figures[f"{name}_ratio"] = percentile(on_, part) / percentile(off, part)
    return figures


def of_memory(seconds: float) -> dict[str, float]:
    """Measure what a guard takes without and with a port that is scraped, medians."""
    without = [_memory_of([], seconds) for _ in range(MEMORY_RUNS)]
    with_ = [_memory_of(["--metrics-port", "0"], seconds) for _ in range(MEMORY_RUNS)]
    return {"guard_mb": median(without), "guard_with_metrics_mb": median(with_)}


def _memory_of(options: list[str], seconds: float) -> float:
    with tempfile.TemporaryDirectory() as home:
        said = Path(home) / "said"
        with said.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "trading_bot", "monitor", "--simulated", *options],
                env={**os.environ, "TRADING_BOT_HOME": home},
                stdout=output,
            )
        try:
            pause, ends = threading.Event(), time.monotonic() + seconds
            while time.monotonic() < ends:
                pause.wait(EVERY_SECONDS)
                _, _, rest = said.read_text(encoding="utf-8").partition(
                    "Metrics: http://127.0.0.1:"
                )
                if rest:
                    scrape(int(rest.partition("/")[0]))
            pages = int(Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()[1])
        finally:
            process.terminate()
            process.wait()
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    """Measure, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--symbols", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=5.0, help="of one round, one way")
    parser.add_argument("--every", type=float, default=EVERY_SECONDS, help="seconds of a scrape")
    parser.add_argument("--memory-seconds", type=float, default=20.0, help="0: leave memory out")
    parser.add_argument("--scrape", type=int, metavar="PORT", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.scrape is not None:
        scrape_on(arguments.scrape, arguments.every)
        return
    figures = of_a_scrape(arguments.symbols)
    figures |= scraped_and_not(
        arguments.symbols, arguments.rounds, arguments.seconds, arguments.every
    )
    if arguments.memory_seconds:
        figures |= of_memory(arguments.memory_seconds)
    if arguments.json:
        print(json.dumps(figures))
        return
    print(machine_name())
    for name, value in figures.items():
        print(f"{name:<22} {value:>12,.2f}")


if __name__ == "__main__":
    main()
