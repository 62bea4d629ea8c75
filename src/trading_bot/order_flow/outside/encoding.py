"""How a file that a person writes is encoded: in UTF-8, with a mark before it or none; pure."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import Final

_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


def without_mark(data: bytes) -> bytes:
    """Return a text without the mark that some editors put before UTF-8."""
    return data.removeprefix(BOM_UTF8)


def is_utf_16(data: bytes) -> bool:
    """Return whether a text is in UTF-16, which some shells write; or in UTF-32, which begins so.

    Without a mark, half of its first character is a zero byte. Zeros alone are a file that a crash
    has left behind.
    """
    return data.startswith(_UTF_16) or data[:2].count(0) == 1
