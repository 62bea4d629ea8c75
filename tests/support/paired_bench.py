"""A monitor of two feeds of one simulated market, second by second, over real sockets."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from support.depth_bench import DepthBench, _Provider
from support.gateway_client import gateway_by_hand
from support.monitor_stubs import Holdings, position
from support.simulator_helpers import HandClock
from trading_bot.order_flow.capture.writer import CaptureWriter
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.feeds import DepthSight
from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import FeedEvent, FeedEventKind, MonitorEvent
from trading_bot.order_flow.providers.databento.stream import TIMES, DatabentoStream
from trading_bot.order_flow.providers.paired.provider import PairedProvider
from trading_bot.order_flow.providers.paired.stream import PairedStream
from trading_bot.order_flow.providers.polygon.client import PolygonClient
from trading_bot.order_flow.providers.polygon.provider import PolygonProvider
from trading_bot.order_flow.providers.polygon.stream import PolygonStream
from trading_bot.order_flow.providers.provider import StreamObserver
from trading_bot.order_flow.providers.reconnect import StreamTimes
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.gateway.gw_terms import NASDAQ_EXCHANGE, GatewayTerms
from trading_bot.simulator.market.market import SymbolMarket
from trading_bot.simulator.running import RunningSimulator
from trading_bot.simulator.stream.ws_feed import SLOT_NS


class _Tape(PolygonProvider):
    """Its stream waits by the bench's clock."""

    seconds: Callable[[], float]

    def open_stream(
        self, observer: StreamObserver, *, patience_seconds: float | None = None
    ) -> PolygonStream:
        stream = super().open_stream(observer, patience_seconds=patience_seconds)
        stream._seconds = self.seconds
        return stream


class PairedBench(DepthBench):
    """One monitor that takes prints and quotes over a WebSocket, and levels of the gateway.

    Attributes:
        config: Its settings.
    """

    def __init__(
        self,
        simulator: RunningSimulator,
        clock: HandClock,
        *symbols: str,
        record_to: Path | None = None,
        key: str = "",
    ) -> None:
        self._simulator, self._hand = simulator, clock
        self.ahead = timedelta(0)
        self.faults, self.gateway = simulator.faults, simulator.gateway
        self.config = config = OrderFlowConfig(
            thresholds="fixed",
            data_source="polygon+databento",
            polygon_api_key=simulator.key,
            base_url=simulator.base_url,
            depth_url=simulator.gateway.url,
            requests_per_second=99,
        )
        depth = _Provider(
            replace(config, data_source="databento", base_url=config.depth_url),
            secrets=Secrets({"DATABENTO_API_KEY": key or simulator.key}, env_file=None),
            clock=self.now,
            times=replace(TIMES, first_wait=0.01, longest_wait=0.02),
        )
        tape = _Tape(
            replace(config, data_source="polygon"),
            PolygonClient(config, clock=self.now),
            url=simulator.ws_url,
            times=StreamTimes(first_wait=0.01, longest_wait=0.02),
        )
        tape.seconds = depth.seconds = self._steady_seconds
        self._recorder: CaptureWriter | None = None
        if record_to is not None:
            self._recorder = CaptureWriter(record_to, config, clock=self.now)
        self.holdings = Holdings(*map(position, symbols))
        self.monitor = OrderFlowMonitor(
            config,
            position_manager=self.holdings,
            provider=PairedProvider(tape, depth, clock=self.now),
            log_directory=None,
            clock=self.now,
            record_to=self._recorder,
        )
        self.told: list[MonitorEvent] = []

    @property
    def paired(self) -> PairedStream:
        stream = self.driver.stream
        assert isinstance(stream, PairedStream)
        return stream

    @property
    def tape_stream(self) -> PolygonStream:
        stream = self.paired._tape
        assert isinstance(stream, PolygonStream)
        return stream

    @property
    def depth_stream(self) -> DatabentoStream:
        stream = self.paired._depth
        assert isinstance(stream, DatabentoStream)
        return stream

    async def settle(self, *, whole: bool) -> None:
        """Wait until everything that is due of both feeds has been sent, read and judged."""
        tape, depth = self.tape_stream, self.depth_stream
        if whole:
            await self.until(
                lambda: tape.problem is None and depth.problem is None and depth._replay_by is None
            )
        await self.until(lambda: self._is_made() and self._is_sent())
        loop = self._simulator._loop
        assert loop is not None
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop))
        await self.until(lambda: not self.gateway.unsent() and self._are_read())
        for _ in range(5):
            await asyncio.sleep(0)
        await self.until(lambda: not len(self.driver.queue))

    def _is_sent(self) -> bool:
        now_ns = ns_from_utc(self.market_now())
        stream = self._simulator.server.stream
        is_done = stream._done_ns >= now_ns - now_ns % SLOT_NS
        return is_done and not any(each.line.unsent() for each in stream._sessions)

    def _are_read(self) -> bool:
        links = []
        if self.depth_stream._writer is not None:
            links.append(self.depth_stream._writer.get_extra_info("socket"))
        transport: Any = getattr(self.tape_stream._connection, "_transport", None)
        if transport is not None:
            links.append(transport.underlying_transport.get_extra_info("socket"))
        open_ = [each for each in links if each is not None and each.fileno() >= 0]
        return not select.select(open_, [], [], 0)[0]

    def depth(self, symbol: str = "ACME") -> DepthSight:
        """Return what is said of a symbol's depth."""
        found = self.monitor.judge.sightings.depth(symbol)
        assert found is not None
        return found

    def sees_both(self, symbol: str = "ACME") -> bool:
        found = self.monitor.judge.sightings.depth(symbol)
        return self.is_visible(symbol) and found is not None and not found.lost

    def of_kind(self, *kinds: FeedEventKind) -> list[FeedEvent]:
        """Return what was told of feeds, of some kinds."""
        return [each for each in self.told if isinstance(each, FeedEvent) and each.kind in kinds]


def _make_lively(simulator: RunningSimulator) -> None:
    """Let ACME trade so much that two feeds can be compared by one venue's prints."""
    market = simulator.market
    quiet = market._symbols["ACME"].listing
    listing = replace(quiet, trades_per_second=20, quotes_per_second=8)
    market._symbols["ACME"] = SymbolMarket(listing, market.seed)


def on_paired_bench(
    scenario: Callable[[PairedBench], Any],
    *symbols: str,
    faults: Sequence[Fault] = (),
    seed: int | None = None,
    begins_at: int = 0,
    **more: Any,
) -> PairedBench:
    """Play a scenario beside a market of its own; return the bench after its end.

    Args:
        scenario: Plays it, on an event loop.
        symbols: The held ones; ACME where none is named.
        faults: Set from the beginning.
        seed: Of the market.
        begins_at: How many seconds after the market the watch begins.
        more: Further arguments of the bench.
    """

    async def play(bench: PairedBench) -> None:
        async with bench.running():
            await scenario(bench)
        if bench._recorder is not None:
            bench._recorder.close()

    terms = GatewayTerms(exchange=NASDAQ_EXCHANGE)
    settings: dict[str, Any] = {} if seed is None else {"seed": seed}
    with gateway_by_hand(terms, faults=faults, **settings) as (simulator, clock):
        _make_lively(simulator)
        clock.move(begins_at)
        bench = PairedBench(simulator, clock, *(symbols or ("ACME",)), **more)
        asyncio.run(partial(play, bench)())
    return bench
