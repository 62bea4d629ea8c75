"""Asks the provider for every watched symbol again and again, on threads of its own.

One poll is one batch snapshot request for all symbols, and for each symbol its trades and quotes
since the newest that came. The answers go to one queue; nothing is judged here. A symbol that hangs
or fails keeps its own thread busy and nobody else's.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from ..clock import Clock
from ..config import OrderFlowConfig
from ..data_models import OrderBookSnapshot
from ..diagnostics import get_logger
from ..errors import DataSourceError, OrderFlowError, RateLimitError
from ..market.events import EventBesideTrades, TradeEvent
from ..market.facts import MarketState
from ..market.fitness import is_ahead
from ..market.order import key_beside_trades, trade_key
from ..market.units import NS_PER_SECOND, ns_from_utc
from ..providers.provider import FetchedTape, History, Reference
from ..threads.watch import Threads, Watched
from .history_workers import QUESTION_SECONDS

MAX_WORKERS = 32
OVERLAP_NS: Final = 5 * NS_PER_SECOND
"""How far a question for prints goes back: a provider may show one after a later one."""

EventT = TypeVar("EventT", bound=TradeEvent | EventBesideTrades)

_logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """What an answer says of the prints of a symbol, or of its quotes and all else.

    Attributes:
        from_ns: It was asked from here on, the newest stamp that was known.
        holds_newest: True where it holds what is known of that stamp, so that nothing between is
            missing; an answer that lacks what it has shown before proves nothing.
        refused: How many of its rows could not be used, or cannot be of the present.
        error: Why there is none.
    """

    from_ns: int = 0
    holds_newest: bool = True
    refused: int = 0
    error: OrderFlowError | None = None


@dataclass(frozen=True, slots=True)
class TapeAnswer:
    """The new prints of one symbol, its quotes and all else, or why there are none.

    Attributes:
        symbol: Ticker.
        at_ns: When it came.
        trades: The new prints, oldest first.
        quotes: The new quotes and what else happened, oldest first.
        error: Why there is nothing.
        watch: Tells the watches of one symbol apart.
        asked_ns: When it was asked.
        of_trades: What it says of the prints.
        of_quotes: What it says of the quotes.
    """

    symbol: str
    at_ns: int
    trades: Sequence[TradeEvent]
    quotes: Sequence[EventBesideTrades]
    error: OrderFlowError | None = None
    watch: object = field(default=None, repr=False, compare=False)
    asked_ns: int = 0
    of_trades: Part = Part()
    of_quotes: Part = Part()


@dataclass(frozen=True, slots=True)
class SnapshotAnswer:
    """The books of all symbols, or why there are none.

    `asked` names the symbols that were asked for; None stands for every watched one.
    """

    at_ns: int
    books: Mapping[str, OrderBookSnapshot | OrderFlowError]
    error: OrderFlowError | None = None
    asked: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class StateAnswer:
    """What the market does and what time the provider has; None where it did not say."""

    at_ns: int
    state: MarketState | None = None
    server_ns: int = 0


Answer = TapeAnswer | SnapshotAnswer | StateAnswer
_SNAPSHOTS = ""
"""The key of the batch request among the symbols."""
_STATE = " "
"""The key of the question for the market's state among the symbols."""


def cycle_seconds(config: OrderFlowConfig, symbols: int) -> float:
    """Return how long one poll of so many symbols takes within the request limit."""
    requests = 1 + 2 * symbols
    return max(config.poll_interval_seconds, requests / config.requests_per_second)


class _Cursor:
    """Where one kind of a symbol's events was left off: the newest stamp, and what is known there.

    Args:
        start_ns: From when the first question asks.
        overlap_ns: How far the others go back behind the newest event that is known.
    """

    __slots__ = ("_known", "_newest_keys", "_overlap_ns", "_start_ns", "newest_ns")

    def __init__(self, start_ns: int, overlap_ns: int) -> None:
        self._start_ns = self.newest_ns = start_ns
        self._overlap_ns = overlap_ns
        # The events of the last seconds before the newest, and the stamp of each.
        self._known: dict[tuple[object, ...], int] = {}
        self._newest_keys: frozenset[tuple[object, ...]] = frozenset()

    @property
    def from_ns(self) -> int:
        """From when the next question asks."""
        return max(self._start_ns, self.newest_ns - self._overlap_ns)

    def take(
        self, events: Sequence[EventT], key_of: Callable[[EventT], tuple[object, ...]]
    ) -> tuple[list[EventT], bool]:
        """Return what was not seen yet, and whether the newest that was seen is there again."""
        keyed = [(key_of(each), each) for each in events]
        holds_newest = not self._newest_keys or any(key in self._newest_keys for key, _ in keyed)
        fresh = {key: each for key, each in keyed if key not in self._known}
        self._known |= {key: each.sip_ns for key, each in fresh.items()}
        newest_ns = max((each.sip_ns for each in fresh.values()), default=self.newest_ns)
        if newest_ns > self.newest_ns or not self._newest_keys:
            self.newest_ns = max(self.newest_ns, newest_ns)
            self._known = {key: ns for key, ns in self._known.items() if ns >= self.from_ns}
            self._newest_keys = frozenset(
                key for key, ns in self._known.items() if ns == self.newest_ns
            )
        return list(fresh.values()), holds_newest


class _Cursors:
    """Where one symbol's tape was left off."""

    __slots__ = ("quotes", "trades")

    def __init__(self, start_ns: int) -> None:
        self.trades = _Cursor(start_ns, OVERLAP_NS)
        # A quote that is shown after a later one says nothing of the present.
        self.quotes = _Cursor(start_ns, 0)

    def take(self, symbol: str, tape: FetchedTape, asked_ns: int, at_ns: int) -> TapeAnswer:
        """Return what an answer brings that was not seen yet, and what it says of what was.

        A stamp ahead of the present moves nothing: all that comes before it would be missed.
        """
        asked_from_ns = self.trades.newest_ns, self.quotes.newest_ns
        trades = [each for each in tape.trades if not is_ahead(each.sip_ns, at_ns)]
        quotes = [each for each in tape.beside if not is_ahead(each.sip_ns, at_ns)]
        new_trades, holds_trade = self.trades.take(trades, _key_of_print)
        new_quotes, holds_quote = self.quotes.take(quotes, key_beside_trades)
        return TapeAnswer(
            symbol,
            at_ns,
            new_trades,
            new_quotes,
            watch=self,
            asked_ns=asked_ns,
            of_trades=Part(
                asked_from_ns[0],
                holds_trade and tape.has_all_trades,
                tape.refused_trades + len(tape.trades) - len(trades),
            ),
            of_quotes=Part(
                asked_from_ns[1],
                holds_quote and tape.has_all_beside,
                tape.refused_beside + len(tape.beside) - len(quotes),
                tape.beside_error,
            ),
        )


def _key_of_print(event: TradeEvent) -> tuple[object, ...]:
    """Return what a print is known by: one without id and number by all that it says."""
    if event.trade_id or event.sequence:
        return trade_key(event)
    return (*trade_key(event), event.sip_ns, event.price_ticks, event.size)


class PollFeed:
    """Polls the watched symbols within the request limit.

    Args:
        client: The provider's REST client; it keeps the request limit and retries.
        config: Interval and request limit.
        clock: Exchange-aligned present.
        reference: Tells the market's state.
        threads: Knows how the threads that ask are.

    Attributes:
        answers: What came; the monitor takes it from here.
    """

    def __init__(
        self,
        client: History,
        config: OrderFlowConfig,
        clock: Clock,
        reference: Reference,
        threads: Threads | None = None,
    ) -> None:
        self._watched = threads or Threads()
        self._client = client
        self._reference = reference
        self._config = config
        self._clock = clock
        self._cursors: dict[str, _Cursors] = {}
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
        self._cursors[symbol] = _Cursors(start_ns)
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

    def ask_state(self) -> None:
        """Ask what the market does, on a thread."""
        if _STATE not in self._in_flight and self._threads:
            self._in_flight.add(_STATE)
            self._jobs.put(_STATE)

    def taken(self, answer: Answer) -> bool:
        """Note that the monitor has an answer: that poll may be asked for again.

        Returns:
            False for an answer to an earlier watch of a symbol that is watched anew.
        """
        if isinstance(answer, StateAnswer):
            self._in_flight.discard(_STATE)
            return True
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

    def _ask_reference(self, watched: Watched) -> StateAnswer:
        try:
            state, server_time = self._reference.get_market_state()
            return StateAnswer(self._now_ns(), state, ns_from_utc(server_time))
        except OrderFlowError as error:
            _logger.info("order_flow.market_state_unknown", extra={"error_message": str(error)})
        except Exception as failure:  # it is asked again
            watched.note(failure)
            _logger.exception("order_flow.poll_crashed", extra={"symbol": None})
        return StateAnswer(self._now_ns())

    def _ask(self, key: str, watched: Watched) -> Answer:
        if key == _STATE:
            return self._ask_reference(watched)
        books: Mapping[str, OrderBookSnapshot | OrderFlowError] = {}
        error: OrderFlowError | None = None
        asked, asked_ns = tuple(self._cursors), self._now_ns()
        cursor = self._cursors.get(key)
        try:
            if key == _SNAPSHOTS:
                books = self._client.get_snapshots(asked)
            elif cursor is not None:
                tape = self._client.fetch_tape(key, cursor.trades.from_ns, cursor.quotes.from_ns)
                return cursor.take(key, tape, asked_ns, self._now_ns())
        except OrderFlowError as failure:
            error = failure
        except Exception as failure:  # a defect must show as blind, not as calm
            watched.note(failure)
            _logger.exception("order_flow.poll_crashed", extra={"symbol": key or None})
            reason = f"internal error: {type(failure).__name__}"
            error = DataSourceError(reason, code="internal_error")
        if key == _SNAPSHOTS:
            return SnapshotAnswer(self._now_ns(), books, error, asked)
        return TapeAnswer(key, self._now_ns(), (), (), error, cursor, asked_ns)

    def _add_workers(self) -> None:
        wanted = min(MAX_WORKERS, 1 + len(self._cursors))
        while len(self._threads) < wanted:
            name = f"order-flow-poll-{len(self._threads)}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        watched = self._watched.watched(threading.current_thread().name, QUESTION_SECONDS)
        watched.rest()
        while (key := self._jobs.get()) is not None:
            watched.beat()
            self.answers.put(self._ask(key, watched))
            watched.rest()

    def _now_ns(self) -> int:
        return ns_from_utc(self._clock())
