"""What stands around the rows of an answer: its status, and where the rows are; no I/O."""

from __future__ import annotations

from collections.abc import Callable, Sized
from typing import Any, Final, TypeVar

import msgspec

from ...errors import DataSourceError
from ...outside.cutting import cut_list, cut_object
from ...outside.door import check_rows, decode
from .errors import check_status
from .rows import Parts, part

_OF_ONE_ENTRY: Final = frozenset({"not_json", "too_deep", "too_long_number"})
"""Codes of a text that one entry of it may have earned."""

T = TypeVar("T", bound=Sized)
_parts = msgspec.json.Decoder(Parts)
_list = msgspec.json.Decoder(list[msgspec.Raw])


def opened(body: bytes, what: str) -> Parts:
    """Take an answer apart, its members not looked at but for the status.

    Args:
        body: The answer's JSON.
        what: What was asked for.

    Raises:
        DataSourceError: It is no JSON object, or its status refuses.
    """
    parts = _apart(body, what, _parts, cut_object)
    words = {name: part(parts, name) for name in ("error", "message")}
    check_status({"status": member(parts, "status", what), **words}, what)
    return parts


def member(parts: Parts, name: str, what: str) -> Any:
    """Return a member that the answer depends on; None where it is missing.

    Raises:
        DataSourceError: It cannot be read.
    """
    raw = parts.get(name)
    return None if raw is None else decode(raw, what)


def list_in(parts: Parts, name: str, what: str) -> list[msgspec.Raw]:
    """Return the rows of an answer one by one, none where there are none.

    Raises:
        DataSourceError: They are no list, or too many.
    """
    raw = parts.get(name)
    if raw is None or bytes(raw) == b"null":
        return []
    return _apart(bytes(raw), what, _list, cut_list)


def rows_of(body: bytes, what: str) -> list[msgspec.Raw]:
    """Return the rows of an answer that is a bare list.

    Raises:
        DataSourceError: It is none, or a long one.
    """
    return _apart(body, what, _list, cut_list)


def _apart(
    body: bytes, what: str, decoder: msgspec.json.Decoder[T], cut: Callable[[bytes], T | None]
) -> T:
    """Take a text apart by a decoder or, where one entry makes that impossible, by its brackets."""
    try:
        return decode(body, what, decoder=decoder)
    except DataSourceError as error:
        found = cut(body) if error.code in _OF_ONE_ENTRY else None
        if found is None:
            raise
        check_rows(len(found), what)
        return found
