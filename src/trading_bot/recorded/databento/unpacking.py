"""Unpacks DBN packed with Zstandard where nothing else here can: by the package of its records.

That package reads a file up to where it ends, and does not say whether that is its end: here the
frames of Zstandard are followed, by the lengths that stand in them, without being unpacked.

Source: RFC 8878, sections 3.1.1 and 3.1.2.
"""

from __future__ import annotations

from io import RawIOBase
from typing import Any, BinaryIO, Final

from trading_bot.order_flow.providers.databento.kept import unpacked_whole

_MAGIC: Final = 0xFD2FB528
_SKIPPED_MAGICS: Final = range(0x184D2A50, 0x184D2A60)
_MAGIC_BYTES, _SKIPPED_HEAD_BYTES, _BLOCK_HEAD_BYTES, _CHECKSUM_BYTES = 4, 8, 3, 4
_ID_BYTES: Final = (0, 1, 2, 4)
_REPEATED: Final = 1
"""Kind of block that is one byte, however much it stands for."""


class Frames:
    """Follows frame after frame, as their bytes come."""

    def __init__(self) -> None:
        self._rest = b""
        self._skipped = 0
        self._is_in_frame = self._has_checksum = False

    @property
    def is_whole(self) -> bool:
        """True where what has come ends with a frame."""
        return not (self._rest or self._skipped or self._is_in_frame)

    def take(self, packed: bytes) -> None:
        """Take the bytes that follow.

        Raises:
            EOFError: They are no frame.
        """
        data = self._rest + packed
        place = 0
        while True:
            place += self._skipped
            if place >= len(data):
                self._rest, self._skipped = b"", place - len(data)
                return
            self._skipped = 0
            length = self._block(data[place:]) if self._is_in_frame else self._head(data[place:])
            if length is None:
                self._rest = data[place:]
                return
            self._skipped = length

    def _head(self, data: bytes) -> int | None:
        """Return how long the head of a frame is, or a frame that is passed over."""
        magic = int.from_bytes(data[:_MAGIC_BYTES], "little")
        if len(data) < _SKIPPED_HEAD_BYTES:
            return None
        if magic in _SKIPPED_MAGICS:
            size = int.from_bytes(data[_MAGIC_BYTES:_SKIPPED_HEAD_BYTES], "little")
            return _SKIPPED_HEAD_BYTES + size
        if magic != _MAGIC:
            raise EOFError("what follows is no frame")
        told = data[_MAGIC_BYTES]
        is_single = told >> 5 & 1
        self._is_in_frame, self._has_checksum = True, bool(told >> 2 & 1)
        size_bytes = (is_single, 2, 4, 8)[told >> 6]
        return _MAGIC_BYTES + 1 + (1 - is_single) + _ID_BYTES[told & 3] + size_bytes

    def _block(self, data: bytes) -> int | None:
        """Return how long a block is, with its head, and with what ends its frame."""
        if len(data) < _BLOCK_HEAD_BYTES:
            return None
        told = int.from_bytes(data[:_BLOCK_HEAD_BYTES], "little")
        length = _BLOCK_HEAD_BYTES + (1 if told >> 1 & 3 == _REPEATED else told >> 3)
        if told & 1:
            self._is_in_frame = False
            length += _CHECKSUM_BYTES * self._has_checksum
        return length


class DbnUnpacker(RawIOBase):
    """Header and records of a file; reading raises `EOFError` where it is cut off or damaged.

    Args:
        raw: The file at its start; stays the caller's to close.

    Raises:
        EOFError: It holds something else, or is damaged at its beginning.
    """

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._frames = Frames()
        self._blocks = unpacked_whole(self._read_packed)
        self._out = memoryview(next(self._blocks, b""))

    def readable(self) -> bool:
        """Return True."""
        return True

    def _read_packed(self, size: int) -> bytes:
        packed = self._raw.read(size)
        self._frames.take(packed)
        return packed

    def readinto(self, buffer: Any) -> int:
        """Put what follows into a buffer; return how many bytes, 0 at the end."""
        while not self._out:
            block = next(self._blocks, None)
            if block is None:
                if not self._frames.is_whole:
                    raise EOFError("its end is missing")
                return 0
            self._out = memoryview(block)
        size = min(len(buffer), len(self._out))
        buffer[:size], self._out = self._out[:size], self._out[size:]
        return size
