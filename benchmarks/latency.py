"""How long from a polled answer's bytes to the alert's line, and what it costs in memory.

    python benchmarks/latency.py                   the table: 20 symbols, a simulated day
    python benchmarks/latency.py --seconds 60      one simulated minute
    python benchmarks/latency.py --json            for scripts

Everything runs in this process without a network: JSON pages of the documented shape go through the
client's page reader, the judges, the exit rule and the record on disk, as in `monitor`. A sample is
taken from every answer that led to a line. The pages are made ahead of each measured step.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from machine import machine_name, percentile, resident_mb

BARE_MB = resident_mb()

from trading_bot.order_flow.config import OrderFlowConfig  # noqa: E402 - memory was read before
from trading_bot.order_flow.feed.poll_driver import PollDriver  # noqa: E402
from trading_bot.order_flow.feed.poll_feed import Part, TapeAnswer  # noqa: E402
from trading_bot.order_flow.market.units import utc_from_ns  # noqa: E402
from trading_bot.order_flow.monitor import OrderFlowMonitor  # noqa: E402
from trading_bot.order_flow.position import Position  # noqa: E402
from trading_bot.order_flow.providers.polygon.rest_wire import quotes_page, trades_page  # noqa: E402
from trading_bot.positions.fixed_position_manager import FixedPositionManager  # noqa: E402

OPEN_NS = 1_773_149_400_000_000_000  # 2026-03-10 09:30 New York
SECOND_NS = 1_000_000_000
DAY_SECONDS = 23_400
POLL_SECONDS = 5
LARGE_ORDER_EVERY_POLLS = 40


@dataclass(frozen=True)
class Result:
    """One run's figures; latencies in milliseconds, memory in MB over the bare interpreter."""

    alerts: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    trades_per_second: float
    added_memory_mb: float


def pages(start_ns: int, dice: random.Random, poll: int) -> tuple[bytes, bytes, int]:
    """Make one poll's pages of trades and quotes as JSON, and count the trades."""
    trades, quotes = [], []
    cents = 5_000 + dice.randrange(-50, 50)
    for step in range(POLL_SECONDS * 2):
        at = start_ns + step * SECOND_NS // 2
        cents += dice.choice((-1, 0, 0, 1))
        quotes.append(
            f'{{"ask_price":{cents / 100 + 0.01:.2f},"ask_size":300,"bid_price":{cents / 100:.2f},'
            f'"bid_size":200,"participant_timestamp":{at},"sequence_number":{at // 1000},'
            f'"sip_timestamp":{at + 200_000}}}'
        )
        trades.append(trade(at + 50_000_000, cents + dice.choice((0, 1)), dice.randrange(1, 400)))
    if poll % LARGE_ORDER_EVERY_POLLS == dice.randrange(LARGE_ORDER_EVERY_POLLS):
        at += 90_000_000
        trades += [trade(at, cents, 2_500) for _ in range(4)]
    body = '{{"status":"OK","results":[{}]}}'
    made = body.format(",".join(trades)), body.format(",".join(quotes))
    return made[0].encode(), made[1].encode(), len(trades)


def trade(at_ns: int, cents: int, size: int) -> str:
    """Make one row of `/v3/trades`."""
    number = at_ns // 1000
    return (
        f'{{"exchange":11,"id":"{number}-{size}","participant_timestamp":{at_ns},'
        f'"price":{cents / 100:.2f},"sequence_number":{number},"sip_timestamp":{at_ns + 200_000},'
        f'"size":{size},"decimal_size":"{size}.0","tape":3}}'
    )


def run(symbols: int, seconds: int, directory: str) -> Result:
    """Play a simulated span through the polled path."""
    names = [f"S{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(symbols)]
    held = [Position(name, Decimal(100), Decimal(50)) for name in names]
    # What the script sells is large whatever came before it.
    config = OrderFlowConfig(thresholds="fixed")
    monitor = OrderFlowMonitor(
        config,
        position_manager=FixedPositionManager(held),
        log_directory=directory,
        clock=lambda: utc_from_ns(OPEN_NS),
    )
    loop = PollDriver(monitor.judge, monitor.provider)
    loop._follow_positions()  # noqa: SLF001 - nobody runs it here
    samples: list[float] = []
    judged = spent = 0
    for symbol, start_ns, poll in schedule(names, seconds):
        trades, quotes, count = pages(start_ns, random.Random(f"{symbol}{poll}"), poll)
        published = monitor.judge.publisher.counts.total()
        began = time.perf_counter_ns()
        refused: Counter[str] = Counter()
        at_ns = start_ns + POLL_SECONDS * SECOND_NS
        answer = TapeAnswer(
            symbol,
            at_ns,
            trades_page(trades, symbol, at_ns, refused).events,
            quotes_page(quotes, symbol, at_ns, refused, "shares").events,
            asked_ns=at_ns,
            of_trades=Part(start_ns),
            of_quotes=Part(start_ns),
        )
        loop.take(answer)
        took = time.perf_counter_ns() - began
        judged, spent = judged + count, spent + took
        if monitor.judge.publisher.counts.total() > published:
            samples.append(took / 1e6)
    loop._feed.close()  # noqa: SLF001 - see above
    monitor.close()
    return Result(
        alerts=monitor.judge.publisher.counts.total(),
        p50_ms=percentile(samples, 0.50),
        p95_ms=percentile(samples, 0.95),
        p99_ms=percentile(samples, 0.99),
        trades_per_second=judged * 1e9 / spent,
        added_memory_mb=resident_mb() - BARE_MB,
    )


def schedule(names: list[str], seconds: int) -> Iterator[tuple[str, int, int]]:
    """Yield symbol, start and number of every poll in time order."""
    for poll in range(max(1, seconds // POLL_SECONDS)):
        for name in names:
            yield name, OPEN_NS + poll * POLL_SECONDS * SECOND_NS, poll


def main() -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--symbols", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=DAY_SECONDS, help="simulated seconds")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    gc.collect()
    with tempfile.TemporaryDirectory() as directory:
        result = run(arguments.symbols, arguments.seconds, directory)
    figures = {name: round(getattr(result, name), 3) for name in Result.__dataclass_fields__}
    if arguments.json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    print(machine_name())
    print(f"{arguments.symbols} symbols, {arguments.seconds} simulated seconds")
    for name, value in figures.items():
        print(f"  {name:<20}{value:>14,}")


if __name__ == "__main__":
    main()
