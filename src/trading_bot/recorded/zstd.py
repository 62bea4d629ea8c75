"""Unpacks Zstandard: by the standard library of Python 3.14, or by the extra `zstd`.

Without either a file of DBN is unpacked all the same, by the package of its records.
"""

from __future__ import annotations

from io import BufferedReader, RawIOBase
from typing import IO, Any, BinaryIO, Final

from trading_bot.order_flow.outside.zstd_library import EXTRA, begin_frame, zstd_library
from trading_bot.recorded.databento.unpacking import DbnUnpacker

_BLOCK_BYTES: Final = 1 << 17


def zstd_reader(raw: BinaryIO) -> IO[bytes]:
    """Return a packed file's content, of one frame or of several.

    Args:
        raw: The file at its start; stays the caller's to close.

    Raises:
        ValueError: Nothing is installed that can unpack it; says what to install.
    """
    library = zstd_library()
    plain = _dbn_of(raw) if library is None else _Unpacker(raw, library)
    return BufferedReader(plain, _BLOCK_BYTES)


class _Unpacker(RawIOBase):
    """Unpacks frame after frame; reading raises `EOFError` where the file is cut off or damaged."""

    def __init__(self, raw: BinaryIO, library: Any) -> None:
        self._raw = raw
        self._library = library
        self._frame = begin_frame(self._library)
        self._begun = False
        self._left = b""
        self._out = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._out:
            packed = self._left or self._raw.read(_BLOCK_BYTES)
            if not packed:
                if self._begun:
                    raise EOFError("its end is missing")
                return 0
            self._begun = True
            try:
                # A view, since a cut of it copies nothing: a block may unpack to many times itself.
                self._out = memoryview(self._frame.decompress(packed))
            except self._library.ZstdError as error:
                raise EOFError(f"it is damaged ({error})") from error
            self._left = b""
            if self._frame.eof:
                self._left = self._frame.unused_data
                self._frame = begin_frame(self._library)
                self._begun = False
        size = min(len(buffer), len(self._out))
        buffer[:size], self._out = self._out[:size], self._out[size:]
        return size


def _dbn_of(raw: BinaryIO) -> DbnUnpacker:
    try:
        return DbnUnpacker(raw)
    except EOFError as error:
        raise ValueError(
            f"{raw.name} is packed with Zstandard, which Python reads from 3.14 on; for this one: "
            f"{EXTRA}, or unpack it first"
        ) from error
