"""What notices cost in memory: the guard's own growth, and the process that sends.

    python benchmarks/notices.py

Starts the guard on the simulated market without and with a receiver, and reads the resident memory
of its processes after the same time. Linux only: it reads `/proc`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Taken(BaseHTTPRequestHandler):
    """Takes every text."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=20.0, help="after what time it is read")
    seconds = parser.parse_args().seconds
    with ThreadingHTTPServer(("127.0.0.1", 0), _Taken) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"json://127.0.0.1:{server.server_address[1]}/x"
        plain, _ = _memory_of({}, seconds)
        guard, sender = _memory_of({"ORDER_FLOW_NOTIFY_URLS": address}, seconds)
        server.shutdown()
    print(f"guard without notices  {plain:6.1f} MB")
    print(f"guard with notices     {guard:6.1f} MB ({guard - plain:+.1f})")
    print(f"process that sends     {sender:6.1f} MB")


def _memory_of(variables: dict[str, str], seconds: float) -> tuple[float, float]:
    """Return the resident memory of a guard and of its sender, MB."""
    with tempfile.TemporaryDirectory() as home:
        config = Path(home) / "config"
        config.mkdir()
        (config / "order_flow_config.json").write_text(json.dumps({}), encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-m", "trading_bot", "monitor", "--simulated"],
            env={**os.environ, "TRADING_BOT_HOME": home, **variables},
            stdout=subprocess.DEVNULL,
        )
        threading.Event().wait(seconds)
        try:
            # A process belongs to the thread that began it.
            threads = Path(f"/proc/{process.pid}/task").glob("*/children")
            children = [int(each) for path in threads for each in path.read_text().split()]
            senders = [pid for pid in children if "notify.child" in _args_of(pid)]
            found = _resident_mb(process.pid), sum(map(_resident_mb, senders))
        finally:
            process.terminate()
            process.wait()
    return found


def _args_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def _resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    (line,) = (each for each in lines if each.startswith("VmRSS:"))
    return int(line.split()[1]) / 1_000


if __name__ == "__main__":
    main()
