"""One receiver of the depth benchmark's tape, in a fresh process: this package, or its peer.

The peer is the official client: all levels of its records are read, and given to the same judge.
Prints one JSON object: seconds from the first record that is timed to the last one judged, of wall
and of this process's processor; latencies of alerts; memory over the bare interpreter.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from machine import resident_mb

BARE_MB = resident_mb()

from depth_tape import (  # noqa: E402 - memory was read before
    DATASET,
    FIRST_INSTRUMENT,
    HISTORY_SECONDS,
    SPAN_NS,
    START_NS,
    WARM_RECORDS,
)
from stream_receiver import UNBOUNDED_BYTES, Stopwatch, TimedQueue  # noqa: E402
from stream_tape import symbol_names  # noqa: E402

from trading_bot.order_flow.clock import OffsetClock, utc_now  # noqa: E402
from trading_bot.order_flow.config import OrderFlowConfig  # noqa: E402
from trading_bot.order_flow.data_models import OrderFlowAlert  # noqa: E402
from trading_bot.order_flow.feed.stream_driver import StreamDriver  # noqa: E402
from trading_bot.order_flow.market.events import BookEvent, TradeEvent  # noqa: E402
from trading_bot.order_flow.market.units import UNITS_PER_SHARE  # noqa: E402
from trading_bot.order_flow.monitor import OrderFlowMonitor  # noqa: E402
from trading_bot.order_flow.notices import MonitorEvent  # noqa: E402
from trading_bot.order_flow.position import Position  # noqa: E402
from trading_bot.order_flow.providers.databento.layout import MARKET, MBP_10  # noqa: E402
from trading_bot.order_flow.providers.databento.provider import DatabentoProvider  # noqa: E402
from trading_bot.order_flow.providers.secrets import Secrets  # noqa: E402
from trading_bot.positions.fixed_position_manager import FixedPositionManager  # noqa: E402

KEY = "db-benchmarkbenchmarkbenchmark00"
NO_PRICE = (1 << 63) - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def watching(symbols: list[str], directory: str, port: int) -> OrderFlowMonitor:
    """Make a monitor that holds every symbol; it streams from a port of this machine."""
    config = OrderFlowConfig(
        data_source="databento",
        base_url=f"tcp://127.0.0.1:{port}",
        # The large orders of the script are large whatever came before them.
        thresholds="fixed",
        freshness_warn_seconds=300,
        freshness_limit_seconds=600,
        blind_after_seconds=600,
        # The sender packs nothing.
        compression="none",
    )
    # A little ahead of the tape: stamps ahead of the clock would be a wrong clock.
    ahead = datetime.fromtimestamp((START_NS + SPAN_NS) // 10**9, UTC) - utc_now()
    clock = OffsetClock(ahead)
    return OrderFlowMonitor(
        config,
        position_manager=FixedPositionManager(
            [Position(name, Decimal(100), Decimal(50)) for name in symbols]
        ),
        provider=DatabentoProvider(
            config, secrets=Secrets({"DATABENTO_API_KEY": KEY}), clock=clock
        ),
        log_directory=directory,
        clock=clock,
    )


def is_timed(payload: bytes, warm_until_ns: int) -> bool:
    """Return whether a message lies behind the records that come slowly at first."""
    return payload[1] == MBP_10 and MARKET.unpack_from(payload)[2] >= warm_until_ns


async def receive_ours(
    monitor: OrderFlowMonitor,
    watch: Stopwatch,
    *,
    warm_until_ns: int,
    queue_bytes: int | None,
    times_alerts: bool,
) -> None:
    """Stream with this package."""
    monitor.judge.start_afresh()
    driver = StreamDriver(monitor.judge, monitor.provider, queue_bytes=queue_bytes)
    stop = threading.Event()
    latencies: list[float] = []
    take_frame, cut = driver.on_frame, driver.cut

    def timed_frame(payload: bytes, link: int) -> bool:
        TimedQueue.arrived.append(time.perf_counter_ns())
        return take_frame(payload, link)

    def take_alert(event: MonitorEvent) -> None:
        # Listeners are told as soon as the line is written.
        if TimedQueue.judged and isinstance(event, OrderFlowAlert):
            latencies.append((time.perf_counter_ns() - TimedQueue.judged[-1]) / 1e3)

    def first_frame(payload: bytes, link: int) -> bool:
        if not is_timed(payload, warm_until_ns):
            return take_frame(payload, link)
        watch.begin()
        driver.on_frame = take_frame  # type: ignore[method-assign]
        if times_alerts:
            driver.on_frame = timed_frame  # type: ignore[method-assign]
            driver.queue.__class__ = TimedQueue
            monitor.judge.publisher.add_listener(take_alert)
        return driver.on_frame(payload, link)

    def finish() -> None:
        watch.end()
        cut()
        stop.set()
        driver.wake()

    driver.on_frame, driver.cut = first_frame, finish  # type: ignore[method-assign]
    await driver.run(stop, 300.0)
    watch.figures["latencies_us"] = latencies
    watch.figures["counts"] = dict(monitor.judge.stream_counts)


def official_taker(
    monitor: OrderFlowMonitor, symbols: list[str], watch: Stopwatch, warm_until_ns: int
) -> Callable[[Any], None]:
    """Return what gives the official client's records, with every level, to the judge."""
    from databento_dbn import Action, MBP10Msg, Side, TradeMsg

    judge = monitor.judge
    names = {FIRST_INSTRUMENT + place: symbol for place, symbol in enumerate(symbols)}
    trade, seller, none = Action.TRADE, Side.ASK, Side.NONE
    has_begun = False

    def print_of(record: Any, symbol: str) -> TradeEvent:
        side = record.side
        return TradeEvent(
            symbol,
            record.ts_event,
            record.price // 1_000,
            record.size * UNITS_PER_SHARE,
            sequence=record.sequence,
            stated_side=None if side == none else "sell" if side == seller else "buy",
            received_ns=record.ts_event,
        )

    def take(record: Any) -> None:
        nonlocal has_begun
        if isinstance(record, MBP10Msg):
            at_ns = record.ts_event
            if not has_begun and at_ns >= warm_until_ns:
                has_begun = True
                watch.begin()
            symbol = names[record.instrument_id]
            if record.action == trade:
                judge.trade(print_of(record, symbol))
                return
            bids, asks = [], []
            for level in record.levels:
                if level.bid_px != NO_PRICE:
                    bids.append((level.bid_px // 1_000, level.bid_sz * UNITS_PER_SHARE))
                if level.ask_px != NO_PRICE:
                    asks.append((level.ask_px // 1_000, level.ask_sz * UNITS_PER_SHARE))
            judge.book(
                BookEvent(symbol, at_ns, tuple(bids), tuple(asks), None, record.sequence, at_ns)
            )
        elif isinstance(record, TradeMsg):
            judge.trade(print_of(record, names[record.instrument_id]))

    return take


def receive_official(
    monitor: OrderFlowMonitor, symbols: list[str], port: int, watch: Stopwatch, warm_until_ns: int
) -> None:
    """Receive with the official client."""
    from databento import Live  # type: ignore[import-not-found,unused-ignore]

    for symbol in symbols:
        monitor.judge.watch(
            symbol,
            from_ns=START_NS - HISTORY_SECONDS * 10**9,
            now_ns=START_NS,
            by_exchange_time=True,
        )
    client = Live(key=KEY, gateway="127.0.0.1", port=port)
    client.subscribe(dataset=DATASET, schema="mbp-10", symbols=symbols)
    client.add_callback(official_taker(monitor, symbols, watch, warm_until_ns))
    client.start()
    client.block_for_close()
    watch.end()


def main() -> None:
    """Receive, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--symbols", type=int, default=50)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--official", action="store_true")
    parser.add_argument("--latency", action="store_true")
    arguments = parser.parse_args()
    symbols = symbol_names(arguments.symbols)
    warm_until_ns = START_NS + SPAN_NS * WARM_RECORDS // arguments.records
    watch = Stopwatch()
    with tempfile.TemporaryDirectory() as directory:
        monitor = watching(symbols, directory, arguments.port)
        if arguments.official:
            receive_official(monitor, symbols, arguments.port, watch, warm_until_ns)
        else:
            asyncio.run(
                receive_ours(
                    monitor,
                    watch,
                    warm_until_ns=warm_until_ns,
                    queue_bytes=None if arguments.latency else UNBOUNDED_BYTES,
                    times_alerts=arguments.latency,
                )
            )
        watch.figures["added_memory_mb"] = resident_mb() - BARE_MB
        watch.figures["published"] = dict(monitor.judge.publisher.counts)
        judges = [monitor.judge.judge_of(symbol) for symbol in symbols]
        watch.figures["judged"] = sum(each.trades + each.quotes for each in judges if each)
        monitor.close()
    print(json.dumps(watch.figures))


if __name__ == "__main__":
    main()
