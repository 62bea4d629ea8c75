"""Families of one metric each, as Prometheus names them: base units, `_total` behind a counter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)

from trading_bot.order_flow.journal.published import Durations

Rows = Iterable[tuple[Sequence[str], float]]
"""The values of a label each, in the order of their names, and the number."""
PREFIX: Final = "order_flow_"


def gauge(name: str, text: str, value: float) -> Metric:
    """Return a number that goes up and down."""
    return GaugeMetricFamily(PREFIX + name, text, value=value)


def gauges(name: str, text: str, labels: Sequence[str], rows: Rows) -> Metric:
    """Return one such number for each row."""
    family = GaugeMetricFamily(PREFIX + name, text, labels=labels)
    for values, number in rows:
        family.add_metric(values, number)
    return family


def counter(name: str, text: str, value: float) -> Metric:
    """Return a count since the start; `_total` comes behind its name."""
    return CounterMetricFamily(PREFIX + name, text, value=value)


def counters(name: str, text: str, labels: Sequence[str], rows: Rows) -> Metric:
    """Return one such count for each row."""
    family = CounterMetricFamily(PREFIX + name, text, labels=labels)
    for values, number in rows:
        family.add_metric(values, number)
    return family


def info(name: str, text: str, values: Mapping[str, str]) -> Metric:
    """Return words that are no number, as labels of a constant 1; `_info` comes behind its name."""
    return InfoMetricFamily(PREFIX + name, text, value=dict(values))


def histogram(name: str, text: str, found: Durations) -> Metric:
    """Return how many durations lay within each bound, in seconds."""
    within = found.within()
    bounds = [*map(str, found.bounds), "+Inf"]
    family = HistogramMetricFamily(PREFIX + name, text)
    family.add_metric((), list(zip(bounds, within, strict=True)), found.total_seconds)
    return family


def states(found: str, known: Sequence[str], labels: Sequence[str] = ()) -> Rows:
    """Return a row for each state that is known: 1 for the one that holds, 0 for the others."""
    return [((*labels, each), float(each == found)) for each in known]
