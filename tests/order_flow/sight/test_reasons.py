from __future__ import annotations

import pytest

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.sight.coverage.reasons import (
    Sight,
    clock_words,
    span_words,
    whole_seconds,
)


@pytest.mark.parametrize(
    ("compared", "now", "expected"), [(None, 10, None), (4, 10, 6), (4, 4, 0), (5, 4, 0)]
)
def test_a_sight_says_how_long_ago_it_was_compared(
    compared: int | None, now: int, expected: int | None
) -> None:
    # Given a sight
    compared_ns = None if compared is None else compared * NS_PER_SECOND
    sight = Sight("visible", "", "", 0, compared_ns)
    # When it is asked
    # Then it says so in whole seconds, or that it never was
    assert sight.compared_seconds_ago(now * NS_PER_SECOND) == expected


def test_a_stamp_is_said_as_time_of_day() -> None:
    # Given a stamp
    # When it is put into words
    # Then it is the time of day, with its zone
    assert clock_words(1_790_000_000 * NS_PER_SECOND + 1) == "14:13:20 UTC"


def test_a_span_is_said_as_two_times_of_day() -> None:
    # Given two stamps
    begin_ns = 1_790_000_000 * NS_PER_SECOND
    # When the span between them is put into words
    # Then their zone is said once
    assert span_words(begin_ns, begin_ns + 65 * NS_PER_SECOND) == "from 14:13:20 to 14:14:25 UTC"


@pytest.mark.parametrize(("ns", "seconds"), [(-1, 0), (999_999_999, 0), (1_000_000_000, 1)])
def test_lengths_are_said_in_whole_seconds(ns: int, seconds: int) -> None:
    # Given a length
    # When it is put into words
    # Then it is cut, and never below zero
    assert whole_seconds(ns) == seconds
