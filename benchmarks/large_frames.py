"""How long one frame of 16 MB, or one page of 50,000 rows, stops everything else.

    python benchmarks/large_frames.py              the table: usual messages, and hostile ones
    python benchmarks/large_frames.py --json       for scripts

Everything runs in this process without a network: the frame is put into the queue of a consumer
with the provider's decoder, whose events go to one judge a symbol. A task of the same event loop
that wishes to run every millisecond measures the longest stop of the loop, and a thread of the
same wish the longest stop of other threads. Prints of a symbol that the frame does not hold arrive
behind it, one after the other; the longest wait of one until it is judged is measured. A page is
read on a thread of its own, as by `monitor`. The core is the source's, not the compiled one. The
exit status is 1 where a stop or a wait is above 50 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Self

from machine import machine_name

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.feed.frame_consumer import FrameConsumer
from trading_bot.order_flow.feed.frame_queue import FrameQueue
from trading_bot.order_flow.market.events import BookEvent, HaltEvent, Print, Withdrawal
from trading_bot.order_flow.market.sink import MarketSink
from trading_bot.order_flow.market.trade_conditions import TradeConditions
from trading_bot.order_flow.providers.polygon.body import Body
from trading_bot.order_flow.providers.polygon.rest_wire import trades_page
from trading_bot.order_flow.providers.polygon.stream_decode import PolygonDecoder
from trading_bot.order_flow.providers.websocket import MAX_FRAME_BYTES
from trading_bot.order_flow.rules.large_seller import LargeSellerState
from trading_bot.order_flow.rules.red_burst import RedBurstState
from trading_bot.order_flow.rules.side.classifier import TradeSideClassifier
from trading_bot.order_flow.rules.symbol_judge import SymbolJudge

MOST_MS = 50.0
STEP_SECONDS = 0.001
START_MS = 1_773_149_400_000  # 2026-03-10 09:30 New York
SYMBOLS = ("ACME", "BOLT", "CORK", "DASH")
OTHER = "EDDY"
"""A symbol of which no large frame holds anything."""


@dataclass(frozen=True)
class Result:
    """One frame's or page's figures, milliseconds."""

    name: str
    megabytes: float
    events: int
    took_ms: float
    longest_stop_of_loop_ms: float
    longest_stop_of_threads_ms: float
    longest_wait_of_another_ms: float = 0.0


class Judges(MarketSink):
    """Gives each symbol's events to its judge."""

    def __init__(self) -> None:
        config = OrderFlowConfig()
        self.events = 0
        self.others = 0
        self._judges = {
            symbol: SymbolJudge(
                symbol,
                config,
                conditions=TradeConditions(),
                sellers=LargeSellerState(symbol, config),
                bursts=RedBurstState(symbol, config),
                sides=TradeSideClassifier(),
            )
            for symbol in (*SYMBOLS, OTHER)
        }

    def trade(self, event: Print) -> None:
        """Judge a print."""
        self.events += 1
        self.others += event[0] == OTHER
        self._judges[event[0]].trade(event)

    def quote(
        self,
        symbol: str,
        sip_ns: int,
        bid_ticks: int,
        bid_size: int,
        ask_ticks: int,
        ask_size: int,
        participant_ns: int | None = None,
        sequence: int = 0,
        received_ns: int | None = None,
    ) -> None:
        """Judge a quote."""
        self.events += 1
        self._judges[symbol].quote(
            symbol,
            sip_ns,
            bid_ticks,
            bid_size,
            ask_ticks,
            ask_size,
            participant_ns,
            sequence,
            received_ns,
        )

    def book(self, event: BookEvent) -> None:
        """Books are none of these frames."""

    def withdraw(self, event: Withdrawal) -> None:
        """Nothing is withdrawn by them."""

    def halt(self, event: HaltEvent) -> None:
        """Nothing is halted by them."""


class Stops:
    """Measures how late a thread, or a task of the loop, gets its turn."""

    def __init__(self) -> None:
        self.longest_ms = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.is_set():
            before = time.perf_counter()
            self._over.wait(STEP_SECONDS)
            self.note(before)

    def note(self, before: float) -> None:
        """Take the length of one turn."""
        late_ms = (time.perf_counter() - before - STEP_SECONDS) * 1_000
        self.longest_ms = max(self.longest_ms, late_ms)


def usual(number: int) -> bytes:
    """Write one message as the provider does: a print after every two quotes."""
    symbol, at_ms = SYMBOLS[number % len(SYMBOLS)], START_MS + number // 100
    if number % 3:
        return (
            b'{"ev":"Q","sym":"%b","bx":4,"bp":114.125,"bs":100,"ax":7,"ap":114.128,"as":160,"c":0,'
            b'"i":[604],"t":%d,"q":%d,"z":3}' % (symbol.encode(), at_ms, number)
        )
    return (
        b'{"ev":"T","sym":"%b","x":4,"i":"%d","z":3,"p":114.125,"s":100,"c":[14,41],"t":%d,"q":%d}'
        % (symbol.encode(), number, at_ms, number)
    )


def frame_of(write: Callable[[int], bytes]) -> bytes:
    """Return the largest frame that is taken."""
    messages, size, number = [], 2, 0
    while size < MAX_FRAME_BYTES - 1_000:
        messages.append(write(number))
        size += len(messages[-1]) + 1
        number += 1
    return b"[" + b",".join(messages) + b"]"


def frames() -> dict[str, bytes]:
    """Return frames by name: the usual, and those that cost a decoder most."""
    deep = b'{"ev":"T","z":' + b"[" * 1_000 + b"]" * 1_000 + b"}"
    return {
        "frame of usual messages": frame_of(usual),
        "frame damaged at its end": frame_of(usual)[:-100],
        "frame of empty messages": frame_of(lambda _: b"{}"),
        "frame of numbers": frame_of(lambda _: b"1"),
        "frame of floats for whole numbers": frame_of(
            lambda number: usual(number).replace(b'"q":', b'"q":1e400,"q":')
        ),
        "frame of one long text": b'["' + b"},{" * (MAX_FRAME_BYTES // 3 - 10) + b'"]',
        "frame of deep lists": frame_of(lambda _: deep),
    }


def measure_frame(name: str, frame: bytes) -> Result:
    """Judge a frame on an event loop."""
    judges, loop_stops = Judges(), Stops()
    other = b"[%b]" % usual(0).replace(SYMBOLS[0].encode(), OTHER.encode())
    waits: list[float] = [0.0]

    async def run() -> float:
        queue = FrameQueue(10 * MAX_FRAME_BYTES)
        consumer = FrameConsumer(
            queue,
            PolygonDecoder(judges, lambda *_: None, "shares"),
            Counter(),
            on_end=lambda _: None,
            on_lost=lambda _: None,
            on_refused=lambda *_: None,
            on_room=lambda: None,
        )
        queue.put(frame, START_MS * 1_000_000, 1)
        began = time.perf_counter()
        consumer.schedule()
        arrived = began
        queue.put(other, START_MS * 1_000_000, 1)
        while len(queue):
            before = time.perf_counter()
            await asyncio.sleep(STEP_SECONDS)
            loop_stops.note(before)
            if judges.others and len(queue):
                # One print of another symbol after the other, the next once the last is judged.
                waits.append((time.perf_counter() - arrived) * 1_000)
                judges.others, arrived = 0, time.perf_counter()
                queue.put(other, START_MS * 1_000_000, 1)
        waits.append((time.perf_counter() - arrived) * 1_000)
        return (time.perf_counter() - began) * 1_000

    with Stops() as thread_stops:
        took_ms = asyncio.run(run())
    return Result(
        name,
        len(frame) / 1e6,
        judges.events,
        took_ms,
        loop_stops.longest_ms,
        thread_stops.longest_ms,
        max(waits),
    )


def page_of(rows: int, row: bytes) -> bytes:
    """Write a page of so many rows."""
    return b'{"status":"OK","results":[' + b",".join([row] * rows) + b"]}"


def pages() -> dict[str, bytes]:
    """Return pages by name: the usual, and those that are just not refused, or are."""
    row = (
        b'{"conditions":[12,37],"exchange":4,"id":"52983525029461","participant_timestamp":'
        b'1773149400000000000,"price":123.45,"sequence_number":123456,"sip_timestamp":'
        b'1773149400000000001,"size":100,"tape":3,"trf_id":202,"trf_timestamp":1773149400000000000}'
    )
    return {
        "page of 50,000 rows": page_of(50_000, row),
        "page of 50,000 rows, one of them odd": page_of(49_999, row)[:-2] + b',{"size":1e400}]}',
        "page of a million empty rows": page_of(1_000_000, b"{}"),
    }


def measure_page(name: str, page: bytes) -> Result:
    """Read a page on a thread; this one wishes to judge meanwhile."""
    read: list[int] = []

    def work() -> None:
        body = Body("", "/v3/trades/ACME")
        try:
            body.take(page)
            read.append(len(trades_page(body.whole(), "ACME", 0, Counter()).events))
        except DataSourceError:
            read.append(0)

    began = time.perf_counter()
    with Stops() as stops:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    took_ms = (time.perf_counter() - began) * 1_000
    return Result(name, len(page) / 1e6, read[0], took_ms, 0.0, stops.longest_ms)


def main() -> int:
    """Print the table; 1 where something stops others for too long."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    arguments = parser.parse_args()
    results = [measure_frame(name, frame) for name, frame in frames().items()]
    results += [measure_page(name, page) for name, page in pages().items()]
    if arguments.json:
        for result in results:
            print(json.dumps(asdict(result)))
    else:
        print(machine_name())
        head = f"{'':38} {'MB':>6} {'events':>8} {'took ms':>8}"
        print(f"{head} {'loop ms':>8} {'threads ms':>10} {'another ms':>10}")
        for each in results:
            print(
                f"{each.name:38} {each.megabytes:6.1f} {each.events:8,} {each.took_ms:8.0f} "
                f"{each.longest_stop_of_loop_ms:8.1f} {each.longest_stop_of_threads_ms:10.1f} "
                f"{each.longest_wait_of_another_ms:10.1f}"
            )
    longest = max(
        max(
            each.longest_stop_of_loop_ms,
            each.longest_stop_of_threads_ms,
            each.longest_wait_of_another_ms,
        )
        for each in results
    )
    return int(longest > MOST_MS)


if __name__ == "__main__":
    raise SystemExit(main())
