"""The text of one table, packed or not: its header, its start, and whole lines in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO, Final

from trading_bot.recorded.packed import damage_named, unpacked

PEEK_BYTES: Final = 1 << 18
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

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged.
    """

    def __init__(self, path: Path, member: str | None, chunk_bytes: int) -> None:
        self.name = str(path) if member is None else f"{path}/{member}"
        self.bytes_read = 0
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

    def _plain(self, raw: BinaryIO) -> IO[bytes]:
        """Return the file unpacked; a large one by a thread that works ahead."""
        ahead = self._path.stat().st_size >= THREADED_FROM_BYTES
        return unpacked(raw, ahead=ahead, member=self._member)


def with_bare_newlines(text: str) -> str:
    """Return text without the carriage returns before its newlines."""
    return text.replace("\r\n", "\n") if "\r" in text else text
