"""The loop behind `OrderFlowMonitor.run`: takes the polled answers and feeds them to the judges.

One thread judges everything; requests run on the feed's own threads. A tick of one second reads the
positions, follows their symbols, and looks whether any feed has gone.
"""

from __future__ import annotations

import queue
import threading
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from ..clock import monotonic_seconds
from ..data_models import OrderBookSnapshot
from ..diagnostics import get_logger
from ..errors import DataSourceError, OrderFlowError
from ..market.events import QuoteEvent, TradeEvent
from ..market.units import NS_PER_SECOND, cut_to_ms, ns_from_utc
from ..order_flow_detector import SnapshotSource
from ..sight.feed_health import SNAPSHOT, TAPE
from ..tape_monitor import TapeSource
from .poll_feed import (
    Answer,
    PollClient,
    PollFeed,
    SnapshotAnswer,
    TapeAnswer,
)

if TYPE_CHECKING:
    from ..monitor import OrderFlowMonitor

TICK_SECONDS = 1.0
_SLICE_SECONDS = 0.1

_logger = get_logger(__name__)


class MonitorClient(PollClient, SnapshotSource, TapeSource, Protocol):
    """Everything that the monitor asks of a provider."""

    counters: Counter[str]


class PollLoop:
    """Drives one monitor by polling.

    Args:
        monitor: Whose judges are fed.
        client: Whom to ask.
    """

    def __init__(self, monitor: OrderFlowMonitor, client: MonitorClient) -> None:
        self._monitor = monitor
        self._feed = PollFeed(client, monitor.config, monitor.clock)
        self._quote_limit_ns = round(monitor.config.freshness_limit_seconds * NS_PER_SECOND)
        # Symbols whose quotes or prints come without participant stamps match SIP to SIP.
        self._sip_matched: set[str] = set()

    def wake(self) -> None:
        """Let a waiting `run` look at its stop event at once."""
        self._feed.answers.put(None)

    def run(self, stop: threading.Event, duration_seconds: float | None) -> None:
        """Poll, judge and tick until stopped or the time is over."""
        monitor = self._monitor
        monitor.refill()
        self._follow_positions()
        symbols = list(monitor.symbols)
        monitor.publisher.write_line(
            "order_flow.monitoring_started", monitor.clock(), None, symbols=symbols
        )
        started = monotonic_seconds()
        next_tick = started + TICK_SECONDS
        try:
            while not stop.is_set():
                now = monotonic_seconds()
                if duration_seconds is not None and now - started >= duration_seconds:
                    break
                if now >= next_tick:
                    next_tick = max(next_tick + TICK_SECONDS, now)
                    self._tick()
                self._feed.request_due()
                self._take_next()
        finally:
            self._feed.close()
            monitor.publisher.write_line(
                "order_flow.monitoring_stopped",
                monitor.clock(),
                None,
                symbols=list(monitor.symbols),
            )

    def _tick(self) -> None:
        self._follow_positions()
        self._monitor.every_second(ns_from_utc(self._monitor.clock()))

    def _follow_positions(self) -> None:
        monitor = self._monitor
        wanted = monitor.read_positions()
        for symbol in set(monitor.symbols) - set(wanted):
            monitor.unwatch(symbol)
            self._feed.unwatch(symbol)
        for symbol in wanted:
            if monitor.judge_of(symbol) is None:
                from_ns = self._feed.watch(symbol)
                monitor.watch(symbol, from_ns=from_ns, now_ns=ns_from_utc(monitor.clock()))

    def _take_next(self) -> None:
        try:
            answer = self._feed.answers.get(timeout=_SLICE_SECONDS)
        except queue.Empty:
            return
        if answer is not None and self._feed.taken(answer):
            self.take(answer)

    def take(self, answer: Answer) -> None:
        """Judge one answer, and note what it says of the feed."""
        if isinstance(answer, TapeAnswer):
            self._take_tape(answer)
        else:
            self._take_snapshots(answer)

    def _take_snapshots(self, answer: SnapshotAnswer) -> None:
        missing = DataSourceError("the answer left this symbol out", code="no_data")
        for symbol in self._monitor.symbols:
            if answer.asked is not None and symbol not in answer.asked:
                continue  # watched since the question was sent
            found = answer.error or answer.books.get(symbol, missing)
            if isinstance(found, OrderBookSnapshot):
                newest_ns = ns_from_utc(found.timestamp_utc)
                self._monitor.feeds.answered(symbol, SNAPSHOT, answer.at_ns, newest_ns)
            else:
                self._fail(symbol, SNAPSHOT, answer.at_ns, found)

    def _take_tape(self, answer: TapeAnswer) -> None:
        judge = self._monitor.judge_of(answer.symbol)
        if judge is None:
            return
        if answer.error is not None:
            self._fail(answer.symbol, TAPE, answer.at_ns, answer.error)
            return
        try:
            self._judge_in_order(answer)
        except Exception as failure:  # a defect must show on this symbol, and cost no other
            _logger.exception("order_flow.judging_crashed", extra={"symbol": answer.symbol})
            reason = f"internal error: {type(failure).__name__}"
            crashed = DataSourceError(reason, code="internal_error")
            self._fail(answer.symbol, TAPE, answer.at_ns, crashed)
            return
        stamps = [trade.sip_ns for trade in answer.trades]
        stamps += [quote.sip_ns for quote in answer.quotes]
        newest_ns = max(stamps, default=None)
        if judge.trade_ns - judge.quote_ns > self._quote_limit_ns:
            frozen = DataSourceError("prints go on without a quote", code="quotes_stand_still")
            self._fail(answer.symbol, TAPE, answer.at_ns, frozen)
        else:
            self._monitor.feeds.answered(answer.symbol, TAPE, answer.at_ns, newest_ns)

    def _judge_in_order(self, answer: TapeAnswer) -> None:
        """Judge an answer's events by (millisecond, prints before quotes, sequence number)."""
        events: list[TradeEvent | QuoteEvent] = [*answer.trades, *answer.quotes]
        if any(event.participant_ns is None for event in events):
            self._sip_matched.add(answer.symbol)
        use_sip = answer.symbol in self._sip_matched
        events.sort(key=_in_order)
        monitor = self._monitor
        for event in events:
            sip_ns = cut_to_ms(event.sip_ns)
            exact = (
                event.sip_ns if use_sip or event.participant_ns is None else event.participant_ns
            )
            matched_ns = cut_to_ms(exact)
            if isinstance(event, QuoteEvent):
                monitor.on_quote(
                    event.symbol,
                    sip_ns,
                    matched_ns,
                    event.bid_ticks,
                    event.bid_size,
                    event.ask_ticks,
                    event.ask_size,
                    event.received_ns,
                )
            else:
                made_ns = event.participant_ns
                monitor.on_trade(
                    event.symbol,
                    sip_ns,
                    matched_ns,
                    event.price_ticks,
                    event.size,
                    event.conditions,
                    event.correction,
                    event.exchange,
                    None if made_ns is None else cut_to_ms(made_ns),
                    event.stated_side,
                    event.received_ns,
                )

    def _fail(self, symbol: str, kind: str, at_ns: int, error: OrderFlowError) -> None:
        event = self._monitor.feeds.failed(symbol, kind, at_ns, error)
        if event is not None:
            self._monitor.publisher.publish_feed_event(event)


def _in_order(event: TradeEvent | QuoteEvent) -> tuple[int, bool, int]:
    return cut_to_ms(event.sip_ns), isinstance(event, QuoteEvent), event.sequence
