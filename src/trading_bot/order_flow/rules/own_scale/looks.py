"""How many shares stand at the best bid and ask: looked at once a second; integers only.

By far the most quotes change a size alone, and pass by unseen: of each second the first is looked
at. So this costs a quote nothing, and is a sample.
"""

from __future__ import annotations

from typing import Final

from ...market.units import NS_PER_SECOND

LOOKED_BACK_NS: Final = 10 * NS_PER_SECOND
_THOUSAND: Final = 1_000


class BookLooks:
    """The looks of the last ten seconds.

    Attributes:
        bid_units: Size at the best bid by the newest look, in millionths of a share.
        due_ns: From when the next look is to be taken.
    """

    __slots__ = ("_looks", "bid_units", "due_ns")

    def __init__(self) -> None:
        self.bid_units = self.due_ns = 0
        # Stamps, and the imbalance then in thousandths; at most eleven.
        self._looks: list[tuple[int, int]] = []

    def see(self, stamp_ns: int, bid_units: int, ask_units: int) -> None:
        """Take a look.

        Args:
            stamp_ns: Exchange time, Unix nanoseconds.
            bid_units: Size at the best bid; 0 where there is none.
            ask_units: The same of the ask.
        """
        self.bid_units = bid_units
        self.due_ns = stamp_ns - stamp_ns % NS_PER_SECOND + NS_PER_SECOND
        both = bid_units + ask_units
        if not both:
            return
        looks = self._looks
        looks.append((stamp_ns, _THOUSAND * (bid_units - ask_units) // both))
        if looks[0][0] < stamp_ns - LOOKED_BACK_NS:
            del looks[0]

    def imbalance(self, stamp_ns: int) -> int | None:
        """Return the mean of (bid - ask) / (bid + ask) over the last ten seconds, in thousandths.

        1,000 where nobody offers, -1,000 where nobody bids. Where nothing was looked at for so
        long, the newest look stands; None before the first.
        """
        looks = self._looks
        if not looks:
            return None
        recent = [each for at_ns, each in looks if at_ns >= stamp_ns - LOOKED_BACK_NS]
        found = recent or [looks[-1][1]]
        return sum(found) // len(found)
