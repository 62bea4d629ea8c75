"""`python -m trading_bot.simulator`: the simulated market as a process of its own.

Prints one JSON line with its address, key and start of market time once it listens, and ends on
SIGINT, SIGTERM, or with `--with-parent` when its standard input ends.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime
from math import inf
from threading import Thread
from typing import TextIO

from trading_bot.simulator.faults.fault_kinds import FAULT_KINDS
from trading_bot.simulator.faults.faults import Fault, parse_fault
from trading_bot.simulator.server import ServerSettings, SimulatorServer
from trading_bot.simulator.settings import DEFAULT_KEY, DEFAULT_SEED, KEY_VARIABLE, MARKET_START
from trading_bot.simulator.stream.ws_api import StreamTerms


def _fault(text: str) -> Fault:
    try:
        return parse_fault(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(
            f"{text} has no time zone; write it like 2026-01-31T12:00Z"
        )
    return moment


def _speed(text: str) -> float:
    speed = float(text)
    if not 0 < speed < inf:
        raise argparse.ArgumentTypeError(f"{text} must be a number above 0")
    return speed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m trading_bot.simulator",
        description="A local market that speaks the provider's REST and WebSocket protocols.",
        epilog=f"The key comes from {KEY_VARIABLE}. Kinds of fault: {', '.join(FAULT_KINDS)}.",
    )
    parser.add_argument("--port", type=int, default=0, help="TCP port; 0 takes any free one")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="same seed, same events")
    parser.add_argument(
        "--fault",
        type=_fault,
        action="append",
        default=[],
        metavar="KIND[,NAME=VALUE…]",
        help="for example rate_limited,retry_after=2,paths=trades+quotes,count=3,after_seconds=20",
    )
    parser.add_argument(
        "--started-at",
        type=_moment,
        help="machine time, ISO 8601, at which the market stood at its start; default now",
    )
    parser.add_argument(
        "--speed", type=_speed, default=1.0, help="market seconds in a second; default 1"
    )
    parser.add_argument(
        "--limit-bands", action="store_true", help="let the stream's LULD channel be subscribed"
    )
    parser.add_argument(
        "--with-parent",
        action="store_true",
        help="end when standard input ends; Ctrl-C is left to the parent",
    )
    return parser


def listening_line(server: SimulatorServer, key: str) -> str:
    """Return what a parent needs to know, as one JSON object."""
    return json.dumps(
        {
            "event": "simulator.listening",
            "base_url": server.base_url,
            "ws_url": server.ws_url,
            "key": key,
            "market_start": MARKET_START.isoformat(),
            "started_at": server.clock.started_at.isoformat(),
            "speed": server.clock.speed,
            "clock_offset_seconds": server.clock.offset.total_seconds(),
            "symbols": list(server.market.symbols),
        }
    )


async def _serve(settings: ServerSettings, key: str, parent: int | None, output: TextIO) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def end(*_: object) -> None:
        loop.call_soon_threadsafe(ended.set)

    def wait_for_parent(descriptor: int) -> None:
        # Not through sys.stdin: a thread that holds its lock spoils the interpreter's end.
        while os.read(descriptor, 1):
            pass
        end()

    # Ctrl-C reaches every process of the terminal: the parent ends the child in its own order.
    before = [
        (number, signal.signal(number, handler))
        for number, handler in (
            (signal.SIGTERM, end),
            (signal.SIGINT, end if parent is None else signal.SIG_IGN),
        )
    ]
    server = SimulatorServer(settings)
    try:
        await server.start()
        output.write(listening_line(server, key) + "\n")
        output.flush()
        if parent is not None:
            Thread(target=wait_for_parent, args=(parent,), daemon=True).start()
        await ended.wait()
    finally:
        await server.stop()
        for number, handler in before:
            signal.signal(number, handler)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to end; return the exit status."""
    options = _parser().parse_args(arguments)
    key = os.environ.get(KEY_VARIABLE) or DEFAULT_KEY
    settings = ServerSettings(
        seed=options.seed,
        keys=(key,),
        port=options.port,
        faults=options.fault,
        started_at=options.started_at,
        warm=True,
        speed=options.speed,
        stream=StreamTerms(limit_bands=options.limit_bands),
    )
    parent = sys.stdin.fileno() if options.with_parent else None
    try:
        asyncio.run(_serve(settings, key, parent, sys.stdout))
    except (OSError, OverflowError) as error:
        sys.stderr.write(f"cannot listen on port {options.port}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
