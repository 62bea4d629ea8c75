"""Unpacks what the gateway sends packed with Zstandard, as it comes and within bounds; pure.

The gateway flushes each time that it sends, so that whatever has come can be unpacked at once. A
few packed bytes can stand for gigabytes: they are taken in slices, of which none can fill the
memory, and what is far more than records can be packed to is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

from ...outside.zstd_library import EXTRA, begin_frame, zstd_library
from .errors import undecodable

Compression = Literal["none", "zstd"]
"""How a session is packed."""
PACKED_BEYOND: Final = 10
"""With more symbols than this it is packed where nothing else is said."""
MOST_WINDOW_BYTES: Final = 1 << 23
"""What every reader of the format has to bear; a frame that asks for more is refused."""
SLICE_BYTES: Final = 512
"""Unpacked at once: at most 128 blocks of 128 KiB, as the format bounds them."""
PIECE_BYTES: Final = 1 << 18
"""So much is given at once, so that a message stays quick to decode."""
MOST_TIMES: Final = 512
"""So many times its packed bytes is beyond what records are; books are some ten times."""
MOST_FOR_FREE_BYTES: Final = 1 << 24
"""Not refused whatever it was packed to: one slice."""


class Unpacker:
    """One session's bytes, unpacked.

    Raises:
        ValueError: There is nothing to unpack them; says what to install.
    """

    def __init__(self) -> None:
        self._library: Any = zstd_library()
        if self._library is None:
            raise ValueError(no_library())
        self._frame: Any = begin_frame(self._library, MOST_WINDOW_BYTES)

    def unpack(self, packed: bytes) -> Iterator[bytes]:
        """Give what the next bytes hold, piece by piece; to be exhausted.

        Raises:
            DataSourceError: `undecodable`: damaged, or far more than it may be.
        """
        most = MOST_FOR_FREE_BYTES + MOST_TIMES * len(packed)
        gathered = bytearray()
        for place in range(0, len(packed), SLICE_BYTES):
            left = packed[place : place + SLICE_BYTES]
            while left:
                try:
                    plain, left = self._take(left)
                except self._library.ZstdError as error:
                    yield bytes(gathered)
                    raise undecodable("damaged as Zstandard") from error
                gathered += plain
                most -= len(plain)
            if most < 0:
                raise undecodable("packed to far less than records can be")
            if len(gathered) >= PIECE_BYTES:
                yield bytes(gathered)
                gathered.clear()
        yield bytes(gathered)

    def _take(self, packed: bytes) -> tuple[bytes, bytes]:
        """Return what a slice holds of one frame, and what is left of the slice."""
        plain = self._frame.decompress(packed)
        if not self._frame.eof:
            return plain, b""
        left = self._frame.unused_data
        self._frame = begin_frame(self._library, MOST_WINDOW_BYTES)
        return plain, left


def can_unpack() -> bool:
    """Return whether there is something that unpacks."""
    return zstd_library() is not None


def no_library() -> str:
    """Return the sentence of a setting that cannot be obeyed."""
    return f"compression='zstd' needs something to unpack it, from Python 3.14 on or by: {EXTRA}"


def wanted(setting: str, symbols: int) -> Compression:
    """Return how a session is to be packed.

    Args:
        setting: `auto`, `none` or `zstd`.
        symbols: How many it asks for.
    """
    if setting == "auto":
        return "zstd" if symbols > PACKED_BEYOND and can_unpack() else "none"
    return "zstd" if setting == "zstd" else "none"
