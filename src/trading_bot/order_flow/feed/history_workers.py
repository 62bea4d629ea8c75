"""Asks a provider on threads, beside a feed, and brings the answers back to its event loop."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Generic, Protocol, TypeVar

from ..diagnostics import get_logger
from ..errors import DataSourceError, OrderFlowError
from ..threads.watch import JUDGING, JUDGING_SECONDS, Threads, Watched

WORKERS: Final = 8
QUESTION_SECONDS: Final = 60.0
"""How long one question may take, all its pages and retries, until its thread counts as stuck."""
_logger = get_logger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """What a question has brought: a value, or why there is none.

    Attributes:
        value: The answer.
        error: Why there is none; None where there is.
    """

    value: T | None
    error: OrderFlowError | None = None

    @property
    def code(self) -> str:
        """The word for what went wrong; empty where nothing did."""
        return "" if self.error is None else str(getattr(self.error, "code", "error"))


class AsksHistory(Protocol):
    """Whoever asks, and brings the answers back; see `HistoryWorkers`."""

    def ask(self, question: Callable[[], T], on_answer: Callable[[Answered[T]], None]) -> None:
        """Ask, and hand the answer on."""
        ...

    def close(self) -> None:
        """Ask nothing more."""
        ...


class HistoryWorkers:
    """Threads that ask, for one event loop.

    Args:
        threads: Knows how they are.
    """

    def __init__(self, threads: Threads | None = None) -> None:
        self._threads = threads or Threads()
        self._judging = self._threads.watched(JUDGING, JUDGING_SECONDS)
        self._loop = asyncio.get_running_loop()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="order-flow-rest")
        # Kept here, where one takes little: in the pool a thousand, as at the start, are megabytes.
        self._waiting: deque[tuple[Callable[[], Any], Callable[[Any], None]]] = deque()
        self._under_way = 0

    def ask(self, question: Callable[[], T], on_answer: Callable[[Answered[T]], None]) -> None:
        """Ask on a thread; on the event loop.

        Args:
            question: Asks, and may block; an `OrderFlowError` is an answer too.
            on_answer: Takes the answer, on the event loop.
        """
        if self._under_way == WORKERS:
            self._waiting.append((question, on_answer))
        else:
            self._under_way += 1
            self._pool.submit(self._bring, question, on_answer)

    def close(self) -> None:
        """Ask nothing more; what is under way is not waited for."""
        self._waiting.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _bring(self, question: Callable[[], Any], on_answer: Callable[[Any], None]) -> None:
        """Get an answer, on a thread of the pool."""
        watched = self._threads.watched(threading.current_thread().name, QUESTION_SECONDS)
        answer = answer_to(question, watched)
        watched.rest()
        # The loop may have ended while the provider was asked.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._take, answer, on_answer)

    def _take(self, answer: Answered[Any], on_answer: Callable[[Any], None]) -> None:
        if self._waiting:
            self._pool.submit(self._bring, *self._waiting.popleft())
        else:
            self._under_way -= 1
        self._judging.run(partial(on_answer, answer))


def answer_to(question: Callable[[], T], watched: Watched | None = None) -> Answered[T]:
    """Ask, and return whatever comes of it as an answer; a defect is one too.

    Args:
        question: Asks.
        watched: The thread that asks, where somebody looks after it.
    """
    try:
        return Answered(question())
    except OrderFlowError as error:
        return Answered(None, error)
    except Exception as error:  # a defect must show as degraded, not as calm
        if watched is not None:
            watched.note(error)
        _logger.exception("order_flow.request_crashed")
        reason = f"internal error: {type(error).__name__}"
        return Answered(None, DataSourceError(reason, code="internal_error"))
