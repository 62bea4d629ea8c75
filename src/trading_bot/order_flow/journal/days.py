"""The days of a record: a plain file each, or a compressed one once they are old.

`2026-03-10.jsonl` is written, and becomes `2026-03-10.jsonl.gz` later. A line that still comes for
a day that is compressed, or about to be, goes into `2026-03-10.late.jsonl`, which is read after it.
Where a day has its plain file and a compressed one, compressing was cut short: the plain one is
read.
Whoever reads or writes a day asks here which files it has.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

PLAIN_END: Final = ".jsonl"
PACKED_END: Final = ".jsonl.gz"
LATE_END: Final = ".late.jsonl"
UNFINISHED_END: Final = ".jsonl.gz.new"
"""Of a compressed file that is being made."""
LONGEST_LINE: Final = 1 << 20
"""Bytes; no line that was ever written comes near."""
_DAY_FILE: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(\.late\.jsonl|\.jsonl(?:\.gz(?:\.new)?)?)")
_BUFFER_BYTES: Final = 1 << 18
_LENGTH_AT_END: Final = 4
"""A compressed file ends with the length of its content, in so many bytes."""


@dataclass(frozen=True, slots=True)
class RecordDay:
    """The files of one day; at least one is there.

    Attributes:
        name: The UTC day, such as 2026-03-10.
        plain: The file that is written.
        packed: The compressed one.
        late: Lines that came when the day was compressed.
    """

    name: str
    plain: Path | None = None
    packed: Path | None = None
    late: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """What its lines stand in, in the order in which it is read."""
        return tuple(each for each in (self.plain or self.packed, self.late) if each is not None)

    @property
    def is_compressed(self) -> bool:
        """Whether its compressed file is what is read."""
        return self.plain is None and self.packed is not None

    def content_bytes(self) -> int:
        """Return how many bytes its lines have, whether compressed or not; -1 where a file fails.

        Nothing is decompressed.
        """
        try:
            return sum(map(_content_bytes, self.files))
        except OSError:
            return -1


def days_in(folder: Path) -> list[RecordDay]:
    """Return the days of a folder, oldest first.

    Raises:
        OSError: It cannot be read.
    """
    found: dict[str, dict[str, Path]] = {}
    for path in folder.iterdir():
        named = _DAY_FILE.fullmatch(path.name)
        if named is not None and named[2] != UNFINISHED_END and path.is_file():
            found.setdefault(named[1], {})[named[2]] = path
    return [
        RecordDay(day, files.get(PLAIN_END), files.get(PACKED_END), files.get(LATE_END))
        for day, files in sorted(found.items())
    ]


def is_day_file(name: str) -> bool:
    """Return whether a file of this name belongs to a day."""
    return _DAY_FILE.fullmatch(name) is not None


def path_to_append_to(folder: Path, day: str, *, is_sealed: bool) -> Path:
    """Return the file that takes the next line of a day.

    Args:
        folder: Where the days lie.
        day: Which.
        is_sealed: Its plain file takes no more lines.
    """
    late = folder / f"{day}{LATE_END}"
    # Once one was late the later ones are too: so they are read in the order they were written.
    if is_sealed or (folder / f"{day}{PACKED_END}").exists() or late.exists():
        return late
    return folder / f"{day}{PLAIN_END}"


def open_lines(path: Path) -> BinaryIO:
    """Open a file of a day for reading, whether it is compressed or not.

    Reading a compressed one raises `OSError`, `EOFError` or `zlib.error` where it is damaged.

    Raises:
        OSError: It cannot be opened.
    """
    try:
        raw = path.open("rb")
    except FileNotFoundError:
        # It may have been compressed since it was listed.
        path = path.with_name(f"{path.name}.gz")
        if not path.name.endswith(PACKED_END):
            raise
        raw = path.open("rb")
    if not path.name.endswith(PACKED_END):
        return raw
    raw.close()
    return unpacked(path)


def unpacked(path: Path) -> BinaryIO:
    """Open a compressed file for reading.

    Raises:
        OSError: It cannot be opened.
    """
    return io.BufferedReader(_Unpacked(path), _BUFFER_BYTES)


def raw_lines(path: Path) -> Iterator[bytes | None]:
    """Yield each line of a file; None in place of one that is too long to be one.

    Raises:
        gzip.BadGzipFile: A compressed one is damaged, or its end is missing, from here on.
        OSError: It cannot be read.
    """
    with open_lines(path) as stream:
        try:
            while raw := stream.readline(LONGEST_LINE):
                if len(raw) < LONGEST_LINE or raw.endswith(b"\n"):
                    yield raw
                    continue
                while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                    pass
                yield None
        except (EOFError, zlib.error) as error:
            raise gzip.BadGzipFile(f"it is cut off or damaged ({error})") from error


class _Unpacked(io.RawIOBase):
    """Gives what can be got out of a compressed file before it raises for what cannot."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._packed = gzip.GzipFile(path, "rb")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        room = memoryview(buffer)
        # One block: to fill the whole buffer it would read on, and lose what came before damage.
        data = self._packed.read1(len(room))
        room[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._packed.close()
        super().close()


def _content_bytes(path: Path) -> int:
    if not path.name.endswith(PACKED_END):
        return path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(-min(_LENGTH_AT_END, path.stat().st_size), os.SEEK_END)
        return int.from_bytes(stream.read(), "little")
