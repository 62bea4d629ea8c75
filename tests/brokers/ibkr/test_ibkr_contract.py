"""Interactive Brokers keeps the contract of every source, against the simulated TWS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.source_contract import UpdatesContract
from support.tws_bench import TwsBench

from trading_bot.simulator.broker.account import SimulatedAccount
from trading_bot.simulator.broker.served import Served
from trading_bot.simulator.broker.tws import SimulatedTws


class TestIbkr(UpdatesContract):
    @pytest.fixture
    def bench(self) -> Iterator[TwsBench]:
        with Served(SimulatedTws(SimulatedAccount(()))) as served:
            yield TwsBench(served)
