"""`trading-bot doctor`: makes the checks and prints them."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, TextIO

from trading_bot.doctor.check import Check, exit_status
from trading_bot.doctor.checks import OFFLINE, ONLINE_NAMES
from trading_bot.doctor.examination import examine
from trading_bot.doctor.looked import Looked, SimulatedMarket

_WIDTH: Final = max(map(len, (*OFFLINE, *ONLINE_NAMES)))
_CLEAR_LINE: Final = "\r\x1b[K"


def run_doctor(looked: Looked, *, seconds: float, as_json: bool) -> int:
    """Make every check and print what was found, line by line or as one JSON object.

    Args:
        looked: What is looked at.
        seconds: How long all may take.
        as_json: Print JSON only.

    Returns:
        The exit status: 0 where all is well, 1 for a warning, 2 for a failure.
    """
    progress = _Progress(sys.stderr)
    found: dict[str, Check] = {}
    with _market_of(looked) as there:
        for name, check in examine(there, seconds, begun=progress.begun):
            found[name] = check
            progress.clear()
            if not as_json:
                _print(_line(name, check))
    if as_json:
        checks = [
            {"name": name, "state": each.state, "found": each.found, "mend": each.mend}
            for name, each in found.items()
        ]
        _print(json.dumps({"checks": checks}, indent=2))
    return exit_status(found.values())


@contextlib.contextmanager
def _market_of(looked: Looked) -> Iterator[Looked]:
    """Start the simulated market where that is to be watched."""
    if not looked.simulated:
        yield looked
        return
    # Imported here: looking at a live market needs nothing of the simulator.
    from trading_bot.simulator.process import SimulatorProcess  # noqa: PLC0415 - see above

    with SimulatorProcess(broker=True) as process:
        yield replace(looked, market=SimulatedMarket(process.base_url, process.key))


class _Progress:
    """What is looked at now, on a terminal; nothing elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream if stream.isatty() else None

    def begun(self, name: str) -> None:
        """Show what is looked at."""
        self._write(f"{_CLEAR_LINE}...   {name}")

    def clear(self) -> None:
        """Show it no more."""
        self._write(_CLEAR_LINE)

    def _write(self, text: str) -> None:
        if self._stream is not None:
            self._stream.write(text)
            self._stream.flush()


def _line(name: str, check: Check) -> str:
    mend = f"; {check.mend}" if check.mend else ""
    words = " ".join(f"{check.found}{mend}".split())
    return f"{check.state:<4}  {name:<{_WIDTH}}  {words}"


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
