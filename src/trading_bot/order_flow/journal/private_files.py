"""Files and folders that their owner alone may read: a record says what somebody holds."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
PROBE_FILE: Final = "record.probe"
_PROBE = b" " * 4_096
_BINARY: Final[int] = getattr(os, "O_BINARY", 0)
_NOT_WAITING: Final[int] = getattr(os, "O_NONBLOCK", 0)


def make_private_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing, for its owner alone.

    One that is there stays as it is: it may hold what others have to read; see `tighten_folder`.

    Raises:
        OSError: It cannot be made, or something else has its name.
    """
    for parent in reversed([each for each in path.parents if not each.exists()]):
        parent.mkdir(FOLDER_MODE, exist_ok=True)
    path.mkdir(FOLDER_MODE, exist_ok=True)


def tighten_folder(path: Path, is_ours: Callable[[str], object]) -> None:
    """Close a folder to others, unless it holds anything but our own files, or is another user's.

    Args:
        path: Which.
        is_ours: Whether a name in it is one of ours.
    """
    with suppress(OSError):
        if all(is_ours(each.name) for each in path.iterdir()):
            path.chmod(FOLDER_MODE)


def open_private(path: Path, flags: int) -> int:
    """Open a file for its owner alone, whatever the mask of the process; return its descriptor.

    One that is there and open to others is tightened.

    Raises:
        OSError: It cannot be opened.
    """
    # Not waiting: a pipe that has the file's name would hold the caller until somebody reads it.
    descriptor = os.open(path, flags | _BINARY | _NOT_WAITING, FILE_MODE)
    if sys.platform != "win32":  # pragma: no branch - there a file is its owner's
        mode = os.fstat(descriptor).st_mode
        # Not a device that has the file's name, such as /dev/full: it belongs to the machine.
        if stat.S_ISREG(mode) and stat.S_IMODE(mode) != FILE_MODE:
            with suppress(OSError):  # another user's
                os.fchmod(descriptor, FILE_MODE)
    return descriptor


def private_writer(path: Path) -> BinaryIO:
    """Open a file for its owner alone, to be written anew.

    Raises:
        OSError: It cannot be opened.
    """
    return os.fdopen(open_private(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb")


def try_to_write(folder: Path) -> str:
    """Try whether a folder takes a file; return why not, nothing where it does."""
    path = folder / PROBE_FILE
    try:
        with private_writer(path) as stream:
            stream.write(_PROBE)
    except OSError as error:
        return words_of(error)
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)
    return ""


def words_of(error: OSError) -> str:
    """Return what the operating system says of a failure, or at least its name."""
    return error.strerror or str(error) or type(error).__name__
