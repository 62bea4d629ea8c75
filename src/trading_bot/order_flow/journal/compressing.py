"""Compresses the days of a record that are old, beside the guard and on a thread of its own.

A day becomes a gzip file that anybody can read. It is written under another name, brought to the
disk, read back and compared, and takes its name; only then the plain file goes. A process that dies
at any moment leaves at least one whole file, and the next start goes on from there.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import sys
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final

from ..clock import Clock
from ..threads.watch import Threads, Watched
from .days import PACKED_END, UNFINISHED_END, days_in, open_lines, unpacked
from .private_files import private_writer, words_of
from .writer import AlertLog

COMPRESSING: Final = "compressing the record"
COMPRESSING_SECONDS: Final = 60.0
"""How long one block may take until the thread counts as stuck."""
LOOK_SECONDS: Final = 60.0
"""How often it is looked whether a day has ended."""
AGAIN: Final = timedelta(minutes=10)
"""How long after a failure it is tried again."""
CLOSE_SECONDS: Final = 5.0
_BLOCK_BYTES: Final = 1 << 18
_LEVEL: Final = 6
"""Of compression: the highest one takes twice as long, and saves next to nothing."""

BetweenBlocks = Callable[[], None]
"""Called after each block; ends the work by raising."""


class _Interrupted(Exception):  # noqa: N818 - an event: the run ends, and the day stays plain
    """The work is to end now."""


class Compressor:
    """Compresses the old days of one record.

    Args:
        log: The record; its days are compressed only while its folder is held.
        after_days: How many days before today stay plain, at least 1: lines still come to today's
            and yesterday's.
        clock: Says which day it is, in UTC.
        threads: Knows how the thread is.

    Raises:
        ValueError: `after_days` is less than 1.
    """

    def __init__(
        self, log: AlertLog, *, after_days: int, clock: Clock, threads: Threads | None = None
    ) -> None:
        if after_days < 1:
            raise ValueError(f"after_days={after_days!r} must be at least 1")
        self._log = log
        self._after = timedelta(days=after_days)
        self._clock = clock
        self._threads = threads or Threads()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._done: date | None = None
        self._not_before: datetime | None = None

    def start(self) -> None:
        """Compress on a thread of its own from now on, until `close`."""
        self._stop.clear()
        thread = threading.Thread(target=self._run, name="order-flow-compressing", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the machine has no thread left, and the watch needs none
            self._log.note_compressing(f"old days are not compressed: {error}")
        else:
            self._thread = thread

    def close(self) -> None:
        """End the thread, if there is one, and wait for that, for a bounded time."""
        self._stop.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(CLOSE_SECONDS)

    def look(self, between: BetweenBlocks = lambda: None) -> None:
        """Compress what is old enough, once a day; after a failure again in ten minutes."""
        now = self._clock()
        today = now.astimezone(UTC).date()
        if today == self._done or (self._not_before is not None and now < self._not_before):
            return
        self._not_before = now + AGAIN
        if self._compress_before((today - self._after).isoformat(), between):
            self._done, self._not_before = today, None

    def _compress_before(self, first_kept: str, between: BetweenBlocks) -> bool:
        """Compress the days before one; a failure costs no other day, and is told.

        Returns:
            Whether all are compressed.
        """
        failure = ""
        try:
            old = [each for each in days_in(self._log.directory) if each.name < first_kept]
        except OSError as error:
            old, failure = [], words_of(error)
        for day in old:
            if day.plain is None:
                continue
            if not self._log.seal(day.name):
                return False  # it is not ours to change
            try:
                compress_day(day.plain, between)
            except OSError as error:
                failure = failure or f"{day.name} is not compressed: {words_of(error)}"
        self._log.note_compressing(failure)
        return not failure

    def _run(self) -> None:
        watched = self._threads.watched(COMPRESSING, COMPRESSING_SECONDS)
        while not self._stop.is_set():
            watched.run(lambda: self._look_unless_stopped(watched))
            watched.rest()
            self._stop.wait(LOOK_SECONDS)

    def _look_unless_stopped(self, watched: Watched) -> None:
        def between() -> None:
            watched.beat()
            if self._stop.is_set():
                raise _Interrupted

        try:
            self.look(between)
        except _Interrupted:
            self._not_before = None  # another run goes on at once


def compress_day(plain: Path, between: BetweenBlocks = lambda: None) -> None:
    """Put a compressed file in the place of a plain one to which no lines come any more.

    One that is there already is made anew. Lines that only it has stay, before those of the plain
    one: a version of before this one may have begun the day again.

    Args:
        plain: The plain file, `2026-03-10.jsonl`.
        between: Called after each block.

    Raises:
        OSError: It cannot be done; the plain file stands.
    """
    day = plain.name.removesuffix(plain.suffix)
    packed = plain.with_name(f"{day}{PACKED_END}")
    unfinished = plain.with_name(f"{day}{UNFINISHED_END}")
    size = plain.stat().st_size
    sources = [plain]
    if packed.exists() and not _begins_as(plain, packed, between):
        sources.insert(0, packed)
    try:
        written = _pack(sources, unfinished, between)
        with unpacked(unfinished) as stream:
            if _digest_of(_blocks(stream), between) != written:
                raise OSError(errno.EIO, "what was compressed reads back as something else")
        if plain.stat().st_size != size:
            raise OSError(errno.EBUSY, "it was changed meanwhile")
        unfinished.replace(packed)
    finally:
        unfinished.unlink(missing_ok=True)
    # The new name has to be on the disk before the old one goes.
    _sync_folder(plain.parent)
    plain.unlink()


def _pack(sources: Iterable[Path], target: Path, between: BetweenBlocks) -> bytes:
    """Compress files one after another into one; return the digest of what went in."""
    with private_writer(target) as raw:
        # Without name and time, so that the same lines give the same file.
        with gzip.GzipFile("", "wb", _LEVEL, raw, 0) as packing, ExitStack() as opened:

            def blocks() -> Iterator[bytes]:
                for source in sources:
                    for block in _blocks(opened.enter_context(open_lines(source))):
                        packing.write(block)
                        yield block

            digest = _digest_of(blocks(), between)
        raw.flush()
        os.fsync(raw.fileno())
    return digest


def _begins_as(plain: Path, packed: Path, between: BetweenBlocks) -> bool:
    """Return whether a plain file holds all that can be read of a compressed one, at its start."""
    with plain.open("rb") as lines, unpacked(packed) as stream:
        try:
            for block in _blocks(stream):
                between()
                if lines.read(len(block)) != block:
                    return False
        except gzip.BadGzipFile:
            pass
    return True


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Yield what a file holds, in blocks.

    Raises:
        gzip.BadGzipFile: It is a compressed one, and damaged.
    """
    try:
        while block := stream.read(_BLOCK_BYTES):
            yield block
    except (EOFError, zlib.error) as error:
        raise gzip.BadGzipFile(f"{stream.name} is cut off or damaged") from error


def _digest_of(blocks: Iterable[bytes], between: BetweenBlocks) -> bytes:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
        between()
    return digest.digest()


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":  # pragma: no cover - a folder cannot be opened there
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
