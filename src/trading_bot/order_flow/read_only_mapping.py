"""A mapping that cannot be changed, yet can be hashed, copied and sent to another process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

ValueT = TypeVar("ValueT")


class ReadOnlyMapping(Mapping[str, ValueT]):
    """Keeps its own copy of what it is given.

    The standard library's read-only view can be neither copied, pickled nor, before Python 3.12,
    hashed, and would take that from every value that holds one.

    Args:
        entries: Keys and values; values are to be hashable where the mapping is hashed.
    """

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[str, ValueT]) -> None:
        self._entries = dict(entries)

    def __getitem__(self, key: str) -> ValueT:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __hash__(self) -> int:
        return hash(frozenset(self._entries.items()))

    def __repr__(self) -> str:
        return repr(self._entries)
