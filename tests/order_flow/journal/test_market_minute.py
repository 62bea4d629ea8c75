"""The market's last minute."""

from __future__ import annotations

import pytest

from trading_bot.order_flow.journal.market_minute import MarketMinute
from trading_bot.order_flow.market.units import NS_PER_SECOND

S = NS_PER_SECOND
BEGIN = 1_000 * S


def after(*looks: tuple[float, int, int]) -> MarketMinute:
    """Return what is known after looks so many seconds after the beginning."""
    market = MarketMinute()
    for second, bid, ask in looks:
        market.see(BEGIN + round(second * S), bid, ask)
    return market


def test_a_minute_is_measured_between_the_middles() -> None:
    # Given 400.00 and a minute later 399.80
    market = after((0, 399_990_000, 400_010_000), (60, 399_790_000, 399_810_000))
    # When the last minute is asked for
    # Then it fell by five basis points
    assert market.change_bp(BEGIN + 60 * S) == -5


@pytest.mark.parametrize(("second", "known"), [(59, False), (60, True), (70, True), (71, False)])
def test_without_a_look_of_both_ends_nothing_is_known(second: int, known: bool) -> None:
    # Given looks at the beginning and a minute later
    market = after((0, 100, 102), (60, 100, 102))
    # When a moment is asked for
    # Then looks of the ten seconds before each end count
    assert (market.change_bp(BEGIN + second * S) is not None) == known


def test_a_moment_that_is_past_is_judged_by_what_stood_then() -> None:
    # Given a market that rises after the moment
    market = after((0, 10_000, 10_000), (60, 10_000, 10_000), (61, 20_000, 20_000))
    # When the moment is asked for
    # Then what came later does not count
    assert market.change_bp(BEGIN + 60 * S) == 0


@pytest.mark.parametrize("prices", [(0, 100), (100, 0), (102, 100)])
def test_a_book_without_a_middle_is_no_look(prices: tuple[int, int]) -> None:
    # Given a book that is one-sided or crossed, a minute after a good one
    market = after((0, 100, 102), (60, *prices))
    # When the minute is asked for
    # Then it is not known
    assert market.change_bp(BEGIN + 60 * S) is None


def test_looks_are_due_once_a_second_and_kept_for_little_more_than_a_minute() -> None:
    # Given a look a second for an hour
    market = after(*((second + 0.3, 100, 102) for second in range(3_600)))
    # When they are counted
    # Then those of 80 seconds are kept, and the next is due with the next second
    assert len(market._looks) == 81
    assert market.due_ns == BEGIN + 3_600 * S


def test_a_whole_day_is_kept_where_that_is_wanted() -> None:
    # Given a look a second for an hour, of a day that is replayed
    market = MarketMinute(whole_day=True)
    for second in range(3_600):
        market.see(BEGIN + second * S, 100, 102)
    # When its second minute is asked for
    # Then it is known
    assert len(market.looks) == 3_600
    assert market.change_bp(BEGIN + 120 * S) == 0


@pytest.mark.parametrize(("later_ns", "change"), [(0, None), (1, -5)])
def test_of_a_whole_day_a_look_of_the_very_moment_does_not_count(
    later_ns: int, change: int | None
) -> None:
    # Given a day of which all is known, with two looks a minute apart
    looks = [(BEGIN, 800_000_000), (BEGIN + 60 * S, 799_600_000)]
    market = MarketMinute.known(looks)
    # When the moment of the second is asked for, or the next
    found = market.change_bp(BEGIN + 60 * S + later_ns)
    # Then it counts from the next on, and nothing is looked at any more
    assert found == change
    assert market.due_ns > BEGIN + 3_600 * S
    assert market.looks == tuple(looks)
