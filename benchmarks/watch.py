"""What `trading-bot watch` costs: processor time, memory, and how soon the first frame stands.

`python benchmarks/watch.py [--seconds 20] [--symbols 50]` writes a live file of an invented market,
four beats a second with 50 updates a second in all and an alert a second, and lets `watch` show it
on a terminal of 80 x 24.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import resource
import select
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]

from support.live_market import LiveFolder, LiveMarket, write_lines  # noqa: E402
from support.monitor_stubs import START_NS  # noqa: E402

from trading_bot.order_flow.clock import utc_now  # noqa: E402
from trading_bot.order_flow.market.units import ns_from_utc  # noqa: E402

UPDATES_A_SECOND = 50
BEATS_A_SECOND = 4
ENOUGH_FOR_A_FRAME = 1_500
"""Bytes by which the first frame stands."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--symbols", type=int, default=50)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), asked.seconds, asked.symbols)


def measure(folder: Path, seconds: float, symbols: int) -> None:
    """Let a market run beside `watch` for so long."""
    ahead_ns = ns_from_utc(utc_now()) - START_NS
    record = folder / "record"
    market = LiveMarket(symbols, record=str(record), clock_ahead_ns=ahead_ns)
    live = LiveFolder(folder / "live")
    live.begin(market.beat())
    over = threading.Event()

    def go_on() -> None:
        begun, beats = time.monotonic(), 0
        while not over.wait(max(0.0, begun + beats / BEATS_A_SECOND - time.monotonic())):
            live.put(market.beat(UPDATES_A_SECOND // BEATS_A_SECOND))
            if beats % BEATS_A_SECOND == 0:
                write_lines(record, market.lines())
            beats += 1

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        show(folder, record, seconds)
    finally:
        over.set()
        writer.join()


def show(folder: Path, record: Path, seconds: float) -> None:
    """Run `watch` on a terminal for so long, and print what it took."""
    person, process = pty.openpty()
    set_size(process)
    command = [sys.executable, "-m", "trading_bot", "watch", "--live-dir", str(folder / "live")]
    started = time.monotonic()
    watch = subprocess.Popen(
        [*command, "--log-dir", str(record)],
        stdin=subprocess.DEVNULL,
        stdout=process,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "TERM": "xterm"},
    )
    os.close(process)
    written, first_ms, used_at_first = 0, 0.0, 0.0
    while (passed := time.monotonic() - started) < seconds:
        if select.select([person], [], [], min(0.1, seconds - passed))[0]:
            written += len(os.read(person, 65_536))
        if not first_ms and written >= ENOUGH_FOR_A_FRAME:
            first_ms = (time.monotonic() - started) * 1_000
            used_at_first = used_seconds(watch.pid)
    steady = used_seconds(watch.pid) - used_at_first
    resident = resident_mb(watch.pid)
    watch.terminate()
    watch.wait()
    os.close(person)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    whole = used.ru_utime + used.ru_stime
    shown = seconds - first_ms / 1_000
    print(f"first frame    {first_ms:7.0f} ms")
    print(f"processor      {100 * steady / shown:7.2f} % of a core, once the first frame stands")
    print(f"               {100 * whole / seconds:7.2f} % with the start")
    print(f"resident       {resident:7.1f} MB")
    print(f"to the terminal{written / 1_000 / seconds:7.1f} kB/s")


def set_size(descriptor: int) -> None:
    """Make a terminal 80 x 24."""
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))


def used_seconds(pid: int) -> float:
    """Return the processor time that a process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Return the memory that a process holds now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


if __name__ == "__main__":
    main()
