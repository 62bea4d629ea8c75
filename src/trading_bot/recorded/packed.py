"""Reads gzip and plain files alike, and names a damaged one."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from gzip import BadGzipFile
from pathlib import Path
from typing import IO, Any, BinaryIO

from isal import igzip, igzip_threaded, isal_zlib

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS
_BLOCK_BYTES = 1 << 16
_LONGEST_LINE = 16 << 20
"""What is longer was written by nobody who writes lines; unpacked, it would fill the memory."""
# The library's types call its own exception an instance.
_isal_error: Any = isal_zlib.error
DAMAGE: tuple[type[Exception], ...] = (EOFError, BadGzipFile, zlib.error, _isal_error)
"""What reading a gzip file raises when its end is missing or its content is not what it was."""


def unpacked(raw: BinaryIO, *, ahead: bool = False) -> IO[bytes]:
    """Return a file's content, whether it is packed or not.

    Args:
        raw: The file at its start; stays the caller's to close.
        ahead: Unpack in a thread of its own, which pays for large files only.
    """
    packed = raw.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    raw.seek(0)
    if not packed:
        return raw
    # The library ships no types.
    opened: Any = igzip_threaded.open if ahead else igzip.open
    stream: IO[bytes] = opened(raw, "rb")
    return stream


def lines_saved(raw: BinaryIO) -> Iterator[bytes]:
    """Yield each whole line that can be got out of a file, even where its end is missing.

    Unlike `unpacked`, which reads ahead, it gives every line that was written before a process
    died.

    Args:
        raw: The file at its start, packed or not.

    Raises:
        EOFError: After the last whole line, when the end of a packed file is missing or damaged, or
            a line does not end.
    """
    packed = raw.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    raw.seek(0)
    if not packed:
        while line := raw.readline(_LONGEST_LINE + 1):
            yield _checked(line)
        return
    member = zlib.decompressobj(_GZIP)
    rest = b""
    while block := raw.read(_BLOCK_BYTES):
        while block:
            if member.eof:
                member = zlib.decompressobj(_GZIP)
            try:
                unpacked_block = member.decompress(block, _LONGEST_LINE)
            except zlib.error as error:
                raise EOFError(f"it is damaged ({error})") from error
            *whole, rest = (rest + unpacked_block).split(b"\n")
            yield from whole
            _checked(rest)
            block = member.unconsumed_tail or member.unused_data
    if not member.eof:
        raise EOFError("its end is missing")


def _checked(line: bytes) -> bytes:
    if len(line) > _LONGEST_LINE:
        raise EOFError(f"a line of it is longer than {_LONGEST_LINE:,} bytes")
    return line


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Turn what reading a damaged file raises into a `ValueError` that names it."""
    try:
        yield
    except DAMAGE as error:
        raise ValueError(
            f"{path} is cut off or damaged ({error}); get it again, or unpack what can be saved"
        ) from error
