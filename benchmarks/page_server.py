"""What the page's server takes: memory, processor time, and how long a line takes to a viewer.

    python benchmarks/page_server.py                20 symbols of ten levels, 30 minutes, 1 viewer
    python benchmarks/page_server.py --viewers 8    as many as are let in
    python benchmarks/page_server.py --json         for scripts

A process of its own serves a live file that this one writes: half an hour of it first, then four
lines a second. Each viewer is a socket that reads server-sent events. Timed is from just before a
line is written until its event is whole at each viewer, and from a new connection until the whole
state is there; neither has a browser in it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import machine_name, percentile

from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.live_file.lines import LiveBeat, LiveChannel, LiveRow, encode_beat
from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc

SYMBOLS = 20
LEVELS = 10
HISTORY_SECONDS = 1_800
BEATS_A_SECOND = 4
ROWS_A_BEAT = 12
"""At four beats a second some 50 changed rows a second."""
STATES = 20
NUMBER = re.compile(rb'"number":(\d+)')


class Market:
    """An invented market that writes a live file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self._folder = folder
        self._random = random.Random(5)
        self._prices = {f"S{number:02}": 10_000 + 10 * number for number in range(SYMBOLS)}
        self._delta = 0
        self.number = 0
        self.written: dict[int, float] = {}

    def write_history(self) -> None:
        """Write a beat a second of the half hour before now, in two files as a guard has them."""
        now_ns = ns_from_utc(utc_now())
        for part in range(2):
            seconds = range(part * HISTORY_SECONDS // 2, (part + 1) * HISTORY_SECONDS // 2)
            lines = [
                self._line(now_ns - (HISTORY_SECONDS - second) * NS_PER_SECOND, SYMBOLS)
                for second in seconds
            ]
            self._begin(now_ns - (HISTORY_SECONDS - seconds[0]) * NS_PER_SECOND)
            self._write(b"".join(lines))

    def write(self) -> None:
        """Write the next beat."""
        line = self._line(ns_from_utc(utc_now()), ROWS_A_BEAT)
        self.written[self.number] = time.perf_counter()
        self._write(line)

    def _begin(self, stamp_ns: int) -> None:
        self._path = self._folder / f"live-{stamp_ns:020}.jsonl"

    def _write(self, data: bytes) -> None:
        with self._path.open("ab", buffering=0) as stream:
            stream.write(data)

    def _line(self, at_ns: int, rows: int) -> bytes:
        self.number += 1
        names = self._random.sample(sorted(self._prices), rows)
        beat = LiveBeat(
            run="5" * 16,
            number=self.number,
            at_ns=at_ns,
            written_ns=at_ns,
            market="simulated",
            whole=rows == SYMBOLS,
            symbols=SYMBOLS,
            rows=tuple(self._row(name, at_ns) for name in names),
        )
        return encode_beat(beat)

    def _row(self, symbol: str, at_ns: int) -> LiveRow:
        self._prices[symbol] += self._random.randint(-3, 3)
        self._delta += self._random.randrange(-500, 600, 100)
        price = self._prices[symbol]
        sizes = [self._random.randrange(100, 9_000, 100) for _ in range(2 * LEVELS)]
        bids = tuple((f"{(price - n) / 100:.2f}", sizes[n]) for n in range(LEVELS))
        asks = tuple((f"{(price + 1 + n) / 100:.2f}", sizes[LEVELS + n]) for n in range(LEVELS))
        return LiveRow(
            symbol=symbol,
            sees="visible",
            pressure="calm",
            channels=tuple(
                LiveChannel(name=name, state="visible", proved_ns=at_ns)
                for name in ("prints", "quotes", "depth")
            ),
            price=bids[0][0],
            price_ns=at_ns,
            bid=bids[0][0],
            bid_shares=sizes[0],
            ask=asks[0][0],
            ask_shares=sizes[LEVELS],
            shares="100",
            paid="100.00",
            pnl="12.00",
            volume_ratio=1.5,
            volume_warn=3.0,
            volume_critical=4.0,
            sell_ratio=0.55,
            sell_ratio_low=0.4,
            sell_warn=0.6,
            delta=self._delta,
            imbalance=0.1,
            delay_ms=40.0,
            depth_kind="levels",
            bids=bids,
            asks=asks,
        )


class Viewer:
    """Reads the stream, and notes when each beat is whole."""

    def __init__(self, port: int, root: str) -> None:
        self._port = port
        self._request = f"GET {root}events HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        self.seen: dict[int, float] = {}
        self.bytes = 0

    async def first_state_ms(self) -> float:
        """Return how long the whole state takes, from the connection on."""
        began = time.perf_counter()
        reader, writer = await self._open()
        await self._event(reader, b"event: state")
        writer.close()
        return (time.perf_counter() - began) * 1e3

    async def watch(self) -> None:
        """Read until cancelled."""
        reader, writer = await self._open()
        try:
            while True:
                event = await self._event(reader, b"event: beat")
                found = NUMBER.search(event)
                if found is not None:
                    self.seen[int(found[1])] = time.perf_counter()
        finally:
            writer.close()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 24)
        writer.write(self._request)
        return reader, writer

    async def _event(self, reader: asyncio.StreamReader, name: bytes) -> bytes:
        while True:
            event = await reader.readuntil(b"\n\n")
            self.bytes += len(event)
            if event.startswith(name):
                return event


async def measured(seconds: float, viewers: int) -> dict[str, float]:
    """Serve, watch and write for so long."""
    with tempfile.TemporaryDirectory() as name:
        market = Market(Path(name) / "live")
        market.write_history()
        began = time.perf_counter()
        command = ["-m", "trading_bot", "page", "--port", "0", "--live-dir", f"{name}/live"]
        process = subprocess.Popen(  # noqa: ASYNC220 - started once, before anything is timed
            [sys.executable, *command], stdout=subprocess.PIPE, text=True
        )
        try:
            address = "" if process.stdout is None else process.stdout.readline()
            started_ms = (time.perf_counter() - began) * 1e3
            found = re.search(r":(\d+)(/\S+/)", address)
            if found is None:
                raise SystemExit(f"the server did not say where it is: {address!r}")
            port, root = int(found[1]), found[2]
            states = [await Viewer(port, root).first_state_ms() for _ in range(STATES)]
            histories = [await _history_ms(port, root) for _ in range(STATES)]
            all_of_them = [Viewer(port, root) for _ in range(viewers)]
            watching = [asyncio.ensure_future(each.watch()) for each in all_of_them]
            first = market.number + 1
            cpu, begun = _cpu_seconds(process.pid), time.perf_counter()
            while time.perf_counter() - begun < seconds:
                market.write()
                await asyncio.sleep(1 / BEATS_A_SECOND)
            taken = _cpu_seconds(process.pid) - cpu
            spent = time.perf_counter() - begun
            memory = _resident_mb(process.pid)
            for each in watching:
                each.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
        finally:
            process.terminate()
            process.wait()
    delays = [
        (viewer.seen[number] - written) * 1e3
        for viewer in all_of_them
        for number, written in market.written.items()
        if number >= first and number in viewer.seen
    ]
    return {
        "viewers": viewers,
        "resident_mb": memory,
        "cpu_percent": 100 * taken / spent,
        "updates_a_second": ROWS_A_BEAT * BEATS_A_SECOND,
        "p50_ms": percentile(delays, 0.5),
        "p95_ms": percentile(delays, 0.95),
        "first_state_p95_ms": percentile(states, 0.95),
        "history_p95_ms": percentile(histories, 0.95),
        "start_ms": started_ms,
        "kb_a_second": all_of_them[0].bytes / 1e3 / spent,
        "missed": sum(len(market.written) - len(each.seen) for each in all_of_them),
    }


async def _history_ms(port: int, root: str) -> float:
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {root}history/S00 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    body = await reader.read()
    while more := await reader.read():
        body += more
    writer.close()
    if not body.startswith(b"HTTP/1.1 200"):
        raise SystemExit("there is no history")
    return (time.perf_counter() - began) * 1e3


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--viewers", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = asyncio.run(measured(options.seconds, options.viewers))
    if options.json:
        print(json.dumps(found))
        return
    print(machine_name())
    for name, value in found.items():
        print(f"{name:20} {value:8.1f}")


if __name__ == "__main__":
    main()
