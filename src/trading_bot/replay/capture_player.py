"""Plays the recording of a live run: every line is done again as it was done then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from trading_bot.order_flow.capture.lines import (
    Afresh,
    Answered,
    ConditionsLearned,
    Failed,
    Headlines,
    Heartbeat,
    Held,
    KnownFrom,
    Looked,
    MarketStatus,
    PositionsRead,
    Print,
    Quote,
    Refilled,
    Skipped,
    Started,
    Unwatched,
    Watched,
)
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.errors import DataSourceError, DataValidationError, OrderFlowError
from trading_bot.order_flow.journal.lines import alert_from_record
from trading_bot.order_flow.journal.publisher import Listener
from trading_bot.order_flow.market.trade_conditions import TradeConditions
from trading_bot.order_flow.market.units import utc_from_ns
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.position import Position
from trading_bot.recorded.recordings import Recordings
from trading_bot.recorded.rows import PRINT, QUOTE, Row
from trading_bot.recorded.sources import ReadOptions
from trading_bot.replay.journal import UnwrittenLog
from trading_bot.replay.no_provider import NoProvider
from trading_bot.replay.positions import ReplayPositions

_FeedLine = Answered | MarketStatus | Heartbeat | Failed | Looked
_OtherLine = (
    Started
    | Watched
    | Unwatched
    | Afresh
    | Skipped
    | KnownFrom
    | Refilled
    | Held
    | PositionsRead
    | ConditionsLearned
    | Headlines
    | _FeedLine
)


class RecordingPlayer:
    """Plays recordings.

    Args:
        source: The recordings.
        options: Which events; symbols were told to the recordings already.
        config: Settings in place of the recorded ones; None judges by the recorded ones.
        alert_log: The record; None keeps none.
        positions: Positions in place of the recorded ones; None follows the recording.

    Attributes:
        source: As given.
        config: The settings of the newest run.
        monitor: The monitor of the newest run.
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
    ) -> None:
        self.source = source
        self.first_ns = self.last_ns = 0
        self.trades = self.quotes = 0
        self.symbols: set[str] = set()
        self._options = options
        self._given_config = config
        self._log = alert_log or UnwrittenLog()
        self._given_positions = None if positions is None else tuple(positions)
        self._listeners: list[Listener] = []
        self._headlines = _KnownHeadlines()
        self._now_ns = source.first.at_ns
        self._begin(source.first)

    def add_listener(self, listener: Listener) -> None:
        """Tell this callable of every alert, exit recommendation and feed event."""
        self._listeners.append(listener)
        self.monitor.add_listener(listener)

    def batches(self) -> Iterator[list[Row]]:
        """Play everything, and yield the events as rows, each list right after it was judged."""
        rows: list[Row] = []
        for place, line in enumerate(self.source.lines()):
            if isinstance(line, Print | Quote):
                if self._is_in_time(line.sip_ns):
                    rows.append(self._judge(line, place))
            else:
                self._repeat(line)
            if len(rows) >= self._options.chunk_rows:
                yield rows
                rows = []
        if rows:
            yield rows

    def _is_in_time(self, sip_ns: int) -> bool:
        begin, end = self._options.from_ns, self._options.to_ns
        inside = (begin is None or sip_ns >= begin) and (end is None or sip_ns < end)
        self.source.left_out.update(() if inside else ("outside_time",))
        return inside

    def _judge(self, line: Print | Quote, place: int) -> Row:
        self.first_ns = min(self.first_ns or line.sip_ns, line.sip_ns)
        self.last_ns = max(self.last_ns, line.sip_ns)
        if isinstance(line, Quote):
            self.quotes += 1
            best = (line.bid_ticks, line.bid_size, line.ask_ticks, line.ask_size)
            self.monitor.on_quote(
                line.symbol, line.sip_ns, line.matched_ns, *best, line.received_ns
            )
            made_ns = None if line.matched_ns == line.sip_ns else line.matched_ns
            return (line.sip_ns, QUOTE, 0, line.symbol, place, *best, made_ns, None)
        self.trades += 1
        told = (line.price_ticks, line.size, line.conditions, line.correction, line.exchange)
        self.monitor.on_trade(
            line.symbol,
            line.sip_ns,
            line.matched_ns,
            *told,
            line.participant_ns,
            line.stated_side,
            line.received_ns,
        )
        return (line.sip_ns, PRINT, 0, line.symbol, place, *told, line.participant_ns, 0, "")

    def _repeat(self, line: _OtherLine) -> None:
        """Do again what is not an event of the market."""
        monitor = self.monitor
        match line:
            case Started():
                if line != self.source.first and not line.continued:
                    self._begin(line)
            case Watched():
                self.symbols.add(line.symbol)
                monitor.watch(line.symbol, from_ns=line.from_ns, now_ns=line.now_ns)
            case Unwatched():
                monitor.unwatch(line.symbol)
            case Afresh():
                monitor.feeds.kinds = line.feeds
                monitor.start_afresh()
            case Skipped():
                monitor.tape_monitor.state_of(line.symbol).skip(line.seconds)
            case KnownFrom():
                monitor.tape_monitor.state_of(line.symbol).watch_from(line.from_ns)
            case Refilled():
                self._refill(line)
            case Held():
                self._hold(line)
            case PositionsRead():
                monitor.read_positions()
            case ConditionsLearned():
                monitor.use_conditions(TradeConditions(line.verdicts()))
            case Headlines():
                self._headlines.know(line.symbol, line.headlines)
            case _:
                self._repeat_feed(line)

    def _repeat_feed(self, line: _FeedLine) -> None:
        feeds, publisher = self.monitor.feeds, self.monitor.publisher
        match line:
            case Answered():
                feeds.answered(line.symbol, line.feed, line.at_ns, line.newest_ns)
            case Heartbeat():
                feeds.heartbeat_arrived(line.at_ns)
            case MarketStatus():
                feeds.market_status_arrived(line.at_ns)
            case Failed():
                event = feeds.failed(line.symbol, line.feed, line.at_ns, _error_of(line))
                if event is not None:
                    publisher.publish_feed_event(event)
            case _:
                self._now_ns = line.now_ns
                self.monitor.every_second(line.now_ns, line.symbols)

    def _begin(self, line: Started) -> None:
        """Make the monitor of a run, as its process did."""
        self.config = self._given_config or OrderFlowConfig(**line.config)
        self._now_ns = line.at_ns
        self._positions = ReplayPositions(self._given_positions or ())
        self.monitor = OrderFlowMonitor(
            self.config,
            position_manager=self._positions,
            client=NoProvider(),
            log_directory=None,
            alert_log=self._log,
            context=self._headlines,
            clock=lambda: utc_from_ns(self._now_ns),
            wall_fields=False,
        )
        for listener in self._listeners:
            self.monitor.add_listener(listener)
        if self._given_positions is not None:
            self.monitor.read_positions()

    def _hold(self, line: Held) -> None:
        if self._given_positions is None:
            self._positions.replace_all(
                Position(each.symbol, each.quantity, each.average_price, each.stop)
                for each in line.positions
            )

    def _refill(self, line: Refilled) -> None:
        # Alerts found under other settings count as little here as they did live.
        if self._given_config is not None:
            return
        self._now_ns = line.now_ns
        self._log.earlier = {each: alert_from_record(of) for each, of in line.alerts.items()}
        self.monitor.refill()


class _KnownHeadlines:
    """Headlines as they were known to the recorded run."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, ...]] = {}

    def know(self, symbol: str, headlines: tuple[str, ...]) -> None:
        """Take note of what was known of a symbol from now on."""
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


def _error_of(line: Failed) -> OrderFlowError:
    return _RefusedError(line) if line.refused else DataSourceError(line.words, code=line.code)
