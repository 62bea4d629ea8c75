"""The market's minutes of a day as a file: what a unit is given of a symbol that is not its own.

So an alert says the same of the market whichever symbols are judged beside it, and in what order.
"""

from __future__ import annotations

import msgspec

from trading_bot.order_flow.journal.market_minute import Look, MarketMinute
from trading_bot.order_flow.outside.door import decode_or_none

_looks = msgspec.json.Decoder(list[Look])


def looks_of(market: MarketMinute) -> bytes:
    """Return everything that was looked at."""
    return msgspec.json.encode(market.looks)


def market_of(content: bytes) -> MarketMinute:
    """Return the market as it was looked at; it looks at nothing more."""
    looks: list[Look] | None = decode_or_none(content, _looks)
    return MarketMinute.known(looks or ())
