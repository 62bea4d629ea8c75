"""Names what is wrong with a text from outside, and says where and how to mend it; pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

import msgspec

from ..errors import DataSourceError
from .source import ANSWER, Source

_LOOKED_AT_BYTES: Final = 1 << 20
"""How much of a text is looked at for the reason why it cannot be read."""
_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]|[0-9]++', re.DOTALL)
_QUOTED: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_NUMBER: Final = re.compile(rb"-?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?")
_BYTE: Final = re.compile(r"\(byte (\d+)\)")
_QUOTE: Final = ord('"')


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look through a text has found.

    Attributes:
        code: What is beyond the limits; empty for nothing.
        at: Where, in bytes.
        is_open: The text ends within a list, an object or a string.
    """

    code: str
    at: int
    is_open: bool = False


def look_through(data: bytes, source: Source) -> Seen:
    """Look whether a text is within the depth and the digits that are read."""
    depth = 0
    is_open = False
    for token in _TOKEN.finditer(data):
        first = data[token.start()]
        if first in b"[{":
            depth += 1
            if depth > source.max_depth:
                return Seen("too_deep", token.start())
        elif first in b"]}":
            depth -= 1
        elif first == _QUOTE:
            # A quoted text ends by the only quote in it that follows no backslash.
            is_open = not _QUOTED.fullmatch(token.group())
        elif token.end() - token.start() > source.max_digits:
            return Seen("too_long_number", token.start())
    return Seen("", len(data), is_open or depth > 0)


def refusal(data: bytes, error: Exception, what: str, source: Source = ANSWER) -> DataSourceError:
    """Name what is wrong with a text that could not be read.

    Args:
        data: The text.
        error: What reading it raised.
        what: What it is.
        source: What kind of text it is.
    """
    seen = look_through(data[:_LOOKED_AT_BYTES], source)
    if isinstance(error, RecursionError):
        seen = Seen("too_deep", seen.at)
    if seen.code:
        return beyond_limits(data, seen, what, source)
    if isinstance(error, msgspec.ValidationError):
        return _other_shape(data, error, what, source)
    is_cut = seen.is_open or len(data) > _LOOKED_AT_BYTES
    if "truncated" in str(error) and data.strip() and is_cut:
        found = f"the answer ends after {len(data)} bytes, in the middle of its JSON"
        return _error("truncated", what, found, "it ends in the middle", source, data, len(data))
    kind = "a web page" if data.lstrip()[:1] == b"<" else "no JSON"
    at = _place_of(data, error)
    return _error("not_json", what, f"the answer is {kind}", "", source, data, at)


def beyond_limits(data: bytes, seen: Seen, what: str, source: Source) -> DataSourceError:
    """Name the error of a text that is too deep, or holds too long a number."""
    found = f"a number of more than {source.max_digits} digits"
    verb = "holds"
    if seen.code == "too_deep":
        found, verb = f"nested deeper than {source.max_depth} lists and objects", "is"
    return _error(seen.code, what, f"the answer {verb} {found}", found, source, data, seen.at)


def other_encoding(what: str) -> DataSourceError:
    """Name the error of a file in UTF-16."""
    return DataSourceError(
        f"{what} is written in UTF-16, not in UTF-8; save it as UTF-8", code="not_json"
    )


def too_large(size: int, what: str, source: Source) -> DataSourceError:
    """Name the error of a text of too many bytes."""
    return _plain(
        "too_large", what, f"{size:,} bytes, of which {source.max_bytes:,} are read", source
    )


def too_many_rows(found: str, what: str, source: Source) -> DataSourceError:
    """Name the error of a text of too many rows or values."""
    return _plain("too_many_rows", what, found, source)


def shape_error(what: str, source: Source = ANSWER) -> DataSourceError:
    """Name the error of a text that is JSON of another shape than documented."""
    start = "the answer is " if source.is_answer else ""
    found = f"{start}JSON but not of the documented shape"
    return _plain("unexpected_shape", what, found, source)


def _other_shape(data: bytes, error: Exception, what: str, source: Source) -> DataSourceError:
    if source.is_answer:
        return shape_error(what, source)
    if "out of range" in str(error):
        at = next((each.start() for each in _NUMBER.finditer(data) if _is_beyond(each[0])), 0)
        found = "a number beyond all bounds"
        return _error("unexpected_shape", what, "", found, source, data, at)
    # A decoder's words name the place, and no value.
    return _plain(
        "unexpected_shape", what, f"JSON but not of the documented shape ({error})", source
    )


def _is_beyond(digits: bytes) -> bool:
    return math.isinf(float(digits))


def _error(
    code: str, what: str, of_answer: str, of_file: str, source: Source, data: bytes, at: int
) -> DataSourceError:
    if source.is_answer:
        return _plain(code, what, of_answer, source)
    line = data.count(b"\n", 0, at) + 1
    place = f" at line {line}" if source.has_lines else ""
    why = f": {of_file}" if of_file else ""
    return DataSourceError(
        f"{what} is not valid JSON{place}{why}; {_mend(code, source)}", code=code
    )


def _plain(code: str, what: str, found: str, source: Source) -> DataSourceError:
    return DataSourceError(
        f"{what}: {found}; {_mend(code, source)}",
        code=code,
        status=200 if source.is_answer else None,
        retryable=source.is_answer and code in ("truncated", "not_json"),
    )


def _mend(code: str, source: Source) -> str:
    return source.mend.get(code, source.mend[""])


def _place_of(data: bytes, error: Exception) -> int:
    """Return where a text cannot be read, in bytes."""
    try:
        data.decode()
    except UnicodeDecodeError as damage:
        return damage.start
    named = _BYTE.search(str(error))
    return int(named[1]) if named else len(data)
