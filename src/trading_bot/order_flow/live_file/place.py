"""Where the live file lies: a folder of its own in memory or of this session, for its owner alone.

It says what somebody holds, so it lies neither in a folder of another user nor behind a link, and
never inside the record, which is kept. Who writes and who reads find it by the record's folder.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..journal.private_files import make_private_folder, tighten_folder

SEGMENT: Final = re.compile(r"live-(\d{20})\.jsonl")
"""The name of a file: when its first line was written, Unix nanoseconds."""
LOCK_FILE: Final = "live.lock"
TOKEN_FILE: Final = "page-token"  # noqa: S105 - its name, not its text
"""Of whoever shows the live file by an address that nobody can guess."""
_DIGEST_DIGITS: Final = 16
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - each folder in it is looked at before it is used
_OF_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH


class LiveFolderRefused(PermissionError, ValueError):  # noqa: N818 - as `RecordInUse` is said
    """A folder is not its owner's alone, and so no place for what somebody holds."""


def live_folder(record: Path) -> Path:
    """Return where the live file of a record lies, or would lie: for who reads it.

    A service and a shell of one user may have different runtime folders: of those that are ours the
    one with the newest file is meant.

    Args:
        record: Folder of the record.
    """
    found = list(_usable_folders(record))
    return max(found, key=_newest_name) if any(map(_newest_name, found)) else found[0]


def folder_to_write(record: Path) -> Path:
    """Return where the live file of a record is to be written.

    Args:
        record: Folder of the record.
    """
    return next(_usable_folders(record))


def is_ours(name: str) -> bool:
    """Return whether a file of this name belongs to a live file."""
    return name in (LOCK_FILE, TOKEN_FILE) or SEGMENT.fullmatch(name) is not None


def segments_in(folder: Path) -> list[Path]:
    """Return the files of a folder, oldest first; none where there is no such folder."""
    with suppress(OSError):
        return sorted(each for each in folder.iterdir() if SEGMENT.fullmatch(each.name))
    return []


def make_live_folder(folder: Path) -> None:
    """Make a folder for its owner alone, or refuse the one that is there.

    Raises:
        OSError: It cannot be made.
        LiveFolderRefused: It is a link, another user's, or others may write into it.
    """
    make_private_folder(folder)
    tighten_folder(folder, is_ours)
    reason = _why_not(folder)
    if reason:
        raise LiveFolderRefused(
            f"{folder} {reason}: name another folder for the live file (--live-dir, live_dir)"
        )


def refuse_inside(folder: Path, record: Path) -> None:
    """Refuse a live file inside the record, which is kept and compared byte by byte.

    Raises:
        ValueError: It would be.
    """
    if folder.resolve().is_relative_to(record.resolve()):
        raise ValueError(
            f"the live file cannot lie inside the record: {folder} is in {record}; "
            "name another folder (--live-dir, live_dir)"
        )


def _usable_folders(record: Path) -> Iterator[Path]:
    digest = hashlib.sha256(os.fsencode(record.resolve())).hexdigest()[:_DIGEST_DIGITS]
    user = f"trading-bot-{os.getuid()}" if sys.platform != "win32" else "trading-bot"
    given = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    if given.is_absolute() and given.is_dir() and not _why_not(given):
        yield given / "trading-bot" / digest
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and not _why_not(_MEMORY / user):
        yield _MEMORY / user / digest
    yield Path(tempfile.gettempdir()) / user / digest


def _newest_name(folder: Path) -> str:
    found = segments_in(folder)
    return found[-1].name if found else ""


def _why_not(folder: Path) -> str:
    """Say why a folder is not ours alone to write to; nothing where it is, or is not there yet."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return ""
    if not stat.S_ISDIR(found.st_mode):
        return "is no folder, or a link to one"
    if sys.platform != "win32":  # pragma: no branch - there a folder is its owner's
        if found.st_uid != os.getuid():
            return "belongs to another user"
        if found.st_mode & _OF_OTHERS:
            return "may be written to by others"
    return ""
