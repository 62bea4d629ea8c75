"""Silence, and prices that are none, make no alert where the guard runs, live or replayed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from support.flow_values import ASK, BID, OPEN_NS, S
from support.market import give_quote, give_trade
from support.monitor_stubs import HandClock, Holdings, StubClient

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.market.units import utc_from_ns
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.replay.player import Player

HELD = Position("ACME", 100, 101, opened_at=utc_from_ns(OPEN_NS))
MINUTE = 60


def live(config: OrderFlowConfig) -> MarketJudge:
    monitor = OrderFlowMonitor(
        config,
        position_manager=Holdings(HELD),
        client=StubClient(),
        clock=HandClock(utc_from_ns(OPEN_NS)),
        log_directory=None,
    )
    return monitor.judge


def replayed(config: OrderFlowConfig) -> MarketJudge:
    return Player(config, positions=[HELD]).judge


class Watch:
    """A position that is watched from the open, and what is said of it."""

    def __init__(self, judge: MarketJudge) -> None:
        self.judge = judge
        self.said: list[str] = []
        judge.publisher.add_listener(self._note)
        judge.read_positions()
        judge.watch("ACME", from_ns=OPEN_NS, now_ns=OPEN_NS)

    def _note(self, event: object) -> None:
        if isinstance(event, OrderFlowAlert):
            self.said.append(event.source or event.alert_type)
        elif isinstance(event, ExitRecommendation):
            self.said.append("exit")

    def sell(self, seconds: Iterable[float], shares: int, price: int = BID) -> None:
        for second in seconds:
            at_ns = OPEN_NS + round(second * S)
            give_quote(self.judge, "ACME", at_ns - S // 10, BID, 300, ASK, 300)
            give_trade(self.judge, "ACME", at_ns, price, shares)


@pytest.fixture(params=[live, replayed])
def watched(request: pytest.FixtureRequest) -> Callable[..., Watch]:
    # A made bid that never moves is attacked by every fifth sale.
    fixed: dict[str, Any] = {"thresholds": "fixed", "bid_attack_executions": 0}
    return lambda **settings: Watch(request.param(OrderFlowConfig(**fixed, **settings)))


def test_the_first_trade_after_half_an_hour_is_no_burst(watched: Callable[..., Watch]) -> None:
    # Given a stock that has not traded for half an hour
    watch = watched()
    # When it trades for the first time, and then steadily, all of it sold
    watch.sell([30 * MINUTE, *range(31 * MINUTE, 45 * MINUTE)], 100)
    # Then that is no 296 times the usual minute
    assert watch.said == []


def test_a_sale_after_a_quarter_of_an_hour_of_silence_is_no_burst(
    watched: Callable[..., Watch],
) -> None:
    # Given steady trade, and then silence for a quarter of an hour
    watch = watched()
    watch.sell(range(0, 10 * MINUTE, 2), 100)
    # When a little trades, and 6,000 shares are sold a minute later
    watch.sell([25 * MINUTE], 100)
    watch.sell([26 * MINUTE, 26 * MINUTE + 1], 3_000)
    # Then that is no 300 times the usual minute
    assert watch.said == []


def test_steady_trade_after_a_silence_of_any_length_is_no_burst(
    watched: Callable[..., Watch],
) -> None:
    # Given steady trade
    for minutes in range(1, 8):
        watch = watched()
        watch.sell(range(10 * MINUTE), 100)
        # When it goes on as steadily after so many minutes of silence
        began = (10 + minutes) * MINUTE
        watch.sell(range(began, began + 10 * MINUTE), 100)
        # Then nothing is said of it
        assert watch.said == []


def test_three_prints_at_half_the_bid_recommend_no_exit(watched: Callable[..., Watch]) -> None:
    # Given steady trade
    watch = watched()
    watch.sell(range(0, 10 * MINUTE, 2), 100)
    # When three prints of 12,000 shares come at half the bid
    watch.sell([600.5, 601.5, 602.5], 12_000, BID // 2)
    # Then nobody sold, and nothing is said
    assert watch.said == []
    assert watch.judge.dropped()["far_from_quotes"] == 3


def test_a_burst_that_can_be_measured_recommends_an_exit(watched: Callable[..., Watch]) -> None:
    # Given steady trade
    watch = watched()
    watch.sell(range(0, 10 * MINUTE, 2), 100)
    # When 16 times the usual minute is sold
    watch.sell([601, 602, 603, 604, 605, 606, 607, 608], 6_000)
    # Then the alert and the exit come
    assert {"red_burst", "exit"} <= set(watch.said)


def test_who_asks_for_no_prints_has_the_letter(watched: Callable[..., Watch]) -> None:
    # Given a stock that traded once in half an hour, and settings without a floor
    watch = watched(minimum_baseline_prints=0)
    watch.sell([30 * MINUTE], 100)
    # When 6,000 shares are sold a minute later
    watch.sell([31 * MINUTE, 31 * MINUTE + 1], 3_000)
    # Then the letter of the specification is followed
    assert watch.said == ["red_burst", "exit"]
