"""A bot that watches everything, over the simulated market's own sockets."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trading_bot.bot import TradingBot
from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.notices import FeedEvent
from trading_bot.positions.fixed_position_manager import FixedPositionManager
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.positions import POSITIONS
from trading_bot.simulator.running import RunningSimulator

pytestmark = pytest.mark.slow  # a market over sockets

HELD = next(each for each in POSITIONS if each.symbol == "DOVE")
SPEED = 4.0
"""ACME's three large sellers come 8, 16 and 24 s after the market's start: in six seconds."""


def lines_in(directory: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted(directory.glob("*.jsonl"))
        for line in path.read_bytes().splitlines()
    ]


def sellers_in(directory: Path) -> list[str]:
    """Return the symbols of the large orders that were recorded as sold."""
    return [
        each["symbol"] for each in lines_in(directory) if each.get("source") == "aggressive_sell"
    ]


def wait_for(holds: Callable[[], bool], seconds: float = 15.0) -> None:
    pause, started = threading.Event(), monotonic_seconds()
    while not holds():
        assert monotonic_seconds() - started < seconds
        pause.wait(0.02)


def test_sellers_of_what_is_not_held_are_recorded_and_the_position_stays_protected(
    tmp_path: Path,
) -> None:
    # Given a position in DOVE, which stays calm, and a bot that watches everything
    with RunningSimulator(speed=SPEED) as sim:
        config = OrderFlowConfig(
            thresholds="fixed",
            polygon_api_key=sim.key,
            base_url=sim.base_url,
            requests_per_second=90.0,
        )
        bot = TradingBot(
            config,
            position_manager=FixedPositionManager([HELD]),
            log_directory=tmp_path,
            clock=sim.clock,
            mode="stream",
            everything=True,
        )
        told: list[object] = []
        bot.monitor.add_listener(told.append)
        thread = threading.Thread(target=bot.run)
        thread.start()
        try:
            # When ACME, which is not held, meets three large sellers
            wait_for(lambda: sellers_in(tmp_path).count("ACME") >= 3)
            wait_for(lambda: bot.monitor.visibility("DOVE").state == "visible")
            seen = bot.monitor.visibility("ACME")
            asked = {each for found in sim.requests.of("trades") for each in found.symbols}
            # And the connection is cut
            before = len(sim.requests.of("trades", "DOVE"))
            sim.faults.add(Fault("ws_close", count=1))
            wait_for(lambda: len(sim.requests.of("trades", "DOVE")) > before)
            wait_for(lambda: bot.monitor.visibility("DOVE").state == "visible")
            asked |= {each for found in sim.requests.of("trades") for each in found.symbols}
        finally:
            bot.stop()
            thread.join(10)
    # Then that is recorded, and is no exit: nobody holds it
    assert not thread.is_alive()
    events = {each["event"] for each in lines_in(tmp_path)}
    assert "order_flow.exit_signal_triggered" not in events
    assert seen == ("degraded", "not_compared: nobody compares what is not held")
    # And the position alone is fetched and told of, and was never blind
    assert asked == {"DOVE"}
    feed = [each for each in told if isinstance(each, FeedEvent)]
    assert {each.symbol for each in feed} <= {"DOVE"}
    assert [each for each in feed if each.kind == "blind"] == []
