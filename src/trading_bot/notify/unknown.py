"""When it is told that positions are not known: once it lasts; pure.

A broker that fails once answers a second later, and what a sale has taken away is settled within
some 20 s. All of it is in the record and on the screen at once; nobody's phone is to ring for it.
Times are seconds of a clock that is never set, and are given.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from trading_bot.notify.notice import Notice

FAILED_SECONDS: Final = 10.0
"""How long positions cannot be read, or a row of them, until it is told."""
STALE_SECONDS: Final = 30.0
"""How long a broker's positions may be old until it is told: they stay watched meanwhile, and all
answers over 15 s settle whether one is gone."""


@dataclass(slots=True)
class _Open:
    """What is not known of one symbol, or of all.

    Attributes:
        told: How many of its troubles were told.
        waiting: The others, each with the time from which on it is told.
    """

    told: int = 0
    waiting: deque[tuple[float, Notice]] = field(default_factory=deque)


class UnknownPositions:
    """Holds what is not known back until it lasts."""

    def __init__(self) -> None:
        self._open: dict[str | None, _Open] = {}

    def begin(self, new: Notice, tell_at: float) -> None:
        """Take a trouble; it is told from a time on.

        Args:
            new: Says it.
            tell_at: Seconds.
        """
        self._open.setdefault(new.symbol, _Open()).waiting.append((tell_at, new))

    def end(self, symbol: str | None) -> bool:
        """Take that a trouble is over; True where the last one is, and any was told.

        Args:
            symbol: Of which; None for those of all.
        """
        found = self._open.get(symbol)
        if found is None:
            return False
        is_told = found.told > 0
        # Which of several it is, nobody says: what was not told yet had better be told too often.
        if is_told:
            found.told -= 1
        else:
            found.waiting.popleft()
        if found.told or found.waiting:
            return False
        del self._open[symbol]
        return is_told

    def due(self, now: float) -> list[Notice]:
        """Return what has lasted, each trouble once.

        Args:
            now: Seconds.
        """
        found = []
        for each in self._open.values():
            lasts = [pair for pair in each.waiting if now >= pair[0]]
            each.waiting = deque(pair for pair in each.waiting if now < pair[0])
            each.told += len(lasts)
            found += [new for _, new in lasts]
        return found

    def clear(self) -> None:
        """Forget all of it."""
        self._open.clear()
