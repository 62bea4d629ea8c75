"""The time of day as it is shown: the exchange's or the machine's own, with its name; pure."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Final, Literal

from trading_bot.order_flow.calendar import NEW_YORK
from trading_bot.order_flow.market.units import utc_from_ns

ZoneName = Literal["exchange", "local"]


class Zone:
    """Writes moments in one zone.

    Args:
        place: None for the machine's own.
        name: As it is called; empty to ask the zone.
    """

    def __init__(self, place: tzinfo | None, name: str = "") -> None:
        self._place = place
        self._name = name

    def local(self, moment_ns: int) -> datetime:
        """Return a moment, Unix nanoseconds, in this zone."""
        return utc_from_ns(moment_ns).astimezone(self._place)

    def clock(self, moment_ns: int) -> str:
        """Write hours, minutes and seconds."""
        return f"{self.local(moment_ns):%H:%M:%S}"

    def date_and_clock(self, moment_ns: int) -> str:
        """Write the date, the time and the zone."""
        return f"{self.local(moment_ns):%Y-%m-%d %H:%M:%S} {self.name(moment_ns)}"

    def day_and_hour(self, moment_ns: int) -> str:
        """Write the day of the week, hours and minutes, and the zone."""
        return f"{self.local(moment_ns):%a %H:%M} {self.name(moment_ns)}"

    def name(self, moment_ns: int) -> str:
        """Return what the zone is called at a moment."""
        return self._name or f"{self.local(moment_ns):%Z}"


EXCHANGE: Final = Zone(NEW_YORK, "ET")
LOCAL: Final = Zone(None)


def zone_of(name: ZoneName) -> Zone:
    """Return the zone that is asked for."""
    return LOCAL if name == "local" else EXCHANGE


def ago(seconds: float) -> str:
    """Say how long something is ago: `12 s`, `5 min`, `3 h`."""
    if seconds < 120:
        return f"{max(0, int(seconds))} s"
    return f"{int(seconds) // 60} min" if seconds < 7_200 else f"{int(seconds) // 3_600} h"
