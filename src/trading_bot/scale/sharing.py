"""Shares the symbols of recorded files among jobs, each of which reads all days of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from trading_bot.recorded.recognise import Format
from trading_bot.recorded.share import Share
from trading_bot.recorded.sources import ReadOptions
from trading_bot.scale.buckets import BUCKETS, bucket_of, divided
from trading_bot.scale.driver import Driver
from trading_bot.scale.planning import DIVIDED, Plan, plan_of, shares_of
from trading_bot.scale.workers import Workers

TaskT = TypeVar("TaskT")
ResultT = TypeVar("ResultT")


def share_of(buckets: frozenset[int], plan: Plan, *, is_first: bool) -> Share:
    """Return the lines of some buckets, as a reader takes them.

    Args:
        buckets: Of symbols.
        plan: What there is to read.
        is_first: True for the one reader that counts what concerns whole files.
    """
    reading = plan.reading
    wants = partial(_is_in, buckets)
    return Share(wants, is_first, reading.step_ns, reading.one_by_one)


def shared(
    files: Sequence[Path], kind: Format, options: ReadOptions, jobs: int
) -> tuple[Plan | None, list[Share | None]]:
    """Return what is known of files before they are read, and what each job reads of them.

    Args:
        files: All of one kind.
        kind: What they hold.
        options: Which rows.
        jobs: How many there are.

    Returns:
        No plan, and one share that is everything, for one job, and for files that are not divided.
    """
    if jobs == 1 or kind not in DIVIDED:
        return None, [None]
    plan = plan_of(files, kind, options)
    if plan.failed:
        raise ValueError(plan.failed[0])
    weights = dict.fromkeys(plan.symbols, 1) or shares_of(plan.largest(), options)
    buckets = map(frozenset, divided(weights, min(jobs, BUCKETS)))
    return plan, [share_of(each, plan, is_first=0 in each) for each in buckets]


def worked_off(
    run: Callable[[TaskT], ResultT], tasks: Sequence[TaskT], workers: Workers
) -> Iterator[ResultT]:
    """Work tasks off by several jobs; yield what came of each, in the order of the tasks.

    Args:
        run: What is done to a task; a function of a module.
        tasks: The largest first.
        workers: Who works.

    Raises:
        WorkersLostError: Processes end again and again.
    """
    found: dict[int, ResultT] = {}

    def take(task: tuple[int, TaskT], result: ResultT) -> tuple[()]:
        found[task[0]] = result
        return ()

    driver = Driver(
        partial(_run_numbered, run),
        open_pool=partial(workers.open_pool, min(workers.jobs, len(tasks))),
        workers=workers.jobs,
        take=take,
        size_of=lambda task: -task[0],
    )
    driver.work_off(enumerate(tasks))
    yield from (found[number] for number in range(len(tasks)))


def _run_numbered(run: Callable[[TaskT], ResultT], task: tuple[int, TaskT]) -> ResultT:
    return run(task[1])


def _is_in(buckets: frozenset[int], symbol: str) -> bool:
    return bucket_of(symbol) in buckets
