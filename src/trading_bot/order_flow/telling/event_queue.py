"""EventQueue: what waits for one who is told; bounded, in order, and open about what it lost."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..data_models import OrderFlowAlert
from ..notices import FeedEvent, GuardState, MonitorEvent, RegimeNotice, ThresholdNotice, WallNotice
from ..recommendation import ExitRecommendation

DEFAULT_LIMIT: Final = 1_000
"""Events that may wait."""
_FAILURES = frozenset(
    {
        "blind",
        "failed",
        "positions_failed",
        # Without it a failure of theirs would seem to last.
        "positions_ok",
        "positions_stale",
        "record_failed",
        "risk_manager_failed",
        "stopped",
    }
)
_NAMES: Final = {
    ExitRecommendation: "exits",
    FeedEvent: "feed events",
    GuardState: "states",
    OrderFlowAlert: "alerts",
    ThresholdNotice: "notices",
    RegimeNotice: "notices",
    WallNotice: "notices",
}

Key = tuple[str, str | None]


def key_to_keep(event: MonitorEvent) -> Key | None:
    """Return the kind and symbol of what must arrive; None for what may be lost.

    Exits, positions that cannot be seen, failures, and the end of unknown positions must arrive:
    the newest of each kind and symbol at least.
    """
    if isinstance(event, ExitRecommendation):
        return "exit", event.symbol
    if isinstance(event, FeedEvent):
        return ("blind", event.symbol) if event.kind == "blind" and event.position_open else None
    if isinstance(event, GuardState) and event.kind in _FAILURES:
        return event.kind, event.symbol
    return None


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An event in its place, and its key where it must arrive."""

    event: MonitorEvent
    key: Key | None


@dataclass(frozen=True, slots=True)
class _Loss:
    """What was lost at one place, by name, and the time of the newest of it."""

    counts: Counter[str]
    until: datetime

    def with_(self, other: _Loss) -> _Loss:
        return _Loss(self.counts + other.counts, max(self.until, other.until))

    def state(self) -> GuardState:
        """Return what the reader finds at this place."""
        each = ", ".join(_counted(n, name) for name, n in sorted(self.counts.items()))
        reason = f"{_counted(self.counts.total(), 'events')} lost: {each}; too slow to take them"
        return GuardState("events_lost", None, reason, self.until)


class EventQueue:
    """Holds events between who judges and who is told, from any thread to any thread.

    `put` never waits and never raises. When the queue is full, the oldest event that may be lost
    goes. Where none is left to go, an exit, a blind position or a failure takes the place of the
    older one of its kind and symbol, so that more than `limit` wait only while each is of another
    kind or symbol. At the place of a loss the reader finds one `GuardState("events_lost", ...)`.

    Args:
        limit: Events that may wait, at least 1.
        on_arrival: Called after each `put`, on its thread; must neither wait nor raise.
        on_lost: Called with each event that is lost; likewise.

    Raises:
        ValueError: The limit is below 1.

    Attributes:
        lost: Events that were lost, replaced ones among them.
    """

    def __init__(
        self,
        limit: int = DEFAULT_LIMIT,
        *,
        on_arrival: Callable[[], None] | None = None,
        on_lost: Callable[[MonitorEvent], None] | None = None,
    ) -> None:
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        self._limit = limit
        self._on_arrival = on_arrival
        self._on_lost = on_lost
        self._entries: deque[_Waiting | _Loss] = deque()
        self._waiting = 0
        self._may_go = 0
        self._changed = threading.Condition()
        self._closed = False
        self._interrupted = False
        self.lost = 0

    @property
    def waiting(self) -> int:
        """How many events wait."""
        return self._waiting

    @property
    def closed(self) -> bool:
        """True once no event is taken in any more."""
        return self._closed

    def put(self, event: MonitorEvent) -> bool:
        """Append an event; return False where the queue is closed."""
        new = _Waiting(event, key_to_keep(event))
        with self._changed:
            if self._closed:
                return False
            lost = None
            if self._waiting >= self._limit:
                lost = self._make_room_for(new)
            else:
                self._append(new)
            self._changed.notify()
        if lost is not None and self._on_lost is not None:
            self._on_lost(lost)
        if self._on_arrival is not None:
            self._on_arrival()
        return True

    def take(self, timeout: float | None = None) -> MonitorEvent | None:
        """Take the oldest event, waiting for one.

        Args:
            timeout: Seconds; 0 does not wait, None waits without an end.

        Returns:
            None when none came, when `interrupt` was called, or when the queue is closed and empty.
        """
        with self._changed:
            self._changed.wait_for(self._has_word, timeout)
            if self._entries:
                return self._take_first()
            self._interrupted = False
            return None

    def take_all(self) -> list[MonitorEvent]:
        """Take whatever waits, without waiting."""
        with self._changed:
            return [self._take_first() for _ in range(len(self._entries))]

    def waiting_events(self) -> list[MonitorEvent]:
        """Return what waits, and leave it there."""
        with self._changed:
            return [each.event for each in self._entries if isinstance(each, _Waiting)]

    def interrupt(self) -> None:
        """Let a `take` that finds nothing return now, or the next such one."""
        with self._changed:
            self._interrupted = True
            self._changed.notify_all()

    def close(self) -> None:
        """Take in no more events; what waits may still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _has_word(self) -> bool:
        return bool(self._entries) or self._interrupted or self._closed

    def _append(self, new: _Waiting) -> None:
        self._entries.append(new)
        self._waiting += 1
        self._may_go += new.key is None

    def _make_room_for(self, new: _Waiting) -> MonitorEvent | None:
        """Append to a full queue, and return what is lost for it."""
        # One of its own kind and symbol, where all that waits must arrive.
        goes = None if self._may_go else new.key
        self._append(new)
        place, oldest = next(
            (place, entry)
            for place, entry in enumerate(self._entries)
            if isinstance(entry, _Waiting) and entry.key == goes
        )
        if oldest is new and new.key is not None:
            return None
        self._lose(place, oldest)
        return oldest.event

    def _lose(self, place: int, entry: _Waiting) -> None:
        """Put a loss in the place of an event, one with the losses beside it."""
        event = entry.event
        loss = _Loss(Counter({_NAMES[type(event)]: 1}), event.timestamp_utc)
        del self._entries[place]
        for beside in (place, place - 1):
            if 0 <= beside < len(self._entries):
                neighbour = self._entries[beside]
                if isinstance(neighbour, _Loss):
                    loss = neighbour.with_(loss)
                    del self._entries[beside]
                    place = beside
        self._entries.insert(place, loss)
        self._waiting -= 1
        self._may_go -= entry.key is None
        self.lost += 1

    def _take_first(self) -> MonitorEvent:
        first = self._entries.popleft()
        if isinstance(first, _Loss):
            return first.state()
        self._waiting -= 1
        self._may_go -= first.key is None
        return first.event


def _counted(number: int, plural: str) -> str:
    return f"{number:,} {plural if number != 1 else plural.removesuffix('s')}"
