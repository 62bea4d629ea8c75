"""Unpacks Zstandard: by the standard library of Python 3.14, or by the extra `zstd`."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from io import BufferedReader, RawIOBase
from typing import IO, Any, BinaryIO, Final

_BLOCK_BYTES: Final = 1 << 17
_STANDARD: Final = "compression.zstd"
_EXTRA: Final = "zstandard"


def zstd_reader(raw: BinaryIO) -> IO[bytes]:
    """Return a packed file's content, of one frame or of several.

    Args:
        raw: The file at its start; stays the caller's to close.

    Raises:
        ValueError: Nothing is installed that can unpack it; says what to install.
    """
    return BufferedReader(_Unpacker(raw), _BLOCK_BYTES)


class _Unpacker(RawIOBase):
    """Unpacks frame after frame; reading raises `EOFError` where the file is cut off or damaged."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._library = _library(raw)
        self._frame = self._begin()
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
                self._frame = self._begin()
                self._begun = False
        size = min(len(buffer), len(self._out))
        buffer[:size], self._out = self._out[:size], self._out[size:]
        return size

    def _begin(self) -> Any:
        made = self._library.ZstdDecompressor()
        # The extra's own object unpacks all at once, and another one that it makes as it comes.
        return made if hasattr(made, "eof") else made.decompressobj()


def _library(raw: BinaryIO) -> Any:
    for name in (_STANDARD, _EXTRA):
        # A package must be there before one inside it can be looked for.
        if find_spec(name.partition(".")[0]) is not None and find_spec(name) is not None:
            return import_module(name)
    raise ValueError(
        f"{raw.name} is packed with Zstandard, which Python reads from 3.14 on; for this one: "
        "pip install 'trading-bot-order-flow[zstd]', or unpack it first"
    )
