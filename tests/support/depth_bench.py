"""A monitor beside the depth gateway, second by second, over real sockets and on one clock."""

from __future__ import annotations

import asyncio
import select
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from support.gateway_client import gateway_by_hand
from support.history_at_once import CountedWorkers
from support.monitor_stubs import Holdings, position
from support.simulator_helpers import MACHINE_START, HandClock
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.feed.stream_driver import StreamDriver
from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import FeedEvent, MonitorEvent
from trading_bot.order_flow.providers.databento.provider import (
    REPLAYED_AT_START_NS,
    DatabentoProvider,
)
from trading_bot.order_flow.providers.databento.stream import TIMES, DatabentoStream
from trading_bot.order_flow.providers.provider import StreamObserver
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.gateway.gw_feed import venue_rows
from trading_bot.simulator.gateway.gw_terms import GatewayTerms
from trading_bot.simulator.market.depth import DepthRow
from trading_bot.simulator.running import RunningSimulator
from trading_bot.simulator.settings import MARKET_START

_CAUGHT_UP_SECONDS = 20.0


class _Provider(DatabentoProvider):
    """Its stream waits by the bench's clock."""

    seconds: Callable[[], float]

    def open_stream(
        self, observer: StreamObserver, *, patience_seconds: float | None = None
    ) -> DatabentoStream:
        stream = super().open_stream(observer, patience_seconds=patience_seconds)
        stream._seconds = self.seconds
        return stream


class DepthBench:
    """One monitor of some symbols, and the market that it watches.

    Attributes:
        faults: What goes wrong with the gateway.
        gateway: The gateway.
        told: What everybody was told.
        ahead: How far the machine's clock is ahead of the market's.
    """

    def __init__(self, simulator: RunningSimulator, clock: HandClock, *symbols: str) -> None:
        self._simulator, self._hand = simulator, clock
        self.ahead = timedelta(0)
        self.faults = simulator.faults
        self.gateway = simulator.gateway
        config = OrderFlowConfig(
            thresholds="fixed", data_source="databento", base_url=simulator.gateway.url
        )
        provider = _Provider(
            config,
            secrets=Secrets({"DATABENTO_API_KEY": simulator.key}, env_file=None),
            clock=self.now,
            times=replace(TIMES, first_wait=0.01, longest_wait=0.02),
        )
        provider.seconds = self._steady_seconds
        self.holdings = Holdings(*map(position, symbols))
        self.monitor = OrderFlowMonitor(
            config,
            position_manager=self.holdings,
            provider=provider,
            log_directory=None,
            clock=self.now,
        )
        self.told: list[MonitorEvent] = []
        self.driver: StreamDriver
        self._workers: CountedWorkers

    def now(self) -> datetime:
        """Return the present as the monitor's machine has it."""
        return self.market_now() + self.ahead

    def market_now(self) -> datetime:
        return MARKET_START + (self._hand() - MACHINE_START)

    @property
    def second(self) -> float:
        """Seconds of the market since its start."""
        return (self.market_now() - MARKET_START).total_seconds()

    def _steady_seconds(self) -> float:
        return (self._hand() - MACHINE_START).total_seconds()

    def _steady_ns(self) -> int:
        return round(self._steady_seconds() * NS_PER_SECOND)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watch, from the begin of the block to its end."""
        monitor = self.monitor
        self._began_ns = ns_from_utc(self.market_now())
        monitor._begin()
        monitor.judge.publisher.add_listener(self.told.append)
        self._workers = CountedWorkers()
        self.driver = StreamDriver(
            monitor.judge, monitor.provider, steady_ns=self._steady_ns, workers=self._workers
        )
        stop = threading.Event()
        task = asyncio.create_task(self.driver.run(stop, None))
        try:
            yield
        finally:
            stop.set()
            self.driver.wake()
            await task
            monitor.close()

    async def run(self, seconds: int, *, whole: bool = True) -> None:
        """Let seconds pass, each to its end: sent, read, judged, compared.

        Args:
            seconds: How many.
            whole: Wait each time until the stream brings what it was asked for, where it can.
        """
        for _ in range(seconds):
            self._hand.move(1)
            await self.settle(whole=whole)
            await self.driver._tick()
            await self.until(lambda: not self._workers.under_way)
            await self.settle(whole=whole)

    def skip(self, seconds: int) -> None:
        """Let seconds pass at once, as while the machine sleeps."""
        self._hand.move(seconds)

    async def run_until(
        self, holds: Callable[[], object], most: int, *, whole: bool = True
    ) -> float:
        """Let seconds pass until something holds; return how many it took."""
        began = self.second
        while not holds():
            assert self.second - began < most, (self.second - began, self.sights())
            await self.run(1, whole=whole)
        return self.second - began

    async def settle(self, *, whole: bool) -> None:
        """Wait until everything that is due has been sent, read and judged."""
        stream = self.driver.stream
        assert isinstance(stream, DatabentoStream)
        if whole:
            await self.until(lambda: stream.problem is None and stream._replay_by is None)
        await self.until(self._is_made)
        # What is made in one turn of the gateway's loop is sent in the same.
        loop = self._simulator._loop
        assert loop is not None
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop))
        await self.until(self._is_read)
        for _ in range(5):
            await asyncio.sleep(0)
        await self.until(lambda: not len(self.driver.queue))

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds."""
        turns = asyncio.Event()
        async with asyncio.timeout(_CAUGHT_UP_SECONDS):
            while not holds():
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.002):
                        await turns.wait()

    def _is_made(self) -> bool:
        now_ns = ns_from_utc(self.market_now())
        for session in list(self.gateway._sessions):
            subscriber = session.subscriber
            if session._line.is_over or subscriber is None or subscriber._started_ns is None:
                continue
            delay_ns = session._faults.delay_ns()
            if (subscriber._delivery._done_ns or now_ns) < now_ns - delay_ns:
                return False
        return True

    def _is_read(self) -> bool:
        if self.gateway.unsent():
            return False
        stream = self.driver.stream
        assert isinstance(stream, DatabentoStream)
        if stream._writer is None:
            return True
        link = stream._writer.get_extra_info("socket")
        return link.fileno() < 0 or not select.select([link], [], [], 0)[0]

    # What is seen and told.

    def state(self, symbol: str = "ACME") -> tuple[str, str]:
        """Return what can be seen of a symbol: its state and the reason's word."""
        found = self.monitor.judge.sightings.sight(symbol, ns_from_utc(self.now()))
        return ("blind", "not watched") if found is None else (found.state, found.reason)

    def sights(self) -> dict[str, Any]:
        return {
            each.symbol: self.monitor.judge.sightings.sight(each.symbol, ns_from_utc(self.now()))
            for each in self.holdings.positions
        }

    def is_visible(self, symbol: str = "ACME") -> bool:
        return self.state(symbol)[0] == "visible"

    def alerts(self, symbol: str = "ACME") -> Sequence[OrderFlowAlert]:
        return [
            each for each in self.told if isinstance(each, OrderFlowAlert) and each.symbol == symbol
        ]

    def news(self, symbol: str = "ACME") -> list[tuple[str, str]]:
        """Return the kinds of what was told of a feed, with the first word of each reason."""
        return [
            (each.kind, each.reason.split()[0].rstrip(":") if each.reason else "")
            for each in self.told
            if isinstance(each, FeedEvent) and each.symbol == symbol
        ]

    def judged(self, symbol: str = "ACME") -> int:
        """Return how many prints of a symbol were judged."""
        judge = self.monitor.judge.judge_of(symbol)
        return 0 if judge is None else judge.trades

    def happened(self, symbol: str = "ACME") -> int:
        """Return how many prints of a symbol the venue had since the first session's replay."""
        now_ns = ns_from_utc(self.market_now())
        from_ns = self._began_ns - REPLAYED_AT_START_NS
        rows = venue_rows(self.gateway.market, [symbol], from_ns - NS_PER_SECOND, now_ns)
        return sum(
            isinstance(row, DepthRow) and row.change.action == "T" and row.event_ns >= from_ns
            for row in rows
        )

    def sessions(self) -> int:
        """Return how many connections the gateway has let in so far."""
        return len(self.gateway.log.of("auth_success"))


def on_bench(
    scenario: Callable[[DepthBench], Any],
    *symbols: str,
    faults: Sequence[Fault] = (),
    terms: GatewayTerms | None = None,
    begins_at: int = 0,
) -> None:
    """Play a scenario beside a market of its own.

    Args:
        scenario: Plays it, on an event loop.
        symbols: The held ones; ACME where none is named.
        faults: Set from the beginning.
        terms: What the gateway allows.
        begins_at: How many seconds after the market the watch begins.
    """

    async def play(bench: DepthBench) -> None:
        async with bench.running():
            await scenario(bench)

    with gateway_by_hand(terms, faults=faults) as (simulator, clock):
        clock.move(begins_at)
        bench = DepthBench(simulator, clock, *(symbols or ("ACME",)))
        asyncio.run(partial(play, bench)())
