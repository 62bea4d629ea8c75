"""The guard over real sockets: on the simulated market, as a host would try it first."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from trading_bot.order_flow import (
    DataSourceError,
    GuardEvent,
    GuardMode,
    GuardState,
    OrderFlowAlert,
    OrderFlowConfig,
    OrderFlowGuard,
    View,
)
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.running import RunningSimulator

pytestmark = pytest.mark.slow  # a market over sockets

POSITIONS = {"CLIF": {"shares": 10, "entry_price": "45.20"}}
"""A large bid rests on CLIF from before the run."""


@pytest.fixture(scope="module")
def market() -> Iterator[RunningSimulator]:
    with RunningSimulator(warm=True) as simulator:
        yield simulator


@pytest.fixture
def config(market: RunningSimulator) -> Iterator[OrderFlowConfig]:
    market.faults.clear()
    yield OrderFlowConfig(
        thresholds="fixed",
        polygon_api_key=market.key,
        base_url=market.base_url,
        requests_per_second=90.0,
        poll_interval_seconds=0.2,
    )
    market.faults.clear()


def first_alert(guard: OrderFlowGuard) -> tuple[OrderFlowAlert, list[str]]:
    """Run a guard until its first alert; return that and the states before."""
    states: list[str] = []
    alerts: list[OrderFlowAlert] = []
    happened = threading.Event()

    def listen(event: GuardEvent) -> None:
        if isinstance(event, GuardState):
            states.append(event.kind)
        elif isinstance(event, OrderFlowAlert):
            alerts.append(event)
            happened.set()

    guard.add_listener(listen)
    with guard:
        assert happened.wait(20), states
    return alerts[0], states


@pytest.mark.parametrize("mode", ["stream_or_poll", "stream", "poll"])
def test_a_position_of_a_dict_is_watched_in_every_mode(
    mode: GuardMode, config: OrderFlowConfig
) -> None:
    # Given a bot with a dict of positions, and no clock of the market's
    guard = OrderFlowGuard(config, POSITIONS, mode=mode, log_directory=None)
    # When it runs until it hears of something
    alert, states = first_alert(guard)
    # Then that is the bid, whatever the way
    assert (alert.symbol, alert.source) == ("CLIF", "resting_bid")
    assert states[0] == "started"
    assert "refused" not in states


def test_a_plan_without_a_stream_is_polled(
    market: RunningSimulator, config: OrderFlowConfig
) -> None:
    # Given a plan that allows no stream
    market.faults.add(Fault("ws_plan_without_websocket"))
    guard = OrderFlowGuard(config, POSITIONS, log_directory=None)
    # When it runs
    alert, states = first_alert(guard)
    # Then it polls, says so, and finds the same
    assert (alert.symbol, alert.source) == ("CLIF", "resting_bid")
    assert states[:3] == ["started", "connection", "refused"]


@pytest.mark.parametrize("mode", ["stream_or_poll", "stream", "poll"])
def test_a_wrong_key_is_known_before_the_start_returns(
    mode: GuardMode, config: OrderFlowConfig
) -> None:
    # Given a key that the market does not know
    wrong = replace(config, polygon_api_key="not-the-key")
    guard = OrderFlowGuard(wrong, POSITIONS, mode=mode, log_directory=None)
    # When it is started, in a thread or on a loop
    for start in (guard.start, lambda: asyncio.run(guard.run_async())):
        with pytest.raises(DataSourceError, match="does not know this key"):
            start()
    # Then every listener was told as well
    assert [event.kind for event in guard.drain() if isinstance(event, GuardState)] == [
        "failed",
        "failed",
    ]


def test_a_quiet_symbol_becomes_calm_once_it_can_be_seen(config: OrderFlowConfig) -> None:
    # Given a bot that holds a quiet symbol
    dove = {"symbol": "DOVE", "qty": "5", "avg_entry_price": 110.8}
    # A bid that is sold to again and again is no calm one.
    config = replace(config, bid_attack_executions=0)
    guard = OrderFlowGuard(config, [dove], log_directory=None)
    pause = threading.Event()
    seen: list[View] = []
    # When it asks the guard again and again
    with guard:
        while len(seen) < 400 and (not seen or seen[-1].pressure != "calm"):
            seen.append(guard.view("DOVE"))
            pause.wait(0.05)
    # Then it is calm only from when it can be seen on
    assert seen[-1].pressure == "calm"
    assert all(each.sees == "visible" for each in seen if each.pressure == "calm")
    assert seen[0].pressure == "unknown"
