"""Which guard it is, whether it runs, and how it is as a whole."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from prometheus_client.core import Metric

from trading_bot.metrics.families import gauge, gauges, info, states
from trading_bot.metrics.reading import Reading
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.rules import symbol_judge

STATUSES: Final = ("ok", "degraded", "blind")
DISTRIBUTION: Final = "trading-bot-order-flow"


def of_build(monitor: OrderFlowMonitor, distribution: str = DISTRIBUTION) -> Iterator[Metric]:
    """Yield which guard it is: its build, its market, its settings.

    Args:
        monitor: The guard's engine.
        distribution: Whose version is its own.
    """
    try:
        release = version(distribution)
    except PackageNotFoundError:  # it runs from a folder
        release = "unknown"
    is_plain = symbol_judge.__file__.endswith(".py")
    yield info(
        "build",
        "Which version of the guard this is, on which Python, and whether its core is compiled.",
        {
            "version": release,
            "python": platform.python_version(),
            "core": "plain" if is_plain else "compiled",
        },
    )
    capabilities = monitor.provider.capabilities
    yield info(
        "market",
        "Which market is watched: live, or simulated, which is an invented one; and by whom.",
        {
            "market": monitor.market,
            "provider": monitor.provider.name,
            "dataset": capabilities.dataset,
            "depth": "levels" if capabilities.depth_levels > 1 else "top_of_book",
        },
    )


def of_guard(reading: Reading, now_seconds: float) -> Iterator[Metric]:
    """Yield whether the guard runs, and how it is as a whole.

    Args:
        reading: The guard.
        now_seconds: The machine's present, Unix seconds.
    """
    health = reading.health
    yield gauge(
        "collected_timestamp_seconds",
        "When these numbers were collected, Unix seconds of the machine's clock.",
        now_seconds,
    )
    yield gauge("running", "1 while the market is watched, else 0.", float(reading.is_running))
    yield gauge(
        "sleeping",
        "1 while the guard waits for a closed market to open, else 0.",
        float(reading.is_sleeping),
    )
    yield gauges(
        "status",
        "1 for how the guard is as a whole, 0 for the other states.",
        ("status",),
        states(health["status"], STATUSES),
    )
    if health["api_connectivity"] != "untried":
        yield gauge(
            "provider_ok",
            "1 while the provider answers, else 0; missing before it was asked.",
            float(health["api_connectivity"] == "ok"),
        )
    settings = health["settings"]
    yield gauge(
        "settings_ok",
        "1 while the settings that are there are those in force, else 0.",
        float(settings["status"] == "ok"),
    )
    yield info("settings", "Which settings are in force.", {"config_hash": settings["config_hash"]})
