"""The one layer that asks again: how often, how long, and what is worth it."""

from __future__ import annotations

import functools
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

import tenacity

from .clock import monotonic_seconds
from .errors import DataSourceError, RateLimitError

P = ParamSpec("P")
R = TypeVar("R")

Attempt = Callable[[], Any]
"""One try: asks once, returns the answer, or raises a `DataSourceError`."""
Retry = Callable[[Attempt], Attempt]
"""A layer that asks again: takes one try and returns what tries until it is content.

It should try again what is `retryable` only, and let the last `DataSourceError` go up.
"""
Wait = Callable[[float], bool]
"""Waits so many seconds and returns True when it was told to stop: `threading.Event().wait`."""
OnRetry = Callable[[DataSourceError, int, float], None]
"""Told of each retry before its wait: the error, which retry (from 1), the wait in seconds."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The terms of asking again.

    Attributes:
        max_retries: Tries after the first; 0 means none.
        base_delay_seconds: Wait before the first retry; each later one waits twice as long.
        jitter_seconds: A random time up to this is added to each wait, so that many clients that
            failed together do not come back together.
        budget_seconds: Upper limit of the whole, tries and waits together.

    Raises:
        ValueError: A negative number.
    """

    max_retries: int = 3
    base_delay_seconds: float = 1.0
    jitter_seconds: float = 0.0
    budget_seconds: float = 20.0

    def __post_init__(self) -> None:
        for name in ("max_retries", "base_delay_seconds", "jitter_seconds", "budget_seconds"):
            value = getattr(self, name)
            if not value >= 0:
                raise ValueError(f"{name}={value!r} must be 0 or more")

    def back_off_seconds(self, retry: int) -> float:
        """Return the wait before a retry, without jitter.

        Args:
            retry: Which retry, counted from 1.
        """
        return self.base_delay_seconds * 2.0 ** (retry - 1)


DEFAULT_POLICY = RetryPolicy()
"""Three retries after 1, 2 and 4 seconds, all within 20 seconds."""


def with_retry(
    policy: RetryPolicy = DEFAULT_POLICY,
    *,
    wait: Wait | None = None,
    on_retry: OnRetry | None = None,
    monotonic: Callable[[], float] = monotonic_seconds,
    random_share: Callable[[], float] = random.random,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function try again when asking again may help.

    Only a `DataSourceError` whose `retryable` is True is tried again; every other error goes up at
    once. The provider's Retry-After takes the place of the back-off. A wait that does not fit into
    what is left of the budget is not begun: the error goes up at once, so that a caller learns
    `RateLimitError.retry_after_seconds` now and not after sleeping through it.

    Args:
        policy: How often and how long.
        wait: Waits, and returns True to give up (a stop was asked for); by default it waits on an
            event that nobody sets, which Ctrl-C still interrupts.
        on_retry: Told before each wait.
        monotonic: Seconds that never run backwards.
        random_share: A random number from 0 to 1, for the jitter.

    Returns:
        A decorator. The decorated function raises the last error once the retries, the budget or
        the patience of `wait` are used up.
    """
    pause = wait or threading.Event().wait

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def retried(*args: P.args, **kwargs: P.kwargs) -> R:
            started = monotonic()
            newest, delay_seconds = DataSourceError("nothing has failed yet"), 0.0

            # Reckoned here, which every version of tenacity asks first: some know the wait before
            # they ask whether to stop, others only after it.
            def may_help(state: tenacity.RetryCallState) -> bool:
                nonlocal newest, delay_seconds
                error = None if state.outcome is None else state.outcome.exception()
                if not (isinstance(error, DataSourceError) and error.retryable):
                    return False
                newest, delay_seconds = error, delay_after(error, state.attempt_number)
                return True

            def delay_after(error: DataSourceError, attempt: int) -> float:
                if isinstance(error, RateLimitError) and error.retry_after_seconds is not None:
                    return error.retry_after_seconds
                return policy.back_off_seconds(attempt) + policy.jitter_seconds * random_share()

            def is_spent(state: tenacity.RetryCallState) -> bool:
                elapsed = monotonic() - started
                return (
                    state.attempt_number > policy.max_retries
                    or elapsed + delay_seconds > policy.budget_seconds
                )

            def announce(state: tenacity.RetryCallState) -> None:
                if on_retry is not None:
                    on_retry(newest, state.attempt_number, delay_seconds)

            def pause_or_give_up(seconds: float) -> None:
                if pause(seconds):
                    raise newest

            retrying = tenacity.Retrying(
                retry=may_help,
                wait=lambda _: delay_seconds,
                stop=is_spent,
                before_sleep=announce,
                sleep=pause_or_give_up,
                reraise=True,
            )
            return retrying(function, *args, **kwargs)

        return retried

    return decorate
