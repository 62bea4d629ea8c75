"""What a line of the record says: one JSON object, in the order of its members here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from ..data_models import AlertSource, AlertType, OrderFlowAlert, Severity
from ..market.units import NS_PER_SECOND, iso_utc, ns_from_utc, price_from_ticks, utc_from_ns
from ..recommendation import ExitRecommendation
from ..rules.signals import Signal
from .members import (
    Member,
    facts_member,
    facts_of_line,
    leaving_member,
    scale_member,
    scale_of,
)

LATE_ALERT_NS = 10 * NS_PER_SECOND
"""An alert whose data came later than this after exchange time is marked late."""
SCHEMA = 1
RATIO_DECIMALS = 6
EXIT_EVENT = "order_flow.exit_signal_triggered"
TOLD_EVENT = "order_flow.told"
SEEN_EVENT = "order_flow.position_seen"
POSITIONS_STALE_EVENT = "order_flow.positions_stale"
POSITIONS_UNKNOWN_EVENT = "order_flow.positions_unknown"
GONE_EVENT = "order_flow.position_gone"
SCALE_EVENT = "order_flow.scale"
REGIME_EVENT = "order_flow.regime"
WALL_EVENTS = {
    event: f"order_flow.wall_{event}"
    for event in ("placed", "hit", "eaten", "pulled", "mixed", "left_view", "unseen")
}
REOPENED_EVENT = "order_flow.record_reopened"
MUTED_EVENT = "order_flow.muted"
UNMUTED_EVENT = "order_flow.unmuted"
SETTINGS_CHANGED_EVENT = "order_flow.settings_changed"
SETTINGS_REFUSED_EVENT = "order_flow.settings_refused"
CAPTURE_EVENT = "order_flow.capture_failed"
_EVENTS = {
    "large_seller": "order_flow.large_seller_detected",
    "red_burst": "order_flow.red_burst_detected",
}

_encode = msgspec.json.Encoder(decimal_format="number").encode


class AlertLine(msgspec.Struct, frozen=True, gc=False):
    """The line of an alert; ratios have 6 decimals. See `Signal` and `OrderFlowAlert`.

    Attributes:
        schema: Version of the record.
        event: Which rule, as an event's name.
        timestamp: Exchange time; ISO 8601 in UTC with microseconds in the file.
        alert_id: Equal for the same signal under the same settings.
        price_level: USD per share.
        config_hash: Under which settings it was found.
        latency_ms: From the arrival of the bytes to this line; None in a replay.
        logged_at: Wall clock, in the same form; None in a replay.
        scale: Its place in the symbol's memory; left out for fixed thresholds.
        facts: What was so then; left out likewise.
    """

    schema: int
    event: str
    timestamp: datetime | str
    symbol: str
    alert_id: str
    alert_type: AlertType
    severity: Severity
    source: AlertSource | None
    order_size: int | None
    price_level: Decimal | None
    volume_ratio: float | None
    sell_ratio: float | None
    sell_ratio_low: float | None
    low_confidence_share: float | None
    late: bool
    delay_seconds: float | None
    context: tuple[str, ...]
    config_hash: str
    latency_ms: float | None
    logged_at: datetime | str | None
    scale: Member | msgspec.UnsetType = msgspec.UNSET
    facts: Member | msgspec.UnsetType = msgspec.UNSET


Line = Mapping[str, Any] | AlertLine
"""Any line of the record."""


def signal_id(signal: Signal, config_hash: str) -> str:
    """Return 16 hex digits that are equal for the same signal under the same settings."""
    text = (
        f"{config_hash}|{signal.symbol}|{signal.alert_type}|{signal.source}|{signal.severity}"
        f"|{signal.timestamp_ns}|{signal.price_ticks}|{signal.order_size}"
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def alert_id(alert: OrderFlowAlert, config_hash: str) -> str:
    """Return the same of an alert."""
    return signal_id(Signal.of(alert), config_hash)


def lateness(stamp_ns: int, received_ns: int | None) -> tuple[bool, float | None]:
    """Return whether data came too late to be judged in time, and its delay in seconds.

    Args:
        stamp_ns: Exchange time, Unix nanoseconds.
        received_ns: When it was had, Unix nanoseconds; None where unknown, which is not late.
    """
    if received_ns is None:
        return False, None
    delay_ns = received_ns - stamp_ns
    return delay_ns > LATE_ALERT_NS, delay_ns / NS_PER_SECOND


def exit_id(symbol: str, timestamp_utc: datetime, alert_ids: Iterable[str]) -> str:
    """Return 16 hex digits that are equal for the same recommendation, in every run.

    Args:
        symbol: Ticker.
        timestamp_utc: Exchange time of the event that made it due.
        alert_ids: The alerts behind it, oldest first.
    """
    text = f"exit|{symbol}|{ns_from_utc(timestamp_utc)}|{','.join(alert_ids)}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def exit_fields(recommendation: ExitRecommendation, alert_ids: Sequence[str]) -> dict[str, Any]:
    """Return what a recommendation's line says beside event, time and symbol."""
    position = recommendation.position
    fields = {
        "reason": recommendation.reason,
        "urgency": recommendation.urgency,
        "alert_ids": alert_ids,
        "quantity": position.quantity,
        "average_price": position.average_price,
        "stop": position.stop,
        "price": recommendation.price,
        "unrealised_pnl": recommendation.unrealised_pnl,
        "distance_to_stop": recommendation.distance_to_stop,
        "exit_id": recommendation.exit_id,
    }
    if recommendation.facts is not None:
        fields |= {"facts": facts_member(recommendation.facts), "worth": recommendation.worth}
    if recommendation.leaving is not None:
        fields["leaving"] = leaving_member(recommendation.leaving)
    return fields


def exit_record(recommendation: ExitRecommendation) -> dict[str, Any]:
    """Return the members of a recommendation's line, as they are read from a record."""
    fields = exit_fields(recommendation, recommendation.alert_ids)
    line = event_line(EXIT_EVENT, recommendation.timestamp_utc, recommendation.symbol, **fields)
    record: dict[str, Any] = msgspec.json.decode(line_bytes(line))
    return record


def alert_line(
    signal: Signal,
    *,
    known_as: str,
    config_hash: str,
    late: bool = False,
    delay_seconds: float | None = None,
    context: tuple[str, ...] = (),
    latency_ms: float | None = None,
    logged_at: datetime | None = None,
) -> AlertLine:
    """Turn a signal into its line.

    Args:
        signal: What was found.
        known_as: Its `signal_id`.
        config_hash: Under which settings.
        late: True when the data came too late to be judged in time.
        delay_seconds: Received time minus exchange time; None where unknown.
        context: Recent headlines about the symbol.
        latency_ms: From the arrival of the bytes to this moment; None in a replay.
        logged_at: Wall clock; None in a replay.
    """
    ticks = signal.price_ticks
    return AlertLine(
        SCHEMA,
        _EVENTS[signal.alert_type],
        _as_written(utc_from_ns(signal.timestamp_ns)),
        signal.symbol,
        known_as,
        signal.alert_type,
        signal.severity,
        signal.source,
        signal.order_size,
        None if ticks is None else price_from_ticks(ticks),
        _rounded(signal.volume_ratio),
        _rounded(signal.sell_ratio),
        _rounded(signal.sell_ratio_low),
        _rounded(signal.low_confidence_share),
        late,
        _rounded(delay_seconds),
        context,
        config_hash,
        latency_ms,
        None if logged_at is None else _as_written(logged_at),
        msgspec.UNSET if signal.scale is None else scale_member(signal.scale),
        msgspec.UNSET if signal.facts is None else facts_member(signal.facts),
    )


def alert_record(alert: OrderFlowAlert, *, config_hash: str) -> dict[str, Any]:
    """Return the members of an alert's line, as they are read from what a replay writes."""
    signal = Signal.of(alert)
    line = alert_line(
        signal,
        known_as=signal_id(signal, config_hash),
        config_hash=config_hash,
        late=alert.late,
        delay_seconds=alert.delay_seconds,
        context=alert.context,
    )
    record: dict[str, Any] = msgspec.json.decode(line_bytes(line))
    return record


def alert_from_record(line: Mapping[str, Any]) -> OrderFlowAlert:
    """Turn an alert's line back into the alert."""
    price = line["price_level"]
    return OrderFlowAlert(
        symbol=line["symbol"],
        alert_type=line["alert_type"],
        severity=line["severity"],
        order_size=line["order_size"],
        price_level=None if price is None else Decimal(str(price)),
        volume_ratio=line["volume_ratio"],
        timestamp_utc=datetime.fromisoformat(line["timestamp"]),
        source=line["source"],
        sell_ratio=line["sell_ratio"],
        sell_ratio_low=line["sell_ratio_low"],
        low_confidence_share=line["low_confidence_share"],
        late=line["late"],
        delay_seconds=line["delay_seconds"],
        context=tuple(line["context"]),
        alert_id=line.get("alert_id"),
        scale=scale_of(line),
        facts=facts_of_line(line),
    )


def event_line(
    event: str, moment: datetime | str, symbol: str | None, **fields: Any
) -> dict[str, Any]:
    """Build any other line: schema, event, timestamp, symbol, then its own fields."""
    stamp = moment if isinstance(moment, str) else iso_utc(moment)
    return {"schema": SCHEMA, "event": event, "timestamp": stamp, "symbol": symbol, **fields}


def line_bytes(line: Line) -> bytes:
    """Return a line as it stands in the file, its newline included."""
    return _encode(line) + b"\n"


def _as_written(moment: datetime) -> datetime | str:
    """Leave a time to the encoder, which is quick, where it writes what `iso_utc` does."""
    return moment if moment.microsecond and moment.tzinfo is UTC else iso_utc(moment)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, RATIO_DECIMALS)
