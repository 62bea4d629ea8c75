"""One order for what comes in pieces: pages, polls that overlap, equal stamps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from .events import QuoteEvent, TradeEvent

EventT = TypeVar("EventT", TradeEvent, QuoteEvent)


def in_order(events: Iterable[EventT], refused: Counter[str]) -> list[EventT]:
    """Sort by (SIP stamp, sequence number) and drop repeated rows.

    The provider gives pages newest first unless asked, states no order of equal stamps, and a
    window that starts at the last stamp seen repeats rows. A trade is the same when exchange,
    reporting facility, id, sequence number and correction code are; a quote when stamp and
    sequence number are. A row without id and sequence number is never taken for a repetition.

    Args:
        events: Trades or quotes of one symbol.
        refused: Gains one count of `duplicate` per row dropped.
    """
    seen = set()
    kept = []
    for event in sorted(events, key=_place):
        key: tuple[object, ...]
        if isinstance(event, TradeEvent):
            key = (event.exchange, event.trf_id, event.trade_id, event.sequence, event.correction)
            known = bool(event.trade_id or event.sequence)
        else:
            key = (event.sip_ns, event.sequence)
            known = bool(event.sequence)
        if known and key in seen:
            refused["duplicate"] += 1
            continue
        seen.add(key)
        kept.append(event)
    return kept


def _place(event: TradeEvent | QuoteEvent) -> tuple[int, int]:
    return event.sip_ns, event.sequence
