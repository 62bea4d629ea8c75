"""The market's last minute: one ring for all symbols, read when an alert is written."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from ..market.units import FAR_FUTURE_NS, FAR_PAST_NS, NS_PER_SECOND

MARKET: Final = "SPY"
"""The symbol that stands for the market, where it is watched."""
MINUTE_NS: Final = 60 * NS_PER_SECOND
STALE_NS: Final = 10 * NS_PER_SECOND
"""A look that is older than this says nothing about a moment."""
_DAY_NS: Final = 86_400 * NS_PER_SECOND
_BP: Final = 10_000

Look = tuple[int, int]
"""When, and bid and ask added up."""


class MarketMinute:
    """The middle of the market's best bid and ask, looked at once a second.

    Args:
        whole_day: Keep every look of a day, for a replay: what is asked late, or of another file,
            finds what it would have found then. A look of the very moment does not count there:
            which came first depends on how the symbols are read.

    Attributes:
        due_ns: From when the next look is to be taken, exchange time.
    """

    def __init__(self, *, whole_day: bool = False) -> None:
        self.due_ns = FAR_PAST_NS
        self._kept_ns = _DAY_NS if whole_day else MINUTE_NS + 2 * STALE_NS
        self._at_once = 0 if whole_day else 1
        self._looks: deque[Look] = deque()

    @classmethod
    def known(cls, looks: Iterable[Look]) -> MarketMinute:
        """Return a day of which everything is known: nothing is looked at again.

        Args:
            looks: As `looks` tells of them.
        """
        market = cls(whole_day=True)
        market.due_ns = FAR_FUTURE_NS
        market._looks.extend(looks)
        return market

    @property
    def looks(self) -> tuple[Look, ...]:
        """Every look that is kept, in order."""
        return tuple(self._looks)

    def see(self, stamp_ns: int, bid_ticks: int, ask_ticks: int) -> None:
        """Take a look.

        Args:
            stamp_ns: Exchange time, Unix nanoseconds.
            bid_ticks: Best bid; 0 where there is none.
            ask_ticks: Best ask; 0 where there is none.
        """
        self.due_ns = stamp_ns - stamp_ns % NS_PER_SECOND + NS_PER_SECOND
        looks = self._looks
        if 0 < bid_ticks <= ask_ticks:
            looks.append((stamp_ns, bid_ticks + ask_ticks))
        while looks and looks[0][0] < stamp_ns - self._kept_ns:
            looks.popleft()

    def change_bp(self, stamp_ns: int) -> int | None:
        """Return how far it has moved in the minute up to a moment, basis points; None if unknown.

        Args:
            stamp_ns: Exchange time, Unix nanoseconds.
        """
        now, then = self._at(stamp_ns), self._at(stamp_ns - MINUTE_NS)
        return None if now is None or then is None else round((now - then) * _BP / then)

    def _at(self, stamp_ns: int) -> int | None:
        for at_ns, price in reversed(self._looks):
            if at_ns < stamp_ns + self._at_once:
                return price if stamp_ns - at_ns <= STALE_NS else None
        return None
