"""Frames that have arrived and wait to be judged: in order, bounded in bytes.

Reading never waits for judging. A frame is put here with the time it arrived; whoever judges takes
slices. Past half of the bound the queue is `pressed`, and the quotes of a slice are conflated. When
it is full, reading has to stop until half of it is free.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final, NamedTuple

from ..market.units import NS_PER_SECOND

DEFAULT_LIMIT_BYTES: Final = 16_000_000
"""About 130,000 messages: more than the market's busiest seconds leave behind."""
FRAME_OVERHEAD_BYTES: Final = 160
"""What a waiting frame takes beside its bytes; so that tiny frames are bounded too."""

LARGE_FRAME_BYTES: Final = 250_000
"""A larger frame is judged in pieces; the provider's usual ones have a few thousand bytes."""


class Frame(NamedTuple):
    """One frame, or the end of a connection.

    Attributes:
        payload: The bytes; None marks the end of the connection.
        received_ns: When it arrived, Unix nanoseconds.
        link: Number of the connection that it came by.
    """

    payload: bytes | None
    received_ns: int
    link: int

    @property
    def is_large(self) -> bool:
        """True where it is judged in pieces."""
        return self.payload is not None and len(self.payload) > LARGE_FRAME_BYTES


class QueueHealth(NamedTuple):
    """How a queue is at one moment.

    Attributes:
        frames: How many wait.
        waiting_bytes: What waits, overhead included.
        most_bytes: The most that ever waited.
        limit_bytes: Where reading has to stop.
        oldest_seconds: How long the oldest has waited.
    """

    frames: int
    waiting_bytes: int
    most_bytes: int
    limit_bytes: int
    oldest_seconds: float


class FrameQueue:
    """A queue of frames with a bound.

    Args:
        limit_bytes: Where reading has to stop.

    Attributes:
        waiting_bytes: What waits now, overhead included.
        most_bytes: The most that ever waited.
    """

    __slots__ = ("_frames", "_limit", "most_bytes", "waiting_bytes")

    def __init__(self, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self._frames: deque[Frame] = deque()
        self._limit = limit_bytes
        self.waiting_bytes = 0
        self.most_bytes = 0

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def full(self) -> bool:
        """True when reading has to stop."""
        return self.waiting_bytes >= self._limit

    @property
    def pressed(self) -> bool:
        """True past half of the bound."""
        return self.waiting_bytes * 2 > self._limit

    @property
    def oldest_ns(self) -> int | None:
        """When the oldest waiting frame arrived, or None while none waits."""
        return self._frames[0].received_ns if self._frames else None

    def health(self, now_ns: int) -> QueueHealth:
        """Return how much waits, and how long the oldest has; from any thread.

        Args:
            now_ns: The present, Unix nanoseconds.
        """
        try:
            oldest_ns = self._frames[0].received_ns
        except IndexError:  # whoever judges has taken it meanwhile
            oldest_ns = now_ns
        waited = max(now_ns - oldest_ns, 0) / NS_PER_SECOND
        return QueueHealth(
            len(self._frames), self.waiting_bytes, self.most_bytes, self._limit, waited
        )

    def put(self, payload: bytes | None, received_ns: int, link: int) -> bool:
        """Take a frame; it is never refused. Return False when reading has to stop."""
        self._frames.append(Frame(payload, received_ns, link))
        self.waiting_bytes += FRAME_OVERHEAD_BYTES + len(payload or b"")
        if self.waiting_bytes > self.most_bytes:
            self.most_bytes = self.waiting_bytes
        return self.waiting_bytes < self._limit

    def first(self) -> Frame:
        """Return the oldest frame, which waits on.

        Raises:
            IndexError: None waits.
        """
        return self._frames[0]

    def at(self, place: int) -> Frame:
        """Return the frame at a place, 0 for the oldest, which waits on.

        Raises:
            IndexError: None waits there.
        """
        return self._frames[place]

    def take(self) -> Frame:
        """Return the oldest frame, and let it wait no more.

        Raises:
            IndexError: None waits.
        """
        frame = self._frames.popleft()
        self.waiting_bytes -= FRAME_OVERHEAD_BYTES + len(frame.payload or b"")
        return frame

    def take_ahead(self, place: int) -> Frame:
        """Return the frame at a place, which goes ahead of those before it.

        Raises:
            IndexError: None waits there.
        """
        frame = self._frames[place]
        del self._frames[place]
        self.waiting_bytes -= FRAME_OVERHEAD_BYTES + len(frame.payload or b"")
        return frame

    def take_run(self, most_bytes: int) -> Iterator[Frame]:
        """Give the oldest frames, up to so many bytes, one connection's end, and a large frame.

        The first is given in any case but one: a large frame waits on.
        """
        taken = 0
        while self._frames and taken < most_bytes and not self._frames[0].is_large:
            frame = self.take()
            taken += FRAME_OVERHEAD_BYTES + len(frame.payload or b"")
            yield frame
            if frame.payload is None:
                return
