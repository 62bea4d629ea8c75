"""What happens on the simulated market, in integers and free of wire names.

Stamps are Unix nanoseconds, prices ticks of 0.000001 USD, sizes shares.
"""

from __future__ import annotations

import msgspec


class MarketTrade(msgspec.Struct, gc=False, frozen=True):
    """One print.

    Attributes:
        sip_ns: When the consolidated tape has it.
        participant_ns: When the exchange or reporting facility says it was made.
        sequence: Grows within a symbol, over trades and quotes alike.
        trade_id: Unique with symbol, exchange and facility.
        price_ticks: Price.
        size_thousandths: Shares times 1,000: the tape knows fractions.
        exchange: Exchange id; 4 is off-exchange.
        conditions: Trade condition ids, empty for a regular sale.
        trf_id: Reporting facility of an off-exchange print, else 0.
    """

    sip_ns: int
    participant_ns: int
    sequence: int
    trade_id: str
    price_ticks: int
    size_thousandths: int
    exchange: int
    conditions: tuple[int, ...] = ()
    trf_id: int = 0

    @property
    def size(self) -> int:
        """Whole shares; the fraction is cut off."""
        return self.size_thousandths // 1_000


class MarketQuote(msgspec.Struct, gc=False, frozen=True):
    """The national best bid and offer after one update.

    Attributes:
        sip_ns: When the consolidated tape has it.
        participant_ns: When the exchange made it.
        sequence: Grows within a symbol, over trades and quotes alike.
        bid_ticks: Best bid price.
        bid_size: Shares, a multiple of the round lot.
        ask_ticks: Best ask price.
        ask_size: Shares, a multiple of the round lot.
        bid_exchange: Exchange id of the best bid.
        ask_exchange: Exchange id of the best ask.
    """

    sip_ns: int
    participant_ns: int
    sequence: int
    bid_ticks: int
    bid_size: int
    ask_ticks: int
    ask_size: int
    bid_exchange: int
    ask_exchange: int


class LimitBands(msgspec.Struct, gc=False, frozen=True):
    """The prices between which a symbol may trade.

    Attributes:
        sip_ns: When the consolidated tape has them.
        sequence: Grows within a symbol's bands.
        low_ticks: Lower band.
        high_ticks: Upper band.
        indicators: The provider's indicator ids.
    """

    sip_ns: int
    sequence: int
    low_ticks: int
    high_ticks: int
    indicators: tuple[int, ...] = ()
