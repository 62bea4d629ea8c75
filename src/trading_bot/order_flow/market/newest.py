"""The newest of one symbol that a provider knows, beside what its stream has brought."""

from __future__ import annotations

from dataclasses import dataclass

from .units import UNITS_PER_SHARE


@dataclass(frozen=True, slots=True)
class BestPrices:
    """A quote as far as snapshots show it.

    Attributes:
        sip_ns: Its stamp, Unix nanoseconds.
        bid_ticks: Best bid, 0 when there is none.
        ask_ticks: Best ask, 0 when there is none.
    """

    sip_ns: int
    bid_ticks: int
    ask_ticks: int


@dataclass(frozen=True, slots=True)
class NewestKnown:
    """What a provider says of one symbol's newest events, asked for by many symbols at once.

    Attributes:
        asked_ns: When it was asked, Unix nanoseconds.
        trade_ns: Stamp of its newest print; None where it shows none.
        trade_size: Size of that print, millionths of a share.
        quote: Its newest quote; None where it shows none.
        day_shares: Shares traded so far on the day; None where it does not say.
    """

    asked_ns: int
    trade_ns: int | None = None
    trade_size: int = UNITS_PER_SHARE
    quote: BestPrices | None = None
    day_shares: int | None = None
