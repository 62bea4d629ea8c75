"""Asks a provider's history on threads, beside a stream, and brings the answers back."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ..data_models import OrderBookSnapshot
from ..diagnostics import get_logger
from ..errors import DataSourceError, OrderFlowError
from ..market.events import EventBesideTrades, TradeEvent
from ..providers.provider import History

WORKERS: Final = 8
_logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class GapAnswer:
    """The events of one symbol's gap, or why there are none."""

    symbol: str
    number: int
    trades: Sequence[TradeEvent] = ()
    quotes: Sequence[EventBesideTrades] = ()
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


class _GapQuestion(NamedTuple):
    symbol: str
    number: int
    trades_from_ns: int
    quotes_from_ns: int


class _BooksQuestion(NamedTuple):
    symbols: tuple[str, ...]


_Question = _GapQuestion | _BooksQuestion


class HistoryWorkers:
    """Threads that ask, for one event loop.

    Args:
        client: Whom to ask; it keeps the request limit and retries.
        on_gap: Takes the answer for a gap, on the event loop.
        on_books: Takes the answer for silent symbols, on the event loop.
    """

    def __init__(
        self,
        client: History,
        *,
        on_gap: Callable[[GapAnswer], None],
        on_books: Callable[[BooksAnswer], None],
    ) -> None:
        self._client = client
        self._on_gap = on_gap
        self._on_books = on_books
        self._loop = asyncio.get_running_loop()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="order-flow-rest")
        # Kept here, where one takes little: in the pool a thousand, as at the start, are megabytes.
        self._waiting: deque[_Question] = deque()
        self._under_way = 0

    def fetch_gap(self, symbol: str, number: int, trades_from_ns: int, quotes_from_ns: int) -> None:
        """Ask for prints and quotes from two stamps on; on the event loop."""
        self._ask(_GapQuestion(symbol, number, trades_from_ns, quotes_from_ns))

    def fetch_books(self, symbols: tuple[str, ...]) -> None:
        """Ask for the books of several symbols at once; on the event loop."""
        self._ask(_BooksQuestion(symbols))

    def close(self) -> None:
        """Ask nothing more; what is under way is not waited for."""
        self._waiting.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _ask(self, question: _Question) -> None:
        if self._under_way == WORKERS:
            self._waiting.append(question)
        else:
            self._under_way += 1
            self._pool.submit(self._bring, question)

    def _bring(self, question: _Question) -> None:
        """Get an answer, on a thread of the pool."""
        answer = (
            self._gap(question) if isinstance(question, _GapQuestion) else self._books(question)
        )
        # The loop may have ended while the provider was asked.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._take, answer)

    def _take(self, answer: GapAnswer | BooksAnswer) -> None:
        if self._waiting:
            self._pool.submit(self._bring, self._waiting.popleft())
        else:
            self._under_way -= 1
        if isinstance(answer, GapAnswer):
            self._on_gap(answer)
        else:
            self._on_books(answer)

    def _gap(self, asked: _GapQuestion) -> GapAnswer:
        symbol, number, trades_from_ns, quotes_from_ns = asked
        try:
            tape = self._client.fetch_tape(symbol, trades_from_ns, quotes_from_ns)
        except OrderFlowError as error:
            return GapAnswer(symbol, number, error=error)
        except Exception as error:  # a defect must show as degraded, not as calm
            _logger.exception("order_flow.request_crashed", extra={"symbol": symbol})
            return GapAnswer(symbol, number, error=_crashed(error))
        return GapAnswer(symbol, number, tape.trades, tape.beside, tape.beside_error)

    def _books(self, asked: _BooksQuestion) -> BooksAnswer:
        symbols = asked.symbols
        try:
            return BooksAnswer(symbols, self._client.get_snapshots(symbols))
        except OrderFlowError as error:
            return BooksAnswer(symbols, error=error)
        except Exception as error:  # a defect must show as degraded, not as calm
            _logger.exception("order_flow.request_crashed", extra={"symbol": None})
            return BooksAnswer(symbols, error=_crashed(error))


def _crashed(error: Exception) -> DataSourceError:
    return DataSourceError(f"internal error: {type(error).__name__}", code="internal_error")
