"""Plays rows through the live judge and keeps what a score needs: findings, quotes, readings."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
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
        alerts: In the order in which they were raised.
        exits: Exit recommendations, likewise.
        series: Quotes by symbol and day; empty when not asked for.
        readings: The red-burst rule's figures by symbol, every five seconds with a print; empty
            when not asked for.
        positions: What was held, by symbol, as it was last.
    """

    alerts: list[OrderFlowAlert] = field(default_factory=list)
    exits: list[ExitRecommendation] = field(default_factory=list)
    series: list[QuoteSeries] = field(default_factory=list)
    readings: dict[str, list[Reading]] = field(default_factory=lambda: defaultdict(list))
    positions: dict[str, Position] = field(default_factory=dict)

    def take(self, event: MonitorEvent) -> None:
        """Keep an alert or an exit; feeds are no subject of a score."""
        if isinstance(event, OrderFlowAlert):
            self.alerts.append(event)
        elif isinstance(event, ExitRecommendation):
            self.exits.append(event)


def find(playback: Playback, *, with_readings: bool = False) -> Findings:
    """Play recorded data and keep alerts, exits and quotes.

    Args:
        playback: The data, not played yet.
        with_readings: Keep the red-burst rule's figures too; after each list of rows for a live
            run's recording, every five seconds for other data.
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
    for symbol in sorted({row[SYMBOL] for row in rows if not row[KIND]}):
        volume, shares, minutes, sold = judge.tape_monitor.state_of(symbol).reading()
        findings.readings[symbol].append(
            Reading(
                rows[-1][SIP_NS],
                volume * minutes / shares if shares else None,
                sold / (1_000 * volume) if volume else None,
            )
        )
