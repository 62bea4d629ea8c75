"""What follows a try: again, or given up; nobody gets a text more than twice."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies

from trading_bot.notify.plan import (
    DELAYS_SECONDS,
    GIVE_UP_SECONDS,
    UNCERTAIN_PAUSE_SECONDS,
    Outcome,
    Step,
    Tries,
    step_after,
)

OUTCOMES: tuple[Outcome, ...] = ("sent", "refused", "wrong", "uncertain")


def test_what_was_sent_is_done() -> None:
    # Given a text that was refused once
    # When it is sent
    # Then nothing is left to do
    assert step_after("sent", Tries(refused=1), 5.0) == Step(Tries(1, 0), "sent")


@pytest.mark.parametrize(
    ("refused", "pause"), [(0, 2.0), (1, 5.0), (5, 120.0), (6, 300.0), (7, 300.0), (70, 300.0)]
)
def test_refusals_are_tried_again_after_ever_longer_pauses(refused: int, pause: float) -> None:
    # Given a text that was refused so often
    # When it is refused again
    # Then the next pause follows, and the longest repeats
    assert step_after("refused", Tries(refused), 5.0) == Step(Tries(refused + 1), None, pause)
    assert max(DELAYS_SECONDS) == 300.0


def test_what_will_never_be_taken_is_not_tried_again() -> None:
    # Given a new text
    # When its receiver says that it is wrong
    # Then it has failed
    assert step_after("wrong", Tries(), 0.0) == Step(Tries(), "failed")


def test_what_may_have_arrived_is_repeated_once() -> None:
    # Given a text whose receiver fell silent
    first = step_after("uncertain", Tries(), 5.0)
    assert first == Step(Tries(0, 1), None, UNCERTAIN_PAUSE_SECONDS)
    # When it does so again
    second = step_after("uncertain", first.tries, 40.0)
    # Then it is left at that
    assert second == Step(Tries(0, 2), "unsure")


def test_what_may_have_arrived_is_not_called_failed() -> None:
    # Given a text that may have arrived
    # When its repetition is refused for good
    # Then nobody knows
    assert step_after("wrong", Tries(0, 1), 5.0).end == "unsure"


@pytest.mark.parametrize(
    ("age", "end"), [(GIVE_UP_SECONDS - 0.1, None), (GIVE_UP_SECONDS, "failed")]
)
def test_an_old_text_is_not_tried_again(age: float, end: str | None) -> None:
    # Given a text of an age
    # When it is refused
    # Then it is given up from half an hour on
    assert step_after("refused", Tries(), age).end == end


@given(strategies.lists(strategies.sampled_from(OUTCOMES), max_size=40))
def test_nobody_gets_a_text_more_than_twice(outcomes: list[Outcome]) -> None:
    # Given whatever becomes of the tries
    tries, arrived = Tries(), 0
    # When the plan is followed to its end
    for outcome in outcomes:
        arrived += outcome in ("sent", "uncertain")
        step = step_after(outcome, tries, 0.0)
        tries = step.tries
        if step.end is not None:
            break
    # Then two have arrived at most
    assert arrived <= 2
