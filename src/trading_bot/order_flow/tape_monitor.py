"""TapeMonitor: red bursts on the tape, per symbol. The rule itself is in `red_burst`."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Protocol

from .calendar import in_extended_hours
from .clock import Clock, utc_now
from .config import OrderFlowConfig
from .data_models import OrderFlowAlert, TimeAndSalesRecord
from .market.trade_conditions import TradeConditions, is_late
from .market.units import ns_from_utc, ticks_from_price
from .rules.red_burst import RedBurstState
from .rules.side.classifier import TradeSideClassifier
from .rules.volume_window import (
    BASELINE_MINUTES,
    MIN_BASELINE_MINUTES,
    UNKNOWN_SIDE,
    Baseline,
)

TAPE_KEPT = timedelta(minutes=6)
"""What `tape_buffer` holds: the current minute and the five before it."""
_AVERAGE_WINDOW = timedelta(minutes=BASELINE_MINUTES)
_NO_HISTORY = Baseline(0, 0)


class TapeSource(Protocol):
    """Whoever can fetch a tape."""

    def get_time_and_sales(
        self, symbol: str, start_time: datetime, end_time: datetime
    ) -> list[TimeAndSalesRecord]:
        """Return the prints of a time span, oldest first."""
        ...


class TapeMonitor:
    """Detects red bursts.

    Args:
        config: Thresholds.
        client: Where tapes come from; needed by `fetch_tape_data` only.
        clock: What "now" means in `fetch_tape_data` without an end.
        conditions: Which prints count; the documented table by default.

    Attributes:
        tape_buffer: Records given to `detect_red_burst` or by the caller, the newest six minutes.
        volume_history: Shares of regular-session minutes before the current one, oldest first. Not
            empty, it replaces the computed baseline of the next calls: the mean of its last five
            entries; fewer than three are no history, and no alert. Callers fill it.
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
    ) -> None:
        self.config = config
        self._client = client
        self._clock = clock
        self._conditions = conditions or TradeConditions()
        self._states: dict[str, RedBurstState] = {}
        self.make_state: Callable[[str, OrderFlowConfig], RedBurstState] = RedBurstState
        self._sides: dict[str, TradeSideClassifier] = {}
        self.tape_buffer: deque[TimeAndSalesRecord] = deque()
        self.volume_history: deque[int] = deque(maxlen=BASELINE_MINUTES)
        self.dropped: Counter[str] = Counter()

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

    def fetch_tape_data(
        self, symbol: str, start_time: datetime | None = None, end_time: datetime | None = None
    ) -> list[TimeAndSalesRecord]:
        """Fetch the prints of a time span, oldest first.

        Args:
            symbol: Ticker.
            start_time: First moment; six minutes before the end when None, which is what a burst
                is judged by.
            end_time: Last moment; now by the injected clock when None.

        Raises:
            RuntimeError: No client was given.
            DataSourceError: The provider gave no usable answer.
            DataValidationError: The tape is unfit to be judged.
        """
        if self._client is None:
            raise RuntimeError("fetch_tape_data needs a client: TapeMonitor(config, client=...)")
        end = end_time if end_time is not None else self._clock()
        start = start_time if start_time is not None else end - TAPE_KEPT
        return self._client.get_time_and_sales(symbol, start, end)

    def calculate_rolling_average(self) -> float:
        """Return the specification's figure: mean shares per minute of the buffered tape.

        Shares in `tape_buffer` within the five minutes that end at its newest record, divided by
        the clock minutes covered, first and last included, at most five; 0.0 for an empty buffer.
        This is not the baseline of a red burst, which leaves the current minute out.
        """
        if not self.tape_buffer:
            return 0.0
        newest = max(record.timestamp_utc for record in self.tape_buffer)
        opened_at = newest - _AVERAGE_WINDOW
        recent = [record for record in self.tape_buffer if record.timestamp_utc > opened_at]
        oldest = min(record.timestamp_utc for record in recent)
        minutes = _minute(newest) - _minute(oldest) + 1
        return sum(record.size for record in recent) / min(minutes, BASELINE_MINUTES)

    def detect_red_burst(self, records: Iterable[TimeAndSalesRecord]) -> list[OrderFlowAlert]:
        """Feed records in time order to their symbols' states and return the alerts they raise.

        Each record is to be given once. A side of `buy` or `sell` counts as stated; `unknown` is
        taken from `sell_probability` where that is set, else inferred by the tick test.
        """
        given = self._given_baseline()
        alerts = []
        for record in sorted(records, key=lambda each: each.timestamp_utc):
            self.tape_buffer.append(record)
            alert = self._judge(record, given)
            if alert is not None:
                alerts.append(alert)
        self._trim_buffer()
        return alerts

    def _judge(self, record: TimeAndSalesRecord, given: Baseline | None) -> OrderFlowAlert | None:
        stamp_ns = ns_from_utc(record.timestamp_utc)
        extended = self.config.sessions == "extended" and in_extended_hours(stamp_ns)
        verdict = self._conditions.verdict(tuple(record.conditions), 0, extended)
        late = is_late(stamp_ns, record.participant_timestamp_ns)
        if late or not verdict.volume:
            self.dropped["late_print" if late else str(verdict.reason)] += 1
            return None
        p_sell = self._infer_side(record, stamp_ns, may_sign=verdict.side)
        found = self.state_of(record.symbol).on_trade(
            stamp_ns, record.size, p_sell, given_baseline=given
        )
        return None if found is None else found.alert()

    def _calculate_sell_ratio(self, records: Iterable[TimeAndSalesRecord]) -> float:
        """Return expected sold shares over all shares; 0.0 without a record.

        A stated side counts fully, an unknown one by its `sell_probability`, or as one half.
        """
        sold_thousandths = shares = 0
        for record in records:
            sold_thousandths += record.size * _p_sell(record)
            shares += record.size
        return sold_thousandths / (1_000 * shares) if shares else 0.0

    def _infer_side(self, record: TimeAndSalesRecord, stamp_ns: int, *, may_sign: bool) -> int:
        """Return the probability that one print is a sale, in thousandths."""
        if record.side == "unknown" and record.sell_probability is not None:
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

    def _given_baseline(self) -> Baseline | None:
        if not self.volume_history:
            return None
        minutes = list(self.volume_history)[-BASELINE_MINUTES:]
        enough = len(minutes) >= MIN_BASELINE_MINUTES
        return Baseline(sum(minutes), len(minutes)) if enough else _NO_HISTORY

    def _trim_buffer(self) -> None:
        if not self.tape_buffer:
            return
        oldest_kept = max(record.timestamp_utc for record in self.tape_buffer) - TAPE_KEPT
        kept = [record for record in self.tape_buffer if record.timestamp_utc > oldest_kept]
        # In place: callers may hold the deque.
        self.tape_buffer.clear()
        self.tape_buffer.extend(kept)


def _minute(moment: datetime) -> int:
    return ns_from_utc(moment) // 60_000_000_000


def _p_sell(record: TimeAndSalesRecord) -> int:
    if record.side != "unknown":
        return 1_000 if record.side == "sell" else 0
    if record.sell_probability is None:
        return UNKNOWN_SIDE
    return round(record.sell_probability * 1_000)
