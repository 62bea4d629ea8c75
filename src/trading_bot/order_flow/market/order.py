"""One order and one identity of events: for pages, polls that overlap, gaps, equal stamps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from .events import (
    BookEvent,
    EventBesideTrades,
    HaltEvent,
    MarketEvent,
    QuoteEvent,
    TradeEvent,
    Withdrawal,
)
from .units import NS_PER_MS, cut_to

EventT = TypeVar("EventT", TradeEvent, QuoteEvent)


def trade_key(event: TradeEvent) -> tuple[object, ...]:
    """Return what a print is known by: exchange, reporting facility, id and sequence number."""
    return event.exchange, event.trf_id, event.trade_id, event.sequence


def quote_key(event: QuoteEvent | BookEvent) -> tuple[int, int]:
    """Return what a quote is known by: stamp and sequence number."""
    return event.sip_ns, event.sequence


def key_beside_trades(event: EventBesideTrades) -> tuple[type, int, int]:
    """Return what any event but a print is known by: kind, stamp and sequence number.

    Kinds are numbered each for itself; a halt has its word in place of a number.
    """
    number = event.halted if isinstance(event, HaltEvent) else event.sequence
    return type(event), event.sip_ns, number


def quotes_come_first(step_ns: int) -> bool:
    """Return whether quotes come before prints of an equal stamp: where stamps are milliseconds.

    A finer stamp of a quote that equals the print's is the print's footprint. Of one millisecond
    nobody can tell, and a print that saw none of its quotes knows less.
    """
    return step_ns >= NS_PER_MS


def place_of(event: MarketEvent, step_ns: int = 1) -> tuple[int, int, int]:
    """Return what events of one symbol are ordered by: stamp, kind, sequence number.

    Prints come before quotes; behind them where stamps are milliseconds. The word of a halt, or
    that a print is withdrawn, is behind the prints always.

    Args:
        event: The event.
        step_ns: Stamps within one step of this are equal: that of the provider's live stamps.
    """
    if isinstance(event, TradeEvent):
        kind = 1
    elif quotes_come_first(step_ns) and isinstance(event, QuoteEvent | BookEvent):
        kind = 0
    else:
        kind = 2
    return (
        event.sip_ns - event.sip_ns % step_ns,
        kind,
        0 if isinstance(event, HaltEvent) else event.sequence,
    )


def as_live(event: MarketEvent, step_ns: int) -> MarketEvent:
    """Return an event as the provider's stream would bring it: its stamps cut to one step.

    A print comes back as a copy; whatever else is changed in place.
    """
    sip_ns = cut_to(event.sip_ns, step_ns)
    if isinstance(event, Withdrawal | HaltEvent):  # they bear one stamp
        event.sip_ns = sip_ns
        return event
    made_ns = event.participant_ns
    if made_ns is not None:
        made_ns = cut_to(made_ns, step_ns)
    if isinstance(event, TradeEvent):
        return event._replace(sip_ns=sip_ns, participant_ns=made_ns)
    event.sip_ns = sip_ns
    event.participant_ns = made_ns
    return event


def in_order(events: Iterable[EventT], refused: Counter[str]) -> list[EventT]:
    """Sort by (exchange stamp, sequence number) and drop repeated rows.

    The provider gives pages newest first unless asked, states no order of equal stamps, and a
    window that starts at the last stamp seen repeats rows. A trade is the same when its key and its
    correction code are; a quote when its key is. A row without id and sequence number is never
    taken for a repetition.

    Args:
        events: Trades or quotes of one symbol.
        refused: Gains one count of `duplicate` per row dropped.
    """
    seen: set[tuple[object, ...]] = set()
    kept: list[EventT] = []
    for event in sorted(events, key=_place):
        key, known = _identity(event)
        if known and key in seen:
            refused["duplicate"] += 1
        else:
            seen.add(key)
            kept.append(event)
    return kept


def _identity(event: TradeEvent | QuoteEvent) -> tuple[tuple[object, ...], bool]:
    """Return what an event is known by, and whether it can be known at all."""
    if isinstance(event, TradeEvent):
        return (*trade_key(event), event.correction), bool(event.trade_id or event.sequence)
    return quote_key(event), bool(event.sequence)


def _place(event: TradeEvent | QuoteEvent) -> tuple[int, int]:
    return event.sip_ns, event.sequence
