"""MarketJudge: a judge for every watched symbol, and every finding to record and listeners."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal

from .clock import Clock, utc_now
from .config import OrderFlowConfig
from .diagnostics import get_logger
from .exit_judge import RiskManager
from .feed.poll_driver import MonitorClient
from .journal.publisher import AlertPublisher, ContextSource
from .journal.writer import AlertLog
from .kept_positions import KeptPositions
from .market.trade_conditions import TradeConditions
from .market.units import ns_from_utc, price_from_ticks, utc_from_ns
from .notices import ThresholdNotice
from .order_flow_detector import OrderFlowDetector
from .position import Position, PositionManager
from .rules.router import EventRouter
from .rules.side.classifier import TradeSideClassifier
from .rules.signals import Finding
from .rules.symbol_judge import NEVER_NS, SymbolJudge
from .rules.threshold_fit import ThresholdCheck
from .sight.feed_health import FeedWatch
from .tape_monitor import TapeMonitor

_logger = get_logger(__name__)


class MarketJudge:
    """Judges any number of symbols and publishes what is found; `OrderFlowMonitor` feeds it.

    Args:
        config: Settings.
        position_manager: What is held, and the watchlist.
        client: Whom detector and tape monitor may ask.
        alert_log: The record; None keeps none.
        context: Headlines for alerts.
        clock: Exchange-aligned present.
        wall_fields: False writes null for latency and `logged_at`, as a replay must.
        conditions: Which prints count.

    Attributes:
        router: Gives events to the symbols' judges; `on_quote`, `on_book` and `on_trade` are its.
        positions: The open positions by symbol, as last read.
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
        client: MonitorClient,
        alert_log: AlertLog | None = None,
        context: ContextSource | None = None,
        clock: Clock = utc_now,
        wall_fields: bool = True,
        conditions: TradeConditions | None = None,
    ) -> None:
        self.config = config
        self.client = client
        self.clock = clock
        self._conditions = conditions or TradeConditions()
        self.router = EventRouter(self._publish, self._recheck)
        # The ways in, for whoever has a monitor in hand.
        self.on_quote = self.router.on_quote
        self.on_book = self.router.on_book
        self.on_trade = self.router.on_trade
        self._dropped: Counter[str] = Counter()
        self._warned_conditions: set[int] = set()
        self._threshold_check = ThresholdCheck()
        self.positions: dict[str, Position] = {}
        self.risk_manager = RiskManager(config, KeptPositions(position_manager, self.positions))
        self.detector = OrderFlowDetector(
            config,
            client=client,
            clock=clock,
            risk_manager=self.risk_manager,
            position_manager=position_manager,
        )
        self.tape_monitor = TapeMonitor(
            config, client=client, clock=clock, conditions=self._conditions
        )
        self.publisher = AlertPublisher(
            config,
            detector=self.detector,
            risk_manager=self.risk_manager,
            alert_log=alert_log,
            context=context,
            clock=clock if wall_fields else None,
        )
        self.feeds = FeedWatch(config, is_held=self.positions.__contains__)
        self.stream_counts: Counter[str] = Counter()

    @property
    def symbols(self) -> tuple[str, ...]:
        """The watched symbols."""
        return tuple(self.router.judges)

    def judge_of(self, symbol: str) -> SymbolJudge | None:
        """Return the judge of a watched symbol, or None."""
        return self.router.judges.get(symbol)

    def watch(self, symbol: str, *, from_ns: int, now_ns: int) -> None:
        """Judge a symbol from now on.

        Args:
            symbol: Ticker.
            from_ns: Since when every print will be given, so that quiet minutes count.
            now_ns: The present.
        """
        bursts = self.tape_monitor.state_of(symbol)
        bursts.watch_from(from_ns)
        self.router.judges[symbol] = SymbolJudge(
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
        judge = self.router.judges.pop(symbol, None)
        if judge is not None:
            self._dropped.update(judge.left_out())
        self.detector.forget(symbol)
        self.tape_monitor.forget(symbol)
        self.risk_manager.forget(symbol)
        self.feeds.remove(symbol)
        self.publisher.forget(symbol)
        self._threshold_check.forget(symbol)

    def use_conditions(self, conditions: TradeConditions) -> None:
        """Judge the symbols that are watched from now on by another table of trade conditions."""
        self._conditions = conditions

    def price(self, symbol: str) -> Decimal | None:
        """Return what a share could be sold for: the best bid, else the last price, else None."""
        judge = self.router.judges.get(symbol)
        return None if judge is None else _price(judge)

    def dropped(self) -> Mapping[str, int]:
        """Return what was not judged, by reason, over the life of this monitor."""
        total = Counter(self._dropped)
        # Copies throughout: the judging thread may add a reason meanwhile.
        for judge in tuple(self.router.judges.values()):
            total.update(judge.left_out())
        total.update(dict(self.feeds.refused))
        total.update(dict(self.client.counters))
        total.update(self.stream_counts)
        return dict(sorted(total.items()))

    def every_second(self, now_ns: int, symbols: Iterable[str] | None = None) -> None:
        """Tell what time has brought: feeds that changed, and what is odd about symbols or prints.

        Whoever feeds this judge calls it once a second for every protected symbol.

        Args:
            now_ns: The present, Unix nanoseconds.
            symbols: Which symbols are looked at; None for every watched one.
        """
        # A copy: a listener that is told may close positions.
        looked_at = self.symbols if symbols is None else tuple(symbols)
        for event in self.feeds.changes_of(looked_at, now_ns):
            self.publisher.publish_feed_event(event)
        self._check_thresholds(looked_at, now_ns)
        self._warn_of_unknown_conditions()

    def _check_thresholds(self, symbols: Iterable[str], now_ns: int) -> None:
        for symbol in symbols:
            judge = self.router.judges.get(symbol)
            if judge is None or not judge.quotes:
                continue
            large = self.detector.state_of(symbol).shows_large_level
            per_cent = self._threshold_check.saw(symbol, exceeded=large)
            if per_cent is not None:
                threshold = self.config.for_symbol(symbol).large_order_size_threshold
                self.publisher.publish_notice(
                    ThresholdNotice(symbol, utc_from_ns(now_ns), threshold, per_cent)
                )

    def _warn_of_unknown_conditions(self) -> None:
        for condition in sorted(self._conditions.unknown_seen - self._warned_conditions):
            self._warned_conditions.add(condition)
            _logger.warning("order_flow.unknown_condition_met", extra={"condition": condition})

    def _publish(
        self, judge: SymbolJudge, findings: list[Finding], received_ns: int | None
    ) -> None:
        price_ticks = _price_ticks(judge)
        for finding in findings:
            self.publisher.publish_finding(
                finding, received_ns=received_ns, price_ticks=price_ticks
            )
        self._plan_recheck(judge)

    def _recheck(self, judge: SymbolJudge, sip_ns: int) -> None:
        self.publisher.recheck(judge.symbol, utc_from_ns(sip_ns), _price(judge))
        self._plan_recheck(judge)

    def _plan_recheck(self, judge: SymbolJudge) -> None:
        moment = self.risk_manager.recheck_at(judge.symbol)
        judge.recheck_ns = NEVER_NS if moment is None else ns_from_utc(moment)


def _price_ticks(judge: SymbolJudge) -> int | None:
    return judge.bid_ticks or judge.last_ticks or None


def _price(judge: SymbolJudge) -> Decimal | None:
    ticks = _price_ticks(judge)
    return None if ticks is None else price_from_ticks(ticks)
