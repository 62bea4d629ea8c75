"""How much a symbol has traded today, against the same time of earlier days; integers only.

Of at most five days the shares since the open are kept at the end of every quarter of an hour.
Between two of these the usual volume is taken to grow evenly. A day that was not seen from its open
without a hole is neither compared nor kept.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ...market.units import NS_PER_SECOND

QUARTER_NS: Final = 900 * NS_PER_SECOND
QUARTERS: Final = 26
"""Quarters of an hour in a session."""
DAYS_KEPT: Final = 5
NOTABLE_TIMES: Final = (2, 4)
"""Times the usual volume that are worth a notice, each once a day."""
_QUARTER_MINUTES: Final = 15
_BLOCK_MINUTES: Final = 2


class Regime(NamedTuple):
    """A day of another kind than the days before.

    Attributes:
        times: The usual volume was reached so many times; one of `NOTABLE_TIMES`.
        shares: Shares since the open.
        usual: Mean shares of the days before, at the same time.
        days: How many days these are.
    """

    times: int
    shares: int
    usual: int
    days: int


class DayVolume:
    """The volume of the day so far, beside that of the days before.

    Attributes:
        days: Of each day kept the shares since its open at the end of each quarter, oldest first.
        today: The same of this day, as far as it is over.
        is_whole: Whether this day was seen from its open without a hole.
        told: The highest of `NOTABLE_TIMES` that was told today; 0 for none.
    """

    __slots__ = ("_means", "days", "is_whole", "today", "told")

    def __init__(self) -> None:
        self.days: list[list[int]] = []
        self.today: list[int] = []
        self.is_whole = False
        self.told = 0
        self._means: list[int] = []

    def restore(
        self, days: list[list[int]], today: list[int], told: int, *, is_whole: bool
    ) -> None:
        """Go on from where an earlier run was."""
        self.days, self.today = days[-DAYS_KEPT:], list(today)
        self.told, self.is_whole = told, is_whole
        self._means = _means_of(self.days)

    def open_day(self, *, is_whole: bool) -> None:
        """Begin a session.

        Args:
            is_whole: It is seen from its open.
        """
        self.today = []
        self.is_whole = is_whole
        self.told = 0
        self._means = _means_of(self.days)

    def break_off(self) -> None:
        """State that a part of this day is not seen."""
        self.is_whole = False

    def end_block(self, blocks: int, shares: int, of_block: int) -> Regime | None:
        """Take that a two-minute block is over; return what is worth a notice.

        Args:
            blocks: Blocks since the open.
            shares: Shares since the open.
            of_block: Those of them that the block traded.
        """
        if not self.is_whole:
            return None
        minutes = _BLOCK_MINUTES * blocks
        if minutes % _QUARTER_MINUTES == 0:
            self.today.append(shares)
        elif (minutes - 1) % _QUARTER_MINUTES == 0:
            # Every second quarter ends in the middle of a block.
            self.today.append(shares - of_block // 2)
        usual = self.usual(minutes * 60 * NS_PER_SECOND)
        if not usual:
            return None
        reached = max((each for each in NOTABLE_TIMES if shares >= each * usual), default=0)
        if reached <= self.told:
            return None
        self.told = reached
        return Regime(reached, shares, usual, len(self.days))

    def close_day(self) -> None:
        """Keep this day, if it was seen as a whole."""
        if self.is_whole and self.today:
            self.days = [*self.days, self.today][-DAYS_KEPT:]
        self.today = []
        self.is_whole = False

    def usual(self, elapsed_ns: int) -> int | None:
        """Return the mean shares of the days before, so long after the open.

        None without such a day, in the first quarter of an hour, whose volume is as the opening
        auction falls out, and while this day is not seen as a whole.
        """
        quarters, rest_ns = divmod(elapsed_ns, QUARTER_NS)
        means = self._means
        if not self.is_whole or not quarters or len(means) < quarters:
            return None
        before = means[quarters - 1]
        after = means[quarters] if len(means) > quarters else before
        return before + (after - before) * rest_ns // QUARTER_NS


def _means_of(days: list[list[int]]) -> list[int]:
    """Return the mean of each quarter over the days that have it; after a half day fewer have."""
    found = []
    for quarter in range(max(map(len, days), default=0)):
        known = [day[quarter] for day in days if len(day) > quarter]
        found.append(sum(known) // len(known))
    return found
