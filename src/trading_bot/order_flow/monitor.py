"""OrderFlowMonitor: watches the market for the open positions, by a stream or by polling.

What it does with every event stands in `market_judge`. `run` polls the provider or streams; whoever
replays a day calls `on_trade` and `on_quote` with what was recorded.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from .clock import Clock, monotonic_seconds, utc_now
from .config import OrderFlowConfig
from .diagnostics import get_logger
from .errors import DataSourceError
from .feed.poll_driver import MonitorClient, PollLoop
from .feed.poll_feed import backfill_start, cycle_seconds
from .journal.event_feed import DEFAULT_LIMIT, EventFeed
from .journal.lines import alert_id
from .journal.publisher import ContextSource, Listener
from .journal.writer import AlertLog
from .judge import MarketJudge
from .market.trade_conditions import TradeConditions
from .market.units import ns_from_utc, utc_from_ns
from .position import PositionManager
from .providers.polygon.client import PolygonClient
from .sight.feed_health import SNAPSHOT, TAPE
from .sight.visibility import Visibility

MonitorMode = Literal["stream", "poll"]
"""How the market is watched: by a stream of every event, or by asking again and again."""
STREAM_PATIENCE_SECONDS = 20.0
"""How long a stream may fail from the beginning before polling takes its place, where allowed."""
DEFAULT_LOG_DIRECTORY = Path("logs/order_flow")

_logger = get_logger(__name__)


class OrderFlowMonitor(MarketJudge):
    """Watches every held symbol and tells the listeners what it finds.

    It has the attributes of `MarketJudge` too.

    Args:
        config: Settings.
        position_manager: What is held, and the watchlist.
        client: The provider; a `PolygonClient` of these settings by default.
        log_directory: Where the record goes; None keeps no record.
        alert_log: The record itself, in place of one in `log_directory`.
        context: Headlines for alerts.
        clock: Exchange-aligned present.
        wall_fields: False writes null for latency and `logged_at`, as a replay must.
        conditions: Which prints count.

    Attributes:
        protected: The symbols of the positions and the watchlist, as last read. `symbols` are more
            where everything is watched.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        *,
        position_manager: PositionManager,
        client: MonitorClient | None = None,
        log_directory: Path | str | None = DEFAULT_LOG_DIRECTORY,
        alert_log: AlertLog | None = None,
        context: ContextSource | None = None,
        clock: Clock = utc_now,
        wall_fields: bool = True,
        conditions: TradeConditions | None = None,
    ) -> None:
        self._stop = threading.Event()
        if alert_log is None and log_directory is not None:
            alert_log = AlertLog(log_directory)
        self._alert_log = alert_log
        super().__init__(
            config,
            position_manager=position_manager,
            # Waits for turns and retries end at once when the monitor is stopped.
            client=client or PolygonClient(config, clock=clock, wait=self._stop.wait),
            alert_log=alert_log,
            context=context,
            clock=clock,
            wall_fields=wall_fields,
            conditions=conditions,
        )
        self.protected: tuple[str, ...] = ()
        self._manager_fails = False
        self._wake: Callable[[], None] = lambda: None

    def add_listener(self, listener: Listener) -> None:
        """Tell this callable of every alert, exit recommendation and feed event, once recorded."""
        self.publisher.add_listener(listener)

    def remove_listener(self, listener: Listener) -> None:
        """Tell this callable no more."""
        self.publisher.remove_listener(listener)

    def events(self, limit: int = DEFAULT_LIMIT) -> EventFeed:
        """Return every event from now on as an asynchronous iterator: `async for` on it.

        Call it on the event loop that reads; `close` ends the iteration.

        Args:
            limit: How many events may wait for the reader; the oldest goes first, and is counted.
        """
        return EventFeed(self, limit)

    def run(
        self,
        duration_seconds: float | None = None,
        *,
        mode: MonitorMode = "poll",
        on_refused: Callable[[DataSourceError], None] | None = None,
        everything: bool = False,
    ) -> None:
        """Watch until `stop` is called, or for a while. Blocks; give it a thread of its own.

        A later run, such as that of the next session, begins afresh but for the alerts that count.

        Args:
            duration_seconds: Ends by itself after this time; None runs on.
            mode: `stream` or `poll`.
            on_refused: Told why when the provider refuses to stream, or cannot be reached from the
                beginning; polling goes on then. Without it a refusal ends the run.
            everything: Judge every symbol that the provider streams. Only those of the positions
                and the watchlist are repaired after a cut; the others begin anew. Polling in place
                of a refused stream watches the positions and the watchlist only.

        Raises:
            DataSourceError: The provider refuses to stream; `code` says why.
            ValueError: `everything` in another mode than `stream`.
        """
        if everything and mode != "stream":
            raise ValueError("everything needs mode='stream'")
        ends = None if duration_seconds is None else monotonic_seconds() + duration_seconds
        try:
            if mode == "stream":
                patience = None if on_refused is None else STREAM_PATIENCE_SECONDS
                refusal = asyncio.run(
                    self._stream(duration_seconds, patience, everything=everything)
                )
                if refusal is None:
                    return
                if on_refused is None:
                    raise refusal
                on_refused(refusal)
            self._poll(None if ends is None else max(ends - monotonic_seconds(), 0.0))
        finally:
            self.close()

    async def run_async(
        self, duration_seconds: float | None = None, *, everything: bool = False
    ) -> None:
        """Stream on the running event loop until `stop`, cancellation, or for a while.

        Args:
            duration_seconds: Ends by itself after this time; None runs on.
            everything: Judge every symbol that the provider streams; see `run`.

        Raises:
            DataSourceError: The provider refuses to stream; `code` says why. `run` in a thread can
                poll instead.
        """
        try:
            refusal = await self._stream(duration_seconds, None, everything=everything)
        finally:
            self.close()
        if refusal is not None:
            raise refusal

    def stop(self) -> None:
        """End `run`; may be called from any thread or signal handler."""
        self._stop.set()
        self._wake()

    def close(self) -> None:
        """Close the record."""
        if self._alert_log is not None:
            self._alert_log.close()

    def start_afresh(self) -> None:
        """Drop the state of an earlier run: what was missed since must not look like quiet."""
        found = tuple(self.detector.alert_history)
        for symbol in self.symbols:
            self.unwatch(symbol)
        self.publisher.refill({alert_id(each, self.config.config_hash): each for each in found})

    def refill(self) -> None:
        """Take back the alerts that an earlier run recorded within the exit window.

        Those that are older, but within what is asked for at the start, are not raised again
        either. Alerts found under other settings are left to be judged anew.
        """
        if self._alert_log is None:
            return
        now = self.clock()
        windows = [self.config.for_symbol(each) for each in ("", *self.config.symbol_overrides)]
        opened_at = now - timedelta(seconds=max(each.alert_window_seconds for each in windows))
        backfill_from = utc_from_ns(backfill_start(ns_from_utc(now)))
        known = self._alert_log.alerts_between(
            min(opened_at, backfill_from), now, config_hash=self.config.config_hash
        )
        counting = {key: each for key, each in known.items() if each.timestamp_utc >= opened_at}
        self.publisher.refill(counting)
        self.publisher.know(known)

    def read_positions(self) -> tuple[str, ...]:
        """Read the positions anew and return the symbols that are to be watched.

        A position manager that fails is counted each time and logged once until it works again;
        the symbols as last read stay protected.
        """
        try:
            positions, symbols = self.detector.held_positions(), self.detector.monitored_symbols()
        except Exception:  # a host's manager must not end the protection
            self._dropped["position_manager_failed"] += 1
            if not self._manager_fails:
                _logger.exception("order_flow.position_manager_failed")
            self._manager_fails = True
            return self.protected
        self._manager_fails = False
        # Never empty in between: other threads look at it.
        self.positions.update(positions)
        for symbol in [each for each in self.positions if each not in positions]:
            del self.positions[symbol]
        self.protected = symbols
        return symbols

    def visibility(self, symbol: str) -> Visibility:
        """Say what can be seen of a symbol now."""
        return self.feeds.visibility(symbol, ns_from_utc(self.clock()))

    def health_check(self) -> dict[str, Any]:
        """Say how well the positions are protected.

        Returns:
            What `OrderFlowDetector.health_check` says, with `status` set to the worst visibility of
            a held symbol (`ok`, `degraded` or `blind`), and `symbols` (visibility and its reason by
            symbol), `dropped` (counts by reason) and `published` (counts by kind).
        """
        seen = {symbol: self.visibility(symbol) for symbol in self.symbols}
        held = {found.state for symbol, found in seen.items() if symbol in self.positions}
        health = self.detector.health_check()
        if "blind" in held:
            health["status"] = "blind"
        elif "degraded" in held:
            health["status"] = "degraded"
        health["symbols"] = {
            symbol: {"visibility": found.state, "reason": found.reason}
            for symbol, found in seen.items()
        }
        health["dropped"] = self.dropped()
        health["published"] = dict(sorted(self.publisher.counts.items()))
        return health

    def bursts_judged(self, symbol: str) -> bool:
        """Tell whether red bursts of a symbol are judged at this time of the day."""
        return self.tape_monitor.judges_at(symbol, ns_from_utc(self.clock()))

    def cycle_seconds(self, symbols: int) -> float:
        """Return how long one poll of so many symbols takes."""
        return cycle_seconds(self.config, symbols)

    def _poll(self, duration_seconds: float | None) -> None:
        self.feeds.kinds = (SNAPSHOT, TAPE)
        self.start_afresh()
        loop = PollLoop(self, self.client)
        self._wake = loop.wake
        try:
            loop.run(self._stop, duration_seconds)
        finally:
            self._wake = lambda: None

    async def _stream(
        self, duration_seconds: float | None, patience_seconds: float | None, *, everything: bool
    ) -> DataSourceError | None:
        # A replay and polling load no WebSocket.
        from .feed.stream_driver import StreamLoop  # noqa: PLC0415 - see above

        self.feeds.kinds = (TAPE,)
        self.start_afresh()
        loop = StreamLoop(
            self, self.client, everything=everything, patience_seconds=patience_seconds
        )
        self._wake = loop.wake
        try:
            return await loop.run(self._stop, duration_seconds)
        finally:
            self._wake = lambda: None
