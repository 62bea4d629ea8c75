"""The files of kept frames: a stream's messages as they came, and beside them when each arrived.

`DIR/frames/RUN.part1.dbn.zst` holds the messages of one connection as the provider's own tools read
them, `RUN.part1.arrivals.gz` one JSON line for each message: its number in the run, its arrival and
its length. The next connection begins the next part. Messages are flushed before their arrivals, so
that each arrival on the disk has its message there, whenever the process dies.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from ..journal.private_files import open_private
from ..providers.provider import FramePacker

FOLDER: Final = "frames"
"""In that of the capture, whose other files are read without it."""
ARRIVALS_END: Final = ".arrivals.gz"
FRAMES_SCHEMA: Final = 1
_LEVEL: Final = 1
_GZIP: Final = 16 + zlib.MAX_WBITS
_encoder = msgspec.json.Encoder()


class PartBegun(msgspec.Struct):
    """The first line of a part.

    Attributes:
        schema: Version of this format.
        data_source: Whose messages these are.
        frames: Name of the file that holds them.
    """

    schema: int
    data_source: str
    frames: str


class Arrival(msgspec.Struct):
    """One message.

    Attributes:
        frame: Its number in the run, from 1; those that were left out are missing.
        at_ns: When it arrived, Unix nanoseconds.
        bytes: Its length.
    """

    frame: int
    at_ns: int
    bytes: int


def parts_of(folder: Path, run: str) -> Iterator[Path]:
    """Yield the arrivals of each part of a run, in the order of its connections."""
    pattern = re.compile(rf"{re.escape(run)}\.part(\d+){re.escape(ARRIVALS_END)}")
    found = [(pattern.fullmatch(each.name), each) for each in folder.glob(f"*{ARRIVALS_END}")]
    yield from (path for _, path in sorted((int(match[1]), path) for match, path in found if match))


class PartWriter:
    """Writes one part.

    Args:
        folder: Where.
        name: Of its files, without their ends.
        frames_end: End of the file of messages.
        data_source: Whose messages these are.
        packer: Packs them.
        head: What that file begins with.

    Attributes:
        bytes: What was written so far.

    Raises:
        DataSourceError: The head cannot be packed.
        OSError: They cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        *,
        frames_end: str,
        data_source: str,
        packer: FramePacker,
        head: bytes,
    ) -> None:
        self.bytes = 0
        self._packer = packer
        self._unwritten = packer.pack(head)
        self._gzip = zlib.compressobj(_LEVEL, wbits=_GZIP)
        self._lines = [
            _encoder.encode(PartBegun(FRAMES_SCHEMA, data_source, f"{name}{frames_end}"))
        ]
        self._arrivals = _opened(folder / f"{name}{ARRIVALS_END}")
        try:
            self._frames = _opened(folder / f"{name}{frames_end}")
        except OSError:
            self._arrivals.close()
            raise

    def keep(self, number: int, payload: bytes, at_ns: int) -> None:
        """Write one message.

        Raises:
            DataSourceError: It cannot be packed.
            OSError: It cannot be written.
        """
        self._write(self._packer.pack(payload))
        self._lines.append(_encoder.encode(Arrival(number, at_ns, len(payload))))

    def flush(self) -> None:
        """Hand everything to the disk, the messages first; raises as `keep` does."""
        self._write(self._packer.flush())
        self._frames.flush()
        self._write_arrivals(zlib.Z_SYNC_FLUSH)
        self._arrivals.flush()

    def close(self) -> None:
        """End both files; raises as `keep` does, and closes them all the same."""
        with self._frames, self._arrivals:
            self._write(self._packer.finish())
            self._frames.flush()
            self._write_arrivals(zlib.Z_FINISH)

    def _write(self, packed: bytes) -> None:
        packed, self._unwritten = self._unwritten + packed, b""
        self._frames.write(packed)
        self.bytes += len(packed)

    def _write_arrivals(self, how: int) -> None:
        lines, self._lines = b"".join(line + b"\n" for line in self._lines), []
        packed = self._gzip.compress(lines) + self._gzip.flush(how)
        self._arrivals.write(packed)
        self.bytes += len(packed)


def _opened(path: Path) -> BinaryIO:
    descriptor = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    return os.fdopen(descriptor, "wb")
