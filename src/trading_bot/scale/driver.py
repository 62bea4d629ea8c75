"""Hands tasks to workers, takes what comes back in whatever order, and begins lost ones anew.

Any `concurrent.futures.Executor` will do. Few tasks are on their way at a time, so that memory
stays flat and an end comes soon; the largest go first, so that none is left alone at the end.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from typing import Final, Generic, TypeVar

IN_FLIGHT: Final = 4
"""Tasks of each worker that are on their way at a time."""
TRIES: Final = 3
"""How often workers may be lost in a row without a result in between."""

TaskT = TypeVar("TaskT")
ResultT = TypeVar("ResultT")


class WorkersLostError(OSError):
    """Workers end again and again before they have a result."""


class Driver(Generic[TaskT, ResultT]):
    """Works tasks off.

    Args:
        run: What is done to a task; a function of a module, so that it can be named to a worker.
        open_pool: Returns workers; called again when they are lost.
        workers: How many they are, where they do not tell.
        take: Takes a result, and returns the tasks that it has made possible.
        size_of: How much there is to do in a task.
        lost: What a worker that has ended raises.
    """

    def __init__(
        self,
        run: Callable[[TaskT], ResultT],
        *,
        open_pool: Callable[[], Executor],
        workers: int,
        take: Callable[[TaskT, ResultT], Iterable[TaskT]],
        size_of: Callable[[TaskT], int],
        lost: tuple[type[BaseException], ...] = (BrokenExecutor,),
    ) -> None:
        self._run = run
        self._open_pool = open_pool
        self._workers = workers
        self._take = take
        self._size_of = size_of
        self._lost = lost
        self._waiting: list[tuple[int, int, TaskT]] = []
        self._number = 0
        self._flying: dict[Future[ResultT], TaskT] = {}
        self._losses = 0

    def work_off(self, tasks: Iterable[TaskT]) -> None:
        """Work off tasks, and those that follow from them.

        Raises:
            WorkersLostError: Workers are lost again and again.
            Exception: What a task raises.
        """
        self._add(tasks)
        pool = self._open_pool()
        try:
            while self._waiting or self._flying:
                if not self._goes_on(pool):
                    end(pool)
                    pool = self._open_pool()
        except BaseException:
            end(pool)
            raise
        pool.shutdown()

    def _add(self, tasks: Iterable[TaskT]) -> None:
        for task in tasks:
            self._number += 1
            heapq.heappush(self._waiting, (-self._size_of(task), self._number, task))

    def _goes_on(self, pool: Executor) -> bool:
        """Submit what there is room for and take what is done; return whether the workers live."""
        try:
            most = IN_FLIGHT * number_of(pool, self._workers)
            while self._waiting and len(self._flying) < most:
                task = self._waiting[0][-1]
                future = pool.submit(self._run, task)
                heapq.heappop(self._waiting)
                self._flying[future] = task
                if future.done():
                    # Taken at once: what was worked off here is then safe, whatever comes.
                    break
            done, _ = wait(self._flying, return_when=FIRST_COMPLETED)
            for future in done:
                result = future.result()
                self._losses = 0
                self._add(self._take(self._flying.pop(future), result))
        except self._lost as error:
            self._losses += 1
            if self._losses > TRIES:
                raise WorkersLostError(
                    f"workers were lost {self._losses} times in a row: is there memory enough? "
                    "Fewer on a machine take less"
                ) from error
            self._add(self._flying.values())
            self._flying.clear()
            return False
        return True


def number_of(pool: Executor, usual: int) -> int:
    """Return how many workers there are now: in a cluster they come and go; never none.

    Args:
        pool: Who works.
        usual: How many they are where nobody counts them.
    """
    count = getattr(pool, "count", None)
    return max(1, count()) if callable(count) else usual


def end(pool: Executor) -> None:
    """End workers at once, where that can be; nothing waits for them."""
    kill = getattr(pool, "kill", None)
    if callable(kill):
        kill()
    else:
        pool.shutdown(wait=False, cancel_futures=True)
