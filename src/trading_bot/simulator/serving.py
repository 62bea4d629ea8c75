"""Serves the simulated market until the process is told to end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from threading import Thread
from typing import TextIO

from trading_bot.simulator.broker.terms import BROKER_KEY
from trading_bot.simulator.server import ServerSettings, SimulatorServer
from trading_bot.simulator.settings import MARKET_START


def listening_line(server: SimulatorServer, key: str) -> str:
    """Return what a parent needs to know, as one JSON object."""
    return json.dumps(
        {
            "event": "simulator.listening",
            "base_url": server.base_url,
            "ws_url": server.ws_url,
            **({} if server.gateway is None else {"depth_url": server.gateway.url}),
            **({} if server.broker is None else {"broker_key": BROKER_KEY}),
            "key": key,
            "market_start": MARKET_START.isoformat(),
            "started_at": server.clock.started_at.isoformat(),
            "speed": server.clock.speed,
            "clock_offset_seconds": server.clock.offset.total_seconds(),
            "symbols": list(server.market.symbols),
        }
    )


async def serve(settings: ServerSettings, key: str, parent: int | None, output: TextIO) -> None:
    """Serve until told to end, or until the parent is gone.

    Args:
        settings: What is served.
        key: The one that is let in.
        parent: A descriptor that ends with the parent; None for a simulator that stands alone.
        output: Where it says that it listens.
    """
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
