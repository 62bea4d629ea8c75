"""A simulated market for the doctor's questions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from trading_bot.simulator.running import RunningSimulator


@pytest.fixture(scope="session")
def warm_market() -> Iterator[RunningSimulator]:
    # The hour of history is made once, before the first test is timed.
    with RunningSimulator(warm=True) as simulator:
        yield simulator


@pytest.fixture
def sim(warm_market: RunningSimulator) -> RunningSimulator:
    warm_market.faults.clear()
    return warm_market
