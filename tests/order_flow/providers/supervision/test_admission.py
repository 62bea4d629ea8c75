from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.providers.supervision.actions import (
    Action,
    Connect,
    GiveUp,
    Say,
    WaitToConnect,
)
from trading_bot.order_flow.providers.supervision.admission import (
    DOUBTED,
    EVICTED,
    GIVEN_UP,
    INSIDE,
    OUTSIDE,
    Admission,
)
from trading_bot.order_flow.providers.supervision.stream_events import (
    Closed,
    Evicted,
    KeyRefused,
    Opened,
    RestAnswered,
    RestRefusedKey,
    Settled,
    Slept,
    StreamEvent,
    Tick,
)


def seconds(value: float) -> int:
    return round(value * NS_PER_SECOND)


def door(drawn: float = 0.0) -> Admission:
    return Admission(lambda: drawn)


def inside(drawn: float = 0.0) -> Admission:
    """A program that was let in."""
    admission = door(drawn)
    admission.handle(Opened(), 0)
    return admission


def doubted() -> Admission:
    """A program whose key was refused after it had been let in."""
    admission = inside()
    admission.handle(KeyRefused(), 0)
    return admission


def waits(actions: tuple[Action, ...]) -> list[int]:
    return [action.until_ns for action in actions if isinstance(action, WaitToConnect)]


def test_a_program_is_outside_until_it_is_let_in() -> None:
    # Given a door
    admission = door()
    before = admission.state
    # When the provider lets in
    done = admission.handle(Opened(), 0)
    # Then there is nothing to do
    assert (before, done, admission.state) == (OUTSIDE, (), INSIDE)


@pytest.mark.parametrize(
    ("names_plan", "reason"), [(False, "wrong_key"), (True, "plan_without_stream")]
)
def test_a_key_that_was_never_let_in_is_wrong(names_plan: bool, reason: str) -> None:
    # Given a program that was never let in
    admission = door()
    # When its key is refused
    done = admission.handle(KeyRefused(names_plan), 0)
    # Then the stream ends for good, and nothing is done any more
    assert done == (GiveUp(reason),)
    assert admission.handle(Opened(), 1) == ()
    assert admission.state == GIVEN_UP


def test_one_refusal_after_a_success_is_doubted() -> None:
    # Given a program that was let in
    admission = inside()
    # When its key is refused, even with words about the plan
    done = admission.handle(KeyRefused(names_plan=True), seconds(1))
    # Then that is said, and tried again after 2 s
    assert done == (
        Say(
            "key_doubted",
            "the stream refuses a key that it took before; REST stands in, "
            "the stream is tried again in 2 s",
        ),
        WaitToConnect(seconds(3)),
    )
    assert admission.state == DOUBTED


def test_doubt_waits_longer_each_time() -> None:
    # Given a program that was let in
    admission = inside()
    # When its key is refused again and again
    found = [waits(admission.handle(KeyRefused(), 0))[0] // NS_PER_SECOND for _ in range(7)]
    # Then the waits grow up to a minute
    assert found == [2, 5, 15, 30, 60, 60, 60]


@pytest.mark.parametrize(("passed", "connects"), [(1.999, False), (2.0, True), (2.001, True)])
def test_the_stream_is_tried_again_once_the_wait_is_over(passed: float, connects: bool) -> None:
    # Given a doubted key
    admission = doubted()
    # When time passes
    done = admission.handle(Tick(), seconds(passed))
    # Then a connection begins at its time, once
    assert done == ((Connect(),) if connects else ())
    assert (admission.handle(Tick(), seconds(passed)) == ()) or not connects


def test_being_let_in_proves_nothing_until_it_settles() -> None:
    # Given a key that was doubted twice, and let in between
    admission = doubted()
    admission.handle(Opened(), seconds(2))
    second = waits(admission.handle(KeyRefused(), seconds(3)))
    # When it is let in and settles
    admission.handle(Opened(), seconds(8))
    admission.handle(Settled(), seconds(40))
    third = waits(admission.handle(KeyRefused(), seconds(50)))
    # Then only from then on the waits are short again
    assert (second, third) == ([seconds(8)], [seconds(52)])


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        ((0, 30, 59.999), False),
        ((0, 30, 60), True),
        ((0, 30, 60.001), True),
        ((0, 60), False),
        ((0, 0.1, 0.2), False),
    ],
)
def test_the_stream_ends_when_rest_refuses_the_key_three_times_over_a_minute(
    at: tuple[float, ...], ends: bool
) -> None:
    # Given a doubted key
    admission = doubted()
    # When REST refuses it too
    done = [admission.handle(RestRefusedKey(), seconds(each)) for each in at]
    # Then three times over 60 s are enough
    assert ((GiveUp("wrong_key"),) in done) is ends


def test_time_alone_makes_no_second_opinion() -> None:
    # Given a doubted key that REST refused three times within a second
    admission = doubted()
    for at in (0, 0.1, 0.2):
        admission.handle(RestRefusedKey(), seconds(at))
    # When a minute passes without another word of it
    admission.handle(Tick(), seconds(61))
    # Then it is still doubted
    assert admission.state == DOUBTED


def test_one_answer_of_rest_speaks_for_the_key() -> None:
    # Given a doubted key that REST has refused twice
    admission = doubted()
    admission.handle(RestRefusedKey(), 0)
    admission.handle(RestRefusedKey(), seconds(30))
    # When it takes it once, and refuses it again
    admission.handle(RestAnswered(), seconds(40))
    admission.handle(RestRefusedKey(), seconds(70))
    # Then the count has begun anew
    assert admission.state == DOUBTED


def test_what_rest_refused_before_the_doubt_does_not_count() -> None:
    # Given a program inside, whose key REST has refused for an hour
    admission = inside()
    for at in (0, 1_800, 3_600):
        admission.handle(RestRefusedKey(), seconds(at))
    # When the stream refuses it too, and REST once more
    admission.handle(KeyRefused(), seconds(3_601))
    admission.handle(RestRefusedKey(), seconds(3_602))
    # Then it is doubted
    assert admission.state == DOUBTED


# Another program.


@pytest.mark.parametrize(("drawn", "wait"), [(0.0, 60), (0.5, 75), (1.0, 90)])
def test_an_evicted_program_keeps_away_for_sixty_to_ninety_seconds(drawn: float, wait: int) -> None:
    # Given a program inside
    admission = inside(drawn)
    # When another one takes its place
    done = admission.handle(Evicted(), seconds(1))
    # Then the screen says so, and the stream is tried again later
    assert done == (
        Say(
            "evicted",
            "another program uses this key, and the account allows one connection; "
            f"REST stands in, the stream is tried again in {wait} s; stop one of the two",
        ),
        WaitToConnect(seconds(1 + wait)),
    )
    assert admission.state == EVICTED
    assert admission.handle(Tick(), seconds(1 + wait)) == (Connect(),)


def test_a_program_that_is_evicted_again_says_how_often() -> None:
    # Given a program that was evicted, and let in again
    admission = inside()
    admission.handle(Evicted(), 0)
    admission.handle(Opened(), seconds(60))
    # When it is evicted again
    said = admission.handle(Evicted(), seconds(61))[0]
    # Then the screen counts
    assert isinstance(said, Say)
    assert "one connection, 2 times by now; REST stands in" in said.sentence
    assert admission.evictions == 2


def test_a_key_refused_after_an_eviction_is_doubted() -> None:
    # Given a program that was evicted
    admission = inside()
    admission.handle(Evicted(), 0)
    # When its key is refused
    admission.handle(KeyRefused(), seconds(60))
    # Then it is doubted, not wrong
    assert admission.state == DOUBTED


def test_an_ordinary_end_is_left_to_whoever_connects() -> None:
    # Given a program inside
    admission = inside()
    # When its connection ends
    # Then this machine waits for nothing
    assert admission.handle(Closed(), 0) == ()
    assert admission.retry_ns is None


@pytest.mark.parametrize("event", [KeyRefused(), Evicted()])
def test_a_machine_that_slept_tries_again_at_once(event: StreamEvent) -> None:
    # Given a program that keeps away
    admission = inside()
    admission.handle(event, 0)
    # When the machine has slept
    done = admission.handle(Slept(seconds(3_600)), seconds(1))
    # Then it waits for nothing any more
    assert (done, admission.retry_ns) == ((Connect(),), None)


def test_sleep_is_nothing_to_a_program_that_waits_for_nothing() -> None:
    # Given a program inside
    admission = inside()
    # When the machine has slept
    # Then there is nothing to do
    assert admission.handle(Slept(seconds(3_600)), seconds(1)) == ()


# Whatever the order of things.

EVENTS: list[StreamEvent] = [
    Opened(),
    Closed(),
    Settled(),
    KeyRefused(),
    Evicted(),
    RestAnswered(),
    RestRefusedKey(),
    Slept(NS_PER_SECOND),
    Tick(),
]


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from(EVENTS)), max_size=80))
def test_a_key_that_was_let_in_is_never_given_up_without_a_second_opinion(
    story: list[tuple[int, StreamEvent]],
) -> None:
    # Given a program that was let in
    admission = inside()
    refused: list[int] = []
    now_ns = 0
    wait_until_ns: int | None = None
    for passed, event in story:
        now_ns += seconds(passed)
        if isinstance(event, RestRefusedKey):
            refused.append(now_ns)
        elif isinstance(event, RestAnswered):
            refused.clear()
        given_up = admission.state == GIVEN_UP
        # When anything happens
        done = admission.handle(event, now_ns)
        # Then it ends by REST's word only, and for good; and no connection begins before its
        # time, unless the machine slept
        if given_up:
            assert done == ()
        if GiveUp("wrong_key") in done:
            assert len(refused) >= 3
            assert refused[-1] - refused[0] >= seconds(60)
        if Connect() in done:
            assert wait_until_ns is not None
            assert now_ns >= wait_until_ns or isinstance(event, Slept)
            wait_until_ns = None
        for until_ns in waits(done):
            assert seconds(2) <= until_ns - now_ns <= seconds(90)
            wait_until_ns = until_ns
        assert len(done) <= 2
