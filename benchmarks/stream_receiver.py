"""One receiver of the benchmark's tape, in a fresh process: this package, or the official client.

Prints one JSON object: seconds from the first frame that is timed to the last event judged, of wall
and of this process's processor; latencies of alerts; memory over the bare interpreter.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import threading
import time
from collections import Counter, deque
from decimal import Decimal
from typing import Any, ClassVar, cast

from machine import resident_mb
from stream_tape import (
    HISTORY_SECONDS,
    HISTORY_STEP_SECONDS,
    QUESTIONS_PER_SECOND,
    SPAN_MS,
    START_MS,
    WARM_FRAMES,
    shares_per_second,
    symbol_names,
)

BARE_MB = resident_mb()

from trading_bot.order_flow.clock import OffsetClock, utc_now  # noqa: E402 - memory was read before
from trading_bot.order_flow.config import OrderFlowConfig  # noqa: E402
from trading_bot.order_flow.data_models import OrderFlowAlert  # noqa: E402
from trading_bot.order_flow.errors import DataSourceError  # noqa: E402
from trading_bot.order_flow.feed.frame_queue import Frame, FrameQueue  # noqa: E402
from trading_bot.order_flow.market.events import TradeEvent  # noqa: E402
from trading_bot.order_flow.market.newest import NewestKnown  # noqa: E402
from trading_bot.order_flow.market.units import (  # noqa: E402
    NS_PER_MS,
    UNITS_PER_SHARE,
    utc_from_ns,
)
from trading_bot.order_flow.monitor import OrderFlowMonitor  # noqa: E402
from trading_bot.order_flow.notices import MonitorEvent  # noqa: E402
from trading_bot.order_flow.position import Position  # noqa: E402
from trading_bot.order_flow.providers.polygon.provider import PolygonProvider  # noqa: E402
from trading_bot.order_flow.providers.provider import FetchedTape, History  # noqa: E402
from trading_bot.positions.fixed_position_manager import FixedPositionManager  # noqa: E402

HISTORY_NS = (START_MS - HISTORY_SECONDS * 1_000) * NS_PER_MS
UNBOUNDED_BYTES = 10**9  # every message is judged, however fast they come
END_NS = (START_MS + SPAN_MS) * NS_PER_MS


class KnownTape:
    """A REST client that knows an even tape of six minutes before the streamed one, and no more.

    It answers once for each symbol. An answer that lacked what was streamed would be compared with
    it, and the channel doubted: work of which no honest feed makes any.
    """

    def __init__(self, symbols: list[str], events: int) -> None:
        self.counters: Counter[str] = Counter()
        self._shares = shares_per_second(symbols, events)
        self._answered: set[str] = set()

    def fetch_tape(
        self, symbol: str, _trades_from_ns: int, _quotes_from_ns: int | None
    ) -> FetchedTape:
        """Return one print every few seconds.

        Raises:
            DataSourceError: This symbol was asked for before.
        """
        if symbol in self._answered:
            raise DataSourceError("it knows nothing more", code="timeout")
        self._answered.add(symbol)
        size = max(1, round(self._shares[symbol] * HISTORY_STEP_SECONDS)) * UNITS_PER_SHARE
        at = range(-HISTORY_SECONDS * 1_000, 0, HISTORY_STEP_SECONDS * 1_000)
        prints = [TradeEvent(symbol, (START_MS + ms) * NS_PER_MS, 50_010_000, size) for ms in at]
        return FetchedTape(prints, ())

    def fetch_newest(self, *_: object) -> dict[str, NewestKnown]:
        """Return nothing."""
        return {}

    def get_snapshots(self, *_: object) -> dict[str, Any]:
        """Return nothing."""
        return {}

    def connectivity(self) -> str:
        """Say that all is well."""
        return "ok"


class TimedQueue(FrameQueue):
    """A queue that knows when the frame that is judged has arrived."""

    __slots__ = ()
    arrived: ClassVar[deque[int]] = deque()
    judged: ClassVar[deque[int]] = deque(maxlen=1)

    def take(self) -> Frame:
        """Return the oldest frame."""
        frame = super().take()
        if frame.payload is not None and self.arrived:
            self.judged.append(self.arrived.popleft())
        return frame


class Stopwatch:
    """From the first frame that is timed to the end."""

    def __init__(self) -> None:
        self._began = self._began_cpu = 0.0
        self.figures: dict[str, Any] = {}

    def begin(self) -> None:
        """Start."""
        self._began, self._began_cpu = time.perf_counter(), time.process_time()

    def end(self) -> None:
        """Stop."""
        self.figures["wall_seconds"] = time.perf_counter() - self._began
        self.figures["cpu_seconds"] = time.process_time() - self._began_cpu


def watching(symbols: list[str], events: int, directory: str, port: int = 0) -> OrderFlowMonitor:
    """Make a monitor that holds every symbol; it streams from a port of this machine."""
    config = OrderFlowConfig(
        polygon_api_key="benchmark",
        # The large orders of the script are large whatever came before them.
        thresholds="fixed",
        freshness_warn_seconds=300,
        freshness_limit_seconds=600,
        blind_after_seconds=600,
        requests_per_second=QUESTIONS_PER_SECOND,
    )
    held = FixedPositionManager([Position(name, Decimal(100), Decimal(50)) for name in symbols])
    return OrderFlowMonitor(
        config,
        position_manager=held,
        provider=PolygonProvider(
            config, cast(History, KnownTape(symbols, events)), url=f"ws://127.0.0.1:{port}/stocks"
        ),
        log_directory=directory,
        # A little ahead of the tape: stamps ahead of the clock would be a wrong clock.
        clock=OffsetClock(utc_from_ns(END_NS) - utc_now()),
    )


def start(monitor: OrderFlowMonitor, symbol: str) -> None:
    """Watch a symbol with its history, as a stream does by REST."""
    way_in = monitor.judge.watch(
        symbol, from_ns=HISTORY_NS, now_ns=START_MS * NS_PER_MS, by_exchange_time=True
    )
    for each in monitor.client.fetch_tape(symbol, 0, 0).trades:
        way_in.trade(each)


async def receive_ours(
    monitor: OrderFlowMonitor, watch: Stopwatch, queue_bytes: int | None
) -> None:
    """Stream with this package."""
    from trading_bot.order_flow.feed.stream_driver import StreamDriver

    monitor.judge.start_afresh()
    loop = StreamDriver(monitor.judge, monitor.provider, queue_bytes=queue_bytes)
    stop = threading.Event()
    latencies: list[float] = []
    take_frame, cut = loop.on_frame, loop.cut

    def timed_frame(payload: bytes, link: int) -> bool:
        TimedQueue.arrived.append(time.perf_counter_ns())
        return take_frame(payload, link)

    def take_alert(event: MonitorEvent) -> None:
        # Listeners are told as soon as the line is written.
        if TimedQueue.judged and isinstance(event, OrderFlowAlert):
            latencies.append((time.perf_counter_ns() - TimedQueue.judged[-1]) / 1e3)

    warm = iter(range(WARM_FRAMES))

    def first_frame(payload: bytes, link: int) -> bool:
        if b'"status"' in payload[:20] or next(warm, None) is not None:
            return take_frame(payload, link)
        watch.begin()
        if watch.figures.pop("latency"):
            loop.on_frame = timed_frame  # type: ignore[method-assign]
            loop.queue.__class__ = TimedQueue
            monitor.judge.publisher.add_listener(take_alert)
            return timed_frame(payload, link)
        loop.on_frame = take_frame  # type: ignore[method-assign]
        return take_frame(payload, link)

    def finish() -> None:
        watch.end()
        cut()
        stop.set()
        loop.wake()

    loop.on_frame, loop.cut = first_frame, finish  # type: ignore[method-assign]
    await loop.run(stop, 300.0)
    watch.figures["latencies_us"] = latencies
    watch.figures["counts"] = dict(monitor.judge.stream_counts)


def receive_official(monitor: OrderFlowMonitor, port: int, watch: Stopwatch) -> None:
    """Receive with the official client, its models given to the same judge."""
    from massive import WebSocketClient  # type: ignore[import-untyped] # it ships no types
    from massive.websocket.models import EquityQuote, EquityTrade  # type: ignore[import-untyped]

    client = WebSocketClient(
        api_key="benchmark",
        feed=f"127.0.0.1:{port}",
        market="stocks",
        secure=False,
        subscriptions=["T.*", "Q.*"],
    )
    judge = monitor.judge

    def take(messages: list[Any]) -> None:
        for each in messages:
            at_ns = each.timestamp * NS_PER_MS
            if isinstance(each, EquityQuote):
                judge.quote(
                    each.symbol,
                    at_ns,
                    int(each.bid_price * 1e6 + 0.5),
                    each.bid_size * UNITS_PER_SHARE,
                    int(each.ask_price * 1e6 + 0.5),
                    each.ask_size * UNITS_PER_SHARE,
                    received_ns=at_ns,
                )
            elif isinstance(each, EquityTrade):
                judge.trade(
                    TradeEvent(
                        each.symbol,
                        at_ns,
                        int(each.price * 1e6 + 0.5),
                        each.size * UNITS_PER_SHARE,
                        participant_ns=at_ns,
                        conditions=tuple(each.conditions or ()),
                        exchange=each.exchange,
                        received_ns=at_ns,
                    )
                )

    warm = iter(range(WARM_FRAMES))

    def first(messages: list[Any]) -> None:
        if next(warm, None) is None:
            watch.begin()
            handlers[0] = take
        take(messages)

    handlers = [first]
    for symbol in monitor.judge.detector.monitored_symbols():
        start(monitor, symbol)

    def handle(messages: list[Any]) -> None:
        handlers[0](messages)

    client.run(handle)
    watch.end()


def main() -> None:
    """Receive, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--symbols", type=int, default=1_000)
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--official", action="store_true")
    parser.add_argument("--latency", action="store_true")
    arguments = parser.parse_args()
    watch = Stopwatch()
    with tempfile.TemporaryDirectory() as directory:
        monitor = watching(
            symbol_names(arguments.symbols), arguments.events, directory, arguments.port
        )
        if arguments.official:
            receive_official(monitor, arguments.port, watch)
        else:
            watch.figures["latency"] = arguments.latency
            bound = None if arguments.latency else UNBOUNDED_BYTES
            asyncio.run(receive_ours(monitor, watch, bound))
        watch.figures["added_memory_mb"] = resident_mb() - BARE_MB
        watch.figures["published"] = dict(monitor.judge.publisher.counts)
        judges = [monitor.judge.judge_of(symbol) for symbol in monitor.symbols]
        watch.figures["judged"] = sum(each.trades + each.quotes for each in judges if each)
        monitor.close()
    print(json.dumps(watch.figures))


if __name__ == "__main__":
    main()
