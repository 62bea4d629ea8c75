"""Plays rows through the live judge and keeps what a score needs: findings, quotes, readings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import NamedTuple

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.market.units import NS_PER_SECOND, UNITS_PER_SHARE
from trading_bot.order_flow.notices import Listener, MonitorEvent
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.recorded.rows import KIND, PLACE, SIP_NS, SYMBOL, Row
from trading_bot.replay.playback import Playback, RowPlayback
from trading_bot.replay.player import Player
from trading_bot.research.changed_tapes import TapeChange
from trading_bot.research.days.measured import MeasuredDay
from trading_bot.research.quote_series import QuoteSeries, SeriesBuilder
from trading_bot.research.scorecard import Event, events_told

READING_NS = 5 * NS_PER_SECOND


class Reading(NamedTuple):
    """What the red-burst rule saw at one moment; ratios are None without a baseline or volume."""

    stamp_ns: int
    volume_ratio: float | None
    sell_ratio: float | None


@dataclass(slots=True)
class Findings:
    """What one replay found.

    Attributes:
        alerts: In the order in which they were raised; see `put_in_order`.
        exits: Exit recommendations, likewise.
        series: Quotes by symbol and day; empty when not asked for.
        readings: The red-burst rule's figures by symbol, every five seconds with a print; empty
            when not asked for.
        positions: What was held, by symbol, as it was last.
        days: What stays of the days where their quotes do not; empty when not asked for.
    """

    alerts: list[OrderFlowAlert] = field(default_factory=list)
    exits: list[ExitRecommendation] = field(default_factory=list)
    series: list[QuoteSeries] = field(default_factory=list)
    readings: dict[str, list[Reading]] = field(default_factory=partial(defaultdict, list))
    positions: dict[str, Position] = field(default_factory=dict)
    days: list[MeasuredDay] = field(default_factory=list)

    def put_in_order(self) -> None:
        """Put what was found in order by stamp and symbol, whoever found it and in what files."""
        self.alerts.sort(key=_place_of)
        self.exits.sort(key=_place_of)
        for days in (self.series, self.days):
            days.sort(key=_place_of_day)

    def add(self, other: Findings) -> None:
        """Add what was found in other symbols."""
        self.alerts += other.alerts
        self.exits += other.exits
        self.series += other.series
        self.days += other.days
        self.readings.update(other.readings)
        self.positions.update(other.positions)

    def take(self, event: MonitorEvent) -> None:
        """Keep an alert or an exit; feeds are no subject of a score."""
        if isinstance(event, OrderFlowAlert):
            self.alerts.append(event)
        elif isinstance(event, ExitRecommendation):
            self.exits.append(event)


def _place_of(event: OrderFlowAlert | ExitRecommendation) -> tuple[datetime, str]:
    return event.timestamp_utc, event.symbol


def _place_of_day(day: QuoteSeries | MeasuredDay) -> tuple[str, date]:
    return day.symbol, day.day


class ChangedPlay:
    """Changed rows on their way through a judge of their own, beside the rows as they are.

    Args:
        config: Settings.
        change: What is done to the rows.
    """

    def __init__(self, config: OrderFlowConfig, change: TapeChange) -> None:
        self.events: list[Event] = []
        self._listeners: list[Callable[[Event], None]] = []
        self._change = change
        self._player = Player(config)
        self._player.judge.publisher.add_listener(self._take)

    def play(self, rows: list[Row], step_ns: int) -> None:
        """Judge rows after they are changed.

        Args:
            rows: In exchange order.
            step_ns: What their stamps are cut to; a recording says so with its first symbol.
        """
        changed = self._change(rows)
        self._player.judge.step_ns = step_ns
        if changed:
            self._player.play(changed)

    def retire(self, symbol: str) -> None:
        """Forget a symbol of which nothing comes any more."""
        if self._player.judge.judge_of(symbol) is not None:
            self._player.retire(symbol)

    def add_listener(self, listener: Callable[[Event], None]) -> None:
        """Tell this callable of every alert and exit."""
        self._listeners.append(listener)

    def _take(self, told: MonitorEvent) -> None:
        for event in events_told((told,)):
            self.events.append(event)
            for listener in self._listeners:
                listener(event)


def find(
    playback: Playback,
    *,
    with_readings: bool = False,
    beside: Sequence[ChangedPlay] = (),
    over: Callable[[QuoteSeries, Position | None], None] | None = None,
    listener: Listener | None = None,
) -> Findings:
    """Play recorded data once and keep alerts, exits and quotes.

    Args:
        playback: The data, not played yet.
        with_readings: Keep the red-burst rule's figures too, at the last print of every five
            seconds.
        beside: What is played changed in the same pass.
        over: Told of each session as soon as nothing of it comes any more, and of what is held of
            its symbol; its quotes are then not kept, but with readings.
        listener: Told of whatever the rules find in the data as it is.
    """
    findings = Findings()
    builder = SeriesBuilder()
    source = playback.source if isinstance(playback, RowPlayback) else None
    if with_readings and isinstance(playback, RowPlayback):
        played = playback.pieces(READING_NS)
    else:
        played = playback.batches()
    playback.add_listener(findings.take)
    if listener is not None:
        playback.add_listener(listener)

    def take(ended: Iterable[QuoteSeries]) -> None:
        for each in ended:
            if over is not None:
                over(each, findings.positions.get(each.symbol))
            if over is None or with_readings:
                findings.series.append(each)

    playing = ""
    for rows in played:
        symbol = rows[0][SYMBOL]
        for each in beside:
            if source is not None and source.symbols_come_once and playing not in ("", symbol):
                each.retire(playing)
            each.play(rows, playback.judge.step_ns)
        playing = symbol
        _keep_quotes(rows, builder)
        findings.positions |= playback.judge.detector.held_positions()
        if with_readings:
            _read(playback.judge, rows, findings)
        one_by_one = source is not None and source.one_by_one
        take(builder.over(symbol if one_by_one else None, rows[0][SIP_NS]))
    take(builder.series())
    return findings


def _keep_quotes(rows: list[Row], builder: SeriesBuilder) -> None:
    for row in rows:
        if row[KIND]:
            bid, bid_size, ask, ask_size = row[PLACE + 1 : PLACE + 5]
            sizes = bid_size // UNITS_PER_SHARE, ask_size // UNITS_PER_SHARE
            builder.add(row[SYMBOL], row[SIP_NS], bid, sizes[0], ask, sizes[1])
        else:
            builder.add_print(row[SYMBOL], row[SIP_NS], row[PLACE + 3])


def _read(judge: MarketJudge, rows: list[Row], findings: Findings) -> None:
    last_ns = {row[SYMBOL]: row[SIP_NS] for row in rows if not row[KIND]}
    for symbol, stamp_ns in sorted(last_ns.items()):
        volume, shares, minutes, sold = judge.tape_monitor.state_of(symbol).reading()
        known = findings.readings[symbol]
        if known and known[-1].stamp_ns // READING_NS == stamp_ns // READING_NS:
            # How many rows come at a time changes no reading.
            known.pop()
        known.append(
            Reading(
                stamp_ns,
                volume * minutes / shares if shares else None,
                sold / (1_000 * volume) if volume else None,
            )
        )
