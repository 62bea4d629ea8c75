"""Time of a simulated run at any speed; imports nothing heavy."""

from __future__ import annotations

from datetime import datetime, timedelta

from trading_bot.order_flow.clock import Clock, utc_now
from trading_bot.simulator.settings import MARKET_START


class SpeedClock:
    """A clock that stood at `MARKET_START` at one moment and runs at a steady speed.

    Args:
        clock: The machine's time.
        started_at: Machine time at which the market stood at `MARKET_START`; None means now.
        speed: Market seconds in a second of the machine's time.

    Raises:
        ValueError: A speed that is not above 0.
    """

    def __init__(
        self, clock: Clock = utc_now, *, started_at: datetime | None = None, speed: float = 1.0
    ) -> None:
        if not speed > 0:
            raise ValueError(f"speed={speed:g} must be above 0")
        self._clock = clock
        self.speed = speed
        self.started_at = clock() if started_at is None else started_at

    @property
    def offset(self) -> timedelta:
        """Market time minus machine time at the start; it stays so at a speed of 1."""
        return MARKET_START - self.started_at

    def __call__(self) -> datetime:
        """Return the market's present time in UTC."""
        return MARKET_START + (self._clock() - self.started_at) * self.speed
