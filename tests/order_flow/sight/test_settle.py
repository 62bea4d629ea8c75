from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND
from trading_bot.order_flow.sight.settle import (
    LEAST_SETTLE_NS,
    LONGEST_SETTLE_NS,
    SAMPLES_KEPT,
    SAMPLES_NEEDED,
    UNKNOWN_SETTLE_NS,
    SettleTime,
    behind_shown,
)


def learned(*seconds: float) -> int:
    settle = SettleTime()
    for each in seconds:
        settle.learn(round(each * NS_PER_SECOND))
    return settle.settle_ns


def test_three_seconds_are_taken_before_anything_is_known() -> None:
    # Given one answer less than are needed
    # When the settle time is asked for
    found = learned(), learned(*[1.5] * (SAMPLES_NEEDED - 1)), learned(*[1.8] * SAMPLES_NEEDED)
    # Then it is three seconds, and is known with the next
    assert found == (UNKNOWN_SETTLE_NS, UNKNOWN_SETTLE_NS, 3_600 * NS_PER_MS)


def test_it_is_twice_what_nine_of_ten_answers_do_not_exceed() -> None:
    # Given ten answers, of which one is far behind, and then a second one
    one_in_ten = learned(*[2.0] * 9, 7.0)
    two_in_eleven = learned(*[2.0] * 9, 7.0, 7.0)
    # When the settle time is asked for
    # Then the one does not count, the two do
    assert (one_in_ten, two_in_eleven) == (4 * NS_PER_SECOND, 14 * NS_PER_SECOND)


@pytest.mark.parametrize(
    ("seconds", "settle_ns"),
    [
        (0.0, LEAST_SETTLE_NS),
        (1.0, LEAST_SETTLE_NS),
        (1.001, 2_002 * NS_PER_MS),
        (7.499, 14_998 * NS_PER_MS),
        (7.5, LONGEST_SETTLE_NS),
        (40.0, LONGEST_SETTLE_NS),
        (-1.0, LEAST_SETTLE_NS),
    ],
)
def test_it_stays_within_its_bounds(seconds: float, settle_ns: int) -> None:
    # Given answers that are all as far behind
    # When the settle time is asked for
    # Then it is at least 2 s and at most 15 s
    assert learned(*[seconds] * SAMPLES_NEEDED) == settle_ns


@given(st.integers(0, 2 * SAMPLES_KEPT))
def test_only_the_newest_answers_count(earlier: int) -> None:
    # Given slow answers, and as many quick ones as are kept
    # When the settle time is asked for
    found = learned(*[6.0] * earlier, *[1.5] * SAMPLES_KEPT)
    # Then the slow ones are forgotten
    assert found == 3 * NS_PER_SECOND


def test_what_an_answer_lacks_shows_how_far_it_is_behind() -> None:
    # Given an answer that lacks a print that had come 1.2 s before it was asked
    # When it is read
    found = behind_shown(10 * NS_PER_SECOND, 9_900 * NS_PER_MS, 8_800 * NS_PER_MS)
    # Then REST is at least so far behind
    assert found == 1_200 * NS_PER_MS


@pytest.mark.parametrize(("age_seconds", "found"), [(0, 0), (14.999, 0), (15, None)])
def test_an_answer_that_lacks_nothing_shows_speed_by_new_prints_only(
    age_seconds: float, found: int | None
) -> None:
    # Given an answer that holds all, the newest of which had come so long before
    asked_ns = 100 * NS_PER_SECOND
    # When it is read
    shown = behind_shown(asked_ns, asked_ns - round(age_seconds * NS_PER_SECOND), None)
    # Then REST is not behind, as far as that is shown at all
    assert shown == found
