"""What the market as a whole is doing, and one symbol's last quote; see `order_flow.market`."""

from trading_bot.order_flow.market.facts import (
    MarketHoliday,
    MarketState,
    MarketStatus,
    NewsItem,
    Quote,
)

__all__ = ["MarketHoliday", "MarketState", "MarketStatus", "NewsItem", "Quote"]
