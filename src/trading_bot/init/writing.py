"""Writes a file where there is none, and never over one that is there."""

from __future__ import annotations

import os
from pathlib import Path

_PRIVATE, _PLAIN = 0o600, 0o666


def is_there(path: Path) -> bool:
    """Return whether something has a path's name, were it a link that leads nowhere."""
    return path.exists() or path.is_symlink()


def write_new(path: Path, text: str, *, private: bool) -> bool:
    """Write a file; return False where one is there already.

    Raises:
        OSError: It cannot be written; then it is not there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # By the system's own test, so that nobody's file is lost that comes in between.
        descriptor = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE if private else _PLAIN
        )
    except FileExistsError:
        return False
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except OSError:
        path.unlink()
        raise
    return True
