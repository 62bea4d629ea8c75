"""Sends to one receiver, one text after the other; a receiver that hangs holds up nobody else."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Final

from trading_bot.notify.outcome import TOO_LONG, Found
from trading_bot.notify.plan import Step, Tries, step_after
from trading_bot.order_flow.clock import monotonic_seconds

TRY_SECONDS: Final = 20.0
"""How long one try may take; a receiver that drips could hold it for ever."""
CLOSING_PAUSE_SECONDS: Final = 1.0
"""The longest pause between two tries once the end has come."""
MOST_HELD: Final = 3
"""Tries of one receiver that may hang for ever, until this process is worn out."""

Try = Callable[[str, str], Found]
"""Sends title and body once."""
Report = Callable[..., None]
"""Takes the fields of a report."""


@dataclass(frozen=True, slots=True)
class Job:
    """One text for one receiver.

    Attributes:
        id: Names the text.
        title: What it is about.
        body: What it says; its id stands in it.
        born_at: When it was made, seconds of the clock that is never set.
        tries: What became of those before.
        once: It is not tried again.
    """

    id: str
    title: str
    body: str
    born_at: float
    tries: Tries
    once: bool = False


class Worker:
    """One receiver's queue, and the thread that empties it.

    Args:
        number: The receiver's place.
        send: Makes one try.
        report: Told how each job stands: `begun`, `again` or its end.
        worn: Called when too many tries hang.
        try_seconds: How long one may take.
    """

    def __init__(
        self,
        number: int,
        send: Try,
        report: Report,
        worn: Callable[[], None],
        *,
        try_seconds: float = TRY_SECONDS,
    ) -> None:
        self._number = number
        self._send = send
        self._report = report
        self._worn = worn
        self._try_seconds = try_seconds
        self._jobs: deque[Job] = deque()
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._held = 0
        threading.Thread(target=self._run, name=f"receiver {number}", daemon=True).start()

    def put(self, job: Job) -> None:
        """Let a text be sent after those before it."""
        with self._changed:
            self._jobs.append(job)
            self._changed.notify_all()

    def close(self) -> None:
        """Make no more long pauses: the end has come."""
        self._closing.set()

    def wait_until_idle(self, seconds: float) -> bool:
        """Return whether all is sent, or given up, within so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._jobs, max(seconds, 0.0))

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._jobs)
                job = self._jobs[0]
            self._do(job)
            with self._changed:
                self._jobs.popleft()
                self._changed.notify_all()

    def _do(self, job: Job) -> None:
        tries = job.tries
        while True:
            self._tell(job, "begun", "", tries)
            found = self._tried(job)
            step = step_after(found.outcome, tries, monotonic_seconds() - job.born_at)
            tries = step.tries
            if job.once and step.end is None:
                step = Step(tries, "unsure" if tries.uncertain else "failed")
            if step.end is not None:
                self._tell(job, step.end, found.why, tries)
                return
            self._tell(job, "again", found.why, tries)
            self._pause(step.pause_seconds)

    def _pause(self, seconds: float) -> None:
        ends = monotonic_seconds() + seconds
        # A pause that is under way is cut short as well.
        if self._closing.wait(seconds):
            left = max(ends - monotonic_seconds(), 0.0)
            threading.Event().wait(min(left, CLOSING_PAUSE_SECONDS))

    def _tried(self, job: Job) -> Found:
        """Make one try on a thread of its own, which is left to itself where it hangs."""
        found: SimpleQueue[Found] = SimpleQueue()
        hand = threading.Thread(
            target=lambda: found.put(self._send(job.title, job.body)), daemon=True
        )
        hand.start()
        try:
            return found.get(timeout=self._try_seconds)
        except Empty:
            self._held += 1
            if self._held >= MOST_HELD:
                self._worn()
            return TOO_LONG

    def _tell(self, job: Job, state: str, why: str, tries: Tries) -> None:
        fields: dict[str, Any] = {"refused": tries.refused, "uncertain": tries.uncertain}
        self._report(op="state", id=job.id, to=self._number, state=state, why=why, **fields)
