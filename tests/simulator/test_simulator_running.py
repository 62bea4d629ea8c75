"""The simulator inside the present process."""

from __future__ import annotations

import socket
import threading
from datetime import timedelta

import pytest
from support.simulator_helpers import MACHINE_START, HandClock, at, fetch

from trading_bot.simulator.market.clock import MarketClock
from trading_bot.simulator.market.market import SimulatedMarket
from trading_bot.simulator.running import RunningSimulator
from trading_bot.simulator.settings import MARKET_START


def test_a_running_simulator_shares_its_clock() -> None:
    # Given a simulator on a clock moved by hand
    clock = HandClock()
    with RunningSimulator(clock=clock, key="k") as simulator:
        # When half a second passes
        clock.move(0.5)
        # Then its market time has moved as much from the start of the run
        assert simulator.clock() == MARKET_START + timedelta(seconds=0.5)
        assert simulator.clock_offset == MARKET_START - MACHINE_START
        assert simulator.market_start == MARKET_START
        assert fetch(simulator.base_url, "/v1/marketstatus/now", key="k").status == 200


def test_a_running_simulator_may_have_been_started_earlier() -> None:
    # Given a run that began a minute ago
    earlier = MACHINE_START - timedelta(minutes=1)
    # When it is taken up again
    with RunningSimulator(clock=HandClock(), started_at=earlier) as simulator:
        # Then the market stands a minute into it
        assert simulator.clock() == MARKET_START + timedelta(minutes=1)


def test_nothing_of_a_simulator_is_left_after_its_block() -> None:
    # Given a simulator, perhaps beside one of other tests
    before = set(threading.enumerate())
    with RunningSimulator(clock=HandClock()) as simulator:
        port = simulator.server.port
    # When its block is over, and it is stopped once more
    simulator.stop()
    # Then thread and port are free
    left = set(threading.enumerate()) - before
    assert "simulator" not in {thread.name for thread in left}
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_a_simulator_that_is_not_started_has_no_server() -> None:
    # Given a simulator that was not started
    simulator = RunningSimulator()
    # When its address is asked for
    # Then it says so
    with pytest.raises(RuntimeError, match="not been started"):
        _ = simulator.base_url


def test_a_taken_port_is_an_error_at_start() -> None:
    # Given a port that someone else holds
    with socket.create_server(("127.0.0.1", 0)) as other:
        simulator = RunningSimulator(port=other.getsockname()[1])
        # When a simulator wants it
        # Then that is an error
        with pytest.raises(OSError, match=r"address|Errno"):
            simulator.start()


def test_a_market_clock_starts_now_unless_told_otherwise() -> None:
    # Given a machine clock
    clock = HandClock()
    # When a market clock is made, and one that began ten seconds ago
    fresh = MarketClock(clock)
    older = MarketClock(clock, started_at=MACHINE_START - timedelta(seconds=10))
    # Then the first stands at the start of the run, the other ten seconds on
    assert fresh.now_ns() == at(0)
    assert older.now_ns() == at(10)


def test_a_market_does_not_list_what_it_does_not_know() -> None:
    # Given a market
    market = SimulatedMarket()
    # When an unknown symbol is asked for
    # Then there is none
    assert market.symbol("NOPE", at(0)) is None
