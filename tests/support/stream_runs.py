"""A streaming monitor beside a stub server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

from support.history_at_once import HistoryAtOnce
from support.monitor_stubs import START, START_NS, HandClock, Holdings, StubClient, Tape, position
from support.stream_stub import KEY, StreamStub, stream_stub
from trading_bot.order_flow.clock import Clock, monotonic_ns
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.feed.history_workers import AsksHistory
from trading_bot.order_flow.feed.stream_driver import StreamDriver
from trading_bot.order_flow.market.events import QuoteEvent, TradeEvent
from trading_bot.order_flow.market.units import NS_PER_MS, ns_from_utc
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.providers.polygon.provider import PolygonProvider
from trading_bot.order_flow.providers.polygon.stream import PolygonStream
from trading_bot.order_flow.providers.reconnect import StreamTimes

START_MS = START_NS // NS_PER_MS
HEAD_START_SECONDS = 15.0
"""Before the start: enough to learn what came before a subscription."""
QUICK = StreamTimes(
    ping_after=60.0, dead_after=60.0, first_wait=0.001, longest_wait=0.002, settled_after=60.0
)


def quote(seconds: float, sequence: int, symbol: str = "ACME") -> dict[str, Any]:
    stamp = START_MS + round(seconds * 1_000)
    sides = {"bp": 100.0, "bs": 500, "ap": 100.01, "as": 500}
    return {"ev": "Q", "sym": symbol, "t": stamp, "q": sequence, **sides}


def print_(
    seconds: float, sequence: int, size: int = 12_000, symbol: str = "ACME", **more: Any
) -> dict[str, Any]:
    stamp = START_MS + round(seconds * 1_000)
    return {
        "ev": "T",
        "sym": symbol,
        "t": stamp,
        "pt": stamp,
        "p": 100.0,
        "s": size,
        "x": 11,
        "i": str(sequence),
        "q": sequence,
        **more,
    }


def steady_beside(clock: Clock) -> Callable[[], int]:
    """Return a clock that is never set: it runs, and is moved on whenever a clock by hand is."""
    begun_ns = monotonic_ns()
    return lambda: ns_from_utc(clock()) + monotonic_ns() - begun_ns


def knows(clock: Clock, *events: TradeEvent | QuoteEvent) -> StubClient:
    """Return a second source that knows of these events what has happened, as it is asked."""

    def tape(symbol: str, trades_from_ns: int, quotes_from_ns: int) -> Tape:
        now_ns = ns_from_utc(clock())
        own = [each for each in events if each.symbol == symbol and each.sip_ns <= now_ns]
        trades = [e for e in own if isinstance(e, TradeEvent) and e.sip_ns >= trades_from_ns]
        quotes = [e for e in own if isinstance(e, QuoteEvent) and e.sip_ns >= quotes_from_ns]
        return trades, quotes

    return StubClient(tape)


def streaming_monitor(
    stub: StreamStub,
    *,
    client: StubClient | None = None,
    holdings: Holdings | None = None,
    clock: Clock | None = None,
    directory: Path | None = None,
) -> OrderFlowMonitor:
    """Return a monitor whose provider streams from a stub server; its run has begun."""
    config = OrderFlowConfig(thresholds="fixed", polygon_api_key=KEY, requests_per_second=90.0)
    monitor = OrderFlowMonitor(
        config,
        position_manager=holdings or Holdings(position()),
        provider=PolygonProvider(config, client or StubClient(), url=stub.url, times=QUICK),
        log_directory=directory,
        clock=clock or HandClock(),
    )
    monitor.judge.start_afresh()
    return monitor


class Run:
    """A streaming monitor beside a stub server."""

    def __init__(
        self, stub: StreamStub, monitor: OrderFlowMonitor, loop: StreamDriver, clock: HandClock
    ) -> None:
        self.stub = stub
        self.monitor = monitor
        self.loop = loop
        self.clock = clock
        self.told: list[MonitorEvent] = []
        monitor.judge.publisher.add_listener(self.told.append)

    @property
    def link(self) -> PolygonStream:
        """The connection, with all that the provider's own has."""
        return cast(PolygonStream, self.loop.stream)

    @property
    def alerts(self) -> list[OrderFlowAlert]:
        return [each for each in self.told if isinstance(each, OrderFlowAlert)]

    @property
    def now(self) -> float:
        """Seconds after the start, to the millisecond."""
        return round((self.clock() - START).total_seconds(), 3)

    def send(self, *messages: dict[str, Any]) -> None:
        self.stub.newest.send(messages)

    async def until(self, holds: Callable[[], object]) -> None:
        await self.stub.until(holds)

    async def subscribed(self, links: int = 1) -> None:
        """Wait until the newest of so many connections is subscribed, at the start at least."""
        await self.until(lambda: len(self.stub.clients) == links and not self.loop.stream.problem)
        await self.pass_time(max(0, (START - self.clock()).total_seconds()))
        # The seconds before were not silent: nothing was sent yet.
        self.loop._stall.pause()

    async def ready(self, symbol: str = "ACME") -> None:
        """Wait until a symbol is subscribed and its events wait no more, at the start at least."""
        await self.until(lambda: self.stub.clients and self.loop.stream.problem is None)
        while self.clock() < START or self.loop.ingest.symbols[symbol].gap is not None:
            await self.pass_time(1)
        self.loop._stall.pause()

    async def pass_time(self, seconds: float) -> None:
        """Let time pass second by second, with a look and the answers after each."""
        while seconds > 0:
            self.clock.move(min(1.0, seconds))
            seconds -= 1.0
            await self.loop._tick()
            for _ in range(3):
                await asyncio.sleep(0)

    def judged(self, symbol: str = "ACME") -> tuple[int, int]:
        judge = self.monitor.judge.judge_of(symbol)
        return (judge.trades, judge.quotes) if judge is not None else (0, 0)


def streaming(
    test: Callable[[Run], Awaitable[Any]],
    *,
    client: StubClient | None = None,
    holdings: Holdings | None = None,
    clock: HandClock | None = None,
    directory: Path | None = None,
    prepare: Callable[[StreamStub], None] = lambda _: None,
    workers: Callable[[], AsksHistory] = HistoryAtOnce,
    **settings: Any,
) -> tuple[Run, DataSourceError | None]:
    """Stream beside a test, from some seconds before the start on.

    Returns:
        The run, and what the provider refused.
    """
    hand = clock or HandClock()
    hand.move(-HEAD_START_SECONDS)

    async def run() -> tuple[Run, DataSourceError | None]:
        async with stream_stub() as stub:
            prepare(stub)
            monitor = streaming_monitor(
                stub, client=client, holdings=holdings, clock=hand, directory=directory
            )
            loop = StreamDriver(
                monitor.judge,
                monitor.provider,
                steady_ns=steady_beside(hand),
                workers=workers(),
                **settings,
            )
            found = Run(stub, monitor, loop, hand)
            stop = threading.Event()
            running = asyncio.create_task(loop.run(stop, 3_600.0))
            try:
                await test(found)
            finally:
                stop.set()
                loop.wake()
                refusal = await running
                monitor.close()
            return found, refusal

    return asyncio.run(run())
