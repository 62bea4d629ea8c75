"""Is this feed the delayed one? Pure: it sees stamps only.

A delayed plan serves a moving market, steadily a quarter of an hour late. A quiet symbol shows old
stamps too, but the same one again and again; so only stamps that move count.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..calendar import session_at
from .units import NS_PER_SECOND

LEAST_DELAY_NS = 14 * 60 * NS_PER_SECOND
MOST_DELAY_NS = 17 * 60 * NS_PER_SECOND
DELAYED_PLAN = "your plan is 15 minutes late: it cannot protect a position"
"""What a delayed plan means, in one sentence."""
ANSWERS_NEEDED = 3
"""Different stamps in a row that must be late before the plan is called delayed."""


@dataclass(slots=True)
class _Seen:
    stamp_ns: int
    late_in_a_row: int


class DelayWatch:
    """Remembers how late each symbol's newest stamps were."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def is_delayed(self, symbol: str, stamp_ns: int, received_ns: int) -> bool:
        """Take one answer's stamp and tell whether the symbol's feed is steadily late.

        Outside the exchange's hours, extended ones included, nothing counts: the last stamp of a
        day is old for honest reasons.

        Args:
            symbol: Ticker.
            stamp_ns: Exchange time of its newest quote, Unix nanoseconds.
            received_ns: When the answer arrived, Unix nanoseconds.
        """
        late = LEAST_DELAY_NS <= received_ns - stamp_ns <= MOST_DELAY_NS
        if session_at(received_ns) is None or not late:
            self._seen.pop(symbol, None)
            return False
        seen = self._seen.setdefault(symbol, _Seen(stamp_ns, 1))
        if seen.stamp_ns != stamp_ns:
            seen.stamp_ns = stamp_ns
            seen.late_in_a_row += 1
        return seen.late_in_a_row >= ANSWERS_NEEDED
