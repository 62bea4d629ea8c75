"""From a frame's bytes in hand to the line of its alert, in one process without a network.

All symbols are live: each has six minutes of history, and the tape goes on between the frames that
are timed. Such a frame holds a quote and a print that is a large order at the bid and raises one
alert, of any symbol, the more likely the more it trades. Prints one JSON object: the latencies in
microseconds.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import tempfile
import time
from collections.abc import Iterator

from stream_receiver import END_NS, start, watching
from stream_tape import LARGE_ORDER_SHARES, Row, frames, rows, symbol_names, text

from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.feed.frame_queue import FrameQueue
from trading_bot.order_flow.feed.ingest import Ingest
from trading_bot.order_flow.market.units import NS_PER_MS
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.providers.polygon.stream_decode import PolygonDecoder
from trading_bot.order_flow.sight.live_symbol import LiveSymbol

EVENTS_BETWEEN = 20
WARM_ALERTS = 100


def timed_frames(symbols: list[str], alerts: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield a frame of the tape and the frame that is timed after it."""
    dice = random.Random(3)
    tape = list(rows(symbols, alerts * EVENTS_BETWEEN))
    bids: dict[str, int] = {}
    quoted: list[str] = []
    for at in range(0, len(tape), EVENTS_BETWEEN):
        part = tape[at : at + EVENTS_BETWEEN]
        for row in part:
            if row.is_quote:
                bids[row.symbol] = row.bid_or_price
                quoted.append(row.symbol)
        symbol = dice.choice(quoted)
        bid, at_ms, number = bids[symbol], part[-1].at_ms, 10**9 + at
        quote = Row(True, symbol, at_ms + 1, bid, bid + 2, 500, 500, number, "")
        order = Row(False, symbol, at_ms + 3, bid, 0, LARGE_ORDER_SHARES, 0, number, "")
        yield frames(part, EVENTS_BETWEEN)[0], f"[{text(quote)},{text(order)}]".encode()


def latencies_us(symbols: list[str], alerts: int) -> list[float]:
    """Judge the tape and time every alert."""
    found: list[float] = []
    began = 0

    def take(event: MonitorEvent) -> None:
        # Told once the line is written and the exit judged; a burst may follow the large order.
        nonlocal began
        if began and isinstance(event, OrderFlowAlert):
            found.append((time.perf_counter_ns() - began) / 1e3)
            began = 0

    with tempfile.TemporaryDirectory() as directory:
        monitor = watching(symbols, alerts * EVENTS_BETWEEN, directory)
        monitor.judge.read_positions()
        ingest = Ingest(NS_PER_MS)
        decoder = PolygonDecoder(ingest, lambda *_: None, "shares")
        for symbol in symbols:
            start(monitor, symbol)
            known, way_in = monitor.judge.judge_of(symbol), monitor.judge.way_in(symbol)
            if known is not None and way_in is not None:
                ingest.add(LiveSymbol(symbol, known, way_in, 0))
        monitor.judge.publisher.add_listener(take)
        queue = FrameQueue()
        pairs = list(timed_frames(symbols, alerts))
        gc.collect()
        gc.freeze()
        for between, timed in pairs:
            decoder.decode(between, END_NS, 1)
            began = time.perf_counter_ns()
            queue.put(timed, END_NS, 1)
            payload, received_ns, link = queue.take()
            decoder.decode(payload or b"", received_ns, link)
        monitor.close()
    return found[WARM_ALERTS:]


def main() -> None:
    """Measure, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--symbols", type=int, default=1_000)
    parser.add_argument("--alerts", type=int, default=2_000)
    arguments = parser.parse_args()
    found = latencies_us(symbol_names(arguments.symbols), arguments.alerts)
    print(json.dumps({"latencies_us": found}))


if __name__ == "__main__":
    main()
