"""Lines that wait: in order, within bounds."""

from __future__ import annotations

import pytest
from pytest_mock import MockerFixture

from trading_bot.order_flow.journal import waiting
from trading_bot.order_flow.journal.waiting import WaitingLines

MONDAY, TUESDAY = b"2026-03-09", b"2026-03-10"


def all_of(lines: WaitingLines, day: bytes) -> list[bytes]:
    found = []
    while lines.has(day):
        found.append(lines.first(day))
        lines.drop_first(day)
    return found


def test_lines_leave_in_their_order_day_by_day() -> None:
    # Given lines of two days
    lines = WaitingLines()
    for day, data in ((MONDAY, b"1"), (TUESDAY, b"2"), (MONDAY, b"3")):
        lines.add(day, data)
    # When they are taken
    found = {day: all_of(lines, day) for day in lines.days()}
    # Then each day's are in order, and none is left
    assert found == {MONDAY: [b"1", b"3"], TUESDAY: [b"2"]}
    assert (len(lines), lines.has(MONDAY), lines.days()) == (0, False, ())


@pytest.mark.parametrize(("number", "lost"), [(2, 0), (3, 0), (4, 1), (5, 2)])
def test_beyond_the_bound_the_oldest_go_and_are_counted(
    mocker: MockerFixture, number: int, lost: int
) -> None:
    # Given room for three
    mocker.patch.object(waiting, "MOST_WAITING", 3)
    lines = WaitingLines()
    # When so many come
    for each in range(number):
        lines.add(MONDAY, b"%d" % each)
    # Then the newest three are there, and the rest is counted
    assert lines.lost == lost
    assert all_of(lines, MONDAY) == [b"%d" % each for each in range(lost, number)]


def test_a_day_that_is_full_pushes_out_its_own_first(mocker: MockerFixture) -> None:
    # Given room for two, and a line of either day
    mocker.patch.object(waiting, "MOST_WAITING", 2)
    lines = WaitingLines()
    lines.add(MONDAY, b"1")
    lines.add(TUESDAY, b"2")
    # When another of the second comes
    lines.add(TUESDAY, b"3")
    # Then the first day's waits on
    assert [all_of(lines, day) for day in lines.days()] == [[b"1"], [b"3"]]
