"""Bursts judged by a scale: each bound from both sides, and what teaches it."""

from __future__ import annotations

from typing import Any

import pytest
from support.flow_values import BID, OPEN_NS, S

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.rules.own_scale.memory import BURST, KINDS, OwnScale, ScaleRules
from trading_bot.order_flow.rules.red_burst import RedBurstState
from trading_bot.order_flow.rules.signals import Signal

LARGE, CRITICAL = 2_500, 5_000
"""Thresholds in thousandths of the baseline."""


class Bursts:
    """Five minutes of trading, and then whatever a test gives; the scale is set by hand."""

    def __init__(
        self,
        *,
        per_minute: int = 1_000,
        usual_minute: int = 0,
        look_from: int = LARGE,
        prints: int = 0,
        **rules: Any,
    ) -> None:
        self.scale = OwnScale(ScaleRules(**rules))
        self.scale.thresholds = [LARGE] + [0] * (KINDS - 1)
        self.scale.critical = [CRITICAL] + [0] * (KINDS - 1)
        self.scale.look_from = [look_from] + [1] * (KINDS - 1)
        self.scale.filled, self.scale.volume_sum = 1, 2 * usual_minute
        self.scale.price_ticks = BID
        self.state = RedBurstState("AAPL", OrderFlowConfig())
        self.state.minimum_prints = prints
        self.state.watch_from(OPEN_NS)
        self.state.judge_by(self.scale)
        for minute in range(5):
            assert self.trade(60 * minute + 30, per_minute, p_sell=0) is None

    def trade(self, second: float, size: int, *, p_sell: int = 1_000) -> Signal | None:
        return self.state.on_trade(OPEN_NS + round(second * S), size, p_sell)

    @property
    def learned(self) -> int:
        return self.scale._now[BURST]


def severity(found: Signal | None) -> str | None:
    return None if found is None else found.severity


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (2_499, None),
        (2_500, "warning"),
        (2_501, "warning"),
        (4_999, "warning"),
        (5_000, "critical"),
        (5_001, "critical"),
    ],
)
def test_a_burst_is_large_and_critical_by_the_scale(size: int, expected: str | None) -> None:
    # Given five minutes of 1,000 shares
    bursts = Bursts()
    # When some are sold in the sixth
    # Then the severity is the scale's
    assert severity(bursts.trade(360, size)) == expected


@pytest.mark.parametrize(("size", "is_found"), [(199, False), (200, True), (201, True)])
def test_a_minute_of_less_than_200_shares_is_no_burst(size: int, *, is_found: bool) -> None:
    # Given five minutes of ten shares
    bursts = Bursts(per_minute=10)
    # When far more are sold in the sixth
    # Then that is a burst from 200 shares on, though the letter asks for 2,000
    assert (bursts.trade(360, size) is not None) == is_found


@pytest.mark.parametrize(("missing_ticks", "is_found"), [(-1, True), (0, True), (1, False)])
def test_the_least_worth_of_a_burst_bounds_it(missing_ticks: int, *, is_found: bool) -> None:
    # Given a least worth around that of 3,000 shares
    bursts = Bursts(least_burst_ticks=3_000 * BID + missing_ticks)
    # When so many are sold
    # Then that is a burst from that worth on
    assert (bursts.trade(360, 3_000) is not None) == is_found


def test_a_minute_that_grows_to_the_least_worth_is_a_burst_then() -> None:
    # Given a burst that is a share short of the least worth
    bursts = Bursts(least_burst_ticks=3_001 * BID)
    assert bursts.trade(360, 3_000) is None
    # When that share is sold
    # Then the burst is found
    assert severity(bursts.trade(361, 1)) == "warning"


@pytest.mark.parametrize(("usual_minute", "large_from"), [(1_998, 2_500), (2_002, 2_503)])
def test_a_baseline_is_at_least_half_the_usual_minute(usual_minute: int, large_from: int) -> None:
    # Given five minutes of 1,000 shares, where the usual minute is about twice as large
    # When a share less than a burst is sold, or just as many as make one
    found = [
        Bursts(usual_minute=usual_minute).trade(360, size) for size in (large_from - 1, large_from)
    ]
    # Then half the usual minute counts, where it is more
    assert [severity(each) for each in found] == [None, "warning"]


def test_the_ratio_of_a_thin_baseline_is_that_to_half_the_usual_minute() -> None:
    # Given five minutes of 100 shares, where the usual minute has 2,000
    bursts = Bursts(per_minute=100, usual_minute=2_000)
    # When 3,000 are sold
    found = bursts.trade(360, 3_000)
    # Then the ratio is that to 1,000
    assert found is not None
    assert found.volume_ratio == 3.0
    assert bursts.state.thousandths == 3_000


def test_a_fall_against_half_the_usual_minute_ends_the_burst() -> None:
    # Given a burst against half the usual minute
    bursts = Bursts(per_minute=100, usual_minute=2_000)
    assert bursts.trade(360, 3_000) is not None
    # When the volume falls below 2.5 times that, but not of the minutes themselves, and rises again
    assert bursts.trade(425, 600) is None
    # Then that is another burst
    assert severity(bursts.trade(430, 3_000)) == "warning"


@pytest.mark.parametrize(("prints", "is_found"), [(19, False), (20, True), (21, True)])
def test_a_baseline_needs_twenty_prints(prints: int, *, is_found: bool) -> None:
    # Given five minutes that hold so many prints
    bursts = Bursts(prints=20)
    for each in range(prints - 5):
        bursts.trade(100 + 8 * each, 1, p_sell=0)
    # When many shares are sold
    found = bursts.trade(360, 4_000)
    # Then it is a burst where the baseline rests on enough; else it is counted, and teaches nothing
    assert (found is not None) == is_found
    assert bursts.state.unmeasured == (not is_found)
    assert bursts.learned == (4_000 * 5_000 // (5_000 + prints - 5) if is_found else 0)


@pytest.mark.parametrize(("size", "learned"), [(1_199, 0), (1_200, 1_200), (1_201, 1_201)])
def test_a_minute_teaches_from_what_is_looked_at(size: int, learned: int) -> None:
    # Given a scale that looks at bursts from 1.2 times the baseline
    bursts = Bursts(look_from=1_200)
    # When a smaller burst is sold than is large
    assert bursts.trade(360, size) is None
    # Then the scale knows it where it is looked at
    assert bursts.learned == learned


@pytest.mark.parametrize(("bought", "learned"), [(801, 0), (800, 2_000), (799, 1_999)])
def test_a_minute_teaches_where_six_tenths_are_sold(bought: int, learned: int) -> None:
    # Given a minute of purchases
    bursts = Bursts(look_from=1_200)
    bursts.trade(355, bought, p_sell=0)
    # When 1,200 shares are sold
    bursts.trade(360, 1_200)
    # Then the scale knows the burst where they are six tenths of it
    assert bursts.learned == learned


def test_a_burst_that_has_taught_is_looked_at_once() -> None:
    # Given a burst that has taught the scale
    bursts = Bursts(look_from=1_200)
    bursts.trade(360, 1_500)
    # When a share of another buyer leaves it as it is
    bursts.trade(361, 1, p_sell=0)
    # Then what is looked at begins beyond
    assert bursts.learned == 1_501
    assert bursts.scale.look_from[BURST] == 1_502


def test_looks_are_never_from_more_than_is_large() -> None:
    # Given a burst that is large
    bursts = Bursts(look_from=1_200)
    bursts.trade(360, 3_000)
    # When the scale is asked from which burst on it looks
    # Then that is the threshold
    assert bursts.scale.look_from[BURST] == LARGE


def test_a_lower_threshold_is_judged_by_at_once() -> None:
    # Given a minute that is far from a burst
    bursts = Bursts()
    assert bursts.trade(360, 1_300) is None
    # When a block ends whose threshold is lower
    bursts.scale.thresholds[BURST] = bursts.scale.look_from[BURST] = 1_300
    bursts.state.judge_by(bursts.scale)
    # Then the next print finds it
    assert severity(bursts.trade(361, 1)) == "warning"
