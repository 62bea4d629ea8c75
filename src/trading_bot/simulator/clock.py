"""Market time of a simulated run: machine time plus a fixed distance."""

from __future__ import annotations

from datetime import datetime, timedelta

from trading_bot.clock import Clock, utc_now
from trading_bot.order_flow.units import ns_from_utc
from trading_bot.simulator.settings import MARKET_START


class MarketClock:
    """The simulated market's present, running at the speed of the clock behind it.

    Args:
        clock: The machine's time.
        started_at: Machine time at which the market stood at `MARKET_START`; None means now.
    """

    def __init__(self, clock: Clock = utc_now, *, started_at: datetime | None = None) -> None:
        self._clock = clock
        self.started_at = clock() if started_at is None else started_at

    def restart(self) -> None:
        """Let the market stand at its start now."""
        self.started_at = self._clock()

    @property
    def offset(self) -> timedelta:
        """Market time minus machine time."""
        return MARKET_START - self.started_at

    def __call__(self) -> datetime:
        """Return the market's present time in UTC."""
        return self._clock() + self.offset

    def now_ns(self) -> int:
        """Return the market's present time in Unix nanoseconds."""
        return ns_from_utc(self())
