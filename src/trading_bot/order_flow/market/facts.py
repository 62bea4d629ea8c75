"""What the market as a whole is doing, and one symbol's last quote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

MarketState = Literal["open", "closed", "extended-hours"]
"""`open` is the regular session, `extended-hours` what lies around it on a trading day."""


@dataclass(frozen=True, slots=True)
class MarketStatus:
    """The stock market at one moment.

    Attributes:
        state: Whether it trades.
        server_time_utc: The provider's time of the answer, or the moment judged.
        early_close: True when today's session ends at 13:00 New York.
        next_open_utc: The next 09:30 New York of a trading day.
    """

    state: MarketState
    server_time_utc: datetime
    early_close: bool
    next_open_utc: datetime


@dataclass(frozen=True, slots=True)
class MarketHoliday:
    """A day to come on which the stock market closes or ends early.

    Attributes:
        day: The day in New York.
        name: What is kept.
        early_close: True for a short session, False for none.
        close_utc: When a short session ends, where the provider says so.
    """

    day: date
    name: str
    early_close: bool
    close_utc: datetime | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """One symbol's best bid and ask.

    Attributes:
        symbol: Ticker.
        bid_price: USD per share, or None when nobody bids.
        bid_size: Whole shares, 0 when nobody bids.
        ask_price: USD per share, or None when nobody offers.
        ask_size: Whole shares, 0 when nobody offers.
        timestamp_utc: Exchange time.
        received_at_utc: When we had it.
    """

    symbol: str
    bid_price: Decimal | None
    bid_size: int
    ask_price: Decimal | None
    ask_size: int
    timestamp_utc: datetime
    received_at_utc: datetime


@dataclass(frozen=True, slots=True)
class Listing:
    """A symbol as the provider has it in its books.

    Attributes:
        symbol: Ticker.
        name: Of the company; may be empty.
        is_active: False for one that trades no more.
        delisted_on: Since when, where the provider says so.
    """

    symbol: str
    name: str
    is_active: bool
    delisted_on: date | None = None


@dataclass(frozen=True, slots=True)
class MinuteBar:
    """What one minute of the clock has traded.

    Attributes:
        begin_ns: When it began, Unix nanoseconds.
        shares: Shares.
    """

    begin_ns: int
    shares: int


@dataclass(frozen=True, slots=True)
class NewsItem:
    """One published headline.

    Attributes:
        title: The headline.
        published_utc: When it was published.
    """

    title: str
    published_utc: datetime
