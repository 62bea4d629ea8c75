"""From a signal to all who must know: headlines, journal, exit rule, journal, then listeners.

Judging, recording and recommending are one step; nobody is told before it is over. A source of
headlines, an exit judge or a listener that fails is counted and logged, and costs nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from ..clock import Clock
from ..config import OrderFlowConfig
from ..data_models import OrderFlowAlert
from ..diagnostics import get_logger
from ..exit_judge import ExitJudge
from ..market.units import (
    NS_PER_MS,
    NS_PER_SECOND,
    ns_from_utc,
    price_from_ticks,
    utc_from_ns,
)
from ..notices import FeedEvent, Listener, MonitorEvent, ThresholdNotice
from ..recommendation import ExitRecommendation
from ..rules.signals import Signal
from .history import AlertHistory
from .lines import (
    alert_id,
    alert_line,
    event_line,
    exit_id,
    iso_utc,
    signal_id,
)
from .writer import AlertLog

LATE_ALERT_NS = 10 * NS_PER_SECOND
"""An alert whose data came later than this after exchange time is marked late."""
_FEED_EVENTS = {
    "degraded": "order_flow.feed_degraded",
    "blind": "order_flow.feed_blind",
    "recovered": "order_flow.feed_recovered",
    "refused": "order_flow.data_validation_error",
}

_logger = get_logger(__name__)


class ContextSource(Protocol):
    """Whoever knows recent headlines without asking the network."""

    def headlines(self, symbol: str, as_of: datetime) -> tuple[str, ...]:
        """Return headlines about a symbol known at `as_of`, newest first."""
        ...


class AlertPublisher:
    """Records alerts, has them judged against the position, and tells.

    Args:
        config: Names the settings in every line.
        history: The alerts that may count.
        exit_judge: Turns alerts into recommendations.
        alert_log: The record; None keeps none.
        context: Headlines to attach; None attaches none.
        clock: Measures latency and `logged_at`; None writes null for both, as a replay must.

    Attributes:
        counts: What was published, by kind.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        *,
        history: AlertHistory,
        exit_judge: ExitJudge,
        alert_log: AlertLog | None = None,
        context: ContextSource | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._config_hash = config.config_hash
        self._history = history
        self._exit_judge = exit_judge
        self._alert_log = alert_log
        self._context = context
        self._clock = clock
        self._listeners: list[Listener] = []
        self._known_ids: dict[str, str] = {}
        self.counts: Counter[str] = Counter()

    def add_listener(self, listener: Listener) -> None:
        """Tell this callable of every event, once it and what follows from it are recorded.

        It is called by who judges, and must neither wait nor raise: `Telling` stands between a
        host's listeners and this.
        """
        self._listeners.append(listener)

    def refill(self, alerts: Mapping[str, OrderFlowAlert]) -> None:
        """Take alerts that an earlier run has raised: they count, and are not raised again."""
        for known_id, alert in alerts.items():
            if known_id not in self._known_ids:
                self._known_ids[known_id] = alert.symbol
                self._history.remember(alert)

    def know(self, alerts: Mapping[str, OrderFlowAlert]) -> None:
        """Take alerts that are too old to count, so that a backfill does not raise them again."""
        for known_id, alert in alerts.items():
            self._known_ids.setdefault(known_id, alert.symbol)

    def forget(self, symbol: str) -> None:
        """Drop what is known of a symbol: a later watch of it begins anew."""
        self._known_ids = {each: of for each, of in self._known_ids.items() if of != symbol}

    def publish_signal(
        self, signal: Signal, *, received_ns: int | None, price_ticks: int | None
    ) -> None:
        """Publish one signal, unless it is known already.

        Args:
            signal: As the rule raised it.
            received_ns: When its data arrived, Unix nanoseconds; None where unknown.
            price_ticks: What a share could be sold for; None where unknown.
        """
        known_as = signal_id(signal, self._config_hash)
        if known_as in self._known_ids:
            return
        delay_ns = None if received_ns is None else received_ns - signal.timestamp_ns
        late = delay_ns is not None and delay_ns > LATE_ALERT_NS
        delay_seconds = None if delay_ns is None else delay_ns / NS_PER_SECOND
        context = () if self._context is None else self._headlines(self._context, signal)
        if self._alert_log is not None:
            now = None if self._clock is None else self._clock()
            self._alert_log.write(
                alert_line(
                    signal,
                    known_as=known_as,
                    config_hash=self._config_hash,
                    late=late,
                    delay_seconds=delay_seconds,
                    context=context,
                    latency_ms=_milliseconds_between(received_ns, now),
                    logged_at=now,
                )
            )
        alert = signal.alert(
            late=late, delay_seconds=delay_seconds, context=context, alert_id=known_as
        )
        self.counts[alert.alert_type] += 1
        self._history.remember(alert)
        price = None if price_ticks is None else price_from_ticks(price_ticks)
        exit_ = self._recorded_exit(
            alert.symbol,
            alert.timestamp_utc,
            lambda: self._exit_judge.on_alert(alert, self._history.of(alert.symbol), price),
        )
        self._tell(alert)
        if exit_ is not None:
            self._tell(exit_)

    def recheck(self, symbol: str, as_of: datetime, price: Decimal | None) -> None:
        """Repeat a recommendation whose rule has held for long."""
        history = self._history.of(symbol)
        exit_ = self._recorded_exit(
            symbol, as_of, lambda: self._exit_judge.recheck(symbol, history, as_of, price)
        )
        if exit_ is not None:
            self._tell(exit_)

    def publish_feed_event(self, event: FeedEvent) -> None:
        """Publish that a feed became better or worse, or that data was refused."""
        fields: dict[str, object] = {"reason": event.reason, "position_open": event.position_open}
        if event.code is not None:
            fields["code"] = event.code
        self.write_line(_FEED_EVENTS[event.kind], event.timestamp_utc, event.symbol, **fields)
        if event.position_open and event.kind == "blind":
            self._exit_judge.on_feed_blind(event.symbol)
        if event.kind in ("recovered", "degraded"):
            self._exit_judge.on_feed_recovered(event.symbol)
        self.counts[f"feed_{event.kind}"] += 1
        self._tell(event)

    def publish_notice(self, notice: ThresholdNotice) -> None:
        """Log and tell that a threshold says nothing about a symbol; no line of the record."""
        _logger.warning(
            "order_flow.threshold_often_exceeded",
            extra={
                "symbol": notice.symbol,
                "threshold_shares": notice.threshold,
                "exceeded_per_cent": notice.exceeded_per_cent,
                "advice": notice.advice,
            },
        )
        self.counts["threshold_notice"] += 1
        self._tell(notice)

    def mark_told(self, exit_: ExitRecommendation) -> None:
        """Record that everybody has been told of an exit; may be called from any thread."""
        self.write_line("order_flow.told", exit_.timestamp_utc, exit_.symbol, exit_id=exit_.exit_id)

    def write_line(
        self, event: str, moment: datetime, symbol: str | None, **fields: object
    ) -> None:
        """Record a line of any kind."""
        if self._alert_log is None:
            return
        logged_at = None if self._clock is None else iso_utc(self._clock())
        line = event_line(event, moment, symbol, **fields, latency_ms=None, logged_at=logged_at)
        self._alert_log.write(line)

    def _headlines(self, source: ContextSource, signal: Signal) -> tuple[str, ...]:
        try:
            return source.headlines(signal.symbol, utc_from_ns(signal.timestamp_ns))
        except Exception:  # headlines are context: an alert goes out without them
            self.counts["context_failed"] += 1
            _logger.exception("order_flow.context_failed", extra={"symbol": signal.symbol})
            return ()

    def _recorded_exit(
        self, symbol: str, as_of: datetime, judge: Callable[[], ExitRecommendation | None]
    ) -> ExitRecommendation | None:
        """Return what the exit judge recommends, recorded and with its id."""
        try:
            recommendation = judge()
        except Exception as error:  # it must cost neither the alert nor later events
            facts = {"where": "exit_judge", "error": type(error).__name__}
            self.write_line("order_flow.internal_error", as_of, symbol, **facts)
            self.counts["internal_error"] += 1
            _logger.exception("order_flow.internal_error", extra={"symbol": symbol, **facts})
            return None
        if recommendation is None:
            return None
        recommendation = replace(recommendation, exit_id=exit_id(recommendation, self._config_hash))
        self._record_exit(recommendation)
        return recommendation

    def _record_exit(self, recommendation: ExitRecommendation) -> None:
        position = recommendation.position
        self.write_line(
            "order_flow.exit_signal_triggered",
            recommendation.timestamp_utc,
            recommendation.symbol,
            reason=recommendation.reason,
            urgency=recommendation.urgency,
            alert_ids=[alert_id(alert, self._config_hash) for alert in recommendation.alerts],
            quantity=position.quantity,
            average_price=position.average_price,
            stop=position.stop,
            price=recommendation.price,
            unrealised_pnl=recommendation.unrealised_pnl,
            distance_to_stop=recommendation.distance_to_stop,
        )
        self.counts["exit"] += 1

    def _tell(self, event: MonitorEvent) -> None:
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:  # a host's listener must not end the protection
                self.counts["listener_failed"] += 1
                _logger.exception(
                    "order_flow.listener_failed",
                    extra={"listener": repr(listener), "told": type(event).__name__},
                )


def _milliseconds_between(received_ns: int | None, now: datetime | None) -> float | None:
    if received_ns is None or now is None:
        return None
    return round((ns_from_utc(now) - received_ns) / NS_PER_MS, 3)
