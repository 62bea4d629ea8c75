"""PollDriver: polled answers to the judge.

One thread judges everything; requests run on the feed's own threads. A tick of one second reads the
positions, follows their symbols, and looks whether any feed has gone.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from ..clock import monotonic_ns, monotonic_seconds
from ..data_models import OrderBookSnapshot
from ..diagnostics import get_logger
from ..errors import DataSourceError, OrderFlowError
from ..judge import MarketJudge
from ..market.events import BookEvent, Level, MarketEvent
from ..market.order import as_live, place_of
from ..market.sink import MarketSink, give
from ..market.units import (
    FAR_PAST_NS,
    NS_PER_SECOND,
    UNITS_PER_SHARE,
    ns_from_utc,
    ticks_from_price,
)
from ..providers.provider import Provider
from ..sight.market_time import MarketTime
from ..sight.session_watch import SessionWatch
from ..threads.watch import JUDGING, JUDGING_SECONDS, Threads
from .poll_feed import Answer, PollFeed, SnapshotAnswer, TapeAnswer
from .polled_sight import PolledSight
from .seeding import Seeding

SNAPSHOT: Final = "snapshot"
TAPE: Final = "tape"
TICK_SECONDS = 1.0
_SLICE_SECONDS = 0.1
MENDED_BY_USER: Final = frozenset({"delayed_plan", "insecure", "missing_key", "plan", "wrong_key"})

_logger = get_logger(__name__)


class PollDriver:
    """Drives one judge by polling.

    Args:
        judge: Is given the events.
        provider: Whom to ask.
        steady_ns: Nanoseconds of a clock that is never set; the machine's own by default.
        threads: Knows how the threads are.
    """

    def __init__(
        self,
        judge: MarketJudge,
        provider: Provider,
        *,
        steady_ns: Callable[[], int] = monotonic_ns,
        threads: Threads | None = None,
    ) -> None:
        known = threads or Threads()
        self._watched = known.watched(JUDGING, JUDGING_SECONDS)
        self._judge = judge
        self._steady_ns = steady_ns
        self._time = MarketTime(ns_from_utc(judge.clock()), steady_ns())
        self._session = SessionWatch()
        self._heard_ns = FAR_PAST_NS
        self._sights: dict[str, PolledSight] = {}
        self._feed = PollFeed(
            provider.history, judge.config, judge.clock, provider.reference, known
        )
        self._seeding = Seeding(judge, provider, known)
        self._step_ns = provider.capabilities.step_ns
        self._has_depth = provider.capabilities.depth_levels > 1
        self._books_in_tape = provider.capabilities.books_in_history
        # Symbols of which a book has shown more than its best prices.
        self._deep: set[str] = set()
        self._said: set[str] = set()

    def wake(self) -> None:
        """Let a waiting `run` look at its stop event at once."""
        self._feed.answers.put(None)

    def run(
        self,
        stop: threading.Event,
        duration_seconds: float | None,
        is_over: Callable[[], bool] = lambda: False,
    ) -> None:
        """Poll, judge and tick until stopped, the time is over, or somebody says that it is."""
        self._follow_positions()
        self._judge.write_started()
        started = monotonic_seconds()
        next_tick = started + TICK_SECONDS
        try:
            while not stop.is_set() and not is_over():
                now = monotonic_seconds()
                if duration_seconds is not None and now - started >= duration_seconds:
                    break
                if now >= next_tick:
                    next_tick = max(next_tick + TICK_SECONDS, now)
                    self._tick()
                self._watched.run(self._feed.request_due)
                self._watched.run(self._take_next)
        finally:
            self._feed.close()
            self._seeding.close()
            self._judge.write_stopped()
            self._watched.rest()

    def _tick(self) -> None:
        run = self._watched.run
        run(self._follow_positions)
        run(self._look)
        run(lambda: self._seeding.look(ns_from_utc(self._judge.clock())))
        run(lambda: self._judge.every_second(ns_from_utc(self._judge.clock())))

    def _look(self) -> None:
        """Say what can be seen of each symbol."""
        machine_ns, steady_ns = ns_from_utc(self._judge.clock()), self._steady_ns()
        clock = self._time.look(machine_ns, steady_ns)
        now_ns = self._time.now_ns(steady_ns)
        if self._session.look(now_ns, self._heard_ns):
            for sight in self._sights.values():
                if self._session.is_closed:
                    sight.ledger.session_closed(now_ns)
                else:
                    sight.ledger.session_opened(now_ns)
        if self._time.asks_server_time or self._session.asks_state:
            self._feed.ask_state()
        cycle_ns = round(self._feed.cycle_seconds * NS_PER_SECOND)
        for symbol, sight in self._sights.items():
            ledger, judge = sight.ledger, self._judge.judge_of(symbol)
            halt = None if judge is None else judge.halted_by
            if halt is not None and not halt.is_over(now_ns):
                ledger.halted(now_ns)
            else:
                ledger.resumed(now_ns)
            sight.wait(now_ns, cycle_ns)
            look = ledger.look(now_ns, clock)
            self._judge.saw(symbol, look.sight, machine_ns, ledger.open_spans())
            for lost in look.lost:
                self._judge.span_lost(lost, now_ns)

    def _follow_positions(self) -> None:
        judge = self._judge
        wanted = judge.read_positions()
        for symbol in set(judge.symbols) - set(wanted):
            judge.unwatch(symbol)
            self._feed.unwatch(symbol)
            self._deep.discard(symbol)
            self._sights.pop(symbol, None)
            self._time.forget(symbol)
        for symbol in wanted:
            if judge.judge_of(symbol) is None:
                now_ns = ns_from_utc(judge.clock())
                from_ns = judge.history_start(symbol, now_ns)
                self._feed.watch(symbol, from_ns)
                judge.watch(symbol, from_ns=from_ns, now_ns=now_ns)
                sight = self._sights[symbol] = PolledSight(symbol, now_ns)
                judge.sightings.keep_ledger(symbol, sight.ledger)
                sight.ledger.dead_ns = round(judge.config.blind_after_seconds * NS_PER_SECOND)
                if self._session.is_closed:
                    sight.ledger.session_closed(now_ns)

    def _take_next(self) -> None:
        try:
            answer = self._feed.answers.get(timeout=_SLICE_SECONDS)
        except queue.Empty:
            return
        if answer is not None and self._feed.taken(answer):
            self.take(answer)

    def take(self, answer: Answer) -> None:
        """Judge one answer, and tell the judge what it says of the feed."""
        if isinstance(answer, TapeAnswer):
            self._take_tape(answer)
        elif isinstance(answer, SnapshotAnswer):
            self._take_snapshots(answer)
        elif answer.state is not None:
            steady_ns = self._steady_ns()
            self._time.server_said(answer.server_ns, steady_ns, steady_ns)
            self._session.said(answer.state, self._time.now_ns(steady_ns))

    def _take_snapshots(self, answer: SnapshotAnswer) -> None:
        missing = DataSourceError("the answer left this symbol out", code="no_data")
        for symbol in self._judge.symbols:
            if answer.asked is not None and symbol not in answer.asked:
                continue  # watched since the question was sent
            found = answer.error or answer.books.get(symbol, missing)
            if isinstance(found, OrderBookSnapshot):
                self._take_book(symbol, found, answer.at_ns)
            else:
                self._judge.data_refused(symbol, SNAPSHOT, answer.at_ns, found)

    def _take_book(self, symbol: str, book: OrderBookSnapshot, at_ns: int) -> None:
        try:
            if self._is_deep(book):
                self._judge.book(_book_event(book, at_ns))
        except Exception as failure:  # a defect must show on this symbol, and cost no other
            self._watched.note(failure)
            _logger.exception("order_flow.judging_crashed", extra={"symbol": symbol})
            self._judge.data_refused(symbol, SNAPSHOT, at_ns, _crashed(failure))
        else:
            self._judge.sightings.accepted(symbol, SNAPSHOT)

    def _is_deep(self, book: OrderBookSnapshot) -> bool:
        """Return whether a book shows what the tape's quotes do not: levels beyond the best."""
        if self._books_in_tape:
            return False
        if len(book.bids) > 1 or len(book.asks) > 1:
            self._deep.add(book.symbol)
        return self._has_depth or book.symbol in self._deep

    def _take_tape(self, answer: TapeAnswer) -> None:
        symbol = answer.symbol
        judge, way_in = self._judge.judge_of(symbol), self._judge.way_in(symbol)
        sight = self._sights.get(symbol)
        if judge is None or way_in is None or sight is None:
            return
        if answer.error is not None:
            self._judge.data_refused(symbol, TAPE, answer.at_ns, answer.error)
            self._say_once(answer.error, answer.at_ns)
        else:
            self._judge.sightings.accepted(symbol, TAPE)
        stamps = [event.sip_ns for events in (answer.trades, answer.quotes) for event in events]
        if stamps:
            self._heard_ns = self._time.now_ns(self._steady_ns())
            self._time.accept(symbol, max(stamps), self._steady_ns())
        try:
            self._judge_in_order(answer, way_in)
        except Exception as failure:  # a defect must show on this symbol, and cost no other
            self._watched.note(failure)
            _logger.exception("order_flow.judging_crashed", extra={"symbol": symbol})
            answer = replace(answer, error=_crashed(failure))
            self._judge.data_refused(symbol, TAPE, answer.at_ns, _crashed(failure))
        cycle_ns = round(self._feed.cycle_seconds * NS_PER_SECOND)
        sight.take(answer, self._time.now_ns(self._steady_ns()), cycle_ns)

    def _say_once(self, error: OrderFlowError, at_ns: int) -> None:
        """Tell, once a run, what nothing but the user mends: in its own words, with advice."""
        code = str(getattr(error, "code", ""))
        if code in MENDED_BY_USER and code not in self._said:
            self._said.add(code)
            self._judge.say(code, str(error), at_ns)

    def _judge_in_order(self, answer: TapeAnswer, way_in: MarketSink) -> None:
        """Judge an answer's events as a stream would bring them."""
        step_ns = self._step_ns
        events: list[MarketEvent] = [*answer.trades, *answer.quotes]
        events.sort(key=lambda event: place_of(event, step_ns))
        for event in events:
            give(way_in, as_live(event, step_ns))


def _crashed(failure: Exception) -> DataSourceError:
    return DataSourceError(f"internal error: {type(failure).__name__}", code="internal_error")


def _book_event(book: OrderBookSnapshot, received_ns: int) -> BookEvent:
    def side(levels: Sequence[tuple[Decimal, int]]) -> tuple[Level, ...]:
        return tuple((ticks_from_price(price), size * UNITS_PER_SHARE) for price, size in levels)

    return BookEvent(
        book.symbol,
        ns_from_utc(book.timestamp_utc),
        side(book.bids),
        side(book.asks),
        None,
        0,
        received_ns,
    )
