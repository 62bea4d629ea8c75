"""What followed a moment: returns, lowest point, hits, and the volatility before."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.score_values import CENT, CLOSE_NS, OPEN_NS, START, S, at, series_of, walk

from trading_bot.research.outcomes import OutcomeRules, outcomes_at, volatility_at
from trading_bot.research.quote_series import QuoteSeries

NOW = OutcomeRules(latency_ms=0)


def outcome(series: QuoteSeries, stamp_ns: int, rules: OutcomeRules = NOW) -> dict[str, float]:
    row = outcomes_at(series, np.array([stamp_ns], dtype=np.int64), rules)[0]
    return dict(zip(rules.columns, row.tolist(), strict=True))


def stepped(*changes: tuple[int, int], length: int = 12_600) -> QuoteSeries:
    """Return a session at 100.00 without a spread that changes to other bids at given seconds."""
    bids = np.full(length, START, dtype=np.int64)
    for second, bid in changes:
        bids[second:] = bid
    return series_of(bids, spread=0)


def test_returns_are_taken_at_each_horizon() -> None:
    # Given a price that falls ten cents after 5, 20, 45 and 200 seconds
    falls = [(1_005, 1), (1_020, 2), (1_045, 3), (1_200, 4)]
    series = stepped(*((second, START - 10 * CENT * n) for second, n in falls))
    # When the moment at second 1,000 is measured
    found = outcome(series, at(1_000))
    # Then each horizon holds one fall more, of midpoint and bid alike
    for of in ("mid", "bid"):
        assert [found[f"{of}_{after}"] for after in (10, 30, 60, 300)] == [-10, -20, -30, -40]
    assert found["lowest_300"] == -40


def test_the_bid_is_what_can_be_sold_at() -> None:
    # Given a spread that opens downwards: the bid falls, the ask stays
    series = stepped((1_005, START - 2 * CENT))
    opened = replace(series, asks=np.full(len(series.asks), START + 2 * CENT, dtype=np.int64))
    # When the moment before is measured
    found = outcome(opened, at(1_000))
    # Then the bid has fallen by its two cents, the midpoint by one
    assert found["bid_60"] == -2.0
    assert round(found["mid_60"], 3) == -1.0


@pytest.mark.parametrize(("latency_ms", "fall"), [(0, -10.0), (4_999, -10.0), (5_000, 0.0)])
def test_the_entry_comes_one_latency_later(latency_ms: int, fall: float) -> None:
    # Given a price that falls five seconds after an alert
    series = stepped((1_005, START - 10 * CENT))
    # When it is measured with a latency up to that fall
    found = outcome(series, at(1_000), OutcomeRules(latency_ms=latency_ms))
    # Then the fall counts only when it comes after the entry
    assert found["mid_60"] == fall


@pytest.mark.parametrize(
    ("fall", "hit"), [(5 * CENT - 1, 0.0), (5 * CENT, 1.0), (5 * CENT + 1, 1.0)]
)
def test_a_down_hit_needs_its_whole_distance(fall: int, hit: float) -> None:
    # Given a price that dips for a second and comes back
    series = stepped((1_100, START - fall), (1_101, START))
    # When it is measured
    found = outcome(series, at(1_000))
    # Then the dip is a hit from exactly five basis points on
    assert (found["down_5"], found["up_5"], found["down_minus_up_5"]) == (hit, 0.0, hit)
    assert found["down_10"] == 0.0


def test_both_directions_can_be_hit() -> None:
    # Given a price that falls and rises by ten cents
    series = stepped((1_100, START - 10 * CENT), (1_200, START + 10 * CENT))
    # When it is measured
    found = outcome(series, at(1_000))
    # Then both count, and the difference is none
    assert (found["down_10"], found["up_10"], found["down_minus_up_10"]) == (1.0, 1.0, 0.0)


@pytest.mark.parametrize(("second", "hit"), [(1_299, 1.0), (1_300, 1.0), (1_301, 0.0)])
def test_hits_are_looked_for_up_to_300_seconds(second: int, hit: float) -> None:
    # Given a price that falls around the end of the reach
    series = stepped((second, START - 10 * CENT))
    # When the moment at second 1,000 is measured
    # Then a fall at its last second counts
    assert outcome(series, at(1_000))["down_10"] == hit


@pytest.mark.parametrize(
    ("fall", "false"), [(10 * CENT - 1, 1.0), (10 * CENT, 0.0), (10 * CENT + 1, 0.0)]
)
def test_an_exit_is_false_unless_the_bid_stands_ten_basis_points_lower(
    fall: int, false: float
) -> None:
    # Given a bid that falls by about ten basis points
    series = stepped((1_100, START - fall))
    # When an exit before it is judged
    # Then it was right from exactly ten on
    assert outcome(series, at(1_000))["false_exit"] == false


@pytest.mark.parametrize(
    ("stamp_ns", "judged"),
    [
        (OPEN_NS - 1, False),
        (OPEN_NS, True),
        (CLOSE_NS - 300 * S - 1, True),
        (CLOSE_NS - 300 * S, False),
        (CLOSE_NS, False),
    ],
)
def test_a_moment_needs_its_reach_within_the_session(stamp_ns: int, judged: bool) -> None:
    # Given a whole session of quotes
    # When a moment at its edges is measured
    found = outcome(stepped(), stamp_ns)
    # Then it is judged only when 300 seconds are left
    assert math.isnan(found["mid_60"]) is not judged


def test_a_moment_before_the_first_quote_is_not_judged() -> None:
    # Given a session whose first quote comes a second after the open
    series = stepped()
    late = replace(series, stamps=series.stamps + S)
    # When the open is measured
    # Then there is no price to enter at
    assert math.isnan(outcome(late, OPEN_NS)["mid_10"])


def test_no_moment_gives_no_row() -> None:
    # Given nothing to measure
    # When it is measured
    found = outcomes_at(stepped(), np.array([], dtype=np.int64), NOW)
    # Then the table is empty and has its columns
    assert found.shape == (0, len(NOW.columns))


@given(st.integers(0, 1_000), st.integers(300, 11_000))
def test_a_mirrored_price_flips_every_sign(seed: int, second: int) -> None:
    # Given a session by chance, and the same upside down
    series = walk(seed % 5)
    centre = int(series.bids[0] + series.asks[0])
    mirrored = replace(series, bids=centre - series.asks, asks=centre - series.bids)
    # When a moment is measured in both
    rules = OutcomeRules(hit_bp=(5,))
    true, upside_down = (outcome(s, at(second), rules) for s in (series, mirrored))
    # Then midpoints move the other way, and hits change their direction
    for after in (10, 30, 60, 300):
        one, other = true[f"mid_{after}"], upside_down[f"mid_{after}"]
        assert math.copysign(1, one) == -math.copysign(1, other) or one == other == 0
    assert (true["down_5"], true["up_5"]) == pytest.approx(
        (upside_down["up_5"], upside_down["down_5"]), abs=1
    )


def test_volatility_is_the_root_of_the_mean_squared_step() -> None:
    # Given a price that goes up ten cents and down again every ten seconds
    up_and_down = np.tile(np.repeat((START, START + 10 * CENT), 10), 630)
    series = series_of(up_and_down, spread=0)
    # When the volatility of five minutes is measured
    (found,) = volatility_at(series, np.array([at(600)], dtype=np.int64))
    # Then it is about ten basis points, as every step is
    assert round(float(found), 2) == 10.0


@pytest.mark.parametrize(("second", "known"), [(299, False), (300, True), (301, True)])
def test_volatility_needs_five_minutes_of_session(second: int, known: bool) -> None:
    # Given a session from its open on
    # When the volatility early in it is measured
    (found,) = volatility_at(stepped(), np.array([at(second)], dtype=np.int64))
    # Then it is known from five minutes on
    assert math.isnan(found) is not known


@pytest.mark.parametrize(
    "wrong",
    [{"latency_ms": -1}, {"hit_bp": ()}, {"hit_bp": (0,)}, {"false_exit_bp": 0}],
)
def test_impossible_rules_are_refused(wrong: dict[str, object]) -> None:
    # Given a rule that means nothing
    # When it is made
    # Then it is refused
    with pytest.raises(ValueError, match="must be"):
        OutcomeRules(**wrong)  # type: ignore[arg-type] # wrong on purpose
