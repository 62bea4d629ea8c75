"""A second in which a symbol trades tens of thousands of times."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from trading_bot.order_flow.market.units import NS_PER_SECOND, NS_PER_US
from trading_bot.simulator.market.book import ROUND_LOT
from trading_bot.simulator.market.events import MarketQuote, MarketTrade

DEFAULT_BURST_TRADES = 100_000
_EXCHANGE = 12
_DELAY_NS = 20 * NS_PER_US


def burst_prints(
    count: int, start_ns: int, prices_ticks: tuple[int, int], first_id: int
) -> list[MarketTrade]:
    """Return prints of one round lot each, evenly over a second, at the two prices in turn.

    As many sell as buy, so that a burst alone is no reason to leave a position.

    Args:
        count: How many.
        start_ns: Start of the second, Unix nanoseconds.
        prices_ticks: Best bid and best ask.
        first_id: Number of the first trade id.
    """
    return [
        MarketTrade(
            start_ns + index * NS_PER_SECOND // count,
            start_ns + index * NS_PER_SECOND // count - _DELAY_NS,
            0,
            str(first_id + index),
            prices_ticks[index % 2],
            ROUND_LOT * 1_000,
            _EXCHANGE,
        )
        for index in range(count)
    ]


def numbered(
    trades: Sequence[MarketTrade], quotes: Sequence[MarketQuote], first_sequence: int
) -> tuple[list[MarketTrade], list[MarketQuote]]:
    """Return a second's events in the order of their stamps, numbered anew in that order."""
    events: list[MarketTrade | MarketQuote] = [*trades, *quotes]
    events.sort(key=lambda event: event.sip_ns)
    again = [
        msgspec.structs.replace(event, sequence=sequence)
        for sequence, event in enumerate(events, first_sequence)
    ]
    return (
        [event for event in again if isinstance(event, MarketTrade)],
        [event for event in again if isinstance(event, MarketQuote)],
    )
