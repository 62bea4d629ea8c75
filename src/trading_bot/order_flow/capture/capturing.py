"""A monitor that writes down what it judges. The plain one carries none of this.

Lines are written after the event was judged, together with what the judgement asked for meanwhile
(positions, headlines), which is written before it: so a replay has everything at hand when it comes
to the event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ..clock import Clock
from ..config import OrderFlowConfig
from ..data_models import OrderFlowAlert
from ..errors import DataValidationError, OrderFlowError
from ..journal.lines import alert_record
from ..journal.publisher import ContextSource
from ..journal.writer import AlertLog
from ..market.trade_conditions import TradeConditions
from ..market.units import NS_PER_SECOND, ns_from_utc
from ..monitor import DEFAULT_LOG_DIRECTORY, OrderFlowMonitor
from ..notices import FeedEvent
from ..position import Position, PositionManager
from ..rules.red_burst import RedBurstState
from ..sight.feed_health import FeedWatch
from ..tape_monitor import TapeMonitor, TapeSource
from .lines import (
    Afresh,
    Answered,
    ConditionsLearned,
    Failed,
    Headlines,
    Heartbeat,
    Held,
    HeldPosition,
    KnownFrom,
    Looked,
    MarketStatus,
    PositionsRead,
    Print,
    Quote,
    Refilled,
    Skipped,
    Unwatched,
    Watched,
)
from .writer import Recorder


class RecordingMonitor(OrderFlowMonitor):
    """Judges as `OrderFlowMonitor` does and gives every input to a recorder.

    Args:
        config: Settings.
        recorder: Where the lines go; closed with the monitor.
        position_manager: What is held, and the watchlist.
        log_directory: Where the record goes; None keeps no record.
        context: Headlines for alerts.
        others: Further arguments of `OrderFlowMonitor`.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        *,
        recorder: Recorder,
        position_manager: PositionManager,
        log_directory: Path | str | None = DEFAULT_LOG_DIRECTORY,
        context: ContextSource | None = None,
        **others: Any,
    ) -> None:
        self._recorder = recorder
        self._held_as_read: tuple[Position, ...] | None = None
        self._manager = _RecordedPositions(position_manager, recorder)
        log = None if log_directory is None else _RecordedLog(log_directory, config, recorder)
        super().__init__(
            config,
            position_manager=self._manager,
            log_directory=None,
            alert_log=log,
            context=None if context is None else _RecordedContext(context, recorder),
            **others,
        )
        self.feeds = _RecordedFeeds(config, self.positions.__contains__, recorder)
        self.router.witness = _RecordedEvents(recorder)
        self.tape_monitor = _RecordedTape(
            recorder,
            config,
            client=self.client,
            clock=self.clock,
            conditions=self._conditions,
        )

    def close(self) -> None:
        """Close the record, and bring the recording to the disk; a later run goes on with it."""
        super().close()
        self._recorder.flush(ns_from_utc(self.clock()))

    def start_afresh(self) -> None:
        """Drop the state of an earlier run."""
        self._recorder.write(Afresh(self.feeds.kinds))
        super().start_afresh()

    def watch(self, symbol: str, *, from_ns: int, now_ns: int) -> None:
        """Judge a symbol from now on."""
        self._recorder.write(Watched(symbol, from_ns, now_ns))
        super().watch(symbol, from_ns=from_ns, now_ns=now_ns)

    def unwatch(self, symbol: str) -> None:
        """End the watch of a symbol."""
        self._recorder.write(Unwatched(symbol))
        super().unwatch(symbol)

    def read_positions(self) -> tuple[str, ...]:
        """Read the positions anew."""
        symbols = super().read_positions()
        held = self._manager.last
        if held != self._held_as_read:
            self._held_as_read = held
            self._recorder.write(PositionsRead())
        return symbols

    def use_conditions(self, conditions: TradeConditions) -> None:
        """Judge the symbols that are watched from now on by another table."""
        table = {
            each: (verdict.volume, verdict.side, verdict.reason)
            for each, verdict in conditions.table.items()
        }
        self._recorder.write(ConditionsLearned(table))
        super().use_conditions(conditions)


class _RecordedEvents:
    """The witness of quotes and prints."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def on_quote(self, *given: Any) -> None:
        self._recorder.write(Quote(*given))

    def on_trade(self, *given: Any) -> None:
        self._recorder.write(Print(*given))


class _RecordedPositions:
    """A position manager whose answers are written down when they change."""

    def __init__(self, manager: PositionManager, recorder: Recorder) -> None:
        self._manager = manager
        self._recorder = recorder
        self.last: tuple[Position, ...] | None = None

    def get_active_positions(self) -> Sequence[Position]:
        held = tuple(self._manager.get_active_positions())
        if held != self.last:
            self.last = held
            self._recorder.write(
                Held(
                    tuple(
                        HeldPosition(each.symbol, each.quantity, each.average_price, each.stop)
                        for each in held
                    )
                )
            )
        return held

    def get_watchlist(self) -> Sequence[str]:
        return self._manager.get_watchlist()


class _RecordedContext:
    """Headlines that are written down where they changed since the symbol's last alert."""

    def __init__(self, context: ContextSource, recorder: Recorder) -> None:
        self._context = context
        self._recorder = recorder
        self._last: dict[str, tuple[str, ...]] = {}

    def headlines(self, symbol: str, as_of: datetime) -> tuple[str, ...]:
        found = self._context.headlines(symbol, as_of)
        if found != self._last.get(symbol, ()):
            self._last[symbol] = found
            self._recorder.write(Headlines(symbol, found))
        return found


class _RecordedLog(AlertLog):
    """A record; what is taken back from it at a start is written down."""

    def __init__(self, directory: Path | str, config: OrderFlowConfig, recorder: Recorder) -> None:
        super().__init__(directory)
        self._config_hash = config.config_hash
        self._recorder = recorder

    def alerts_between(
        self, start: datetime, end: datetime, *, config_hash: str | None = None
    ) -> dict[str, OrderFlowAlert]:
        found = super().alerts_between(start, end, config_hash=config_hash)
        lines: Mapping[str, dict[str, Any]] = {
            each: alert_record(alert, config_hash=self._config_hash)
            for each, alert in found.items()
        }
        self._recorder.write(Refilled(ns_from_utc(end), dict(lines)))
        return found


class _RecordedTape(TapeMonitor):
    """Red bursts, of which each symbol's state writes down what it is told beside prints."""

    def __init__(
        self,
        recorder: Recorder,
        config: OrderFlowConfig,
        *,
        client: TapeSource,
        clock: Clock,
        conditions: TradeConditions,
    ) -> None:
        super().__init__(config, client=client, clock=clock, conditions=conditions)
        self._recorder = recorder

    def state_of(self, symbol: str) -> RedBurstState:
        if symbol not in self._states:
            self._states[symbol] = _RecordedBursts(symbol, self.config, self._recorder)
        return super().state_of(symbol)


class _RecordedBursts(RedBurstState):
    """One symbol's bursts."""

    __slots__ = ("_recorder",)

    def __init__(self, symbol: str, config: OrderFlowConfig, recorder: Recorder) -> None:
        super().__init__(symbol, config)
        self._recorder = recorder

    def watch_from(self, stamp_ns: int) -> None:
        super().watch_from(stamp_ns)
        self._recorder.write(KnownFrom(self._symbol, stamp_ns))

    def skip(self, seconds: int) -> None:
        super().skip(seconds)
        self._recorder.write(Skipped(self._symbol, seconds))


class _RecordedFeeds(FeedWatch):
    """Feeds whose answers and looks are written down."""

    def __init__(self, config: OrderFlowConfig, is_held: Any, recorder: Recorder) -> None:
        super().__init__(config, is_held)
        self._recorder = recorder
        self._flushed_ns = 0

    def market_status_arrived(self, at_ns: int) -> None:
        super().market_status_arrived(at_ns)
        self._recorder.write(MarketStatus(at_ns))

    def heartbeat_arrived(self, at_ns: int) -> None:
        super().heartbeat_arrived(at_ns)
        self._recorder.write(Heartbeat(at_ns))

    def answered(self, symbol: str, kind: str, at_ns: int, newest_ns: int | None) -> None:
        super().answered(symbol, kind, at_ns, newest_ns)
        self._recorder.write(Answered(symbol, kind, at_ns, newest_ns))

    def failed(self, symbol: str, kind: str, at_ns: int, error: OrderFlowError) -> FeedEvent | None:
        event = super().failed(symbol, kind, at_ns, error)
        code = str(getattr(error, "code", type(error).__name__))
        refused = isinstance(error, DataValidationError)
        self._recorder.write(Failed(symbol, kind, at_ns, code, str(error), refused))
        return event

    def changes_of(self, symbols: Iterable[str], now_ns: int) -> list[FeedEvent]:
        looked_at = tuple(symbols)
        events = super().changes_of(looked_at, now_ns)
        self._recorder.write(Looked(now_ns, looked_at))
        # A stream looks at a few symbols at a time, hundreds of times a second where it watches
        # everything; the disk is to have what is a second old.
        if now_ns - self._flushed_ns >= NS_PER_SECOND:
            self._flushed_ns = now_ns
            self._recorder.flush(now_ns)
        return events
