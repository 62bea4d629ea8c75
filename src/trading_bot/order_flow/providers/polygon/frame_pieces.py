"""Takes a large frame apart between its messages, without decoding any; no I/O.

Decoded at once, the largest frame would stop everything else for seconds. Its pieces are frames of
their own, and end where a message does: brackets and strings are followed, whatever else stands
there is for the decoder to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, cast

PIECE_BYTES: Final = 65_536
"""About five hundred messages, a few milliseconds of judging; a longer message is none."""
PIECE_MESSAGES: Final = 1_000
"""The shortest messages are far below any that the provider sends."""
UNREADABLE_PIECE: Final = b""
"""Stands for the rest of a frame that cannot be taken apart: no decoder can read it."""
_DEPTH: Final = 5
"""Brackets within the brackets of a message; the provider's have one."""
_TEXT: Final = rb'"(?:[^"\\]++|\\.)*+"'


def _bracket(depth: int) -> bytes:
    """Return the pattern of a bracket and all within it; it never tries a byte twice."""
    inside = rb'[^"{}\[\]]++|' + _TEXT
    if depth:
        inside += rb"|" + _bracket(depth - 1)
    inside = rb"(?:" + inside + rb")*+"
    return rb"(?:\{" + inside + rb"\}|\[" + inside + rb"\])"


_MESSAGE: Final = rb"(?:" + _bracket(_DEPTH) + rb"|" + _TEXT + rb'|[^"{}\[\],]++)'
_OPENING: Final = re.compile(rb"\s*+\[\s*+")
_MESSAGES: Final = re.compile(
    rb"(?:" + _MESSAGE + rb"\s*+,\s*+){0,%d}+" % PIECE_MESSAGES, re.DOTALL
)
"""Messages, each with the comma that follows it."""
_NAMES: Final = tuple(re.compile(b'"%b"\\s*+:\\s*+"([^"]*+)"' % key) for key in (b"sym", b"T"))
"""The name of a symbol as prints and quotes have it, and as limit bands have it: two patterns that
each begin with a text are found quicker than one."""
_KIND: Final = b'"ev"'


def symbols_of(frame: bytes, *, is_part: bool = False) -> set[str] | None:
    """Return whose events a frame holds; see `StreamDecoder.symbols_of`."""
    if b"\\" in frame:
        return None  # a name may be written in another way
    names = [name for pattern in _NAMES for name in pattern.findall(frame)]
    if not is_part and len(names) != frame.count(_KIND):
        return None
    return {name.decode(errors="replace") for name in set(names)}


def pieces_of(frame: bytes) -> Iterator[bytes]:
    """Give frames that together hold the messages of one, in its order."""
    opening = _OPENING.match(frame)
    if opening is None:
        yield UNREADABLE_PIECE
        return
    start = opening.end()
    while True:
        # It matches always, be it nothing.
        end = cast(re.Match[bytes], _MESSAGES.match(frame, start, start + PIECE_BYTES)).end()
        if end == start:
            break
        yield b"[%b]" % frame[start:end].rstrip()[:-1]
        start = end
    # The last message, which no comma follows; or what cannot be told apart.
    rest = frame[start:]
    yield b"[" + rest if len(rest) <= PIECE_BYTES else UNREADABLE_PIECE
