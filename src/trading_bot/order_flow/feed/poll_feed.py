"""Asks the provider for every watched symbol again and again, on threads of its own.

One poll is one batch snapshot request for all symbols, and for each symbol its trades and quotes
since the newest that came. The answers go to one queue; nothing is judged here. A symbol that hangs
or fails keeps its own thread busy and nobody else's.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..clock import Clock
from ..config import OrderFlowConfig
from ..data_models import OrderBookSnapshot
from ..diagnostics import get_logger
from ..errors import DataSourceError, OrderFlowError, RateLimitError
from ..market.events import EventBesideTrades, TradeEvent
from ..market.order import key_beside_trades, trade_key
from ..market.units import NS_PER_SECOND, ns_from_utc
from ..providers.provider import History

MAX_WORKERS = 32

_logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TapeAnswer:
    """The new prints of one symbol, its quotes and all else, or why there are none.

    `watch` tells the watches of one symbol apart.
    """

    symbol: str
    at_ns: int
    trades: Sequence[TradeEvent]
    quotes: Sequence[EventBesideTrades]
    error: OrderFlowError | None = None
    watch: object = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class SnapshotAnswer:
    """The books of all symbols, or why there are none.

    `asked` names the symbols that were asked for; None stands for every watched one.
    """

    at_ns: int
    books: Mapping[str, OrderBookSnapshot | OrderFlowError]
    error: OrderFlowError | None = None
    asked: tuple[str, ...] | None = None


Answer = TapeAnswer | SnapshotAnswer
_SNAPSHOTS = ""
"""The key of the batch request among the symbols."""


def cycle_seconds(config: OrderFlowConfig, symbols: int) -> float:
    """Return how long one poll of so many symbols takes within the request limit."""
    requests = 1 + 2 * symbols
    return max(config.poll_interval_seconds, requests / config.requests_per_second)


class _Cursor:
    """Where one symbol's tape was left off: the newest stamps, and what bore them."""

    __slots__ = ("quote_keys", "quote_ns", "trade_keys", "trade_ns")

    def __init__(self, start_ns: int) -> None:
        self.trade_ns = self.quote_ns = start_ns
        self.trade_keys: set[tuple[object, ...]] = set()
        self.quote_keys: set[tuple[object, ...]] = set()

    def new_trades(self, trades: Sequence[TradeEvent]) -> list[TradeEvent]:
        """Return what was not seen yet; asking from the newest stamp on repeats its siblings."""
        fresh = [
            t for t in trades if t.sip_ns > self.trade_ns or trade_key(t) not in self.trade_keys
        ]
        if fresh:
            newest = max(self.trade_ns, *(t.sip_ns for t in fresh))
            if newest > self.trade_ns:
                self.trade_keys.clear()
            self.trade_ns = newest
            self.trade_keys |= {trade_key(t) for t in trades if t.sip_ns == newest}
        return fresh

    def new_quotes(self, quotes: Sequence[EventBesideTrades]) -> list[EventBesideTrades]:
        """Return what was not seen yet, as `new_trades` does."""
        fresh = [
            q
            for q in quotes
            if q.sip_ns > self.quote_ns or key_beside_trades(q) not in self.quote_keys
        ]
        if fresh:
            newest = max(self.quote_ns, *(q.sip_ns for q in fresh))
            if newest > self.quote_ns:
                self.quote_keys.clear()
            self.quote_ns = newest
            self.quote_keys |= {key_beside_trades(q) for q in quotes if q.sip_ns == newest}
        return fresh


class PollFeed:
    """Polls the watched symbols within the request limit.

    Args:
        client: The provider's REST client; it keeps the request limit and retries.
        config: Interval and request limit.
        clock: Exchange-aligned present.

    Attributes:
        answers: What came; the monitor takes it from here.
    """

    def __init__(self, client: History, config: OrderFlowConfig, clock: Clock) -> None:
        self._client = client
        self._config = config
        self._clock = clock
        self._cursors: dict[str, _Cursor] = {}
        self._due_ns: dict[str, int] = {}
        self._in_flight: set[str] = set()
        self._jobs: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self.answers: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()

    @property
    def cycle_seconds(self) -> float:
        """How long one poll of everything takes: the interval, or what the request limit allows."""
        return cycle_seconds(self._config, len(self._cursors))

    def watch(self, symbol: str, start_ns: int) -> None:
        """Poll a symbol from now on.

        Args:
            symbol: Ticker.
            start_ns: From when its tape is asked for, Unix nanoseconds.
        """
        now_ns = self._now_ns()
        self._cursors[symbol] = _Cursor(start_ns)
        self._due_ns[symbol] = now_ns
        self._due_ns.setdefault(_SNAPSHOTS, now_ns)
        self._add_workers()

    def unwatch(self, symbol: str) -> None:
        """Stop polling a symbol; an answer on its way is dropped by the monitor."""
        self._cursors.pop(symbol, None)
        self._due_ns.pop(symbol, None)

    def request_due(self) -> None:
        """Hand every poll that is due, and not under way, to a thread."""
        now_ns = self._now_ns()
        cycle_ns = round(self.cycle_seconds * NS_PER_SECOND)
        for key, due_ns in list(self._due_ns.items()):
            if due_ns > now_ns or key in self._in_flight or not self._cursors:
                continue
            self._due_ns[key] = now_ns + cycle_ns
            self._in_flight.add(key)
            self._jobs.put(key)

    def taken(self, answer: Answer) -> bool:
        """Note that the monitor has an answer: that poll may be asked for again.

        Returns:
            False for an answer to an earlier watch of a symbol that is watched anew.
        """
        key = answer.symbol if isinstance(answer, TapeAnswer) else _SNAPSHOTS
        self._in_flight.discard(key)
        wait_seconds = (
            answer.error.retry_after_seconds if isinstance(answer.error, RateLimitError) else None
        )
        if wait_seconds is not None and key in self._due_ns:
            self._due_ns[key] = max(
                self._due_ns[key], answer.at_ns + round(wait_seconds * NS_PER_SECOND)
            )
        return isinstance(answer, SnapshotAnswer) or answer.watch is self._cursors.get(key)

    def close(self) -> None:
        """Let the threads end after the request that each may be waiting for."""
        for _ in self._threads:
            self._jobs.put(None)
        self.answers.put(None)

    def _ask(self, key: str) -> Answer:
        trades: Sequence[TradeEvent] = ()
        quotes: Sequence[EventBesideTrades] = ()
        books: Mapping[str, OrderBookSnapshot | OrderFlowError] = {}
        error: OrderFlowError | None = None
        asked = tuple(self._cursors)
        cursor = self._cursors.get(key)
        try:
            if key == _SNAPSHOTS:
                books = self._client.get_snapshots(asked)
            elif cursor is not None:
                tape = self._client.fetch_tape(key, cursor.trade_ns, cursor.quote_ns)
                error = tape.beside_error
                if error is None:
                    trades = cursor.new_trades(tape.trades)
                    quotes = cursor.new_quotes(tape.beside)
        except OrderFlowError as failure:
            trades, error = (), failure
        except Exception as failure:  # a defect must show as blind, not as calm
            _logger.exception("order_flow.poll_crashed", extra={"symbol": key or None})
            reason = f"internal error: {type(failure).__name__}"
            trades, error = (), DataSourceError(reason, code="internal_error")
        if key == _SNAPSHOTS:
            return SnapshotAnswer(self._now_ns(), books, error, asked)
        return TapeAnswer(key, self._now_ns(), trades, quotes, error, cursor)

    def _add_workers(self) -> None:
        wanted = min(MAX_WORKERS, 1 + len(self._cursors))
        while len(self._threads) < wanted:
            name = f"order-flow-poll-{len(self._threads)}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while (key := self._jobs.get()) is not None:
            self.answers.put(self._ask(key))

    def _now_ns(self) -> int:
        return ns_from_utc(self._clock())
