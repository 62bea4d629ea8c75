"""What stands around the rows of an answer: its status, and where the rows are; no I/O."""

from __future__ import annotations

from typing import Any

import msgspec

from .errors import check_status, decode_error, no_rows
from .rows import UNREADABLE, Parts, part

_parts = msgspec.json.Decoder(Parts)
_list = msgspec.json.Decoder(list[msgspec.Raw] | None)


def opened(body: bytes, what: str) -> Parts:
    """Take an answer apart, its members not looked at but for the status.

    Args:
        body: The answer's JSON.
        what: What was asked for.

    Raises:
        DataSourceError: It is no JSON object, or its status refuses.
    """
    try:
        parts = _parts.decode(body)
    except msgspec.ValidationError as error:
        raise no_rows(what) from error
    except UNREADABLE as error:
        raise decode_error(body, error, what) from error
    words = {name: part(parts, name) for name in ("error", "message")}
    check_status({"status": member(parts, "status", what), **words}, what)
    return parts


def member(parts: Parts, name: str, what: str) -> Any:
    """Return a member that the answer depends on; None where it is missing.

    Raises:
        DataSourceError: It cannot be read.
    """
    raw = parts.get(name)
    try:
        return None if raw is None else msgspec.json.decode(raw)
    except msgspec.ValidationError as error:
        raise no_rows(what) from error
    except UNREADABLE as error:
        raise decode_error(bytes(raw or b""), error, what) from error


def list_in(parts: Parts, name: str, what: str) -> list[msgspec.Raw]:
    """Return the rows of an answer one by one, none where there are none.

    Raises:
        DataSourceError: They are no list.
    """
    raw = parts.get(name)
    try:
        return [] if raw is None else _list.decode(raw) or []
    except msgspec.ValidationError as error:
        raise no_rows(what) from error
