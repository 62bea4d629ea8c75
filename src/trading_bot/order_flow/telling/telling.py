"""Telling: every event to everybody who is told, without waiting for any of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ..clock import monotonic_seconds
from ..diagnostics import get_logger
from ..notices import Listener, MonitorEvent
from ..recommendation import ExitRecommendation
from ..threads.watch import Threads
from .event_queue import DEFAULT_LIMIT, EventQueue
from .tellers import Teller

CLOSE_SECONDS: Final = 1.0
"""How long the end of a run waits for listeners that still have something to hear."""
LISTENER_SECONDS: Final = 60.0
"""How long a listener may take for one event until its thread counts as stuck."""

_logger = get_logger(__name__)


class EventReader:
    """What one reader takes from: events from its opening on; made by `Telling.open_queue`.

    What it has taken, it has been told. It may be read from any thread, by one at a time.
    """

    def __init__(
        self,
        queue: EventQueue,
        had: Callable[[MonitorEvent], None],
        leave: Callable[[EventReader], None],
        *,
        counts: bool = True,
    ) -> None:
        self.queue = queue
        self.counts = counts
        self._had = had if counts else _ignore
        self._leave = leave

    @property
    def lost(self) -> int:
        """Events that were lost because they were not taken in time."""
        return self.queue.lost

    @property
    def waiting(self) -> int:
        """Events that wait."""
        return self.queue.waiting

    def put(self, event: MonitorEvent) -> bool:
        """Let an event wait for the reader; False once it has left."""
        return self.queue.put(event)

    def take(self, timeout: float | None = None) -> MonitorEvent | None:
        """Take the oldest event, waiting so many seconds for one; None when there is none."""
        event = self.queue.take(timeout)
        if event is not None:
            self._had(event)
        return event

    def take_all(self) -> list[MonitorEvent]:
        """Take whatever waits, without waiting."""
        events = self.queue.take_all()
        for event in events:
            self._had(event)
        return events

    def close(self) -> None:
        """Get no more events. What waits may still be taken, and is not counted as told."""
        self._leave(self)


@dataclass(slots=True)
class _Receipt:
    """An exit, and how many have still to be told of it."""

    exit: ExitRecommendation
    missing: int


class Telling:
    """Hands each event to listeners, each on a thread of its own, and to readers.

    `put` waits for nobody. An exit has been told once everybody who was there when it was put has
    had it: a listener has returned or raised, a reader has taken it. Where nobody was there, where
    one has left before, or where a newer exit took its place in a full queue, it was not told.
    Those who do not count, such as a log, are not asked.

    Args:
        on_told: Called with each exit that has been told, on the thread of who heard it last.
        limit: Events that may wait for one listener.
        threads: Knows how the listeners' threads are.
    """

    def __init__(
        self,
        *,
        on_told: Callable[[ExitRecommendation], None] | None = None,
        limit: int = DEFAULT_LIMIT,
        threads: Threads | None = None,
    ) -> None:
        self._threads = threads or Threads()
        self._number = 0
        self._on_told = on_told
        self._limit = limit
        self._lock = threading.Lock()
        # Replaced as a whole, so that `put` reads it without the lock.
        self._outlets: tuple[Teller | EventReader, ...] = ()
        self._receipts: dict[int, _Receipt] = {}
        self._failed_before = 0
        self._lost_before = 0

    def put(self, event: MonitorEvent) -> None:
        """Let everybody be told of an event."""
        with self._lock:
            outlets = self._outlets
            asked = sum(each.counts for each in outlets)
            if asked and isinstance(event, ExitRecommendation):
                receipt = self._receipts.setdefault(id(event), _Receipt(event, 0))
                receipt.missing += asked
        for outlet in outlets:
            if not outlet.put(event) and outlet.counts:
                self._missed(event)

    def add_listener(self, listener: Listener, *, counts: bool = True) -> None:
        """Tell this callable of every event from now on, on a thread of its own.

        Args:
            listener: Whom.
            counts: False for one that nobody acts on: an exit that only it had was not told.
        """
        queue = EventQueue(self._limit, on_lost=self._missed if counts else None)
        with self._lock:
            self._number += 1
            watched = self._threads.watched(f"telling listener {self._number}", LISTENER_SECONDS)
            watched.rest()
            had = self._had if counts else _ignore
            self._outlets += (Teller(listener, queue, had, counts=counts, watched=watched),)

    def remove_listener(self, listener: Listener) -> None:
        """Stop telling this callable; what waits for it is dropped."""
        for outlet in self._outlets:
            if isinstance(outlet, Teller) and outlet.listener == listener:
                self._remove(outlet)
                outlet.queue.take_all()

    def open_queue(
        self,
        limit: int | None = None,
        *,
        on_arrival: Callable[[], None] | None = None,
        counts: bool = True,
    ) -> EventReader:
        """Return a queue of every event from now on, for who takes them when it likes.

        Args:
            limit: Events that may wait; that of this object by default.
            on_arrival: Called after each event on the judging thread; must neither wait nor raise.
            counts: False where it is not known whether anybody will take from it.

        Raises:
            ValueError: The limit is below 1.
        """
        queue = EventQueue(
            self._limit if limit is None else limit,
            on_arrival=on_arrival,
            on_lost=self._missed if counts else None,
        )
        reader = EventReader(queue, self._had, self._remove, counts=counts)
        with self._lock:
            self._outlets += (reader,)
        return reader

    def close(self, timeout: float = CLOSE_SECONDS) -> bool:
        """Let listeners hear what waits for them, for so many seconds at most.

        Whoever hangs is left alone. Events that are put later are told as before.

        Returns:
            True when every listener has heard all.
        """
        tellers = [each for each in self._outlets if isinstance(each, Teller)]
        for teller in tellers:
            teller.ask_to_finish()
        ends = monotonic_seconds() + timeout
        return all(each.wait_until_idle(max(ends - monotonic_seconds(), 0.0)) for each in tellers)

    def is_telling(self) -> bool:
        """Return whether the caller runs on a thread that tells: it cannot wait for itself."""
        ident = threading.get_ident()
        return any(isinstance(each, Teller) and each.ident == ident for each in self._outlets)

    def health(self) -> dict[str, int]:
        """Return how often listeners raised, and how many events were lost to them, or wait."""
        outlets = self._outlets
        failed = sum(each.failed for each in outlets if isinstance(each, Teller))
        return {
            "failed": self._failed_before + failed,
            "lost": self._lost_before + sum(each.queue.lost for each in outlets),
            "waiting": sum(each.queue.waiting for each in outlets),
        }

    def _remove(self, outlet: Teller | EventReader) -> None:
        outlet.queue.close()
        with self._lock:
            if outlet not in self._outlets:
                return
            self._outlets = tuple(each for each in self._outlets if each is not outlet)
            self._lost_before += outlet.queue.lost
            if isinstance(outlet, Teller):
                self._failed_before += outlet.failed
                self._threads.forget(outlet.watched.name)
        if outlet.counts:
            for event in outlet.queue.waiting_events():
                self._missed(event)

    def _had(self, event: MonitorEvent) -> None:
        with self._lock:
            receipt = self._receipts.get(id(event))
            if receipt is None:
                return
            receipt.missing -= 1
            if receipt.missing:
                return
            del self._receipts[id(event)]
        self._told(receipt.exit)

    def _missed(self, event: MonitorEvent) -> None:
        with self._lock:
            self._receipts.pop(id(event), None)

    def _told(self, exit_: ExitRecommendation) -> None:
        if self._on_told is None:
            return
        try:
            self._on_told(exit_)
        except Exception:  # an exit that is told again does less harm than a thread that ends
            _logger.exception("order_flow.told_not_noted", extra={"symbol": exit_.symbol})


def _ignore(_event: MonitorEvent) -> None:
    """Take no note of who had an event."""
