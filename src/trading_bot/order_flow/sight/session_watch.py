"""Is the market closed, so that nothing is expected of it? Pure: every time is given.

The calendar alone does not say so: it may lack a day, and another market may be watched. So the
provider's own word is asked, and a single event is worth more than both.

| state | when | becomes |
| --- | --- | --- |
| open | out of the calendar's hours, the provider says `closed`, a minute is silent | closed |
| closed | within the hours, or an event is heard, or the provider says anything else | open |
"""

from __future__ import annotations

from typing import Final

from ..calendar import session_at
from ..market.facts import MarketState
from ..market.units import FAR_PAST_NS, NS_PER_SECOND

SILENT_NS: Final = 60 * NS_PER_SECOND
"""So long nothing comes after a close."""
ASK_AGAIN_NS: Final = 60 * NS_PER_SECOND
GOOD_FOR_NS: Final = 600 * NS_PER_SECOND
"""How long the provider's word is good for."""


class SessionWatch:
    """Whether the market is closed.

    Attributes:
        is_closed: True while nothing is expected.
        asks_state: True while the provider's word is wanted.
    """

    __slots__ = ("_asked_ns", "_said", "_said_ns", "asks_state", "is_closed")

    def __init__(self) -> None:
        self.is_closed = False
        self.asks_state = False
        self._said: MarketState | None = None
        self._said_ns = self._asked_ns = FAR_PAST_NS

    def said(self, state: MarketState, now_ns: int) -> None:
        """Take the provider's word.

        Args:
            state: What it says of the market.
            now_ns: The present, Unix nanoseconds of the exchange's scale.
        """
        self._said, self._said_ns = state, now_ns

    def look(self, now_ns: int, heard_ns: int) -> bool:
        """Look at the time; return whether that has opened or closed the market.

        Args:
            now_ns: The present.
            heard_ns: When an event of any symbol was heard last.
        """
        may_be_closed = session_at(now_ns) is None and now_ns - heard_ns > SILENT_NS
        is_fresh = now_ns - self._said_ns <= GOOD_FOR_NS
        was_closed, self.is_closed = (
            self.is_closed,
            may_be_closed and is_fresh and self._said == "closed",
        )
        is_old = now_ns - self._said_ns > (GOOD_FOR_NS // 2 if self.is_closed else ASK_AGAIN_NS)
        self.asks_state = may_be_closed and is_old and abs(now_ns - self._asked_ns) >= ASK_AGAIN_NS
        if self.asks_state:
            self._asked_ns = now_ns
        return self.is_closed != was_closed
