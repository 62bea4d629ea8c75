"""The walls of one symbol: found in its books, followed until they end, told as facts.

A level is a wall once it has shown at least the large size for 2 s. What stood so long without any
event is one before the next event takes it away: time counts, not the number of events; the fact
has the stamp of the event that shows it, for facts are told in the order of time. At most four a
side are followed; a fifth is counted.

A level that is deeper than what the book shows has left the view: what became of it nobody saw.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ...data_models import WallEvent, WallSide
from ...market.events import Level
from ...market.units import FAR_FUTURE_NS, UNITS_PER_SHARE
from .wall import Wall

MOST_FOLLOWED: Final = 4
"""Walls a side."""


class WallFact(NamedTuple):
    """What happened to a wall; sizes are whole shares.

    Attributes:
        event: `placed` with the first event after it has stood 2 s, `hit` at the first print after
            that, then one end: `eaten`, `pulled`, `mixed`, `left_view`, or `unseen` where the book
            itself was not seen.
        symbol: Ticker.
        stamp_ns: Exchange time, Unix nanoseconds.
        side: Whether it buys or sells.
        price_ticks: Its price.
        size: What it shows.
        peak: The most that it has shown.
        executed: What prints took from it.
        cancelled: What was taken away otherwise.
        added: What was put to it.
        refills: How often half of what was executed came back.
        since_ns: When it was first seen so large.
        levels_away: How many better levels its side shows; None where it is not shown.
    """

    event: WallEvent
    symbol: str
    stamp_ns: int
    side: WallSide
    price_ticks: int
    size: int
    peak: int
    executed: int
    cancelled: int
    added: int
    refills: int
    since_ns: int
    levels_away: int | None


_NOTHING: Final[list[WallFact]] = []
"""Common to all books in which nothing happens; never to be changed."""


class StandingWall(NamedTuple):
    """A wall that stands.

    Attributes:
        side: Whether it buys or sells.
        price_ticks: Its price.
        size: What it shows, whole shares.
        since_ns: When it was first seen so large.
    """

    side: WallSide
    price_ticks: int
    size: int
    since_ns: int


class _Side:
    """The large levels of one side."""

    __slots__ = ("_large_units", "_levels", "_symbol", "due_ns", "side", "unfollowed", "walls")

    def __init__(self, symbol: str, side: WallSide) -> None:
        self._symbol = symbol
        self.side: WallSide = side
        self.walls: dict[int, Wall] = {}
        self.due_ns = FAR_FUTURE_NS
        self.unfollowed = 0
        # What was taken last, and from which size on it was large.
        self._levels: tuple[Level, ...] | None = None
        self._large_units = 0

    def ripen(self, stamp_ns: int) -> list[WallFact]:
        """Take the levels that have been large long enough for walls."""
        if stamp_ns < self.due_ns:
            return []
        waiting = sorted(
            (each for each in self.walls.values() if not each.is_told and not each.is_passed),
            key=lambda each: (each.due_ns, each.price_ticks),
        )
        facts: list[WallFact] = []
        followed = sum(each.is_told for each in self.walls.values())
        for wall in waiting:
            if wall.due_ns > stamp_ns:
                break
            if followed < MOST_FOLLOWED:
                wall.is_told = True
                followed += 1
                facts.append(self._fact("placed", wall, stamp_ns))
            else:
                wall.is_passed = True
                self.unfollowed += 1
        self._plan()
        return facts

    def show(
        self, stamp_ns: int, levels: tuple[Level, ...], large_units: int, most_levels: int
    ) -> list[WallFact]:
        """Take the levels of this side as they are now.

        Args:
            stamp_ns: Exchange time, Unix nanoseconds.
            levels: Best first.
            large_units: Size from which a level is large, in millionths of a share.
            most_levels: How many levels the book can show.
        """
        if large_units == self._large_units and levels == self._levels:
            # The same again changes nothing.
            return _NOTHING
        self._levels, self._large_units = levels, large_units
        facts: list[WallFact] = []
        walls = self.walls
        has_changed = False
        if walls:
            shown = dict(levels)
            # Beyond the last of a full side there may be more, and it is not seen.
            worst = levels[-1][0] if len(levels) >= most_levels else None
            for price, wall in list(walls.items()):
                size = shown.get(price, 0)
                if size != wall.size:
                    if not size and worst is not None and self._is_behind(price, worst):
                        facts += self._end("left_view", wall, stamp_ns)
                        has_changed = True
                        continue
                    wall.show(stamp_ns, size)
                if wall.has_ended or (size < large_units and not wall.is_told):
                    facts += self._end(wall.end, wall, stamp_ns)
                    has_changed = True
        for price, size in levels:
            if size >= large_units and price not in walls:
                walls[price] = Wall(self.side, price, size, stamp_ns)
                has_changed = True
        if has_changed:
            self._plan()
        return facts

    def print_at(self, stamp_ns: int, price_ticks: int, size: int) -> list[WallFact]:
        """Take a print at a price."""
        wall = self.walls.get(price_ticks)
        if wall is None:
            return []
        wall.print_at(stamp_ns, size)
        if wall.was_hit or not wall.is_told:
            return []
        wall.was_hit = True
        return [self._fact("hit", wall, stamp_ns)]

    def standing(self) -> list[StandingWall]:
        """Return the walls that are followed and stand."""
        return [
            StandingWall(self.side, each.price_ticks, each.size // UNITS_PER_SHARE, each.since_ns)
            for each in tuple(self.walls.values())
            if each.is_told
        ]

    def lose(self, stamp_ns: int) -> list[WallFact]:
        """Follow nothing any more: what became of it was not seen."""
        facts: list[WallFact] = []
        for wall in list(self.walls.values()):
            facts += self._end("unseen", wall, stamp_ns)
        self._levels = None
        self._plan()
        return facts

    def _end(self, event: WallEvent, wall: Wall, stamp_ns: int) -> list[WallFact]:
        del self.walls[wall.price_ticks]
        return [self._fact(event, wall, stamp_ns)] if wall.is_told else []

    def _plan(self) -> None:
        waiting = (
            each.due_ns for each in self.walls.values() if not each.is_told and not each.is_passed
        )
        self.due_ns = min(waiting, default=FAR_FUTURE_NS)

    def _is_behind(self, price_ticks: int, worst_ticks: int) -> bool:
        return price_ticks < worst_ticks if self.side == "bid" else price_ticks > worst_ticks

    def _fact(self, event: WallEvent, wall: Wall, stamp_ns: int) -> WallFact:
        return WallFact(
            event,
            self._symbol,
            stamp_ns,
            self.side,
            wall.price_ticks,
            wall.size // UNITS_PER_SHARE,
            wall.peak // UNITS_PER_SHARE,
            wall.executed // UNITS_PER_SHARE,
            wall.cancelled // UNITS_PER_SHARE,
            wall.added // UNITS_PER_SHARE,
            wall.refills,
            wall.since_ns,
            self._levels_away(wall.price_ticks),
        )

    def _levels_away(self, price_ticks: int) -> int | None:
        for away, (price, _) in enumerate(self._levels or ()):
            if price == price_ticks:
                return away
        return None


class WallWatch:
    """The walls of one symbol, both sides.

    Args:
        symbol: Ticker.
        most_levels: How many levels a side its books can show.

    Attributes:
        large_units: Size from which a level is large, in millionths of a share; with
            `FAR_FUTURE_NS` nothing is.
        due_ns: When the next level will have been large for long enough.
        is_idle: No large level is known: a book without one changes nothing.
    """

    __slots__ = ("_asks", "_bids", "_most_levels", "due_ns", "is_idle", "large_units")

    def __init__(self, symbol: str, most_levels: int) -> None:
        self._most_levels = most_levels
        self._bids, self._asks = _Side(symbol, "bid"), _Side(symbol, "ask")
        self.large_units = FAR_FUTURE_NS
        self.due_ns = FAR_FUTURE_NS
        self.is_idle = True

    @property
    def unfollowed(self) -> int:
        """How many walls were not followed, because four others of their side were."""
        return self._bids.unfollowed + self._asks.unfollowed

    def on_book(
        self, stamp_ns: int, bids: tuple[Level, ...], asks: tuple[Level, ...]
    ) -> list[WallFact]:
        """Take a book, and return what happened since the one before, in the order of time.

        Args:
            stamp_ns: Exchange time, Unix nanoseconds.
            bids: Bid levels, best first.
            asks: Ask levels, best first.
        """
        large_units, most_levels = self.large_units, self._most_levels
        ripe = self._ripen(stamp_ns) if stamp_ns >= self.due_ns else _NOTHING
        of_bids = self._bids.show(stamp_ns, bids, large_units, most_levels)
        of_asks = self._asks.show(stamp_ns, asks, large_units, most_levels)
        if of_bids is _NOTHING and of_asks is _NOTHING:
            return ripe
        self._look_again()
        return [*ripe, *of_bids, *of_asks]

    def on_trade(
        self, stamp_ns: int, price_ticks: int, size: int, stated_side: str | None = None
    ) -> list[WallFact]:
        """Take a print before the book that shows what it did.

        Args:
            stamp_ns: Exchange time, Unix nanoseconds.
            price_ticks: Its price.
            size: Millionths of a share.
            stated_side: The aggressor, where it is stated: who buys takes nothing from a bid.
        """
        facts = [*self._ripen(stamp_ns)]
        if stated_side != "buy":
            facts += self._bids.print_at(stamp_ns, price_ticks, size)
        if stated_side != "sell":
            facts += self._asks.print_at(stamp_ns, price_ticks, size)
        return facts

    def lose_sight(self, stamp_ns: int) -> list[WallFact]:
        """Take that books were missed: the next one says nothing of what happened before."""
        facts = [*self._ripen(stamp_ns), *self._bids.lose(stamp_ns), *self._asks.lose(stamp_ns)]
        self._look_again()
        return facts

    def standing(self) -> list[StandingWall]:
        """Return the walls that are followed and stand, bids first; from any thread."""
        return self._bids.standing() + self._asks.standing()

    def _ripen(self, stamp_ns: int) -> list[WallFact]:
        if stamp_ns < self.due_ns:
            return _NOTHING
        facts = self._bids.ripen(stamp_ns) + self._asks.ripen(stamp_ns)
        self.due_ns = min(self._bids.due_ns, self._asks.due_ns)
        return facts

    def _look_again(self) -> None:
        self.due_ns = min(self._bids.due_ns, self._asks.due_ns)
        self.is_idle = not self._bids.walls and not self._asks.walls
