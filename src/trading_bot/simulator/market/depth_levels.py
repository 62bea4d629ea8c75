"""The levels of one side of a simulated book: the best one quoted, those behind it drawn.

A level behind the best is drawn from the symbol, its price and the time alone, so that nothing of
the book has to be kept.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.simulator.market.book import ROUND_LOT, TICKS_PER_CENT
from trading_bot.simulator.market.events import MarketQuote

SHOWN_LEVELS = 10
KEPT_LEVELS = 2 * SHOWN_LEVELS
"""So many are known, so that ten are left when an order has taken ten away."""
_STANDS_SECONDS = 20
_MOST_LOTS = 12
_SHARES_AN_ORDER = 400
_EMPTY_ONE_IN = 8


class Level(NamedTuple):
    """What rests at one price.

    Attributes:
        price_ticks: Price.
        size: Shares.
        orders: How many orders.
    """

    price_ticks: int
    size: int
    orders: int


class DepthBook(NamedTuple):
    """Both sides, each from its best level on."""

    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()

    def shown(self) -> DepthBook:
        """Return the levels that a feed shows."""
        return DepthBook(self.bids[:SHOWN_LEVELS], self.asks[:SHOWN_LEVELS])


def book_behind(symbol: str, quote: MarketQuote) -> DepthBook:
    """Return the book whose best levels a quote states."""
    second = quote.sip_ns // NS_PER_SECOND
    return DepthBook(
        _side(symbol, -1, quote.bid_ticks, quote.bid_size, second),
        _side(symbol, 1, quote.ask_ticks, quote.ask_size, second),
    )


def level_of(price_ticks: int, size: int) -> Level:
    """Return a level of so many shares, with the orders that make them up."""
    return Level(price_ticks, size, -(-size // _SHARES_AN_ORDER))


def _side(
    symbol: str, step: int, best_ticks: int, best_size: int, second: int
) -> tuple[Level, ...]:
    levels = [level_of(best_ticks, best_size)]
    cents = best_ticks // TICKS_PER_CENT
    while len(levels) < KEPT_LEVELS:
        cents += step
        # Each level has its own moment in which it changes.
        drawn = _level(symbol, step, cents, (second + cents * 7) // _STANDS_SECONDS)
        if drawn is not None:
            levels.append(drawn)
    return tuple(levels)


@lru_cache(maxsize=1 << 15)
def _level(symbol: str, step: int, cents: int, turn: int) -> Level | None:
    """Draw the level at a price for as long as it stands; None where the price stays empty."""
    if crc32(f"{symbol} {step} {cents}".encode()) % _EMPTY_ONE_IN == 0:
        return None
    lots = 1 + crc32(f"{symbol} {step} {cents} {turn}".encode()) % _MOST_LOTS
    return level_of(cents * TICKS_PER_CENT, lots * ROUND_LOT)
