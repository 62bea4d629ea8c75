"""What happened on the simulator's stream, for tests to look at."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import Literal

_KEPT_NOTES = 10_000

StreamNoteKind = Literal[
    "connected",
    "auth_success",
    "auth_failed",
    "subscribed",
    "started",
    "refused",
    "unanswered",
    "unsubscribed",
    "closed",
]


@dataclass(frozen=True, slots=True)
class StreamNote:
    """One thing that happened on one connection.

    Attributes:
        kind: What happened.
        connection: Number of the connection, from 1.
        market_ns: Market time, Unix nanoseconds.
        detail: Channel, or why it was closed.
    """

    kind: StreamNoteKind
    connection: int
    market_ns: int
    detail: str = ""


class StreamLog:
    """The newest notes, bounded; safe to read from another thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._notes: deque[StreamNote] = deque(maxlen=_KEPT_NOTES)

    def add(self, note: StreamNote) -> None:
        """Take one note."""
        with self._lock:
            self._notes.append(note)

    def all(self) -> tuple[StreamNote, ...]:
        """Return the notes, oldest first."""
        with self._lock:
            return tuple(self._notes)

    def of(self, kind: StreamNoteKind) -> tuple[StreamNote, ...]:
        """Return the notes of one kind, oldest first."""
        return tuple(note for note in self.all() if note.kind == kind)

    def clear(self) -> None:
        """Forget all notes."""
        with self._lock:
            self._notes.clear()
