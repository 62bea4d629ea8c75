"""A bot whose broker says what is held: bought, sold in part, sold, and with the broker failing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from support.alpaca_bench import EMPTY, AlpacaBench
from support.patience import until

from trading_bot.bot import TradingBot
from trading_bot.order_flow.clock import OffsetClock
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.positions import FilePositionManager
from trading_bot.positions.following import FollowedPositions
from trading_bot.positions.stops import StopsBeside
from trading_bot.simulator.running import RunningSimulator

pytestmark = pytest.mark.slow  # a market and a broker over sockets

SOON = 3.0
"""Seconds until the bot has asked its positions, which it does once a second."""


class Watch:
    """A bot that runs, and the broker whose account it follows."""

    def __init__(self, simulator: RunningSimulator, bot: TradingBot) -> None:
        self.bench = AlpacaBench(simulator)
        self.bot = bot

    def held(self, symbol: str) -> Decimal | None:
        found = self.bot.monitor.positions.get(symbol)
        return None if found is None else found.quantity

    def holds(self, symbol: str, quantity: int | None) -> Callable[[], bool]:
        return lambda: self.held(symbol) == quantity


@contextmanager
def watching(home: Path) -> Iterator[Watch]:
    with RunningSimulator(broker=EMPTY, warm=True) as simulator:
        config = OrderFlowConfig(polygon_api_key=simulator.key, base_url=simulator.base_url)
        with FollowedPositions(AlpacaBench(simulator).feed()) as broker:
            until(lambda: broker.listens)
            bot = TradingBot(
                config,
                position_manager=StopsBeside(broker, FilePositionManager(home / "none.json"), 5),
                log_directory=home / "record",
                clock=OffsetClock(simulator.clock_offset),
                market="simulated",
            )
            running = threading.Thread(target=bot.run)
            running.start()
            try:
                until(lambda: bot.monitor.judge.knows_positions)
                yield Watch(simulator, bot)
            finally:
                bot.stop()
                running.join()


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    with watching(tmp_path) as found:
        yield found


def test_what_is_bought_is_watched_and_what_is_sold_is_dropped(watch: Watch) -> None:
    # Given an empty account
    assert watch.bot.monitor.positions == {}
    # When shares are bought
    watch.bench.trade("ACME", "1200", "27.05")
    # Then they are watched, with the stop that follows from what was paid
    until(watch.holds("ACME", 1_200), SOON)
    until(lambda: "ACME" in watch.bot.monitor.symbols, SOON)
    assert watch.bot.monitor.positions["ACME"].stop == Decimal("27.05") * Decimal("0.95")
    # When a part is sold, then the rest is watched
    watch.bench.trade("ACME", "500", "27.30")
    until(watch.holds("ACME", 500), SOON)
    # When all is sold, then nothing is, and the state of the symbol is dropped
    watch.bench.trade("ACME", "0", "27.30")
    until(watch.holds("ACME", None), SOON)
    until(lambda: "ACME" not in watch.bot.monitor.judge.judges, SOON)


@pytest.mark.parametrize("failure", ["unknown_key", "server_error", "hang", "cut_body"])
def test_a_broker_that_fails_leaves_every_position_watched(watch: Watch, failure: str) -> None:
    # Given a position
    watch.bench.trade("ACME", "100", "27.05")
    until(watch.holds("ACME", 100), SOON)
    # When the broker fails, and another is bought, of which its stream tells
    watch.bench.break_reads(failure)
    watch.bench.trade("BOLT", "10", "83")
    until(watch.holds("BOLT", 10), SOON)
    until(lambda: watch.bot.monitor.positions_health.startswith("stale: alpaca: "), 10)
    # Then both are watched
    assert set(watch.bot.monitor.positions) == {"ACME", "BOLT"}
    # And it is over when it answers again
    watch.bench.break_reads("")
    until(lambda: watch.bot.monitor.positions_health == "ok", 40)
    assert set(watch.bot.monitor.positions) == {"ACME", "BOLT"}


def test_a_broker_that_says_nothing_is_held_is_not_believed_at_once(watch: Watch) -> None:
    # Given a position
    watch.bench.trade("ACME", "100", "27.05")
    until(watch.holds("ACME", 100), SOON)
    # When the broker forgets it without a trade
    watch.bench.hold("ACME", "0")
    watch.bench.trade("BOLT", "10", "83")
    until(lambda: "lacks ACME" in watch.bot.monitor.positions_health, 10)
    # Then it is watched until all answers over 15 s agree, and then no longer
    assert watch.held("ACME") == 100
    until(watch.holds("ACME", None), 40)
