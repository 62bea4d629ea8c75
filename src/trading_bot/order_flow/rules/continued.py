"""A watch that goes on after a break: which history it needs, and what was said of it; pure.

What a restart judges again must come out as it did. A burst is measured by six minutes, so the tape
of a watch that goes on is asked for from so long before the break that the windows are whole well
before it; what is found at the edge of that history, by less than whole windows, was judged by the
run before, and is not raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..calendar import session_at
from ..market.units import FAR_FUTURE_NS, NS_PER_SECOND
from .signals import Signal

BACKFILL_NS: Final = 370 * NS_PER_SECOND
"""Asked for at the start: the current minute, five minutes of baseline, and a margin."""
CONTINUES_WITHIN_NS: Final = 900 * NS_PER_SECOND
"""After a longer break a watch begins anew: its past costs more than it tells."""
_WINDOWS_WHOLE_NS: Final = 360 * NS_PER_SECOND
_ORDERS_WHOLE_NS: Final = NS_PER_SECOND
_NS_PER_MINUTE: Final = 60 * NS_PER_SECOND


def backfill_start(now_ns: int, judged_ns: int | None = None) -> int:
    """Return from when a symbol's tape is asked for as its watch begins, Unix nanoseconds.

    A whole minute, so that two starts within one minute judge the same events.

    Args:
        now_ns: The present.
        judged_ns: Up to which print it was judged before; None where that is not known.
    """
    start_ns = now_ns - BACKFILL_NS
    if judged_ns is not None and now_ns - judged_ns <= CONTINUES_WITHIN_NS:
        # Twice: whole windows first, and then as long again for a burst that goes on to end.
        start_ns = min(start_ns, judged_ns - 2 * BACKFILL_NS)
    return start_ns - start_ns % _NS_PER_MINUTE


@dataclass(frozen=True, slots=True)
class KnownStart:
    """The beginning of a history that an earlier watch had judged already.

    Attributes:
        from_ns: Its first moment, Unix nanoseconds.
    """

    from_ns: int

    def was_judged(self, signal: Signal) -> bool:
        """Return whether a signal rests on less than the earlier watch knew."""
        since_ns = signal.timestamp_ns - self.from_ns
        if signal.alert_type == "red_burst":
            return since_ns < _WINDOWS_WHOLE_NS
        # An order may have begun before the history does.
        return signal.source == "aggressive_sell" and since_ns < _ORDERS_WHOLE_NS


def known_start(from_ns: int, judged_ns: int | None) -> KnownStart | None:
    """Return the beginning of a history if an earlier watch had judged it, else None.

    Args:
        from_ns: Its first moment, Unix nanoseconds.
        judged_ns: Up to which print the symbol was judged before; None where that is not known.
    """
    if judged_ns is None or judged_ns - from_ns < _WINDOWS_WHOLE_NS:
        return None
    return KnownStart(from_ns)


def day_start(stamp_ns: int) -> int:
    """Return when the trading day of a moment began, Unix nanoseconds; never between the days."""
    session = session_at(stamp_ns)
    return FAR_FUTURE_NS if session is None else session.extended_open_ns
