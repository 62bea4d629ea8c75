"""The one writer to the terminal: whoever says something goes on, whatever becomes of it."""

from __future__ import annotations

import io
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from trading_bot import screen as screens
from trading_bot.screen import LINES_KEPT, Output, OutputClosed, Screen

RECORD = Path("record")
PATIENCE_SECONDS = 5.0
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="descriptors as POSIX has them")


class Pipe:
    """Standard output is a pipe; its reader reads when a test says so."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()
        self.stream = os.fdopen(self._writer, "w", encoding="utf-8")

    def read_all(self) -> str:
        self.stream.close()
        with os.fdopen(self.reader, "rb") as reader:
            return reader.read().decode()


class Drawing:
    """A scene that does what it is told to."""

    def __init__(self, draw: Callable[[], float] = lambda: 60.0) -> None:
        self.done: list[str] = []
        self.is_off = threading.Event()
        self._draw = draw

    def begin(self) -> None:
        self.done.append("begin")

    def draw(self) -> float:
        self.done.append("draw")
        return self._draw()

    def end(self) -> None:
        self.done.append("end")

    def switched_off(self) -> None:
        self.is_off.set()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.stream.close()


def shown(*lines: str, before: tuple[str, ...] = ()) -> str:
    output = io.StringIO()
    screen = Screen(RECORD, Console(file=output, width=60))
    for line in before:
        screen.say(line)
    with screen:
        for line in lines:
            screen.say(line)
    return output.getvalue()


def test_lines_are_written_in_their_order_without_markup_or_wrapping() -> None:
    # Given lines said before the screen is on, and after
    long = "a line of more than sixty characters, which a person may want to copy"
    # When it ends
    # Then all are there as they are
    assert shown("[odd] markup", long, before=("first",)) == f"first\n[odd] markup\n{long}\n"


def test_the_oldest_of_too_many_lines_are_lost_and_counted() -> None:
    # Given more lines than are kept, while nothing is written
    # When they are written
    found = shown(before=tuple(map(str, range(LINES_KEPT + 1_234)))).splitlines()
    # Then the newest are there, behind a word of those that were lost
    assert found[0] == "1,234 lines were lost: the output was held"
    assert (found[1], found[-1], len(found)) == ("1234", "2233", LINES_KEPT + 1)


def test_a_scene_is_begun_drawn_and_ended() -> None:
    # Given a screen with a scene that wants to be drawn at once, three times
    pauses = iter([0.0, 0.0])
    third = threading.Event()

    def draw() -> float:
        pause = next(pauses, None)
        if pause is None:
            third.set()
        return 60.0 if pause is None else pause

    scene = Drawing(draw)
    screen = Screen(RECORD, Console(file=io.StringIO()))
    # When it is shown, woken and finished
    with screen:
        screen.show(scene)
        assert third.wait(PATIENCE_SECONDS)
        screen.wake()
        screen.finish()
    # Then it was drawn until its end, once more at least for the waking or the end
    assert (scene.done[:4], scene.done[-2:]) == (["begin", "draw", "draw", "draw"], ["draw", "end"])
    assert scene.done.count("end") == 1


def test_a_scene_that_nobody_finished_ends_with_the_screen() -> None:
    # Given a scene on a screen
    scene = Drawing()
    # When the screen ends
    with Screen(RECORD, Console(file=io.StringIO())) as screen:
        screen.show(scene)
    # Then the scene has ended, too
    assert scene.done[-1] == "end"


def test_what_cannot_be_drawn_is_logged_once_and_drawn_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a scene that fails twice
    monkeypatch.setattr(screens, "_AGAIN_SECONDS", 0.0)
    failures: list[Exception] = [ZeroDivisionError(), ZeroDivisionError()]
    drawn = threading.Event()

    def draw() -> float:
        if failures:
            raise failures.pop()
        drawn.set()
        return 60.0

    # When it is shown
    with caplog.at_level(logging.ERROR), Screen(RECORD, Console(file=io.StringIO())) as screen:
        screen.show(Drawing(draw))
        assert drawn.wait(PATIENCE_SECONDS)
    # Then it is drawn at last
    assert [each.getMessage() for each in caplog.records] == ["screen.drawing_failed"]


@posix_only
def test_a_pipe_that_nobody_reads_holds_up_neither_who_speaks_nor_the_end(
    monkeypatch: pytest.MonkeyPatch, pipe: Pipe
) -> None:
    # Given a pipe that nobody reads
    monkeypatch.setattr(sys, "stdout", pipe.stream)
    monkeypatch.setattr(screens, "CLOSE_SECONDS", 0.05)
    line = "x" * 1_000
    # When more is said than it takes, and the screen ends
    with Screen(RECORD) as screen:
        for _ in range(500):
            screen.say(line)
    is_done = screen._done.is_set()
    # Then the writing thread alone is held, and goes on where it was once somebody reads
    assert not is_done
    reader = os.fdopen(pipe.reader, "rb")
    first = [reader.readline() for _ in range(400)]
    assert set(first) == {line.encode() + b"\n"}
    reader.close()
    assert screen._done.wait(PATIENCE_SECONDS)


@posix_only
def test_output_that_is_closed_is_said_once_and_switches_the_screen_off(
    monkeypatch: pytest.MonkeyPatch,
    pipe: Pipe,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Given a pipe whose reader has gone, and a scene
    monkeypatch.setattr(sys, "stdout", pipe.stream)
    os.close(pipe.reader)
    scene = Drawing()
    # When something is said, and then more
    with caplog.at_level(logging.WARNING), Screen(RECORD) as screen:
        screen.show(scene)
        screen.say("into the void")
        assert scene.is_off.wait(PATIENCE_SECONDS)
        screen.say("more")
    # Then one note on standard error says where to look
    assert capsys.readouterr().err == (
        "note: the output is closed (Broken pipe); watching goes on, the record lies in record\n"
    )
    assert [each.getMessage() for each in caplog.records] == ["screen.output_closed"]
    assert list(screen._said) == []


def test_without_standard_output_and_error_nothing_is_shown(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a process without either
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    # When something is said
    with caplog.at_level(logging.WARNING), Screen(RECORD) as screen:
        screen.say("to nobody")
    # Then the diagnostics know
    assert [vars(each)["error_message"] for each in caplog.records] == ["there is none"]


@posix_only
def test_lines_reach_the_descriptor_of_standard_output(
    monkeypatch: pytest.MonkeyPatch, pipe: Pipe
) -> None:
    # Given standard output with a descriptor
    monkeypatch.setattr(sys, "stdout", pipe.stream)
    # When a line is said that its encoding has, and one that it has not
    with Screen(RECORD) as screen:
        screen.say("grüße")
        screen.say("\ud800")
    # Then both arrive, and the stream is the process's as before
    assert pipe.read_all() == "grüße\n?\n"


@posix_only
def test_a_descriptor_that_does_not_wait_is_waited_for(pipe: Pipe) -> None:
    # Given a full pipe whose writers are told not to wait, and a writer
    os.set_blocking(pipe.stream.fileno(), False)
    output = Output(pipe.stream)
    text = "x" * 200_000
    writer = threading.Thread(target=output.write, args=(text,))
    writer.start()
    # When somebody reads
    found = b""
    while len(found) < len(text):
        found += os.read(pipe.reader, 65_536)
    writer.join(PATIENCE_SECONDS)
    # Then all of it arrives
    assert found.decode() == text
    output.release()
    output.release()


def test_a_stream_without_a_descriptor_is_written_to_itself() -> None:
    # Given a stream that is no file
    stream = io.StringIO()
    output = Output(stream)
    # When something is written
    output.write("a line\n")
    # Then it is there
    assert stream.getvalue() == "a line\n"
    assert (output.isatty(), output.encoding) == (False, "utf-8")
    with pytest.raises(io.UnsupportedOperation):
        output.fileno()


def test_a_closed_stream_is_closed_output() -> None:
    # Given a stream that was closed
    stream = io.StringIO()
    stream.close()
    output = Output(stream)
    # When it is written to
    # Then that is output closed
    assert not output.isatty()
    with pytest.raises(OutputClosed, match="closed file"):
        output.write("a line\n")


@posix_only
def test_a_descriptor_is_its_own(pipe: Pipe) -> None:
    # Given output over a descriptor
    output = Output(pipe.stream)
    # When its number is asked
    # Then it is another than the stream's, which stays open
    assert output.fileno() != pipe.stream.fileno()
    output.release()
    os.fstat(pipe.stream.fileno())


def test_a_scene_writes_on_the_screen() -> None:
    # Given a screen
    output = io.StringIO()
    screen = Screen(RECORD, Console(file=output))
    # When a scene writes a line
    screen.write(Text("of the scene"))
    # Then it is there at once
    assert output.getvalue() == "of the scene\n"
