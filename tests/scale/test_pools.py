"""Who works tasks off."""

from __future__ import annotations

import os
import signal
from concurrent.futures import BrokenExecutor

import pytest

from trading_bot.scale.pools import FROM_BYTES, ProcessPool, SerialExecutor, jobs_for, pool_of


@pytest.mark.parametrize(
    ("asked", "size", "expected"),
    [
        (None, FROM_BYTES - 1, 1),
        (None, FROM_BYTES, os.cpu_count()),
        (3, FROM_BYTES - 1, 3),
        (1, FROM_BYTES, 1),
    ],
)
def test_small_files_are_one_jobs_unless_somebody_says_otherwise(
    asked: int | None, size: int, expected: int
) -> None:
    # Given files below and at the size
    # When the jobs are counted
    # Then they are one, a core each, or what was asked for
    assert jobs_for(asked, size) == expected


def test_one_job_is_this_process() -> None:
    # Given one job
    # When workers are opened
    # Then they are this process
    assert isinstance(pool_of(1), SerialExecutor)


@pytest.mark.slow
def test_processes_that_are_killed_break_the_pool_and_end_at_once() -> None:
    # Given two processes, one of which kills itself
    pool = pool_of(2)
    assert isinstance(pool, ProcessPool)
    lost = pool.submit(signal.raise_signal, signal.SIGKILL)
    # When its result is asked for
    # Then the pool is broken, and ends
    with pytest.raises(BrokenExecutor):
        lost.result()
    pool.kill()


@pytest.mark.slow
def test_processes_that_work_are_ended_without_waiting() -> None:
    # Given a process that waits for an hour
    pool = ProcessPool(1)
    waiting = pool.submit(signal.pause)
    # When it is ended
    pool.kill()
    # Then nobody waits for it
    with pytest.raises((BrokenExecutor, Exception)):
        waiting.result(30)
