"""One wall: a large level, followed from when it was first seen until it is gone.

    event at its price            what it counts as
    a print, then less shows      executed, as far as the prints of the last second go
    less shows, without prints    cancelled
    more shows                    added; a refill once half of what was executed has come back

A wall has ended when less than half of its peak is shown. It was *eaten* when at least half of what
was taken away was executed, *pulled* when less than a tenth was, and *mixed* between the two.

Source of the bounds: they divide the walls of recorded books into groups with different returns
afterwards, see `docs/evidence.md`.
"""

from __future__ import annotations

from typing import Final

from ...data_models import WallEnd, WallSide
from ...market.units import NS_PER_SECOND

STANDS_NS: Final = 2 * NS_PER_SECOND
"""A level is a wall once it has been large for so long."""
PAIRED_WITHIN_NS: Final = NS_PER_SECOND
"""A print explains what goes from its price within this time; later it was hidden size."""
PULLED_BELOW_TENTHS: Final = 1


class Wall:
    """A large level; sizes are millionths of a share.

    Args:
        side: Whether it buys or sells.
        price_ticks: Its price.
        size: What it shows.
        since_ns: When it was first seen so large, Unix nanoseconds.

    Attributes:
        side: As given.
        price_ticks: As given.
        since_ns: As given.
        size: What it shows now.
        peak: The most that it has shown.
        executed: What prints took from it.
        cancelled: What was taken away otherwise.
        added: What was put to it.
        refills: How often half of what was executed has come back.
        is_told: It has stood long enough, and is followed.
        is_passed: It has stood long enough, and is not followed: enough others are.
        was_hit: A print at its price has been told.
    """

    __slots__ = (
        "_added_since_refill",
        "_executed_since_refill",
        "_printed",
        "_printed_ns",
        "added",
        "cancelled",
        "executed",
        "is_passed",
        "is_told",
        "peak",
        "price_ticks",
        "refills",
        "side",
        "since_ns",
        "size",
        "was_hit",
    )

    def __init__(self, side: WallSide, price_ticks: int, size: int, since_ns: int) -> None:
        self.side: WallSide = side
        self.price_ticks = price_ticks
        self.size = self.peak = size
        self.since_ns = since_ns
        self.executed = self.cancelled = self.added = self.refills = 0
        self.is_told = self.is_passed = self.was_hit = False
        # What was printed at its price and has not gone from it yet, and when the last of it was.
        self._printed = self._printed_ns = 0
        self._executed_since_refill = self._added_since_refill = 0

    @property
    def due_ns(self) -> int:
        """When it has stood long enough."""
        return self.since_ns + STANDS_NS

    def print_at(self, stamp_ns: int, size: int) -> None:
        """Take a print at its price: what goes from it next was executed."""
        if stamp_ns - self._printed_ns > PAIRED_WITHIN_NS:
            self._printed = 0
        self._printed += size
        self._printed_ns = stamp_ns

    def show(self, stamp_ns: int, size: int) -> None:
        """Take what it shows now."""
        change = size - self.size
        self.size = size
        self.peak = max(self.peak, size)
        if change > 0:
            self.added += change
            self._refill(change)
        elif change < 0:
            if stamp_ns - self._printed_ns > PAIRED_WITHIN_NS:
                self._printed = 0
            executed = min(-change, self._printed)
            self._printed -= executed
            self.executed += executed
            self._executed_since_refill += executed
            self.cancelled += -change - executed

    def _refill(self, added: int) -> None:
        if not self._executed_since_refill:
            return
        self._added_since_refill += added
        if 2 * self._added_since_refill >= self._executed_since_refill:
            self.refills += 1
            self._executed_since_refill = self._added_since_refill = 0

    @property
    def has_ended(self) -> bool:
        """Whether less than half of its peak is shown."""
        return 2 * self.size < self.peak

    @property
    def end(self) -> WallEnd:
        """How it ended, by what took it away."""
        removed = self.executed + self.cancelled
        if 2 * self.executed >= removed:
            return "eaten"
        if 10 * self.executed < PULLED_BELOW_TENTHS * removed:
            return "pulled"
        return "mixed"
