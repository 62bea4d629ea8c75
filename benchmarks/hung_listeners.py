"""How soon alerts and exits are in the record while everybody who is told hangs.

    python benchmarks/hung_listeners.py                       a minute of the simulated market
    python benchmarks/hung_listeners.py --seconds 20 --json   for scripts

The bot holds every symbol of the simulated market, a process of its own, and streams them over
loopback sockets with the lowest thresholds, so that the minute is busy. Its terminal is held as by
Ctrl-S, its listeners hang, so does an event loop that iterates over the events, and nobody reads
the queue of a host's loop. What is measured stands in the record: `latency_ms` of an alert, from
the arrival of its bytes to its line, and for an exit that plus the time to the exit's own line.
What is found in the history that is fetched at the start, minutes in one answer, is counted apart.
It runs on POSIX only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import pty
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

from machine import machine_name, percentile
from rich.console import Console

from trading_bot.bot import TradingBot
from trading_bot.order_flow.clock import OffsetClock
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.position import Position
from trading_bot.positions.fixed_position_manager import FixedPositionManager
from trading_bot.screen import Output, Screen
from trading_bot.simulator.market.listing import LISTINGS
from trading_bot.simulator.process import SimulatorProcess
from trading_bot.terminal import TerminalView

HOLD = b"\x13"
CATCHING_UP = timedelta(seconds=2)
"""After the start, until all is streamed."""
LIMIT_MS = 100.0
"""What every line must be within."""


def record_of(seconds: float, listeners: int, folder: Path) -> tuple[list[dict[str, Any]], float]:
    """Watch with everybody hung; return the lines, and how long the end took beyond its time."""
    with SimulatorProcess() as market, held_terminal() as console:
        clock = OffsetClock(market.clock_offset)
        bot = TradingBot(
            OrderFlowConfig(
                polygon_api_key=market.key,
                base_url=market.base_url,
                thresholds="fixed",
                large_order_size_threshold=1_000,
                volume_spike_threshold=1.5,
                exit_sources=("resting_bid", "aggressive_sell", "ask_wall"),
            ),
            position_manager=FixedPositionManager(
                [
                    Position(each.symbol, Decimal(100), Decimal(each.anchor_cents) / 100)
                    for each in LISTINGS
                ]
            ),
            log_directory=folder,
            clock=clock,
            mode="stream",
        )
        for _ in range(listeners):
            bot.monitor.add_listener(hang)
        threading.Thread(target=asyncio.run, args=(hung_loop(bot),), daemon=True).start()
        unread = bot.monitor.telling.open_queue()
        began = time.monotonic()
        screen = Screen(folder, console)
        view = TerminalView(
            bot, clock=OffsetClock(market.clock_offset), record=folder, screen=screen
        )
        with screen:
            # More than the terminal takes, so that the screen is held from the beginning.
            for _ in range(500):
                screen.say("x" * 1_000)
            with view:
                bot.run(seconds)
        took = time.monotonic() - began - seconds
        unread.close()
    paths = sorted(folder.glob("*.jsonl"))
    return [json.loads(line) for path in paths for line in path.read_bytes().splitlines()], took


def hang(_: MonitorEvent) -> None:
    """Be told of something, and never come back."""
    threading.Event().wait()


async def hung_loop(bot: TradingBot) -> None:
    """Begin to iterate over the events, and let the loop hang."""
    feed = bot.monitor.events()
    await anext(feed)
    threading.Event().wait()


@contextmanager
def held_terminal() -> Iterator[Console]:
    """Open a terminal that a person has held before anything is written."""
    person, process = pty.openpty()
    os.write(person, HOLD)
    # Left open: a thread is held within it until the process ends.
    stream = os.fdopen(process, "w", encoding="utf-8")
    yield Console(file=Output(stream), force_terminal=True)  # type: ignore[arg-type]


def latencies_ms(lines: list[dict[str, Any]]) -> dict[str, list[float]]:
    """Return those of alerts and exits, apart those that the history at the start holds."""
    started = next(x for x in lines if x["event"] == "order_flow.monitoring_started")
    live_from = datetime.fromisoformat(started["timestamp"]) + CATCHING_UP
    alerts: dict[str, dict[str, Any]] = {}
    found: dict[str, list[float]] = {"alerts": [], "exits": [], "of_history": []}
    for line in lines:
        is_live = datetime.fromisoformat(line["timestamp"]) >= live_from
        if "alert_type" in line:
            alerts[line["alert_id"]] = line
            found["alerts" if is_live else "of_history"].append(line["latency_ms"])
        elif line["event"] == "order_flow.exit_signal_triggered":
            alert = alerts[line["alert_ids"][-1]]
            told, raised = (datetime.fromisoformat(each["logged_at"]) for each in (line, alert))
            latency = alert["latency_ms"] + (told - raised).total_seconds() * 1e3
            found["exits" if is_live else "of_history"].append(latency)
    return found


def main() -> None:
    """Print the table, or JSON; the exit status is 1 when a line came too late."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="of the simulated market")
    parser.add_argument("--listeners", type=int, default=5, help="that hang")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        lines, took = record_of(arguments.seconds, arguments.listeners, Path(directory))
    found = latencies_ms(lines)
    figures: dict[str, float | int] = {}
    for name, values in found.items():
        figures[name] = len(values)
        if values:
            figures[f"{name}_median_ms"] = round(percentile(values, 0.5), 3)
            figures[f"{name}_p99_ms"] = round(percentile(values, 0.99), 3)
            figures[f"{name}_max_ms"] = round(max(values), 3)
    figures["end_seconds"] = round(took, 2)
    if arguments.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        print(machine_name())
        print(f"{arguments.listeners} listeners and the terminal hang for {arguments.seconds:g} s")
        for name, value in figures.items():
            print(f"  {name:<24}{value:>14,}")
    sys.exit(max(chain(found["alerts"], found["exits"]), default=LIMIT_MS) >= LIMIT_MS)


if __name__ == "__main__":
    main()
