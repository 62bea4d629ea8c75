"""How many alerts and exits each symbol-day had: a wish for a day is met by days, not by a mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from trading_bot.order_flow.calendar import NEW_YORK
from trading_bot.order_flow.market.units import utc_from_ns
from trading_bot.research.bootstrap import Effect, effects
from trading_bot.research.days.measured import MeasuredDay
from trading_bot.research.quote_series import QuoteSeries
from trading_bot.research.scorecard import EXIT, Event


@dataclass(frozen=True, slots=True)
class DayCount:
    """One symbol-day.

    Attributes:
        symbol: Ticker.
        day: ISO date in New York.
        alerts: How many there were, at any hour.
        exits: The same of exits.
    """

    symbol: str
    day: str
    alerts: int
    exits: int


def day_counts(
    events: Iterable[Event], series: Iterable[QuoteSeries | MeasuredDay]
) -> tuple[DayCount, ...]:
    """Count the events of every symbol-day.

    Args:
        events: Of any kinds.
        series: The symbol-days.
    """
    found: Counter[tuple[str, str, bool]] = Counter()
    for event in events:
        day = utc_from_ns(event.moment.stamp_ns).astimezone(NEW_YORK).date().isoformat()
        found[event.moment.symbol, day, event.kind == EXIT] += 1
    days = [(each.symbol, each.day.isoformat()) for each in series]
    return tuple(
        DayCount(symbol, day, found[symbol, day, False], found[symbol, day, True])
        for symbol, day in days
    )


def mean_a_day(counts: Iterable[DayCount], symbol: str, *, seed: int) -> Effect | None:
    """Return the mean alerts a day of one symbol with its interval; None for too few days.

    Args:
        counts: Of any symbols.
        symbol: Ticker.
        seed: Of the resampling, which draws days.
    """
    own = [each for each in counts if each.symbol == symbol]
    alerts = np.array([[each.alerts] for each in own], dtype=np.float64).reshape(len(own), 1)
    days = np.array([date.fromisoformat(each.day).toordinal() for each in own], dtype=np.int64)
    found = effects(alerts, np.zeros_like(alerts), days, days, seed=seed)
    return None if found is None else found[0]
