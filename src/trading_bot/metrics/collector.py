"""GuardCollector: all metrics of one guard, for a registry of prometheus_client.

They are read at the moment they are asked for, at most once a second, on the thread of who asks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from trading_bot.metrics.of_alerts import of_alerts, of_telling
from trading_bot.metrics.of_guard import of_build, of_guard
from trading_bot.metrics.of_sight import of_positions, of_sight
from trading_bot.metrics.of_workings import of_dropped, of_queue, of_record, of_threads
from trading_bot.metrics.reading import NoticesHealth, read
from trading_bot.order_flow.clock import Clock, monotonic_seconds, utc_now
from trading_bot.order_flow.live_file.aside import StepsAside
from trading_bot.order_flow.monitor import OrderFlowMonitor

FRESH_SECONDS: Final = 1.0
"""Who asks again so soon is given the same: however often one asks, little work is done."""
STUCK_SECONDS: Final = 30.0
"""How long one reading may take until its thread counts as stuck."""
_PARTS: Final = (
    of_sight,
    of_positions,
    of_alerts,
    of_telling,
    of_queue,
    of_dropped,
    of_record,
    of_threads,
)


class GuardCollector(Collector):
    """Collects the metrics of one guard; from any thread.

    A defect in it is counted and logged as of any thread of the guard, and costs the metrics alone.

    Args:
        monitor: The guard's engine.
        notices: How its notices do; None where it sends none.
        wall: The machine's time.
        steady: Seconds of a clock that is never set.
    """

    def __init__(
        self,
        monitor: OrderFlowMonitor,
        *,
        notices: NoticesHealth | None = None,
        wall: Clock = utc_now,
        steady: Callable[[], float] = monotonic_seconds,
    ) -> None:
        self._monitor = monitor
        self._notices = notices
        self._wall = wall
        self._steady = steady
        self._lock = threading.Lock()
        self._kept: tuple[Metric, ...] = ()
        self._fresh_until: float | None = None
        self._build = tuple(of_build(monitor))
        self._watched = monitor.threads.watched("metrics", STUCK_SECONDS)
        self._watched.rest()

    def describe(self) -> Iterable[Metric]:
        """Return nothing: a guard need not be asked as it is registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield every family; none where a defect keeps them from being read.

        Between two of them it steps aside: to write them down takes who asks as long as to read.
        """
        aside = StepsAside()
        for family in self._fresh(aside):
            yield family
            aside()

    def _fresh(self, aside: StepsAside) -> tuple[Metric, ...]:
        with self._lock:
            now = self._steady()
            if self._fresh_until is None or now >= self._fresh_until:
                self._kept = self._watched.run(partial(self._read, aside)) or ()
                self._watched.rest()
                self._fresh_until = now + FRESH_SECONDS
            return self._kept

    def _read(self, aside: StepsAside) -> tuple[Metric, ...]:
        reading = read(self._monitor, self._notices)
        found = [*of_guard(reading, self._wall().timestamp()), *self._build]
        for tell in _PARTS:
            aside()
            found += tell(reading)
        return tuple(found)
