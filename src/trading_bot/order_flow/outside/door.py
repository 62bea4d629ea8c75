"""The one door for text from outside: decoded within limits, or refused by a name.

Answers, frames, recordings, record lines, settings and positions are JSON that somebody else wrote.
Whatever is wrong with one is a `DataSourceError` whose code is a word of `CODES`; no other kind of
exception leaves this module. What depth and digits cost is paid for small things and after a
failure alone: a decoder of a declared type refuses both by itself, and passes over what it does not
name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, overload

import msgspec

from ..errors import DataSourceError

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
CODES: Final = (
    "too_large",
    "too_many_rows",
    "too_deep",
    "too_long_number",
    "truncated",
    "not_json",
    "unexpected_shape",
)
"""What may be wrong with a text from outside."""
VALUES_A_ROW: Final = 20
"""Members of one row on the average: more values than so many times the rows are refused unread."""
_LOOKED_AT_BYTES: Final = 1 << 20
"""How much of a text is looked at for the reason why it cannot be read."""
_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]|[0-9]++', re.DOTALL)
_QUOTED: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_BYTE: Final = re.compile(r"\(byte (\d+)\)")
_QUOTE: Final = ord('"')
_VERBS: Final = {"too_many_rows": "holds", "truncated": "ends", "too_long_number": "holds"}
_CHANGED: Final = "the provider's format may have changed"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of text from outside: how much of it is read, and how to mend a damaged one.

    Attributes:
        name: What it is called in a sentence.
        max_bytes: Bytes of one text.
        max_rows: Entries of one list.
        max_depth: Lists and objects in one another, where nothing declares their types.
        max_digits: Digits of a number in a row, where nothing declares its type.
        is_answer: A provider's answer: asking again may bring a whole one. Of all else the line is
            named that is damaged.
        mend: How to mend it, by code; the empty code stands for all others.
    """

    name: str
    max_bytes: int
    max_rows: int
    max_depth: int = 64
    max_digits: int = 100
    is_answer: bool = False
    mend: Mapping[str, str] = field(default_factory=dict)


ANSWER: Final = Source(
    "the answer",
    max_bytes=64 << 20,
    max_rows=100_000,
    is_answer=True,
    mend={
        "": _CHANGED,
        "too_large": "ask for a shorter span, or for fewer symbols",
        "too_many_rows": "ask for a shorter span, or for fewer symbols",
        "truncated": "it is asked again",
        "not_json": "a proxy or a log-in page may stand between you and the provider",
    },
)
FILE: Final = Source(
    "it", max_bytes=16 << 20, max_rows=100_000, mend={"": "mend it, or restore a copy of it"}
)
LINE: Final = Source("the line", max_bytes=16 << 20, max_rows=100_000, mend={"": "it is left out"})


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
        DataSourceError: `code` is one of `CODES`.
    """
    text = bytes(data)
    if len(text) > source.max_bytes:
        found = f"{len(text):,} bytes long, more than the {source.max_bytes:,} that are read"
        raise _error("too_large", what, found, source)
    _check_values(text, what, source)
    try:
        if decoder is not None:
            value = decoder.decode(text)
        else:
            seen = _look_through(text, source)
            if seen.code:
                raise _error(seen.code, what, _place(text, seen, source), source)
            value = msgspec.json.decode(text)
    except UNREADABLE as error:
        raise refusal(text, error, what, source) from error
    if isinstance(value, list):
        check_rows(len(value), what, source)
    return value


def decode_or_none(
    data: bytes | msgspec.Raw,
    decoder: msgspec.json.Decoder[T] | None = None,
    source: Source = ANSWER,
) -> Any:
    """Decode one text as `decode` does; None where it cannot be read, and nothing is said of it."""
    try:
        # Nothing is worded for what nobody reads: a page may hold a hundred thousand bad rows.
        if decoder is not None:
            return decoder.decode(data)
        text = bytes(data)
        return None if _look_through(text, source).code else msgspec.json.decode(text)
    except UNREADABLE:
        return None


def check_rows(rows: int, what: str, source: Source = ANSWER) -> None:
    """Check the length of a list that was decoded.

    Raises:
        DataSourceError: `too_many_rows`.
    """
    if rows > source.max_rows:
        found = f"a list of {rows:,} rows, more than the {source.max_rows:,} that are read"
        raise _error("too_many_rows", what, found, source)


def refusal(data: bytes, error: Exception, what: str, source: Source = ANSWER) -> DataSourceError:
    """Name what is wrong with a text that could not be read.

    Args:
        data: The text.
        error: What reading it raised.
        what: What it is.
        source: What kind of text it is.
    """
    seen = _look_through(data[:_LOOKED_AT_BYTES], source)
    is_whole = len(data) <= _LOOKED_AT_BYTES
    if isinstance(error, RecursionError):
        seen = _Seen("too_deep", seen.at)
    if seen.code:
        return _error(seen.code, what, _place(data, seen, source), source)
    if isinstance(error, msgspec.ValidationError):
        return _error("unexpected_shape", what, _other_shape(error, source), source)
    if "truncated" in str(error) and data.strip() and (seen.is_open or not is_whole):
        return _error("truncated", what, _ending(data, source), source)
    if source.is_answer:
        kind = "a web page" if data.lstrip()[:1] == b"<" else "no JSON"
        return _error("not_json", what, kind, source)
    return _error("not_json", what, f"no JSON at line {_line(data, _at(data, error))}", source)


def shape_error(what: str, source: Source = ANSWER) -> DataSourceError:
    """Name the error of a text that is JSON of another shape than documented."""
    return _error("unexpected_shape", what, _other_shape(None, source), source)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a look through a text has found.

    Attributes:
        code: What is beyond the limits; empty for nothing.
        at: Where, in bytes.
        is_open: The text ends within a list, an object or a string.
    """

    code: str
    at: int
    is_open: bool = False


def _look_through(data: bytes, source: Source) -> _Seen:
    depth = 0
    is_open = False
    for token in _TOKEN.finditer(data):
        first = data[token.start()]
        if first in b"[{":
            depth += 1
            if depth > source.max_depth:
                return _Seen("too_deep", token.start())
        elif first in b"]}":
            depth -= 1
        elif first == _QUOTE:
            # A quoted text ends by the only quote in it that follows no backslash.
            is_open = not _QUOTED.fullmatch(token.group())
        elif token.end() - token.start() > source.max_digits:
            return _Seen("too_long_number", token.start())
    return _Seen("", len(data), is_open or depth > 0)


def _check_values(data: bytes, what: str, source: Source) -> None:
    """Refuse unread what would be millions of values: built, they are many times their text."""
    most = source.max_rows * VALUES_A_ROW
    # A text of fewer bytes than that holds fewer values.
    if len(data) > most and data.count(b",") > most:
        found = f"more than {most:,} values"
        raise _error("too_many_rows", what, found, source)


def _error(code: str, what: str, found: str, source: Source) -> DataSourceError:
    mend = source.mend.get(code, source.mend[""])
    return DataSourceError(
        f"{what}: {source.name} {_VERBS.get(code, 'is')} {found}; {mend}",
        code=code,
        status=200 if source.is_answer else None,
        retryable=source.is_answer and code in ("truncated", "not_json"),
    )


def _place(data: bytes, seen: _Seen, source: Source) -> str:
    where = "" if source.is_answer else f" at line {_line(data, seen.at)}"
    if seen.code == "too_deep":
        return f"nested deeper than {source.max_depth} lists and objects{where}"
    return f"a number of more than {source.max_digits} digits{where}"


def _other_shape(error: Exception | None, source: Source) -> str:
    if source.is_answer:
        return "JSON but not of the documented shape"
    # A decoder's words name the place, and no value of ours.
    return f"JSON of another shape ({error})" if error else "JSON of another shape"


def _ending(data: bytes, source: Source) -> str:
    if source.is_answer:
        return f"after {len(data)} bytes, in the middle of its JSON"
    return f"in the middle of its JSON, at line {_line(data, len(data))}"


def _at(data: bytes, error: Exception) -> int:
    """Return where a text cannot be read, in bytes."""
    try:
        data.decode()
    except UnicodeDecodeError as damage:
        return damage.start
    named = _BYTE.search(str(error))
    return int(named[1]) if named else len(data)


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1
