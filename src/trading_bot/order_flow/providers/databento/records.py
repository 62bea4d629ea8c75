"""Where records end in a stream of bytes, and its header; pure.

Whole records go on as one message, signs of life are left out: the market may be silent between
them. The first record that cannot be one ends the stream, since nobody knows where the next begins.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from .errors import undecodable
from .layout import BOOK, POSSIBLE_HEADS, SYSTEM, WORD_BYTES, books_from, head_at
from .service import is_beat

_HEAD_BYTES: Final = 2
_MAGIC: Final = b"DBN"
_PREFIX_BYTES: Final = 8
_DATASET_BYTES: Final = 16
_OLDEST, _NEWEST = 1, 3
_MOST_HEADER_BYTES: Final = 4_000_000
"""More than the header of a session of every symbol takes."""


class Cut(NamedTuple):
    """What is in a run of bytes.

    Attributes:
        records: Whole records, one after another, without signs of life.
        rest: The beginning of the next one.
        is_broken: True where what follows is no record; nothing is left then.
    """

    records: bytes
    rest: bytes
    is_broken: bool = False


def cut_records(stream: bytes) -> Cut:
    """Cut bytes behind the last whole record, having looked at length and type of each."""
    size = len(stream)
    place = begun = 0
    kept: list[bytes] = []
    is_broken = False
    while size - place >= _HEAD_BYTES:
        place += books_from(stream, place) * BOOK.size
        if size - place < _HEAD_BYTES:
            break
        head = head_at(stream, place)
        if head not in POSSIBLE_HEADS:
            is_broken = True
            break
        end = place + (head & 0xFF) * WORD_BYTES
        if end > size:
            break
        if head >> 8 == SYSTEM and is_beat(stream[place:end]):
            kept.append(stream[begun:place])
            begun = end
        place = end
    kept.append(stream[begun:place])
    return Cut(b"".join(kept), b"" if is_broken else stream[place:], is_broken)


def header_of(stream: bytes) -> tuple[str, int] | None:
    """Return the dataset of a session's records and where they begin; None while it is not whole.

    The records themselves tell what they are, so nothing else of it is needed.

    Raises:
        DataSourceError: `undecodable`: it is no header, or one of a version that is not known.
    """
    if not _MAGIC.startswith(stream[: len(_MAGIC)]):
        raise undecodable("no DBN header")
    if len(stream) < _PREFIX_BYTES:
        return None
    version = stream[len(_MAGIC)]
    length = int.from_bytes(stream[4:_PREFIX_BYTES], "little")
    if not _OLDEST <= version <= _NEWEST:
        raise undecodable(f"DBN of version {version}")
    if not _DATASET_BYTES <= length <= _MOST_HEADER_BYTES:
        raise undecodable(f"a header of {length} bytes")
    ends = _PREFIX_BYTES + length
    if len(stream) < ends:
        return None
    name = stream[_PREFIX_BYTES : _PREFIX_BYTES + _DATASET_BYTES].rstrip(b"\0")
    return name.decode("ascii", "replace"), ends
