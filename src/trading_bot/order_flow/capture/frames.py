"""Keeps a stream's messages as they came, beside a capture, on a thread of its own.

Books come out of them again, so that the capture says no more of a book than which one it was. Who
judges hands a message over and goes on: where the disk does not keep up, messages are left out and
counted; where its budget is used, or little is left of it, no more are kept. Both are told.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple

from ..clock import monotonic_seconds
from ..errors import DataSourceError
from ..journal.private_files import make_private_folder, words_of
from ..providers.provider import KeepsFrames
from ..threads.watch import Threads
from .frame_files import PartWriter

KEEPING: Final = "keeping frames"
KEEPING_SECONDS: Final = 60.0
"""How long one step may take until the thread counts as stuck."""
FLUSH_SECONDS: Final = 1.0
WAITING_BYTES: Final = 32_000_000
"""What may wait to be written; about a second of the whole market's books."""
LEAST_FREE_BYTES: Final = 1_000_000_000
"""What is left of the disk to others; the record is one of them."""
MEGABYTE: Final = 1_000_000
TOLD_AGAIN_SECONDS: Final = 60.0
"""How often it is told at most that messages were left out."""
CLOSE_SECONDS: Final = 10.0


class Trouble(NamedTuple):
    """What keeps messages from being kept.

    Attributes:
        reason: One word.
        sentence: What is the matter.
    """

    reason: str
    sentence: str


class _Arrived(NamedTuple):
    number: int
    payload: bytes
    at_ns: int
    head: bytes | None


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class FrameFolder:
    """Writes the parts of one run, within a budget, which it looks at whenever it flushes.

    Args:
        folder: Where; made when missing.
        run: Name of the run.
        provider: Whose messages these are.
        data_source: Its name.
        budget_bytes: What all runs' files in the folder may take together.
        free_bytes: Returns the free space of the disk that has a folder.

    Attributes:
        kept: How many messages of this run are kept.
        bytes: What the folder takes.
        ended: Why no more are kept; None while they are.

    Raises:
        OSError: The folder cannot be made.
    """

    def __init__(
        self,
        folder: Path,
        run: str,
        *,
        provider: KeepsFrames,
        data_source: str,
        budget_bytes: int,
        free_bytes: Callable[[Path], int] = _free_bytes,
    ) -> None:
        make_private_folder(folder)
        self.kept = 0
        self.ended: Trouble | None = None
        self._folder = folder
        self._run = run
        self._provider = provider
        self._data_source = data_source
        self._budget_bytes = budget_bytes
        self._free_bytes = free_bytes
        self._before = sum(each.stat().st_size for each in folder.iterdir())
        self._parts = 0
        self._part: PartWriter | None = None
        self._try(self._look_at_disk)

    @property
    def bytes(self) -> int:
        """What the folder takes, earlier runs included."""
        return self._before + (0 if self._part is None else self._part.bytes)

    def keep(self, arrived: _Arrived) -> None:
        """Keep a message; with a head it is the first of its connection."""
        self._try(lambda: self._keep(arrived))

    def flush(self) -> None:
        """Bring all to the disk, and look how much of it is left."""
        self._try(self._flush)

    def close(self) -> None:
        """End the files."""
        self._try(self._end_part)

    def _keep(self, arrived: _Arrived) -> None:
        if arrived.head is not None:
            self._end_part()
            self._parts += 1
            self._part = PartWriter(
                self._folder,
                f"{self._run}.part{self._parts}",
                frames_end=self._provider.frames_end,
                data_source=self._data_source,
                packer=self._provider.frame_packer(),
                head=arrived.head,
            )
        if self._part is not None:
            self._part.keep(arrived.number, arrived.payload, arrived.at_ns)
            self.kept += 1

    def _flush(self) -> None:
        if self._part is not None:
            self._part.flush()
        self._look_at_disk()

    def _look_at_disk(self) -> None:
        if self.bytes >= self._budget_bytes:
            budget = f"{self._budget_bytes // MEGABYTE:,} MB (capture_budget_megabytes)"
            self._give_up("budget", f"{self._folder} has used its {budget}")
        elif self._free_bytes(self._folder) < LEAST_FREE_BYTES:
            words = f"less than {LEAST_FREE_BYTES // MEGABYTE:,} MB of the disk are free"
            self._give_up("disk_space", words)

    def _try(self, step: Callable[[], None]) -> None:
        """Do a step unless all is over; what fails ends it, and nothing else."""
        if self.ended is not None:
            return
        try:
            step()
        except OSError as error:
            self._give_up("write_failed", words_of(error))
        except DataSourceError as error:
            self._give_up(error.code, str(error))

    def _give_up(self, reason: str, why: str) -> None:
        self.ended = Trouble(reason, f"books are captured no more: {why}")
        part, self._part = self._part, None
        if part is None:
            return
        # Whatever has ended it may be what fails here.
        with suppress(OSError, DataSourceError):
            part.close()
        self._before += part.bytes

    def _end_part(self) -> None:
        part, self._part = self._part, None
        if part is not None:
            try:
                part.close()
            finally:
                self._before += part.bytes


class FrameCapture:
    """Takes messages from who reads them, and has them written on a thread of its own.

    Args:
        folder: Writes them; used by that thread alone from now on.
        waiting_bytes: What may wait; more is left out.
        threads: Knows how the thread is.
        seconds: A clock that never runs backwards.
        flush_seconds: How often all is brought to the disk.

    Attributes:
        taken: How many messages have arrived in this run, with those that were left out.
        left_out: How many of them were left out because the disk did not keep up.
        is_on: True while a stream brings messages: books that are judged come from them.
    """

    def __init__(
        self,
        folder: FrameFolder,
        *,
        waiting_bytes: int = WAITING_BYTES,
        threads: Threads | None = None,
        seconds: Callable[[], float] = monotonic_seconds,
        flush_seconds: float = FLUSH_SECONDS,
    ) -> None:
        self.taken = self.left_out = 0
        self.is_on = False
        self._folder = folder
        self._limit = waiting_bytes
        self._threads = threads or Threads()
        self._seconds = seconds
        self._flush_seconds = flush_seconds
        # Two counters with one writer each: no lock where frames come in.
        self._bytes_in = self._bytes_out = 0
        self._queue: SimpleQueue[_Arrived | None] = SimpleQueue()
        self._head: Callable[[], bytes] = bytes
        self._link: int | None = None
        self._told_left_out = 0
        self._told_at: float | None = None
        self._has_told_end = False
        self._thread: threading.Thread | None = None

    def begin(self, head: Callable[[], bytes]) -> None:
        """Take that a stream begins.

        Args:
            head: Returns what a file of its present connection's messages begins with.
        """
        self._head = head
        self._link = None
        self.is_on = True
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="order-flow-frames", daemon=True)
            self._thread.start()

    def rest(self) -> None:
        """Take that no stream brings anything any more."""
        self.is_on = False

    def take(self, payload: bytes, received_ns: int, link: int) -> None:
        """Take a message; never waits.

        Args:
            payload: Its bytes.
            received_ns: When it arrived, Unix nanoseconds.
            link: Number of the connection that it came by.
        """
        self.taken += 1
        if self._folder.ended is not None:
            return
        if self._bytes_in - self._bytes_out + len(payload) > self._limit:
            self.left_out += 1
            return
        head = None
        if link != self._link:
            self._link, head = link, self._head()
        self._bytes_in += len(payload)
        self._queue.put(_Arrived(self.taken, payload, received_ns, head))

    def look(self) -> Trouble | None:
        """Return what is to be told and was not yet; to be asked now and then."""
        if self._folder.ended is not None and not self._has_told_end:
            self._has_told_end = True
            return self._folder.ended
        now = self._seconds()
        is_due = self._told_at is None or now - self._told_at >= TOLD_AGAIN_SECONDS
        if self.left_out == self._told_left_out or not is_due:
            return None
        self._told_left_out, self._told_at = self.left_out, now
        words = f"{self.left_out:,} of {self.taken:,} messages were left out of the capture"
        return Trouble("left_out", f"{words}: the disk does not keep up")

    def health(self) -> dict[str, Any]:
        """Return how it goes: `ok` or `warning` and why, and what is kept."""
        ended = self._folder.ended
        reason = "left_out" if self.left_out else ""
        if ended is not None:
            reason = ended.reason
        return {
            "status": "warning" if reason else "ok",
            "reason": reason,
            "frames": self._folder.kept,
            "left_out": self.left_out,
            "bytes": self._folder.bytes,
        }

    def close(self) -> None:
        """Write what waits, and end the files; returns after a bounded time."""
        self.is_on = False
        thread, self._thread = self._thread, None
        if thread is None:
            self._folder.close()
            return
        self._queue.put(None)
        thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        watched = self._threads.watched(KEEPING, KEEPING_SECONDS)
        flushed_at = self._seconds()
        while True:
            watched.rest()
            try:
                arrived = self._queue.get(timeout=self._flush_seconds)
            except Empty:
                watched.run(self._folder.flush)
                continue
            if arrived is None:
                watched.run(self._folder.close)
                watched.rest()
                return
            watched.run(partial(self._folder.keep, arrived))
            self._bytes_out += len(arrived.payload)
            if self._seconds() - flushed_at >= self._flush_seconds:
                flushed_at = self._seconds()
                watched.run(self._folder.flush)
