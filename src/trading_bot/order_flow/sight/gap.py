"""One symbol's gap: its live events wait while what was missed is fetched; pure.

When it is known, or has taken too long, everything is judged in exchange order.
"""

from __future__ import annotations

from typing import Final

from ..market.events import MarketEvent

LONGEST_WAIT_SECONDS: Final = 10.0
EVENT_BYTES: Final = 400
"""What one waiting event takes, about."""


class Gap:
    """What waits behind one gap.

    Args:
        fills_start: True for the tape before the watch began.

    Attributes:
        fills_start: As given.
        follows_stall: True where the whole feed had fallen silent before.
        waiting: Live events that wait, in the order of their arrival.
        noted: How many of them the ledger has been told of.
        live_at: Since when its channels bring events again, monotonic seconds; None before.
    """

    __slots__ = ("fills_start", "follows_stall", "live_at", "noted", "waiting")

    def __init__(self, *, fills_start: bool = False) -> None:
        self.fills_start = fills_start
        self.follows_stall = False
        self.waiting: list[MarketEvent] = []
        self.noted = 0
        self.live_at: float | None = None

    def is_overdue(self, now: float) -> bool:
        """Return whether the events have waited long enough for the answer."""
        return self.live_at is not None and now - self.live_at >= LONGEST_WAIT_SECONDS
