"""The simulated market in short slots of time, as the stream sends it."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND
from trading_bot.simulator.market.book import TICKS_PER_CENT
from trading_bot.simulator.market.events import LimitBands, MarketQuote
from trading_bot.simulator.market.market import SimulatedMarket, SymbolMarket
from trading_bot.simulator.stream.ws_wire import StreamEvent

SLOT_NS = 50 * NS_PER_MS
"""Events of one slot leave together, once it is over: the frames of a seed are always the same."""
BANDS_EVERY_NS = 5 * NS_PER_SECOND
_BAND_PERCENT = 5
_NASDAQ = 3
_HALTED, _RESUMED = 17, 18


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
    indicators = _halt_indicators(one, end_ns)
    if end_ns % BANDS_EVERY_NS == 0 or indicators:
        bands = _bands(one, end_ns, indicators)
        found += [Happening("LULD", symbol, tape, each) for each in bands]
    return found


def _halt_indicators(one: SymbolMarket, end_ns: int) -> tuple[int, ...]:
    """Return what the bands of a slot say of a halt that begins or ends in it."""
    if one.listing.tape != _NASDAQ:
        return ()
    for from_ns, until_ns in one.halts:
        for stamp_ns, indicator in ((from_ns, _HALTED), (until_ns, _RESUMED)):
            if end_ns - SLOT_NS < stamp_ns <= end_ns:
                return (indicator,)
    return ()


def _bands(one: SymbolMarket, end_ns: int, indicators: tuple[int, ...] = ()) -> list[LimitBands]:
    """Return bands around the newest print, none before the first."""
    trade = one.trades.newest(end_ns)
    if trade is None:
        return []
    width = trade.price_ticks * _BAND_PERCENT // 100 // TICKS_PER_CENT * TICKS_PER_CENT
    middle = trade.price_ticks // TICKS_PER_CENT * TICKS_PER_CENT
    sequence = end_ns // NS_PER_SECOND
    return [LimitBands(end_ns, sequence, middle - width, middle + width, indicators)]


def _order(happening: Happening) -> tuple[int, bool, int, str]:
    event = happening.event
    return event.sip_ns, isinstance(event, MarketQuote), event.sequence, happening.symbol
