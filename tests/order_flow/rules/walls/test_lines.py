"""How many facts are told in an hour."""

from __future__ import annotations

import pytest
from support.flow_values import NOON_NS, S

from trading_bot.order_flow.rules.walls.lines import MOST_LINES, LinesOfAnHour


@pytest.mark.parametrize(
    ("facts", "told"),
    [(MOST_LINES - 1, MOST_LINES - 1), (MOST_LINES, MOST_LINES), (MOST_LINES + 5, MOST_LINES)],
    ids=["below", "at", "above"],
)
def test_sixty_lines_are_told_in_an_hour(facts: int, told: int) -> None:
    # Given
    lines = LinesOfAnHour()
    # When
    answers = [lines.may_tell(NOON_NS + number) for number in range(facts)]
    # Then
    assert sum(answers) == told
    assert lines.left_out == facts - told


def test_the_next_hour_has_lines_of_its_own() -> None:
    # Given
    lines = LinesOfAnHour()
    for number in range(MOST_LINES + 3):
        lines.may_tell(NOON_NS + number)
    # When
    may = lines.may_tell(NOON_NS + 3_600 * S)
    # Then
    assert may
    assert lines.take_left_out() == 3
    assert lines.take_left_out() == 0


def test_a_late_fact_opens_no_hour_anew() -> None:
    # Given
    lines = LinesOfAnHour()
    lines.may_tell(NOON_NS)
    for number in range(MOST_LINES):
        lines.may_tell(NOON_NS + 3_600 * S + number)
    # When
    may = lines.may_tell(NOON_NS + 1)
    # Then
    assert not may
