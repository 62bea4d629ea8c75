"""Running day and minute figures of one symbol, as the provider's snapshot shows them."""

from __future__ import annotations

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.simulator.market.events import MarketTrade

NS_PER_MINUTE = 60 * NS_PER_SECOND
# Official opening and closing markers repeat an auction's size; they are no trades.
_NO_VOLUME = frozenset({15, 16, 38})
_NO_PRICE = frozenset({2, 7, 12, 13, 15, 16, 20, 21, 22, 37})


def counts_volume(trade: MarketTrade) -> bool:
    """Return whether a print's shares are part of the day's volume."""
    return _NO_VOLUME.isdisjoint(trade.conditions)


class Bar:
    """Open, high, low, close, volume and turnover of what was added; all in ticks and shares."""

    def __init__(self, start_ns: int = 0) -> None:
        self.start_ns = start_ns
        self.open_ticks = 0
        self.high_ticks = 0
        self.low_ticks = 0
        self.close_ticks = 0
        self.volume = 0
        self.turnover = 0
        self.prints = 0

    def add(self, trade: MarketTrade, *, volume: bool, price: bool) -> None:
        """Count one print, for volume, for prices, or for both."""
        self.prints += 1
        if volume:
            self.volume += trade.size
            self.turnover += trade.size * trade.price_ticks
        if price:
            ticks = trade.price_ticks
            if not self.open_ticks:
                self.open_ticks = self.high_ticks = self.low_ticks = ticks
            self.high_ticks = max(self.high_ticks, ticks)
            self.low_ticks = min(self.low_ticks, ticks)
            self.close_ticks = ticks


class Bars:
    """The day's bar and the newest minute's."""

    def __init__(self) -> None:
        self.day = Bar()
        self.minute = Bar()

    def add(self, trade: MarketTrade) -> None:
        """Count one print, in the order of the tape."""
        start_ns = trade.sip_ns - trade.sip_ns % NS_PER_MINUTE
        if start_ns != self.minute.start_ns:
            self.minute = Bar(start_ns)
        volume = counts_volume(trade)
        price = _NO_PRICE.isdisjoint(trade.conditions)
        self.day.add(trade, volume=volume, price=price)
        self.minute.add(trade, volume=volume, price=price)
