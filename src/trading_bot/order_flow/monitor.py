"""OrderFlowMonitor: every event of every watched symbol goes to its judge, every finding onwards.

`on_trade` and `on_quote` are the way in for every mode. `run` polls the provider or streams;
whoever replays a day calls the two functions with what was recorded.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from trading_bot.clock import Clock, monotonic_seconds, utc_now
from trading_bot.error_handling.exceptions import DataSourceError
from trading_bot.logger import TradingLogger
from trading_bot.order_flow.alert_log import AlertLog, alert_id
from trading_bot.order_flow.alert_publisher import AlertPublisher, ContextSource, Listener
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.event_feed import DEFAULT_LIMIT, EventFeed
from trading_bot.order_flow.feed_watch import SNAPSHOT, TAPE, FeedWatch
from trading_bot.order_flow.monitor_events import ThresholdNotice
from trading_bot.order_flow.order_flow_detector import OrderFlowDetector
from trading_bot.order_flow.poll_feed import backfill_start, cycle_seconds
from trading_bot.order_flow.poll_loop import MonitorClient, PollLoop
from trading_bot.order_flow.polygon_client import PolygonClient
from trading_bot.order_flow.symbol_judge import NEVER_NS, SymbolJudge
from trading_bot.order_flow.tape_monitor import TapeMonitor
from trading_bot.order_flow.threshold_check import ThresholdCheck
from trading_bot.order_flow.trade_conditions import TradeConditions
from trading_bot.order_flow.trade_side import TradeSideClassifier
from trading_bot.order_flow.units import ns_from_utc, price_from_ticks, utc_from_ns
from trading_bot.order_flow.visibility import Visibility
from trading_bot.positions.position import Position, PositionManager
from trading_bot.risk_management.risk_manager import RiskManager

MonitorMode = Literal["stream", "poll"]
"""How the market is watched: by a stream of every event, or by asking again and again."""
STREAM_PATIENCE_SECONDS = 20.0
"""How long a stream may fail from the beginning before polling takes its place, where allowed."""
DEFAULT_LOG_DIRECTORY = Path("logs/order_flow")

_logger = TradingLogger.get_logger("order_flow.monitor")


class _KeptPositions:
    """A host's position manager, or the positions as last read while it fails."""

    def __init__(self, manager: PositionManager, last_read: Mapping[str, Position]) -> None:
        self._manager = manager
        self._last_read = last_read

    def get_active_positions(self) -> Sequence[Position]:
        """Return every open position."""
        try:
            return self._manager.get_active_positions()
        except Exception:  # a host's manager must not end the protection
            _logger.exception("order_flow.position_manager_failed")
            return tuple(self._last_read.values())

    def get_watchlist(self) -> Sequence[str]:
        """Return the symbols to watch without a position."""
        return self._manager.get_watchlist()


class OrderFlowMonitor:
    """Watches every held symbol and tells the listeners what it finds.

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
        positions: The open positions by symbol, as last read.
        protected: The symbols of the positions and the watchlist, as last read. `symbols` are more
            where everything is watched.
        detector: Large sellers and the alert history.
        tape_monitor: Red bursts.
        risk_manager: The exit rule.
        publisher: Record and listeners.
        feeds: Visibility by symbol.
        stream_counts: What a stream left out, repaired or went through, by reason.
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
        self.config = config
        self._stop = threading.Event()
        # Waits for turns and retries end at once when the monitor is stopped.
        self.client = client or PolygonClient(config, clock=clock, wait=self._stop.wait)
        self.clock = clock
        self._conditions = conditions or TradeConditions()
        self._judges: dict[str, SymbolJudge] = {}
        self._dropped: Counter[str] = Counter()
        self._warned_conditions: set[int] = set()
        self._threshold_check = ThresholdCheck()
        self.positions: dict[str, Position] = {}
        self.protected: tuple[str, ...] = ()
        self._manager_fails = False
        self.risk_manager = RiskManager(config, _KeptPositions(position_manager, self.positions))
        self.detector = OrderFlowDetector(
            config,
            client=self.client,
            clock=clock,
            risk_manager=self.risk_manager,
            position_manager=position_manager,
        )
        self.tape_monitor = TapeMonitor(
            config, client=self.client, clock=clock, conditions=self._conditions
        )
        if alert_log is None and log_directory is not None:
            alert_log = AlertLog(log_directory)
        self._alert_log = alert_log
        self.publisher = AlertPublisher(
            config,
            detector=self.detector,
            risk_manager=self.risk_manager,
            alert_log=self._alert_log,
            context=context,
            clock=clock if wall_fields else None,
        )
        self.feeds = FeedWatch(config, is_held=self.positions.__contains__)
        self.stream_counts: Counter[str] = Counter()
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

    @property
    def symbols(self) -> tuple[str, ...]:
        """The watched symbols."""
        return tuple(self._judges)

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

    def start_afresh(self) -> None:
        """Drop the state of an earlier run: what was missed since must not look like quiet."""
        found = tuple(self.detector.alert_history)
        for symbol in self.symbols:
            self.unwatch(symbol)
        self.publisher.refill({alert_id(each, self.config.config_hash): each for each in found})

    def stop(self) -> None:
        """End `run`; may be called from any thread or signal handler."""
        self._stop.set()
        self._wake()

    def close(self) -> None:
        """Close the record."""
        if self._alert_log is not None:
            self._alert_log.close()

    def watch(self, symbol: str, *, from_ns: int, now_ns: int) -> None:
        """Judge a symbol from now on.

        Args:
            symbol: Ticker.
            from_ns: Since when every print will be given, so that quiet minutes count.
            now_ns: The present.
        """
        bursts = self.tape_monitor.state_of(symbol)
        bursts.watch_from(from_ns)
        self._judges[symbol] = SymbolJudge(
            symbol,
            self.config,
            conditions=self._conditions,
            sellers=self.detector.state_of(symbol),
            bursts=bursts,
            sides=TradeSideClassifier(),
        )
        self.feeds.add(symbol, now_ns)

    def unwatch(self, symbol: str) -> None:
        """End the watch of a symbol and drop its state; its counts of dropped prints stay."""
        judge = self._judges.pop(symbol, None)
        if judge is not None:
            self._dropped.update(judge.left_out())
        self.detector.forget(symbol)
        self.tape_monitor.forget(symbol)
        self.risk_manager.forget(symbol)
        self.feeds.remove(symbol)
        self.publisher.forget(symbol)
        self._threshold_check.forget(symbol)

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
        for symbol in set(self.positions) - set(positions):
            del self.positions[symbol]
        self.protected = symbols
        return symbols

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

    def on_quote(
        self,
        symbol: str,
        sip_ns: int,
        matched_ns: int,
        bid_ticks: int,
        bid_size: int,
        ask_ticks: int,
        ask_size: int,
        received_ns: int | None = None,
    ) -> None:
        """Take one quote in exchange order; see `SymbolJudge.on_quote`. Unwatched ones pass by."""
        judge = self._judges.get(symbol)
        if judge is None:
            return
        alerts = judge.on_quote(sip_ns, matched_ns, bid_ticks, bid_size, ask_ticks, ask_size)
        if alerts:
            self._publish(judge, alerts, received_ns)

    def on_book(
        self,
        symbol: str,
        sip_ns: int,
        matched_ns: int,
        bid_ticks: int,
        bid_size: int,
        ask_ticks: int,
        ask_size: int,
        large_bids: Sequence[tuple[int, int]],
    ) -> None:
        """Take one book that shows levels; see `SymbolJudge.on_book`. Unwatched ones pass by."""
        judge = self._judges.get(symbol)
        if judge is None:
            return
        alerts = judge.on_book(
            sip_ns, matched_ns, bid_ticks, bid_size, ask_ticks, ask_size, large_bids
        )
        if alerts:
            self._publish(judge, alerts, None)

    def on_trade(
        self,
        symbol: str,
        sip_ns: int,
        matched_ns: int,
        price_ticks: int,
        size: int,
        conditions: tuple[int, ...] = (),
        correction: int = 0,
        exchange: int = 0,
        participant_ns: int | None = None,
        stated_side: str | None = None,
        received_ns: int | None = None,
    ) -> None:
        """Take one print in exchange order; see `SymbolJudge.on_trade`. Unwatched ones pass by."""
        judge = self._judges.get(symbol)
        if judge is None:
            return
        alerts = judge.on_trade(
            sip_ns,
            matched_ns,
            price_ticks,
            size,
            conditions,
            correction,
            exchange,
            participant_ns,
            stated_side,
        )
        if alerts:
            self._publish(judge, alerts, received_ns)
        if sip_ns >= judge.recheck_ns:
            self.publisher.recheck(symbol, utc_from_ns(sip_ns), self._price(judge))
            self._plan_recheck(judge)

    def warn_of_unknown_conditions(self) -> None:
        """Log each trade condition that no table knows, once; to be called every second."""
        for condition in sorted(self._conditions.unknown_seen - self._warned_conditions):
            self._warned_conditions.add(condition)
            _logger.warning("order_flow.unknown_condition_met", extra={"condition": condition})

    def check_thresholds(self) -> None:
        """Look once whether sizes exceed their thresholds; to be called every second."""
        # A copy: a listener that is told may close positions.
        for symbol, judge in tuple(self._judges.items()):
            if not judge.quotes:
                continue
            large = self.detector.state_of(symbol).shows_large_level
            per_cent = self._threshold_check.saw(symbol, exceeded=large)
            if per_cent is not None:
                threshold = self.config.for_symbol(symbol).large_order_size_threshold
                self.publisher.publish_notice(
                    ThresholdNotice(symbol, self.clock(), threshold, per_cent)
                )

    def visibility(self, symbol: str) -> Visibility:
        """Say what can be seen of a symbol now."""
        return self.feeds.visibility(symbol, ns_from_utc(self.clock()))

    def price(self, symbol: str) -> Decimal | None:
        """Return what a share could be sold for: the best bid, else the last price, else None."""
        judge = self._judges.get(symbol)
        return None if judge is None else self._price(judge)

    def dropped(self) -> Mapping[str, int]:
        """Return what was not judged, by reason, over the life of this monitor."""
        total = Counter(self._dropped)
        # Copies throughout: the judging thread may add a reason meanwhile.
        for judge in tuple(self._judges.values()):
            total.update(judge.left_out())
        total.update(dict(self.feeds.refused))
        total.update(dict(self.client.counters))
        total.update(self.stream_counts)
        return dict(sorted(total.items()))

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

    def use_conditions(self, conditions: TradeConditions) -> None:
        """Judge the symbols that are watched from now on by another table of trade conditions."""
        self._conditions = conditions

    def cycle_seconds(self, symbols: int) -> float:
        """Return how long one poll of so many symbols takes."""
        return cycle_seconds(self.config, symbols)

    def judge_of(self, symbol: str) -> SymbolJudge | None:
        """Return the judge of a watched symbol, or None."""
        return self._judges.get(symbol)

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
        from trading_bot.order_flow.stream_loop import StreamLoop  # noqa: PLC0415 - see above

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

    def _publish(
        self, judge: SymbolJudge, alerts: list[OrderFlowAlert], received_ns: int | None
    ) -> None:
        for alert in alerts:
            self.publisher.publish_alert(alert, received_ns=received_ns, price=self._price(judge))
        self._plan_recheck(judge)

    def _plan_recheck(self, judge: SymbolJudge) -> None:
        moment = self.risk_manager.recheck_at(judge.symbol)
        judge.recheck_ns = NEVER_NS if moment is None else ns_from_utc(moment)

    def _price(self, judge: SymbolJudge) -> Decimal | None:
        ticks = judge.bid_ticks or judge.last_ticks
        return price_from_ticks(ticks) if ticks else None
