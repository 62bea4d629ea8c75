"""`trading-bot watch`: shows a guard that runs already, by its live file and its record."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from trading_bot.live_view.frame import Canvas, frame
from trading_bot.live_view.painter import Painter
from trading_bot.live_view.report import needs_attention
from trading_bot.live_view.source import LiveSource
from trading_bot.live_view.watching import Frames, Lines, json_line, run_json
from trading_bot.live_view.zones import ZoneName, zone_of
from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.watched.live_folders import live_folder_of

_USUAL_WIDTH: Final = 80
_USUAL_HEIGHT: Final = 24
_LEAST_WIDTH: Final = 20
_DUMB: Final = ("dumb", "unknown", "")


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """What the command line asked for.

    Attributes:
        home: Where the usual folders lie.
        live_dir: The live folder; None for that of the record.
        log_dir: Folder of the record; None for the usual one.
        once: Show what is so now, and end.
        is_ascii: Write nothing but ASCII.
        time: In which zone times are shown.
        bell: Ring at each exit.
        as_json: Write objects for a program.
    """

    home: Path
    live_dir: Path | None = None
    log_dir: Path | None = None
    once: bool = False
    is_ascii: bool = False
    time: ZoneName = "exchange"
    bell: bool = False
    as_json: bool = False


def run_watch(options: WatchOptions) -> int:
    """Show what is so; return 1 where `once` found that somebody has to look, else 0.

    Raises:
        DataSourceError: Another version writes the live file.
    """
    folder = live_folder_of(options.home, options.live_dir, options.log_dir)
    source = LiveSource(folder, options.log_dir)
    try:
        with _ending_on_signals() as ending:
            return _run(options, source, folder, ending)
    except BrokenPipeError:
        # Whoever read has enough. What is still in the buffer would fail at the very end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(options: WatchOptions, source: LiveSource, folder: Path, ending: threading.Event) -> int:
    is_screen = _is_screen(os.environ)
    is_ascii = options.is_ascii or not _can_show_signs()
    width = shutil.get_terminal_size((_USUAL_WIDTH, 0)).columns
    canvas = Canvas(
        width=max(width, _LEAST_WIDTH),
        height=None,
        zone=zone_of(options.time),
        waits_for=str(folder),
        shows_said=True,
    )
    painter = Painter(
        _write, has_colours=is_screen and not os.environ.get("NO_COLOR"), is_ascii=is_ascii
    )
    if options.once:
        source.catch_up()
        now_ns = ns_from_utc(utc_now())
        if options.as_json:
            _write(json_line(source, utc_now))
        else:
            lines = frame(source.state, now_ns, canvas)
            _write("".join(f"{painter.text(each)}\n" for each in lines))
        return 1 if needs_attention(source.state, now_ns) else 0
    if options.as_json:
        run_json(source, _write, utc_now, ending.wait)
    elif is_screen:
        bell = _write if options.bell else None
        Frames(source, painter, canvas, size=_size, bell=bell, clock=utc_now).run(ending.wait)
    else:
        Lines(source, canvas, write=_write, clock=utc_now, is_ascii=is_ascii).run(ending.wait)
    return 0


def _is_screen(environment: Mapping[str, str]) -> bool:
    """Return whether there is a terminal whose cursor can be moved."""
    return sys.stdout.isatty() and environment.get("TERM", "") not in _DUMB


def _can_show_signs() -> bool:
    """Return whether the output takes the signs of a frame."""
    try:
        "⏏●◐○▲■…".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _size() -> tuple[int, int]:
    found = os.get_terminal_size(sys.stdout.fileno())
    # One that does not say how large it is says 0.
    return max(found.columns or _USUAL_WIDTH, _LEAST_WIDTH), found.lines or _USUAL_HEIGHT


def _write(text: str) -> None:
    encoding = sys.stdout.encoding or "ascii"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


@contextmanager
def _ending_on_signals() -> Iterator[threading.Event]:
    """End on SIGINT, SIGTERM and SIGHUP, so that the terminal is given back as it was."""
    ending = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, each) for each in names if hasattr(signal, each)]
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
