"""The simulated market in short slots of time, as the stream sends it."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from trading_bot.order_flow.units import NS_PER_MS, NS_PER_SECOND
from trading_bot.simulator.book import TICKS_PER_CENT
from trading_bot.simulator.events import LimitBands, MarketQuote
from trading_bot.simulator.market import SimulatedMarket, SymbolMarket
from trading_bot.simulator.ws_wire import StreamEvent

SLOT_NS = 50 * NS_PER_MS
"""Events of one slot leave together, once it is over: the frames of a seed are always the same."""
BANDS_EVERY_NS = 5 * NS_PER_SECOND
_BAND_PERCENT = 5


class Happening(NamedTuple):
    """One event with what is needed to send it.

    Attributes:
        channel: `T`, `Q` or `LULD`.
        symbol: Ticker.
        tape: 1, 2 or 3, by where it is listed.
        event: What happened.
    """

    channel: str
    symbol: str
    tape: int
    event: StreamEvent


def happenings(market: SimulatedMarket, symbols: Collection[str], end_ns: int) -> list[Happening]:
    """Return what happened in the slot that ends at `end_ns`, by SIP stamp, prints before quotes.

    Args:
        market: The events; those of the slot are made if need be.
        symbols: Tickers that someone wants; unknown ones have no events.
        end_ns: Unix nanoseconds; the end belongs to the slot, its beginning to the one before.
    """
    found: list[Happening] = []
    for symbol in symbols:
        one = market.symbol(symbol, end_ns)
        if one is not None:
            found += _of_symbol(one, end_ns)
    found.sort(key=_order)
    return found


def _of_symbol(one: SymbolMarket, end_ns: int) -> list[Happening]:
    symbol, tape = one.listing.symbol, one.listing.tape
    first, behind = one.trades.numbers(end_ns - SLOT_NS + 1, end_ns)
    found = [Happening("T", symbol, tape, trade) for trade in one.trades.rows(first, behind)]
    first, behind = one.quotes.numbers(end_ns - SLOT_NS + 1, end_ns)
    found += [Happening("Q", symbol, tape, quote) for quote in one.quotes.rows(first, behind)]
    if end_ns % BANDS_EVERY_NS == 0:
        found += [Happening("LULD", symbol, tape, bands) for bands in _bands(one, end_ns)]
    return found


def _bands(one: SymbolMarket, end_ns: int) -> list[LimitBands]:
    """Return bands around the newest print, none before the first."""
    trade = one.trades.newest(end_ns)
    if trade is None:
        return []
    width = trade.price_ticks * _BAND_PERCENT // 100 // TICKS_PER_CENT * TICKS_PER_CENT
    middle = trade.price_ticks // TICKS_PER_CENT * TICKS_PER_CENT
    return [LimitBands(end_ns, end_ns // NS_PER_SECOND, middle - width, middle + width)]


def _order(happening: Happening) -> tuple[int, bool, int, str]:
    event = happening.event
    return event.sip_ns, isinstance(event, MarketQuote), event.sequence, happening.symbol
