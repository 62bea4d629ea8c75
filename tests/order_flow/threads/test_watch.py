"""The last line of defence at the edge of each thread, and its heartbeat."""

from __future__ import annotations

import logging

import pytest

from trading_bot.order_flow.threads.watch import (
    CLEAN_SECONDS,
    RECORD_AGAIN_SECONDS,
    Threads,
    Watched,
)

NS = 1_000_000_000
LIMIT_SECONDS = 5.0


class Rig:
    """Threads whose time a test moves, and what they record."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.recorded: list[tuple[str, str, str]] = []
        self.threads = Threads(steady_ns=lambda: self.now_ns)
        self.threads.record = lambda *defect: self.recorded.append(defect)
        self.watched: Watched = self.threads.watched("judging", LIMIT_SECONDS)

    def move(self, seconds: float) -> None:
        self.now_ns += round(seconds * NS)


def fail() -> int:
    raise TypeError("with a secret in it")


def test_a_step_returns_what_it_returns() -> None:
    # Given a thread
    rig = Rig()
    # When a step of it is done, then its value is there, and nothing is recorded
    assert rig.watched.run(lambda: 7) == 7
    assert (rig.recorded, rig.watched.state) == ([], "ok")


def test_a_step_with_a_defect_is_recorded_logged_and_followed_by_the_next(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Given a thread with a defect in one step
    rig = Rig()
    # When that step and the next are done
    with caplog.at_level(logging.ERROR):
        found = [rig.watched.run(fail), rig.watched.run(lambda: 7)]
    # Then the next is done, the defect is recorded by its type, and logged with its trace
    assert found == [None, 7]
    assert rig.recorded == [("judging", "MainThread", "TypeError")]
    (record,) = caplog.records
    assert (record.getMessage(), record.where) == ("order_flow.internal_error", "judging")  # type: ignore[attr-defined]
    assert record.exc_info is not None
    assert (rig.watched.state, rig.watched.failures) == ("failed", 1)


def test_what_ends_a_process_is_let_through() -> None:
    # Given a step that ends the process
    def leave() -> None:
        raise SystemExit

    # When it is done, then it does
    with pytest.raises(SystemExit):
        Rig().watched.run(leave)


@pytest.mark.parametrize(
    ("seconds", "state"),
    [(CLEAN_SECONDS - 1, "failed"), (CLEAN_SECONDS, "ok"), (CLEAN_SECONDS + 1, "ok")],
)
def test_all_is_well_again_after_five_minutes_without_a_defect(seconds: float, state: str) -> None:
    # Given a thread with a defect
    rig = Rig()
    rig.watched.run(fail)
    # When it has gone on for so long
    rig.move(seconds)
    rig.watched.beat()
    # Then it counts as well from five minutes on
    assert rig.watched.state == state
    assert rig.threads.troubled == (("judging",) if state == "failed" else ())


@pytest.mark.parametrize(
    ("seconds", "recorded"),
    [(RECORD_AGAIN_SECONDS - 1, 1), (RECORD_AGAIN_SECONDS, 2), (RECORD_AGAIN_SECONDS + 1, 2)],
)
def test_a_storm_of_one_defect_is_one_line_a_minute(seconds: float, recorded: int) -> None:
    # Given a defect that was recorded
    rig = Rig()
    rig.watched.run(fail)
    # When it happens again
    rig.move(seconds)
    rig.watched.run(fail)
    # Then it is counted, and recorded once a minute
    assert (rig.watched.failures, len(rig.recorded)) == (2, recorded)


def test_another_kind_of_defect_is_recorded_at_once() -> None:
    # Given a defect that was recorded
    rig = Rig()
    rig.watched.note(TypeError())
    # When one of another type happens
    rig.watched.note(ValueError())
    # Then it is recorded as well
    assert [error for *_, error in rig.recorded] == ["TypeError", "ValueError"]


def test_a_record_that_fails_ends_no_thread(caplog: pytest.LogCaptureFixture) -> None:
    # Given a record that raises
    rig = Rig()

    def broken(*_: str) -> None:
        raise OSError("no space left on device")

    rig.threads.record = broken
    # When a step has a defect
    rig.watched.run(fail)
    # Then both are logged
    assert [each.getMessage() for each in caplog.records] == [
        "order_flow.internal_error_not_recorded",
        "order_flow.internal_error",
    ]


def test_without_a_record_a_defect_is_counted() -> None:
    # Given threads that record nowhere
    watched = Threads().watched("judging", LIMIT_SECONDS)
    # When a step has a defect, then it is counted
    watched.run(fail)
    assert watched.failures == 1


@pytest.mark.parametrize(
    ("seconds", "state"),
    [(LIMIT_SECONDS - 0.1, "ok"), (LIMIT_SECONDS, "ok"), (LIMIT_SECONDS + 0.1, "stuck")],
)
def test_a_thread_that_shows_no_life_for_longer_than_it_may_is_stuck(
    seconds: float, state: str
) -> None:
    # Given a thread that works
    rig = Rig()
    # When so much time passes
    rig.move(seconds)
    # Then it is stuck above its limit
    assert rig.watched.state == rig.threads.state_of("judging") == state
    assert rig.threads.troubled == (("judging",) if state == "stuck" else ())


def test_a_thread_that_rests_is_never_stuck() -> None:
    # Given a thread that waits for work
    rig = Rig()
    rig.watched.rest()
    # When hours pass
    rig.move(10_000)
    rested = rig.watched.state
    rig.watched.beat()
    # Then it rests, until it works again
    assert (rested, rig.watched.state) == ("resting", "ok")


def test_health_says_how_each_thread_is() -> None:
    # Given two threads, of which one has a defect and works, and one rests
    rig = Rig()
    rig.watched.run(fail)
    rig.threads.watched("asking", 60.0).rest()
    rig.move(1.23)
    # When health is asked for
    found = rig.threads.health()
    # Then each is there by its name
    assert found == {
        "asking": {
            "state": "resting",
            "age_seconds": 1.2,
            "limit_seconds": 60.0,
            "failures": 0,
            "error": None,
        },
        "judging": {
            "state": "failed",
            "age_seconds": 1.2,
            "limit_seconds": 5.0,
            "failures": 1,
            "error": "TypeError",
        },
    }


def test_a_thread_that_begins_again_is_the_same() -> None:
    # Given a thread that had a defect and has ended
    rig = Rig()
    rig.watched.run(fail)
    rig.watched.rest()
    # When it begins again under its name
    again = rig.threads.watched("judging", LIMIT_SECONDS)
    # Then what it had is known
    assert (again is rig.watched, again.state) == (True, "failed")


def test_a_thread_that_comes_no_more_is_forgotten() -> None:
    # Given a thread
    rig = Rig()
    # When it is forgotten
    rig.threads.forget("judging")
    rig.threads.forget("judging")
    # Then nothing is known of it
    assert (rig.threads.health(), rig.threads.state_of("judging")) == ({}, "resting")
