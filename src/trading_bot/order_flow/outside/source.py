"""The kinds of text that come from outside, how much of each is read, and what may be wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

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
_SHORTER: Final = "ask for a shorter span, or for fewer symbols"


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of text from outside.

    Attributes:
        max_bytes: Bytes of one text.
        max_rows: Entries of one list.
        max_depth: Lists and objects in one another, where nothing declares their types.
        max_digits: Digits of a number in a row, where nothing declares its type.
        is_answer: A provider's answer: asking again may bring a whole one.
        has_lines: The line is named that is damaged.
        by_hand: A person writes it, with an editor that may put a mark before it.
        looked_through: Depth and digits are looked at whatever the decoder declares.
        mend: How to mend it, by code; the empty code stands for all others.
    """

    max_bytes: int
    max_rows: int
    max_depth: int = 64
    max_digits: int = 100
    is_answer: bool = False
    has_lines: bool = False
    by_hand: bool = False
    looked_through: bool = False
    mend: Mapping[str, str] = field(default_factory=dict)


ANSWER: Final = Source(
    max_bytes=64 << 20,
    max_rows=100_000,
    is_answer=True,
    mend={
        "": "the provider's format may have changed",
        "too_large": _SHORTER,
        "too_many_rows": _SHORTER,
        "truncated": "it is asked again",
        "not_json": "a proxy or a log-in page may stand between you and the provider",
    },
)
"""An answer of a provider, or a part of one."""
FILE: Final = Source(
    max_bytes=16 << 20,
    max_rows=100_000,
    has_lines=True,
    by_hand=True,
    looked_through=True,
    mend={"": "mend it, or restore a copy of it"},
)
"""A file that a person writes: settings, positions, days that were used."""
LINE: Final = Source(max_bytes=16 << 20, max_rows=100_000, mend={"": "it is left out"})
"""One line of a record or a recording, among others that are well."""
