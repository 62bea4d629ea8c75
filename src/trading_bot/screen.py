"""Screen: the only writer to the terminal, on a thread of its own, so that nobody waits for one.

A held terminal (Ctrl-S) or a pipe that nobody reads stops this thread alone: what is said is kept
within bounds, and the process ends without it. Output that is closed switches the screen off.
"""

from __future__ import annotations

import io
import os
import selectors
import sys
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Protocol, Self, TextIO, cast

from rich.console import Console
from rich.text import Text

from trading_bot.logger import TradingLogger
from trading_bot.order_flow.threads.watch import Threads, Watched

CLOSE_SECONDS = 1.0
"""How long the end waits for what is still to be written."""
LINES_KEPT = 1_000
"""Lines that may wait for a held terminal; the oldest go first."""
DRAWING_SECONDS = 5.0
"""How long one drawing may take until the thread counts as stuck: a terminal may take no more."""
_AGAIN_SECONDS = 1.0
"""When to draw again after drawing has failed."""

_logger = TradingLogger.get_logger("screen")


class OutputClosed(Exception):  # noqa: N818 - an event, which ends the drawing and nothing else
    """Nothing can be written any more."""


class Say(Protocol):
    """Whoever takes a line for a person."""

    def __call__(self, text: str, style: str = "") -> None:
        """Show one line, sooner or later."""
        ...


class Scene(Protocol):
    """What is drawn beside single lines; all of it is called by the screen's thread."""

    def begin(self) -> None:
        """Draw for the first time."""
        ...

    def draw(self) -> float:
        """Draw what is new; return after how many seconds to draw again."""
        ...

    def end(self) -> None:
        """Draw for the last time."""
        ...

    def switched_off(self) -> None:
        """Take note that nothing of it is seen any more."""
        ...


class Output:
    """A stream's end of its own, without a buffer.

    Python flushes the buffers of its own streams at its end, and would wait there, or abort, while
    a thread is held within one.

    Args:
        stream: Standard output, or what stands in its place; None where there is none.

    Attributes:
        encoding: That of the stream.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._descriptor = _own_descriptor(stream)
        self.encoding: str = getattr(stream, "encoding", None) or "utf-8"

    def isatty(self) -> bool:
        """Return whether a person may be looking."""
        with suppress(ValueError):
            return self._stream is not None and self._stream.isatty()
        return False

    def fileno(self) -> int:
        """Return the own descriptor."""
        if self._descriptor is None:
            raise io.UnsupportedOperation("fileno")
        return self._descriptor

    def write(self, text: str) -> int:
        """Write at once, for as long as it takes.

        Raises:
            OutputClosed: It cannot be written, now or ever.
        """
        data = text.encode(self.encoding, "replace")
        try:
            if self._descriptor is not None:
                _write_all(self._descriptor, data)
            elif self._stream is not None:
                self._stream.write(data.decode(self.encoding))
                self._stream.flush()
            else:
                raise OutputClosed("there is none")
        except (OSError, ValueError) as error:
            raise OutputClosed(getattr(error, "strerror", None) or str(error)) from error
        return len(text)

    def flush(self) -> None:
        """Do nothing: nothing is held back."""

    def release(self) -> None:
        """Give the own descriptor back; the stream stays open."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class Screen:
    """Writes lines and one scene, from its thread; whoever says something goes on at once.

    Args:
        record: Where the record lies, for whoever can see nothing more.
        console: Where to write; standard output by default.
    """

    def __init__(self, record: Path, console: Console | None = None) -> None:
        self._record = record
        self._output = None if console is not None else Output(sys.stdout)
        # All that a console asks of a file is there.
        self.console = console or Console(file=cast("TextIO", self._output))
        self._said: deque[Text] = deque()
        self._said_lock = threading.Lock()
        self._lost = 0
        self._scene: Scene | None = None
        self._begun = False
        self._finished = False
        self._wake = threading.Event()
        self._ending = False
        self._off = False
        self._done = threading.Event()
        self._failures: set[type[Exception]] = set()
        self._watched: Watched | None = None

    def __enter__(self) -> Self:
        threading.Thread(target=self._run, name="screen", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending = True
        self._wake.set()
        if self._done.wait(CLOSE_SECONDS) and self._output is not None:
            self._output.release()

    def say(self, text: str, style: str = "") -> None:
        """Show one line; from any thread, without waiting."""
        if self._off:
            return
        with self._said_lock:
            if len(self._said) >= LINES_KEPT:
                self._said.popleft()
                self._lost += 1
            self._said.append(Text(text, style))
        self._wake.set()

    def be_watched(self, threads: Threads) -> None:
        """Let health know how the screen's thread is."""
        self._watched = threads.watched("screen", DRAWING_SECONDS)

    def show(self, scene: Scene) -> None:
        """Draw a scene from now on."""
        self._scene = scene
        self._wake.set()

    def finish(self) -> None:
        """Draw the scene for the last time."""
        self._finished = True
        self._wake.set()

    def wake(self) -> None:
        """Draw now: something is new."""
        self._wake.set()

    def write(self, line: Text) -> None:
        """Write a line at once, broken between words on a terminal; for scenes, on its thread."""
        self.console.print(line, soft_wrap=not self.console.is_terminal)

    def _run(self) -> None:
        pause: float | None = None
        try:
            while not self._off:
                self._wake.wait(pause)
                self._wake.clear()
                ending = self._ending
                if self._watched is not None:
                    self._watched.beat()
                pause = self._turn(ending=ending)
                if self._watched is not None:
                    self._watched.rest()
                if ending:
                    return
        finally:
            self._done.set()

    def _turn(self, *, ending: bool) -> float | None:
        try:
            self._write_said()
            return self._draw(ending=ending)
        except OutputClosed as error:
            self._switch_off(error)
        except Exception as error:
            # What cannot be drawn now may be drawn a moment later; the guard needs none of it.
            if self._watched is not None:
                self._watched.note(error)
            if type(error) not in self._failures:
                self._failures.add(type(error))
                _logger.exception("screen.drawing_failed")
        return _AGAIN_SECONDS

    def _write_said(self) -> None:
        with self._said_lock:
            lines, lost = list(self._said), self._lost
            self._said.clear()
            self._lost = 0
        if lost:
            self.write(Text(f"{lost:,} lines were lost: the output was held", "yellow"))
        for line in lines:
            self.write(line)

    def _draw(self, *, ending: bool) -> float | None:
        scene = self._scene
        if scene is None:
            return None
        finished = ending or self._finished
        if not self._begun:
            self._begun = True
            scene.begin()
        pause = scene.draw()
        if not finished:
            return pause
        self._scene = None
        scene.end()
        return None

    def _switch_off(self, error: OutputClosed) -> None:
        self._off = True
        _logger.warning("screen.output_closed", extra={"error_message": str(error)})
        if self._scene is not None:
            self._scene.switched_off()
        note = f"note: the output is closed ({error}); watching goes on, "
        with suppress(OutputClosed):
            Output(sys.stderr).write(f"{note}the record lies in {self._record}\n")


def _own_descriptor(stream: TextIO | None) -> int | None:
    # Windows writes text to its consoles by another way than bytes to a descriptor.
    if stream is None or sys.platform == "win32":
        return None
    try:
        return os.dup(stream.fileno())
    except (OSError, ValueError):  # no file of the system's, or closed
        return None


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:
            # Whoever shares the terminal has told it not to wait. Not `select`: it knows the first
            # thousand descriptors of a process only, and a host may have more.
            with selectors.DefaultSelector() as selector:
                selector.register(descriptor, selectors.EVENT_WRITE)
                selector.select()
