"""The tally of one symbol: which prints were judged lately, how many, and how many shares; pure.

It answers three questions: was this print judged already (`holds`), which prints must an honest
answer of REST hold (`overlap`), and what was judged in these five seconds (`slots`). Keys only are
kept, 8 bytes a print, by slots of 5 s of exchange time; a print is looked for in the slot of its
stamp alone. It takes about 8 KB at 2 prints a second, 106 KB at 120, and 140 KB at the most.

    what is kept            until
    count, size of a slot   95 s behind the newest, and as long as an open span reaches into it
    keys of a slot          the same, or `MOST_KEYS` are exceeded: the oldest 1,024 go first
    keys taken back         `MOST_WITHDRAWN` later ones: known still, counted no more
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Final

from ..market.units import FAR_FUTURE_NS, FAR_PAST_NS, NS_PER_SECOND
from .slot import BLOCK, SLOT_NS, Slot

SLOTS_KEPT: Final = 20
"""90 s, the slot that is filled now, and one that a stamp far ahead may take."""
KEPT_NS: Final = 95 * NS_PER_SECOND
"""How long a slot is kept behind the newest but one."""
MOST_KEYS: Final = 16_384
"""Most keys of one symbol; beyond, old slots keep count and size only."""
MOST_WITHDRAWN: Final = 256
OVERLAP_NS: Final = 5 * NS_PER_SECOND
"""An answer is asked for from so long before a span, at least."""
LONGEST_OVERLAP_NS: Final = 60 * NS_PER_SECOND
OVERLAP_PRINTS: Final = 3
"""So many judged prints make an overlap long enough."""


def print_key(exchange: int, trf_id: int, trade_id: str, sequence: int) -> int:
    """Return what a print is known by: a hash of exchange, facility and id.

    Where it has no id, its sequence number takes the place.
    """
    return hash((exchange, trf_id, trade_id or sequence))


@dataclass(frozen=True, slots=True)
class Overlap:
    """What was judged shortly before a span: an answer must hold it to be believed.

    Attributes:
        from_ns: From when to ask; every judged print stamped since is known by its key.
        keys: Keys of the judged prints since then, oldest slot first, then as they came.
    """

    from_ns: int
    keys: array[int]

    @property
    def newest_key(self) -> int | None:
        """The key of the newest of them; None where nothing was judged."""
        return self.keys[-1] if self.keys else None


class Tally:
    """The prints of one symbol that were judged lately.

    Args:
        from_ns: Since when its prints are judged, Unix nanoseconds.

    Attributes:
        pending: What was added and is in no slot yet: key, stamp and size, one after the other. Who
            is in a hurry may write there itself.
        kept_from_ns: Slots that end after this are kept, however many: what is asked for again must
            not be judged again.
    """

    __slots__ = (
        "_counted_from_ns",
        "_forgotten_size",
        "_from_ns",
        "_known_from_ns",
        "_look_at",
        "_slot",
        "_slots",
        "_until_ns",
        "_withdrawn",
        "kept_from_ns",
        "pending",
    )

    def __init__(self, from_ns: int = FAR_PAST_NS) -> None:
        self.pending: list[int] = []
        # The slot written last, its stamps, and when to look at it.
        self._slot = Slot(0)
        self._from_ns = self._until_ns = 0
        self._look_at = 0
        self._slots: list[Slot] = []
        self._withdrawn = array("q")
        # Of all slots that are kept no longer.
        self._forgotten_size = 0
        self._counted_from_ns = self._known_from_ns = from_ns
        self.kept_from_ns = FAR_FUTURE_NS

    @property
    def counted_from_ns(self) -> int:
        """Count and size of every slot that begins at or after this are whole."""
        self.settle()
        return self._counted_from_ns

    @property
    def known_from_ns(self) -> int:
        """Every judged print stamped at or after this is known by its key."""
        self.settle()
        return self._known_from_ns

    def add(self, key: int, sip_ns: int, size: int) -> None:
        """Count a print that is judged now.

        Args:
            key: Its `print_key`.
            sip_ns: Its stamp; one older than all that is kept is passed over.
            size: Millionths of a share.
        """
        self.pending += (key, sip_ns, size)

    def settle(self) -> None:
        """Put what was added into its slots; to be called about once a second."""
        pending = self.pending
        if not pending:
            return
        # Many at once: the path of every print does no more than write it down.
        slot, keys, size = self._slot, self._slot.keys, 0
        values = iter(pending)
        for key, sip_ns, units in zip(values, values, values, strict=True):
            if not self._from_ns <= sip_ns < self._until_ns:
                slot.size += size
                size = 0
                if not self._turn_to(sip_ns):
                    continue
                slot = self._slot
                keys = slot.keys
            keys.append(key)
            size += units
            if len(keys) >= self._look_at:
                slot.end_block(sip_ns)
                self._bound()
        slot.size += size
        pending.clear()

    def holds(self, key: int, sip_ns: int) -> bool:
        """Return whether a print was judged, as far as it is remembered; also one taken back."""
        slot = self.slot_of(sip_ns)
        return (slot is not None and slot.holds(key)) or key in self._withdrawn

    def knows(self, key: int, sip_ns: int) -> bool:
        """Return the same for a print of another source, whose stamp may be another too."""
        return self.holds(key, sip_ns) or any(slot.holds(key) for slot in self._slots)

    def has_withdrawn(self, key: int) -> bool:
        """Return whether a print was judged and taken back."""
        return key in self._withdrawn

    def withdraw(self, key: int, size: int) -> bool:
        """Count a print no longer; it stays known, so that it is not judged again.

        The word that a print is withdrawn bears a stamp of its own, so every slot is searched.

        Args:
            key: Its `print_key`.
            size: What it was counted with, millionths of a share.

        Returns:
            False where it is not known by its key; then nothing changes.
        """
        self.settle()
        for slot in reversed(self._slots):
            if slot.holds(key):
                slot.take_back(key, size)
                self._withdrawn.append(key)
                if len(self._withdrawn) > MOST_WITHDRAWN:
                    del self._withdrawn[0]
                self._look_at = self._slot.block_ends_at
                return True
        return False

    @property
    def size(self) -> int:
        """Of all prints counted so far, in millionths of a share."""
        self.settle()
        return self._forgotten_size + sum(slot.size for slot in self._slots)

    @property
    def newest_key(self) -> int | None:
        """The key of the print that came last in the newest slot; None where there is none."""
        self.settle()
        newest = next((slot for slot in reversed(self._slots) if slot.keys), None)
        return None if newest is None else newest.keys[-1]

    def slot_of(self, sip_ns: int) -> Slot | None:
        """Return the slot of a stamp; None where it holds no print, or is forgotten."""
        self.settle()
        for slot in reversed(self._slots):
            if slot.from_ns <= sip_ns:
                return slot if sip_ns < slot.until_ns else None
        return None

    def slots(self, from_ns: int, until_ns: int) -> list[Slot]:
        """Return the slots that hold prints and begin in a span, oldest first, without its end."""
        self.settle()
        return [slot for slot in self._slots if from_ns <= slot.from_ns < until_ns]

    def overlap(self, after_ns: int) -> Overlap:
        """Return what an answer for the span after a stamp must hold; ask when the span opens.

        It reaches 5 s back, to the beginning of that slot, and on to 60 s until it has three
        prints; never to where judged prints are no longer known, since they would be judged twice.
        """
        self.settle()
        wanted_ns = after_ns - OVERLAP_NS
        from_ns = wanted_ns - wanted_ns % SLOT_NS
        earliest_ns = max(after_ns - LONGEST_OVERLAP_NS, self.known_from_ns - SLOT_NS + 1)
        keys = array("q")
        for slot in reversed(self._slots):
            if slot.from_ns > after_ns:
                continue
            is_enough = slot.from_ns < from_ns and len(keys) >= OVERLAP_PRINTS
            if is_enough or slot.from_ns < earliest_ns:
                break
            keys = slot.keys + keys
            from_ns = min(from_ns, slot.from_ns)
        return Overlap(max(from_ns, self.known_from_ns), keys)

    def _turn_to(self, sip_ns: int) -> bool:
        """Go to the slot of a stamp; False where that is forgotten, or none is free for it."""
        from_ns = sip_ns - sip_ns % SLOT_NS
        slots = self._slots
        place = len(slots)
        while place and slots[place - 1].from_ns > from_ns:
            place -= 1
        if place and slots[place - 1].from_ns == from_ns:
            slot = slots[place - 1]
        elif from_ns + SLOT_NS <= self._counted_from_ns:
            return False
        elif not place and self._is_full(from_ns):
            # It is judged and not kept: nothing so old is known any more.
            self._counted_from_ns = max(self._counted_from_ns, slots[0].from_ns)
            self._known_from_ns = max(self._known_from_ns, slots[0].from_ns)
            return False
        else:
            slot = Slot(from_ns)
            slots.insert(place, slot)
            while self._is_needless(slots[0]):
                self._counted_from_ns = slots[0].until_ns
                self._known_from_ns = max(self._known_from_ns, self._counted_from_ns)
                self._forgotten_size += slots[0].size
                del slots[0]
        self._slot.forget_order()
        self._slot = slot
        self._from_ns, self._until_ns = from_ns, from_ns + SLOT_NS
        self._bound()
        return True

    def _is_needless(self, slot: Slot) -> bool:
        """Return whether the oldest slot is too old, or one too many, and no open span needs it."""
        slots = self._slots
        # Behind the newest but one: a single stamp may lie far ahead.
        is_old = len(slots) > 2 and slot.until_ns <= slots[-2].from_ns - KEPT_NS
        return (is_old or len(slots) > SLOTS_KEPT) and slot.until_ns <= self.kept_from_ns

    def _is_full(self, from_ns: int) -> bool:
        """Return whether none is free for a slot older than all others."""
        return len(self._slots) >= SLOTS_KEPT and from_ns + SLOT_NS <= self.kept_from_ns

    def _bound(self) -> None:
        """Forget the oldest keys where there are too many: what comes again is mostly new."""
        while sum(len(each.keys) for each in self._slots) > MOST_KEYS - BLOCK:
            oldest = next(each for each in self._slots if each.keys)
            self._known_from_ns = max(self._known_from_ns, oldest.forget_block())
        self._look_at = self._slot.block_ends_at
