"""One symbol's gap: its live events wait while what was missed is fetched; pure.

When it is known, or has taken too long, everything is judged in exchange order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ..market.events import MarketEvent, TradeEvent
from ..market.units import cut_to

LONGEST_WAIT_SECONDS = 10.0
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
        asked_at: When the missing events were asked for at first, monotonic seconds; None before.
        again_at: When they are to be asked for again, monotonic seconds; None while an answer is
            awaited.
        trades_from_ns: From when prints are asked for.
        quotes_from_ns: From when quotes are asked for.
        is_standing: True while its symbol is silent without a reason: whatever may be swallowed
            meanwhile is asked for once an event comes.
        stall_began_ns: Newest stamp of the whole feed before the stall that made this gap; None
            where no stall did.
    """

    __slots__ = (
        "after_ns",
        "again_at",
        "asked_at",
        "fills_start",
        "is_standing",
        "number",
        "quotes_from_ns",
        "stall_began_ns",
        "trades_from_ns",
        "waiting",
    )

    def __init__(self, number: int, after_ns: int, *, fills_start: bool) -> None:
        self.number = number
        self.after_ns = after_ns
        self.fills_start = fills_start
        self.waiting: list[MarketEvent] = []
        self.asked_at: float | None = None
        self.again_at: float | None = None
        self.trades_from_ns = self.quotes_from_ns = 0
        self.is_standing = False
        self.stall_began_ns: int | None = None

    def is_overdue(self, now: float) -> bool:
        """Return whether the events have waited long enough for the answer."""
        return self.is_older_than(LONGEST_WAIT_SECONDS, now)

    def is_older_than(self, seconds: float, now: float) -> bool:
        """Return whether it was asked for so long ago, or longer."""
        return self.asked_at is not None and now - self.asked_at >= seconds

    def is_due(self, now: float) -> bool:
        """Return whether it is to be asked for again."""
        return self.again_at is not None and now >= self.again_at

    @property
    def awaits_event(self) -> bool:
        """True while a silence lasts and nothing is being asked for."""
        return self.is_standing and self.asked_at is None and not self.waiting


def quiet_after(
    newest_ns: int,
    fetched: Sequence[MarketEvent],
    waiting: Sequence[MarketEvent],
    step_ns: int,
) -> int | None:
    """Return until when a symbol had no event that was missed, as far as its answer shows it.

    Args:
        newest_ns: Stamp of its newest event before the silence.
        fetched: What REST knows from about there on.
        waiting: What the stream brought since.
        step_ns: Step of the provider's live stamps; what lies within one is equal.

    Returns:
        The stamp of its first event after the silence; 0 where REST knows of none either; None
        where REST knows of one that the stream has not brought.
    """
    newer = [each.sip_ns for each in fetched if cut_to(each.sip_ns, step_ns) > newest_ns]
    if not waiting:
        return None if newer else 0
    first_ns = min(cut_to(each.sip_ns, step_ns) for each in waiting)
    return None if any(cut_to(stamp_ns, step_ns) < first_ns for stamp_ns in newer) else first_ns


def has_caught_up(
    fetched: Iterable[TradeEvent], waiting: Iterable[MarketEvent], step_ns: int
) -> bool:
    """Return whether REST knows the first print that the stream brought, and so all before it.

    REST may show prints a little later than the stream does. Where no print waits, nothing tells.
    """
    stamps = [cut_to(each.sip_ns, step_ns) for each in waiting if isinstance(each, TradeEvent)]
    return not stamps or any(cut_to(each.sip_ns, step_ns) >= min(stamps) for each in fetched)
