"""Asks the provider by REST on threads of its own, beside a stream, and brings the answers back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from trading_bot.error_handling.exceptions import DataSourceError, OrderFlowError
from trading_bot.logger import TradingLogger
from trading_bot.order_flow.data_models import OrderBookSnapshot
from trading_bot.order_flow.events import QuoteEvent, TradeEvent
from trading_bot.order_flow.poll_feed import PollClient

WORKERS: Final = 8
_logger = TradingLogger.get_logger("order_flow.rest_helpers")


@dataclass(frozen=True, slots=True)
class GapAnswer:
    """The events of one symbol's gap, or why there are none."""

    symbol: str
    number: int
    trades: list[TradeEvent] = field(default_factory=list)
    quotes: list[QuoteEvent] = field(default_factory=list)
    error: OrderFlowError | None = None

    @property
    def error_code(self) -> str:
        """The word for what went wrong."""
        return str(getattr(self.error, "code", type(self.error).__name__))

    @property
    def is_retryable(self) -> bool:
        """True when asking again later may help."""
        return bool(getattr(self.error, "retryable", False))


@dataclass(frozen=True, slots=True)
class BooksAnswer:
    """The books of silent symbols, or why there are none."""

    symbols: tuple[str, ...]
    books: Mapping[str, OrderBookSnapshot | OrderFlowError] = field(default_factory=dict)
    error: OrderFlowError | None = None


class RestHelpers:
    """Threads that ask, for one event loop.

    Args:
        client: Whom to ask; it keeps the request limit and retries.
        on_gap: Takes the answer for a gap, on the event loop.
        on_books: Takes the answer for silent symbols, on the event loop.
    """

    def __init__(
        self,
        client: PollClient,
        *,
        on_gap: Callable[[GapAnswer], None],
        on_books: Callable[[BooksAnswer], None],
    ) -> None:
        self._client = client
        self._on_gap = on_gap
        self._on_books = on_books
        self._loop = asyncio.get_running_loop()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="order-flow-rest")

    def fetch_gap(self, symbol: str, number: int, trades_from_ns: int, quotes_from_ns: int) -> None:
        """Ask for prints and quotes from two stamps on."""

        def ask() -> GapAnswer:
            try:
                trades, quotes = self._client.fetch_tape(symbol, trades_from_ns, quotes_from_ns)
            except OrderFlowError as error:
                return GapAnswer(symbol, number, error=error)
            except Exception as error:  # a defect must show as degraded, not as calm
                _logger.exception("order_flow.request_crashed", extra={"symbol": symbol})
                return GapAnswer(symbol, number, error=_crashed(error))
            return GapAnswer(symbol, number, trades, quotes)

        self._pool.submit(lambda: self._bring(self._on_gap, ask()))

    def fetch_books(self, symbols: tuple[str, ...]) -> None:
        """Ask for the books of several symbols at once."""

        def ask() -> BooksAnswer:
            try:
                return BooksAnswer(symbols, self._client.get_snapshots(symbols))
            except OrderFlowError as error:
                return BooksAnswer(symbols, error=error)
            except Exception as error:  # a defect must show as degraded, not as calm
                _logger.exception("order_flow.request_crashed", extra={"symbol": None})
                return BooksAnswer(symbols, error=_crashed(error))

        self._pool.submit(lambda: self._bring(self._on_books, ask()))

    def close(self) -> None:
        """Ask nothing more; what is under way is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _bring(self, take: Callable[..., None], answer: GapAnswer | BooksAnswer) -> None:
        # The loop may have ended while the provider was asked.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(take, answer)


def _crashed(error: Exception) -> DataSourceError:
    return DataSourceError(f"internal error: {type(error).__name__}", code="internal_error")
