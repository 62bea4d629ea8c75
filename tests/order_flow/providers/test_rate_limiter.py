"""Turns: how many at once, and when the next one comes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.provider_stub import HandTime

from trading_bot.order_flow.providers.rate_limiter import RateLimiter


def limiter_of(per_second: float, time: HandTime) -> RateLimiter:
    return RateLimiter(per_second, monotonic=time.monotonic, wait=time.wait)


@pytest.mark.parametrize(
    ("per_second", "waits"),
    [
        (2.0, [1.0, 1.0]),  # two at once, then the third and the fifth a second later
        (0.5, [2.0, 2.0, 2.0, 2.0]),
        (2.5, [0.8, 0.8]),
        (99.0, []),
    ],
)
def test_turns_are_given_at_once_until_a_window_is_full(
    per_second: float, waits: list[float]
) -> None:
    # Given a fresh limiter
    time = HandTime()
    limiter = limiter_of(per_second, time)
    # When five turns are taken in a row
    taken = [limiter.take_turn() for _ in range(5)]
    # Then all come, after these waits
    assert taken == [True] * 5
    assert time.waits == pytest.approx(waits)


def test_time_that_passed_anyway_is_not_waited_for() -> None:
    # Given a full window of one turn a second
    time = HandTime()
    limiter = limiter_of(1.0, time)
    limiter.take_turn()
    # When the next turn is asked for 0.75 s later
    time.seconds = 0.75
    limiter.take_turn()
    # Then only the rest is waited for
    assert time.waits == [0.25]


@pytest.mark.parametrize(("not_after", "taken"), [(0.99, False), (1.0, True), (1.01, True)])
def test_a_turn_that_comes_too_late_is_not_taken(not_after: float, taken: bool) -> None:
    # Given a limiter whose next turn comes after one second
    time = HandTime()
    limiter = limiter_of(1.0, time)
    limiter.take_turn()
    # When a turn is wanted until a certain time, then it is taken only when it comes in time
    assert limiter.take_turn(not_after=not_after) is taken


def test_a_turn_not_taken_stays_free_for_others() -> None:
    # Given a limiter whose next turn was refused as too late
    time = HandTime()
    limiter = limiter_of(1.0, time)
    limiter.take_turn()
    limiter.take_turn(not_after=0.5)
    # When another asks
    limiter.take_turn()
    # Then it waits for that very turn
    assert time.waits == [1.0]


def test_a_stop_ends_the_wait_for_a_turn() -> None:
    # Given a full window, and a stop
    time = HandTime()
    limiter = RateLimiter(1.0, monotonic=time.monotonic, wait=lambda seconds: True)
    limiter.take_turn()
    # When a turn is asked for, then there is none
    assert limiter.take_turn() is False


def test_turns_that_belong_together_are_waited_for_once() -> None:
    # Given a limiter of two turns a second, one of them taken
    time = HandTime()
    limiter = limiter_of(2.0, time)
    limiter.take_turn()
    # When two turns are taken together
    taken = limiter.take_turn(2)
    # Then the wait is for the second of them, and the next one comes half a window later
    assert (taken, time.waits) == (True, [1.0])
    assert limiter.take_turn(not_after=0.9) is False


def test_by_default_the_machine_waits() -> None:
    # Given a limiter with nothing injected, and a window that is over in a hundredth of a second
    limiter = RateLimiter(99.0)
    # When its first turn is taken, then it comes at once
    assert limiter.take_turn() is True


@given(
    per_second=st.floats(0.05, 99),
    pauses=st.lists(st.floats(0, 3), min_size=1, max_size=60),
)
def test_no_window_sees_more_turns_than_agreed(per_second: float, pauses: list[float]) -> None:
    # Given any rate, and askers who come whenever they like
    time = HandTime()
    limiter = limiter_of(per_second, time)
    at_once = max(1, int(per_second))
    turns = []
    # When they take their turns
    for pause in pauses:
        time.seconds += pause
        limiter.take_turn()
        turns.append(time.seconds)
    # Then any turn and the one `at_once` later lie a window apart
    window = at_once / per_second
    gaps = [later - turns[index] for index, later in enumerate(turns[at_once:])]
    assert all(gap >= window * (1 - 1e-9) - 1e-9 for gap in gaps)
