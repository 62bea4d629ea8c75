"""A judge that writes down what it is given. The plain one carries none of this.

Everything a judge needs comes in by its methods, so this is one wrapper of them; positions and
headlines, which it asks for, are written when the answer has changed. Lines are written after the
event was judged, and answers that the judgement asked for before it: so a replay has everything at
hand when it comes to the event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import astuple

from ..config import OrderFlowConfig
from ..diagnostics import RUN_LENGTH, told
from ..errors import DataValidationError, OrderFlowError
from ..journal.lines import alert_record, exit_record
from ..journal.publisher import ContextSource
from ..journal.said import Said
from ..judge import MarketJudge
from ..market.events import BookEvent, HaltEvent, Print, Withdrawal
from ..market.feeds import DepthSight
from ..market.sink import MarketSink
from ..market.trade_conditions import TradeConditions
from ..market.units import NS_PER_SECOND, ns_from_utc, utc_from_ns
from ..position import Position, PositionManager
from ..rules.own_scale.seed import Seed
from ..rules.own_scale.state import ScaleState
from ..rules.symbol_judge import SymbolJudge
from ..sight.coverage.reasons import Lost, OpenSpan, Sight
from .lines import (
    Afresh,
    Closed,
    ConditionsLearned,
    Connection,
    DepthSeen,
    Failed,
    HaltLine,
    Headlines,
    Held,
    HeldPosition,
    KnownFrom,
    Looked,
    PositionsRead,
    QuoteLine,
    Refilled,
    Seeded,
    Seen,
    SpanLost,
    TradeLine,
    Unwatched,
    Watched,
    WithdrawalLine,
)
from .writer import CaptureWriter

_LONGEST_ID = 40


class CapturingJudge(MarketJudge):
    """Judges as `MarketJudge` does and gives every input to a recorder.

    Args:
        config: Settings.
        recorder: Where the lines go.
        position_manager: What is held, and the watchlist.
        context: Headlines for alerts.
        others: Further arguments of `MarketJudge`.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        *,
        recorder: CaptureWriter,
        position_manager: PositionManager,
        context: ContextSource | None = None,
        **others: Any,
    ) -> None:
        self._recorder = recorder
        self._held_as_read: tuple[Position, ...] | None = None
        self._flushed_ns = 0
        # What was written down last of each symbol's sight.
        self._said: dict[str, tuple[str, str, str]] = {}
        super().__init__(
            config,
            position_manager=position_manager,
            context=None if context is None else _CapturedContext(context, recorder),
            **others,
        )

    def start_afresh(self) -> None:
        """Drop the state of an earlier run."""
        self._recorder.write(
            Afresh(takes_back=self.takes_back, least_taken_back=self.least_taken_back)
        )
        super().start_afresh()

    def take_back(self, said: Said) -> None:
        """Take what earlier runs said."""
        own_hash = self.config.config_hash
        # Those of a run's settings before these keep the ids that they were told by.
        alerts = {
            each: alert_record(of, config_hash=own_hash) | {"alert_id": each}
            for each, of in said.alerts.items()
        }
        exits = tuple(exit_record(each) for each in said.exits.values())
        now_ns = ns_from_utc(self.clock())
        self._recorder.write(
            Refilled(
                now_ns,
                alerts,
                exits,
                tuple(sorted(said.told)),
                dict(said.judged),
                said.settings_at,
            )
        )
        super().take_back(said)

    def change_settings(self, config: OrderFlowConfig) -> None:
        """Judge by other settings from the next event on."""
        self._recorder.use_settings(config, ns_from_utc(self.clock()))
        super().change_settings(config)

    def close_position(self, symbol: str) -> None:
        """Drop what was recommended for a position."""
        self._recorder.write(Closed(symbol))
        super().close_position(symbol)

    def _hold(self, positions: Mapping[str, Position]) -> None:
        """Take what is held now, and write it down where that has changed."""
        super()._hold(positions)
        held = tuple(self.positions.values())
        if held != self._held_as_read:
            self._held_as_read = held
            self._recorder.write(
                Held(
                    tuple(
                        HeldPosition(
                            each.symbol,
                            each.quantity,
                            each.average_price,
                            each.stop,
                            each.opened_at,
                        )
                        for each in held
                    )
                )
            )
            self._recorder.write(PositionsRead())

    def watch(
        self,
        symbol: str,
        *,
        from_ns: int,
        now_ns: int,
        by_exchange_time: bool = False,
        memory: ScaleState | None = None,
        ranks: bool = True,
    ) -> MarketSink:
        """Judge a symbol from now on."""
        memory = memory or (self._memory_of(symbol) if ranks else None)
        self._recorder.write(
            Watched(symbol, from_ns, now_ns, by_exchange_time, self.step_ns, memory, ranks)
        )
        return super().watch(
            symbol,
            from_ns=from_ns,
            now_ns=now_ns,
            by_exchange_time=by_exchange_time,
            memory=memory,
            ranks=ranks,
        )

    def unwatch(self, symbol: str) -> None:
        """End the watch of a symbol."""
        self._said.pop(symbol, None)
        self._recorder.write(Unwatched(symbol))
        super().unwatch(symbol)

    def seed(self, symbol: str, seed: Seed) -> None:
        """Take what an earlier session says of a symbol."""
        super().seed(symbol, seed)
        self._recorder.write(Seeded(symbol, *seed))

    def known_from(self, symbol: str, stamp_ns: int) -> None:
        """State that every print of a watched symbol is known from here on only."""
        super().known_from(symbol, stamp_ns)
        self._recorder.write(KnownFrom(symbol, stamp_ns))

    def use_conditions(self, conditions: TradeConditions) -> None:
        """Judge the symbols that are watched from now on by another table."""
        table = {
            each: (verdict.volume, verdict.side, verdict.reason)
            for each, verdict in conditions.table.items()
        }
        self._recorder.write(ConditionsLearned(table))
        super().use_conditions(conditions)

    def saw(self, symbol: str, sight: Sight, at_ns: int, spans: tuple[OpenSpan, ...] = ()) -> None:
        """Take what can be seen of a watched symbol."""
        super().saw(symbol, sight, at_ns, spans)
        said = (sight.state, sight.reason, sight.text)
        if self._said.get(symbol) != said:
            self._said[symbol] = said
            self._recorder.write(Seen(symbol, at_ns, *said, sight.since_ns, sight.compared_ns))

    def saw_depth(self, symbol: str, sight: DepthSight, at_ns: int) -> bool:
        """Take whether a second feed's depth of a watched symbol is seen."""
        before = self.sightings.depth(symbol)
        begins = super().saw_depth(symbol, sight, at_ns)
        if sight != before:
            self._recorder.write(DepthSeen(symbol, at_ns, *sight))
        return begins

    def span_lost(self, lost: Lost, at_ns: int) -> None:
        """Take that a span of a symbol was never seen."""
        super().span_lost(lost, at_ns)
        self._recorder.write(
            SpanLost(
                lost.symbol,
                at_ns,
                lost.channel,
                lost.from_ns,
                lost.to_ns,
                lost.cause,
                lost.tries,
                lost.codes,
            )
        )

    def say(self, reason: str, sentence: str, at_ns: int) -> None:
        """Tell everybody what they have to know of the connection."""
        super().say(reason, sentence, at_ns)
        self._recorder.write(Connection(reason, sentence, at_ns))

    def data_refused(self, symbol: str, what: str, at_ns: int, error: OrderFlowError) -> None:
        """Take an answer that failed or was refused."""
        super().data_refused(symbol, what, at_ns, error)
        code = str(getattr(error, "code", type(error).__name__))
        refused = isinstance(error, DataValidationError)
        self._recorder.write(Failed(symbol, what, at_ns, code, str(error), refused))

    def every_second(self, now_ns: int, symbols: Iterable[str] | None = None) -> None:
        """Tell what time has brought."""
        looked_at = self.symbols if symbols is None else tuple(symbols)
        super().every_second(now_ns, looked_at)
        self._recorder.write(Looked(now_ns, looked_at))
        # A stream looks at a few symbols at a time, hundreds of times a second where it watches
        # everything; the disk is to have what is a second old.
        if now_ns - self._flushed_ns >= NS_PER_SECOND:
            self._flushed_ns = now_ns
            self._recorder.flush(now_ns)
            trouble = self._recorder.look()
            if trouble is not None:
                self.publisher.publish_capture(*trouble, utc_from_ns(now_ns))

    def flush(self) -> None:
        """Bring the recording to the disk; a later run goes on with it."""
        self._recorder.flush(ns_from_utc(self.clock()))

    def _in_front_of(self, judge: SymbolJudge) -> MarketSink:
        return _CapturedEvents(judge, self._recorder)


class _CapturedEvents(MarketSink):
    """Stands in front of a symbol's judge and writes down each event, once it was judged."""

    __slots__ = ("_judge", "_recorder")

    def __init__(self, judge: MarketSink, recorder: CaptureWriter) -> None:
        self._judge = judge
        self._recorder = recorder

    def trade(self, event: Print) -> None:
        self._judge.trade(event)
        line = TradeLine(*event)
        # An id of digits is the provider's own; any other text might repeat what it was sent.
        if len(line.trade_id) >= RUN_LENGTH and not line.trade_id.isdigit():
            line.trade_id = told(line.trade_id, _LONGEST_ID)
        self._recorder.write(line)

    def quote(
        self,
        symbol: str,
        sip_ns: int,
        bid_ticks: int,
        bid_size: int,
        ask_ticks: int,
        ask_size: int,
        participant_ns: int | None = None,
        sequence: int = 0,
        received_ns: int | None = None,
    ) -> None:
        given = (
            symbol,
            sip_ns,
            bid_ticks,
            bid_size,
            ask_ticks,
            ask_size,
            participant_ns,
            sequence,
            received_ns,
        )
        self._judge.quote(*given)
        self._recorder.write(QuoteLine(*given))

    def book(self, event: BookEvent) -> None:
        self._judge.book(event)
        self._recorder.book(event)

    def withdraw(self, event: Withdrawal) -> None:
        self._judge.withdraw(event)
        self._recorder.write(WithdrawalLine(*astuple(event)))

    def halt(self, event: HaltEvent) -> None:
        self._judge.halt(event)
        self._recorder.write(HaltLine(*astuple(event)))


class _CapturedContext:
    """Headlines that are written down where they changed since the symbol's last alert."""

    def __init__(self, context: ContextSource, recorder: CaptureWriter) -> None:
        self._context = context
        self._recorder = recorder
        self._last: dict[str, tuple[str, ...]] = {}

    def headlines(self, symbol: str, as_of: datetime) -> tuple[str, ...]:
        found = self._context.headlines(symbol, as_of)
        if found != self._last.get(symbol, ()):
            self._last[symbol] = found
            self._recorder.write(Headlines(symbol, found))
        return found
