"""How many shares stand at the best bid and ask: looked at once a second; integers only.

By far the most quotes change a size alone, and pass by unseen: of each second the first is looked
at. So this costs a quote nothing, and is a sample.
"""

from __future__ import annotations

from array import array
from typing import Final

from ...market.units import FAR_PAST_NS, NS_PER_SECOND

LOOKED_BACK_NS: Final = 10 * NS_PER_SECOND
_KEPT: Final = 11
"""Looks of as many seconds touch the last ten seconds of any moment."""
_THOUSAND: Final = 1_000


class BookLooks:
    """The looks of the last ten seconds.

    Attributes:
        bid_units: Size at the best bid by the newest look, in millionths of a share.
        due_ns: From when the next look is to be taken.
    """

    __slots__ = ("_newest", "_stamps", "_thousandths", "bid_units", "due_ns")

    def __init__(self) -> None:
        self.bid_units = self.due_ns = 0
        # By second, each in the place of the one eleven seconds before.
        self._stamps = array("q", [FAR_PAST_NS] * _KEPT)
        self._thousandths = array("h", bytes(2 * _KEPT))
        self._newest: int | None = None

    def see(self, stamp_ns: int, bid_units: int, ask_units: int) -> None:
        """Take a look.

        Args:
            stamp_ns: Exchange time, Unix nanoseconds.
            bid_units: Size at the best bid; 0 where there is none.
            ask_units: The same of the ask.
        """
        second = stamp_ns // NS_PER_SECOND
        self.bid_units = bid_units
        self.due_ns = (second + 1) * NS_PER_SECOND
        both = bid_units + ask_units
        if both:
            place = self._newest = second % _KEPT
            self._stamps[place] = stamp_ns
            self._thousandths[place] = _THOUSAND * (bid_units - ask_units) // both

    def imbalance(self, stamp_ns: int) -> int | None:
        """Return the mean of (bid - ask) / (bid + ask) over the last ten seconds, in thousandths.

        1,000 where nobody offers, -1,000 where nobody bids. Where nothing was looked at for so
        long, the newest look stands; None before the first.
        """
        if self._newest is None:
            return None
        since_ns = stamp_ns - LOOKED_BACK_NS
        looks = zip(self._stamps, self._thousandths, strict=True)
        found = [each for at_ns, each in looks if at_ns >= since_ns]
        return sum(found) // len(found) if found else self._thousandths[self._newest]
