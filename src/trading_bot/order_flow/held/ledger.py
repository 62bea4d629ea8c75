"""Since when each position is held, and when it is surely gone; pure.

A position that is missing from one answer may be back in the next: a host reads its broker while
an order is filled, or its file is being written. So it is watched on, without being told to leave,
until two answers at least 5 s apart lack it. One that is known to be closed is gone at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ..market.units import NS_PER_SECOND, utc_from_ns
from ..position import Position

GONE_AFTER_NS: Final = 5 * NS_PER_SECOND
"""How far apart the two answers lie that a position is missing from before it is gone."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What one answer changed.

    Attributes:
        seen: Positions that this run meets first, each with `opened_at`.
        gone: Symbols whose positions are surely gone.
    """

    seen: tuple[Position, ...] = ()
    gone: tuple[str, ...] = ()


class PositionLedger:
    """The open positions as last read.

    Args:
        opened: Since when earlier runs knew of positions, by symbol.

    Attributes:
        positions: By symbol, each with `opened_at`: as the host states it, else since it was first
            seen. Only what the newest answer held.
        is_known: Whether there was an answer.
    """

    def __init__(self, opened: Mapping[str, datetime] | None = None) -> None:
        # Every position that is not known to be gone, from the record too.
        self._opened = dict(opened or {})
        # Since when each of them is missing.
        self._missing_ns: dict[str, int] = {}
        self._met: set[str] = set()
        self.positions: dict[str, Position] = {}
        self.is_known = False

    def know(self, opened: Mapping[str, datetime]) -> None:
        """Take over since when earlier runs knew of positions."""
        for symbol, since in opened.items():
            self._opened.setdefault(symbol, since)

    @property
    def lingering(self) -> tuple[str, ...]:
        """The symbols that this run held, the newest answer lacks, and are not surely gone."""
        return tuple(each for each in self._missing_ns if each in self._met)

    def get_active_positions(self) -> tuple[Position, ...]:
        """Return every open position; nobody is asked."""
        return tuple(self.positions.values())

    def take(
        self,
        answer: Mapping[str, Position],
        now_ns: int,
        closed: frozenset[str] = frozenset(),
    ) -> Changes:
        """Take what is held now.

        Args:
            answer: Every open position by symbol.
            now_ns: When it was read, Unix nanoseconds.
            closed: Symbols whose positions are known to be closed, not only missing.
        """
        gone = tuple(
            each
            for each in self._opened
            if (each in closed and each not in answer) or self._is_gone(each, answer, now_ns)
        )
        for symbol in gone:
            del self._opened[symbol]
            self._missing_ns.pop(symbol, None)
            self._met.discard(symbol)
        for symbol in answer:
            self._missing_ns.pop(symbol, None)
        dated = {symbol: self._dated(given, now_ns) for symbol, given in answer.items()}
        seen = tuple(each for symbol, each in dated.items() if symbol not in self._met)
        self._met.update(answer)
        # Never empty in between: other threads look at it.
        self.positions.update(dated)
        for symbol in [each for each in self.positions if each not in answer]:
            del self.positions[symbol]
        self.is_known = True
        return Changes(seen, gone)

    def _is_gone(self, symbol: str, answer: Mapping[str, Position], now_ns: int) -> bool:
        if symbol in answer:
            last = self.positions.get(symbol)
            # Turned round: another position, whatever was said of the one before.
            return last is not None and last.is_short != answer[symbol].is_short
        missing_ns = self._missing_ns.setdefault(symbol, now_ns)
        return now_ns - missing_ns >= GONE_AFTER_NS

    def _dated(self, given: Position, now_ns: int) -> Position:
        if given.opened_at is not None:
            self._opened[given.symbol] = given.opened_at
            return given
        opened = self._opened.setdefault(given.symbol, utc_from_ns(now_ns))
        return replace(given, opened_at=opened)
