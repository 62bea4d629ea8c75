"""The large offers near the best ask of one symbol, and since when each of them stands; pure.

An offer that has stood for 2 s weighs on the price; of several that have, the largest is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..market.events import Level
from ..market.units import FAR_FUTURE_NS, NS_PER_SECOND, TICKS_PER_DOLLAR

WALL_STANDS_NS: Final = 2 * NS_PER_SECOND
REACH_TICKS: Final = TICKS_PER_DOLLAR // 10
"""Ten steps of a cent."""
REACH_BP: Final = 25
_BP: Final = 10_000


def farthest_of(best_ticks: int) -> int:
    """Return the highest price that is near a best ask: within ten cents or 25 basis points."""
    return best_ticks + max(REACH_TICKS, best_ticks * REACH_BP // _BP)


class NearOffers:
    """Large offers; sizes are millionths of a share.

    Attributes:
        due_ns: When the next of them will have stood long enough.
        only_ticks: Price of the one that there is: 0 for none, -1 for several.
    """

    __slots__ = ("_offers", "due_ns", "only_ticks")

    def __init__(self) -> None:
        # By price: since when, and the size.
        self._offers: dict[int, tuple[int, int]] = {}
        self.due_ns = FAR_FUTURE_NS
        self.only_ticks = 0

    def show(self, stamp_ns: int, offers: Sequence[Level]) -> None:
        """Take the large offers as they are now.

        Args:
            stamp_ns: Exchange time, Unix nanoseconds.
            offers: Price in ticks and size; those that are not among them are gone.
        """
        known = self._offers
        self._offers = {
            price: (known[price][0] if price in known else stamp_ns, size) for price, size in offers
        }
        self._plan(stamp_ns)

    def resize(self, size: int) -> None:
        """Take another size of the only one."""
        if self.only_ticks > 0:
            since_ns, _ = self._offers[self.only_ticks]
            self._offers[self.only_ticks] = (since_ns, size)

    def drop_below(self, size: int) -> None:
        """Keep no offer that is smaller, and look at the others again."""
        self._offers = {price: each for price, each in self._offers.items() if each[1] >= size}
        self._plan(0)

    def look(self, stamp_ns: int) -> Level | None:
        """Return the largest that has stood long enough, the cheaper of equals; None for none.

        Args:
            stamp_ns: Exchange time, Unix nanoseconds; what has stood by then is due no more.
        """
        self._plan(stamp_ns)
        standing = [
            (price, size)
            for price, (since_ns, size) in self._offers.items()
            if stamp_ns - since_ns >= WALL_STANDS_NS
        ]
        return max(standing, key=lambda each: (each[1], -each[0]), default=None)

    @property
    def prices(self) -> Sequence[int]:
        """The prices of all of them."""
        return tuple(self._offers)

    def _plan(self, stamp_ns: int) -> None:
        waiting = [
            since_ns + WALL_STANDS_NS
            for since_ns, _ in self._offers.values()
            if stamp_ns - since_ns < WALL_STANDS_NS
        ]
        self.due_ns = min(waiting, default=FAR_FUTURE_NS)
        count = len(self._offers)
        self.only_ticks = next(iter(self._offers), 0) if count < 2 else -1
