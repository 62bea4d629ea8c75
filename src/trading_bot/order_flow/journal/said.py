"""What earlier runs said, as a start takes it back: so that nothing is said twice, or never.

The newest alert at each price, the newest recommendation of each position, and since when each
position is known: the lines of the record are read once and kept as this.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Annotated, Any, Final

import msgspec

from ..data_models import AlertSource, AlertType, OrderFlowAlert, Severity
from ..market.units import ns_from_utc
from ..position import Position
from ..recommendation import ExitRecommendation, Urgency
from ..rules.continued import JudgedSpan
from ..rules.signals import Signal
from .lines import (
    EXIT_EVENT,
    SETTINGS_CHANGED_EVENT,
    TOLD_EVENT,
    alert_from_record,
    exit_id,
)
from .members import facts_of_line, leaving_of_line
from .reading import NO_LINE

LEVELS_OF_A_SYMBOL: Final = 512
"""Prices at which a symbol's alerts are remembered; the one that is longest ago goes first."""
ALERTS_OF_A_LEVEL: Final = 64
"""Alerts that are remembered of one price."""

_Ticker = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_Number = Annotated[float, msgspec.Meta(ge=-1e15, le=1e15)]


class AlertMembers(msgspec.Struct):
    """What the line of an alert has to say, and in which form."""

    symbol: _Ticker
    alert_id: str
    config_hash: str
    timestamp: str
    alert_type: AlertType
    severity: Severity
    source: AlertSource | None
    order_size: Annotated[int, msgspec.Meta(ge=0, le=10**15)] | None
    price_level: Annotated[float, msgspec.Meta(gt=0, le=1e12)] | None
    volume_ratio: _Number | None
    sell_ratio: _Number | None
    sell_ratio_low: _Number | None
    low_confidence_share: _Number | None
    late: bool
    delay_seconds: _Number | None
    context: tuple[str, ...]


class ExitMembers(msgspec.Struct):
    """What the line of a recommendation has to say, and in which form."""

    symbol: _Ticker
    timestamp: str
    reason: str
    urgency: Urgency
    alert_ids: tuple[str, ...]
    quantity: _Number
    average_price: _Number | None
    stop: _Number | None
    price: _Number | None
    unrealised_pnl: _Number | None
    distance_to_stop: _Number | None
    # Older records have none.
    exit_id: str | None = None
    # Those of fixed thresholds, neither.
    worth: str = ""


class _Change(msgspec.Struct):
    timestamp: Annotated[datetime, msgspec.Meta(tz=True)]
    old_hash: str
    new_hash: str


class ToldMembers(msgspec.Struct):
    """What the line has to say by which a recommendation is known to have been told."""

    exit_id: str


@dataclass(frozen=True, slots=True)
class Said:
    """What earlier runs said.

    Attributes:
        alerts: By id, in the order they were recorded.
        exits: The newest recommendation of each symbol, marked as repeated.
        told: Ids of the recommendations that are known to have been told.
        opened: Since when each position is known that is not known to be gone, by symbol.
        judged: What was judged of each symbol.
        unreadable: Lines that lack what their kind has, or have it in another form.
        settings_at: When the settings became those of now, in a run that began with others; None
            where none did.
    """

    alerts: Mapping[str, OrderFlowAlert] = field(default_factory=dict)
    exits: Mapping[str, ExitRecommendation] = field(default_factory=dict)
    told: frozenset[str] = frozenset()
    opened: Mapping[str, datetime] = field(default_factory=dict)
    judged: Mapping[str, JudgedSpan] = field(default_factory=dict)
    unreadable: int = 0
    settings_at: datetime | None = None


def said_of(
    lines: Iterable[Mapping[str, Any]],
    *,
    since: datetime,
    until: datetime,
    config_hash: str,
    opened: Mapping[str, datetime],
    judged: Mapping[str, JudgedSpan],
) -> Said:
    """Gather what the lines of a record say.

    Args:
        lines: In the order they were written.
        since: Exchange time of the earliest alert that matters.
        until: What is stamped later was said of a market that has begun anew since, such as a
            simulated one.
        config_hash: Alerts found under other settings are left out, unless a run changed from those
            to these on its way; recommendations are not: they are about the position.
        opened: As in `Said`.
        judged: As in `Said`.
    """
    every: dict[str, OrderFlowAlert] = {}
    hashes: dict[str, str] = {}
    changes: list[_Change] = []
    exits: dict[str, ExitRecommendation] = {}
    told = set()
    unreadable = 0
    for line in lines:
        try:
            if "alert_type" in line:
                msgspec.convert(line, AlertMembers)
                alert = alert_from_record(line)
                if since <= alert.timestamp_utc <= until:
                    every[line["alert_id"]] = alert
                    hashes[line["alert_id"]] = line["config_hash"]
            elif line["event"] == EXIT_EVENT:
                msgspec.convert(line, ExitMembers)
                found = exit_from_record(line, every)
                if found.timestamp_utc <= until:
                    exits[found.symbol] = found
            elif line["event"] == SETTINGS_CHANGED_EVENT:
                change = msgspec.convert(line, _Change)
                if change.timestamp <= until and change.old_hash != change.new_hash:
                    changes.append(change)
            elif line["event"] == TOLD_EVENT:
                told.add(msgspec.convert(line, ToldMembers).exit_id)
        except NO_LINE:
            # One damaged line must not keep the guard from starting.
            unreadable += 1
    until_ns = ns_from_utc(until)
    own, settings_at = _settings_before(changes, config_hash)
    return Said(
        {each: alert for each, alert in every.items() if hashes[each] in own},
        exits,
        frozenset(told),
        {symbol: moment for symbol, moment in opened.items() if moment <= until},
        {symbol: span for symbol, span in judged.items() if span.until_ns <= until_ns},
        unreadable,
        settings_at,
    )


def _settings_before(
    changes: Iterable[_Change], config_hash: str
) -> tuple[frozenset[str], datetime | None]:
    """Return the settings that have become these on the way, these too, and when the last did."""
    own, settings_at = {config_hash}, None
    for change in reversed(list(changes)):
        if change.new_hash != config_hash:
            break
        own.add(change.old_hash)
        settings_at = settings_at or change.timestamp
        config_hash = change.old_hash
    return frozenset(own), settings_at


def exit_from_record(
    line: Mapping[str, Any], alerts: Mapping[str, OrderFlowAlert]
) -> ExitRecommendation:
    """Turn a recommendation's line back into it, marked as repeated.

    Args:
        line: As it was recorded.
        alerts: By id; those behind it that are not here are left out.
    """

    def money(name: str) -> Decimal | None:
        return None if line[name] is None else Decimal(str(line[name]))

    timestamp = datetime.fromisoformat(line["timestamp"])
    return ExitRecommendation(
        symbol=line["symbol"],
        reason=line["reason"],
        alerts=tuple(alerts[each] for each in line["alert_ids"] if each in alerts),
        position=Position(line["symbol"], line["quantity"], line["average_price"], money("stop")),
        price=money("price"),
        unrealised_pnl=money("unrealised_pnl"),
        distance_to_stop=money("distance_to_stop"),
        urgency=line["urgency"],
        timestamp_utc=timestamp,
        # Older records have none.
        exit_id=line.get("exit_id") or exit_id(line["symbol"], timestamp, line["alert_ids"]),
        repeated=True,
        facts=facts_of_line(line),
        worth=line.get("worth", ""),
        leaving=leaving_of_line(line),
    )


@dataclass(frozen=True, slots=True)
class SaidLevel:
    """The newest alert on one price of a symbol.

    Attributes:
        source: Which rule.
        price_ticks: Its price.
        size: Shares.
        stamp_ns: Exchange time, Unix nanoseconds.
    """

    source: AlertSource
    price_ticks: int
    size: int
    stamp_ns: int


_Levels = OrderedDict[tuple[AlertSource, int], deque[SaidLevel]]


class SaidEpisodes:
    """The alerts on each price of each symbol, the newest of them."""

    def __init__(self) -> None:
        self._levels: dict[str, _Levels] = {}

    def note(self, signal: Signal) -> None:
        """Remember an alert."""
        source, ticks, size = signal.source, signal.price_ticks, signal.order_size
        if source is None or ticks is None or size is None:
            return
        levels = self._levels.get(signal.symbol)
        if levels is None:
            levels = self._levels[signal.symbol] = OrderedDict()
        alerts = levels.get((source, ticks))
        if alerts is None:
            alerts = levels[source, ticks] = deque(maxlen=ALERTS_OF_A_LEVEL)
        levels.move_to_end((source, ticks))
        alerts.append(SaidLevel(source, ticks, size, signal.timestamp_ns))
        if len(levels) > LEVELS_OF_A_SYMBOL:
            levels.popitem(last=False)

    def forget(self, symbol: str) -> None:
        """Drop those of one symbol."""
        self._levels.pop(symbol, None)

    def prices(self, symbol: str, since_ns: int) -> frozenset[tuple[AlertSource, int]]:
        """Return source and price of each alert that was said of a symbol since a moment."""
        levels: Mapping[tuple[AlertSource, int], deque[SaidLevel]] = self._levels.get(symbol, {})
        return frozenset(
            key
            for key, alerts in levels.items()
            if any(each.stamp_ns >= since_ns for each in alerts)
        )

    def standing(self, symbol: str, since_ns: int, until_ns: int) -> tuple[SaidLevel, ...]:
        """Return the newest alert on each price of a symbol within a span, both ends included."""
        found = []
        for alerts in self._levels.get(symbol, {}).values():
            within = [each for each in alerts if since_ns <= each.stamp_ns <= until_ns]
            if within:
                found.append(max(within, key=attrgetter("stamp_ns")))
        return tuple(found)
