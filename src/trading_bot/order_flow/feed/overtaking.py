"""Lets frames of other symbols be judged between the pieces of a large one.

The events of each symbol keep their order: a frame goes ahead only where it is known whose events
it holds, and none of these symbols is named in the large frame, or in a frame that waits behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..providers.provider import StreamDecoder
from .frame_queue import Frame, FrameQueue

PART_BYTES: Final = 1 << 20
"""How much of a large frame is looked through for names at once: two milliseconds or so."""
LONGEST_NAME_BYTES: Final = 256
"""So far parts overlap: a name may stand across the border of two."""


class Overtaking:
    """Finds the frames that may go ahead of the large one that stands first.

    Args:
        queue: Where they wait.
        decoder: Says whose events a frame holds.
    """

    def __init__(self, queue: FrameQueue, decoder: StreamDecoder) -> None:
        self._queue = queue
        self._decoder = decoder
        self.begin()

    def begin(self) -> None:
        """Begin anew, with another large frame."""
        # Of whom nothing may be judged yet, and how much of the frame was looked through for them.
        self._held: set[str] = set()
        self._read_bytes = 0
        # The first frame in the queue that was not looked at; those before it wait.
        self._next = 1
        self._is_over = False

    @property
    def is_reading(self) -> bool:
        """Whether the large frame is to be read on: others wait, and may be ahead of it."""
        return not self._is_over and self._next < len(self._queue) and not self._has_read

    @property
    def _has_read(self) -> bool:
        return self._read_bytes >= len(self._queue.first().payload or b"")

    def some(self, most_bytes: int) -> Iterator[Frame]:
        """Give frames that may be judged now, taken out of the queue, of up to so many bytes.

        To be called once nothing `is_reading`.
        """
        queue = self._queue
        taken = 0
        while not self._is_over and self._next < len(queue) and taken < most_bytes:
            frame = queue.at(self._next)
            names = self._names_of(frame)
            if names is None:
                # Whatever comes behind it may be of the same symbols.
                self._is_over = True
            elif self._held.isdisjoint(names):
                taken += len(frame.payload or b"")
                yield queue.take_ahead(self._next)
            else:
                self._held |= names
                self._next += 1

    def read_on(self) -> None:
        """Look through the next part of the large frame for names."""
        payload = self._queue.first().payload or b""
        until = self._read_bytes + PART_BYTES
        part = payload[max(0, self._read_bytes - LONGEST_NAME_BYTES) : until]
        names = self._decoder.symbols_of(part, is_part=True)
        self._read_bytes = until
        if names is None:
            self._is_over = True
        else:
            self._held |= names

    def _names_of(self, frame: Frame) -> set[str] | None:
        if frame.payload is None or frame.is_large:
            return None
        return self._decoder.symbols_of(frame.payload)
