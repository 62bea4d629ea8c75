"""What metrics are made of: how a guard is at one moment, by what anybody may ask of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from trading_bot.order_flow.feed.frame_queue import QueueHealth
from trading_bot.order_flow.held.host_positions import PositionsState
from trading_bot.order_flow.journal.published import Published
from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.sight.sightings import Sightings
from trading_bot.order_flow.sight.visibility import VisibilityState
from trading_bot.order_flow.telling.view import stands

NAMES: Final[Mapping[str, str]] = {"trades": "prints", "quotes": "quotes"}
"""What the channels are called that a symbol is judged by."""
NoticesHealth = Callable[[], Mapping[str, Any]]
"""What `Notices.health` returns."""


class ChannelReading(NamedTuple):
    """One channel of one symbol at one moment.

    Attributes:
        name: `prints`, `quotes` or `depth`.
        state: What this channel alone would allow.
        proof_age_seconds: Since it was equal to a second source; None where it never was.
    """

    name: str
    state: VisibilityState
    proof_age_seconds: float | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A guard at one moment.

    Attributes:
        health: What `OrderFlowMonitor.health_check` says, of the symbols that are protected; of
            none while nothing is watched.
        channels: By symbol, how each channel is seen.
        delays_seconds: By symbol, how far the newest print came behind its stamp.
        is_running: A run is under way.
        is_sleeping: It waits for a closed market to open.
        positions: What is held, by symbol.
        positions_state: How far that is known.
        positions_age_seconds: Since they were read last; None before.
        exits: The recommendations that stand, by symbol.
        published: Alerts and exits since the start.
        queue: What waits of the stream; None while none is watched.
        notices: What `Notices.health` says; None without notices.
    """

    health: Mapping[str, Any]
    channels: Mapping[str, tuple[ChannelReading, ...]]
    delays_seconds: Mapping[str, float]
    is_running: bool
    is_sleeping: bool
    positions: Mapping[str, Position]
    positions_state: PositionsState
    positions_age_seconds: float | None
    exits: Mapping[str, ExitRecommendation]
    published: Published
    queue: QueueHealth | None
    notices: Mapping[str, Any] | None


def read(monitor: OrderFlowMonitor, notices: NoticesHealth | None = None) -> Reading:
    """Ask a guard how it is; from any thread."""
    now = monitor.clock()
    now_ns = ns_from_utc(now)
    judge = monitor.judge
    is_running = monitor.is_running
    positions = monitor.positions
    # What everything is watched beside is too much for a series each, and nobody holds it.
    symbols = tuple(dict.fromkeys((*positions, *monitor.protected))) if is_running else ()
    read_ns = monitor.positions_read_ns
    age_seconds = None
    if read_ns is not None:
        age_seconds = max(now_ns - read_ns, 0) / NS_PER_SECOND
    judges = {symbol: judge.judge_of(symbol) for symbol in symbols}
    return Reading(
        health=monitor.health_check(symbols=symbols),
        channels={symbol: _channels(judge.sightings, symbol, now_ns) for symbol in symbols},
        delays_seconds={
            symbol: (own.arrived_ns - own.trade_ns) / NS_PER_SECOND
            for symbol, own in judges.items()
            if own is not None and own.arrived_ns is not None
        },
        is_running=is_running,
        is_sleeping=monitor.sleeping_until is not None,
        positions=positions,
        positions_state=monitor.positions_state,
        positions_age_seconds=age_seconds,
        exits={
            symbol: each
            for symbol, each in dict(judge.publisher.exits).items()
            if stands(each, now)
        },
        published=judge.publisher.published,
        queue=monitor.queue_health(),
        notices=None if notices is None else notices(),
    )


def _channels(sightings: Sightings, symbol: str, now_ns: int) -> tuple[ChannelReading, ...]:
    found = []
    for channel, finding, proved_ns in sightings.channels(symbol, now_ns):
        age = None if proved_ns is None else max(now_ns - proved_ns, 0) / NS_PER_SECOND
        found.append(ChannelReading(NAMES[channel], finding.state, age))
    depth = sightings.depth(symbol)
    if depth is not None:
        # Nothing proves it: it is compared with nothing but the quotes.
        found.append(ChannelReading("depth", "blind" if depth.lost else "visible", None))
    return tuple(found)
