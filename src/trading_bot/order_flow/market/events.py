"""One print and one quote in integers, as the judges take them.

Wire modules and readers build these; nothing else does. Stamps are Unix nanoseconds, prices ticks
(see `units`), sizes whole shares. `gc=False` is safe because an event refers to nothing that could
refer back to it.
"""

from __future__ import annotations

import msgspec


class TradeEvent(msgspec.Struct, gc=False):
    """One print on the tape.

    Attributes:
        symbol: Ticker, as the provider spells it.
        sip_ns: When the consolidated tape had it: the time that counts.
        participant_ns: When the exchange made it, or None where unknown.
        price_ticks: Price, greater than 0.
        size: Whole shares, greater than 0.
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


class QuoteEvent(msgspec.Struct, gc=False):
    """The best bid and ask after one update.

    Attributes:
        symbol: Ticker, as the provider spells it.
        sip_ns: When the consolidated tape had it: the time that counts.
        bid_ticks: Best bid price, 0 when there is no bid.
        bid_size: Whole shares at the bid, 0 when there is no bid.
        ask_ticks: Best ask price, 0 when there is no ask.
        ask_size: Whole shares at the ask, 0 when there is no ask.
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
