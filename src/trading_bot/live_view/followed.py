"""One file that another process appends to, read by whole lines; it is opened anew each time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 1 << 20
"""Read at once at most; a longer line than this is none, and is passed over."""
_PIECE_BYTES: Final = 1 << 17
"""Read at once where that holds a whole line: what is caught up with takes little memory."""
_HEAD_BYTES: Final = 128


class FollowedFile:
    """Follows a file from an offset on.

    A file that was replaced, cut short or written anew is read from its start.

    Args:
        path: The file; it need not be there yet.
        offset: Bytes at its start that are passed over; a line begins there.

    Attributes:
        path: As given.
        passed_over: Lines that were too long to be one.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.path = path
        self.passed_over = 0
        self._offset = offset
        self._file: tuple[int, int] | None = None
        self._head = b""
        self._is_within_long_line = False

    def read(self) -> list[bytes]:
        """Return the whole lines that came since, `MOST_BYTES` at most; none where none did.

        Raises:
            OSError: It cannot be read, or is not there.
        """
        with self.path.open("rb", buffering=0) as stream:
            found = os.fstat(stream.fileno())
            head = stream.read(_HEAD_BYTES) or b""
            file = (found.st_dev, found.st_ino)
            is_same = file == self._file and head.startswith(self._head)
            if found.st_size < self._offset or not (is_same or self._file is None):
                self._offset, self._is_within_long_line = 0, False
            self._file, self._head = file, head
            if found.st_size == self._offset:
                return []
            stream.seek(self._offset)
            data = stream.read(_PIECE_BYTES) or b""
            if b"\n" not in data and len(data) == _PIECE_BYTES:
                data += stream.read(MOST_BYTES - _PIECE_BYTES) or b""
            return self._whole_lines(data)

    def _whole_lines(self, data: bytes) -> list[bytes]:
        end = data.rfind(b"\n") + 1
        if not end and len(data) == MOST_BYTES:
            self._offset += len(data)
            self._is_within_long_line = True
            return []
        self._offset += end
        lines = data[:end].split(b"\n")[:-1]
        if self._is_within_long_line and lines:
            self._is_within_long_line = False
            self.passed_over += 1
            del lines[0]
        return lines


def offset_of_last(path: Path, size: int) -> int:
    """Return where the first whole line begins among so many last bytes; 0 for the whole file.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as stream:
        behind = stream.seek(0, os.SEEK_END) - size
        if behind <= 0:
            return 0
        # One byte earlier: where that ends a line, the next begins just here.
        stream.seek(behind - 1)
        return behind - 1 + len(stream.readline())
