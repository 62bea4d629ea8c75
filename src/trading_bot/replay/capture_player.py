"""Plays a capture of a live run: every line is given to a judge again as it was given then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from msgspec.structs import astuple

from trading_bot.order_flow.capture.lines import (
    Afresh,
    AnyLine,
    BookLine,
    Closed,
    ConditionsLearned,
    Connection,
    DepthSeen,
    Failed,
    HaltLine,
    Headlines,
    Held,
    KnownFrom,
    Looked,
    OldQuoteLine,
    OldTradeLine,
    PositionsRead,
    QuoteLine,
    Refilled,
    Seeded,
    Seen,
    SettingsChanged,
    Skipped,
    SpanLost,
    Started,
    TradeLine,
    Unwatched,
    Watched,
    WithdrawalLine,
)
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import LETTER_SOURCES
from trading_bot.order_flow.errors import DataSourceError, DataValidationError, OrderFlowError
from trading_bot.order_flow.journal.lines import alert_from_record
from trading_bot.order_flow.journal.said import Said, exit_from_record
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.market.events import TradeEvent
from trading_bot.order_flow.market.feeds import DepthSight, Disagreement
from trading_bot.order_flow.market.trade_conditions import TradeConditions
from trading_bot.order_flow.market.units import UNITS_PER_SHARE, utc_from_ns
from trading_bot.order_flow.notices import Listener
from trading_bot.order_flow.outside.door import UNREADABLE
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.rules.own_scale.seed import Seed
from trading_bot.order_flow.sight.coverage.reasons import Lost, Sight
from trading_bot.recorded.recordings import Recordings, RowLine
from trading_bot.recorded.rows import PRINT, QUOTE, Row
from trading_bot.recorded.sources import ReadOptions
from trading_bot.replay.journal import UnwrittenLog
from trading_bot.replay.judged_rows import JudgedRows, is_below_one_share
from trading_bot.replay.no_provider import NoProvider
from trading_bot.replay.positions import ReplayPositions

_BEFORE_OWN_SCALE: Final = {"thresholds": "fixed"}
"""What older recordings were made with, and do not say."""


class CapturePlayer:
    """Plays captures.

    Args:
        source: The recordings.
        options: Which events; symbols were told to the recordings already.
        config: Settings in place of the recorded ones; None judges by the recorded ones.
        alert_log: The record; None keeps none.
        positions: Positions in place of the recorded ones; None follows the recording.
        make_judge: Makes the judge of each run, from what `MarketJudge` takes.

    Attributes:
        source: As given.
        config: The settings of the newest run.
        judge: The judge of the newest run.
        first_ns: Exchange time of the earliest event, 0 before it.
        last_ns: Exchange time of the latest event, 0 before the first.
        trades: Prints played.
        quotes: Quotes played.
        symbols: Every symbol met.
    """

    def __init__(
        self,
        source: Recordings,
        options: ReadOptions,
        config: OrderFlowConfig | None,
        *,
        alert_log: UnwrittenLog | None = None,
        positions: Iterable[Position] | None = None,
        make_judge: Callable[..., MarketJudge] = MarketJudge,
    ) -> None:
        self.source = source
        self.first_ns = self.last_ns = 0
        self.trades = self.quotes = 0
        self.symbols: set[str] = set()
        self._options = options
        self._given_config = config
        self._make_judge = make_judge
        self._log = alert_log or UnwrittenLog()
        self._given_positions = None if positions is None else tuple(positions)
        self._listeners: list[Listener] = []
        self._headlines = _KnownHeadlines()
        self._now_ns = source.first.at_ns
        with self._named():
            self._begin(source.first)

    def add_listener(self, listener: Listener) -> None:
        """Tell this callable of every alert, exit recommendation and feed event."""
        self._listeners.append(listener)
        self.judge.publisher.add_listener(listener)

    def batches(self) -> Iterator[list[Row]]:
        """Play everything, and yield the events as rows, each list right after it was judged."""
        rows: list[Row] = []
        for line in self.source.lines():
            with self._named():
                if not isinstance(line, RowLine):
                    self._repeat(line)
                elif isinstance(line, BookLine) and line.venue:
                    # It is no quote, and is counted with none.
                    if self._options.hold(line.sip_ns):
                        self.judge.book(line)
                elif self._is_in_time(line):
                    rows.append(self._judge_and_count(line, self.source.place))
            if len(rows) >= self._options.chunk_rows:
                yield rows
                rows = []
        if rows:
            yield rows

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Name the line that cannot be played: its values were written by no recording run.

        Raises:
            ValueError: It cannot be.
        """
        try:
            yield
        except (*UNREADABLE, LookupError) as error:
            raise ValueError(
                f"{self.source.where} cannot be played ({type(error).__name__}: {error}); the "
                "recording is damaged"
            ) from error

    def _is_in_time(self, line: RowLine) -> bool:
        inside = self._options.hold(line.sip_ns)
        if not inside:
            self.source.row_of(line).leave("outside_time")
        return inside

    def _judge_and_count(self, line: RowLine, place: int) -> Row:
        judge = self.judge.judge_of(line.symbol)
        before = 0 if judge is None else judge.trades + judge.quotes
        row = self._judge_event(line, place)
        if judge is None:
            self._counted.keep_back(row, "not_watched")
        elif judge.trades + judge.quotes > before or is_below_one_share(row):
            self._counted.take((row,))
        else:
            reason = "ahead_of_the_clock" if judge.halted_by is None else "halted"
            self._counted.keep_back(row, reason)
        return row

    def _judge_event(self, line: RowLine, place: int) -> Row:
        self.first_ns = min(self.first_ns or line.sip_ns, line.sip_ns)
        self.last_ns = max(self.last_ns, line.sip_ns)
        if isinstance(line, TradeLine | OldTradeLine):
            self.trades += 1
            if isinstance(line, OldTradeLine):
                event = self._old_trade(line)
            else:
                event = TradeEvent(*astuple(line))
            self.judge.trade(event)
            return _print_row(event, place)
        self.quotes += 1
        if isinstance(line, BookLine):
            self.judge.book(line)
            return _book_row(line, place)
        if isinstance(line, OldQuoteLine):
            # Where both had it, they met by the participant's stamp.
            line = QuoteLine(
                line.symbol,
                line.sip_ns,
                line.bid_ticks,
                line.bid_size * UNITS_PER_SHARE,
                line.ask_ticks,
                line.ask_size * UNITS_PER_SHARE,
                line.matched_ns,
                0,
                line.received_ns,
            )
        self.judge.quote(
            line.symbol,
            line.sip_ns,
            line.bid_ticks,
            line.bid_size,
            line.ask_ticks,
            line.ask_size,
            line.participant_ns,
            line.sequence,
            line.received_ns,
        )
        return _quote_row(line, place)

    def _old_trade(self, line: OldTradeLine) -> TradeEvent:
        judge = self.judge.judge_of(line.symbol)
        if judge is not None and line.participant_ns not in (None, line.matched_ns):
            # It met the quotes by exchange time although it had another.
            judge.by_exchange_time = True
        return TradeEvent(
            line.symbol,
            line.sip_ns,
            line.price_ticks,
            line.size * UNITS_PER_SHARE,
            line.participant_ns,
            conditions=line.conditions,
            correction=line.correction,
            exchange=line.exchange,
            stated_side=line.stated_side,
            received_ns=line.received_ns,
        )

    def _repeat(self, line: AnyLine) -> None:
        """Give the judge again what is no event to be shown."""
        judge = self.judge
        match line:
            case Started():
                if line != self.source.first and not line.continued:
                    self._begin(line)
            case HaltLine():
                judge.halt(line)
            case WithdrawalLine():
                judge.withdraw(line)
            case Watched():
                self.symbols.add(line.symbol)
                judge.step_ns = line.step_ns
                judge.watch(
                    line.symbol,
                    from_ns=line.from_ns,
                    now_ns=line.now_ns,
                    by_exchange_time=line.by_exchange_time,
                    memory=line.memory,
                    ranks=line.ranks,
                )
            case Unwatched():
                judge.unwatch(line.symbol)
            case SettingsChanged():
                self._change_settings(line)
            case Afresh():
                judge.takes_back = line.takes_back
                judge.least_taken_back = line.least_taken_back
                judge.start_afresh()
            case Seeded():
                judge.seed(line.symbol, Seed(line.usual_minute, line.burst))
            case Skipped():
                judge.judges[line.symbol].skip(line.seconds)
            case KnownFrom():
                judge.known_from(line.symbol, line.from_ns)
            case Refilled():
                self._refill(line)
            case Held():
                self._hold(line)
            case Closed():
                judge.close_position(line.symbol)
            case PositionsRead():
                judge.read_positions()
            case ConditionsLearned():
                verdicts = line.verdicts()
                judge.use_conditions(TradeConditions(verdicts))
                self._counted.conditions = TradeConditions(verdicts)
            case Headlines():
                self._headlines.know(line.symbol, line.headlines)
            case Seen():
                judge.saw(
                    line.symbol,
                    Sight(line.state, line.reason, line.text, line.since_ns, line.compared_ns),
                    line.at_ns,
                )
            case DepthSeen():
                found = line.disagreement
                differ = None if found is None else Disagreement(*found)
                judge.saw_depth(
                    line.symbol, DepthSight(line.lost, line.since_ns, differ), line.at_ns
                )
            case SpanLost():
                judge.span_lost(
                    Lost(
                        line.symbol,
                        line.channel,
                        line.from_ns,
                        line.to_ns,
                        line.cause,
                        line.tries,
                        line.codes,
                    ),
                    line.at_ns,
                )
            case Connection():
                judge.say(line.reason, line.sentence, line.at_ns)
            case Failed():
                judge.data_refused(line.symbol, line.feed, line.at_ns, _error_of(line))
            case Looked():
                self._now_ns = line.now_ns
                judge.every_second(line.now_ns, line.symbols)

    def _begin(self, line: Started) -> None:
        """Make the monitor of a run, as its process did."""
        self.config = self._given_config or _settings_of(line.config)
        self._now_ns = line.at_ns
        self._positions = ReplayPositions(self._given_positions or ())
        self.judge = self._make_judge(
            self.config,
            position_manager=self._positions,
            client=NoProvider(),
            alert_log=self._log,
            context=self._headlines,
            clock=lambda: utc_from_ns(self._now_ns),
            wall_fields=False,
            market="replay",
        )
        self._counted = JudgedRows(self.source.account, self.config)
        # What schema 1 wrote down had passed the halts already.
        self.judge.infers_halts = line.schema > 1
        for listener in self._listeners:
            self.judge.publisher.add_listener(listener)
        if self._given_positions is not None:
            self.judge.read_positions()

    def _change_settings(self, line: SettingsChanged) -> None:
        """Judge by what the run was given on its way, unless settings were given for all of it."""
        self._now_ns = line.now_ns
        if self._given_config is None:
            self.config = _settings_of(line.config)
            self.judge.change_settings(self.config)

    def _hold(self, line: Held) -> None:
        if self._given_positions is None:
            self._positions.replace_all(
                Position(
                    each.symbol,
                    each.quantity,
                    each.average_price,
                    each.stop,
                    opened_at=each.opened_at,
                )
                for each in line.positions
            )

    def _refill(self, line: Refilled) -> None:
        # Alerts found under other settings count as little here as they did live.
        if self._given_config is not None:
            return
        self._now_ns = line.now_ns
        alerts = {each: alert_from_record(of) for each, of in line.alerts.items()}
        exits = {each["symbol"]: exit_from_record(each, alerts) for each in line.exits}
        told = frozenset(line.told)
        said = Said(alerts, exits, told, judged=line.judged, settings_at=line.settings_at)
        self.judge.take_back(said)


def _settings_of(recorded: Mapping[str, Any]) -> OrderFlowConfig:
    """Return the settings that a recording was made with."""
    values = {**_BEFORE_OWN_SCALE, **recorded}
    is_older = "bid_attack_executions" not in recorded
    if is_older and set(values.get("exit_sources", ())) == set(LETTER_SOURCES):
        # They stand there where nobody had stated any, too.
        values["exit_sources"] = None
    return OrderFlowConfig(**values)


class _KnownHeadlines:
    """Headlines as they were known to the recorded run."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, ...]] = {}

    def know(self, symbol: str, headlines: tuple[str, ...]) -> None:
        """Keep what was known of a symbol from now on."""
        self._known[symbol] = headlines

    def headlines(
        self,
        symbol: str,
        as_of: datetime,  # noqa: ARG002 - the signature of a context source
    ) -> tuple[str, ...]:
        """Return what was known."""
        return self._known.get(symbol, ())


class _RefusedError(DataValidationError):
    """A recorded refusal, with its own words."""

    def __init__(self, line: Failed) -> None:
        super().__init__(line.code, symbol=line.symbol)
        self.args = (line.words,)


def _print_row(event: TradeEvent, place: int) -> Row:
    return (
        event.sip_ns,
        PRINT,
        0,
        event.symbol,
        place,
        event.price_ticks,
        event.size,
        event.conditions,
        event.correction,
        event.exchange,
        event.participant_ns,
        0,
        "",
    )


def _quote_row(line: QuoteLine, place: int) -> Row:
    best = (line.bid_ticks, line.bid_size, line.ask_ticks, line.ask_size)
    return (line.sip_ns, QUOTE, 0, line.symbol, place, *best, line.participant_ns, None)


def _book_row(line: BookLine, place: int) -> Row:
    bid = line.bids[0] if line.bids else (0, 0)
    ask = line.asks[0] if line.asks else (0, 0)
    best = (*bid, *ask)
    return (line.sip_ns, QUOTE, 0, line.symbol, place, *best, line.participant_ns, line.bids)


def _error_of(line: Failed) -> OrderFlowError:
    return _RefusedError(line) if line.refused else DataSourceError(line.words, code=line.code)
