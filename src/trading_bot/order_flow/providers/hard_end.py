"""A hard end for every question: when its time is over its socket is shut, whatever it waits for.

Time-outs of a socket begin anew with each byte, so that a server which drips its answer, or says
`100 Continue` for ever, holds a worker as long as it likes. One thread watches over all questions
of the process; it ends when none is left to watch.
"""

from __future__ import annotations

import heapq
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from itertools import count
from typing import Final

from ..clock import monotonic_seconds


class HardEnd:
    """The end of one question.

    Args:
        at: When it is over, in seconds of `monotonic_seconds`.

    Attributes:
        is_over: The time came while the question was still waiting.
    """

    def __init__(self, at: float) -> None:
        self.at = at
        self.is_over = False
        self._lock = threading.Lock()
        self._handles: list[socket.socket] = []
        self._is_done = False

    def watch(self, descriptor: int) -> None:
        """Shut the connection of a socket at the end.

        It is kept by a descriptor of its own: TLS takes the first one away from its socket.
        """
        handle = socket.socket(fileno=socket.dup(descriptor))
        with self._lock:
            self._handles.append(handle)
            if self.is_over:
                self._shut()

    def come(self) -> None:
        """Shut what is still waited for."""
        with self._lock:
            if not self._is_done:
                self.is_over = True
                self._shut()

    def done(self) -> None:
        """Let go of the connection: the question has its answer, or its error."""
        with self._lock:
            self._is_done = True
            for handle in self._handles:
                handle.close()
            self._handles.clear()

    def _shut(self) -> None:
        for handle in self._handles:
            with suppress(OSError):
                handle.shutdown(socket.SHUT_RDWR)


class Watch:
    """One thread that tells each question when its time has come.

    Args:
        name: Name of the thread.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._changed = threading.Condition()
        self._ends: list[tuple[float, int, HardEnd]] = []
        self._numbers = count()
        self._thread: threading.Thread | None = None

    def add(self, end: HardEnd) -> None:
        """Watch over a question from now on."""
        with self._changed:
            heapq.heappush(self._ends, (end.at, next(self._numbers), end))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            elif self._ends[0][2] is end:
                self._changed.notify()

    def _run(self) -> None:
        while (due := self._next()) is not None:
            due.come()

    def _next(self) -> HardEnd | None:
        """Wait for the next end; None where there is none, and the thread is given up."""
        with self._changed:
            while self._ends:
                left = self._ends[0][0] - monotonic_seconds()
                if left <= 0:
                    return heapq.heappop(self._ends)[2]
                self._changed.wait(left)
            self._thread = None
            return None


WATCH: Final = Watch("order-flow-deadlines")
"""The watch over every question of this process."""
_current: ContextVar[HardEnd] = ContextVar("order_flow_hard_end")


@contextmanager
def hard_end(seconds: float) -> Iterator[HardEnd]:
    """Give what is asked inside so many seconds, and not one more."""
    end = HardEnd(monotonic_seconds() + seconds)
    WATCH.add(end)
    token = _current.set(end)
    try:
        yield end
    finally:
        _current.reset(token)
        end.done()


def current_end() -> HardEnd:
    """Return the end of the question that is asked on this thread.

    Raises:
        LookupError: None is.
    """
    return _current.get()
