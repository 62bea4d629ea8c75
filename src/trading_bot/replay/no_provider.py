"""Stands where the provider stands live: a replay asks nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from trading_bot.order_flow.data_models import OrderBookSnapshot, TimeAndSalesRecord
from trading_bot.order_flow.errors import DataSourceError, OrderFlowError
from trading_bot.order_flow.market.events import QuoteEvent, TradeEvent
from trading_bot.order_flow.market.newest import NewestKnown
from trading_bot.order_flow.providers.provider import FetchedTape


class NoProvider:
    """Refuses every question.

    Attributes:
        counters: Always empty.
    """

    def __init__(self) -> None:
        self.counters: Counter[str] = Counter()

    def connectivity(self) -> str:
        """Say that nobody was asked."""
        return "untried"

    def get_snapshots(
        self, symbols: tuple[str, ...]
    ) -> Mapping[str, OrderBookSnapshot | OrderFlowError]:
        """Raise DataSourceError."""
        raise _refusal(f"the books of {', '.join(symbols)}")

    def get_level2_snapshot(self, symbol: str) -> OrderBookSnapshot:
        """Raise DataSourceError."""
        raise _refusal(f"the book of {symbol}")

    def fetch_trades(self, symbol: str, start_ns: int) -> list[TradeEvent]:
        """Raise DataSourceError."""
        raise _refusal(f"the trades of {symbol} from {start_ns}")

    def fetch_quotes(self, symbol: str, start_ns: int) -> list[QuoteEvent]:
        """Raise DataSourceError."""
        raise _refusal(f"the quotes of {symbol} from {start_ns}")

    def fetch_tape(
        self, symbol: str, trades_from_ns: int, quotes_from_ns: int | None
    ) -> FetchedTape:
        """Raise DataSourceError."""
        raise _refusal(f"the tape of {symbol} from {trades_from_ns} and {quotes_from_ns}")

    def fetch_newest(self, symbols: tuple[str, ...], asked_ns: int) -> Mapping[str, NewestKnown]:
        """Raise DataSourceError."""
        raise _refusal(f"the newest of {', '.join(symbols)} at {asked_ns}")

    def get_time_and_sales(
        self, symbol: str, start_time: datetime, end_time: datetime
    ) -> list[TimeAndSalesRecord]:
        """Raise DataSourceError."""
        raise _refusal(f"the tape of {symbol} from {start_time} to {end_time}")


def _refusal(what: str) -> DataSourceError:
    return DataSourceError(f"a replay has no provider to ask for {what}", code="replay")
