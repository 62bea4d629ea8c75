"""What metrics are made of: how a guard is at one moment, by what anybody may ask of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trading_bot.order_flow.feed.frame_queue import QueueHealth
from trading_bot.order_flow.held.host_positions import PositionsState
from trading_bot.order_flow.journal.published import Published
from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.telling.view import stands

NoticesHealth = Callable[[], Mapping[str, Any]]
"""What `Notices.health` returns."""
SleepingUntil = Callable[[], datetime | None]
"""When the watch begins again while the market is closed; None while it is not."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A guard at one moment.

    Attributes:
        health: What `OrderFlowMonitor.health_check` says, of the symbols that are protected; of
            none while nothing is watched.
        is_running: A run is under way.
        is_sleeping: The market is closed; None where nobody says.
        positions: What is held, by symbol.
        positions_state: How far that is known.
        positions_age_seconds: Since they were read last; None before.
        exits: The recommendations that stand, by symbol.
        published: Alerts and exits since the start.
        queue: What waits of the stream; None while none is watched.
        notices: What `Notices.health` says; None without notices.
    """

    health: Mapping[str, Any]
    is_running: bool
    is_sleeping: bool | None
    positions: Mapping[str, Position]
    positions_state: PositionsState
    positions_age_seconds: float | None
    exits: Mapping[str, ExitRecommendation]
    published: Published
    queue: QueueHealth | None
    notices: Mapping[str, Any] | None


def read(
    monitor: OrderFlowMonitor,
    notices: NoticesHealth | None = None,
    sleeping_until: SleepingUntil | None = None,
) -> Reading:
    """Ask a guard how it is; from any thread."""
    now = monitor.clock()
    is_running = monitor.is_running
    positions = monitor.positions
    # What everything is watched beside is too much for a series each, and nobody holds it.
    symbols = tuple(dict.fromkeys((*positions, *monitor.protected))) if is_running else ()
    read_ns = monitor.positions_read_ns
    age_seconds = None
    if read_ns is not None:
        age_seconds = max(ns_from_utc(now) - read_ns, 0) / NS_PER_SECOND
    exits = monitor.judge.publisher.exits
    return Reading(
        health=monitor.health_check(symbols=symbols),
        is_running=is_running,
        is_sleeping=None if sleeping_until is None else sleeping_until() is not None,
        positions=positions,
        positions_state=monitor.positions_state,
        positions_age_seconds=age_seconds,
        exits={symbol: each for symbol, each in dict(exits).items() if stands(each, now)},
        published=monitor.judge.publisher.published,
        queue=monitor.queue_health(),
        notices=None if notices is None else notices(),
    )
