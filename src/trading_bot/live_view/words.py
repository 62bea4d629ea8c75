"""What happened, one line each: the same from a guard's events and from its record; pure.

Each line begins with its time and symbol. Invented exits say that they are invented, wherever they
are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, get_args

import msgspec

from trading_bot.live_view.cells import Line, Span, Style, clean
from trading_bot.live_view.said import SaidLine
from trading_bot.live_view.zones import EXCHANGE, Zone
from trading_bot.order_flow.data_models import OrderFlowAlert, WallEvent
from trading_bot.order_flow.journal.lines import (
    REGIME_EVENT,
    WALL_EVENTS,
    alert_from_record,
    alert_record,
    event_line,
    exit_record,
)
from trading_bot.order_flow.journal.reading import NO_LINE
from trading_bot.order_flow.journal.said import AlertMembers, ExitMembers, exit_from_record
from trading_bot.order_flow.market.units import ns_from_utc, price_from_ticks, ticks_from_price
from trading_bot.order_flow.notices import (
    FeedEvent,
    FeedEventKind,
    MonitorEvent,
    RegimeNotice,
    ThresholdNotice,
    WallNotice,
)
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.telling.describe import describe_alert
from trading_bot.order_flow.telling.exit_words import words_of_exit

SIMULATED: Final = "SIMULATED "
_FEED_KINDS: Final[Mapping[str, FeedEventKind]] = {
    **{f"order_flow.feed_{kind}": kind for kind in get_args(FeedEventKind)},
    **{f"order_flow.{kind}": kind for kind in get_args(FeedEventKind)},
    "order_flow.data_validation_error": "refused",
    "order_flow.data_lost": "lost",
}
_WALL_KINDS: Final[Mapping[str, WallEvent]] = {
    WALL_EVENTS[event]: event for event in get_args(WallEvent)
}
_FEED_STYLES: Final[Mapping[str, Style]] = {
    "blind": "blind",
    **dict.fromkeys(("recovered", "depth_back", "feeds_agree"), "good"),
}
_STATE_STYLES: Final[Mapping[str, Style]] = {
    "record_failed": "blind",
    "record_ok": "good",
    "record_reopened": "bad",
    "monitoring_stopped": "bad",
    "internal_error": "bad",
}
_URGENCY_STYLES: Final[Mapping[str, Style]] = {
    "elevated": "alerted",
    "high": "bad",
    "immediate": "exit",
}
_REASONS: Final = ("sentence", "reason", "error", "until")
"""Members of other lines that say why, the first that is there."""


def line_of_event(event: MonitorEvent, *, zone: Zone = EXCHANGE, mark: str = "") -> Line:
    """Return the line of one event.

    Args:
        event: As a listener is told of it.
        zone: Of its time.
        mark: Stands before a suggestion to exit.
    """
    begin = stamped(ns_from_utc(event.timestamp_utc), event.symbol or "", zone)
    return tuple((clean(text), style) for text, style in (*begin, *_spans_of(event, mark)))


def line_of_said(said: SaidLine, *, zone: Zone = EXCHANGE, mark: str = "") -> Line:
    """Return the line of what the record says."""
    event = event_of(said.line)
    if event is not None:
        return line_of_event(event, zone=zone, mark=mark)
    name = str(said.line["event"]).removeprefix("order_flow.")
    reason = next((said.line[each] for each in _REASONS if said.line.get(each)), "")
    spans = (*stamped(said.at_ns, said.symbol, zone), *_state_spans(name, str(reason)))
    return tuple((clean(text), style) for text, style in spans)


def record_line(event: MonitorEvent, config_hash: str) -> Mapping[str, Any] | None:
    """Return what the record says of an event as far as a state needs it: alerts, exits and sight.

    Args:
        event: As a listener is told of it.
        config_hash: Under which settings alerts are found.
    """
    if isinstance(event, OrderFlowAlert):
        return alert_record(event, config_hash=config_hash)
    if isinstance(event, ExitRecommendation):
        return exit_record(event)
    if isinstance(event, FeedEvent) and event.kind in ("blind", "degraded"):
        name = f"order_flow.feed_{event.kind}"
        return event_line(name, event.timestamp_utc, event.symbol, reason=event.reason)
    return None


def stamped(moment_ns: int, symbol: str, zone: Zone = EXCHANGE) -> Line:
    """Return the beginning of a line: its time and symbol."""
    return (
        (f"{zone.clock(moment_ns)} {zone.name(moment_ns)} ", "dim"),
        (f"{symbol:<6} ", "bold"),
    )


def event_of(line: Mapping[str, Any]) -> MonitorEvent | None:
    """Turn a line of the record back into the event; None for one that is of another kind."""
    try:
        return _event_of(line)
    except NO_LINE:
        return None


def _event_of(line: Mapping[str, Any]) -> MonitorEvent | None:
    event = line["event"]
    if "alert_type" in line:
        msgspec.convert(line, AlertMembers)
        alert = alert_from_record(line)
        price = alert.price_level
        return replace(alert, price_level=None if price is None else _as_price(price))
    if "exit_id" in line and "urgency" in line:
        msgspec.convert(line, ExitMembers)
        return replace(exit_from_record(line, {}), repeated=False)
    moment = datetime.fromisoformat(line["timestamp"])
    if event in _FEED_KINDS:
        kind, is_open = _FEED_KINDS[event], line.get("position_open") is True
        return FeedEvent(kind, line["symbol"], moment, str(line["reason"]), is_open)
    if event in _WALL_KINDS:
        return _wall_of(line, _WALL_KINDS[event], moment)
    if event == REGIME_EVENT:
        figures = (int(line[each]) for each in ("times", "shares", "usual", "days"))
        return RegimeNotice(line["symbol"], moment, *figures)
    return None


def _wall_of(line: Mapping[str, Any], event: WallEvent, moment: datetime) -> WallNotice:
    return WallNotice(
        symbol=line["symbol"],
        timestamp_utc=moment,
        event=event,
        side=line["side"],
        price_level=_as_price(Decimal(str(line["price_level"]))),
        size=int(line["size"]),
        peak=int(line["peak"]),
        executed=int(line["executed"]),
        cancelled=int(line["cancelled"]),
        added=int(line["added"]),
        refills=int(line["refills"]),
        since=datetime.fromisoformat(line["since"]),
        levels_away=line["levels_away"],
        left_out=int(line["left_out"]),
    )


def _spans_of(event: MonitorEvent, mark: str) -> list[Span]:
    if isinstance(event, OrderFlowAlert):
        return _alert_spans(event)
    if isinstance(event, ExitRecommendation):
        return _exit_spans(event, mark)
    if isinstance(event, FeedEvent):
        return _feed_spans(event)
    if isinstance(event, ThresholdNotice):
        return [("threshold exceeded often", "alerted"), (f": {event.advice}", "")]
    if isinstance(event, RegimeNotice):
        return [("busier than usual", "alerted"), (f": {event.sentence}", "")]
    if isinstance(event, WallNotice):
        return [(event.sentence, "dim")]
    return _state_spans(event.kind, event.reason)


def _alert_spans(alert: OrderFlowAlert) -> list[Span]:
    style: Style = "bad" if alert.severity == "critical" else "alerted"
    spans: list[Span] = [(f"{alert.severity:<8} ", style), (describe_alert(alert), "")]
    if alert.late and alert.delay_seconds is not None:
        spans.append((f"  (late by {alert.delay_seconds:.0f} s)", "dim"))
    if alert.context:
        spans.append((f"  news: {alert.context[0]}", "news"))
    return spans


def _exit_spans(exit_: ExitRecommendation, mark: str) -> list[Span]:
    style = _URGENCY_STYLES[exit_.urgency]
    spans: list[Span] = [
        (f"{mark}EXIT SUGGESTED ({exit_.urgency})", style),
        (f": {words_of_exit(exit_)}", ""),
    ]
    if exit_.repeated:
        spans.append(("  suggested before this start", "dim"))
    return spans


def _feed_spans(event: FeedEvent) -> list[Span]:
    spans: list[Span] = [
        (f"feed {event.kind}", _FEED_STYLES.get(event.kind, "alerted")),
        (f": {event.reason}", ""),
    ]
    if event.kind == "blind" and event.position_open:
        spans.append(("  this position is not protected now", "bad"))
    return spans


def _state_spans(kind: str, reason: str) -> list[Span]:
    name: Span = (kind.replace("_", " "), _STATE_STYLES.get(kind, "alerted"))
    return [name, (f": {reason}", "")] if reason else [name]


def _as_price(price: Decimal) -> Decimal:
    """Write a price with two decimals at least; numbers of JSON have lost their zeros."""
    return price_from_ticks(ticks_from_price(price))
