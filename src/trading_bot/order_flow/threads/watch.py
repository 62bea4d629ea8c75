"""The last line of defence at the edge of each thread, and their heartbeats.

What is expected has a name and is handled where it happens. What is left is a defect: it is caught
at the edge of the thread, logged with its trace, written into the record and counted; the thread
goes on, and all is not well until it has gone on for a while without another.

A thread that works round after round shows at each one that it lives; one that waits for work says
that it rests. One that does neither for longer than it may is stuck.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final, Literal, TypeVar

from ..clock import monotonic_ns
from ..diagnostics import get_logger

ThreadState = Literal["ok", "resting", "failed", "stuck"]
"""`ok`: it works. `resting`: it waits for work, or has ended. `failed`: not long ago a step of it
ended by a defect. `stuck`: it has shown no life for longer than it may."""
JUDGING: Final = "judging"
"""The name of the thread that judges."""
JUDGING_SECONDS: Final = 5.0
"""How long it may judge without a look at the time: it looks once a second."""
CLEAN_SECONDS: Final = 300.0
"""How long a thread has to go on without a defect until all is well again."""
RECORD_AGAIN_SECONDS: Final = 60.0
"""How often one kind of defect of one thread is recorded and logged at most; all are counted."""
_NS: Final = 1_000_000_000

Record = Callable[[str, str, str], None]
"""Records a defect: which thread, by its name here and the machine's, and the exception's type."""
T = TypeVar("T")
_logger = get_logger(__name__)


def _record_nowhere(_name: str, _thread: str, _error: str) -> None:
    """Record nothing."""


class Watched:
    """One thread, as itself tells of it; made by `Threads.watched`.

    Args:
        name: What it does.
        limit_seconds: How long it may work without showing that it lives.
        steady_ns: Nanoseconds of a clock that is never set.
        record: Records a defect.

    Attributes:
        name: As given.
        failures: How many of its steps have ended by a defect.
    """

    __slots__ = (
        "_beat_ns",
        "_failed_ns",
        "_failed_with",
        "_limit_seconds",
        "_record",
        "_recorded_ns",
        "_rests",
        "_steady_ns",
        "failures",
        "name",
    )

    def __init__(
        self, name: str, limit_seconds: float, steady_ns: Callable[[], int], record: Record
    ) -> None:
        self.name = name
        self.failures = 0
        self._limit_seconds = limit_seconds
        self._steady_ns = steady_ns
        self._record = record
        self._beat_ns = steady_ns()
        self._rests = False
        self._failed_with: str | None = None
        self._failed_ns = 0
        self._recorded_ns: dict[str, int] = {}

    def beat(self) -> None:
        """Show that it lives, and works."""
        self._beat_ns = self._steady_ns()
        self._rests = False

    def rest(self) -> None:
        """Say that it waits for work, which may take any time, or ends."""
        self._beat_ns = self._steady_ns()
        self._rests = True

    def run(self, step: Callable[[], T]) -> T | None:
        """Do one step; a defect in it is caught, and the thread goes on.

        Returns:
            What the step returns; None where it ended by a defect.
        """
        self.beat()
        try:
            return step()
        except Exception as error:  # noqa: BLE001 - nothing left uncaught may end a thread in silence
            self.caught(error)
            return None

    def caught(self, error: BaseException) -> None:
        """Count, record and log a defect that was caught."""
        if self.note(error):
            extra = {"where": self.name}
            _logger.error("order_flow.internal_error", exc_info=error, extra=extra)

    def note(self, error: BaseException) -> bool:
        """Count and record a defect that was caught, and that is logged elsewhere.

        Returns:
            Whether it was recorded; False for one of a kind that was recorded just before.
        """
        now_ns = self._steady_ns()
        kind = type(error).__name__
        self.failures += 1
        self._failed_with, self._failed_ns = kind, now_ns
        before_ns = self._recorded_ns.get(kind)
        if before_ns is not None and now_ns - before_ns < RECORD_AGAIN_SECONDS * _NS:
            return False
        self._recorded_ns[kind] = now_ns
        try:
            self._record(self.name, threading.current_thread().name, kind)
        except Exception:
            # The record itself may be what has failed.
            _logger.exception("order_flow.internal_error_not_recorded")
        return True

    @property
    def state(self) -> ThreadState:
        """How it is now."""
        now_ns = self._steady_ns()
        if not self._rests and now_ns - self._beat_ns > self._limit_seconds * _NS:
            return "stuck"
        if self._failed_with is not None and now_ns - self._failed_ns < CLEAN_SECONDS * _NS:
            return "failed"
        return "resting" if self._rests else "ok"

    def health(self) -> dict[str, Any]:
        """Return the state, since when it has shown no life, how long it may, and its defects."""
        return {
            "state": self.state,
            "age_seconds": round((self._steady_ns() - self._beat_ns) / _NS, 1),
            "limit_seconds": self._limit_seconds,
            "failures": self.failures,
            "error": self._failed_with,
        }


class Threads:
    """All threads of one guard; from any of them.

    Args:
        steady_ns: Nanoseconds of a clock that is never set.

    Attributes:
        record: Records a defect; called on the thread that has it.
    """

    def __init__(self, *, steady_ns: Callable[[], int] = monotonic_ns) -> None:
        self.record: Record = _record_nowhere
        self._steady_ns = steady_ns
        self._known: dict[str, Watched] = {}
        self._lock = threading.Lock()

    def watched(self, name: str, limit_seconds: float) -> Watched:
        """Return the thread of this name, which lives from now on; another run goes on with it."""
        with self._lock:
            found = self._known.get(name)
            if found is None:
                found = Watched(name, limit_seconds, self._steady_ns, self._write)
                self._known[name] = found
        found.beat()
        return found

    def forget(self, name: str) -> None:
        """Leave out a thread that comes no more."""
        with self._lock:
            self._known.pop(name, None)

    def state_of(self, name: str) -> ThreadState:
        """Return how a thread is; one that was never begun rests."""
        found = self._known.get(name)
        return "resting" if found is None else found.state

    def health(self) -> dict[str, dict[str, Any]]:
        """Return how each thread is, by name."""
        with self._lock:
            known = sorted(self._known.items())
        return {name: each.health() for name, each in known}

    @property
    def troubled(self) -> tuple[str, ...]:
        """The threads that are stuck, or have failed not long ago."""
        with self._lock:
            known = sorted(self._known.items())
        return tuple(name for name, each in known if each.state in ("failed", "stuck"))

    def _write(self, name: str, thread: str, error: str) -> None:
        self.record(name, thread, error)
