"""Reads packed and plain files alike, by what they begin with, and names a damaged one."""

from __future__ import annotations

import bz2
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from gzip import BadGzipFile
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, cast

from isal import igzip, igzip_threaded, isal_zlib

from trading_bot.recorded.zstd import zstd_reader

_GZIP_MAGIC = b"\x1f\x8b"
_BZIP2_MAGIC = b"BZh"
_XZ_MAGIC = b"\xfd7zXZ\x00"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_ZIP_MAGIC = b"PK\x03\x04"
_MAGIC_BYTES = 6
_COMPANIONS = frozenset({"condition.json", "manifest.json", "metadata.json", "symbology.json"})
_GZIP = 16 + zlib.MAX_WBITS
_BLOCK_BYTES = 1 << 16
_LONGEST_LINE = 16 << 20
"""What is longer was written by nobody who writes lines; unpacked, it would fill the memory."""
# The library's types call its own exception an instance.
_isal_error: Any = isal_zlib.error
DAMAGE: tuple[type[Exception], ...] = (
    EOFError,
    BadGzipFile,
    zlib.error,
    _isal_error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)
"""What reading a packed file raises when its end is missing or its content is not what it was."""


class DamagedFileError(ValueError):
    """A file cannot be read: it is cut off, empty, or not what it was."""


def unpacked(raw: BinaryIO, *, ahead: bool = False, member: str | None = None) -> IO[bytes]:
    """Return a file's content, whether it is packed or not.

    Args:
        raw: The file at its start; stays the caller's to close.
        ahead: Unpack in a thread of its own, which pays for large files only; gzip alone.
        member: Of a zip archive; None means its first one.

    Raises:
        ValueError: It is packed with Zstandard, and nothing is installed that unpacks it.
    """
    start = raw.read(_MAGIC_BYTES)
    raw.seek(0)
    stream: IO[bytes] = raw
    if start.startswith(_GZIP_MAGIC):
        # The library ships no types.
        opened: Any = igzip_threaded.open if ahead else igzip.open
        stream = opened(raw, "rb")
    elif start.startswith(_BZIP2_MAGIC):
        stream = bz2.BZ2File(raw)
    elif start.startswith(_XZ_MAGIC):
        stream = lzma.LZMAFile(raw)  # noqa: SIM115 - the caller closes it
    elif start.startswith(_ZSTD_MAGIC):
        stream = zstd_reader(raw)
    elif start.startswith(_ZIP_MAGIC):
        # Its members may be packed in themselves.
        stream = unpacked(cast("BinaryIO", _opened(zipfile.ZipFile(raw), member)))
    return stream


def _opened(archive: zipfile.ZipFile, member: str | None) -> IO[bytes]:
    try:
        return archive.open(member or _members_of(archive)[0])
    except RuntimeError as error:  # it is encrypted, or packed in a way that is not known here
        raise EOFError(str(error)) from error


def members(path: Path) -> list[str | None]:
    """Return the names of the files in a zip archive; None alone for any other file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The archive is empty or damaged.
    """
    with path.open("rb") as raw, damage_named(path):
        if raw.read(len(_ZIP_MAGIC)) != _ZIP_MAGIC:
            return [None]
        with zipfile.ZipFile(raw) as archive:
            return [*_members_of(archive)]


def is_companion(name: str) -> bool:
    """Return whether a file is one of those that Databento puts beside the data of a download."""
    return name in _COMPANIONS


def _members_of(archive: zipfile.ZipFile) -> list[str]:
    names = [
        each.filename
        for each in archive.infolist()
        # One system adds a twin of each file with what it knows of it.
        if not each.is_dir() and not each.filename.startswith("__MACOSX/")
    ]
    names = [each for each in names if not is_companion(PurePosixPath(each).name)] or names
    if not names:
        raise EOFError("it holds no file")
    return names


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
        raise _damaged(path, error) from error
    except OSError as error:
        # What the system raises has a number; one packer's words for damage have none.
        if error.errno is not None:
            raise
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> ValueError:
    return DamagedFileError(
        f"{path} is cut off or damaged ({error}); get it again, or unpack what can be saved"
    )
