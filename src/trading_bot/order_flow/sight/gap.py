"""One symbol's gap: its live events wait while what was missed is fetched; pure.

When it is known, or has taken too long, everything is judged in exchange order.
"""

from __future__ import annotations

from typing import Final

from ..market.events import MarketEvent
from ..market.units import NS_PER_SECOND

LONGEST_WAIT_NS: Final = 10 * NS_PER_SECOND
EVENT_BYTES: Final = 400
"""What one waiting event takes, about."""


class Gap:
    """What waits behind one gap.

    Args:
        fills_start: True for the tape before the watch began.

    Attributes:
        fills_start: As given.
        waiting: Live events that wait, in the order of their arrival.
        noted: How many of them the ledger has been told of.
        live_ns: Since when its channels bring events again, by a steady clock; None before.
    """

    __slots__ = ("fills_start", "live_ns", "noted", "waiting")

    def __init__(self, *, fills_start: bool = False) -> None:
        self.fills_start = fills_start
        self.waiting: list[MarketEvent] = []
        self.noted = 0
        self.live_ns: int | None = None

    def is_overdue(self, steady_ns: int) -> bool:
        """Return whether the events have waited long enough for the answer."""
        return self.live_ns is not None and steady_ns - self.live_ns >= LONGEST_WAIT_NS
