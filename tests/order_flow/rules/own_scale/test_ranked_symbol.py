"""One symbol's quotes and prints, judged by its own memory, a stated number or a least worth."""

from __future__ import annotations

from typing import Any

import pytest
from support.flow_values import ASK, BID, S
from support.market import JudgedSymbol, give_quote, give_trade

from trading_bot.order_flow.calendar import next_session
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.rules.own_scale.desk import (
    ScaleDesk,
    ScaleToday,
    scale_rules,
    thresholds_by_name,
)
from trading_bot.order_flow.rules.own_scale.memory import (
    BID as BIDS,
)
from trading_bot.order_flow.rules.own_scale.memory import (
    BLOCK_NS,
    BLOCKS,
    BURST,
    NEVER,
    OwnScale,
)
from trading_bot.order_flow.rules.signals import Signal

FIRST_NS = next_session(1_773_100_000 * S).open_ns
SECOND_NS = next_session(FIRST_NS + S).open_ns
LOTS = [100 * number for number in range(1, BLOCKS + 1)]
"""Largest of each block of the day before: 19,500 in the last."""


class Ranked(JudgedSymbol):
    """A symbol on its second day; every kind was as large as `LOTS` on the first."""

    def __init__(self, **settings: Any) -> None:
        config = OrderFlowConfig(**({"minimum_baseline_prints": 0} | settings))
        super().__init__("ACME", config)
        rules = scale_rules(config, "ACME")
        assert rules is not None
        self.scale = OwnScale(rules)
        state = self.scale.state()
        state.open_ns, state.place, state.seen_today = FIRST_NS, BLOCKS, BLOCKS
        state.close_ns = FIRST_NS + BLOCKS * BLOCK_NS
        state.began = [FIRST_NS + place * BLOCK_NS for place in range(BLOCKS)]
        state.volumes = [2_000] * BLOCKS
        state.peaks = [LOTS if kind in rules.kinds else [0] * BLOCKS for kind in range(4)]
        self.scale.restore(state)
        self.scale.watch_from(SECOND_NS)
        self.bursts.watch_from(SECOND_NS)
        self.judge.judge_by(self.scale, 120)
        self.quote(0)

    def quote(self, second: float, bid: int = 300, ask: int = 300) -> list[Signal]:
        give_quote(self.judge, "ACME", SECOND_NS + round(second * S), BID, bid, ASK, ask)
        return self.take()

    def trade(self, second: float, shares: int, price: int = BID) -> list[Signal]:
        give_trade(self.judge, "ACME", SECOND_NS + round(second * S), price, shares)
        return self.take()


def test_a_bid_is_ranked_where_it_is_listed() -> None:
    # Given a symbol whose bids share the wish
    symbol = Ranked(own_scale_sources=("resting_bid",))
    # When a bid comes that is larger than any of the day before
    found = symbol.quote(1, bid=20_000)
    # Then it is the largest, and it is learned
    assert [(each.source, each.scale and each.scale.rank) for each in found] == [("resting_bid", 1)]
    assert symbol.scale._now[BIDS] == 20_000


@pytest.mark.parametrize(("dollars", "count"), [(1_950_000, 1), (1_950_001, 0)])
def test_an_order_below_the_least_worth_is_never_large(dollars: int, count: int) -> None:
    # Given a least worth of an order, and one of 19,500 shares at 100 USD
    symbol = Ranked(minimum_order_dollars=dollars)
    # When it is sold
    # Then it is large from that worth on
    assert len(symbol.trade(1, 19_500)) == count


@pytest.mark.parametrize(("dollars", "count"), [(1_950_089, 1), (1_950_090, 0)])
def test_an_offer_below_the_least_worth_is_never_large(dollars: int, count: int) -> None:
    # Given a least worth, and an offer of 1,950,089.94 USD
    symbol = Ranked(minimum_order_dollars=dollars)
    symbol.quote(1, ask=19_497)
    # When it has stood for two seconds, by the stamp of a print
    found = symbol.trade(3, 100)
    # Then it is large from that worth on
    assert len(found) == count


@pytest.mark.parametrize(("dollars", "count"), [(400_000, 1), (400_001, 0)])
def test_a_minute_below_the_least_worth_is_never_a_burst(dollars: int, count: int) -> None:
    # Given five minutes of 100 shares, and a least worth of a burst
    symbol = Ranked(minimum_burst_dollars=dollars, own_scale_sources=("burst",))
    for minute in range(5):
        symbol.trade(60 * minute + 30, 100, ASK)
    symbol.quote(357)
    symbol.scale.thresholds[BURST] = 3_000
    symbol.bursts.judge_by(symbol.scale)
    # When 4,000 shares are sold in a minute at 100 USD
    found = symbol.trade(358, 4_000)
    # Then that is a burst from that worth on
    assert [each.alert_type for each in found] == ["red_burst"] * count


def test_a_stated_number_wins_for_its_kind_and_is_not_ranked() -> None:
    # Given a trader who states the size of a large order, and the ratio of a burst
    symbol = Ranked(
        large_order_size_threshold=5_000,
        volume_spike_threshold=2.5,
        own_scale_sources=("burst", "aggressive_sell", "ask_wall", "resting_bid"),
    )
    # When an order of that size is sold
    found = symbol.trade(1, 5_000)
    # Then it is an alert without a rank, and counts as no line of the day
    assert [(each.order_size, each.scale) for each in found] == [(5_000, None)]
    assert symbol.judge.desk is not None
    symbol.judge.desk.count(found[0])
    assert symbol.judge.desk.today() == ScaleToday(0, 0, is_thin=True)
    assert symbol.scale.rules.stated == (2_500, 5_000, 5_000, 5_000)


def test_thresholds_are_named_by_their_sources() -> None:
    # Given thresholds, of which bids have none
    thresholds = (2_900, 11_335, 2_100, NEVER)
    # When they are named
    # Then each has the name of its source
    assert thresholds_by_name(thresholds) == {
        "burst": 2_900,
        "aggressive_sell": 11_335,
        "ask_wall": 2_100,
        "resting_bid": None,
    }


def test_a_line_counts_for_the_day_of_its_symbol() -> None:
    # Given a large order that was ranked
    symbol = Ranked()
    desk = symbol.judge.desk
    assert isinstance(desk, ScaleDesk)
    (order,) = symbol.trade(1, 19_500)
    # When its line is written
    desk.count(order)
    # Then the day has one
    assert desk.today().alerts == 1


def test_a_watch_that_begins_late_breaks_the_days_curve_off() -> None:
    # Given a day that is watched for a minute, and again from an hour later
    symbol = Ranked()
    symbol.trade(60, 100)
    assert symbol.scale.day.is_whole
    symbol.scale.watch_from(SECOND_NS + 3_600 * S)
    # When the usual volume by then is asked for
    # Then this day is not compared
    assert not symbol.scale.day.is_whole
