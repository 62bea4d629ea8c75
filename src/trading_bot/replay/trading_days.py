"""Days in New York, each as a span of time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from trading_bot.order_flow.calendar import NEW_YORK
from trading_bot.order_flow.market.units import FAR_PAST_NS, ns_from_utc, utc_from_ns
from trading_bot.recorded.rows import SIP_NS, Row


class DaySpan(NamedTuple):
    """From one midnight to the next; Unix nanoseconds, the end not included."""

    begin_ns: int
    end_ns: int

    def holds(self, rows: Sequence[Row]) -> bool:
        """Return whether all rows, in exchange order and not none, are of this day."""
        first_ns: int = rows[0][SIP_NS]
        last_ns: int = rows[-1][SIP_NS]
        return self.begin_ns <= first_ns and last_ns < self.end_ns


NO_DAY: Final = DaySpan(FAR_PAST_NS, FAR_PAST_NS)


def date_of(stamp_ns: int) -> date:
    """Return the day in New York of a moment."""
    return utc_from_ns(stamp_ns).astimezone(NEW_YORK).date()


def day_of(stamp_ns: int) -> DaySpan:
    """Return the day in New York that a moment lies in."""
    day = date_of(stamp_ns)
    return DaySpan(_midnight_ns(day), _midnight_ns(day + timedelta(days=1)))


def _midnight_ns(day: date) -> int:
    return ns_from_utc(datetime.combine(day, time(), NEW_YORK))
