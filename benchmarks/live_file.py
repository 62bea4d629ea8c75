"""What the live file costs who judges: from a frame's bytes to the line of its alert, on and off.

    python benchmarks/live_file.py                 50 symbols, 60 rounds of a second each way
    python benchmarks/live_file.py --json          for scripts

The tape, and the frame that is timed, are those of `stream_latency.py`; here they come at an even
pace, so that there is time in between, and the live file is written in every third round. The
other figures: microseconds that a line takes its thread, and what 20 symbols at 50 updates a second
write and take in memory.
"""

from __future__ import annotations

import argparse
import gc
import json
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from machine import machine_name, percentile, resident_mb
from stream_latency import timed_frames
from stream_receiver import END_NS, start, watching
from stream_tape import frames, rows, symbol_names

from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.feed.frame_queue import FrameQueue
from trading_bot.order_flow.feed.ingest import Ingest
from trading_bot.order_flow.live_file.aside import StepsAside
from trading_bot.order_flow.live_file.files import LiveFiles
from trading_bot.order_flow.live_file.lines import encode_beat
from trading_bot.order_flow.live_file.look import LiveLook
from trading_bot.order_flow.live_file.place import segments_in
from trading_bot.order_flow.live_file.thread import LiveFile
from trading_bot.order_flow.market.units import NS_PER_MS
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.providers.polygon.stream_decode import PolygonDecoder
from trading_bot.order_flow.sight.live_symbol import LiveSymbol

PAIRS_PER_SECOND = 100
WARM_PAIRS = 200


class Bench:
    """A monitor of some symbols, and frames for it."""

    def __init__(self, symbols: int, pairs: int, directory: str) -> None:
        names = symbol_names(symbols)
        self.monitor: OrderFlowMonitor = watching(names, pairs * 20, directory)
        self.monitor.judge.read_positions()
        ingest = Ingest(NS_PER_MS)
        self._decoder = PolygonDecoder(ingest, lambda *_: None, "shares")
        judge = self.monitor.judge
        for name in names:
            start(self.monitor, name)
            known, way_in = judge.judge_of(name), judge.way_in(name)
            if known is not None and way_in is not None:
                ingest.add(LiveSymbol(name, known, way_in, 0))
        self._queue = FrameQueue()
        self._pairs = iter(list(timed_frames(names, pairs)))
        self._updates = iter(frames(list(rows(names, pairs)), 1))
        self._began = 0
        self.latencies_us: list[float] = []
        judge.publisher.add_listener(self._take)

    def step(self, *, is_timed: bool = True) -> None:
        """Judge a frame of the tape, and time the one after it."""
        between, timed = next(self._pairs)
        self._decoder.decode(between, END_NS, 1)
        self._began = time.perf_counter_ns() if is_timed else 0
        self._queue.put(timed, END_NS, 1)
        payload, received_ns, link = self._queue.take()
        self._decoder.decode(payload or b"", received_ns, link)

    def update(self) -> None:
        """Judge one event of the tape."""
        self._decoder.decode(next(self._updates), END_NS, 1)

    def _take(self, event: MonitorEvent) -> None:
        # Told once the line is written and the exit judged.
        if self._began and isinstance(event, OrderFlowAlert):
            self.latencies_us.append((time.perf_counter_ns() - self._began) / 1e3)
            self._began = 0


def on_and_off(symbols: int, rounds: int, seconds: float) -> dict[str, float]:
    """Measure in turn without, with, and without again: what those two differ by is chance."""
    each = round(seconds * PAIRS_PER_SECOND)
    off: list[float] = []
    on_: list[float] = []
    again: list[float] = []
    found = (off, on_, again)
    with tempfile.TemporaryDirectory() as record, tempfile.TemporaryDirectory() as live:
        bench = Bench(symbols, WARM_PAIRS + 3 * rounds * each, record)
        for _ in range(WARM_PAIRS):
            bench.step(is_timed=False)
        gc.collect()
        gc.freeze()
        look = LiveLook(bench.monitor, market="live", aside=StepsAside())
        pause = threading.Event()
        file = LiveFile(look, Path(live), bench.monitor.threads)
        for number in range(3 * rounds):
            part = found[number % 3]
            bench.latencies_us = part
            with ExitStack() as on:
                if part is on_:
                    on.enter_context(file)
                due = time.perf_counter()
                for _ in range(each):
                    due += 1 / PAIRS_PER_SECOND
                    pause.wait(max(0.0, due - time.perf_counter()))
                    bench.step()
        bench.monitor.close()
        failures = file.failures
    figures = {"symbols": float(symbols), "samples": float(len(on_)), "failures": float(failures)}
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        figures[f"{name}_off_us"] = usual = percentile(off + again, share)
        figures[f"{name}_on_us"] = percentile(on_, share)
        figures[f"{name}_ratio"] = percentile(on_, share) / usual
        figures[f"{name}_off_again_ratio"] = percentile(again, share) / percentile(off, share)
    return figures


def of_a_line(symbols: int, updates_per_second: int, seconds: int) -> dict[str, float]:
    """Measure what a line takes, and what is written, at an even pace of updates."""
    beats = 4 * seconds
    with tempfile.TemporaryDirectory() as record, tempfile.TemporaryDirectory() as live:
        bench = Bench(symbols, updates_per_second * seconds, record)
        before = resident_mb()
        look, files = LiveLook(bench.monitor, market="live"), LiveFiles(Path(live))
        took: list[float] = []
        written = 0
        for beat in range(beats):
            for _ in range(updates_per_second * (beat + 1) // 4 - updates_per_second * beat // 4):
                bench.update()
            # Of this thread alone: the interpreter is held for so long, whatever else runs.
            began = time.thread_time_ns()
            line = look(whole=files.begins_anew)
            encoded = encode_beat(line)
            files.write(encoded, line.written_ns, is_whole=line.whole)
            took.append((time.thread_time_ns() - began) / 1e3)
            written += len(encoded)
        kept = sum(path.stat().st_size for path in segments_in(Path(live)))
        files.close()
        bench.monitor.close()
        after = resident_mb()
    return {
        "line_p50_us": percentile(took, 0.5),
        "line_p99_us": percentile(took, 0.99),
        "bytes_per_second": written / seconds,
        "kept_bytes": float(kept),
        "added_mb": after - before,
    }


def main() -> None:
    """Measure, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--symbols", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=1.0, help="of one round, one way")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = of_a_line(20, 50, 60)
    figures |= on_and_off(arguments.symbols, arguments.rounds, arguments.seconds)
    if arguments.json:
        print(json.dumps(figures))
        return
    print(machine_name())
    for name, value in figures.items():
        print(f"{name:<22} {value:>12,.2f}")


if __name__ == "__main__":
    main()
