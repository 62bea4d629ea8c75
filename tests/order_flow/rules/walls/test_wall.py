"""What takes a wall away, and how it ended."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flow_values import NOON_NS, S

from trading_bot.order_flow.rules.walls.wall import Wall

AT = 1_000_000


def wall(size: int = 1_000) -> Wall:
    return Wall("bid", AT, size, NOON_NS)


def test_what_goes_after_a_print_at_its_price_was_executed() -> None:
    # Given
    level = wall(1_000)
    # When
    level.print_at(NOON_NS + 1, 300)
    level.show(NOON_NS + 2, 700)
    # Then
    assert (level.executed, level.cancelled) == (300, 0)


def test_what_goes_without_a_print_was_cancelled() -> None:
    # Given
    level = wall(1_000)
    # When
    level.show(NOON_NS + 2, 600)
    # Then
    assert (level.executed, level.cancelled) == (0, 400)


def test_what_goes_beyond_the_prints_was_cancelled() -> None:
    # Given
    level = wall(1_000)
    # When
    level.print_at(NOON_NS + 1, 300)
    level.show(NOON_NS + 2, 200)
    # Then
    assert (level.executed, level.cancelled) == (300, 500)


def test_two_prints_explain_two_changes_that_follow() -> None:
    # Given
    level = wall(1_000)
    level.print_at(NOON_NS + 1, 300)
    level.print_at(NOON_NS + 1, 200)
    # When
    level.show(NOON_NS + 2, 700)
    level.show(NOON_NS + 3, 500)
    # Then
    assert (level.executed, level.cancelled) == (500, 0)


@pytest.mark.parametrize(
    ("later_ns", "executed"), [(S - 1, 300), (S, 300), (S + 1, 0)], ids=["below", "at", "above"]
)
def test_a_print_explains_what_goes_within_a_second(later_ns: int, executed: int) -> None:
    # Given
    level = wall(1_000)
    level.print_at(NOON_NS, 300)
    # When
    level.show(NOON_NS + later_ns, 700)
    # Then
    assert level.executed == executed


@pytest.mark.parametrize(("later_ns", "executed"), [(S, 300), (S + 1, 200)], ids=["at", "above"])
def test_an_old_print_does_not_join_a_new_one(later_ns: int, executed: int) -> None:
    # Given a print of which nothing went: it met hidden size
    level = wall(1_000)
    level.print_at(NOON_NS, 100)
    # When
    level.print_at(NOON_NS + later_ns, 200)
    level.show(NOON_NS + later_ns, 700)
    # Then
    assert level.executed == executed


@pytest.mark.parametrize(
    ("added", "refills"), [(149, 0), (150, 1), (151, 1)], ids=["below", "at", "above"]
)
def test_a_refill_brings_back_half_of_what_was_executed(added: int, refills: int) -> None:
    # Given
    level = wall(1_000)
    level.print_at(NOON_NS + 1, 300)
    level.show(NOON_NS + 2, 700)
    # When
    level.show(NOON_NS + 3, 700 + added)
    # Then
    assert (level.refills, level.added) == (refills, added)


def test_what_is_added_to_a_wall_that_was_not_executed_is_no_refill() -> None:
    # Given
    level = wall(1_000)
    level.show(NOON_NS + 1, 700)
    # When
    level.show(NOON_NS + 2, 1_000)
    # Then
    assert (level.refills, level.added) == (0, 300)


def test_a_refill_is_counted_each_time() -> None:
    # Given
    level = wall(1_000)
    # When
    for number in range(3):
        level.print_at(NOON_NS + number, 200)
        level.show(NOON_NS + number, 800)
        level.show(NOON_NS + number, 1_000)
    # Then
    assert level.refills == 3


@pytest.mark.parametrize(
    ("size", "has_ended"), [(501, False), (500, False), (499, True)], ids=["above", "at", "below"]
)
def test_it_has_ended_when_less_than_half_of_its_peak_is_shown(size: int, has_ended: bool) -> None:
    # Given
    level = wall(800)
    level.show(NOON_NS + 1, 1_000)
    # When
    level.show(NOON_NS + 2, size)
    # Then
    assert level.has_ended is has_ended


@pytest.mark.parametrize(
    ("executed", "end"),
    [(99, "pulled"), (100, "mixed"), (499, "mixed"), (500, "eaten"), (1_000, "eaten")],
)
def test_how_it_ended_is_told_by_the_part_that_was_executed(executed: int, end: str) -> None:
    # Given
    level = wall(1_000)
    level.print_at(NOON_NS + 1, executed)
    # When
    level.show(NOON_NS + 2, 0)
    # Then
    assert level.end == end


@given(st.lists(st.tuples(st.integers(0, 2 * S), st.integers(0, 900), st.integers(0, 2_000))))
def test_no_share_is_lost_and_none_is_invented(steps: list[tuple[int, int, int]]) -> None:
    # Given
    level = wall(1_000)
    now_ns, printed = NOON_NS, 0
    # When
    for passed_ns, print_size, size in steps:
        now_ns += passed_ns
        if print_size:
            level.print_at(now_ns, print_size)
            printed += print_size
        level.show(now_ns, size)
        # Then
        assert 1_000 + level.added - level.executed - level.cancelled == level.size
        assert 0 <= level.executed <= printed
        assert level.peak >= level.size
