"""The time of a gateway that may keep one of its own, such as a simulated market's.

It is asked once: each question is a session, of which an account has few. From then on time goes on
by the machine's steady clock. Whether the market trades, the calendar says.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from ....calendar import session_at
from ....clock import monotonic_ns
from ....errors import DataSourceError
from ....market.facts import MarketState
from ....market.units import utc_from_ns
from ...no_reference import NoReference


class GatewayTime(NoReference):
    """Knows the gateway's time and nothing else; see `Reference`.

    Args:
        name: The provider's name.
        ask: Asks the gateway what time it is, Unix nanoseconds; None where it does not say.
        steady_ns: Nanoseconds of a clock that is never set.
    """

    def __init__(
        self,
        name: str,
        ask: Callable[[], int | None],
        *,
        steady_ns: Callable[[], int] = monotonic_ns,
    ) -> None:
        super().__init__(name)
        self._ask = ask
        self._steady_ns = steady_ns
        self._ahead_ns: int | None = None
        self._lock = threading.Lock()

    def get_market_state(self) -> tuple[MarketState, datetime]:
        """Return whether the market trades by the calendar, and the gateway's time in UTC.

        Raises:
            DataSourceError: It was not reached, lets nobody in, or does not say the time.
        """
        with self._lock:
            if self._ahead_ns is None:
                asked_ns = self._steady_ns()
                time_ns = self._ask()
                if time_ns is None:
                    raise DataSourceError("the gateway does not say its time", code="no_reference")
                # Taken for that of half way.
                self._ahead_ns = time_ns - (asked_ns + self._steady_ns()) // 2
            now_ns = self._steady_ns() + self._ahead_ns
        session = session_at(now_ns)
        if session is None:
            return "closed", utc_from_ns(now_ns)
        is_regular = session.open_ns <= now_ns < session.close_ns
        return "open" if is_regular else "extended-hours", utc_from_ns(now_ns)
