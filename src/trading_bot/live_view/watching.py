"""The loops of `trading-bot watch`: frames on a terminal, lines elsewhere, objects for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from trading_bot.live_view.cells import Line, clean, in_ascii, plain, wrap
from trading_bot.live_view.frame import Canvas, frame
from trading_bot.live_view.head import silence
from trading_bot.live_view.painter import BELL, Painter
from trading_bot.live_view.report import report
from trading_bot.live_view.said import SaidLine
from trading_bot.live_view.source import LiveSource
from trading_bot.live_view.summary import summary
from trading_bot.live_view.words import SIMULATED, line_of_said
from trading_bot.order_flow.clock import Clock, monotonic_seconds
from trading_bot.order_flow.market.units import ns_from_utc

TURN_SECONDS: Final = 0.1
"""How often it is looked for something new."""
FRAME_SECONDS: Final = 0.25
"""How long a frame stands at least, whatever changes."""
STILL_SECONDS: Final = 1.0
"""How long a frame stands at most: its clock goes on."""
SUMMARY_SECONDS: Final = 5.0
"""How long a summary line stands at least, where there are no frames."""
REPEAT_SECONDS: Final = 60.0
"""How long one stands at most, where nothing changes."""
_INDENT: Final = 4

Wait = Callable[[float], bool]
"""Waits so many seconds; returns True where the end was asked for."""


class Frames:
    """Draws frames until the end is asked for.

    Args:
        source: What is shown.
        painter: Draws.
        canvas: How; its size is asked for anew each time.
        size: Returns width and height of the terminal.
        bell: Rings at each new exit; None for no bell.
        clock: The machine's present.
    """

    def __init__(
        self,
        source: LiveSource,
        painter: Painter,
        canvas: Canvas,
        *,
        size: Callable[[], tuple[int, int]],
        bell: Callable[[str], object] | None,
        clock: Clock,
    ) -> None:
        self._source = source
        self._painter = painter
        self._canvas = canvas
        self._size = size
        self._bell = bell
        self._clock = clock
        self._drawn_size: tuple[int, int] | None = None

    def run(self, wait: Wait) -> None:
        """Draw until `wait` says that it is over."""
        self._source.catch_up()
        self._painter.begin()
        try:
            drawn = monotonic_seconds() - STILL_SECONDS
            has_news = True
            while True:
                news, said = self._source.read()
                has_news |= news
                if self._bell is not None and any(each.kind == "exit" for each in said):
                    self._bell(BELL)
                stood = monotonic_seconds() - drawn
                is_due = stood >= (FRAME_SECONDS if has_news else STILL_SECONDS)
                if is_due or self._size() != self._drawn_size:
                    self.draw()
                    drawn, has_news = monotonic_seconds(), False
                if wait(TURN_SECONDS):
                    return
        finally:
            self._painter.end()

    def draw(self) -> None:
        """Draw what is so now."""
        self._drawn_size = width, height = self._size()
        canvas = replace(self._canvas, width=width, height=height)
        now_ns = ns_from_utc(self._clock())
        self._painter.draw(frame(self._source.state, now_ns, canvas), width, height)


class Lines:
    """Writes a line for each event, and one now and then of how all stands.

    Args:
        source: What is shown.
        canvas: How wide, and in which zone.
        write: Takes text.
        clock: The machine's present.
        is_ascii: Whether nothing but ASCII may be written.
    """

    def __init__(
        self,
        source: LiveSource,
        canvas: Canvas,
        *,
        write: Callable[[str], object],
        clock: Clock,
        is_ascii: bool,
    ) -> None:
        self._source = source
        self._canvas = canvas
        self._write = write
        self._clock = clock
        self._is_ascii = is_ascii
        self._was_silent: bool | None = None
        self._stood: object = None
        self._summed_up = monotonic_seconds() - SUMMARY_SECONDS

    def run(self, wait: Wait) -> None:
        """Write until `wait` says that it is over."""
        self._source.catch_up()
        while True:
            _, said = self._source.read()
            self.turn(said, monotonic_seconds())
            if wait(TURN_SECONDS):
                return

    def turn(self, said: Iterable[SaidLine], now: float) -> None:
        """Write what was said, and how all stands where that has changed.

        Args:
            said: What is new.
            now: Seconds of a clock that never runs backwards.
        """
        for each in said:
            self._put(line_of_said(each, zone=self._canvas.zone, mark=self._mark()))
        state, now_ns = self._source.state, ns_from_utc(self._clock())
        is_silent = state.is_silent(now_ns)
        if is_silent != self._was_silent:
            if is_silent:
                where = self._canvas.waits_for
                self._put(((silence(state, now_ns, self._canvas.zone, where), "blind"),))
            elif self._was_silent is not None:
                self._put((("the guard is heard", "good"),))
            self._was_silent, self._stood = is_silent, None
            self._summed_up = now - SUMMARY_SECONDS
        if is_silent or now - self._summed_up < SUMMARY_SECONDS:
            return
        as_of_ns = state.as_of(now_ns)
        stands = (state.urgencies(as_of_ns), state.beat and state.beat.troubles)
        if stands == self._stood and now - self._summed_up < REPEAT_SECONDS:
            return
        self._stood, self._summed_up = stands, now
        zone = self._canvas.zone
        stamp = f"{zone.clock(as_of_ns)} {zone.name(as_of_ns)} {self._mark()}status: "
        self._put(((stamp + summary(state, now_ns, zone), ""),))

    def _mark(self) -> str:
        beat = self._source.state.beat
        return SIMULATED if beat is not None and beat.market == "simulated" else ""

    def _put(self, line: Line) -> None:
        self._write(as_text([line], self._canvas.width, is_ascii=self._is_ascii))


def as_text(lines: Iterable[Line], width: int, *, is_ascii: bool) -> str:
    """Return lines as plain text, wrapped between words."""
    wrapped = [plain(each) for line in lines for each in wrap(line, width, _INDENT)]
    text = "".join(f"{clean(each)}\n" for each in wrapped)
    return "\n".join(map(in_ascii, text.split("\n"))) if is_ascii else text


def json_line(source: LiveSource, clock: Clock) -> str:
    """Return all that is so now as a line of JSON."""
    found: Mapping[str, Any] = report(source.state, ns_from_utc(clock()))
    return msgspec.json.encode(found).decode() + "\n"


def run_json(source: LiveSource, write: Callable[[str], object], clock: Clock, wait: Wait) -> None:
    """Write all that is so once a second, until `wait` says that it is over."""
    while True:
        source.catch_up()
        write(json_line(source, clock))
        if wait(STILL_SECONDS):
            return
