"""Alpaca keeps the contract of every source of positions, against the simulated broker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.alpaca_bench import EMPTY, AlpacaBench
from support.source_contract import UpdatesContract

from trading_bot.simulator.running import RunningSimulator


class TestAlpaca(UpdatesContract):
    @pytest.fixture
    def bench(self) -> Iterator[AlpacaBench]:
        with RunningSimulator(broker=EMPTY) as simulator:
            yield AlpacaBench(simulator)
