"""Simulated events in the provider's WebSocket field names and units.

Stamps are milliseconds, cut from the nanoseconds that REST serves; ids and sequence numbers are the
same on both. Source: the provider's WebSocket documentation for stocks (trades, quotes, limit
bands, quickstart).
"""

from __future__ import annotations

import msgspec

from trading_bot.order_flow.market.units import NS_PER_MS, TICKS_PER_DOLLAR
from trading_bot.simulator.market.events import LimitBands, MarketQuote, MarketTrade
from trading_bot.simulator.rest.wire import decimal_size, facility_ns

_REGULAR_TWO_SIDED = 1
_QUOTE_INDICATORS = (604,)

StreamEvent = MarketTrade | MarketQuote | LimitBands


class TradeMessage(msgspec.Struct, tag_field="ev", tag="T", omit_defaults=True, gc=False):
    """One print; a regular sale has no `c`, an exchange no `trfi` and `trft`."""

    sym: str
    x: int
    i: str
    z: int
    p: float
    s: int
    ds: str
    t: int
    pt: int
    q: int
    c: tuple[int, ...] = ()
    trfi: int = 0
    trft: int = 0


class QuoteMessage(msgspec.Struct, tag_field="ev", tag="Q", gc=False):
    """One update of the best bid and offer; sizes in shares."""

    sym: str
    bx: int
    bp: float
    bs: int
    ax: int
    ap: float
    ask_size: int = msgspec.field(name="as")
    c: int
    i: tuple[int, ...]
    t: int
    q: int
    z: int


class LimitBandMessage(msgspec.Struct, tag_field="ev", tag="LULD", gc=False):
    """One update of the limit bands; the symbol stands in `T`."""

    symbol: str = msgspec.field(name="T")
    h: float
    l: float  # noqa: E741 - the provider's name
    i: tuple[int, ...]
    z: int
    t: int
    q: int


class StatusMessage(msgspec.Struct, tag_field="ev", tag="status", gc=False):
    """What the server says of the connection, the key or a subscription."""

    status: str
    message: str


def message_of(
    event: StreamEvent, symbol: str, tape: int, skew_ns: int = 0
) -> TradeMessage | QuoteMessage | LimitBandMessage:
    """Return an event as it is sent.

    Args:
        event: What happened.
        symbol: Its ticker.
        tape: 1, 2 or 3, by where it is listed.
        skew_ns: Added to every stamp, nanoseconds.
    """
    stamp_ms = (event.sip_ns + skew_ns) // NS_PER_MS
    if isinstance(event, MarketTrade):
        reported_ms = (facility_ns(event) + skew_ns) // NS_PER_MS if event.trf_id else 0
        return TradeMessage(
            symbol,
            event.exchange,
            event.trade_id,
            tape,
            event.price_ticks / TICKS_PER_DOLLAR,
            event.size,
            decimal_size(event.size_thousandths),
            stamp_ms,
            (event.participant_ns + skew_ns) // NS_PER_MS,
            event.sequence,
            event.conditions,
            event.trf_id,
            reported_ms,
        )
    if isinstance(event, MarketQuote):
        return QuoteMessage(
            symbol,
            event.bid_exchange,
            event.bid_ticks / TICKS_PER_DOLLAR,
            event.bid_size,
            event.ask_exchange,
            event.ask_ticks / TICKS_PER_DOLLAR,
            event.ask_size,
            _REGULAR_TWO_SIDED,
            _QUOTE_INDICATORS,
            stamp_ms,
            event.sequence,
            tape,
        )
    return LimitBandMessage(
        symbol,
        event.high_ticks / TICKS_PER_DOLLAR,
        event.low_ticks / TICKS_PER_DOLLAR,
        event.indicators,
        tape,
        stamp_ms,
        event.sequence,
    )


def status_text(status: str, message: str) -> bytes:
    """Return a frame's text with one status message."""
    return msgspec.json.encode([StatusMessage(status, message)])
