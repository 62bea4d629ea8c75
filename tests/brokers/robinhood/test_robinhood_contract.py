"""Robinhood keeps the contract of every source of positions, against the simulated one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.robinhood_bench import RobinhoodBench
from support.source_contract import SourceContract

from trading_bot.simulator.broker.account import SimulatedAccount
from trading_bot.simulator.broker.robinhood import SimulatedRobinhood
from trading_bot.simulator.broker.served import Served


class TestRobinhood(SourceContract):
    @pytest.fixture
    def bench(self) -> Iterator[RobinhoodBench]:
        with Served(SimulatedRobinhood(SimulatedAccount(()))) as served:
            yield RobinhoodBench(served)
