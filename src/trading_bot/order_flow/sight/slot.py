"""Five seconds of one symbol's judged prints: their keys, how many, how many shares; pure.

Keys are kept as 8 bytes each in the order in which the prints came. The oldest are forgotten by
whole blocks, and then the slot says from which stamp on it knows its prints still.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import Final

from ..market.units import NS_PER_MS, NS_PER_SECOND

SLOT_NS: Final = 5 * NS_PER_SECOND
"""Length of a slot; every live stamp's step divides it, so cut stamps stay in their slot."""
BLOCK: Final = 1_024
"""Keys are forgotten by so many."""
_SCANNED: Final = 256
"""So many keys are looked at each; where there are more, the others are put in order first."""
_NO_KEYS: Final = array("q")


class Slot:
    """What was judged of 5 s of exchange time.

    Attributes:
        from_ns: Its first stamp; a multiple of `SLOT_NS`.
        keys: Keys of its prints as they came; those that came first may be forgotten.
        size: Of all its prints, in millionths of a share.
        forgotten: How many of its prints are known by count and size only.
    """

    __slots__ = ("_ends", "_in_order", "_stamps", "forgotten", "from_ns", "keys", "size")

    def __init__(self, from_ns: int) -> None:
        self.from_ns = from_ns
        self.keys = array("q")
        self.size = 0
        self.forgotten = 0
        # Where each whole block of keys ends, and the newest stamp by then.
        self._ends = _NO_KEYS
        self._stamps = _NO_KEYS
        # The keys that came first, sorted, where there are too many to look at each.
        self._in_order = _NO_KEYS

    @property
    def until_ns(self) -> int:
        """The first stamp after it."""
        return self.from_ns + SLOT_NS

    @property
    def count(self) -> int:
        """How many prints were judged."""
        return len(self.keys) + self.forgotten

    def holds(self, key: int) -> bool:
        """Return whether one of its remembered prints has this key."""
        keys, in_order = self.keys, self._in_order
        if len(keys) - len(in_order) > _SCANNED:
            self._in_order = in_order = array("q", sorted(keys))
        place = bisect_left(in_order, key)
        if place < len(in_order) and in_order[place] == key:
            return True
        return key in (keys[len(in_order) :] if in_order else keys)

    @property
    def block_ends_at(self) -> int:
        """How many keys it has when its next block is whole."""
        return (self._ends[-1] if self._ends else 0) + BLOCK

    def end_block(self, sip_ns: int) -> None:
        """Note that another block of keys is whole, and the stamp of its last print."""
        newest_ns = max(sip_ns, self._stamps[-1]) if self._stamps else sip_ns
        self._ends = array("q", (*self._ends, len(self.keys)))
        self._stamps = array("q", (*self._stamps, newest_ns))

    def forget_block(self) -> int:
        """Keep count and size only of the oldest block, or of all where none is whole.

        Returns:
            From when on its prints are known still, Unix nanoseconds.
        """
        if self._ends:
            known_from_ns, gone = self._stamps[0] + NS_PER_MS, self._ends[0]
        else:
            known_from_ns, gone = self.until_ns, len(self.keys)
        del self.keys[:gone]
        self.forgotten += gone
        self._ends = array("q", (end - gone for end in self._ends[1:]))
        self._stamps = self._stamps[1:]
        self._in_order = _NO_KEYS
        return known_from_ns

    def take_back(self, key: int, size: int) -> None:
        """Count a remembered print no longer."""
        place = self.keys.index(key)
        del self.keys[place]
        self.size -= size
        self._ends = array("q", (end - (place < end) for end in self._ends))
        self._in_order = _NO_KEYS

    def forget_order(self) -> None:
        """Give back the room that looking up took."""
        self._in_order = _NO_KEYS
