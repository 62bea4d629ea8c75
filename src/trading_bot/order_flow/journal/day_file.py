"""The open file of a day: lines are appended whole, or leave nothing of themselves."""

from __future__ import annotations

import os
from pathlib import Path

from .days import path_to_append_to
from .lock import is_file_of
from .private_files import make_private_folder, open_private


class DayFile:
    """Appends to the file of one day at a time; for one caller at a time.

    Args:
        folder: Where the files lie; made anew where it has vanished.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._day = b""
        self._path = folder
        self._descriptor = -1
        self._sealed: set[str] = set()

    @property
    def day(self) -> str:
        """The day whose file is open; empty where none is."""
        return self._day.decode()

    def write(self, day: bytes, data: bytes) -> None:
        """Append a line to the file of a day.

        Raises:
            OSError: It cannot be written. Nothing of it is there, and the file is closed.
        """
        if day != self._day:
            self._open(day)
        written = 0
        try:
            while written < len(data):
                # A disk that fills up takes part of a line; the rest follows or raises.
                written += os.write(self._descriptor, data[written:])
        except OSError:
            try:
                if written:
                    # The next line must not be glued to a torn one: neither could be read.
                    os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
            finally:
                # What has failed for good, such as a server's stale handle, is opened anew.
                self.close()
            raise

    def is_in_place(self) -> bool:
        """Return whether the open file is what has its name; True where none is open."""
        return self._descriptor < 0 or is_file_of(self._descriptor, self._path)

    def is_deleted(self) -> bool:
        """Return whether the open file has no name any more, so that what it has is lost."""
        return self._descriptor >= 0 and not os.fstat(self._descriptor).st_nlink

    def seal(self, day: str) -> None:
        """Let no further line into the plain file of a day: it is being compressed."""
        self._sealed.add(day)
        if self.day == day:
            self.close()

    def close(self) -> None:
        """Close the file; writing opens it again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._day = -1, b""

    def _open(self, day: bytes) -> None:
        self.close()
        named = day.decode()
        is_sealed = named in self._sealed
        path = path_to_append_to(self._folder, named, is_sealed=is_sealed)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        try:
            self._descriptor = open_private(path, flags)
        except FileNotFoundError:
            make_private_folder(self._folder)
            self._descriptor = open_private(path, flags)
        self._day, self._path = day, path
