"""A guard as the page knows it, and the page's server as a process of its own."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec

from support.live_market import Line, LiveFolder, LiveMarket, write_lines
from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.live_file.lines import LiveBeat
from trading_bot.order_flow.market.units import ns_from_utc

BEAT_SECONDS = 0.25


class ShownGuard:
    """Writes a live file and a record as a guard does, of an invented market.

    Args:
        folder: Below which both lie.
        symbols: How many are held.
        levels: Of each book.
    """

    def __init__(self, folder: Path, *, symbols: int = 20, levels: int = 10) -> None:
        self.live = folder / "live"
        self.record = folder / "record"
        self._file = LiveFolder(self.live)
        self._market = LiveMarket(symbols, levels=levels, record=str(self.record))
        self._beats: threading.Thread | None = None
        self._stopped = threading.Event()
        self.seconds = 0.0

    def begin(self, minutes: float = 3.0) -> None:
        """Write what was seen before now, a beat a second."""
        self._file.begin(self._next(whole=True))
        self._file.put(*(self._next(seconds=1.0) for _ in range(round(minutes * 60))))

    def beat(self, changed: int | None = None, **changes: Any) -> LiveBeat:
        """Write a beat of now, and return it."""
        beat = msgspec.structs.replace(self._next(changed), **changes)
        self._file.put(beat)
        return beat

    def say(self, *lines: Line) -> None:
        """Write lines of the record."""
        write_lines(self.record, lines)

    def _next(
        self, changed: int | None = None, *, seconds: float = BEAT_SECONDS, whole: bool = False
    ) -> LiveBeat:
        beat = self._market.beat(changed, seconds=seconds, whole=whole)
        self.seconds += seconds
        return msgspec.structs.replace(beat, written_ns=ns_from_utc(utc_now()))

    def __enter__(self) -> Self:
        """Beat four times a second until it is left, as one that is killed does."""
        self._stopped.clear()
        self._beats = threading.Thread(target=self._run, daemon=True)
        self._beats.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        if self._beats is not None:
            self._beats.join()

    def _run(self) -> None:
        while not self._stopped.wait(BEAT_SECONDS):
            self.beat()


class PageProcess:
    """The page's server.

    Args:
        guard: Whom it shows.
    """

    def __init__(self, guard: ShownGuard) -> None:
        self._guard = guard
        self._process: subprocess.Popen[str] | None = None
        self._port = 0
        self.address = ""

    def start(self) -> None:
        """Start it, at the port that it had before."""
        folders = ("--live-dir", str(self._guard.live), "--log-dir", str(self._guard.record))
        command = [sys.executable, "-m", "trading_bot", "page", *folders]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [*command, "--port", str(self._port)], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().split()[-1]
        self._port = urlsplit(self.address).port or 0

    @property
    def port(self) -> int:
        return self._port

    def kill(self) -> None:
        """End it without a word."""
        if self._process is not None:
            assert self._process.stdout is not None
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._process = None
