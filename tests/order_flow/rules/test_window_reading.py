"""What a window shows to another thread: what it would judge by, and never half a change."""

from __future__ import annotations

import threading
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.rules.volume_window import VolumeWindow
from trading_bot.order_flow.rules.window_reading import WindowReading, reading_of

FIRST = 1_000_000


class Print(NamedTuple):
    second: int
    shares: int
    p_sell: int


def reading_at(window: VolumeWindow, second: int) -> WindowReading:
    found = reading_of(window.copied(), second)
    assert found is not None
    return found


def judged_by(window: VolumeWindow) -> tuple[int, ...]:
    """Return what the window itself says, once it has settled."""
    heard = window.heard()
    return (
        window.volume,
        window.sold_thousandths(),
        window.sold_low_thousandths(),
        *window.baseline(),
        *heard,
        window.all_delta_thousandths(),
    )


prints = st.lists(
    st.builds(
        Print,
        st.integers(-400, 130),
        st.integers(1, 5_000),
        st.integers(0, 1_000) | st.just(500),
    ),
    max_size=40,
)
"""Prints whose `second` is a step from the newest one, mostly forwards."""


@given(prints, st.integers(0, 500))
def test_it_shows_what_would_be_judged_by_at_that_second(steps: list[Print], later: int) -> None:
    # Given prints that mostly move on in time, some with earlier stamps
    window = VolumeWindow(FIRST)
    for step in steps:
        window.add(window.second + step.second, step.shares, step.p_sell)
    # When it is looked at some time later, and then judged at that time
    found = reading_at(window, window.second + later)
    window.advance(window.second + later)
    # Then both are the same
    assert tuple(found) == judged_by(window)


@given(prints)
def test_a_look_changes_nothing(steps: list[Print]) -> None:
    # Given a window that is looked at after each print, and one that is not
    looked_at, alone = VolumeWindow(FIRST), VolumeWindow(FIRST)
    for step in steps:
        for window in (looked_at, alone):
            window.add(window.second + step.second, step.shares, step.p_sell)
        reading_of(looked_at.copied(), looked_at.second + 100)
    # When both are judged, then they say the same
    for window in (looked_at, alone):
        window.settle()
    assert judged_by(looked_at) == judged_by(alone)


def test_an_earlier_second_is_that_of_the_newest_print() -> None:
    # Given a print
    window = VolumeWindow(FIRST)
    window.add(FIRST + 10, 100, 1_000)
    # When it is looked at as of a second before it, then it counts
    assert reading_at(window, FIRST).volume == 100


@pytest.mark.parametrize(("p_sell", "delta"), [(0, 100), (250, 50), (500, 0), (1_000, -100)])
def test_delta_weighs_each_print_by_the_likelihood_of_its_side(p_sell: int, delta: int) -> None:
    # Given a print, and ten minutes after it another one that was taken back
    window = VolumeWindow(FIRST)
    window.add(FIRST, 100, p_sell)
    for back in (0, 1):
        window.add(FIRST + 600, 70, 300)
        window.advance(FIRST + 600 + back)
        window.take_back(FIRST + 600, 70, 300)
    # When it is looked at, then only the first counts, however long ago it was
    assert reading_at(window, FIRST + 602).delta_thousandths == delta * 1_000


@pytest.mark.parametrize(
    "changes",
    [
        {"traded": True},
        {"counts": True},
        {"sold": True},
        {"seconds": True, "traded": True, "counts": True, "sold": True},
    ],
)
def test_half_a_change_is_not_shown(changes: dict[str, bool]) -> None:
    # Given a copy made while the newest second joins the others
    window = VolumeWindow(FIRST)
    window.add(FIRST, 100, 1_000)
    window.add(FIRST + 1, 100, 1_000)
    found = window.copied()
    for name in changes:
        numbers = getattr(found, name)
        numbers.append(1)
    # When it is read, then nothing is said
    assert reading_of(found, FIRST + 1) is None


@pytest.mark.slow
def test_it_may_be_read_while_another_thread_judges() -> None:
    # Given a thread that counts prints of one share, all sold, for ever new seconds
    window = VolumeWindow(FIRST)
    over = threading.Event()

    def judge() -> None:
        second = FIRST
        while not over.is_set():
            second += 1
            window.add(second, 1, 1_000)
            window.settle()

    judging = threading.Thread(target=judge)
    judging.start()
    # When it is read meanwhile
    found = [reading_of(window.copied(), 0) for _ in range(5_000)]
    over.set()
    judging.join()
    # Then no reading holds more than a minute has
    whole = [each for each in found if each is not None]
    assert whole
    assert max(each.volume for each in whole) <= 60
