"""Quiet hours: when only what is urgent is sent; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from typing import Self

from trading_bot.order_flow.calendar import NEW_YORK
from trading_bot.order_flow.config_bounds import QUIET_HOURS


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A span of each day, over midnight where it ends before it begins.

    Attributes:
        begins: Its first moment.
        ends: The first moment after it.
        by_exchange: Whether the exchange's clock is meant, New York's; else this machine's.
    """

    begins: time
    ends: time
    by_exchange: bool

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the hours of a setting such as `22:00-07:00 local`.

        Raises:
            ValueError: It is none.
        """
        found = QUIET_HOURS.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} are no quiet hours: write 22:00-07:00 local")
        first, last = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
        return cls(first, last, found[5] == "exchange")

    def hold(self, moment: datetime, local: tzinfo | None = None) -> bool:
        """Return whether a moment lies in them.

        Args:
            moment: Aware.
            local: This machine's time zone; None for the one that it says itself.
        """
        at = moment.astimezone(NEW_YORK if self.by_exchange else local).time()
        if self.begins < self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends
