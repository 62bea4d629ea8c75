"""Sides for a whole tape at once, by the quotes around its prints; pure.

The same classifier, order of events and clock as where events are judged as they come (see
`rules.symbol_judge`), so that a tape that was asked for says of a print what the running path says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...calendar import in_extended_hours
from ...market.events import QuoteEvent, TradeEvent
from ...market.fitness import is_ahead
from ...market.order import place_of
from ...market.trade_conditions import TradeConditions, is_late
from ...market.units import UNITS_PER_SHARE, cut_to
from .matching import matching_of
from .side_rules import NO_EVIDENCE, TradeSide


def sign_trades(
    trades: Sequence[TradeEvent],
    quotes: Iterable[QuoteEvent],
    *,
    conditions: TradeConditions,
    step_ns: int = 1,
    extended: bool = False,
) -> list[TradeSide]:
    """Infer who started each trade.

    Args:
        trades: Prints of one symbol, in any order.
        quotes: Its quotes: those of the span, and some from before it.
        conditions: Which prints may have a side.
        step_ns: Step of the provider's live stamps; all stamps are cut to it.
        extended: Whether sessions before the open and after the close are judged.

    Returns:
        For each print, in the order given: side, probability of a sale in thousandths, rule. A
        print that may not be signed, or came late, has no evidence.
    """
    found = [NO_EVIDENCE] * len(trades)
    sides = matching_of(step_ns).classifier()
    by_exchange_time = False
    events: list[tuple[TradeEvent | QuoteEvent, int]] = [
        *((trade, place) for place, trade in enumerate(trades)),
        *((quote, -1) for quote in quotes),
    ]
    for event, place in sorted(events, key=lambda each: place_of(each[0], step_ns)):
        sip_ns, made_ns = cut_to(event.sip_ns, step_ns), event.participant_ns
        if is_ahead(sip_ns, event.received_ns):
            continue
        if made_ns is None:
            by_exchange_time = True
        else:
            made_ns = cut_to(made_ns, step_ns)
        matched_ns = sip_ns if by_exchange_time or made_ns is None else made_ns
        if isinstance(event, QuoteEvent):
            sides.on_quote(
                matched_ns,
                event.bid_ticks,
                event.bid_size,
                event.ask_ticks,
                event.ask_size,
            )
            continue
        verdict = conditions.verdict(
            event.conditions, event.correction, extended and in_extended_hours(sip_ns)
        )
        size = event.size
        if size < UNITS_PER_SHARE or not verdict.side or is_late(sip_ns, made_ns):
            continue
        key = None if made_ns is None else (made_ns, event.exchange)
        found[place] = sides.on_trade(matched_ns, event.price_ticks, size, key, event.stated_side)
    return found
