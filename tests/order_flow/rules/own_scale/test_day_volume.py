"""The volume of the day so far beside that of the days before."""

from __future__ import annotations

import pytest

from trading_bot.order_flow.rules.own_scale.day_volume import (
    DAYS_KEPT,
    QUARTER_NS,
    DayVolume,
    Regime,
)

BLOCKS = 195


def play(day: DayVolume, of_block: int, blocks: int = BLOCKS, first: int = 0) -> list[Regime]:
    """End blocks of so many shares each; return the notices."""
    found = []
    for number in range(first + 1, first + blocks + 1):
        regime = day.end_block(number, number * of_block, of_block)
        if regime is not None:
            found.append(regime)
    return found


def after_days(*of_block: int) -> DayVolume:
    """Return the open of a day after days of so many shares a block."""
    day = DayVolume()
    for each in of_block:
        day.open_day(is_whole=True)
        play(day, each)
        day.close_day()
    day.open_day(is_whole=True)
    return day


def test_a_day_is_kept_by_quarters_of_an_hour() -> None:
    # Given a day of 100 shares in each two minutes
    day = after_days(100)
    # When what was kept of it is read
    # Then there are 26 quarters of 750 shares, those that end within a block too
    assert [list(each) for each in day.days] == [[750 * quarter for quarter in range(1, 27)]]


@pytest.mark.parametrize(
    ("quarters", "usual"),
    [(0, None), (0.999, None), (1, 750), (1.5, 1_125), (2, 1_500), (25.5, 19_125), (26, 19_500)],
)
def test_the_usual_volume_grows_evenly_within_a_quarter(quarters: float, usual: int | None) -> None:
    # Given a day after one of 100 shares a block
    day = after_days(100)
    # When the usual volume of a moment is asked for
    # Then it lies between those of the quarter's ends; the first quarter says nothing
    assert day.usual(round(quarters * QUARTER_NS)) == usual


def test_without_a_day_before_nothing_is_usual() -> None:
    # Given a first day
    day = after_days()
    # When an hour of it is over
    found = play(day, 10_000, blocks=30)
    # Then nothing is compared
    assert (found, day.usual(4 * QUARTER_NS)) == ([], None)


def test_the_usual_volume_is_the_mean_of_at_most_five_days() -> None:
    # Given six days, of which the first was huge
    day = after_days(100_000, 100, 100, 200, 200, 400)
    # When the usual volume is asked for
    # Then the first is forgotten
    assert len(day.days) == DAYS_KEPT
    assert day.usual(QUARTER_NS) == 1_500


def test_after_a_half_day_its_afternoon_is_that_of_the_others() -> None:
    # Given a whole day and a half day
    day = after_days(100)
    play(day, 300, blocks=105)
    day.close_day()
    day.open_day(is_whole=True)
    # When the usual volume of morning and afternoon is asked for
    # Then the half day counts in the morning only
    assert (day.usual(14 * QUARTER_NS), day.usual(15 * QUARTER_NS)) == (21_000, 11_250)


def test_twice_and_four_times_the_usual_volume_are_told_once_each() -> None:
    # Given a day that begins like the day before, and then trades more and more
    day = after_days(100)
    told = play(day, 199, blocks=60)
    # When it reaches twice and four times
    told += play(day, 200, blocks=10, first=60)
    told += play(day, 399, blocks=10, first=70)
    told += play(day, 400, blocks=10, first=80)
    # Then there are two notices
    assert told == [Regime(2, 12_200, 6_100, 1), Regime(4, 32_400, 8_100, 1)]


def test_four_times_at_once_is_one_notice() -> None:
    # Given a day that is wild from its open
    day = after_days(100)
    # When the first quarter of an hour is over
    # Then it is told once, for the higher of the two
    assert play(day, 500) == [Regime(4, 4_000, 800, 1)]


def test_a_day_with_a_hole_is_neither_compared_nor_kept() -> None:
    # Given a day of which a part was not seen
    day = after_days(100)
    play(day, 100, blocks=50)
    day.break_off()
    # When it goes on at five times the usual volume
    told = play(day, 500, blocks=100, first=90)
    day.close_day()
    # Then nothing is said, and nothing is kept
    assert (told, len(day.days), day.usual(10 * QUARTER_NS)) == ([], 1, None)


def test_a_restart_goes_on_as_before() -> None:
    # Given a day in its second hour, told of once
    day = after_days(100)
    play(day, 200, blocks=40)
    again = DayVolume()
    # When another goes on from what it holds
    again.restore(day.days, day.today, day.told, is_whole=day.is_whole)
    # Then both say and keep the same
    assert play(again, 400, blocks=155, first=40) == play(day, 400, blocks=155, first=40)
    day.close_day()
    again.close_day()
    assert again.days == day.days
