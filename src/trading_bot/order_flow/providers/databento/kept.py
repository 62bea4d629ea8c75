"""Records kept in a file as they came: DBN packed with Zstandard, as Databento's own tools read it.

`databento_dbn` packs and unpacks, so that nothing else has to be installed. No version is made
another on the way: the bytes that come out are those that went in.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO, Final

from databento_dbn import (
    Compression,
    DBNDecoder,
    Encoding,
    Metadata,
    Transcoder,
    VersionUpgradePolicy,
)

from .errors import undecodable
from .service import is_panic

FRAMES_END: Final = ".dbn.zst"
# Its stubs call the members of its enums by the types of their values.
_AS_IT_IS: Final[Any] = VersionUpgradePolicy.AS_IS
_ZSTD: Final[Any] = Compression.ZSTD
_BLOCK_BYTES: Final = 1 << 16


class RecordPacker:
    """Packs a header and whole records; see `FramePacker`."""

    def __init__(self) -> None:
        self._packed = io.BytesIO()
        dbn: Any = Encoding.DBN
        self._transcoder = Transcoder(self._packed, dbn, _ZSTD, upgrade_policy=_AS_IT_IS)

    def pack(self, data: bytes) -> bytes:
        """Take a header or whole records."""
        self._do(lambda: self._transcoder.write(data))
        return self._written()

    def flush(self) -> bytes:
        """Return all that was taken and not yet returned, packed."""
        self._do(self._transcoder.flush)
        return self._written()

    def finish(self) -> bytes:
        """Return the end of the file."""
        self._do(self._transcoder.finish)
        return self._written()

    def _do(self, step: Callable[[], object]) -> None:
        try:
            step()
        except BaseException as error:
            if isinstance(error, Exception) or is_panic(error):
                raise undecodable("what is to be kept") from error
            raise

    def _written(self) -> bytes:
        written = self._packed.getvalue()
        self._packed.seek(0)
        self._packed.truncate()
        return written


def unpacked_records(raw: BinaryIO) -> Iterator[bytes]:
    """Yield the records of a file that was packed so, without its header.

    One without an end is read up to there: nothing in it says how much there was.

    Raises:
        EOFError: It is damaged; whole records before that were given.
    """
    for found in _decoded(raw.read):
        # The header is no record; what reads it has no use for it.
        yield b"".join(bytes(each) for each in found if not isinstance(each, Metadata))


def unpacked_whole(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Yield the header and the records of a file that was packed so.

    Args:
        read: Returns so many of its bytes, fewer and then none at its end.

    Raises:
        EOFError: As above; also where it holds no DBN.
    """
    for found in _decoded(read):
        yield b"".join(map(bytes, found))


def _decoded(read: Callable[[int], bytes]) -> Iterator[Sequence[Any]]:
    decoder = DBNDecoder(upgrade_policy=_AS_IT_IS, compression=_ZSTD)
    while block := read(_BLOCK_BYTES):
        try:
            decoder.write(block)
            found = decoder.decode()
        except BaseException as error:
            if isinstance(error, Exception) or is_panic(error):
                raise EOFError(f"it is damaged ({error})") from error
            raise
        yield found
