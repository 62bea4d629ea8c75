"""Events moved away by half an hour: a negative control."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.research.outcomes import REACH_SECONDS
from trading_bot.research.quote_series import by_symbol
from trading_bot.research.scorecard import Event

SHIFT_NS = 1_800 * NS_PER_SECOND


class Session(Protocol):
    """When the market of a symbol was open."""

    @property
    def symbol(self) -> str:
        """Ticker."""
        ...

    @property
    def open_ns(self) -> int:
        """Start of the session, Unix nanoseconds."""
        ...

    @property
    def close_ns(self) -> int:
        """Its end."""
        ...


def shifted(events: Iterable[Event], sessions: Iterable[Session]) -> list[Event]:
    """Move events by 30 minutes: later, or earlier where the session would end before the reach."""
    of_symbol = by_symbol(sessions)
    moved = []
    for event in events:
        symbol, at = event.moment.symbol, event.moment.stamp_ns
        at = moved_ns(at, of_symbol.get(symbol, ()))
        moved.append(replace(event, moment=replace(event.moment, stamp_ns=at)))
    return moved


def moved_ns(at_ns: int, sessions: Sequence[Session]) -> int:
    """Return where a moment is moved to.

    Args:
        at_ns: Unix nanoseconds.
        sessions: Of its symbol.
    """
    closes = next((each.close_ns for each in sessions if each.open_ns <= at_ns < each.close_ns), 0)
    # One outside every session stays outside whichever way it goes.
    room = at_ns + SHIFT_NS + 2 * REACH_SECONDS * NS_PER_SECOND < closes
    return at_ns + (SHIFT_NS if room else -SHIFT_NS)
