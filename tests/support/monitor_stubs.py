"""Hand-made events and stub collaborators for the shells around the rules."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderBookSnapshot, OrderFlowAlert, TimeAndSalesRecord
from trading_bot.order_flow.errors import OrderFlowError
from trading_bot.order_flow.market.events import EventBesideTrades, QuoteEvent, TradeEvent
from trading_bot.order_flow.market.newest import BestPrices, NewestKnown
from trading_bot.order_flow.market.trade_conditions import TradeConditions
from trading_bot.order_flow.market.units import (
    NS_PER_MS,
    UNITS_PER_SHARE,
    ns_from_utc,
    utc_from_ns,
)
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.providers.provider import FetchedTape
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.rules.large_seller import LargeSellerState
from trading_bot.order_flow.rules.red_burst import RedBurstState
from trading_bot.order_flow.rules.side.classifier import TradeSideClassifier
from trading_bot.order_flow.rules.symbol_judge import SymbolJudge
from trading_bot.order_flow.sight.coverage.reasons import Reason, Sight, State

START = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)  # a Tuesday, 10:00 in New York
START_NS = ns_from_utc(START)
OPENED = START - timedelta(hours=1)
"""Since when the positions of these tests are held."""
BID = 100_000_000
ASK = 100_010_000


def at(seconds: float) -> int:
    """Return exchange time so many seconds after the start, Unix nanoseconds."""
    return START_NS + round(seconds * 1_000) * NS_PER_MS


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def steady_of(clock: HandClock) -> Callable[[], int]:
    """Return a clock that is never set, which moves along with one moved by hand."""
    return lambda: ns_from_utc(clock())


def sight(
    state: State = "visible",
    reason: Reason = "",
    text: str = "",
    *,
    since: float = 0.0,
    compared: float | None = None,
) -> Sight:
    """Return what can be said of a symbol; times are seconds after the start."""
    return Sight(state, reason, text, at(since), None if compared is None else at(compared))


def large_seller(seconds: float = 0.0, **changes: Any) -> OrderFlowAlert:
    fields: dict[str, Any] = {
        "symbol": "ACME",
        "alert_type": "large_seller",
        "severity": "warning",
        "order_size": 12_000,
        "price_level": Decimal("100.00"),
        "volume_ratio": None,
        "timestamp_utc": utc_from_ns(at(seconds)),
        "source": "aggressive_sell",
    }
    return OrderFlowAlert(**(fields | changes))


def red_burst(seconds: float = 0.0, **changes: Any) -> OrderFlowAlert:
    fields: dict[str, Any] = {
        "symbol": "ACME",
        "alert_type": "red_burst",
        "severity": "critical",
        "order_size": None,
        "price_level": None,
        "volume_ratio": 4.5,
        "timestamp_utc": utc_from_ns(at(seconds)),
        "sell_ratio": 0.75,
        "sell_ratio_low": 0.7,
        "low_confidence_share": 0.1,
    }
    return OrderFlowAlert(**(fields | changes))


def exit_of(symbol: str = "ACME", seconds: float = 0.0) -> ExitRecommendation:
    return ExitRecommendation(
        symbol=symbol,
        reason="3 large sellers",
        alerts=(large_seller(seconds, symbol=symbol),),
        position=position(symbol),
        price=Decimal("100.50"),
        unrealised_pnl=Decimal("-50.00"),
        distance_to_stop=Decimal("1.50"),
        urgency="high",
        timestamp_utc=utc_from_ns(at(seconds)),
    )


def symbol_judge(symbol: str = "ACME") -> SymbolJudge:
    config = OrderFlowConfig(thresholds="fixed")
    return SymbolJudge(
        symbol,
        config,
        conditions=TradeConditions(),
        sellers=LargeSellerState(symbol, config),
        bursts=RedBurstState(symbol, config),
        sides=TradeSideClassifier(),
    )


def position(
    symbol: str = "ACME",
    shares: int = 100,
    stop: str | None = "99.00",
    opened_at: datetime | None = OPENED,
) -> Position:
    return Position(
        symbol,
        Decimal(shares),
        Decimal("101.00"),
        Decimal(stop) if stop else None,
        opened_at=opened_at,
    )


def quote(seconds: float, symbol: str = "ACME", **changes: Any) -> QuoteEvent:
    """Return a quote; sizes are whole shares, as a person writes them."""
    fields: dict[str, Any] = {
        "bid_ticks": BID,
        "bid_size": 500,
        "ask_ticks": ASK,
        "ask_size": 500,
        "participant_ns": at(seconds),
        "sequence": round(seconds * 1_000) + 10_000_000,
        "received_ns": at(seconds),
    }
    fields |= changes
    for size in ("bid_size", "ask_size"):
        fields[size] *= UNITS_PER_SHARE
    return QuoteEvent(symbol=symbol, sip_ns=at(seconds), **fields)


def trade(seconds: float, symbol: str = "ACME", **changes: Any) -> TradeEvent:
    """Return a print; its size is in whole shares, as a person writes it."""
    fields: dict[str, Any] = {
        "price_ticks": BID,
        "size": 12_000,
        "participant_ns": at(seconds),
        "sequence": round(seconds * 1_000) + 10_000_000,
        "trade_id": f"{seconds}",
        "received_ns": at(seconds),
    }
    fields |= changes
    fields["size"] *= UNITS_PER_SHARE
    return TradeEvent(symbol=symbol, sip_ns=at(seconds), **fields)


def book(seconds: float = 0.0, symbol: str = "ACME") -> OrderBookSnapshot:
    return OrderBookSnapshot(
        symbol=symbol,
        bids=[(Decimal("100.00"), 500)],
        asks=[(Decimal("100.01"), 500)],
        timestamp_utc=utc_from_ns(at(seconds)),
    )


Books = Mapping[str, OrderBookSnapshot | OrderFlowError]
Tape = tuple[Sequence[TradeEvent], Sequence[EventBesideTrades]]
Newest = Mapping[str, NewestKnown]


class StubClient:
    """Answers from functions that a test hands in; may be asked from several threads.

    Without a function for the newest it says what its tapes have shown so far, and nothing of a
    symbol whose tape was never asked for.
    """

    def __init__(
        self,
        tape: Callable[[str, int, int], Tape | FetchedTape] = lambda *_: ([], []),
        books: Callable[[Sequence[str]], Books] | None = None,
        newest: Callable[[tuple[str, ...], int], Newest] | None = None,
    ) -> None:
        self.counters: Counter[str] = Counter()
        self.asked: list[tuple[str, int, int | None]] = []
        self.books_asked: list[tuple[str, ...]] = []
        self.newest_asked: list[tuple[str, ...]] = []
        self.word = "ok"
        self._tape = tape
        self._books = books
        self._newest = newest
        self._shown: dict[str, NewestKnown] = {}
        self._lock = threading.Lock()

    def fetch_tape(
        self, symbol: str, trades_from_ns: int, quotes_from_ns: int | None
    ) -> FetchedTape:
        with self._lock:
            self.asked.append((symbol, trades_from_ns, quotes_from_ns))
        beside_from_ns = trades_from_ns if quotes_from_ns is None else quotes_from_ns
        tape = FetchedTape(*self._tape(symbol, trades_from_ns, beside_from_ns))
        if quotes_from_ns is None:
            tape = tape._replace(
                beside=(), refused_beside=0, has_all_beside=True, beside_error=None
            )
        with self._lock:
            self._shown[symbol] = newer_of(self._shown.get(symbol, NewestKnown(0)), tape)
        return tape

    def fetch_newest(self, symbols: tuple[str, ...], asked_ns: int) -> Newest:
        with self._lock:
            self.newest_asked.append(symbols)
            shown = {
                each: replace(self._shown[each], asked_ns=asked_ns)
                for each in symbols
                if each in self._shown
            }
        return shown if self._newest is None else self._newest(symbols, asked_ns)

    def get_snapshots(self, symbols: tuple[str, ...]) -> Books:
        with self._lock:
            self.books_asked.append(symbols)
        return (
            {each: book(0, each) for each in symbols} if not self._books else self._books(symbols)
        )

    def get_level2_snapshot(self, symbol: str) -> OrderBookSnapshot:
        return book(0, symbol)

    def get_time_and_sales(
        self, symbol: str, start_time: datetime, end_time: datetime
    ) -> list[TimeAndSalesRecord]:
        return []

    def connectivity(self) -> str:
        return self.word


def newer_of(known: NewestKnown, tape: FetchedTape) -> NewestKnown:
    """Return the newest print and quote after a tape was shown."""
    trade = max(tape.trades, key=lambda each: each.sip_ns, default=None)
    if trade is not None and trade.sip_ns >= (known.trade_ns or 0):
        known = replace(known, trade_ns=trade.sip_ns, trade_size=trade.size)
    quotes = [each for each in tape.beside if isinstance(each, QuoteEvent)]
    newest = max(quotes, key=lambda each: (each.sip_ns, each.sequence), default=None)
    if newest is not None and (known.quote is None or newest.sip_ns >= known.quote.sip_ns):
        prices = BestPrices(newest.sip_ns, newest.bid_ticks, newest.ask_ticks)
        known = replace(known, quote=prices)
    return known


class Holdings:
    """A position manager whose holdings a test changes; raises while it is told to."""

    def __init__(self, *positions: Position, watchlist: Iterable[str] = ()) -> None:
        self.positions = list(positions)
        self.watchlist = list(watchlist)
        self.failure: Exception | None = None

    def get_active_positions(self) -> Sequence[Position]:
        if self.failure is not None:
            raise self.failure
        return tuple(self.positions)

    def get_watchlist(self) -> Sequence[str]:
        return tuple(self.watchlist)
