"""Alerts and exits of each symbol-day."""

from __future__ import annotations

import pytest
from support.score_values import alert_at, at, days_after, exit_at, series_of

from trading_bot.research.day_counts import DayCount, day_counts, mean_a_day
from trading_bot.research.scorecard import events_of


def test_each_symbol_and_day_is_counted_alone() -> None:
    # Given two days of one symbol, one of another, and one of a symbol without a session
    series = [series_of([1]), series_of([1], day=days_after(1)), series_of([1], symbol="BOLT")]
    alerts = [
        alert_at(at(1)),
        alert_at(at(-1)),
        alert_at(series[1].open_ns),
        alert_at(at(1), symbol="ODD"),
    ]
    # When their alerts and exits are counted
    found = day_counts(events_of(alerts, [exit_at(at(2))]), series)
    # Then each day has its own, before the open too, and none is left out for being calm
    assert found == (
        DayCount("ACME", "2013-11-29", 2, 1),
        DayCount("ACME", days_after(1).isoformat(), 1, 0),
        DayCount("BOLT", "2013-11-29", 0, 0),
    )


@pytest.mark.parametrize(("days", "is_enough"), [(29, False), (30, True)])
def test_a_mean_has_an_interval_from_thirty_days_of_its_symbol_on(
    days: int, is_enough: bool
) -> None:
    # Given so many days, calm and busy in turn, and one of another symbol
    counts = [DayCount("ACME", days_after(n).isoformat(), 10 * (n % 2), 0) for n in range(days)]
    counts.append(DayCount("BOLT", days_after(days).isoformat(), 99, 0))
    # When their mean is taken
    found = mean_a_day(counts, "ACME", seed=5)
    # Then it has an interval or is none, and the same seed gives the same
    assert (found is not None) is is_enough
    assert found is None or found.low < found.difference == 5.0 < found.high
    assert found == mean_a_day(counts, "ACME", seed=5)
