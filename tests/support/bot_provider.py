"""A provider that answers all that the bot asks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from support.monitor_stubs import (
    HandClock,
    StubClient,
    Tape,
)
from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.facts import MarketHoliday, MarketState, NewsItem

CONFIG = OrderFlowConfig(thresholds="fixed", requests_per_second=90.0, poll_interval_seconds=0.1)


class Provider(StubClient):
    """Answers all that the bot asks; what fails is set by a test."""

    def __init__(
        self, clock: HandClock, tape: Callable[[str, int, int], Tape] = lambda *_: ([], [])
    ) -> None:
        super().__init__(tape)
        self.clock = clock
        self.market: MarketState | DataSourceError = "open"
        self.conditions: list[Mapping[str, object]] | DataSourceError = []
        self.holidays: list[MarketHoliday] | DataSourceError = []
        self.holidays_asked = 0
        self.news_asked: list[str] = []
        self.on_news: Callable[[], None] = lambda: None

    def get_trade_conditions(self) -> list[Mapping[str, object]]:
        if isinstance(self.conditions, DataSourceError):
            raise self.conditions
        return self.conditions

    def get_market_state(self) -> tuple[MarketState, datetime]:
        if isinstance(self.market, DataSourceError):
            raise self.market
        return self.market, self.clock()

    def get_market_holidays(self) -> list[MarketHoliday]:
        self.holidays_asked += 1
        if isinstance(self.holidays, DataSourceError):
            raise self.holidays
        return self.holidays

    def get_news(self, symbol: str, since: datetime, limit: int) -> list[NewsItem]:
        self.news_asked.append(symbol)
        self.on_news()
        moment = self.clock() - timedelta(minutes=5)
        return [NewsItem(f"{symbol} in the news", moment)]


def wait_for(
    condition: Callable[[], bool],
    meanwhile: Callable[[], None] = lambda: None,
    *,
    seconds: float = 2.0,
) -> None:
    """Wait until something holds that another thread brings about."""
    pause, started = threading.Event(), monotonic_seconds()
    while not condition():
        assert monotonic_seconds() - started < seconds
        meanwhile()
        pause.wait(0.01)
