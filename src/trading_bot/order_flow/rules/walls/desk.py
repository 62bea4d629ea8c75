"""The walls of one symbol that are told: what is large for it, and how much is told in an hour.

Under own scale a level is large from the size at which an offer is (`ask_wall`): the same
memory ranks both sides. Under fixed thresholds it is ten times the symbol's usual level.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ...market.events import BookEvent
from ...market.units import FAR_FUTURE_NS, FAR_PAST_NS
from .lines import LinesOfAnHour
from .usual_level import UsualLevel
from .watch import StandingWall, WallFact, WallWatch

LARGE_TIMES: Final = 10
"""So many times the usual level is large, where no memory says what is."""
MOST_LEVELS: Final = 10
"""Levels a side that the books of every provider are cut to."""


class ToldWall(NamedTuple):
    """A fact, and what is to be done with it.

    Attributes:
        fact: What happened.
        is_told: It gets a line; else the hour has had enough of them.
        left_out: How many of the symbol had none since the last line.
    """

    fact: WallFact
    is_told: bool
    left_out: int

    @property
    def is_alert(self) -> bool:
        """Whether sellers have eaten a large bid."""
        return self.fact.event == "eaten" and self.fact.side == "bid"


class WallDesk:
    """Watches the books of one symbol for walls.

    Args:
        symbol: Ticker.

    Attributes:
        looks_from: A book none of whose levels is as large changes nothing; 0 while walls are
            known.
        looks_at_ns: But for one with such a stamp or a later one, which says what is usual.
    """

    __slots__ = ("_lines", "_usual", "_walls", "looks_at_ns", "looks_from")

    def __init__(self, symbol: str) -> None:
        self._walls = WallWatch(symbol, MOST_LEVELS)
        self._lines = LinesOfAnHour()
        self._usual: UsualLevel | None = UsualLevel()
        self.looks_from = FAR_FUTURE_NS
        self.looks_at_ns = FAR_PAST_NS

    @property
    def unfollowed(self) -> int:
        """How many walls were not followed, because enough others of their side were."""
        return self._walls.unfollowed

    def judge_by(self, large_units: int) -> None:
        """Take a memory's word for what is large, in millionths of a share."""
        self._usual = None
        self.looks_at_ns = FAR_FUTURE_NS
        self._walls.large_units = large_units
        self._plan()

    def on_book(self, event: BookEvent, largest: int) -> list[ToldWall]:
        """Take a book, and return what happened to walls since the one before.

        Args:
            event: The book.
            largest: The size of its largest level.
        """
        usual = self._usual
        if usual is not None and event.sip_ns >= usual.due_ns:
            usual.see(event.sip_ns, event.bids, event.asks)
            self.looks_at_ns = usual.due_ns
            if usual.units:
                self._walls.large_units = LARGE_TIMES * usual.units
                self._plan()
            if largest < self.looks_from:
                return []
        return self._told(self._walls.on_book(event.sip_ns, event.bids, event.asks))

    def on_trade(
        self, stamp_ns: int, price_ticks: int, size: int, stated_side: str | None
    ) -> list[ToldWall]:
        """Take a print; see `WallWatch.on_trade`."""
        if self._walls.is_idle:
            return []
        return self._told(self._walls.on_trade(stamp_ns, price_ticks, size, stated_side))

    def lose_sight(self, stamp_ns: int) -> list[ToldWall]:
        """Take that books were missed; see `WallWatch.lose_sight`."""
        return self._told(self._walls.lose_sight(stamp_ns))

    def standing(self) -> list[StandingWall]:
        """Return the walls that stand; from any thread."""
        return self._walls.standing()

    def _told(self, facts: list[WallFact]) -> list[ToldWall]:
        self._plan()
        told = []
        for fact in facts:
            may = self._lines.may_tell(fact.stamp_ns)
            told.append(ToldWall(fact, may, self._lines.take_left_out() if may else 0))
        return told

    def _plan(self) -> None:
        self.looks_from = self._walls.large_units if self._walls.is_idle else 0
