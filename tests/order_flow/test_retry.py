"""What is tried again, how often, and after which waits."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trading_bot.order_flow.errors import DataSourceError, DataValidationError, RateLimitError
from trading_bot.order_flow.retry import RetryPolicy, with_retry

PASSING = DataSourceError("down for a moment", code="server_error", retryable=True)
LASTING = DataSourceError("wrong key", code="wrong_key")


class Stage:
    """A function that fails with each error in turn, and time that passes only in waits."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0
        self.waits: list[float] = []
        self.seconds = 0.0

    def act(self, word: str, *, times: int = 1) -> str:
        """Say a word."""
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return word * times

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self.seconds += seconds
        return False

    def retried(
        self,
        policy: RetryPolicy | None = None,
        wait: Callable[[float], bool] | None = None,
        random_share: Callable[[], float] = lambda: 0.5,
    ) -> Callable[..., str]:
        return with_retry(
            policy or RetryPolicy(),
            wait=wait or self.wait,
            monotonic=lambda: self.seconds,
            random_share=random_share,
        )(self.act)


def test_a_success_is_handed_through() -> None:
    # Given a function that works
    stage = Stage()
    # When it is called with arguments, then they arrive and nobody waits
    assert stage.retried()("ho", times=3) == "hohoho"
    assert (stage.calls, stage.waits) == (1, [])


def test_the_decorated_function_keeps_its_name() -> None:
    # Given a decorated function
    # When it is looked at, then it is still itself
    retried = Stage().retried()
    assert (retried.__name__, retried.__doc__) == ("act", "Say a word.")


@pytest.mark.parametrize("failures", [1, 2, 3])
def test_a_passing_failure_is_tried_again(failures: int) -> None:
    # Given a function that fails up to three times
    stage = Stage(*[PASSING] * failures)
    # When it is called, then it works in the end, after doubling waits
    assert stage.retried()("ok") == "ok"
    assert stage.waits == [1.0, 2.0, 4.0][:failures]


def test_after_three_retries_the_last_failure_goes_up() -> None:
    # Given a function that fails a fourth time, each time with an error of its own
    errors = [DataSourceError(f"failure {n}", retryable=True) for n in range(4)]
    stage = Stage(*errors)
    # When it is called, then the fourth error goes up as it is
    with pytest.raises(DataSourceError) as caught:
        stage.retried()("ok")
    assert caught.value is errors[3]
    assert (stage.calls, stage.waits) == (4, [1.0, 2.0, 4.0])


@pytest.mark.parametrize("error", [LASTING, DataValidationError("stale"), ValueError("no")])
def test_what_asking_again_cannot_help_goes_up_at_once(error: Exception) -> None:
    # Given a function that fails for good
    stage = Stage(error)
    # When it is called, then nobody waits
    with pytest.raises(type(error)) as caught:
        stage.retried()("ok")
    assert caught.value is error
    assert (stage.calls, stage.waits) == (1, [])


def test_retry_after_takes_the_place_of_the_back_off() -> None:
    # Given a rate limit with a wish, one without, and another with
    stage = Stage(
        RateLimitError("slow", retry_after_seconds=5.0),
        RateLimitError("slow"),
        RateLimitError("slow", retry_after_seconds=0.0),
    )
    # When it is called, then wishes win and the back-off goes on where there is none
    assert stage.retried(RetryPolicy(jitter_seconds=1.0))("ok") == "ok"
    assert stage.waits == [5.0, 2.5, 0.0]


@pytest.mark.parametrize(
    ("wish", "waits"), [(19.9, [19.9]), (20.0, [20.0]), (20.1, [])], ids=["below", "at", "above"]
)
def test_a_wish_beyond_the_budget_is_not_slept_through(wish: float, waits: list[float]) -> None:
    # Given a budget of twenty seconds and a provider with a wish
    stage = Stage(*[RateLimitError("slow", retry_after_seconds=wish)] * 2)
    # When it is called, then the error goes up as soon as a wait does not fit
    with pytest.raises(RateLimitError) as caught:
        stage.retried()("ok")
    assert caught.value.retry_after_seconds == wish
    assert stage.waits == waits


def test_the_time_that_tries_take_counts_against_the_budget() -> None:
    # Given tries that take eight seconds each
    stage = Stage(*[PASSING] * 4)
    quick = stage.act

    def slow(word: str, *, times: int = 1) -> str:
        stage.seconds += 8
        return quick(word, times=times)

    retried = with_retry(wait=stage.wait, monotonic=lambda: stage.seconds)(slow)
    # When they fail, then the second wait does not fit any more: 8 + 1 + 8 + 2 fits, 8 + 4 not
    with pytest.raises(DataSourceError):
        retried("ok")
    assert stage.waits == [1.0, 2.0]


def test_jitter_is_added_to_each_wait() -> None:
    # Given a jitter of up to half a second, of which a half is drawn
    stage = Stage(PASSING, PASSING)
    # When it is called, then each wait is a quarter longer
    stage.retried(RetryPolicy(jitter_seconds=0.5))("ok")
    assert stage.waits == [1.25, 2.25]


def test_a_stop_ends_the_waiting_with_the_failure_itself() -> None:
    # Given a wait that is told to stop
    stage = Stage(PASSING, PASSING)
    # When it is called, then the failure goes up and nothing is tried again
    with pytest.raises(DataSourceError) as caught:
        stage.retried(wait=lambda seconds: True)("ok")
    assert caught.value is PASSING
    assert stage.calls == 1


def test_each_retry_is_announced_before_its_wait() -> None:
    # Given somebody who wants to know
    stage = Stage(PASSING, PASSING)
    told: list[tuple[str, int, float]] = []
    retried = with_retry(
        wait=stage.wait,
        on_retry=lambda error, retry, seconds: told.append((error.code, retry, seconds)),
    )(stage.act)
    # When it is called, then each retry is told with its number and wait
    retried("ok")
    assert told == [("server_error", 1, 1.0), ("server_error", 2, 2.0)]


def test_each_call_has_its_own_retries_and_budget() -> None:
    # Given one decorated function, called twice while the clock runs on
    stage = Stage(PASSING, PASSING, PASSING)
    retried = stage.retried()
    retried("ok")
    stage.seconds += 100
    stage.errors = [PASSING]
    # When the second call fails once, then it begins with the first wait again
    assert retried("ok") == "ok"
    assert stage.waits == [1.0, 2.0, 4.0, 1.0]


def test_by_default_it_waits_on_an_event() -> None:
    # Given a policy without any delay, and nothing injected
    stage = Stage(PASSING)
    # When it is called, then it works
    assert with_retry(RetryPolicy(base_delay_seconds=0))(stage.act)("ok") == "ok"
