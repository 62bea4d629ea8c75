"""Stands for the history of a provider that can be asked for none: every question is answered so.

What its stream missed comes by the stream again, or is missing; nothing is compared with a second
source, so that no symbol is more than degraded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from ..data_models import OrderBookSnapshot, TimeAndSalesRecord
from ..errors import DataSourceError, OrderFlowError
from ..market.newest import NewestKnown
from .provider import FetchedTape


class NoHistory:
    """Refuses every question; see `History`.

    Args:
        name: The provider's name.

    Attributes:
        counters: Always empty.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.counters: Counter[str] = Counter()

    def get_snapshots(
        self, symbols: tuple[str, ...]
    ) -> Mapping[str, OrderBookSnapshot | OrderFlowError]:
        """Return a refusal for each symbol."""
        return {symbol: self._refusal(f"book of {symbol}") for symbol in symbols}

    def fetch_tape(
        self, symbol: str, trades_from_ns: int, quotes_from_ns: int | None
    ) -> FetchedTape:
        """Raise DataSourceError."""
        raise self._refusal(f"tape of {symbol} from {trades_from_ns} and {quotes_from_ns}")

    def fetch_newest(self, symbols: tuple[str, ...], asked_ns: int) -> Mapping[str, NewestKnown]:
        """Raise DataSourceError."""
        raise self._refusal(f"newest event of {len(symbols)} symbols at {asked_ns}")

    def get_level2_snapshot(self, symbol: str) -> OrderBookSnapshot:
        """Raise DataSourceError."""
        raise self._refusal(f"book of {symbol}")

    def get_time_and_sales(
        self, symbol: str, start_time: datetime, end_time: datetime
    ) -> list[TimeAndSalesRecord]:
        """Raise DataSourceError."""
        raise self._refusal(f"tape of {symbol} from {start_time} to {end_time}")

    def connectivity(self) -> str:
        """Say that nobody was asked."""
        return "untried"

    def _refusal(self, what: str) -> DataSourceError:
        return DataSourceError(f"{self._name} can be asked for no {what}", code="no_history")
