"""`trading-bot health --running` beside guards that are processes of their own.

Each is well first, then frozen, blind or dead.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from trading_bot.order_flow.clock import monotonic_seconds, utc_now
from trading_bot.order_flow.journal.reading import STATE_FILE
from trading_bot.service.state_file import FRESH_SECONDS, check_running
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.running import RunningSimulator

pytestmark = [
    pytest.mark.slow,  # processes, for seconds
    pytest.mark.skipif(sys.platform == "win32", reason="stops processes by signals"),
]

PATIENCE_SECONDS = 60.0
KEY = "pk_of_this_test_0123456789"
SETTINGS = {"blind_after_seconds": 5.0, "requests_per_second": 20.0}
HELD = {"symbol": "DOVE", "quantity": 150, "average_price": "110.80", "stop": "108.00"}


@dataclass
class Guard:
    """A guard in a process of its own, and the folder that is its home."""

    home: Path
    process: subprocess.Popen[bytes]

    @property
    def record(self) -> Path:
        return self.home / "logs" / "order_flow"

    def asked(self) -> tuple[int, dict[str, Any]]:
        """Ask as a person does; return exit status and answer."""
        found = subprocess.run(
            [sys.executable, "-m", "trading_bot", "health", "--running"],
            env=environment(self.home),
            stdout=subprocess.PIPE,
            check=False,
        )
        answer: dict[str, Any] = json.loads(found.stdout)
        return found.returncode, answer

    def reason(self) -> str | None:
        reason: str | None = check_running(self.record, utc_now())["reason"]
        return reason

    def wait_until(self, is_so: Callable[[str | None], bool]) -> None:
        """Wait until the guard's state is as wanted, for so long at most."""
        pause, limit = threading.Event(), monotonic_seconds() + PATIENCE_SECONDS
        while not is_so(reason := self.reason()):
            assert monotonic_seconds() < limit, reason
            pause.wait(0.1)


def environment(home: Path, **more: str) -> dict[str, str]:
    own = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(("ORDER_FLOW_", "NOTIFY_", "WATCHDOG_"))
    }
    return own | {"TRADING_BOT_HOME": str(home), "MASSIVE_API_KEY": KEY} | more


@contextmanager
def guard(home: Path, base_url: str, **variables: str) -> Iterator[Guard]:
    config = home / "config"
    config.mkdir()
    (config / "positions.json").write_text(json.dumps({"positions": [HELD]}), encoding="utf-8")
    settings = json.dumps(SETTINGS | {"base_url": base_url})
    (config / "order_flow_config.json").write_text(settings, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "trading_bot", "monitor"],
        env=environment(home, **variables),
        stdout=subprocess.DEVNULL,
    )
    try:
        yield Guard(home, process)
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait()


@pytest.fixture
def market() -> Iterator[RunningSimulator]:
    with RunningSimulator(key=KEY, warm=True) as simulator:
        yield simulator


def is_well(reason: str | None) -> bool:
    return reason is None


def begins_with(word: str) -> Callable[[str | None], bool]:
    return lambda reason: reason is not None and reason.startswith(word)


def test_a_guard_that_is_killed_is_dead(tmp_path: Path, market: RunningSimulator) -> None:
    # Given a guard that is well
    with guard(tmp_path, market.base_url) as found:
        found.wait_until(is_well)
        well = found.asked()
        # When it is killed, so that its state stays behind
        found.process.kill()
        found.process.wait()
        dead = found.asked()
    # Then the check fails at once
    assert (well[0], well[1]["status"], well[1]["market_source"]) == (0, "ok", "live")
    assert dead[0] == 1
    assert dead[1]["reason"].startswith("dead: ")
    assert (found.record / STATE_FILE).exists()


def test_a_guard_that_is_stopped_is_frozen(tmp_path: Path, market: RunningSimulator) -> None:
    # Given a guard that is well
    with guard(tmp_path, market.base_url) as found:
        found.wait_until(is_well)
        # When its process stands still for longer than a state is fresh
        found.process.send_signal(signal.SIGSTOP)
        found.wait_until(begins_with("frozen: "))
        frozen = found.asked()
        # Then the check fails, until it goes on
        found.process.send_signal(signal.SIGCONT)
        found.wait_until(is_well)
    assert frozen[0] == 1
    assert frozen[1]["reason"].startswith("frozen: ")
    assert frozen[1]["age_seconds"] > FRESH_SECONDS


def test_a_guard_whose_market_goes_mute_is_blind(tmp_path: Path, market: RunningSimulator) -> None:
    # Given a guard that is well
    with guard(tmp_path, market.base_url) as found:
        found.wait_until(is_well)
        # When the stream says nothing more, and no question is answered
        market.faults.add(Fault("ws_mute"))
        market.faults.add(Fault("drop_connection"))
        found.wait_until(begins_with("blind: "))
        blind = found.asked()
    # Then the check fails, and names what is not seen
    assert blind[0] == 1
    assert blind[1]["reason"].startswith("blind: DOVE blind (")
    assert blind[1]["threads"]["judging"]["state"] == "ok"


def test_a_guard_tells_its_manager_of_its_whole_life(
    tmp_path: Path, market: RunningSimulator
) -> None:
    # Given a manager with a watchdog, and a guard that it starts
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(PATIENCE_SECONDS)
        variables = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "1000000"}
        with guard(tmp_path, market.base_url, **variables) as found:
            told: list[str] = []
            while "STATUS=live market: 1 symbol: 1 visible" not in told:
                told += manager.recv(4_096).decode().split("\n")
            # When it is ended as a manager ends it
            found.process.terminate()
            while told[-1] != "STOPPING=1":
                told += manager.recv(4_096).decode().split("\n")
            status = found.process.wait(PATIENCE_SECONDS)
    # Then it was ready once, lived, said how it was, and took its state away
    assert told.count("READY=1") == 1
    assert told.count("WATCHDOG=1") > 1
    assert status == 0
    assert not (found.record / STATE_FILE).exists()
