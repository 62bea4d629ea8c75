"""Large bids that rest behind the best one: scenes of the depth market alone.

| role | seconds after the start | where | what becomes of it |
| --- | --- | --- | --- |
| large sellers | 14 to 17, every 360 s | 4 cents below the best bid | a sale walks down to it |
| calm | 38 to 46, every 300 s | 3 cents below the best bid | it is pulled |

The best bid is that of when the scene begins. A bid rests only while the best bid is above it: once
the best has been as low it is gone for good. It follows from the tape alone, so that a span has the
same books however often it is asked for.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.simulator.market.book import TICKS_PER_CENT
from trading_bot.simulator.market.depth_levels import DepthBook, Level, level_of
from trading_bot.simulator.market.events import MarketQuote
from trading_bot.simulator.market.listing import Role
from trading_bot.simulator.market.market import SymbolMarket
from trading_bot.simulator.settings import MARKET_START

_START_S: Final = int(MARKET_START.timestamp())


class _Scene(NamedTuple):
    period: int
    begins: int
    ends: int
    cents_below: int
    size: int


_SCENES: Final = {
    Role.LARGE_SELLERS: _Scene(360, 14, 17, 4, 3_000),
    Role.CALM: _Scene(300, 38, 46, 3, 6_000),
}


def with_resting_bid(book: DepthBook, one: SymbolMarket, quote: MarketQuote) -> DepthBook:
    """Return a book with the large bid that rests in it, where one does.

    Args:
        book: As drawn behind a quote.
        one: The symbol's market, advanced to the quote.
        quote: The quote.
    """
    price = _price_at(one, quote)
    if price is None:
        return book
    scene = _SCENES[one.listing.role]
    others = [level for level in book.bids if level.price_ticks != price]
    bids: list[Level] = sorted([*others, level_of(price, scene.size)], reverse=True)
    return DepthBook(tuple(bids), book.asks)


def _price_at(one: SymbolMarket, quote: MarketQuote) -> int | None:
    """Return where the large bid rests as a quote comes; None where none does."""
    scene = _SCENES.get(one.listing.role)
    second = quote.sip_ns // NS_PER_SECOND - _START_S
    if scene is None or second < 0 or not scene.begins <= second % scene.period < scene.ends:
        return None
    began_ns = (_START_S + second - second % scene.period + scene.begins) * NS_PER_SECOND
    first = one.quotes.newest(began_ns)
    if first is None:
        return None
    price = first.bid_ticks - scene.cents_below * TICKS_PER_CENT
    since = one.quotes.rows(*one.quotes.numbers(began_ns, quote.sip_ns))
    return price if all(each.bid_ticks > price for each in (*since, quote)) else None
