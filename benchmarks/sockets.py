"""What receiving costs: the package's connection (picows) beside `websockets`, on the same frames.

    python benchmarks/sockets.py                   the table
    python benchmarks/sockets.py --json            for scripts
    python benchmarks/sockets.py --events 20000 --rounds 1      small

Every run is a fresh process that receives frames over loopback from a sender in a process of its
own, and does nothing with them. Figures are microseconds of the receiver's processor time, medians
of interleaved rounds. Messages stay bytes with both, as the decoder takes them; `websockets` is
measured without compression, as picows is used, and as it comes (it offers compression, and this
sender accepts).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from machine import machine_name

HERE = Path(__file__).parent
PER_FRAME = (1, 10, 100)
LIBRARIES = ("picows", "websockets", "websockets_defaults")
LONGEST_SECONDS = 30.0


class Count:
    """Counts frames, and takes the time from the first to the last.

    Args:
        frames: How many come.
    """

    def __init__(self, frames: int) -> None:
        self._left = frames
        self._began: float | None = None
        self.cpu_seconds = 0.0

    def take(self) -> bool:
        """Take one frame; return True for the last one."""
        if self._began is None:
            self._began = time.process_time()
        self._left -= 1
        if self._left:
            return False
        self.cpu_seconds = time.process_time() - self._began
        return True


class Sink:
    """Takes what the package's connection gives."""

    def __init__(self, count: Count) -> None:
        self._count = count
        self.ended = asyncio.Event()

    def on_opened(self, _: object) -> None:
        """Take the connection."""

    def on_frame(self, _: bytes) -> None:
        """Take one message."""
        if self._count.take():
            self.ended.set()

    def on_heartbeat(self) -> None:
        """Take a sign of life."""

    def on_closed(self, code: int, reason: str) -> None:
        """End."""
        raise SystemExit(f"the sender went: {code} {reason}")


async def receive(library: str, url: str, count: Count) -> None:
    """Receive to the last frame."""
    if library == "picows":
        from trading_bot.order_flow.providers.websocket import open_connection

        sink = Sink(count)
        await open_connection(url, sink, LONGEST_SECONDS)
        await sink.ended.wait()
        return
    from websockets.asyncio.client import connect

    own: dict[str, Any] = {"compression": None} if library == "websockets" else {}
    async with connect(url, **own) as socket:
        while await socket.recv(decode=False) and not count.take():
            pass
        socket.transport.abort()


@contextlib.contextmanager
def sender(per_frame: int, count: int) -> Iterator[str]:
    """Run a sender; yield its port."""
    command = [sys.executable, "sockets_sender.py"]
    command += ["--per-frame", str(per_frame), "--frames", str(count)]
    process = subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True)
    with process:
        try:
            if process.stdout is None:
                raise SystemExit("a sender without output")
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def cpu_seconds(library: str, port: str, count: int) -> float:
    """Receive in a fresh process; return its processor time."""
    done = subprocess.run(
        [sys.executable, "sockets.py", "--receive", library, port, str(count)],
        cwd=HERE,
        env={**os.environ, "PYTHONPATH": str(HERE.parent / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=10 * LONGEST_SECONDS,
    )
    if done.returncode:
        raise SystemExit(f"{library} failed:\n{done.stderr[-2_000:]}")
    return float(done.stdout)


def measure(events: int, rounds: int) -> dict[str, dict[str, dict[str, float]]]:
    """Return microseconds a frame and an event by events a frame and library."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for per_frame in PER_FRAME:
        count = max(2, events // per_frame)
        took: dict[str, list[float]] = {library: [] for library in LIBRARIES}
        with sender(per_frame, count) as port:
            for _ in range(rounds):
                for library in LIBRARIES:
                    took[library].append(cpu_seconds(library, port, count) * 1e6 / count)
        found[str(per_frame)] = {
            library: {
                "us_per_frame": round(median(each), 2),
                "us_per_event": round(median(each) / per_frame, 3),
            }
            for library, each in took.items()
        }
    return found


def main() -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog="Example: sockets.py --events 20000 --rounds 1 --json",
    )
    parser.add_argument("--events", type=int, default=200_000, help="of a run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--receive", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.receive:
        library, port, frames = asked.receive
        count = Count(int(frames))
        asyncio.run(receive(library, f"ws://127.0.0.1:{port}/stocks", count))
        print(count.cpu_seconds)
        # At once: an end of the connection is no part of what is measured.
        sys.stdout.flush()
        os._exit(0)
    found = measure(asked.events, asked.rounds)
    if asked.json:
        sys.stdout.write(json.dumps(found) + "\n")
        return
    print(machine_name())
    print(f"{asked.events} events, {asked.rounds} rounds; us of processor time a frame (an event)")
    print(f"  {'events a frame':<16}" + "".join(f"{library:>22}" for library in LIBRARIES))
    for per_frame, row in found.items():
        cells = [f"{x['us_per_frame']:.2f} ({x['us_per_event']:.3f})" for x in row.values()]
        print(f"  {per_frame:<16}" + "".join(f"{cell:>22}" for cell in cells))


if __name__ == "__main__":
    main()
