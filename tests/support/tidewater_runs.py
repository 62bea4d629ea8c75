"""A monitor beside a Tidewater server, and a morning to play to it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import partial
from typing import Any, Literal, cast

from support.history_at_once import CountedWorkers
from support.monitor_stubs import ASK, BID, START, HandClock, Holdings, at, position, steady_of
from support.tidewater.provider import TidewaterProvider
from support.tidewater.server import TOKEN, USER, TidewaterServer, tidewater_server
from support.tidewater.stream import TidewaterStream
from support.tidewater.wire import Cancel, LevelChange, MarketRecord, Pause, Print, WholeBook
from trading_bot.order_flow.capture.writer import CaptureWriter
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.feed.stream_driver import StreamDriver
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.providers.reconnect import StreamTimes
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.order_flow.sight.live_symbol import LiveSymbol

QUICK = StreamTimes(
    ping_after=60.0, dead_after=60.0, first_wait=0.001, longest_wait=0.002, settled_after=60.0
)
LIVE_FROM, ENDS = 370, 460
"""Seconds of the morning; what lies before is history when a run begins."""
CENT = 10_000
Shares = int | str


def secrets(user: str = USER, token: str = TOKEN) -> Secrets:
    """Return both secrets, from nowhere else."""
    return Secrets({"TIDEWATER_USER": user, "TIDEWATER_TOKEN": token}, env_file=None)


def settings(server: TidewaterServer, **changes: Any) -> OrderFlowConfig:
    fields: dict[str, Any] = {"poll_interval_seconds": 0.1, "requests_per_second": 90.0}
    return OrderFlowConfig(
        thresholds="fixed",
        bid_attack_executions=0,
        **({"data_source": "tidewater", "base_url": server.url} | fields | changes),
    )


class Numbers:
    """Makes the records of one symbol, numbered as the venue does: prints, and books."""

    def __init__(self, symbol: str = "ACME") -> None:
        self._symbol = symbol
        self._prints = self._books = 0

    def sale(
        self,
        at_ns: int,
        shares: Shares = 12_000,
        *,
        price_ticks: int = BID,
        side: Literal["A", "B", "N"] = "A",
        words: Sequence[str] = ("regular",),
    ) -> Print:
        self._prints += 1
        size = _units(shares)
        return Print(self._symbol, at_ns, self._prints, price_ticks, size, side, tuple(words))

    def book(
        self, at_ns: int, bids: Iterable[tuple[int, Shares]], asks: Iterable[tuple[int, Shares]]
    ) -> WholeBook:
        self._books += 1
        sides = (tuple((price, _units(size)) for price, size in side) for side in (bids, asks))
        return WholeBook(self._symbol, at_ns, self._books, *sides)

    def bid(self, at_ns: int, shares: Shares, price_ticks: int = BID) -> LevelChange:
        self._books += 1
        return LevelChange(self._symbol, at_ns, self._books, True, price_ticks, _units(shares))

    def cancel(self, at_ns: int, print_: Print) -> Cancel:
        return Cancel(self._symbol, at_ns, print_.number)

    def pause(self, at_ns: int, *, halted: bool = True) -> Pause:
        return Pause(self._symbol, at_ns, halted)


def opening_book(numbers: Numbers, at_ns: int) -> WholeBook:
    bids = [(BID - n * CENT, 500) for n in range(3)]
    return numbers.book(at_ns, bids, [(ASK + n * CENT, 500) for n in range(3)])


def quiet_second(numbers: Numbers, second: int) -> list[MarketRecord]:
    """One change at the bid and one print, at the bid and at the ask in turn; odd nanoseconds."""
    is_sale = second % 2 == 1
    return [
        numbers.bid(at(second) + 250_000_017, 400 if is_sale else 500),
        numbers.sale(
            at(second) + 500_000_023,
            200,
            price_ticks=BID if is_sale else ASK,
            side="A" if is_sale else "B",
        ),
    ]


def history(numbers: Numbers) -> list[MarketRecord]:
    """What has happened when a run begins: six quiet minutes."""
    records: list[MarketRecord] = [opening_book(numbers, at(0) + 1)]
    for second in range(LIVE_FROM):
        records += quiet_second(numbers, second)
    return records


def morning() -> list[MarketRecord]:
    """A large seller, a large bid on the third level, and a burst of sellers."""
    numbers = Numbers()
    records = history(numbers)
    for second in range(LIVE_FROM, ENDS):
        records += quiet_second(numbers, second)
        if second == 380:
            records.append(numbers.sale(at(second) + 700_123_457))
        if second == 385:
            records.append(numbers.bid(at(second) + 800_000_001, 50_000, BID - 2 * CENT))
        if 430 <= second < 450:
            records += [
                numbers.sale(at(second) + 600_000_000 + n * 90_000_007, 1_000) for n in range(4)
            ]
    return records


def seconds_of(tape: Sequence[MarketRecord]) -> list[list[MarketRecord]]:
    """Divide what is live by seconds."""
    return [
        [each for each in tape if at(second) < each.at_ns <= at(second + 1)]
        for second in range(LIVE_FROM, ENDS)
    ]


class Run:
    """A streaming monitor beside a server, at the end of the history.

    Time stands still, but for a test that waits while a symbol is not visible: then it passes by
    quarters of a second, whenever no answer is awaited.
    """

    def __init__(
        self, server: TidewaterServer, monitor: OrderFlowMonitor, clock: HandClock
    ) -> None:
        self.server = server
        self.monitor = monitor
        self.clock = clock
        self.history = CountedWorkers()
        self.driver = StreamDriver(
            monitor.judge, monitor.provider, steady_ns=steady_of(clock), workers=self.history
        )
        self.told: list[MonitorEvent] = []
        monitor.judge.publisher.add_listener(self.told.append)

    @property
    def stream(self) -> TidewaterStream:
        """The connection, with all that the provider's own has."""
        return cast(TidewaterStream, self.driver.stream)

    @property
    def alerts(self) -> list[OrderFlowAlert]:
        return [each for each in self.told if isinstance(each, OrderFlowAlert)]

    @property
    def dropped(self) -> dict[str, int]:
        judge = self.monitor.judge.judge_of("ACME")
        return {} if judge is None else judge.left_out()

    def judged(self) -> int:
        return judged(self.monitor)

    @property
    def has_gap(self) -> bool:
        return any(live.gap is not None for live in self.driver.ingest.symbols.values())

    @property
    def sees_all(self) -> bool:
        monitor = self.monitor
        return all(monitor.visibility(each).state == "visible" for each in monitor.symbols)

    async def subscribed(self, connections: int = 1) -> None:
        """Wait until all is subscribed, and no answer is awaited."""
        await self.server.until(
            lambda: (
                self.stream.link == connections
                and self.stream.problem is None
                and bool(self.driver.ingest.symbols)
                and not self.history.under_way
            )
        )

    async def ready(self, connections: int = 1) -> None:
        """Wait until all is subscribed, nothing waits behind a gap, and no answer is awaited."""
        await self.subscribed(connections)
        await self.until(lambda: not self.has_gap and not self.history.under_way)

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds, and let time pass while anything cannot be seen."""
        async with asyncio.timeout(5.0):
            while not holds():
                if not self.sees_all and not self.history.under_way:
                    self.clock.move(0.25)
                await self.driver._tick()
                await asyncio.sleep(0.002)

    async def pass_time(self, seconds: float) -> None:
        """Let time pass by quarters of a second, each once all answers have come."""
        for _ in range(round(seconds * 4)):
            self.clock.move(0.25)
            await self.driver._tick()
            await self.server.until(lambda: not self.history.under_way)

    async def until_judged(self, count: int) -> None:
        """Wait until so many more events are judged than now."""
        least = self.judged() + count
        await self.until(lambda: self.judged() >= least)

    async def play(self, seconds: Iterable[Sequence[MarketRecord]]) -> None:
        """Let things happen second by second, each after the one before was judged."""
        for records in seconds:
            self.clock.move(1)
            self.server.happen(*records)
            await self.server.until(partial(self._have_come, records))
            await self.driver._tick()
            await self.server.until(lambda: not self.history.under_way)

    def _have_come(self, records: Sequence[MarketRecord]) -> bool:
        """Return whether the last of some records was judged, or waits behind a gap."""
        lives = self.driver.ingest.symbols
        return all(each.at_ns <= _newest_ns(lives[each.symbol]) for each in records)


def _newest_ns(live: LiveSymbol) -> int:
    waiting = () if live.gap is None else live.gap.waiting
    return max(live.trade_ns, live.quote_ns, *(each.sip_ns for each in waiting))


def judged(monitor: OrderFlowMonitor) -> int:
    """Return how many events were judged."""
    return sum(each.trades + each.quotes for each in monitor.judge.judges.values())


def monitor_of(
    server: TidewaterServer,
    clock: HandClock,
    *,
    given: Secrets | None = None,
    times: StreamTimes = QUICK,
    holdings: Holdings | None = None,
    config: OrderFlowConfig | None = None,
    **more: Any,
) -> OrderFlowMonitor:
    """Return a monitor whose provider asks a server."""
    config = config or settings(server)
    provider = TidewaterProvider(config, secrets=given or secrets(), clock=clock, times=times)
    return OrderFlowMonitor(
        config,
        position_manager=holdings or Holdings(position()),
        provider=provider,
        clock=clock,
        **({"log_directory": None} | more),
    )


def live_clock() -> HandClock:
    """Return a clock that stands where the history ends."""
    clock = HandClock(START)
    clock.move(LIVE_FROM)
    return clock


@asynccontextmanager
async def running(
    server: TidewaterServer, monitor: OrderFlowMonitor, clock: HandClock
) -> AsyncIterator[Run]:
    """Stream while the block lasts."""
    monitor.judge.start_afresh()
    run = Run(server, monitor, clock)
    stop = threading.Event()
    task = asyncio.create_task(run.driver.run(stop, None))
    try:
        yield run
    finally:
        stop.set()
        run.driver.wake()
        await task
        monitor.close()


def streaming(
    test: Callable[[Run], Awaitable[Any]],
    tape: Iterable[MarketRecord],
    **given: Any,
) -> Run:
    """Stream beside a test, from the end of a history on; return the run."""

    async def beside() -> Run:
        clock = live_clock()
        async with tidewater_server(tape) as server:
            async with running(server, monitor_of(server, clock, **given), clock) as run:
                await run.ready()
                await test(run)
            return run

    return asyncio.run(beside())


def played(recorder: Callable[[OrderFlowConfig, HandClock], CaptureWriter] | None = None) -> Run:
    """Stream the whole morning; return the run."""
    tape = morning()
    seconds = seconds_of(tape)
    before = [each for each in tape if each.at_ns <= at(LIVE_FROM)]

    async def beside() -> Run:
        clock = live_clock()
        async with tidewater_server(before) as server:
            record_to = None if recorder is None else recorder(settings(server), clock)
            monitor = monitor_of(server, clock, record_to=record_to)
            async with running(server, monitor, clock) as run:
                await run.subscribed()
                await run.play(seconds)
            if record_to is not None:
                record_to.close()
            return run

    run = asyncio.run(beside())
    assert run.judged() == len(tape)
    return run


def refusal_of(**given: Any) -> tuple[DataSourceError, TidewaterServer]:
    """Stream with secrets that are not good; return what that ends with."""

    async def beside() -> tuple[DataSourceError, TidewaterServer]:
        async with tidewater_server() as server:
            monitor = monitor_of(server, live_clock(), **given)
            try:
                await monitor.run_async(5.0)
            except DataSourceError as error:
                return error, server
            raise AssertionError("it was not refused")

    return asyncio.run(beside())


def _units(shares: Shares) -> int:
    return int(Decimal(shares) * UNITS_PER_SHARE)
