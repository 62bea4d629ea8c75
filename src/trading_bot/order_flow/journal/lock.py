"""One writer a folder: whoever keeps a record holds a lock on it, which ends with its process."""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from ..clock import utc_now
from ..diagnostics import get_logger
from ..errors import RecordInUseError
from ..outside.door import decode_or_none
from .private_files import make_private_folder, open_private

LOCK_FILE: Final = "record.lock"
"""Lies in the folder while it is held, and after a killed process; who holds it stands in it."""
_MOST_OF_HOLDER: Final = 1_000
_logger = get_logger(__name__)

if sys.platform == "win32":  # pragma: no cover - what follows runs elsewhere
    import msvcrt

    # Whoever is refused reads the holder, and what is locked there cannot be read.
    _LOCKED_BYTE: Final = 1 << 30

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        """Lock a file unless another descriptor, of any thread or process, has it."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class _Holder(msgspec.Struct):
    """Who holds a lock: a process, and since when."""

    pid: int
    since: str


class FolderLock:
    """The lock of one folder; the system lets go of it when the process ends, however it does.

    Where the file system knows no locks, or nothing can be written, the record is kept without one:
    that is logged, and `is_held` is False.

    Args:
        folder: Whose.
        name: Of the file that is locked.
    """

    def __init__(self, folder: Path, name: str = LOCK_FILE) -> None:
        self._path = folder / name
        self._descriptor = -1
        self._is_logged = False
        _locks.add(self)

    @property
    def is_held(self) -> bool:
        """Return whether it is ours."""
        return self._descriptor >= 0

    def take(self) -> None:
        """Take it, and make the folder where it is missing.

        Raises:
            RecordInUseError: Another has it.
        """
        while not self.is_held:
            try:
                make_private_folder(self._path.parent)
                descriptor = open_private(self._path, os.O_RDWR | os.O_CREAT)
            except OSError as error:
                self._go_without(error)
                return
            try:
                self._take(descriptor)
            except OSError as error:
                os.close(descriptor)
                self._go_without(error)
                return
            except RecordInUseError:
                os.close(descriptor)
                raise

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold it for a while.

        Raises:
            RecordInUseError: Another has it.
        """
        self.take()
        try:
            yield
        finally:
            self.release()

    def release(self) -> None:
        """Let others have it."""
        if not self.is_held:
            return
        # Before others can have it: whoever has opened it looks whether it is in its place still.
        if self.is_in_place():
            with suppress(OSError):
                self._path.unlink()
        os.close(self._descriptor)
        self._descriptor = -1

    def is_in_place(self) -> bool:
        """Return whether the file that is locked is the folder's own still."""
        return self.is_held and is_file_of(self._descriptor, self._path)

    def close_in_child(self) -> None:
        """Let a forked process, which has a copy, not hold what its parent has let go of."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _take(self, descriptor: int) -> None:
        """Lock a file that was opened, and keep it if it is the folder's own still.

        Raises:
            OSError: This file system knows no locks.
            RecordInUseError: Another has it.
        """
        if not _try_lock(descriptor):
            raise _refusal(self._path.parent, os.read(descriptor, _MOST_OF_HOLDER))
        if not is_file_of(descriptor, self._path):
            os.close(descriptor)  # the folder was replaced meanwhile: try again
            return
        self._descriptor = descriptor
        holder = _Holder(os.getpid(), utc_now().isoformat(timespec="seconds"))
        with suppress(OSError):  # a full disk: it is locked all the same
            os.ftruncate(descriptor, 0)
            os.write(descriptor, msgspec.json.encode(holder))

    def _go_without(self, error: OSError) -> None:
        if self._is_logged:
            return
        self._is_logged = True
        _logger.warning(
            "order_flow.record_not_locked",
            extra={"path": str(self._path), "error_message": str(error)},
        )


def holder_of(folder: Path) -> RecordInUseError | None:
    """Return who holds the lock of a folder, as the error that another would get; None for nobody.

    Nothing is made or changed there.
    """
    try:
        descriptor = os.open(folder / LOCK_FILE, os.O_RDWR)
    except OSError:
        return None
    try:
        # Closing it lets go of what was taken.
        is_free = _try_lock(descriptor)
        return None if is_free else _refusal(folder, os.read(descriptor, _MOST_OF_HOLDER))
    except OSError:
        return None
    finally:
        os.close(descriptor)


_holder = msgspec.json.Decoder(_Holder)
_locks: weakref.WeakSet[FolderLock] = weakref.WeakSet()


def is_file_of(descriptor: int, path: Path) -> bool:
    """Return whether an open file is what has this name now."""
    try:
        there = path.stat()
    except OSError:
        return False
    mine = os.fstat(descriptor)
    return (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino)


def _refusal(folder: Path, holder: bytes) -> RecordInUseError:
    found = decode_or_none(holder, _holder)
    if found is None:
        return RecordInUseError(folder)
    return RecordInUseError(folder, pid=found.pid, since=found.since)


def _close_copies() -> None:
    for lock in tuple(_locks):
        lock.close_in_child()


if sys.platform != "win32":  # pragma: no branch - nothing forks there
    os.register_at_fork(after_in_child=_close_copies)
