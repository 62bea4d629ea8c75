"""What happens on the market, in integers, as the judge takes it.

Providers and readers build these; nothing else does. Stamps are Unix nanoseconds, prices ticks,
sizes millionths of a share (see `units`). `gc=False` is safe because an event refers to nothing
that could refer back to it.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

Level = tuple[int, int]
"""One price level: price in ticks, size in millionths of a share."""


class TradeEvent(NamedTuple):
    """One print on the tape.

    It travels whole from whoever reads it to the rules, and into a capture: a new member is added
    at the end here, filled where a provider's wire is read, and taken out by the judge of a symbol.
    On the hot path it is the bare tuple of its members, `Print`: that is made and taken apart
    faster than any object, compiled or not.

    Attributes:
        symbol: Ticker, as the provider spells it.
        sip_ns: When the consolidated tape had it, or the venue where there is none: the time that
            counts.
        price_ticks: Price, greater than 0.
        size: Millionths of a share, greater than 0.
        participant_ns: When the exchange made it, or None where unknown.
        sequence: The provider's ordering number within the symbol, 0 where unknown.
        conditions: Trade condition ids, empty for a regular sale.
        correction: Correction code of the tape, 0 for a regular print.
        exchange: Exchange id, 0 where unknown.
        trf_id: Trade reporting facility id, 0 for a print on an exchange.
        trade_id: The exchange's id of the print, unique with exchange and facility only.
        stated_side: `buy` or `sell` where the provider states it, else None.
        received_ns: When we had it, or None where unknown.
    """

    symbol: str
    sip_ns: int
    price_ticks: int
    size: int
    participant_ns: int | None = None
    sequence: int = 0
    conditions: tuple[int, ...] = ()
    correction: int = 0
    exchange: int = 0
    trf_id: int = 0
    trade_id: str = ""
    stated_side: str | None = None
    received_ns: int | None = None


Print = tuple[
    str,
    int,
    int,
    int,
    int | None,
    int,
    tuple[int, ...],
    int,
    int,
    int,
    str,
    str | None,
    int | None,
]
"""The members of a `TradeEvent`, in its order."""


class QuoteEvent(msgspec.Struct, gc=False):
    """The best bid and ask after one update, where one is kept or waits.

    Quotes are by far the most events, so they come in as plain numbers (`MarketSink.quote`).

    Attributes:
        symbol: Ticker, as the provider spells it.
        sip_ns: When the consolidated tape had it: the time that counts.
        bid_ticks: Best bid price, 0 when there is no bid.
        bid_size: Millionths of a share at the bid, 0 when there is no bid.
        ask_ticks: Best ask price, 0 when there is no ask.
        ask_size: Millionths of a share at the ask, 0 when there is no ask.
        participant_ns: When the exchange made it, or None where unknown.
        sequence: The provider's ordering number within the symbol, 0 where unknown.
        received_ns: When we had it, or None where unknown.
    """

    symbol: str
    sip_ns: int
    bid_ticks: int
    bid_size: int
    ask_ticks: int
    ask_size: int
    participant_ns: int | None = None
    sequence: int = 0
    received_ns: int | None = None


class BookEvent(msgspec.Struct, gc=False):
    """The levels that a source shows of one symbol, after one update.

    Attributes:
        symbol: Ticker, as the provider spells it.
        sip_ns: When the venue had it: the time that counts.
        bids: Bid levels, best first; empty when nobody bids.
        asks: Ask levels, best first; empty when nobody offers.
        participant_ns: When the exchange made it, or None where unknown.
        sequence: The provider's ordering number within the symbol, 0 where unknown.
        received_ns: When we had it, or None where unknown.
        venue: Exchange id, as prints have it, of the one venue whose levels these are, where the
            best bid and ask of the whole market come from elsewhere: it says nothing of those. 0
            where nothing else says what the best bid and ask are.
    """

    symbol: str
    sip_ns: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    participant_ns: int | None = None
    sequence: int = 0
    received_ns: int | None = None
    venue: int = 0


class Withdrawal(msgspec.Struct, gc=False):
    """A print that is taken back: cancelled, or corrected by another that follows.

    Attributes:
        symbol: Ticker, as the provider spells it.
        sip_ns: When the tape had the word that it is withdrawn.
        exchange: Exchange id of the print, 0 where unknown.
        trf_id: Its trade reporting facility id, 0 for a print on an exchange.
        trade_id: Its id.
        sequence: Its ordering number, 0 where unknown.
        received_ns: When we had that word, or None where unknown.
    """

    symbol: str
    sip_ns: int
    exchange: int = 0
    trf_id: int = 0
    trade_id: str = ""
    sequence: int = 0
    received_ns: int | None = None


class HaltEvent(msgspec.Struct, gc=False):
    """Trading in one symbol is halted, or may begin again.

    Attributes:
        symbol: Ticker, as the provider spells it.
        sip_ns: Since when, 0 where the provider does not say.
        halted: True when trading stops, False when it may begin again.
        received_ns: When we had it, or None where unknown.
    """

    symbol: str
    sip_ns: int
    halted: bool
    received_ns: int | None = None


EventBesideTrades = QuoteEvent | BookEvent | Withdrawal | HaltEvent
"""What happens beside prints."""
MarketEvent = TradeEvent | EventBesideTrades
"""An event as an object."""
