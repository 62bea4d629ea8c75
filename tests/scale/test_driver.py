"""Handing tasks to workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import Any

import pytest

from trading_bot.scale.driver import IN_FLIGHT, TRIES, Driver, WorkersLostError, end
from trading_bot.scale.pools import SerialExecutor


class Flaky(Executor):
    """Works tasks off at once, but for those at which it breaks."""

    def __init__(self, breaks_at: Callable[[], bool]) -> None:
        self.breaks_at = breaks_at
        self.killed = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if self.breaks_at():
            future.set_exception(BrokenExecutor("a process is gone"))
        else:
            future.set_result(fn(*args, **kwargs))
        return future

    def kill(self) -> None:
        self.killed = True


def driven(
    tasks: Iterable[int],
    *,
    run: Callable[[int], int] = lambda task: task,
    pool: Callable[[], Executor] = SerialExecutor,
    follow: Callable[[int], Iterable[int]] = lambda _: (),
) -> list[int]:
    """Return the results in the order in which they were taken."""
    found = []

    def take(_: int, result: int) -> Iterable[int]:
        found.append(result)
        return follow(result)

    Driver(run, open_pool=pool, workers=1, take=take, size_of=lambda task: task).work_off(tasks)
    return found


def test_the_largest_tasks_go_first() -> None:
    # Given tasks of several sizes
    # When they are worked off
    # Then the largest comes first
    assert driven([2, 9, 5]) == [9, 5, 2]


def test_what_follows_from_a_task_is_worked_off_too() -> None:
    # Given a task from which others follow
    # When it is worked off
    found = driven([3], follow=lambda task: [task - 1] if task > 1 else [])
    # Then they are
    assert found == [3, 2, 1]


def test_nothing_to_do_is_done() -> None:
    # Given no task
    # When it is worked off
    # Then nothing came of it
    assert driven([]) == []


def test_no_more_than_four_tasks_of_a_worker_are_on_their_way() -> None:
    # Given workers who never come back until somebody looks
    flying: list[Future[int]] = []
    most = 0

    class Slow(Executor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            nonlocal most
            flying.append(Future())
            most = max(most, sum(not each.done() for each in flying))
            if sum(not each.done() for each in flying) == IN_FLIGHT:
                for each in flying:
                    if not each.done():
                        each.set_result(1)
            return flying[-1]

    # When many tasks are worked off
    driven(range(8), pool=Slow)
    # Then four were there at a time
    assert most == IN_FLIGHT


def test_lost_tasks_are_begun_anew_with_other_workers() -> None:
    # Given workers of whom the first are lost at their second task
    pools: list[Flaky] = []
    submitted = iter([False, True, *[False] * 9])

    def opened() -> Flaky:
        pools.append(Flaky(lambda: next(submitted)))
        return pools[-1]

    # When tasks are worked off
    found = driven([3, 2, 1], pool=opened)
    # Then all came back, from the second workers, and the first were ended
    assert sorted(found) == [1, 2, 3]
    assert [each.killed for each in pools] == [True, False]


def test_workers_that_break_while_tasks_are_given_are_replaced() -> None:
    # Given workers that take no task any more
    class Broken(SerialExecutor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            raise BrokenExecutor

    pools = iter([Broken(), SerialExecutor()])
    # When a task is worked off
    # Then others do it
    assert driven([1], pool=lambda: next(pools)) == [1]


def test_workers_that_are_lost_again_and_again_are_given_up() -> None:
    # Given workers who are lost always
    opened = []

    def open_pool() -> Flaky:
        opened.append(Flaky(lambda: True))
        return opened[-1]

    # When a task is worked off
    # Then it is tried so often, and it is said
    with pytest.raises(WorkersLostError, match="lost 4 times in a row"):
        driven([1], pool=open_pool)
    assert len(opened) == TRIES + 1
    assert all(each.killed for each in opened)


def test_a_result_in_between_makes_good_for_losses() -> None:
    # Given workers who are lost before each result, more often than would be borne in a row
    losses = iter([True, False] * 9)
    # When as many tasks are worked off
    found = driven([3, 2, 1, 5, 4], pool=lambda: Flaky(lambda: next(losses)))
    # Then all come back
    assert sorted(found) == [1, 2, 3, 4, 5]


def test_a_task_that_fails_ends_everything() -> None:
    # Given a task that fails
    pools: list[Flaky] = []

    def opened() -> Flaky:
        pools.append(Flaky(lambda: False))
        return pools[-1]

    # When it is worked off
    # Then its error is raised, and the workers are ended
    with pytest.raises(ZeroDivisionError):
        driven([0], run=lambda task: 1 // task, pool=opened)
    assert pools[0].killed


def test_workers_who_cannot_be_ended_are_let_go() -> None:
    # Given an executor that knows no sudden end
    # When it is ended
    # Then it is shut down
    end(SerialExecutor())


def test_an_error_of_a_task_is_its_result_with_this_process_too() -> None:
    # Given a task that fails
    # When this process works it off
    # Then whoever asks gets the error
    with pytest.raises(ZeroDivisionError):
        driven([0], run=lambda task: 1 // task)
