"""Runs `monitor` in this process until a test has seen what it waits for, and not by a time."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trading_bot.bot import TradingBot
from trading_bot.commands.monitor import run_monitor
from trading_bot.watched.asked import MonitorOptions

LONGEST_SECONDS = 60.0


def events_in(directory: Path) -> list[str]:
    """Return the kinds of a record's whole lines, in order."""
    lines = b"".join(path.read_bytes() for path in sorted(directory.glob("*.jsonl"))).splitlines()
    return [json.loads(line)["event"].removeprefix("order_flow.") for line in lines]


class Watch:
    """Calls `run_monitor`, and stops its bot.

    Args:
        monkeypatch: Lets it know of the bot.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._bots: list[TradingBot] = []
        bots = self._bots
        self._streams = threading.Event()
        streams = self._streams

        class Noted(TradingBot):
            def __init__(self, *arguments: Any, **options: Any) -> None:
                say = options["on_streaming"]

                def say_and_note() -> None:
                    say()
                    streams.set()

                noting = None if say is None else say_and_note
                super().__init__(*arguments, **options | {"on_streaming": noting})
                bots.append(self)

        monkeypatch.setattr("trading_bot.commands.monitor.TradingBot", Noted)

    def streams(self) -> bool:
        """Tell whether it has been said that everything is streamed."""
        return self._streams.is_set()

    def until(self, seen: Callable[[], bool], options: MonitorOptions) -> int:
        """Watch until something is seen; return the exit status."""
        over = threading.Event()
        found: list[bool] = []

        def look() -> None:
            while not over.wait(0.02):
                if self._bots and seen():
                    found.append(True)
                    self._bots[-1].stop()
                    return

        looking = threading.Thread(target=look)
        looking.start()
        try:
            status = run_monitor(replace(options, duration_seconds=LONGEST_SECONDS))
        finally:
            over.set()
            looking.join()
        assert found, "what was waited for has not come"
        return status

    def until_recorded(self, event: str, options: MonitorOptions, times: int = 1) -> int:
        """Watch until the record has so many lines of a kind; return the exit status."""
        folder = options.log_directory
        assert folder is not None
        return self.until(lambda: events_in(folder).count(event) >= times, options)
