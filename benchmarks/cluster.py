"""What a cluster itself costs: to connect, for each task, in memory, and for rows of others.

    python benchmarks/cluster.py [--tasks 2000] [--trades 8000] [--json]

Two workers of one thread each are started on this machine. Tasks that do nothing are given to them
as work is, at most four of each on their way. Rows of others are those of a packed file that a
worker reads over, because another one plays them: the whole file is unpacked by each that has some
of its symbols. Processor time says more than seconds where the machine is not alone.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from jobs import cluster_of, write_days
from machine import resident_mb

from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.recorded.share import Share
from trading_bot.recorded.sources import FlatSource, ReadOptions
from trading_bot.scale.address import ClusterAddress
from trading_bot.scale.agreement import Sight
from trading_bot.scale.cluster import Cluster
from trading_bot.scale.driver import Driver

WORKERS = 2
SYMBOLS = 8


def empty(_: int) -> None:
    """Do nothing."""


def tasks_measured(tasks: int) -> dict[str, float]:
    """Measure connecting, tasks that do nothing, and the memory of workers that are ready."""
    with cluster_of(WORKERS) as address:
        started = monotonic_seconds()
        with Cluster(ClusterAddress(address), OrderFlowConfig(), Sight(())) as cluster:
            connected = monotonic_seconds() - started
            driver = Driver(
                empty,
                open_pool=cluster.open_pool,
                workers=WORKERS,
                take=lambda _task, _result: (),
                size_of=lambda _: 1,
            )
            started, used = monotonic_seconds(), time.process_time()
            driver.work_off(range(tasks))
            seconds, used = monotonic_seconds() - started, time.process_time() - used
            megabytes = cluster.open_pool().submit(resident_mb).result()
    return {
        "seconds_to_connect": round(connected, 2),
        "milliseconds_a_task": round(seconds / tasks * 1e3, 2),
        # The scheduler is in this process too.
        "processor_milliseconds_a_task": round(used / tasks * 1e3, 2),
        "megabytes_of_a_worker": round(megabytes),
    }


def rows_measured(trades: int) -> dict[str, float]:
    """Measure reading all rows of a packed day, one symbol's of eight, and none."""
    wanted: dict[str, Callable[[str], bool]] = {
        "all": lambda _: True,
        "one_of_eight": "SYMA".__eq__,
        "none": lambda _: False,
    }
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        rows = write_days(Path(folder), SYMBOLS, 1, trades)
        paths = sorted(Path(folder).iterdir())
        for name, wants in wanted.items():
            used = [_seconds_to_read(paths, wants) for _ in range(3)]
            found[f"processor_microseconds_a_row_read_{name}"] = round(median(used) / rows * 1e6, 2)
    return found


def _seconds_to_read(paths: list[Path], wants: Callable[[str], bool]) -> float:
    share = Share(wants, is_first=True, step_ns=1, one_by_one=False)
    started = time.process_time()
    for _ in FlatSource(paths, ReadOptions(share=share)).batches():
        pass
    return time.process_time() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=2_000)
    parser.add_argument("--trades", type=int, default=8_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = {**tasks_measured(options.tasks), **rows_measured(options.trades)}
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name.replace('_', ' '):48} {value}")


if __name__ == "__main__":
    main()
