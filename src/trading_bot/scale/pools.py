"""Who works tasks off: this process, or several that are begun afresh.

Processes are spawned, never forked: a fork copies the locks of threads that it does not copy. They
end with the one that started them, however that ends, and leave Ctrl-C to it.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing.connection import wait
from typing import Final, ParamSpec, TypeVar

GC_THRESHOLD: Final = 200_000
"""As in a replay by one process: rows come and go by the thousand and hold no cycles."""
FROM_BYTES: Final = 16_000_000
"""Of files, below which one process is done before others have begun."""

ParamT = ParamSpec("ParamT")
ResultT = TypeVar("ResultT")


class SerialExecutor(Executor):
    """Works each task off as it is given, in this process."""

    def submit(
        self, fn: Callable[ParamT, ResultT], /, *args: ParamT.args, **kwargs: ParamT.kwargs
    ) -> Future[ResultT]:
        """Return what has been worked off already; Ctrl-C is the caller's."""
        done: Future[ResultT] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whoever asks for the result gets it
            done.set_exception(error)
        return done


class ProcessPool(ProcessPoolExecutor):
    """Processes of this machine.

    Args:
        jobs: How many.
    """

    def __init__(self, jobs: int) -> None:
        self._others = set(multiprocessing.active_children())
        context = multiprocessing.get_context("spawn")
        super().__init__(jobs, mp_context=context, initializer=_begin)

    def kill(self) -> None:
        """End the processes at once, whatever they do."""
        self.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - self._others:
            process.kill()


def pool_of(jobs: int) -> Executor:
    """Return who works off tasks by so many jobs."""
    return SerialExecutor() if jobs == 1 else ProcessPool(jobs)


def jobs_for(asked: int | None, size: int) -> int:
    """Return how many jobs are to share work.

    Args:
        asked: By the user; None leaves it to the size.
        size: Bytes of the files.
    """
    if asked is not None:
        return asked
    return 1 if size < FROM_BYTES else os.cpu_count() or 1


def _begin() -> None:  # pragma: no cover - runs in the other process
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(GC_THRESHOLD)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:  # pragma: no cover - runs in the other process
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
