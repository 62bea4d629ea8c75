"""One symbol's gap: its live events wait while what was missed is fetched; pure.

When it is known, or has taken too long, everything is judged in exchange order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from trading_bot.order_flow.events import QuoteEvent, TradeEvent
from trading_bot.order_flow.units import cut_to_ms

LONGEST_WAIT_SECONDS: Final = 10.0
EVENT_BYTES: Final = 400
"""What one waiting event takes, about."""


class Gap:
    """What waits behind one gap.

    Args:
        number: Tells its answer from that of an earlier gap.
        after_ns: Newest print judged before it.
        fills_start: True for the tape before the watch began.

    Attributes:
        after_ns: Newest print that was judged before the gap; what is missing came later.
        waiting: Live events that wait, in the order of their arrival.
        asked_at: When the missing events were asked for, monotonic seconds; None before.
    """

    __slots__ = ("after_ns", "asked_at", "fills_start", "number", "waiting")

    def __init__(self, number: int, after_ns: int, *, fills_start: bool) -> None:
        self.number = number
        self.after_ns = after_ns
        self.fills_start = fills_start
        self.waiting: list[TradeEvent | QuoteEvent] = []
        self.asked_at: float | None = None

    def is_overdue(self, now: float) -> bool:
        """Tell whether the events have waited long enough for the answer."""
        return self.asked_at is not None and now - self.asked_at >= LONGEST_WAIT_SECONDS


def in_exchange_order(
    fetched: Iterable[TradeEvent | QuoteEvent], waiting: Iterable[TradeEvent | QuoteEvent]
) -> list[TradeEvent | QuoteEvent]:
    """Merge what was fetched with what has waited.

    The order is (stamp in whole milliseconds, prints before quotes, sequence number); the fetched
    one of two equals comes first, since only it carries a correction.
    """
    return sorted([*fetched, *waiting], key=_place)


def _place(event: TradeEvent | QuoteEvent) -> tuple[int, bool, int]:
    return cut_to_ms(event.sip_ns), isinstance(event, QuoteEvent), event.sequence
