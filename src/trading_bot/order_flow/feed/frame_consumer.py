"""Judges the frames that wait, in slices, so that reading and the host's work go on in between.

Under pressure a longer slice is decoded at once, and its quotes are conflated. A large frame is
judged piece by piece, and stays in the queue until the last one; frames of other symbols go ahead.
A frame that the code crashes on, or that is damaged, costs no other.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from ..clock import monotonic_ns
from ..diagnostics import get_logger
from ..market.units import NS_PER_SECOND
from ..providers.provider import StreamDecoder
from ..threads.watch import JUDGING, JUDGING_SECONDS, Threads, Watched
from .frame_queue import Frame, FrameQueue
from .overtaking import Overtaking

SLICE_SECONDS: Final = 0.004
"""How long frames are judged before reading and the host's own work get their turn."""
REST_SECONDS: Final = 0.001
"""How long other threads have for themselves between two slices of a large frame."""
PRESSED_SLICE_BYTES: Final = 500_000
AHEAD_BYTES: Final = 65_536
"""Of other symbols at most so much is judged before the next piece of a large frame."""

_logger = get_logger(__name__)


class FrameConsumer:
    """Takes frames from a queue to the judge; made and used on one event loop.

    Args:
        queue: Where they wait.
        decoder: Takes them apart and gives their events to the judge.
        counts: Where crashes and quotes left out are counted.
        on_end: Told of each end that stands in the queue, with its link, in its place.
        on_lost: Told whose events a damaged frame held; an empty name stands for every symbol.
        on_refused: Told of each row that could not be used: its kind and symbol.
        on_room: Told when half of the queue is free.
        steady_ns: Nanoseconds of a clock that is never set; it measures the slices.
        watched: Knows how the judging thread is.

    Attributes:
        refused: What could not be decoded, by reason.
    """

    def __init__(
        self,
        queue: FrameQueue,
        decoder: StreamDecoder,
        counts: Counter[str],
        *,
        on_end: Callable[[int], None],
        on_lost: Callable[[set[str]], None],
        on_refused: Callable[[str, str], None],
        on_room: Callable[[], None],
        steady_ns: Callable[[], int] = monotonic_ns,
        watched: Watched | None = None,
    ) -> None:
        self._watched = watched or Threads().watched(JUDGING, JUDGING_SECONDS)
        self._queue = queue
        self._decoder = decoder
        self._counts = counts
        self._on_end = on_end
        self._on_lost = on_lost
        self._on_refused = on_refused
        self._on_room = on_room
        self._steady_ns = steady_ns
        self._loop = asyncio.get_running_loop()
        self._scheduled = False
        # What is left of the large frame that stands first.
        self._pieces: Iterator[bytes] | None = None
        self._overtaking = Overtaking(queue, decoder)
        self.refused = decoder.refused

    def schedule(self) -> None:
        """See to it that what waits is judged, after what the event loop has to do first."""
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._drain)

    def drain_all(self) -> None:
        """Judge everything that waits, now."""
        while len(self._queue):
            self._judge_next()

    def _drain(self) -> None:
        """Judge frames for a slice of time; what is left comes after the loop's other work."""
        self._scheduled = False
        until_ns = self._steady_ns() + round(SLICE_SECONDS * NS_PER_SECOND)
        queue = self._queue
        while len(queue):
            self._judge_next()
            if self._steady_ns() >= until_ns:
                break
        if not queue.pressed:
            self._watched.run(self._on_room)
        if not len(queue):
            return
        if queue.first().is_large:
            # A loop that is never idle lets no other thread have a turn, however often it could.
            self._scheduled = True
            self._loop.call_later(REST_SECONDS, self._drain)
        else:
            self.schedule()

    def _judge_next(self) -> None:
        queue = self._queue
        try:
            first = queue.first()
            if first.is_large:
                self._judge_piece(first)
            elif queue.pressed:
                self._judge_pressed()
            else:
                self._judge_one()
        except Exception as error:  # one frame must not end the protection; it is fetched again
            self._watched.note(error)
            self._counts["frame_crashed"] += 1
            self._decoder.lost.add("")
            _logger.exception("order_flow.frame_crashed")
        if self._decoder.lost:
            self._watched.run(self._tell_lost)
        if self._decoder.refused_rows:
            self._watched.run(self._tell_refused)

    def _judge_one(self) -> None:
        payload, received_ns, link = self._queue.take()
        if payload is None:
            self._on_end(link)
        else:
            self._decoder.decode(payload, received_ns, link)

    def _judge_piece(self, frame: Frame) -> None:
        """Judge the next piece of a large frame; after its last one the frame is taken."""
        if self._overtaking.is_reading:
            self._overtaking.read_on()
            return
        for ahead in self._overtaking.some(AHEAD_BYTES):
            self._decoder.decode(ahead.payload or b"", ahead.received_ns, ahead.link)
        if self._pieces is None:
            # Should that crash, the frame has no pieces, and is taken.
            self._pieces = iter(())
            self._pieces = self._decoder.pieces(frame.payload or b"")
        piece = next(self._pieces, None)
        if piece is None:
            self._pieces = None
            self._queue.take()
            self._overtaking.begin()
        elif self._queue.pressed:
            self._decode_conflated([piece], frame.received_ns, frame.link)
        else:
            self._decoder.decode(piece, frame.received_ns, frame.link)

    def _judge_pressed(self) -> None:
        """Decode a longer slice at once, its quotes conflated."""
        payloads: list[bytes] = []
        oldest_ns = self._queue.oldest_ns or 0
        newest_link = 0
        ended: int | None = None
        for payload, _, link in self._queue.take_run(PRESSED_SLICE_BYTES):
            newest_link = link
            if payload is None:
                ended = link
            else:
                payloads.append(payload)
        self._decode_conflated(payloads, oldest_ns, newest_link)
        if ended is not None:
            self._on_end(ended)

    def _decode_conflated(self, payloads: list[bytes], received_ns: int, link: int) -> None:
        left_out = self._decoder.decode_conflated(payloads, received_ns, link)
        self._counts["quotes_left_out"] += left_out

    def _tell_lost(self) -> None:
        lost = set(self._decoder.lost)
        self._decoder.lost.clear()
        self._on_lost(lost)

    def _tell_refused(self) -> None:
        refused = list(self._decoder.refused_rows.elements())
        self._decoder.refused_rows.clear()
        for kind, symbol in refused:
            self._on_refused(kind, symbol)
