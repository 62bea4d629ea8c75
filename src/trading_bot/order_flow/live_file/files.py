"""The files of one live file: a few short ones in a row, so that their size is bounded.

A reader that begins with any of them has everything: its first line holds every row. What fails is
raised to who writes; the next line then begins another file, and so do a folder that was removed
and a file that has grown or is old. The name of a file is later than all before it even where the
clock was set back.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..clock import monotonic_ns
from ..journal.lock import FolderLock, is_file_of
from ..journal.private_files import open_private
from ..market.units import NS_PER_SECOND
from .place import LOCK_FILE, SEGMENT, make_live_folder, segments_in

KEPT_FILES: Final = 3
LONGEST_NS: Final = 900 * NS_PER_SECOND
"""How long one file is written to: a quarter of an hour."""
MOST_BYTES: Final = 10_000_000 // KEPT_FILES - 100_000
"""From this size on another file is begun: with its last line it is hardly larger than a third of
10 MB."""
_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)


class LiveFiles:
    """Writes lines into the files of one folder.

    Args:
        folder: Of the live file; made where it is missing.
        steady_ns: Nanoseconds of a clock that is never set.
    """

    def __init__(self, folder: Path, *, steady_ns: Callable[[], int] = monotonic_ns) -> None:
        self._folder = folder
        self._steady_ns = steady_ns
        self._lock = FolderLock(folder, LOCK_FILE)
        self._descriptor = -1
        self._path = folder
        self._bytes = self._began_ns = self._newest_ns = 0

    @property
    def begins_anew(self) -> bool:
        """Whether the next line begins a file, and so has to hold every row."""
        return (
            self._descriptor < 0
            or self._bytes >= MOST_BYTES
            or self._steady_ns() - self._began_ns >= LONGEST_NS
            or not is_file_of(self._descriptor, self._path)
        )

    def hold(self) -> None:
        """Make the folder, and keep other writers from it.

        Raises:
            OSError: It cannot be made.
        LiveFolderRefused: It is not ours alone.
            RecordInUseError: Another guard writes there.
        """
        make_live_folder(self._folder)
        if not self._lock.is_in_place():
            self._lock.release()
            self._lock.take()

    def write(self, line: bytes, written_ns: int, *, is_whole: bool) -> None:
        """Write a line as one piece; one that holds every row begins a file.

        Args:
            line: The line, with its end.
            written_ns: When it was made, by the machine.
            is_whole: It holds every row.

        Raises:
            OSError: It cannot be written; the next line has to hold every row.
            RecordInUseError: Another guard has taken the folder's place.
        """
        if is_whole:
            self._begin(written_ns)
        try:
            written = os.write(self._descriptor, line)
        except OSError:
            self._let_go()
            raise
        if written != len(line):
            self._let_go()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._bytes += len(line)
        if is_whole:
            for old in segments_in(self._folder)[:-KEPT_FILES]:
                with suppress(OSError):
                    old.unlink()

    def close(self) -> None:
        """End the file; another one is begun by what is written later."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self._lock.release()

    def _begin(self, written_ns: int) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self.hold()
        there = segments_in(self._folder)
        if there:
            self._newest_ns = max(self._newest_ns, _stamp_of(there[-1]))
        self._newest_ns = max(written_ns, self._newest_ns + 1)
        self._path = self._folder / f"live-{self._newest_ns:020}.jsonl"
        self._descriptor = open_private(self._path, _NEW_FILE)
        self._bytes, self._began_ns = 0, self._steady_ns()

    def _let_go(self) -> None:
        """Leave a file whose last line may be cut off; one without a whole line says nothing."""
        os.close(self._descriptor)
        self._descriptor = -1
        if not self._bytes:
            with suppress(OSError):
                self._path.unlink()


def _stamp_of(path: Path) -> int:
    found = SEGMENT.fullmatch(path.name)
    return 0 if found is None else int(found[1])
