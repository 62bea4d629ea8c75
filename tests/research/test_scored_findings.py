"""What a replay leaves for the score: alerts, exits, quotes, readings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.flat_data import at
from support.recorded_day import BURST_AT, FIXED, SELLS_AT, playback_of, recorded_day

from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.market.units import utc_from_ns
from trading_bot.order_flow.notices import FeedEvent, MonitorEvent
from trading_bot.order_flow.position import Position
from trading_bot.recorded.rows import Row
from trading_bot.replay.playback import open_playback
from trading_bot.research.changed_tapes import MirroredTape
from trading_bot.research.scored_findings import ChangedPlay, Findings, find


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("day")
    recorded_day(folder)
    return folder


def test_alerts_exits_and_quotes_are_kept(folder: Path) -> None:
    # Given a day with a burst and three large sellers
    # When it is played
    found = find(playback_of(folder))
    # Then both kinds are there with their exits, and the quotes of the session
    kinds = [(alert.alert_type, alert.source) for alert in found.alerts]
    assert kinds.count(("red_burst", None)) == 2
    assert kinds.count(("large_seller", "aggressive_sell")) == len(SELLS_AT)
    assert [each.urgency for each in found.exits] == ["high", "elevated"]
    (series,) = found.series
    assert (series.symbol, len(series.stamps)) == ("ACME", 1_350)
    assert found.readings == {}


def test_sizes_of_quotes_are_shares(folder: Path) -> None:
    # Given a day whose quotes show 300 shares at the bid and 200 at the ask
    # When it is played
    (series,) = find(playback_of(folder)).series
    # Then they are kept as shares, not as the millionths of rows
    sizes = (set(series.bid_sizes.tolist()), set(series.ask_sizes.tolist()))
    assert sizes == ({300}, {200})


@pytest.mark.parametrize("with_readings", [False, True])
def test_what_is_held_is_kept(folder: Path, with_readings: bool) -> None:
    # Given a day without positions, and one with a position of a fraction of a share
    own = Position("ACME", "0.5", "99.00")
    given = open_playback([folder], FIXED, positions=[own])
    # When they are played
    found = find(given, with_readings=with_readings)
    usual = find(playback_of(folder), with_readings=with_readings)
    # Then one holds what was given, the other its hundred shares
    assert found.positions == {"ACME": own}
    assert usual.positions["ACME"].quantity == 100
    assert {each.position for each in found.exits} == {own}


def test_readings_are_those_of_the_judge_that_was_asked_for(folder: Path) -> None:
    # Given data that is opened with a judge of its own, as one with profiles is
    made: list[MarketJudge] = []

    def make_judge(*arguments: Any, **options: Any) -> MarketJudge:
        made.append(MarketJudge(*arguments, **options))
        return made[-1]

    # When it is played with readings
    found = find(open_playback([folder], FIXED, make_judge=make_judge), with_readings=True)
    # Then no other judge was made for them
    (judge,) = made
    assert judge.judges["ACME"].quotes == len(found.series[0].stamps)
    assert found.readings["ACME"]


def test_readings_change_no_alert(folder: Path) -> None:
    # Given the same day
    # When it is played with and without readings
    plain, read = find(playback_of(folder)), find(playback_of(folder), with_readings=True)
    # Then alerts, exits and series are the same, and readings come every five seconds
    assert (read.alerts, read.exits) == (plain.alerts, plain.exits)
    assert read.series[0].stamps.tolist() == plain.series[0].stamps.tolist()
    readings = read.readings["ACME"]
    assert len(readings) >= 2_700 // 6
    first = readings[0]
    assert (first.stamp_ns, first.volume_ratio, first.sell_ratio is None) == (at(4.5), None, False)
    at_burst = next(each for each in readings if each.stamp_ns > at(BURST_AT + 28))
    assert at_burst.volume_ratio is not None
    assert at_burst.sell_ratio is not None
    assert at_burst.volume_ratio > 4
    assert at_burst.sell_ratio > 0.9


def test_a_changed_tape_is_judged_by_the_same_rules(folder: Path) -> None:
    # Given the same day, whose sellers become buyers upside down
    # When it is played so
    mirrored = ChangedPlay(FIXED, MirroredTape())
    found = find(playback_of(folder), beside=[mirrored])
    # Then nobody sells in it, and what the day holds is found beside it
    assert mirrored.events == []
    assert len(found.alerts) == 5


def test_a_tape_without_a_row_left_is_not_played(folder: Path) -> None:
    # Given a change that leaves nothing
    def nothing(_: list[Row]) -> list[Row]:
        return []

    # When the tape is played
    # Then nothing is found
    changed = ChangedPlay(FIXED, nothing)
    find(playback_of(folder), beside=[changed])
    assert changed.events == []


def test_feeds_are_no_finding() -> None:
    # Given an event of a feed
    found = Findings()
    event: MonitorEvent = FeedEvent("blind", "ACME", utc_from_ns(at(0)), "no answer", False)
    # When it is told
    found.take(event)
    # Then it is not kept
    assert (found.alerts, found.exits) == ([], [])


def test_settings_come_with_the_data(folder: Path) -> None:
    # Given settings under which no order is large
    config = replace(FIXED, large_order_size_threshold=50_000)
    # When the day is played
    found = find(playback_of(folder, config))
    # Then only bursts are left
    assert {alert.alert_type for alert in found.alerts} == {"red_burst"}
