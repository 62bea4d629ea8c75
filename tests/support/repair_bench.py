"""Repairs beside a stream and a second source that a test plays, on time moved by hand."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Self, cast

from support.monitor_stubs import (
    HandClock,
    Holdings,
    StubClient,
    at,
    position,
    quote,
    steady_of,
    trade,
)
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.feed.history_workers import Answered, answer_to
from trading_bot.order_flow.feed.ingest import Ingest
from trading_bot.order_flow.feed.repairs import Repairs
from trading_bot.order_flow.market.events import MarketEvent, QuoteEvent, TradeEvent
from trading_bot.order_flow.market.facts import MarketState
from trading_bot.order_flow.market.newest import BestPrices, NewestKnown
from trading_bot.order_flow.market.sink import give
from trading_bot.order_flow.market.units import NS_PER_MS, ns_from_utc
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import FeedEvent, MonitorEvent
from trading_bot.order_flow.providers.provider import Capabilities, FetchedTape, Provider
from trading_bot.order_flow.providers.supervision.actions import Action, Reconnect, Renew
from trading_bot.order_flow.providers.supervision.stream_events import Closed, Opened, StreamEvent
from trading_bot.order_flow.sight.coverage.reasons import OpenSpan
from trading_bot.order_flow.sight.live_symbol import LiveSymbol
from trading_bot.order_flow.sight.stall import FeedStall
from trading_bot.order_flow.sight.symbol_repair import SymbolRepair

Question = tuple[Callable[[], Any], Callable[[Answered[Any]], None]]


class HandWorkers:
    """Takes questions, and asks each when a test says so.

    Attributes:
        waiting: The questions, oldest first.
    """

    def __init__(self) -> None:
        self.waiting: deque[Question] = deque()
        self.is_closed = False

    def ask(self, question: Callable[[], Any], on_answer: Callable[[Answered[Any]], None]) -> None:
        self.waiting.append((question, on_answer))

    def close(self) -> None:
        self.is_closed = True

    def bring(self) -> None:
        """Ask the oldest question, and hand its answer on."""
        question, on_answer = self.waiting.popleft()
        on_answer(answer_to(question))

    def bring_all(self) -> None:
        """Bring what waits, and what follows from it."""
        while self.waiting:
            self.bring()


class Market:
    """What has happened, as a second source tells it.

    Attributes:
        events: All of it.
        behind: How many seconds the second source is behind.
        failure: Raised in place of an answer.
        changes: Members of each answered tape to be changed.
        state: What it says of the market, and its time; None where it has no word.
        states_asked: How often that was asked.
        day_shares: The day's volume of each symbol, where snapshots tell it.
    """

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.events: list[MarketEvent] = []
        self.behind = 0.0
        self.failure: Exception | None = None
        self.changes: dict[str, Any] = {}
        self.state: MarketState = "open"
        self.states_asked = 0
        self.day_shares: dict[str, int] = {}
        self.unnamed: set[str] = set()
        self.prices: dict[str, int] = {}

    def known(self, symbol: str) -> list[MarketEvent]:
        until_ns = ns_from_utc(self.clock()) - round(self.behind * 1_000) * NS_PER_MS
        return sorted(
            (each for each in self.events if each.symbol == symbol and each.sip_ns <= until_ns),
            key=lambda each: each.sip_ns,
        )

    def tape(self, symbol: str, trades_from_ns: int, quotes_from_ns: int) -> FetchedTape:
        self._fail()
        known = self.known(symbol)
        trades = [
            each._replace(sip_ns=each.sip_ns + 123_456)
            for each in known
            if isinstance(each, TradeEvent) and each.sip_ns >= trades_from_ns
        ]
        beside = [
            each
            for each in known
            if not isinstance(each, TradeEvent) and each.sip_ns >= quotes_from_ns
        ]
        return FetchedTape(trades, beside)._replace(**self.changes)

    def newest(self, symbols: tuple[str, ...], asked_ns: int) -> dict[str, NewestKnown]:
        self._fail()
        found = {}
        for symbol in symbols:
            if symbol in self.unnamed:
                continue
            known = self.known(symbol)
            trades = [each for each in known if isinstance(each, TradeEvent)]
            quotes = [each for each in known if isinstance(each, QuoteEvent)]
            found[symbol] = NewestKnown(
                asked_ns,
                trades[-1].sip_ns + 123_456 if trades else None,
                quote=self._prices_of(quotes[-1]) if quotes else None,
                day_shares=self.day_shares.get(symbol),
            )
        return found

    def get_market_state(self) -> tuple[MarketState, datetime]:
        self.states_asked += 1
        self._fail()
        return self.state, self.clock()

    def _prices_of(self, event: QuoteEvent) -> BestPrices:
        bid_ticks = self.prices.get(event.symbol, event.bid_ticks)
        return BestPrices(event.sip_ns, bid_ticks, event.ask_ticks)

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure


class StubProvider:
    """A provider of one market; nobody streams from it."""

    def __init__(self, market: Market) -> None:
        self.name = self.host = "stub"
        self.capabilities = Capabilities(step_ns=NS_PER_MS, fills_gaps="history")
        self.history = StubClient(market.tape, newest=market.newest)
        self.reference: Any = market

    def open_stream(self, *_: object, **__: object) -> Any:
        raise AssertionError("nobody streams from it")

    def close(self) -> None:
        """Nothing is kept open."""


class RepairBench:
    """The repairs of some held symbols.

    Attributes:
        acts: What doubt asked of the stream.
        tells: What the stream was told.
        renews: False where the stream does not answer what is to be renewed.
        told: What everybody was told.
    """

    def __init__(self, *symbols: str, fills_gaps: Any = "history", **config: Any) -> None:
        self.clock = HandClock()
        self.market = Market(self.clock)
        self.workers = HandWorkers()
        self.provider = StubProvider(self.market)
        self.provider.capabilities = replace(self.provider.capabilities, fills_gaps=fills_gaps)
        names = symbols or ("ACME",)
        settings = {"requests_per_second": 20.0} | config
        monitor = OrderFlowMonitor(
            OrderFlowConfig(thresholds="fixed", **settings),
            position_manager=Holdings(*map(position, names)),
            provider=cast(Provider, self.provider),
            log_directory=None,
            clock=self.clock,
        )
        self.judge = monitor.judge
        self.judge.read_positions()
        self.told: list[MonitorEvent] = []
        self.judge.publisher.add_listener(self.told.append)
        self.acts: list[Action] = []
        self.tells: list[StreamEvent] = []
        self.renews = True
        self._todo: deque[Action] = deque()
        self.counts: Counter[str] = Counter()
        self.stall = FeedStall()
        self.ingest = Ingest(NS_PER_MS, on_ahead=self._may_be)
        self.repairs = Repairs(
            self.judge,
            cast(Provider, self.provider),
            ingest=self.ingest,
            stall=self.stall,
            act=self._act,
            tell=self.tells.append,
            counts=self.counts,
            workers=self.workers,
            steady_ns=steady_of(self.clock),
        )
        self.live: dict[str, LiveSymbol] = {}
        self.repair: dict[str, SymbolRepair] = {}
        for name in names:
            self.protect(name)
        self.repairs.hold()

        self._base: dict[str, tuple[int, int]] = {}

    def _act(self, action: Action) -> None:
        self.acts.append(action)
        self._todo.append(action)

    def _carry_out(self) -> None:
        """Do what doubt asks, as a stream does that obeys at once."""
        while self._todo:
            match self._todo.popleft():
                case Renew(channels) if self.renews:
                    self.repairs.subscribed({each.symbol for each in channels})
                case Reconnect():
                    self.repairs.cut()
                    self.repairs.handle(Closed())
                    self.open()

    def _may_be(self, live: LiveSymbol, is_trade: bool, sip_ns: int, key: int) -> bool:
        return self.repairs.may_be(live, is_trade, sip_ns, key)

    @property
    def now(self) -> float:
        """Seconds after the start."""
        return (ns_from_utc(self.clock()) - at(0)) / 1_000_000_000

    @property
    def asked(self) -> list[tuple[str, int, int | None]]:
        """The tapes that were asked for: symbol, first stamp of prints, and of quotes."""
        return self.provider.history.asked

    def protect(self, symbol: str) -> None:
        now_ns = ns_from_utc(self.clock())
        repair = SymbolRepair(symbol, at(self.now - 370), now_ns, NS_PER_MS)
        way_in = self.judge.watch(symbol, from_ns=at(self.now - 370), now_ns=now_ns)
        live = LiveSymbol(
            symbol, self.judge.judges[symbol], way_in, at(self.now - 370), repair.tally
        )
        self.live[symbol], self.repair[symbol] = live, repair
        self.ingest.add(live)
        self.repairs.protect(live, repair)

    def open(self, *symbols: str) -> None:
        """Let the stream be connected, and bring these symbols; all where none is named."""
        self.repairs.handle(Opened())
        self.repairs.subscribed(symbols or tuple(self.live))

    def stream(self, *events: MarketEvent) -> None:
        """Let the stream bring events."""
        for event in events:
            give(self.ingest, event)

    def happens(self, *events: MarketEvent, silent: Iterable[str] = ()) -> None:
        """Let something happen; the stream brings it, but for channels that are silent."""
        self.market.events += events
        kinds = {"trades": TradeEvent, "quotes": QuoteEvent}
        lost = tuple(kinds[each] for each in silent)
        self.stream(*(each for each in events if not isinstance(each, lost)))

    def look(self, *, lag_ns: int = 0) -> None:
        self.repairs.begin_look(lag_ns=lag_ns)
        self.repairs.look_at(tuple(self.live))
        self.repairs.end_look()
        self.judge.every_second(ns_from_utc(self.clock()))

    def run(
        self,
        seconds: int,
        *,
        silent: Iterable[str] = (),
        trades: bool = True,
        answers: bool = True,
        late: float = 0.0,
    ) -> None:
        """Let seconds pass, each with a print and a quote of every symbol, and a look.

        Args:
            seconds: How many.
            silent: Channels that the stream does not bring.
            trades: False where nothing happens on the market.
            answers: False where the second source answers nothing meanwhile.
            late: How many seconds ago what comes now has happened.
        """
        muted = tuple(silent)
        for _ in range(seconds):
            self.clock.move(1)
            if trades:
                for symbol in tuple(self.live):
                    self.happens(
                        quote(self.now - late - 0.2, symbol),
                        trade(self.now - late - 0.1, symbol, size=100, exchange=11),
                        silent=muted,
                    )
            self.look()
            if answers:
                self.workers.bring_all()
            self._carry_out()

    def after(self, seconds: int, **more: Any) -> Self:
        """Return this after some seconds, see `run`."""
        self.run(seconds, **more)
        return self

    def state(self, symbol: str = "ACME") -> tuple[str, str]:
        """Return what can be seen of a symbol: its state and the reason's word."""
        found = self.judge.sightings.sight(symbol, ns_from_utc(self.clock()))
        assert found is not None
        return found.state, found.reason

    def spans(self, symbol: str = "ACME") -> tuple[OpenSpan, ...]:
        return self.repair[symbol].ledger.open_spans()

    def causes(self, symbol: str = "ACME") -> list[tuple[str, str]]:
        """Return what is unknown and why, the prints' spans first."""
        return sorted(((each.channel, each.cause) for each in self.spans(symbol)), reverse=True)

    def judged(self, symbol: str = "ACME") -> tuple[int, int]:
        """Return how many prints and quotes were judged since the bench was made or was well."""
        judge, (trades, quotes) = self.judge.judges[symbol], self._base.get(symbol, (0, 0))
        return judge.trades - trades, judge.quotes - quotes

    def begin(self) -> None:
        """Forget what was asked, told and counted so far."""
        for each in (self.acts, self.tells, self.told, self.asked):
            each.clear()
        self.provider.history.newest_asked.clear()
        self.counts.clear()
        judges = self.judge.judges
        self._base = {each: (judges[each].trades, judges[each].quotes) for each in self.live}

    def news(self) -> list[tuple[str, str]]:
        """Return the kinds of what was told of feeds, with the first word of each reason."""
        return [
            (each.kind, each.reason.split()[0].rstrip(":"))
            for each in self.told
            if isinstance(each, FeedEvent)
        ]


def well(*symbols: str, **config: Any) -> RepairBench:
    """Return a bench of lively symbols after half a minute, of which everything is visible."""
    bench = RepairBench(*symbols, **config)
    for symbol in bench.live:
        for seconds in range(-370, 0):
            bench.market.events += [
                quote(seconds + 0.8, symbol),
                trade(seconds + 0.9, symbol, size=100, exchange=11),
            ]
    bench.open()
    bench.run(30)
    assert {bench.state(each)[0] for each in bench.live} == {"visible"}
    bench.begin()
    return bench
