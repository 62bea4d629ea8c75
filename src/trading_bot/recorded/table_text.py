"""The text of one table, packed or not: its header, its start, and whole lines in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO, Final

from trading_bot.recorded.packed import damage_named, unpacked

PEEK_BYTES: Final = 1 << 18
SAMPLE_BYTES: Final = 1 << 16
SAMPLES: Final = 16
"""So many stretches of a file are looked at where not all of it is read, its end among them."""
THREADED_FROM_BYTES: Final = 50_000_000


class TableText:
    """The text of one file, or of one member of a zip archive.

    Args:
        path: The file.
        member: Of the archive; None for any other file.
        chunk_bytes: About how many bytes are read at a time.

    Attributes:
        name: What it is called in messages.
        header: Its first line.
        start: The whole lines below it, as far as they are looked at before they are read.
        bytes_read: Bytes of the file consumed so far.
        is_whole: True once all of it was read.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged.
    """

    def __init__(self, path: Path, member: str | None, chunk_bytes: int) -> None:
        self.name = str(path) if member is None else f"{path}/{member}"
        self.bytes_read = 0
        self.is_whole = False
        self._path = path
        self._member = member
        self._chunk_bytes = chunk_bytes
        with path.open("rb") as raw, damage_named(path), self._plain(raw) as stream:
            self.header = stream.readline(PEEK_BYTES).decode("utf-8", "replace")
            start = stream.read(PEEK_BYTES).decode("utf-8", "replace")
        whole = len(start) < PEEK_BYTES
        self.start = with_bare_newlines(start if whole else start[: start.rfind("\n") + 1])

    def blocks(self) -> Iterator[str]:
        """Yield whole lines below the header, each with its newline, in blocks of bounded size.

        Raises:
            ValueError: The file is damaged.
        """
        with self._path.open("rb") as raw, damage_named(self._path), self._plain(raw) as stream:
            stream.readline()
            rest = b""
            while block := stream.read(self._chunk_bytes):
                self.bytes_read = raw.tell()
                whole, newline, tail = block.rpartition(b"\n")
                if newline:
                    yield with_bare_newlines((rest + whole + newline).decode("utf-8", "replace"))
                    rest = tail
                else:
                    rest += tail
            if rest:
                yield with_bare_newlines((rest + b"\n").decode("utf-8", "replace"))
            self.is_whole = True

    def samples(self) -> Iterator[str]:
        """Yield whole lines from places all over the file, each with its newline, in its order.

        What is packed cannot be entered at any place: its lines come from the first on.

        Raises:
            ValueError: The file is damaged.
        """
        size = self._path.stat().st_size
        with self._path.open("rb") as raw, damage_named(self._path), self._plain(raw) as stream:
            if stream is not raw or size <= SAMPLES * SAMPLE_BYTES:
                yield from self.blocks()
                return
            raw.readline()
            begin = raw.tell()
            step = (size - SAMPLE_BYTES - begin) // (SAMPLES - 1)
            for number in range(SAMPLES):
                if number:
                    raw.seek(begin + number * step)
                    raw.readline()
                is_last = number == SAMPLES - 1
                stretch = raw.read(-1 if is_last else SAMPLE_BYTES)
                self.bytes_read = raw.tell()
                if not is_last:
                    stretch = stretch[: stretch.rfind(b"\n") + 1]
                elif not stretch.endswith(b"\n"):
                    stretch += b"\n"
                yield with_bare_newlines(stretch.decode("utf-8", "replace"))

    def _plain(self, raw: BinaryIO) -> IO[bytes]:
        """Return the file unpacked; a large one by a thread that works ahead."""
        ahead = self._path.stat().st_size >= THREADED_FROM_BYTES
        return unpacked(raw, ahead=ahead, member=self._member)


def with_bare_newlines(text: str) -> str:
    """Return text without the carriage returns before its newlines."""
    return text.replace("\r\n", "\n") if "\r" in text else text
