"""What a level of a symbol usually shows: the median of its visible levels over five minutes.

Once a second the middle one of all visible levels of both sides is kept; the usual level is the
median of what was kept in the last 300 looks. A look costs one sort of at most twenty numbers, and
nothing is looked at between two.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from operator import itemgetter
from typing import Final

from ...market.events import Level
from ...market.units import FAR_PAST_NS, NS_PER_SECOND

_size_of = itemgetter(1)
LOOKS: Final = 300
LEAST_LOOKS: Final = 30
"""Before so many nothing is known to be usual."""


class UsualLevel:
    """The median level of one symbol.

    Attributes:
        due_ns: When the next look is due, Unix nanoseconds.
        units: The usual level in millionths of a share; 0 while it is unknown.
    """

    __slots__ = ("_looks", "_sorted", "due_ns", "units")

    def __init__(self) -> None:
        self._looks: deque[int] = deque()
        self._sorted: list[int] = []
        self.due_ns = FAR_PAST_NS
        self.units = 0

    def see(self, stamp_ns: int, bids: tuple[Level, ...], asks: tuple[Level, ...]) -> None:
        """Take the look of a second.

        Args:
            stamp_ns: Exchange time, Unix nanoseconds.
            bids: Visible bid levels.
            asks: Visible ask levels.
        """
        self.due_ns = stamp_ns - stamp_ns % NS_PER_SECOND + NS_PER_SECOND
        sizes = sorted(map(_size_of, (*bids, *asks)))
        if not sizes:
            return
        middle = sizes[len(sizes) // 2]
        self._looks.append(middle)
        insort(self._sorted, middle)
        if len(self._looks) > LOOKS:
            oldest = self._looks.popleft()
            del self._sorted[bisect_left(self._sorted, oldest)]
        if len(self._looks) >= LEAST_LOOKS:
            self.units = self._sorted[len(self._sorted) // 2]
