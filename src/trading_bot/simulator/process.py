"""A simulator in a process of its own; standard library only, so that the bot stays light.

The child ends when it is told to, and also when its parent dies: it watches its standard input.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import IO, Self, cast

from trading_bot.order_flow.errors import DataSourceError, OrderFlowError
from trading_bot.order_flow.outside.door import decode
from trading_bot.order_flow.outside.source import LINE
from trading_bot.simulator.market.speed_clock import SpeedClock
from trading_bot.simulator.settings import DEFAULT_SEED, KEY_VARIABLE

_START_SECONDS = 30.0
_STOP_SECONDS = 3.0


_NEEDED = frozenset(
    {
        "HOME",
        "LANG",
        "LANGUAGE",
        "LD_LIBRARY_PATH",
        "PATH",
        "SYSTEMDRIVE",
        "SYSTEMROOT",
        "TEMP",
        "TMP",
        "TMPDIR",
        "TZ",
        "USERPROFILE",
        "VIRTUAL_ENV",
    }
)
_NEEDED_BEGINNINGS = ("COVERAGE_", "LC_", "PYTHON")


class SimulatorStartError(OrderFlowError):
    """The simulator's process did not come up."""


class SimulatorProcess:
    """Starts and stops the child; may be used with `with`.

    Args:
        seed: Same seed, same events.
        key: The key that is let in; None draws one. It reaches the child through its environment.
        faults: In the form of `--fault`.
        speed: Market seconds in a second of the machine's time.
        limit_bands: True to let the stream's `LULD` channel be subscribed.
        depth: True to serve ten levels too, at `depth_url`.
        broker: True to serve the simulated broker too, at `base_url`.
        start_seconds: How long the child may take until it listens.
        stop_seconds: How long it may take to end before it is ended by a signal.
        command: What is run; for tests of a child that does not come up.
    """

    def __init__(
        self,
        *,
        seed: int = DEFAULT_SEED,
        key: str | None = None,
        faults: Iterable[str] = (),
        speed: float = 1.0,
        limit_bands: bool = False,
        depth: bool = False,
        broker: bool = False,
        start_seconds: float = _START_SECONDS,
        stop_seconds: float = _STOP_SECONDS,
        command: Iterable[str] | None = None,
    ) -> None:
        self.key = secrets.token_hex(16) if key is None else key
        self.base_url = ""
        self.ws_url = ""
        self.depth_url = ""
        self.speed = speed
        self._start_seconds = start_seconds
        self._stop_seconds = stop_seconds
        own = [sys.executable, "-m", "trading_bot.simulator", "--with-parent", f"--seed={seed}"]
        own += [f"--speed={speed}"] + ["--limit-bands"] * limit_bands + ["--depth"] * depth
        own += ["--broker"] * broker
        self._command = own if command is None else list(command)
        self._command += [f"--fault={fault}" for fault in faults]
        self._process: subprocess.Popen[bytes] | None = None
        self._input: IO[bytes]
        self._output: IO[bytes]
        self._market_start: datetime | None = None
        self._started_at: datetime | None = None

    def __repr__(self) -> str:
        return f"SimulatorProcess(base_url={self.base_url!r})"

    @property
    def market_start(self) -> datetime:
        """Market time at which the run began, UTC.

        Raises:
            SimulatorStartError: Not started.
        """
        if self._market_start is None:
            raise SimulatorStartError("the simulator has not been started")
        return self._market_start

    @property
    def clock(self) -> SpeedClock:
        """The market's present, for a bot that lives in the market's time.

        Raises:
            SimulatorStartError: Not started.
        """
        if self._started_at is None:
            raise SimulatorStartError("the simulator has not been started")
        return SpeedClock(started_at=self._started_at, speed=self.speed)

    @property
    def clock_offset(self) -> timedelta:
        """Market time minus machine time at the start, for `OffsetClock` at a speed of 1.

        Raises:
            SimulatorStartError: Not started.
        """
        return self.clock.offset

    @property
    def pid(self) -> int | None:
        """The child's process id, or None before it was started."""
        return None if self._process is None else self._process.pid

    def is_running(self) -> bool:
        """Return whether the child lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start the child and wait until it listens.

        Raises:
            SimulatorStartError: It ended at once, said nothing in time, or something else.
        """
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_needed(os.environ) | {KEY_VARIABLE: self.key},
        )
        # Both are pipes, by the arguments above.
        self._input = cast("IO[bytes]", self._process.stdin)
        self._output = cast("IO[bytes]", self._process.stdout)
        lines: SimpleQueue[bytes] = SimpleQueue()
        Thread(target=self._read_first_line, args=(lines,), daemon=True).start()
        try:
            line = lines.get(timeout=self._start_seconds)
            facts = decode(line, "the simulator's first line", LINE)
            self.base_url = str(facts["base_url"])
            self.ws_url = str(facts["ws_url"])
            self.depth_url = str(facts.get("depth_url", ""))
            self._market_start = datetime.fromisoformat(facts["market_start"])
            self._started_at = datetime.fromisoformat(facts["started_at"])
        except (Empty, DataSourceError, ValueError, KeyError, TypeError) as error:
            self.stop()
            raise SimulatorStartError(
                f"the simulator did not say where it listens within {self._start_seconds:g} s "
                f"(exit status {self._process.returncode})"
            ) from error
        return self

    def _read_first_line(self, lines: SimpleQueue[bytes]) -> None:
        lines.put(self._output.readline())

    def stop(self) -> None:
        """End the child: by closing its input, then by a signal; returns when it is gone."""
        process = self._process
        if process is None:
            return
        self._input.close()
        for end in (process.terminate, process.kill):
            try:
                process.wait(timeout=self._stop_seconds)
                break
            except subprocess.TimeoutExpired:
                end()
        process.wait()
        self._output.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _needed(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what an interpreter needs to run: no key is among it, whatever its name."""
    return {
        name: text
        for name, text in environ.items()
        if name.upper() in _NEEDED or name.upper().startswith(_NEEDED_BEGINNINGS)
    }
