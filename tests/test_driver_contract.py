"""Every driver gives the judges the same: one tape, and the same is told, whichever way it came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from support.driver_runs import (
    DRIVERS,
    SOLD_THROUGH_THE_BID,
    WITH_SECONDS,
    Told,
    polled,
    recorded,
    streamed,
)

from trading_bot.order_flow.data_models import OrderFlowAlert


@pytest.fixture(scope="module")
def told_by(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Told]:
    """Run each driver once, when its first test asks for it."""
    known: dict[str, Told] = {}

    def run(name: str) -> Told:
        if name not in known:
            known[name] = DRIVERS[name](tmp_path_factory.mktemp("driver"))
        return known[name]

    return run


@pytest.mark.parametrize("name", DRIVERS)
def test_every_driver_finds_the_same(name: str, told_by: Callable[[str], Told]) -> None:
    # Given what a replay of flat files finds
    expected = told_by("replay of flat files")
    # When the same tape comes by another way
    found = told_by(name)
    # Then alerts and exits are the same, and there are some of each
    sold = [each.order_size for each in found.events if isinstance(each, OrderFlowAlert)]
    assert sold.count(SOLD_THROUGH_THE_BID) == 2
    assert found.alerts == expected.alerts
    assert found.exits == expected.exits
    assert len(expected.alerts) >= 6
    assert {each[1] for each in expected.exits} == {"ACME", "BOLT"}


@pytest.mark.parametrize("name", WITH_SECONDS)
def test_every_driver_says_once_that_sizes_exceed_their_threshold(
    name: str, told_by: Callable[[str], Told]
) -> None:
    # Given a stock whose best bid is always twice its threshold, beside an ordinary one
    # When a minute has passed, and another one
    found = told_by(name)
    # Then it is told once, of that stock alone
    assert found.notices == [("BOLT", 10_000, 100)]


@pytest.mark.parametrize("name", WITH_SECONDS)
def test_every_driver_warns_once_of_each_unknown_condition(
    name: str, told_by: Callable[[str], Told]
) -> None:
    # Given prints with two conditions that no table knows, one of them twice
    # When they have come
    found = told_by(name)
    # Then each was logged once, as it came
    assert found.warned == [777, 778]


LIVE: Mapping[str, Callable[..., Told]] = {"poll": polled, "stream": streamed}


@pytest.mark.parametrize("name", LIVE)
def test_a_recording_tells_what_its_live_run_told(name: str, tmp_path: Path) -> None:
    # Given a live run that is recorded
    live: list[Told] = []

    def run(folder: Path, *, recording: Path) -> Told:
        live.append(LIVE[name](folder, recording=recording))
        return live[-1]

    # When the recording is played
    again = recorded(run, tmp_path)
    # Then everything is told again, in the same order and with the same stamps
    assert again.events == live[0].events
    assert again.warned == live[0].warned
