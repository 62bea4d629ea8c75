"""Stands for the reference of a provider that has none: every question is answered by that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ..errors import DataSourceError
from ..market.facts import MarketHoliday, MarketState, NewsItem, Quote


class NoReference:
    """Refuses every question; see `Reference`. Calendar and own tables serve in its place.

    Args:
        name: The provider's name.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def get_market_state(self) -> tuple[MarketState, datetime]:
        """Raise DataSourceError."""
        raise self._refusal("market status")

    def get_market_holidays(self) -> list[MarketHoliday]:
        """Raise DataSourceError."""
        raise self._refusal("holidays")

    def get_trade_conditions(self) -> list[Mapping[str, object]]:
        """Raise DataSourceError."""
        raise self._refusal("table of trade conditions")

    def get_news(self, symbol: str, since: datetime, limit: int) -> list[NewsItem]:
        """Raise DataSourceError."""
        raise self._refusal(f"{limit} headlines about {symbol} since {since}")

    def get_last_quote(self, symbol: str) -> Quote:
        """Raise DataSourceError."""
        raise self._refusal(f"last quote of {symbol}")

    def _refusal(self, what: str) -> DataSourceError:
        return DataSourceError(f"{self._name} has no {what}", code="no_reference")
