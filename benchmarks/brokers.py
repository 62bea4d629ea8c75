"""What positions from a broker cost in memory: the guard that follows one, and each client library.

    python benchmarks/brokers.py
    python benchmarks/brokers.py --seconds 120 --rounds 5
    python benchmarks/brokers.py --seconds 10 --rounds 1 --json    for scripts and tests

Starts `trading-bot monitor` against a simulated market, with positions from a file and with the
same from its simulated broker, and reads the resident memory after the same time, less that of an
interpreter that does nothing. Each client is imported after all that the guard has loaded; one that
is not installed is named. MB are 10^6 bytes. Linux and macOS.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from statistics import median
from typing import Final

from machine import machine_name
from memory import BARE, bare_mb

from trading_bot.simulator.broker.terms import BROKER_KEY, BrokerTerms
from trading_bot.simulator.positions import POSITIONS
from trading_bot.simulator.running import RunningSimulator

KEY: Final = "a-key-of-this-benchmark"
TARGET_MB: Final = 60.0
GUARD: Final = "trading_bot.commands.monitor"
CLIENTS: Final = (
    ("alpaca, by our own connections", "trading_bot.brokers.alpaca.feed"),
    ("alpaca-py, which is not used", "alpaca.trading.client"),
    ("ib_async", "ib_async"),
    ("robin_stocks", "robin_stocks.robinhood"),
)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=30.0, help="after what time it is read")
    parser.add_argument("--rounds", type=int, default=3, help="each figure is their median")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if sys.platform == "win32":
        raise SystemExit("memory is measured on Linux and macOS only")
    bare = bare_mb()
    guards = {
        source: round(
            median(guard_mb(source, asked.seconds) for _ in range(asked.rounds)) - bare, 1
        )
        for source in ("file", "alpaca")
    }
    loaded = imported_mb(GUARD, rounds=asked.rounds) or 0.0
    clients = {
        words: None
        if (with_it := imported_mb(GUARD, module, rounds=asked.rounds)) is None
        else round(with_it - loaded, 1)
        for words, module in CLIENTS
    }
    if asked.json:
        sys.stdout.write(json.dumps({"bare_mb": bare, "guard_mb": guards, "clients": clients}))
        return
    print(machine_name())
    print(f"bare interpreter        {bare:6.1f} MB; the others are over it")
    for source, found in guards.items():
        print(f"guard, positions {source:<7}{found:6.1f} MB  < {TARGET_MB:g}")
    print("what a client adds to what the guard has loaded:")
    for words, adds in clients.items():
        print(f"  {words:<32}" + ("not installed" if adds is None else f"{adds:6.1f} MB"))


def guard_mb(source: str, seconds: float) -> float:
    """Return the resident memory of a guard that has watched for so long.

    Args:
        source: The value of `positions_source`.
        seconds: How long.
    """
    broker = BrokerTerms(secret=KEY, holdings=POSITIONS)
    with (
        RunningSimulator(key=KEY, warm=True, broker=broker) as sim,
        tempfile.TemporaryDirectory() as home,
    ):
        config = Path(home) / "config"
        config.mkdir()
        held = [
            {
                "symbol": each.symbol,
                "quantity": str(each.quantity),
                "average_price": str(each.average_price),
            }
            for each in POSITIONS
        ]
        positions = json.dumps({"positions": held})
        (config / "positions.json").write_text(positions, encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-m", "trading_bot", "monitor", "--base-url", sim.base_url],
            env={
                **os.environ,
                "TRADING_BOT_HOME": home,
                "MASSIVE_API_KEY": KEY,
                "APCA_API_KEY_ID": BROKER_KEY,
                "APCA_API_SECRET_KEY": KEY,
                "ORDER_FLOW_POSITIONS_SOURCE": source,
                "ORDER_FLOW_POSITIONS_URL": sim.base_url,
            },
            stdout=subprocess.DEVNULL,
        )
        threading.Event().wait(seconds)
        try:
            if process.poll() is not None:
                raise SystemExit(f"the guard with positions of {source} has ended by itself")
            return resident_mb(process.pid)
        finally:
            process.terminate()
            process.wait()


def resident_mb(pid: int) -> float:
    """Return what a process holds now, shared libraries included."""
    said = subprocess.run(
        ["/bin/ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True
    )
    return int(said.stdout) * 1_024 / 1e6


def imported_mb(*modules: str, rounds: int) -> float | None:
    """Return what an interpreter takes with some modules; None where one is missing."""
    code = "".join(f"import {each}\n" for each in modules) + BARE
    looks = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        for _ in range(rounds)
    ]
    return (
        None
        if any(each.returncode for each in looks)
        else median(float(each.stdout) for each in looks)
    )


if __name__ == "__main__":
    main()
