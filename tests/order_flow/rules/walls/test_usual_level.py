"""What a level usually shows."""

from __future__ import annotations

import statistics

from hypothesis import given
from hypothesis import strategies as st
from support.flow_values import NOON_NS, S

from trading_bot.order_flow.rules.walls.usual_level import LEAST_LOOKS, LOOKS, UsualLevel

AT = 1_000_000


def test_nothing_is_usual_before_thirty_looks() -> None:
    # Given
    usual = UsualLevel()
    for second in range(LEAST_LOOKS - 1):
        usual.see(NOON_NS + second * S, ((AT, 100),), ())
    before = usual.units
    # When
    usual.see(NOON_NS + LEAST_LOOKS * S, ((AT, 100),), ())
    # Then
    assert (before, usual.units) == (0, 100)


def test_the_next_look_is_due_with_the_next_second() -> None:
    # Given
    usual = UsualLevel()
    # When
    usual.see(NOON_NS + 1, ((AT, 100),), ((AT + 1, 50),))
    # Then
    assert usual.due_ns == NOON_NS + S


def test_an_empty_book_is_no_look() -> None:
    # Given
    usual = UsualLevel()
    for second in range(LEAST_LOOKS):
        usual.see(NOON_NS + second * S, (), ())
    # Then
    assert usual.units == 0


@given(st.lists(st.lists(st.integers(1, 1_000), min_size=1, max_size=20), min_size=30, max_size=40))
def test_it_is_the_median_of_the_medians(looks: list[list[int]]) -> None:
    # Given
    usual = UsualLevel()
    # When
    for second, sizes in enumerate(looks):
        levels = tuple((AT + away, size) for away, size in enumerate(sizes))
        usual.see(NOON_NS + second * S, levels[::2], levels[1::2])
    # Then
    middles = [statistics.median_high(each) for each in looks]
    assert usual.units == statistics.median_high(middles)


def test_looks_older_than_five_minutes_are_forgotten() -> None:
    # Given
    usual = UsualLevel()
    for second in range(LOOKS):
        usual.see(NOON_NS + second * S, ((AT, 100),), ())
    # When
    for second in range(LOOKS, 2 * LOOKS):
        usual.see(NOON_NS + second * S, ((AT, 900),), ())
    # Then
    assert usual.units == 900
