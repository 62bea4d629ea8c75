"""Controls are like the alert before it came, and the same in any company."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.score_values import (
    CENT,
    CLOSE_NS,
    DAY,
    OPEN_NS,
    START,
    S,
    at,
    days_after,
    series_of,
    walk,
)

from trading_bot.research.matched_control import ControlPool, Moment
from trading_bot.research.outcomes import OutcomeRules
from trading_bot.research.quote_series import QuoteSeries

RULES = OutcomeRules(latency_ms=0)


@pytest.fixture(scope="module")
def day() -> QuoteSeries:
    return walk(1)


@pytest.fixture(scope="module")
def pool(day: QuoteSeries) -> ControlPool:
    return ControlPool([day], RULES, seed=5)


def test_an_alert_is_set_beside_the_mean_of_its_controls(pool: ControlPool) -> None:
    # Given an alert in the middle of a day by chance
    # When it is judged
    judged = pool.judge([Moment("ACME", at(5_000))])
    # Then both rows are complete
    assert judged.unjudged == (None,)
    assert judged.outcomes.shape == judged.controls.shape == (1, len(RULES.columns))
    assert not np.isnan(judged.outcomes).any()
    assert not np.isnan(judged.controls).any()


def test_controls_do_not_depend_on_the_company(pool: ControlPool) -> None:
    # Given two alerts
    one, two = Moment("ACME", at(5_000)), Moment("ACME", at(7_000))
    # When they are judged together and alone
    together = pool.judge([one, two])
    alone = [pool.judge([each]) for each in (one, two)]
    # Then each has the same controls
    assert together.controls.tolist() == [each.controls[0].tolist() for each in alone]


def test_another_seed_chooses_other_controls(day: QuoteSeries, pool: ControlPool) -> None:
    # Given a pool with another seed
    other = ControlPool([day], RULES, seed=6)
    # When one alert is judged by both
    moment = Moment("ACME", at(5_000))
    # Then its outcome is the same and its controls are not
    a, b = pool.judge([moment]), other.judge([moment])
    assert a.outcomes.tolist() == b.outcomes.tolist()
    assert a.controls.tolist() != b.controls.tolist()


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        (Moment("ACME", OPEN_NS - 1), "outside_session"),
        (Moment("ACME", CLOSE_NS), "outside_session"),
        (Moment("BOLT", at(5_000)), "outside_session"),
        (Moment("ACME", CLOSE_NS - 300 * S), "reach_ends_after_close"),
        (Moment("ACME", at(299)), "unmatched"),
        (Moment("ACME", at(300)), None),
    ],
)
def test_what_cannot_be_judged_says_why(
    pool: ControlPool, moment: Moment, reason: str | None
) -> None:
    # Given a moment at the edges
    # When it is judged
    # Then the reason is told
    assert pool.judge([moment]).unjudged == (reason,)


def test_controls_come_from_the_same_time_of_day() -> None:
    # Given a day that stands still but for a steady fall in its second half
    bids = np.full(12_600, START, dtype=np.int64)
    bids[7_000:] -= np.arange(5_600) * 10
    pool = ControlPool([series_of(bids)], RULES, seed=5)
    # When a moment is judged whose half hours around lie in the first half
    column = RULES.columns.index("mid_300")
    judged = pool.judge([Moment("ACME", at(4_000))])
    # Then none of its controls has seen the fall
    assert judged.controls[0, column] == 0


@pytest.mark.parametrize("wild", [True, False])
def test_controls_come_from_seconds_as_volatile(wild: bool) -> None:
    # Given a day that jumps by half a dollar every ten seconds, and one that stands still
    jumps = START + np.where(np.arange(12_600) // 10 % 2 == 0, 50 * CENT, 0)
    days = [series_of(jumps), series_of(np.full(12_600, START), day=days_after(1))]
    pool = ControlPool(days, RULES, seed=5)
    # When a moment on either is judged
    session = days[0] if wild else days[1]
    judged = pool.judge([Moment("ACME", session.open_ns + 5_000 * S)])
    # Then its controls are of its own kind
    hits = [RULES.columns.index(f"{way}_10") for way in ("down", "up")]

    assert judged.controls[0, hits].sum() == pytest.approx(float(wild))


def test_controls_come_from_every_day_given() -> None:
    # Given a day on which only the alert's own minutes are quiet, and a quiet day after it
    wild = walk(1)
    bids = wild.bids.copy()
    bids[4_000:4_305] = START
    first = replace(wild, bids=bids, asks=bids + CENT)
    quiet = series_of(np.full(12_600, START), day=days_after(1))
    moment = Moment("ACME", at(4_301))
    # When it is judged with and without that day
    alone = ControlPool([first], RULES, seed=5).judge([moment])
    beside = ControlPool([first, quiet], RULES, seed=5).judge([moment])
    # Then only the other day gives it enough controls
    assert alone.unjudged == ("unmatched",)
    assert beside.unjudged == (None,)


def test_blocks_are_ten_minutes_of_a_day_whatever_the_symbol() -> None:
    # Given two days of one symbol, and another on the first of them
    days = [walk(1), walk(2, day=days_after(1)), walk(3, symbol="BOLT")]
    pool = ControlPool(days, RULES, seed=5)
    next_open_ns = days[1].open_ns
    # When moments around ten minutes, on the next day, and of the other symbol are judged
    moments = [at(1_199), at(1_200), at(1_799), next_open_ns + 1_200 * S]
    asked = [Moment("ACME", stamp_ns) for stamp_ns in moments] + [Moment("BOLT", at(1_200))]
    judged = pool.judge(asked)
    # Then each knows its block and its day, and both symbols share theirs
    blocks = judged.blocks - at(0) // (600 * S)
    assert blocks.tolist() == [1, 2, 2, (next_open_ns - at(0)) // (600 * S) + 2, 2]
    assert (judged.days - DAY.toordinal()).tolist() == [0, 0, 0, (days_after(1) - DAY).days, 0]
