"""Market time of a simulator."""

from __future__ import annotations

from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.simulator.market.speed_clock import SpeedClock


class MarketClock(SpeedClock):
    """The simulated market's present, running at a multiple of the clock behind it."""

    def restart(self) -> None:
        """Let the market stand at its start now."""
        self.started_at = self._clock()

    def now_ns(self) -> int:
        """Return the market's present time in Unix nanoseconds."""
        return ns_from_utc(self())
