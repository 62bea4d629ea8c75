"""What an alert costs in a storm of alerts on one symbol, and how soon its line is on the disk.

    python benchmarks/storm.py                 both tables, some 40 s
    python benchmarks/storm.py --seconds 5     a shorter storm
    python benchmarks/storm.py --json          for scripts

First 8,000 alerts of ten minutes, one after another: what the 250th and what the 8,000th cost, the
median of several rounds. Then 200 alerts a second by the wall clock: from a frame's bytes in hand
to the end of what is recorded of it, while the guard's log and the housekeeping of the record go
on beside it. Each frame holds a quote and a print that is a large order at the bid, and goes
through the decoder, the judge and the record on disk, as in `monitor`. The exit status is 1 when a
bound is broken.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from machine import machine_name, percentile
from stream_receiver import start, watching
from stream_tape import LARGE_ORDER_SHARES, START_MS, Row, text

from trading_bot.order_flow.feed.ingest import Ingest
from trading_bot.order_flow.market.units import NS_PER_MS
from trading_bot.order_flow.notices import Listener
from trading_bot.order_flow.providers.polygon.stream_decode import PolygonDecoder
from trading_bot.order_flow.sight.live_symbol import LiveSymbol
from trading_bot.order_flow.telling.event_log import EventLog

SYMBOL = "ACME"
ALERTS = 8_000
EARLY = 250
TEN_MINUTES_MS = 600_000
AROUND = 100
"""Alerts on either side of the one that is named: one alone says little."""
PER_SECOND = 200
WARM_ALERTS = 200
MOST_TIMES = 1.2
MOST_P99_MS = 1.0


class Desk:
    """A monitor on one held symbol with its history, fed by frames."""

    def __init__(self, folder: str) -> None:
        self.monitor = watching([SYMBOL], ALERTS, folder)
        judge = self.monitor.judge
        judge.read_positions()
        start(self.monitor, SYMBOL)
        ingest = Ingest(NS_PER_MS)
        self.decoder = PolygonDecoder(ingest, lambda *_: None, "shares")
        known, way_in = judge.judge_of(SYMBOL), judge.way_in(SYMBOL)
        assert known is not None  # noqa: S101 - it was only just begun
        assert way_in is not None  # noqa: S101 - see above
        ingest.add(LiveSymbol(SYMBOL, known, way_in, 0))

    @property
    def alerts(self) -> int:
        """How many large sellers were found."""
        return self.monitor.judge.publisher.counts["large_seller"]


def frames(number: int, step_ms: int) -> Iterator[tuple[bytes, int]]:
    """Yield so many frames and when they come; each raises an alert at one of a thousand prices."""
    for each in range(number):
        at_ms, bid = START_MS + each * step_ms, 5_000 + each % 1_000
        quote = Row(True, SYMBOL, at_ms, bid, bid + 2, 500, 500, 2 * each + 1, "")
        order = Row(False, SYMBOL, at_ms + 2, bid, 0, LARGE_ORDER_SHARES, 0, 2 * each + 2, "")
        yield f"[{text(quote)},{text(order)}]".encode(), (at_ms + 4) * NS_PER_MS


def costs_us() -> list[float]:
    """Return what each of the alerts costs, microseconds."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(folder)
        made = list(frames(ALERTS, TEN_MINUTES_MS // ALERTS))
        gc.collect()
        for frame, received_ns in made:
            began = time.perf_counter_ns()
            desk.decoder.decode(frame, received_ns, 1)
            found.append((time.perf_counter_ns() - began) / 1e3)
        desk.monitor.close()
        check(desk.alerts, ALERTS)
    return found


def storm_ms(seconds: float) -> list[float]:
    """Return how long each alert of a storm takes to its line, milliseconds."""
    found = []
    pause = threading.Event()
    logger = logging.getLogger("storm")
    logger.propagate = False
    with tempfile.TemporaryDirectory() as folder:
        logger.addHandler(handler := logging.FileHandler(Path(folder) / "host.log"))
        desk = Desk(folder + "/record")
        judge, telling = desk.monitor.judge, desk.monitor.telling
        telling.add_listener(cast(Listener, EventLog(logger)), counts=False)
        made = list(frames(WARM_ALERTS + round(seconds * PER_SECOND), 1_000 // PER_SECOND))
        gc.collect()
        gc.freeze()
        began, looks = time.perf_counter(), 0
        for number, (frame, received_ns) in enumerate(made):
            pause.wait(max(0.0, began + number / PER_SECOND - time.perf_counter()))
            if time.perf_counter() - began >= looks + 1:
                looks += 1
                judge.every_second(received_ns)
            at = time.perf_counter_ns()
            desk.decoder.decode(frame, received_ns, 1)
            found.append((time.perf_counter_ns() - at) / 1e6)
        desk.monitor.close()
        telling.close()
        logger.removeHandler(handler)
        handler.close()
        check(desk.alerts, len(made))
    return found[WARM_ALERTS:]


def check(alerts: int, wanted: int) -> None:
    """Refuse figures of a storm that was none; the last order waits for what follows it."""
    if not wanted - 1 <= alerts <= wanted:
        raise SystemExit(f"{alerts:,} alerts instead of {wanted:,}")


def around(costs: list[float], number: int) -> float:
    """Return the median of an alert and those around it."""
    last = min(number + AROUND, len(costs))
    return statistics.median(costs[last - 2 * AROUND : last])


def measure(rounds: int, seconds: float) -> dict[str, Any]:
    """Return the figures."""
    early, late = [], []
    for _ in range(rounds):
        costs = costs_us()
        early.append(around(costs, EARLY))
        late.append(around(costs, ALERTS))
    times = statistics.median(b / a for a, b in zip(early, late, strict=True))
    storm = storm_ms(seconds)
    return {
        "us_of_the_250th": round(statistics.median(early), 1),
        "us_of_the_8000th": round(statistics.median(late), 1),
        "times": round(times, 3),
        "storm_alerts": len(storm),
        "storm_p50_ms": round(percentile(storm, 0.50), 3),
        "storm_p99_ms": round(percentile(storm, 0.99), 3),
        "storm_max_ms": round(max(storm), 3),
    }


def main() -> None:
    """Print the tables, or JSON; the exit status is 1 when a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30.0, help="of the storm")
    parser.add_argument("--rounds", type=int, default=5, help="of 8,000 alerts")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = measure(arguments.rounds, arguments.seconds)
    if arguments.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        print(machine_name())
        for name, value in figures.items():
            print(f"  {name:<20}{value:>12,}")
    sys.exit(figures["times"] > MOST_TIMES or figures["storm_p99_ms"] >= MOST_P99_MS)


if __name__ == "__main__":
    main()
