"""Plays rows through the live judge and keeps what a score needs: findings, quotes, readings."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import NamedTuple

from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.market.units import NS_PER_SECOND, UNITS_PER_SHARE
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.recorded.rows import KIND, PLACE, SIP_NS, SYMBOL, Row
from trading_bot.replay.plain_rows import rows_of
from trading_bot.replay.playback import Playback, RowPlayback
from trading_bot.replay.player import Player
from trading_bot.research.changed_tapes import TapeChange
from trading_bot.research.quote_series import QuoteSeries, SeriesBuilder

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
    """

    alerts: list[OrderFlowAlert] = field(default_factory=list)
    exits: list[ExitRecommendation] = field(default_factory=list)
    series: list[QuoteSeries] = field(default_factory=list)
    readings: dict[str, list[Reading]] = field(default_factory=partial(defaultdict, list))
    positions: dict[str, Position] = field(default_factory=dict)

    def put_in_order(self) -> None:
        """Put what was found in order by stamp and symbol, whoever found it and in what files."""
        self.alerts.sort(key=_place_of)
        self.exits.sort(key=_place_of)
        self.series.sort(key=lambda each: (each.symbol, each.day))

    def add(self, other: Findings) -> None:
        """Add what was found in other symbols."""
        self.alerts += other.alerts
        self.exits += other.exits
        self.series += other.series
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


def find(playback: Playback, *, with_readings: bool = False) -> Findings:
    """Play recorded data and keep alerts, exits and quotes.

    Args:
        playback: The data, not played yet.
        with_readings: Keep the red-burst rule's figures too, at the last print of every five
            seconds.
    """
    findings = Findings()
    builder = SeriesBuilder()
    if with_readings and isinstance(playback, RowPlayback):
        played = playback.pieces(READING_NS)
    else:
        played = playback.batches()
    playback.add_listener(findings.take)
    for rows in played:
        _keep_quotes(rows, builder)
        findings.positions |= playback.judge.detector.held_positions()
        if with_readings:
            _read(playback.judge, rows, findings)
    findings.series = builder.series()
    return findings


def find_changed(playback: Playback, change: TapeChange) -> Findings:
    """Play recorded data with changed rows and keep the alerts and exits."""
    findings = Findings()
    player = Player(playback.config)
    player.judge.publisher.add_listener(findings.take)
    for rows in rows_of(playback):
        changed = change(rows)
        # A recording says with its first symbol how fine its stamps are.
        player.judge.step_ns = playback.judge.step_ns
        if changed:
            player.play(changed)
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
