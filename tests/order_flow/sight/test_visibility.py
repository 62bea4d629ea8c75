"""What can be said of a feed: visible, degraded, blind, and quiet that is not dead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flow_values import NOON_NS, S

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.sight.visibility import FeedVisibility, FreshnessLimits, Visibility


def at(second: float) -> int:
    return NOON_NS + round(second * S)


def feed(*kinds: str) -> FeedVisibility:
    return FeedVisibility(FreshnessLimits.of(OrderFlowConfig()), NOON_NS, kinds=kinds or ("tape",))


def answered(
    watched: FeedVisibility,
    second: float,
    newest: float | None,
    *,
    kind: str = "tape",
    alive: bool = False,
) -> None:
    stamp = None if newest is None else at(newest)
    watched.answered(kind, at(second), stamp, feed_alive=alive)


def seen(watched: FeedVisibility, second: float, *, alive: bool = False) -> Visibility:
    return watched.judge(at(second), feed_alive=alive)


VISIBLE = Visibility("visible", "")


def test_a_feed_without_an_answer_is_degraded_and_then_blind() -> None:
    # Given a feed that never answers
    watched = feed()
    # When it is looked at around the limit
    found = [seen(watched, second) for second in (0, 29.999, 30, 31)]
    # Then it is blind from `blind_after_seconds` on
    assert found == [
        Visibility("degraded", "tape: no answer yet"),
        Visibility("degraded", "tape: no answer yet"),
        Visibility("blind", "no usable tape for 30 s (no answer yet)"),
        Visibility("blind", "no usable tape for 31 s (no answer yet)"),
    ]


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (-1, VISIBLE),
        (0, VISIBLE),
        (10, VISIBLE),
        (10.001, Visibility("degraded", "newest tape is 10 s old")),
        (29, Visibility("degraded", "newest tape is 29 s old")),
    ],
)
def test_a_fresh_answer_is_visible_up_to_the_warn_limit(age: float, expected: Visibility) -> None:
    # Given an answer whose newest stamp is so old, for the first time
    watched = feed()
    answered(watched, 0, -age)
    # When it is judged at once
    # Then up to 10 s are visible
    assert seen(watched, 0, alive=True) == expected


@pytest.mark.parametrize(("age", "state"), [(30, "degraded"), (30.001, "blind")])
def test_answers_older_than_the_freshness_limit_are_not_usable(age: float, state: str) -> None:
    # Given a feed whose every answer is new and so old: a delayed plan
    watched = feed()
    for second in range(1, 31):
        answered(watched, second, second - age, alive=True)
    # When half a minute has passed
    # Then it is blind although it answers
    assert seen(watched, 30, alive=True).state == state


def test_one_failed_answer_is_degraded_and_the_next_good_one_visible() -> None:
    # Given a visible feed
    watched = feed()
    answered(watched, 0, 0)
    # When an answer fails, and the next comes
    watched.failed("tape", at(1), "timeout")
    failed = seen(watched, 1)
    answered(watched, 2, 2)
    # Then one failure degrades, and the good answer mends it
    assert (failed, seen(watched, 2)) == (Visibility("degraded", "tape: timeout"), VISIBLE)


@pytest.mark.parametrize(
    ("second", "state"), [(29.999, "degraded"), (30, "blind"), (30.001, "blind")]
)
def test_failures_alone_make_a_feed_blind(second: float, state: str) -> None:
    # Given a feed whose last usable answer came at 0 s
    watched = feed()
    answered(watched, 0, 0)
    # When every answer fails
    for failed_at in range(1, 30):
        watched.failed("tape", at(failed_at), "timeout")
    # Then it is blind 30 s after the last usable one
    assert seen(watched, second).state == state


def test_silence_is_degraded_and_then_blind() -> None:
    # Given a feed that stops answering
    watched = feed()
    answered(watched, 0, 0)
    # When time passes, while other symbols are fresh
    found = [seen(watched, second, alive=True).state for second in (10, 10.001, 29.999, 30)]
    # Then it degrades beyond the warn limit and is blind at the other
    assert found == ["visible", "degraded", "degraded", "blind"]


def quiet_since_zero(until: int, *, alive: bool, unchanged: float | None = 0) -> FeedVisibility:
    """Return a feed that answers each second with the stamp of second 0, or with nothing new."""
    watched = feed()
    answered(watched, 0, 0)
    for second in range(1, until + 1):
        answered(watched, second, unchanged, alive=alive)
    return watched


@pytest.mark.parametrize("unchanged", [0, None])
@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (10, VISIBLE),
        (11, Visibility("visible", "quiet for 11 s")),
        (300, Visibility("visible", "quiet for 300 s")),
        (301, Visibility("degraded", "quiet for 301 s")),
    ],
)
def test_a_quiet_symbol_stays_visible_for_five_minutes(
    second: int, expected: Visibility, unchanged: float | None
) -> None:
    # Given a feed that answers in time and has nothing new, while another symbol is fresh
    watched = quiet_since_zero(second, alive=True, unchanged=unchanged)
    # When it is judged
    # Then it is merely quiet, and degraded beyond five minutes
    assert seen(watched, second, alive=True) == expected


@pytest.mark.parametrize(
    ("second", "state"),
    [(10, "visible"), (11, "degraded"), (30, "degraded"), (59, "degraded"), (60, "blind")],
)
def test_a_dead_feed_is_not_taken_for_a_quiet_one(second: int, state: str) -> None:
    # Given a feed that answers with the same stamp, while no other symbol is fresh
    watched = quiet_since_zero(second, alive=False)
    # When it is judged
    # Then its last answer that was fresh enough, at 30 s, counts
    assert seen(watched, second).state == state


def test_a_quiet_symbol_that_trades_again_is_visible_at_once() -> None:
    # Given a symbol that was quiet for six minutes
    watched = quiet_since_zero(360, alive=True)
    # When it has something new
    answered(watched, 361, 361, alive=True)
    # Then it is visible
    assert seen(watched, 361, alive=True) == VISIBLE


def test_an_older_stamp_does_not_replace_a_newer_one() -> None:
    # Given an answer that is older than the one before
    watched = feed()
    answered(watched, 5, 5)
    answered(watched, 6, 1)
    # When freshness is asked for
    # Then the newest stamp counts
    assert [watched.is_fresh(at(second)) for second in (15, 15.001)] == [True, False]


@pytest.mark.parametrize(("second", "fresh"), [(10, True), (10.001, False)])
def test_a_feed_is_fresh_while_any_stamp_is_within_the_warn_limit(
    second: float, fresh: bool
) -> None:
    # Given a feed of two kinds, only one of which has answered
    watched = feed("snapshot", "tape")
    answered(watched, 0, 0, kind="snapshot")
    # When it is asked
    # Then one is enough
    assert watched.is_fresh(at(second)) is fresh


def test_nothing_is_fresh_before_the_first_stamp() -> None:
    # Given a feed that answered with nothing
    watched = feed()
    answered(watched, 0, None)
    # When it is asked
    # Then it is not fresh, and nothing can be said of it
    assert watched.is_fresh(NOON_NS) is False
    assert seen(watched, 0, alive=True) == Visibility("degraded", "no tape data yet")


def test_the_worst_kind_of_answer_decides() -> None:
    # Given a snapshot that is fine and a tape that fails
    watched = feed("snapshot", "tape")
    found = []
    for second in range(31):
        answered(watched, second, second, kind="snapshot")
        watched.failed("tape", at(second), "timeout")
        found.append(seen(watched, second).state)
    # When it is judged for half a minute
    # Then it is degraded, and blind at last
    assert found == ["degraded"] * 30 + ["blind"]


def test_the_first_of_two_bad_kinds_is_named() -> None:
    # Given two kinds that fail
    watched = feed("snapshot", "tape")
    watched.failed("snapshot", at(1), "timeout")
    watched.failed("tape", at(1), "http_500")
    # When it is judged
    # Then the first is named
    assert seen(watched, 1) == Visibility("degraded", "snapshot: timeout")


def test_a_degraded_kind_outweighs_a_quiet_one() -> None:
    # Given a quiet snapshot and a failing tape
    watched = feed("snapshot", "tape")
    for second in range(21):
        answered(watched, second, 0, kind="snapshot", alive=True)
        watched.failed("tape", at(second), "timeout")
    # When it is judged
    # Then the failure is told
    assert seen(watched, 20, alive=True) == Visibility("degraded", "tape: timeout")


def test_a_quiet_kind_is_told_although_the_other_is_busy() -> None:
    # Given a quiet snapshot and a busy tape
    watched = feed("snapshot", "tape")
    for second in range(21):
        answered(watched, second, 0, kind="snapshot", alive=True)
        answered(watched, second, second, kind="tape", alive=True)
    # When it is judged
    # Then it is visible, and said to be quiet
    assert seen(watched, 20, alive=True) == Visibility("visible", "quiet for 20 s")


def test_the_limits_are_the_configurations() -> None:
    # Given limits of 2 s, 4 s and 5 s
    config = OrderFlowConfig(
        freshness_warn_seconds=2.0, freshness_limit_seconds=4.0, blind_after_seconds=5.0
    )
    watched = FeedVisibility(FreshnessLimits.of(config), NOON_NS)
    watched.answered("tape", NOON_NS, NOON_NS, feed_alive=False)
    # When it is looked at around them
    found = [seen(watched, second).state for second in (2, 2.001, 4.999, 5)]
    # Then they decide
    assert found == ["visible", "degraded", "degraded", "blind"]


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 20), st.integers(0, 60)), max_size=30),
    st.integers(0, 40),
)
def test_a_feed_is_visible_only_after_a_good_answer_within_the_warn_limit(
    steps: list[tuple[bool, int, int]], wait: int
) -> None:
    # Given any answers and failures
    watched = feed()
    second, last_good = 0, None
    for good, step, age in steps:
        second += step
        if good:
            answered(watched, second, second - age)
            last_good = second
        else:
            watched.failed("tape", at(second), "timeout")
            last_good = None
    # When it is judged some time later
    state = seen(watched, second + wait).state
    # Then it is visible only while the last answer was good and is not older than 10 s
    assert state != "visible" or (last_good is not None and wait <= 10)
