"""The one door for text from outside: decoded within limits, or refused by a name.

Answers, frames, recordings, record lines, settings and positions are JSON that somebody else wrote.
Whatever is wrong with one is a `DataSourceError` whose code is a word of `source.CODES`; no other
kind of exception leaves this module. What it costs to look at depth and digits is paid for small
things and after a failure alone: a decoder of a declared type refuses both by itself, and passes
over what it does not name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, TypeVar, overload

import msgspec

from ..errors import DataSourceError
from .encoding import is_utf_16, without_mark
from .refusal import (
    beyond_limits,
    look_through,
    other_encoding,
    refusal,
    too_large,
    too_many_rows,
)
from .source import ANSWER, FILE, VALUES_A_ROW, Source

UNREADABLE: Final = (
    msgspec.DecodeError,
    ArithmeticError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What a decoder or a conversion raises for text that it cannot read.

Versions differ: text that is no UTF-8 is a `ValueError` in one and a `DecodeError` in another.
"""

T = TypeVar("T")


@overload
def decode(data: bytes | msgspec.Raw, what: str, source: Source = ANSWER) -> Any: ...
@overload
def decode(
    data: bytes | msgspec.Raw,
    what: str,
    source: Source = ANSWER,
    decoder: msgspec.json.Decoder[T] = ...,
) -> T: ...
def decode(
    data: bytes | msgspec.Raw,
    what: str,
    source: Source = ANSWER,
    decoder: msgspec.json.Decoder[Any] | None = None,
) -> Any:
    """Decode one text.

    Args:
        data: The JSON.
        what: What it is: a path that was asked for, a file, a line of one.
        source: What kind of text it is.
        decoder: Of a declared type; without one whatever stands there is built, within the limits.

    Raises:
        DataSourceError: `code` is one of `source.CODES`.
    """
    text = bytes(data)
    if source.by_hand:
        text = without_mark(text)
        if is_utf_16(text):
            raise other_encoding(what)
    if len(text) > source.max_bytes:
        raise too_large(len(text), what, source)
    most = source.max_rows * VALUES_A_ROW
    # Built, millions of values are many times their text. One of fewer bytes holds fewer.
    if len(text) > most and text.count(b",") > most:
        raise too_many_rows(f"more than {most:,} values", what, source)
    try:
        if decoder is None or source.looked_through:
            seen = look_through(text, source)
            if seen.code:
                raise beyond_limits(text, seen, what, source)
        value = msgspec.json.decode(text) if decoder is None else decoder.decode(text)
    except UNREADABLE as error:
        raise refusal(text, error, what, source) from error
    if isinstance(value, list):
        check_rows(len(value), what, source)
    return value


@overload
def decode_or_none(data: bytes | msgspec.Raw) -> Any: ...
@overload
def decode_or_none(data: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[T]) -> T | None: ...
def decode_or_none(
    data: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[Any] | None = None
) -> Any:
    """Decode one text as `decode` does; None where it cannot be read, and nothing is said of it."""
    try:
        # Nothing is worded for what nobody reads: a page may hold a hundred thousand bad rows.
        if decoder is not None:
            return decoder.decode(data)
        text = bytes(data)
        return None if look_through(text, ANSWER).code else msgspec.json.decode(text)
    except UNREADABLE:
        return None


def decode_file(path: Path, data: bytes | None = None) -> Any:
    """Decode a file that a person writes.

    Args:
        path: The file.
        data: What it holds, where it was read already.

    Raises:
        ValueError: It cannot be read; its cause is the `DataSourceError`.
        OSError: There is no such file, or none that may be read.
    """
    try:
        return decode(path.read_bytes() if data is None else data, str(path), FILE)
    except DataSourceError as error:
        raise ValueError(str(error)) from error


def check_rows(rows: int, what: str, source: Source = ANSWER) -> None:
    """Check the length of a list that was decoded.

    Raises:
        DataSourceError: `too_many_rows`.
    """
    if rows > source.max_rows:
        found = f"a list of {rows:,} rows, of which {source.max_rows:,} are read"
        raise too_many_rows(found, what, source)
