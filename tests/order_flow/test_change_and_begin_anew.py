"""What was judged before a change of settings is not judged by the new ones as a watch goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.market import give_quote, give_trade
from support.monitor_stubs import ASK, BID, HandClock, Holdings, StubClient, at, position

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.recommendation import ExitRecommendation

CONFIG = OrderFlowConfig(thresholds="fixed")
LOWERED = OrderFlowConfig(thresholds="fixed", large_order_size_threshold=5_000)
HOUR = 3_600


class Guarded:
    """A monitor with a record, whose clock a test moves, and what it tells."""

    def __init__(self, folder: Path | None, start: float, config: OrderFlowConfig = CONFIG) -> None:
        self.clock = HandClock()
        self.clock.move(start)
        self.monitor = OrderFlowMonitor(
            config,
            position_manager=Holdings(position()),
            client=StubClient(),
            clock=self.clock,
            log_directory=folder,
        )
        self.told: list[MonitorEvent] = []
        self.monitor.judge.publisher.add_listener(self.told.append)
        self.begin()

    def begin(self) -> None:
        """Begin a run, as one that is begun anew does."""
        self.monitor._begin()
        judge = self.monitor.judge
        judge.read_positions()
        now_ns = at(self.second)
        judge.watch("ACME", from_ns=judge.history_start("ACME", now_ns), now_ns=now_ns)

    @property
    def second(self) -> float:
        return (self.clock() - HandClock()()).total_seconds()

    def sell(self, *seconds: float, shares: int = 12_000) -> None:
        """Give orders, in history as they were live: ids and alerts follow from stamps alone."""
        for second in seconds:
            give_quote(self.monitor.judge, "ACME", at(second - 0.5), BID, 500, ASK, 500)
            give_trade(self.monitor.judge, "ACME", at(second), BID, shares)
        self.monitor.judge.every_second(at(self.second))

    def go_to(self, second: float) -> None:
        self.clock.move(second - self.second)

    def change(self, config: OrderFlowConfig) -> None:
        self.monitor.change_settings(config)
        self.monitor.judge.read_positions()

    def take(self) -> list[Any]:
        told, self.told[:] = list(self.told), []
        return [
            each.order_size if isinstance(each, OrderFlowAlert) else "exit"
            for each in told
            if isinstance(each, OrderFlowAlert | ExitRecommendation)
        ]


def test_a_watch_that_begins_anew_does_not_judge_again_what_was_judged_before_a_change() -> None:
    # Given two large sellers, a smaller one, and a threshold that is lowered after them
    guarded = Guarded(None, HOUR)
    guarded.sell(HOUR, HOUR + 10)
    guarded.sell(HOUR + 20, shares=6_000)
    guarded.go_to(HOUR + 21)
    guarded.change(LOWERED)
    before = guarded.take()
    # When the run begins anew and is given the same history, then a third
    guarded.go_to(HOUR + 30)
    guarded.begin()
    guarded.sell(HOUR, HOUR + 10)
    guarded.sell(HOUR + 20, shares=6_000)
    again = guarded.take()
    guarded.sell(HOUR + 29, shares=6_000)
    # Then nothing of before is told, by no id, and the three make one exit
    assert (before, again) == ([12_000, 12_000], [])
    assert guarded.take() == [6_000, "exit"]
    (exit_,) = guarded.monitor.judge.publisher.exits.values()
    assert len(exit_.alerts) == 3


@pytest.mark.parametrize("second", [19.999, 20, 20.001])
def test_what_came_at_the_change_or_later_is_judged_by_the_new_settings(second: float) -> None:
    # Given a threshold that is lowered, and a print of after that
    guarded = Guarded(None, HOUR)
    guarded.sell(HOUR)
    guarded.go_to(HOUR + 20)
    guarded.change(LOWERED)
    guarded.sell(HOUR + 25, shares=6_000)
    guarded.take()
    # When the run begins anew, and its history holds an order that was missed
    guarded.go_to(HOUR + 30)
    guarded.begin()
    guarded.sell(HOUR + second, shares=7_000)
    # Then it is told where it is no older than the change
    assert guarded.take()[:1] == ([7_000] if second >= 20 else [])


def test_what_was_never_judged_before_a_change_is_judged_after_it() -> None:
    # Given a symbol of which nothing came since a minute before the settings changed
    guarded = Guarded(None, HOUR)
    guarded.sell(HOUR)
    guarded.go_to(HOUR + 60)
    guarded.change(LOWERED)
    guarded.take()
    # When the run begins anew, and its history holds an order of between
    guarded.go_to(HOUR + 70)
    guarded.begin()
    guarded.sell(HOUR + 30)
    # Then it is told
    assert guarded.take() == [12_000]


def test_a_watchlist_that_changes_settles_nothing() -> None:
    # Given an order that was judged, and a change that no alert follows from
    guarded = Guarded(None, HOUR)
    guarded.sell(HOUR)
    guarded.go_to(HOUR + 20)
    guarded.change(OrderFlowConfig(thresholds="fixed", watchlist=("BOLT",)))
    guarded.take()
    # When the run begins anew, and its history holds one that was missed before it
    guarded.go_to(HOUR + 30)
    guarded.sell(HOUR + 25, shares=100)
    guarded.begin()
    guarded.sell(HOUR + 10)
    # Then it is told
    assert guarded.take() == [12_000]


def test_a_restart_goes_on_from_alerts_of_before_a_change(tmp_path: Path) -> None:
    # Given a run with two large sellers, then a change, and its end
    first = Guarded(tmp_path, HOUR)
    first.sell(HOUR, HOUR + 10)
    first.go_to(HOUR + 20)
    first.change(LOWERED)
    first.sell(HOUR + 25, shares=100)
    first.monitor.judge.publisher.keep_record(
        first.monitor.judge._judged.recent(at(first.second)), first.clock()
    )
    first.monitor.close()
    # When another process goes on by the new settings, is given the history, and a third comes
    second = Guarded(tmp_path, HOUR + 30, LOWERED)
    second.sell(HOUR, HOUR + 10)
    again = second.take()
    second.sell(HOUR + 29, shares=6_000)
    second.monitor.close()
    # Then nothing is said twice, and the three make an exit, by the ids that are recorded
    assert again == []
    assert second.take() == [6_000, "exit"]
    (path,) = tmp_path.glob("*.jsonl")
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    ids = [each["alert_id"] for each in lines if "alert_id" in each]
    (found,) = [each for each in lines if each["event"].endswith("exit_signal_triggered")]
    assert found["alert_ids"] == ids
    assert len(ids) == 3
