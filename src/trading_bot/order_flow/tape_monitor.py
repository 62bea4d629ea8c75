"""TapeMonitor: selling on the tape, per symbol. The rules themselves are in `rules`.

`detect_red_burst` is the specification's method: records in, bursts out. `detect_selling` judges
all that a tape shows by the judge of a symbol, `rules.symbol_judge`, which is what the engine runs
as well, so that a host that polls by hand finds what the engine finds.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Protocol

from .calendar import in_extended_hours
from .clock import Clock, utc_now
from .config import OrderFlowConfig
from .data_models import OrderFlowAlert, TimeAndSalesRecord
from .diagnostics import get_logger
from .journal.lines import lateness, signal_id
from .journal.log_line import log_alert
from .market.events import MarketEvent
from .market.given import KEPT_NS, GivenTape, record_key
from .market.order import as_live, place_of, trade_key
from .market.sink import give
from .market.tape import Tape
from .market.trade_conditions import TradeConditions, is_late
from .market.units import (
    FAR_FUTURE_NS,
    NS_PER_MS,
    NS_PER_SECOND,
    ns_from_utc,
    price_from_ticks,
    ticks_from_price,
    utc_from_ns,
)
from .recommendation import ExitRecommendation
from .rules.continued import backfill_start
from .rules.large_seller import LargeSellerState
from .rules.leaving import LeavingOf, leaving_of
from .rules.red_burst import RedBurstState
from .rules.side.classifier import TradeSideClassifier
from .rules.side.matching import matching_of
from .rules.signals import Signal
from .rules.symbol_judge import SymbolJudge
from .rules.volume_history import VolumeHistory
from .rules.volume_window import (
    BASELINE_MINUTES,
    MIN_BASELINE_MINUTES,
    UNKNOWN_SIDE,
    Baseline,
)

TAPE_KEPT = timedelta(seconds=KEPT_NS // NS_PER_SECOND)
"""What `tape_buffer` holds: the current minute and the five before it."""
_AVERAGE_WINDOW = timedelta(minutes=BASELINE_MINUTES)
_NO_HISTORY = Baseline(0, 0)

_logger = get_logger(__name__)


class TapeSource(Protocol):
    """Whoever can fetch a tape."""

    def get_time_and_sales(
        self, symbol: str, start_time: datetime, end_time: datetime
    ) -> list[TimeAndSalesRecord]:
        """Return the prints of a time span, oldest first; as a `Tape` where quotes are known."""
        ...


class SellerDesk(Protocol):
    """Where large sellers are noted and alerts go to: an `OrderFlowDetector`."""

    def state_of(self, symbol: str) -> LargeSellerState:
        """Return the large-seller state of a symbol."""
        ...

    def quotes_come_by_tape(self, symbol: str) -> None:
        """Take note that the quotes of a symbol are judged from its tape."""
        ...

    def raise_alert(self, signal: Signal, *, received_ns: int | None) -> OrderFlowAlert | None:
        """Make a signal public; None where it was before."""
        ...

    def publish(
        self, alert: OrderFlowAlert, price: Decimal | None = None, *, leaving: LeavingOf
    ) -> ExitRecommendation | None:
        """Hand an alert to the risk manager."""
        ...

    def repeat_exit(
        self, symbol: str, as_of: datetime, price: Decimal | None = None, *, leaving: LeavingOf
    ) -> ExitRecommendation | None:
        """Have the risk manager judge a position again."""
        ...

    def repeat_exit_at(self, symbol: str) -> datetime | None:
        """Return when that may have something to say, or None."""
        ...


Found = OrderFlowAlert | ExitRecommendation
"""What `detect_selling` gives: alerts, and the exits that they make due."""


class TapeMonitor:
    """Detects selling on the tape.

    Args:
        config: Thresholds.
        client: Where tapes come from; needed by `fetch_tape_data` only.
        clock: What "now" means in `fetch_tape_data` without an end.
        conditions: Which prints count; the documented table by default.
        detector: Takes large sellers and hands alerts to the risk manager; needed by
            `detect_selling` only.

    Threads: one thread fetches and detects. `calculate_rolling_average`, `volume_history` and
    `dropped` may be read from any thread meanwhile.

    Attributes:
        tape_buffer: Records that were judged, or put here by the caller, the newest six minutes.
        volume_history: The minutes of each symbol, filled as tapes are judged; a caller may state
            the usual volume there, or assign minutes that stand for every symbol's.
        dropped: Prints that did not count, by reason.
        make_state: Makes the windows of a symbol that is met first.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        *,
        client: TapeSource | None = None,
        clock: Clock = utc_now,
        conditions: TradeConditions | None = None,
        detector: SellerDesk | None = None,
    ) -> None:
        self.config = config
        self._config_hash = config.config_hash
        self._client = client
        self._clock = clock
        self._conditions = conditions or TradeConditions()
        self._detector = detector
        self._states: dict[str, RedBurstState] = {}
        self.make_state: Callable[[str, OrderFlowConfig], RedBurstState] = RedBurstState
        self._sides: dict[str, TradeSideClassifier] = {}
        self._judges: dict[str, SymbolJudge] = {}
        self._given: dict[str, GivenTape] = {}
        self._found: list[Found] = []
        self._buffer_lock = threading.Lock()
        self.tape_buffer: deque[TimeAndSalesRecord] = deque()
        self._volume_history = VolumeHistory()
        self.dropped: Counter[str] = Counter()

    @property
    def volume_history(self) -> VolumeHistory:
        """The minutes of each symbol, and those that a caller states."""
        return self._volume_history

    @volume_history.setter
    def volume_history(self, minutes: Iterable[int]) -> None:
        self._volume_history = VolumeHistory(minutes)

    def use_settings(self, config: OrderFlowConfig) -> None:
        """Judge by other settings; states that were made already are changed by who made them."""
        self.config = config
        self._config_hash = config.config_hash

    def state_of(self, symbol: str) -> RedBurstState:
        """Return the one state of a symbol, made on first use."""
        state = self._states.get(symbol)
        if state is None:
            state = self._states[symbol] = self.make_state(symbol, self.config)
        return state

    def judges_at(self, symbol: str, stamp_ns: int) -> bool:
        """Return whether bursts of a watched symbol are judged at this time, Unix nanoseconds."""
        state = self._states.get(symbol)
        return state is not None and state.in_session(stamp_ns)

    def forget(self, symbol: str) -> None:
        """Drop all that is known of a symbol that is no longer held."""
        self._states.pop(symbol, None)
        self._sides.pop(symbol, None)
        self._judges.pop(symbol, None)
        self._given.pop(symbol, None)
        self._volume_history.forget(symbol)

    def fetch_tape_data(
        self, symbol: str, start_time: datetime | None = None, end_time: datetime | None = None
    ) -> Tape:
        """Fetch the prints of a time span, oldest first, as the client returns them.

        Args:
            symbol: Ticker.
            start_time: First moment. When None, what was judged last, so that a host that asks and
                judges in turn is given everything once; of a symbol that was not judged yet the
                whole minute that lies 370 s back, so that there is what a burst is measured by.
            end_time: Last moment; now by the injected clock when None.

        Raises:
            RuntimeError: No client was given.
            DataSourceError: The provider gave no usable answer.
            DataValidationError: The tape is unfit to be judged.
        """
        if self._client is None:
            raise RuntimeError("fetch_tape_data needs a client: TapeMonitor(config, client=...)")
        end = end_time if end_time is not None else self._clock()
        start = start_time
        if start is None:
            given = self._given.get(symbol)
            newest = None if given is None else given.newest_utc
            first = utc_from_ns(backfill_start(ns_from_utc(end)))
            start = first if newest is None else min(newest, end)
        records = self._client.get_time_and_sales(symbol, start, end)
        return Tape.of(records, symbol=symbol, from_ns=ns_from_utc(start))

    def calculate_rolling_average(self) -> float:
        """Return the specification's figure: mean shares per minute of the buffered tape.

        Shares in `tape_buffer` within the five minutes that end at its newest record, divided by
        the clock minutes covered, first and last included, at most five; 0.0 for an empty buffer.
        This is not the baseline of a red burst, which leaves the current minute out.
        """
        with self._buffer_lock:
            buffered = tuple(self.tape_buffer)
        if not buffered:
            return 0.0
        newest = max(record.timestamp_utc for record in buffered)
        opened_at = newest - _AVERAGE_WINDOW
        recent = [record for record in buffered if record.timestamp_utc > opened_at]
        oldest = min(record.timestamp_utc for record in recent)
        minutes = _minute(newest) - _minute(oldest) + 1
        return sum(record.size for record in recent) / min(minutes, BASELINE_MINUTES)

    def detect_red_burst(self, records: Iterable[TimeAndSalesRecord]) -> list[OrderFlowAlert]:
        """Feed records in time order to their symbols' states and return the bursts they raise.

        A record with an id or a sequence number that was given before is left out; others are to be
        given once. A side without a probability counts as stated; one with it counts by that; an
        unknown one is inferred by the tick test. Of a `Tape` every print since its start is known,
        so that its quiet minutes count.
        """
        if isinstance(records, Tape):
            self._begin(records.symbol, records.from_ns)
        fresh = self._fresh(sorted(records, key=lambda each: each.timestamp_utc))
        alerts = []
        for record in fresh:
            found = self._judge(record)
            if found is not None:
                received = record.received_at_utc
                received_ns = None if received is None else ns_from_utc(received)
                alerts.append(self._raise_alert(found, received_ns))
        self._keep(fresh)
        return alerts

    def detect_selling(self, tape: Tape) -> list[Found]:
        """Judge all that a tape shows: resting levels, sales at the bid, red bursts, exits due.

        This is what the engine does with the answer to a poll, print by print and quote by quote,
        by the same states: the detector's large sellers, and the bursts of this monitor. Every
        alert goes into the detector's history and to its risk manager as it is raised. What was
        given before is left out, so that tapes may overlap.

        Args:
            tape: As the client answered; tapes of one symbol are to be given in time order.

        Returns:
            Alerts in the order they were raised, each followed by the exit that it made due.

        Raises:
            RuntimeError: No detector was given.
        """
        detector = self._detector
        if detector is None:
            raise RuntimeError("detect_selling needs a detector: TapeMonitor(config, detector=...)")
        symbol = tape.symbol
        given = self._begin(symbol, tape.from_ns)
        if tape.has_quotes:
            detector.quotes_come_by_tape(symbol)
        judge = self._judges.get(symbol)
        if judge is None:
            judge = self._judges[symbol] = self._make_judge(symbol, detector, tape.step_ns)
        trades = [each for each in tape.trades if given.is_new_print(trade_key(each), each.sip_ns)]
        events: list[MarketEvent] = [*trades, *given.new_beside(tape.beside)]
        before = Counter(judge.left_out())
        for event in sorted(events, key=lambda each: place_of(each, tape.step_ns)):
            give(judge, as_live(event, tape.step_ns))
        self.dropped.update(Counter(judge.left_out()) - before)
        fresh = {trade_key(each) for each in trades}
        self._keep([record for record in tape if record_key(record) in fresh])
        found, self._found = self._found, []
        return found

    def _make_judge(self, symbol: str, detector: SellerDesk, step_ns: int) -> SymbolJudge:
        def raise_alerts(
            judge: SymbolJudge, signals: list[Signal], received_ns: int | None
        ) -> None:
            price, leaving = _price(judge), partial(leaving_of, judge)
            for signal in signals:
                alert = detector.raise_alert(signal, received_ns=received_ns)
                if alert is not None:
                    self._found.append(alert)
                    self._add_exit(detector.publish(alert, price, leaving=leaving))
            plan_repeat(judge)

        def repeat(judge: SymbolJudge, sip_ns: int) -> None:
            moment, leaving = utc_from_ns(sip_ns), partial(leaving_of, judge)
            self._add_exit(detector.repeat_exit(symbol, moment, _price(judge), leaving=leaving))
            plan_repeat(judge)

        def plan_repeat(judge: SymbolJudge) -> None:
            moment = detector.repeat_exit_at(symbol)
            judge.recheck_ns = FAR_FUTURE_NS if moment is None else ns_from_utc(moment)

        return SymbolJudge(
            symbol,
            self.config,
            conditions=self._conditions,
            sellers=detector.state_of(symbol),
            bursts=self.state_of(symbol),
            sides=matching_of(step_ns).classifier(),
            on_signals=raise_alerts,
            on_due=repeat,
        )

    def _add_exit(self, found: ExitRecommendation | None) -> None:
        if found is not None:
            self._found.append(found)

    def _begin(self, symbol: str, from_ns: int) -> GivenTape:
        """Return what was given of a symbol; of a new one, every print since `from_ns` is known."""
        given = self._given.get(symbol)
        if given is None:
            given = self._given[symbol] = GivenTape()
            self.state_of(symbol).watch_from(from_ns)
        return given

    def _fresh(self, records: Iterable[TimeAndSalesRecord]) -> list[TimeAndSalesRecord]:
        fresh = []
        for record in records:
            given = self._given.get(record.symbol)
            if given is None:
                given = self._given[record.symbol] = GivenTape()
            if given.is_new_print(record_key(record), ns_from_utc(record.timestamp_utc)):
                fresh.append(record)
        return fresh

    def _judge(self, record: TimeAndSalesRecord) -> Signal | None:
        stamp_ns = ns_from_utc(record.timestamp_utc)
        late = is_late(stamp_ns, record.participant_timestamp_ns)
        reason, may_sign = self._use_of(record, stamp_ns)
        if late or reason is not None:
            self.dropped["late_print" if late else str(reason)] += 1
            return None
        p_sell = self._infer_side(record, stamp_ns, may_sign=may_sign)
        return self.state_of(record.symbol).on_trade(
            stamp_ns, record.size, p_sell, given_baseline=self._given_baseline(record.symbol)
        )

    def _use_of(self, record: TimeAndSalesRecord, stamp_ns: int) -> tuple[str | None, bool]:
        """Return why a print does not count, or None; and whether it may have a side."""
        extended = self.config.sessions == "extended" and in_extended_hours(stamp_ns)
        verdict = self._conditions.verdict(tuple(record.conditions), 0, extended)
        return None if verdict.volume else verdict.reason, verdict.side

    def _raise_alert(self, signal: Signal, received_ns: int | None) -> OrderFlowAlert:
        late, delay_seconds = lateness(signal.timestamp_ns, received_ns)
        known_as = signal_id(signal, self._config_hash)
        alert = signal.alert(late=late, delay_seconds=delay_seconds, alert_id=known_as)
        latency_ms = None
        if received_ns is not None:
            latency_ms = (ns_from_utc(self._clock()) - received_ns) / NS_PER_MS
        log_alert(_logger, alert, config_hash=self._config_hash, latency_ms=latency_ms)
        return alert

    def _calculate_sell_ratio(self, records: Iterable[TimeAndSalesRecord]) -> float:
        """Return expected sold shares over all shares; 0.0 without a record.

        A stated side counts fully, an inferred one by its `sell_probability`, an unknown one as
        one half.
        """
        sold_thousandths = shares = 0
        for record in records:
            sold_thousandths += record.size * _p_sell(record)
            shares += record.size
        return sold_thousandths / (1_000 * shares) if shares else 0.0

    def _infer_side(self, record: TimeAndSalesRecord, stamp_ns: int, *, may_sign: bool) -> int:
        """Return the probability that one print is a sale, in thousandths."""
        if record.sell_probability is not None:
            return _p_sell(record)
        if not may_sign:
            return UNKNOWN_SIDE
        sides = self._sides.get(record.symbol)
        if sides is None:
            sides = self._sides[record.symbol] = TradeSideClassifier()
        matched_ns = record.participant_timestamp_ns or stamp_ns
        price_ticks = ticks_from_price(record.price)
        stated = None if record.side == "unknown" else record.side
        _, p_sell, _ = sides.on_trade(matched_ns, price_ticks, record.size, None, stated)
        return p_sell

    def _given_baseline(self, symbol: str) -> Baseline | None:
        minutes = self._volume_history.stated(symbol)[-BASELINE_MINUTES:]
        if not minutes:
            return None
        enough = len(minutes) >= MIN_BASELINE_MINUTES
        return Baseline(sum(minutes), len(minutes)) if enough else _NO_HISTORY

    def _keep(self, records: Sequence[TimeAndSalesRecord]) -> None:
        """Put records that were judged into buffer and minutes, and let old ones go."""
        for record in records:
            stamp_ns = ns_from_utc(record.timestamp_utc)
            counts = self._use_of(record, stamp_ns)[0] is None
            if counts and not is_late(stamp_ns, record.participant_timestamp_ns):
                self._volume_history.add(record.symbol, stamp_ns, record.size)
        with self._buffer_lock:
            self.tape_buffer.extend(records)
            if not self.tape_buffer:
                return
            oldest_kept = max(record.timestamp_utc for record in self.tape_buffer) - TAPE_KEPT
            kept = [record for record in self.tape_buffer if record.timestamp_utc > oldest_kept]
            # In place: callers may hold the deque.
            self.tape_buffer.clear()
            self.tape_buffer.extend(kept)


def _price(judge: SymbolJudge) -> Decimal | None:
    ticks = judge.price_ticks
    return None if ticks is None else price_from_ticks(ticks)


def _minute(moment: datetime) -> int:
    return ns_from_utc(moment) // 60_000_000_000


def _p_sell(record: TimeAndSalesRecord) -> int:
    if record.sell_probability is not None:
        return round(record.sell_probability * 1_000)
    if record.side == "unknown":
        return UNKNOWN_SIDE
    return 1_000 if record.side == "sell" else 0
