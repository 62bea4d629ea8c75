"""What was published since the start, counted for whoever asks; made at each alert, not each event.

One thread counts; any may read meanwhile.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import Final, NamedTuple

from ..data_models import OrderFlowAlert
from ..recommendation import ExitRecommendation

DELAY_BOUNDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Seconds from the exchange's stamp to the arrival of an alert's data."""
LATENCY_BOUNDS: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5)
"""Seconds from the arrival of an alert's data to its line in the record."""


class AlertKind(NamedTuple):
    """What alerts are counted by.

    Attributes:
        alert_type: As of the alert.
        source: As of the alert; empty where it has none.
        severity: As of the alert.
    """

    alert_type: str
    source: str
    severity: str


class Durations:
    """How many of some durations lay within each of some bounds.

    Args:
        bounds: Seconds, rising; a duration at a bound lies within it.

    Attributes:
        bounds: As given.
        total_seconds: All durations together.
    """

    __slots__ = ("_counts", "bounds", "total_seconds")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.total_seconds = 0.0
        self._counts = [0] * (len(bounds) + 1)

    def note(self, seconds: float) -> None:
        """Count one; where two clocks have it end before it begins, it took no time."""
        taken = max(seconds, 0.0)
        self._counts[bisect_left(self.bounds, taken)] += 1
        self.total_seconds += taken

    def within(self) -> tuple[int, ...]:
        """Return how many lay within each bound, and how many there were: one more than bounds."""
        running, found = 0, []
        for count in tuple(self._counts):
            running += count
            found.append(running)
        return tuple(found)


class Published:
    """Alerts and exits of one run of the program.

    Attributes:
        alerts: How many alerts, by kind.
        exits: How many recommendations to leave, by urgency.
        delays: From the exchange's stamp to the arrival of an alert's data.
        latencies: From that arrival to the alert's line in the record.
    """

    __slots__ = ("alerts", "delays", "exits", "latencies")

    def __init__(self) -> None:
        self.alerts: Counter[AlertKind] = Counter()
        self.exits: Counter[str] = Counter()
        self.delays = Durations(DELAY_BOUNDS)
        self.latencies = Durations(LATENCY_BOUNDS)

    def note_alert(self, alert: OrderFlowAlert, latency_seconds: float | None) -> None:
        """Count an alert.

        Args:
            alert: What was found.
            latency_seconds: From the arrival of its data to its line; None where there is none, or
                nobody knows when its data arrived.
        """
        self.alerts[AlertKind(alert.alert_type, alert.source or "", alert.severity)] += 1
        if alert.delay_seconds is not None:
            self.delays.note(alert.delay_seconds)
        if latency_seconds is not None:
            self.latencies.note(latency_seconds)

    def note_exit(self, recommendation: ExitRecommendation) -> None:
        """Count a recommendation that is recorded."""
        self.exits[recommendation.urgency] += 1
