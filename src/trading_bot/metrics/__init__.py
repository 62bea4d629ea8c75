"""How a guard does, in Prometheus' terms: for its port, its text file, and a host's own registry.

What is told is read from the guard as it is asked for; nobody who judges does anything for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trading_bot.metrics.library import refuse_missing_library

if TYPE_CHECKING:
    from trading_bot.metrics.collector import GuardCollector
    from trading_bot.metrics.reading import NoticesHealth
    from trading_bot.order_flow.monitor import OrderFlowMonitor

__all__ = ["metrics_of"]


def metrics_of(
    monitor: OrderFlowMonitor, *, notices: NoticesHealth | None = None
) -> GuardCollector:
    """Return the metrics of a guard, for a registry of prometheus_client.

    Example:
        `REGISTRY.register(metrics_of(guard.monitor))`

    Args:
        monitor: The guard's engine: `OrderFlowGuard.monitor`, or one that runs by itself.
        notices: How its notices do: `Notices.health`; None where it sends none.

    Raises:
        MissingLibraryError: The extra `metrics` is not installed; a ValueError.
    """
    refuse_missing_library()
    from trading_bot.metrics.collector import GuardCollector as Collector  # noqa: PLC0415 - the extra

    return Collector(monitor, notices=notices)
