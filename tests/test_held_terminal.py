"""`monitor` as a process: a terminal that is held, closed or hung up never stops the guard."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from trading_bot.order_flow.clock import monotonic_seconds

if sys.platform != "win32":
    import pty
    import tty

pytestmark = [
    pytest.mark.slow,  # starts processes, and waits for exits of a simulated market
    pytest.mark.skipif(sys.platform == "win32", reason="terminals and hang-ups as POSIX has them"),
]

SRC = Path(__file__).resolve().parents[1] / "src"
HOLD = b"\x13"
"""What Ctrl-S sends."""
END_SECONDS = 10.0
START_SECONDS = 20.0
EXITS_SECONDS = 60.0
COMMAND = (sys.executable, "-m", "trading_bot", "monitor", "--simulated", "--seed", "3")


class Guarded:
    """A `monitor` on the simulated market with a home of its own."""

    def __init__(
        self,
        home: Path,
        *arguments: str,
        output: int,
        errors: int | None = None,
        before: tuple[str, ...] = (),
    ) -> None:
        self.record = home / "record"
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [*before, *COMMAND, "--log-dir", str(self.record), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE if errors is None else errors,
            env=environment(home),
            start_new_session=True,
        )

    def lines(self) -> list[dict[str, Any]]:
        paths = sorted(self.record.glob("*.jsonl"))
        return [json.loads(line) for path in paths for line in path.read_bytes().splitlines()]

    def events(self) -> list[str]:
        return [line["event"].removeprefix("order_flow.") for line in self.lines()]

    def wait_for(self, event: str, number: int = 1, seconds: float = START_SECONDS) -> None:
        wait_until(lambda: self.events().count(event) >= number, seconds)

    def ends_after(self, number: signal.Signals) -> int:
        """Send a signal, and return the exit status, which must come soon."""
        self.process.send_signal(number)
        return self.process.wait(END_SECONDS)

    def said_aside(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Callable[..., Guarded]]:
    """Start a guard, and leave nothing of it behind."""
    started: list[Guarded] = []

    def start(*arguments: str, **options: Any) -> Guarded:
        started.append(Guarded(tmp_path, *arguments, **options))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()
        if each.process.stderr is not None:
            each.process.stderr.close()


@contextlib.contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    """Open a terminal: what a person's end is, and what a process writes to."""
    person, process = pty.openpty()
    try:
        yield person, process
    finally:
        os.close(person)
        os.close(process)


def environment(home: Path) -> Mapping[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ORDER_FLOW_", "COV", "POLYGON_", "MASSIVE_"))
    }
    paths = {"PYTHONPATH": str(SRC), "TRADING_BOT_HOME": str(home)}
    return kept | paths | {"TERM": "xterm", "PYTHONWARNINGS": "default"}


def wait_until(holds: Callable[[], bool], seconds: float) -> None:
    pause, started = threading.Event(), monotonic_seconds()
    while not holds():
        assert monotonic_seconds() - started < seconds
        pause.wait(0.05)


def test_with_the_terminal_held_both_exits_are_recorded_and_ctrl_c_ends_it(
    guarded: Callable[..., Guarded],
) -> None:
    # Given a terminal that a person has held with Ctrl-S before the start
    with terminal() as (person, process):
        os.write(person, HOLD)
        bot = guarded(output=process, errors=process)
        # When both exits of the demonstration come, and the person ends it
        bot.wait_for("exit_signal_triggered", 2, EXITS_SECONDS)
        status = bot.ends_after(signal.SIGINT)
    # Then it ends soon and well, and everything was recorded within a tenth of a second
    assert status == 0
    assert bot.events()[-1] == "monitoring_stopped"
    assert max(each["latency_ms"] or 0.0 for each in bot.lines()) < 100.0


def test_a_terminal_that_nobody_reads_holds_up_neither_start_nor_end(
    guarded: Callable[..., Guarded],
) -> None:
    # Given a terminal whose other end nobody reads, full to the last byte
    with terminal() as (_, process):
        tty.setraw(process)
        os.set_blocking(process, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(process, b"x" * 1_000)
        os.set_blocking(process, True)
        # When a guard is started on it, and ended by SIGTERM
        bot = guarded(output=process, errors=process)
        bot.wait_for("monitoring_started")
        status = bot.ends_after(signal.SIGTERM)
    # Then it has watched and ended
    assert status == 0
    assert bot.events()[-1] == "monitoring_stopped"


def test_output_that_a_reader_closes_switches_the_view_off_and_the_guard_goes_on(
    guarded: Callable[..., Guarded],
) -> None:
    # Given a guard whose output goes to one who reads two lines, as `head -2` does
    reader, writer = os.pipe()
    bot = guarded("--duration", "8", output=writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        head = [stream.readline(), stream.readline()]
    # When the reader has gone, and the time is over
    status = bot.process.wait(START_SECONDS)
    # Then it has watched to its end, and said once where to look
    assert head[0].startswith(b"Watching the SIMULATED market at ")
    assert status == 0
    assert bot.events()[-1] == "monitoring_stopped"
    assert bot.said_aside() == (
        "note: the output is closed (Broken pipe); watching goes on, "
        f"the record lies in {bot.record}\n"
    )


@pytest.mark.skipif(
    sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN,
    reason="this suite was told to ignore hang-ups, and hands that down",
)
def test_a_terminal_that_hangs_up_ends_the_watch_with_its_record(
    guarded: Callable[..., Guarded],
) -> None:
    # Given a guard on a terminal
    with terminal() as (_, process):
        bot = guarded(output=process, errors=process)
        bot.wait_for("monitoring_started")
    # When the terminal is closed, and its session told so
    status = bot.ends_after(signal.SIGHUP)
    # Then the record has its end
    assert status == 0
    assert bot.events()[-1] == "monitoring_stopped"


def test_a_hang_up_that_is_to_be_ignored_is_ignored(guarded: Callable[..., Guarded]) -> None:
    # Given a guard that was started with `nohup`
    bot = guarded(output=subprocess.DEVNULL, before=("nohup",))
    bot.wait_for("monitoring_started")
    # When the terminal hangs up, and what was sent has been met
    bot.process.send_signal(signal.SIGHUP)
    with contextlib.suppress(subprocess.TimeoutExpired):
        bot.process.wait(1.0)
    # Then it goes on, until it is ended
    assert bot.process.poll() is None
    assert "monitoring_stopped" not in bot.events()
    assert bot.ends_after(signal.SIGTERM) == 0
    assert bot.events()[-1] == "monitoring_stopped"
