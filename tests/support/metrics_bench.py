"""A guard on stubs whose metrics are read, and what a scraper makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any

from prometheus_client.core import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from support.monitor_stubs import START_NS, HandClock, Holdings, StubClient, position
from trading_bot.metrics.reading import Reading, read
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.monitor import OrderFlowMonitor

CONFIG = OrderFlowConfig(thresholds="fixed")


def watching(*symbols: str, **options: Any) -> OrderFlowMonitor:
    """Return a monitor on stubs that holds some symbols, and has begun to watch them."""
    fields: dict[str, Any] = {
        "position_manager": Holdings(*map(position, symbols)),
        "client": StubClient(),
        "clock": HandClock(),
        "log_directory": None,
    }
    monitor = OrderFlowMonitor(CONFIG, **(fields | options))
    for symbol in monitor.judge.read_positions():
        monitor.judge.watch(symbol, from_ns=START_NS, now_ns=START_NS)
    return monitor


def reading_of(monitor: OrderFlowMonitor, **options: Any) -> Reading:
    """Return how a monitor is while it runs."""
    with monitor._one_run():
        return read(monitor, **options)


def samples(families: Iterable[Metric]) -> dict[str, float]:
    """Return each sample by its name and labels, as Prometheus writes them."""
    return {
        _key(each.name, each.labels): each.value for family in families for each in family.samples
    }


def _key(name: str, labels: Mapping[str, str]) -> str:
    inside = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{inside}}}" if inside else name


def parsed(body: bytes) -> dict[str, float]:
    """Return what a scraper reads."""
    return samples(text_string_to_metric_families(body.decode()))


def opened(body: bytes) -> dict[str, float]:
    """Return what a scraper reads that asked for OpenMetrics."""
    families = openmetrics.text_string_to_metric_families(body.decode())  # type: ignore[no-untyped-call]
    return samples(families)


@contextmanager
def answer_of(
    port: int, path: str = "/metrics", method: str = "GET", **headers: str
) -> Iterator[HTTPResponse]:
    """Ask a server on this machine; an underscore in a header's name stands for a hyphen."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10.0)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        yield connection.getresponse()
    finally:
        connection.close()


def scraped(port: int, **headers: str) -> bytes:
    """Return what a scraper is told."""
    with answer_of(port, **headers) as answer:
        assert answer.status == 200
        return answer.read()
