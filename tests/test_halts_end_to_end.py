"""Halts, from the simulated market over real sockets to what is judged and said."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from support.history_at_once import CountedWorkers

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.feed import stream_driver
from trading_bot.order_flow.feed.stream_driver import StreamDriver
from trading_bot.order_flow.market.events import TradeEvent
from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.providers.polygon.client import PolygonClient
from trading_bot.order_flow.providers.polygon.provider import PolygonProvider
from trading_bot.order_flow.rules.symbol_judge import SymbolJudge
from trading_bot.order_flow.sight.live_symbol import LiveSymbol
from trading_bot.positions.fixed_position_manager import FixedPositionManager
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.positions import POSITIONS
from trading_bot.simulator.running import RunningSimulator
from trading_bot.simulator.settings import MARKET_START
from trading_bot.simulator.stream.ws_api import StreamTerms

pytestmark = pytest.mark.slow  # a market over sockets

START_NS = ns_from_utc(MARKET_START)
STEP_SECONDS = 0.5
"""Less than the silence of a second that makes a whole feed doubted, and all of it asked for."""


class HandClock:
    """A machine clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Run:
    """A monitor that streams from a simulated market, whose time passes while it is waited for."""

    def __init__(
        self,
        monitor: OrderFlowMonitor,
        loop: StreamDriver,
        simulator: RunningSimulator,
        clock: HandClock,
        history: CountedWorkers,
    ) -> None:
        self.monitor = monitor
        self.loop = loop
        self.simulator = simulator
        self._clock = clock
        self.history = history
        self.alerts: list[OrderFlowAlert] = []
        monitor.add_listener(self._hear)

    def _hear(self, event: MonitorEvent) -> None:
        if isinstance(event, OrderFlowAlert):
            self.alerts.append(event)

    async def until(self, holds: Callable[[], object], *, moves: bool = True) -> None:
        """Let market time pass until something holds, or stand; fails after a while."""
        never = asyncio.Event()
        async with asyncio.timeout(60):
            while not holds():
                if moves and self._has_heard():
                    self._clock.now += timedelta(seconds=STEP_SECONDS)
                try:
                    # An answer takes milliseconds: more of them a step would seem seconds.
                    async with asyncio.timeout(0.01):
                        await never.wait()
                except TimeoutError:
                    continue

    def _has_heard(self) -> bool:
        """Tell whether the stream keeps up: an event every few seconds, and no question open.

        A real request takes its time, in which a whole halt would pass by unseen.
        """
        if self.history.under_way:
            return False
        newest_ns = max(map(_newest_ns, self.loop.ingest.symbols.values()), default=0)
        behind_ns = ns_from_utc(self.monitor.clock()) - newest_ns
        return self.loop.stream.problem is None and behind_ns < 3 * NS_PER_SECOND

    async def ready(self) -> None:
        """Wait until every start is filled and a few seconds have passed."""
        begun_ns = ns_from_utc(self.monitor.clock())
        lives = self.loop.ingest.symbols
        await self.until(
            lambda: len(lives) == len(POSITIONS) and all(not live.gap for live in lives.values())
        )
        await self.until(lambda: lives["ACME"].trade_ns > begun_ns)

    def prints(self, symbol: str, first: float, last: float = 1e9) -> list[float]:
        """Return when the judged prints of a symbol happened, within a span."""
        return [at for name, at in JUDGED if name == symbol and first <= at < last]


def _newest_ns(live: LiveSymbol) -> int:
    waiting = () if live.gap is None else live.gap.waiting
    return max(live.trade_ns, live.quote_ns, *(each.sip_ns for each in waiting))


JUDGED: list[tuple[str, float]] = []
"""Symbol and market second of each print that was judged in a test."""


@pytest.fixture(autouse=True)
def _noted_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    JUDGED.clear()
    judging = SymbolJudge.trade

    def note(judge: SymbolJudge, event: TradeEvent) -> None:
        before = judge.trades
        judging(judge, event)
        if judge.trades > before:
            JUDGED.append((event[0], (event[1] - START_NS) / NS_PER_SECOND))

    monkeypatch.setattr(SymbolJudge, "trade", note)


@pytest.fixture(autouse=True)
def _quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_driver, "TICK_SECONDS", 0.002)


def streamed(
    test: Callable[[Run], Awaitable[None]], *, begins_at: float = 0.0, limit_bands: bool = False
) -> Run:
    """Stream a market that began so many seconds ago."""

    async def run(simulator: RunningSimulator, clock: HandClock) -> Run:
        config = OrderFlowConfig(
            thresholds="fixed",
            polygon_api_key=simulator.key,
            base_url=simulator.base_url,
            requests_per_second=50.0,
        )
        client = PolygonClient(config, clock=simulator.clock)
        monitor = OrderFlowMonitor(
            config,
            position_manager=FixedPositionManager(POSITIONS),
            provider=PolygonProvider(config, client, url=simulator.ws_url),
            log_directory=None,
            clock=simulator.clock,
        )
        monitor.judge.start_afresh()
        history = CountedWorkers()
        loop = StreamDriver(
            monitor.judge,
            monitor.provider,
            steady_ns=lambda: ns_from_utc(simulator.clock()),
            workers=history,
        )
        found = Run(monitor, loop, simulator, clock, history)
        stop = threading.Event()
        running = asyncio.create_task(loop.run(stop, None))
        try:
            await test(found)
        finally:
            stop.set()
            loop.wake()
            await running
            monitor.close()
            client.close()
        return found

    clock = HandClock()
    with RunningSimulator(
        clock=clock,
        started_at=clock.now - timedelta(seconds=begins_at),
        stream=StreamTerms(limit_bands=limit_bands),
        warm=True,
    ) as simulator:
        return asyncio.run(run(simulator, clock))


def reopened_at(run: Run, symbol: str) -> float:
    halt = run.loop.ingest.symbols[symbol].judge.halted_by
    assert halt is not None
    assert halt.reopened_ns is not None
    return (halt.reopened_ns - START_NS) / NS_PER_SECOND


def test_an_announced_halt_freezes_a_held_symbol_until_a_minute_after_it_reopened() -> None:
    # Given a plan with limit bands, and a halt of ACME, listed on Nasdaq, for 70 s
    fault = Fault("ws_halt", symbols=("ACME",), seconds=70)
    reopened: list[float] = []
    volumes: list[int] = []

    async def test(run: Run) -> None:
        state = run.monitor.judge.tape_monitor.state_of
        await run.ready()
        # When the bands tell of it
        run.simulator.faults.add(fault)
        judge = run.loop.ingest.symbols["ACME"].judge
        await run.until(lambda: judge.halted_by is not None)
        await run.until(lambda: run.monitor.visibility("ACME").reason.startswith("halted: "))
        volumes.append(state("ACME").reading().volume)
        await run.until(lambda: run.monitor.visibility("BOLT").state == "visible")
        await run.until(lambda: judge.halted_by is not None and judge.halted_by.reopened_ns)
        reopened.append(reopened_at(run, "ACME"))
        # Then nothing is judged until a minute after the reopening print
        await run.until(lambda: judge.halted_by is None)
        await run.until(lambda: run.prints("ACME", reopened[0]))
        volumes.append(state("ACME").reading().volume)
        await run.until(lambda: run.monitor.visibility("ACME").state == "visible")

    run = streamed(test, limit_bands=True)
    assert run.monitor.dropped()["halts"] == 1
    assert run.monitor.dropped()["halted"] > 0
    first = run.prints("ACME", reopened[0])[0]
    assert 60 <= first - reopened[0] < 75
    # And the minute before the halt is the minute before that print
    assert volumes[1] > volumes[0] / 2 > 0


@pytest.mark.parametrize("halts", [False, True], ids=["trading", "halted"])
def test_a_halt_that_only_its_reopening_print_tells_of_drops_resting_orders(halts: bool) -> None:
    # Given CLIF, listed on NYSE, whose large bid comes back at 780 s, and maybe a halt up to 775 s

    async def test(run: Run) -> None:
        await run.ready()
        if halts:
            # When it reopens
            left = 775 - (run.monitor.clock() - MARKET_START).total_seconds()
            run.simulator.faults.add(Fault("ws_halt", symbols=("CLIF",), seconds=left))
            judge = run.loop.ingest.symbols["CLIF"].judge
            await run.until(lambda: judge.halted_by is not None)
            await run.until(lambda: judge.halted_by is None)
        # Or trades on
        await run.until(lambda: run.prints("CLIF", 850))

    run = streamed(test, begins_at=650)
    back = [
        each.source
        for each in run.alerts
        if each.symbol == "CLIF"
        and each.source != "bid_attacked"
        and 775 < (each.timestamp_utc - MARKET_START).total_seconds() < 835
    ]
    # Then the bid is told of where it trades, and dropped within the minute after the reopening
    assert back == ([] if halts else ["resting_bid"])
    assert bool(run.prints("CLIF", 776, 830)) is not halts
    assert run.monitor.dropped().get("halts", 0) == halts
