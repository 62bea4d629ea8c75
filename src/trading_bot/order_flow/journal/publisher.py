"""From a signal to all who must know: headlines, journal, exit rule, journal, listeners.

Judging, recording and recommending are one step; nobody is told before it is over. A source of
headlines, an exit judge or a listener that fails is counted and logged, and costs nothing else.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol

from ..clock import Clock
from ..config import OrderFlowConfig
from ..data_models import Facts, OrderFlowAlert
from ..diagnostics import get_logger
from ..exit_judge import ExitJudge
from ..market.units import (
    NS_PER_MS,
    NS_PER_SECOND,
    iso_utc,
    ns_from_utc,
    price_from_ticks,
    utc_from_ns,
)
from ..notices import (
    FeedEvent,
    GuardState,
    GuardStateKind,
    Listener,
    MonitorEvent,
    RegimeNotice,
    ThresholdNotice,
    WallNotice,
)
from ..position import Position
from ..recommendation import ExitRecommendation
from ..rules.continued import JudgedSpan
from ..rules.leaving import LeavingOf, no_quote_known, with_leaving
from ..rules.signals import Signal
from ..settings.changes import values_changed, words_of
from ..settings.renewal import RefusalKind
from .history import AlertHistory
from .lines import (
    CAPTURE_EVENT,
    EXIT_EVENT,
    POSITIONS_STALE_EVENT,
    POSITIONS_UNKNOWN_EVENT,
    REGIME_EVENT,
    REOPENED_EVENT,
    SETTINGS_CHANGED_EVENT,
    SETTINGS_REFUSED_EVENT,
    TOLD_EVENT,
    WALL_EVENTS,
    alert_id,
    alert_line,
    event_line,
    exit_fields,
    exit_id,
    lateness,
    signal_id,
)
from .market_minute import MarketMinute
from .published import Published
from .said import Said, SaidEpisodes
from .worth import worth_of_exits
from .writer import AlertLog

KNOWN_NS = 3_600 * NS_PER_SECOND
"""How long the id of an alert is known: longer than any history that is asked for."""
MOST_RANKED: Final = 5_000
"""Alerts on own scale that are remembered: a day of hundreds of symbols."""
MOST_KNOWN: Final = 50_000
"""Ids of one symbol that are known: fourteen alerts a second for all that time."""
_FEED_EVENTS = {
    "degraded": "order_flow.feed_degraded",
    "blind": "order_flow.feed_blind",
    "recovered": "order_flow.feed_recovered",
    "refused": "order_flow.data_validation_error",
    "lost": "order_flow.data_lost",
    "depth_lost": "order_flow.depth_lost",
    "depth_back": "order_flow.depth_back",
    "feeds_disagree": "order_flow.feeds_disagree",
    "feeds_agree": "order_flow.feeds_agree",
}

INTERNAL_ERROR_EVENT = "order_flow.internal_error"
CONNECTION_EVENT = "order_flow.connection"

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
        leaving: Says what leaving a position costs; asked only for an exit that is recommended.

    Attributes:
        counts: What was published, by kind.
        published: Alerts and exits in more detail, and how long they took.
        exits: The newest recommendation for each open position.
        market: The market's last minute.
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
        leaving: LeavingOf = no_quote_known,
    ) -> None:
        self._leaving = leaving
        self._config = config
        self._config_hash = config.config_hash
        self._history = history
        self._exit_judge = exit_judge
        self._alert_log = alert_log
        self._context = context
        self._clock = clock
        self._listeners: list[Listener] = []
        # What was said already: by symbol the ids of alerts with their stamps, and of exits.
        # Ordered, because its first goes as quickly however many went before.
        self._known_ns: dict[str, OrderedDict[str, int]] = {}
        self._known_exits: set[str] = set()
        # The newest alert of each symbol that an earlier run recorded: it may have ended before it
        # judged the exit.
        self._unjudged: dict[str, OrderFlowAlert] = {}
        # Recommendations of earlier runs whose positions have not been met yet.
        self._earlier: dict[str, ExitRecommendation] = {}
        self._told: frozenset[str] = frozenset()
        # By id the alerts on own scale, which count for the pace of their day.
        self._ranked: dict[str, OrderFlowAlert] = {}
        self.episodes = SaidEpisodes()
        self.exits: dict[str, ExitRecommendation] = {}
        self.counts: Counter[str] = Counter()
        self.published = Published()
        self.market = MarketMinute()

    def add_listener(self, listener: Listener) -> None:
        """Tell this callable of every event, once it and what follows from it are recorded.

        It is called by who judges, and must neither wait nor raise: `Telling` stands between a
        host's listeners and this.
        """
        self._listeners.append(listener)

    def take_back(self, said: Said) -> None:
        """Take what earlier runs said: it counts, and is not said again."""
        for known_as, alert in said.alerts.items():
            signal = Signal.of(alert)
            if self._is_new(signal, known_as):
                self._history.remember(alert)
                self._unjudged[alert.symbol] = alert
        for symbol, recommendation in said.exits.items():
            if recommendation.exit_id not in self._known_exits:
                self._known_exits.add(recommendation.exit_id)
                self._earlier[symbol] = recommendation
        self._told = said.told
        for known_as, alert in said.alerts.items():
            self._note_ranked(known_as, alert)

    def use_settings(self, config: OrderFlowConfig, moment: datetime) -> None:
        """Name other settings in every line from now on; record and tell what has changed.

        Args:
            config: The settings that are in force from now on.
            moment: The present.
        """
        before, self._config = self._config, config
        old_hash, self._config_hash = self._config_hash, config.config_hash
        values = values_changed(before, config)
        self.write_line(
            SETTINGS_CHANGED_EVENT,
            moment,
            None,
            old_hash=old_hash,
            new_hash=self._config_hash,
            changed={name: {"old": old, "new": new} for name, (old, new) in values.items()},
        )
        self.counts["settings_changed"] += 1
        self._tell(GuardState("settings_changed", None, words_of(values), moment))

    def ranked_alerts(self, symbol: str) -> tuple[OrderFlowAlert, ...]:
        """Return what was said of a symbol on its own scale, by this run and those before it."""
        return tuple(each for each in self._ranked.values() if each.symbol == symbol)

    def forget(self, symbol: str) -> None:
        """Drop what was said of a symbol of which nothing comes again."""
        self._known_ns.pop(symbol, None)
        self.episodes.forget(symbol)

    def resume(self, position: Position) -> None:
        """Let what an earlier run recommended for a position stand; tell it unless that was done.

        Args:
            position: As this run meets it first.
        """
        earlier = self._earlier.pop(position.symbol, None)
        opened_at = position.opened_at
        if earlier is None or (opened_at is not None and earlier.timestamp_utc < opened_at):
            return  # none, or one for another position
        held = replace(earlier.position, origin=position.origin, opened_at=opened_at)
        earlier = replace(earlier, position=held)
        self._exit_judge.take_back(earlier)
        self.exits[position.symbol] = earlier
        if earlier.exit_id not in self._told:
            self.counts["exit_repeated"] += 1
            self._tell(earlier)

    def mark_told(self, recommendation: ExitRecommendation) -> None:
        """Record that a recommendation has been told: a later start does not tell it again.

        May be called from any thread.
        """
        self.write_line(
            TOLD_EVENT,
            recommendation.timestamp_utc,
            recommendation.symbol,
            exit_id=recommendation.exit_id,
        )

    def publish_signal(
        self, signal: Signal, *, received_ns: int | None, price_ticks: int | None
    ) -> bool:
        """Publish one signal, unless it is known already; return whether it was new.

        Args:
            signal: As the rule raised it.
            received_ns: When its data arrived, Unix nanoseconds; None where unknown.
            price_ticks: What a share could be sold for; None where unknown.
        """
        known_as = signal_id(signal, self._config_hash)
        if not self._is_new(signal, known_as):
            self._judge_again(signal, known_as, price_ticks)
            return False
        late, delay_seconds = lateness(signal.timestamp_ns, received_ns)
        context = () if self._context is None else self._headlines(self._context, signal)
        latency_seconds = None
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
            latency_seconds = self._seconds_since(received_ns)
        alert = signal.alert(
            late=late, delay_seconds=delay_seconds, context=context, alert_id=known_as
        )
        self._note_ranked(known_as, alert)
        self.counts[alert.alert_type] += 1
        self.published.note_alert(alert, latency_seconds)
        self._history.remember(alert)
        recommendation = self._recommend(alert, price_ticks)
        self._tell(alert)
        if recommendation is not None:
            self._tell(recommendation)
        return True

    def recheck(
        self, symbol: str, as_of: datetime, price: Decimal | None, facts: Facts | None = None
    ) -> None:
        """Repeat a recommendation whose rule has held for long."""
        history = self._history.of(symbol)
        exit_ = self._recorded_exit(
            symbol, as_of, facts, lambda: self._exit_judge.recheck(symbol, history, as_of, price)
        )
        if exit_ is not None:
            self._tell(exit_)

    def publish_feed_event(self, event: FeedEvent) -> None:
        """Publish that a feed became better or worse, or that data was refused."""
        fields: dict[str, object] = {"reason": event.reason, "position_open": event.position_open}
        if event.code is not None:
            fields["code"] = event.code
        if event.kind == "feeds_disagree":
            fields["stale"] = event.stale
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

    def publish_regime(self, notice: RegimeNotice) -> None:
        """Record and tell that a symbol trades several times its usual volume."""
        self.write_line(
            REGIME_EVENT,
            notice.timestamp_utc,
            notice.symbol,
            times=notice.times,
            shares=notice.shares,
            usual=notice.usual,
            days=notice.days,
        )
        self.counts["regime"] += 1
        self._tell(notice)

    def publish_wall(self, notice: WallNotice) -> None:
        """Record and tell what happened to a large level."""
        self.write_line(
            WALL_EVENTS[notice.event],
            notice.timestamp_utc,
            notice.symbol,
            side=notice.side,
            price_level=notice.price_level,
            size=notice.size,
            peak=notice.peak,
            executed=notice.executed,
            cancelled=notice.cancelled,
            added=notice.added,
            refills=notice.refills,
            since=iso_utc(notice.since),
            levels_away=notice.levels_away,
            left_out=notice.left_out,
        )
        self.counts[f"wall_{notice.event}"] += 1
        self._tell(notice)

    def publish_positions(
        self, kind: GuardStateKind, symbol: str | None, reason: str, moment: datetime
    ) -> None:
        """Tell, and record where it is bad news, whether it is known what is held now.

        Args:
            kind: `positions_failed`, `positions_stale` or `positions_ok`.
            symbol: Whose position; None for all of them.
            reason: Why, in a few words.
            moment: When it was found.
        """
        if kind != "positions_ok":
            event = POSITIONS_STALE_EVENT if kind == "positions_stale" else POSITIONS_UNKNOWN_EVENT
            self.write_line(event, moment, symbol, reason=reason)
        self.counts[kind] += 1
        self._tell(GuardState(kind, symbol, reason, moment))

    def publish_settings(self, kind: RefusalKind, reason: str, moment: datetime) -> None:
        """Tell, and record where it is bad news, whether settings that changed can be used.

        Args:
            kind: `settings_refused` or `settings_ok`.
            reason: Why they cannot, in a few words.
            moment: When it was found.
        """
        if kind == "settings_refused":
            self.write_line(SETTINGS_REFUSED_EVENT, moment, None, reason=reason)
        self.counts[kind] += 1
        self._tell(GuardState(kind, None, reason, moment))

    def publish_capture(self, reason: str, sentence: str, moment: datetime) -> None:
        """Tell and record that a capture lacks something from now on.

        Args:
            reason: One word.
            sentence: What is the matter.
            moment: When it was found.
        """
        self.write_line(CAPTURE_EVENT, moment, None, reason=reason, sentence=sentence)
        self.counts["capture_failed"] += 1
        self._tell(GuardState("capture_failed", None, sentence, moment))

    def publish_connection(self, reason: str, sentence: str, moment: datetime) -> None:
        """Tell and record what everybody has to know of the connection.

        Args:
            reason: One word.
            sentence: What is the matter, and what is being done.
            moment: When it was found.
        """
        self.write_line(CONNECTION_EVENT, moment, None, reason=reason, sentence=sentence)
        self.counts[f"connection_{reason}"] += 1
        self._tell(GuardState("connection", None, sentence, moment))

    def keep_record(self, judged: Mapping[str, JudgedSpan], moment: datetime) -> None:
        """Look after the record, write down what was judged, and tell what has changed.

        Called once a second, so that a record that fails is known before there is an alert.

        Args:
            judged: What was judged of each symbol.
            moment: The present.
        """
        if self._alert_log is None:
            return
        for change in self._alert_log.look(judged):
            if change.kind == "record_reopened":
                self.write_line(
                    REOPENED_EVENT,
                    moment,
                    None,
                    reason=change.reason,
                    lost_lines=change.lost_lines,
                )
            self.counts[change.kind] += 1
            self._tell(GuardState(change.kind, None, change.reason, moment))

    def record_defect(self, moment: datetime, symbol: str | None = None, **facts: object) -> None:
        """Record that a part of the guard has failed; from any thread."""
        self.write_line(INTERNAL_ERROR_EVENT, moment, symbol, **facts)
        self.counts["internal_error"] += 1

    def write_line(
        self, event: str, moment: datetime, symbol: str | None, **fields: object
    ) -> None:
        """Record a line of any kind."""
        if self._alert_log is None:
            return
        logged_at = None if self._clock is None else iso_utc(self._clock())
        line = event_line(event, moment, symbol, **fields, latency_ms=None, logged_at=logged_at)
        self._alert_log.write(line)

    def _note_ranked(self, known_as: str, alert: OrderFlowAlert) -> None:
        if alert.scale is not None:
            self._ranked[known_as] = alert
            if len(self._ranked) > MOST_RANKED:
                del self._ranked[next(iter(self._ranked))]

    def _headlines(self, source: ContextSource, signal: Signal) -> tuple[str, ...]:
        try:
            return source.headlines(signal.symbol, utc_from_ns(signal.timestamp_ns))
        except Exception:  # headlines are context: an alert goes out without them
            self.counts["context_failed"] += 1
            _logger.exception("order_flow.context_failed", extra={"symbol": signal.symbol})
            return ()

    def _is_new(self, signal: Signal, known_as: str) -> bool:
        """Return whether a signal was not said yet, and take it for said from now on.

        Its id is known for as long as any history may bring its data again.
        """
        known = self._known_ns.get(signal.symbol)
        if known is None:
            known = self._known_ns[signal.symbol] = OrderedDict()
        if known_as in known:
            return False
        known[known_as] = signal.timestamp_ns
        # Two for one that comes: a storm of an hour ago does not leave at the cost of one alert.
        for _ in range(2):
            first = next(iter(known))
            if known[first] >= signal.timestamp_ns - KNOWN_NS and len(known) <= MOST_KNOWN:
                break
            del known[first]
        self.episodes.note(signal)
        return True

    def _judge_again(self, signal: Signal, known_as: str, price_ticks: int | None) -> None:
        """Judge the exit of an alert after which an earlier run may have ended at once."""
        alert = self._unjudged.get(signal.symbol)
        if alert is None or alert.alert_id != known_as:
            return
        del self._unjudged[signal.symbol]
        recommendation = self._recommend(alert, price_ticks)
        if recommendation is not None:
            self._tell(recommendation)

    def _seconds_since(self, received_ns: int | None) -> float | None:
        if received_ns is None or self._clock is None:
            return None
        return (ns_from_utc(self._clock()) - received_ns) / NS_PER_SECOND

    def _recommend(
        self, alert: OrderFlowAlert, price_ticks: int | None
    ) -> ExitRecommendation | None:
        """Judge the position that an alert concerns, and record what is recommended."""
        price = None if price_ticks is None else price_from_ticks(price_ticks)
        return self._recorded_exit(
            alert.symbol,
            alert.timestamp_utc,
            alert.facts,
            lambda: self._exit_judge.on_alert(alert, self._history.of(alert.symbol), price),
        )

    def _recorded_exit(
        self,
        symbol: str,
        as_of: datetime,
        facts: Facts | None,
        judge: Callable[[], ExitRecommendation | None],
    ) -> ExitRecommendation | None:
        """Return what the exit judge recommends, recorded; None for nothing, or nothing new."""
        try:
            found = judge()
        except Exception as error:  # it must cost neither the alert nor later events
            where = {"where": "exit_judge", "error": type(error).__name__}
            self.record_defect(as_of, symbol, **where)
            _logger.exception("order_flow.internal_error", extra={"symbol": symbol, **where})
            return None
        return None if found is None else self._record_exit(found, facts)

    def _record_exit(
        self, found: ExitRecommendation, facts: Facts | None
    ) -> ExitRecommendation | None:
        """Record a recommendation and return it with its id; None for one that was said."""
        # Alerts from before a change of settings keep the ids that they were told by.
        alert_ids = [each.alert_id or alert_id(each, self._config_hash) for each in found.alerts]
        known_as = exit_id(found.symbol, found.timestamp_utc, alert_ids)
        if known_as in self._known_exits:
            return None
        self._known_exits.add(known_as)
        worth = "" if facts is None else worth_of_exits(self._config)
        leaving = self._leaving(found.position, ns_from_utc(found.timestamp_utc))
        found = with_leaving(found, leaving)
        recommendation = replace(found, exit_id=known_as, facts=facts, worth=worth)
        # Before anybody is told: who is may ask for it.
        self.exits[found.symbol] = recommendation
        fields = exit_fields(recommendation, alert_ids)
        self.write_line(EXIT_EVENT, recommendation.timestamp_utc, recommendation.symbol, **fields)
        self.counts["exit"] += 1
        self.published.note_exit(recommendation)
        return recommendation

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
