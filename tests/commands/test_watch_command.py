"""`trading-bot watch`: its options, what it finds by itself, and its exit status."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import pytest
from support.live_market import (
    LiveFolder,
    exit_line,
    live_beat,
    live_row,
    write_lines,
)

from trading_bot.cli import app as cli
from trading_bot.commands.watch import WatchOptions, run_watch
from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.live_file.place import live_folder
from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.watched.live_folders import live_folder_of

if sys.platform != "win32":
    import pty


@pytest.fixture(autouse=True)
def _usual(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep runtime folders, colours and sizes of this machine out."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)


def heard(folder: Path, *rows: Any, **changes: Any) -> LiveFolder:
    """Let a guard be heard just now."""
    now_ns = ns_from_utc(utc_now())
    live = LiveFolder(folder)
    live.begin(live_beat(*rows, whole=True, **({"written_ns": now_ns} | changes)))
    return live


def once(tmp_path: Path, **options: Any) -> int:
    made = WatchOptions(home=tmp_path, live_dir=tmp_path / "live", once=True, **options)
    return run_watch(made)


@pytest.mark.parametrize(
    ("pressure", "status"), [("calm", 0), ("alerted", 1), ("exit", 1), ("unknown", 0)]
)
def test_once_prints_a_frame_and_says_by_its_status_whether_to_look(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], pressure: str, status: int
) -> None:
    # Given a guard with a position that stands so
    heard(tmp_path / "live", live_row(pressure=pressure))
    # When it is asked once
    found = once(tmp_path)
    # Then its frame is there, without a code of a terminal
    said = capsys.readouterr().out
    assert found == status
    assert said.startswith("SIMULATED market 2026-03-10 10:00:0")
    assert " ACME " in said
    assert "\x1b" not in said


def test_once_without_a_guard_says_where_it_was_looked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given nobody
    # When it is asked once
    status = once(tmp_path)
    # Then it says so, and somebody has to look
    # A long path is broken wherever a line ends.
    said = "".join(capsys.readouterr().out.split())
    where = f"NO GUARD WAS SEEN in {tmp_path / 'live'}. Is one running? Nothing is known."
    assert status == 1
    assert said.endswith(where.replace(" ", ""))


def test_once_as_json_is_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Given a guard
    heard(tmp_path / "live", live_row())
    # When it is asked once for a program
    status = once(tmp_path, as_json=True)
    # Then there is one line
    (line,) = capsys.readouterr().out.splitlines()
    assert status == 0
    assert json.loads(line)["attention"] is False


def test_ascii_and_local_time_are_obeyed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a guard with an alerted position
    heard(tmp_path / "live", live_row(pressure="alerted"))
    # When it is asked so
    once(tmp_path, is_ascii=True, time="local")
    # Then there is nothing but ASCII, and this machine's zone
    said = capsys.readouterr().out
    assert said.isascii()
    assert "\n* ACME" in said
    assert f" {utc_now().astimezone():%Z}" in said.splitlines()[0]


def test_output_that_takes_no_signs_gets_ascii(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an output in ASCII
    heard(tmp_path / "live", live_row(pressure="alerted", reason=""))
    with open(os.dup(1), "w", encoding="ascii") as stream:  # noqa: PTH123 - a descriptor
        monkeypatch.setattr(sys, "stdout", stream)
        # When a guard is asked for once
        status = once(tmp_path)
    # Then it is told all the same
    assert status == 1
    assert "\n* ACME" in capfd.readouterr().out


def ended_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let whoever waits find that the end was asked for, by a signal."""
    waits = threading.Event.wait

    def wait(self: threading.Event, seconds: float | None = None) -> bool:
        signal.raise_signal(signal.SIGTERM)
        return waits(self, seconds)

    monkeypatch.setattr(threading.Event, "wait", wait)


@pytest.mark.parametrize(
    ("as_json", "begin"), [(False, "NO GUARD WAS SEEN"), (True, '{"attention')]
)
def test_without_a_terminal_it_goes_on_until_a_signal(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    as_json: bool,
    begin: str,
) -> None:
    # Given nobody, and a signal that comes at once
    ended_at_once(monkeypatch)
    before = signal.getsignal(signal.SIGTERM)
    # When it is watched
    made = WatchOptions(home=tmp_path, live_dir=tmp_path / "live", as_json=as_json)
    status = run_watch(made)
    # Then it said something, ended well, and signals are as they were
    assert status == 0
    assert capsys.readouterr().out.startswith(begin)
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_reader_that_has_gone_ends_it_quietly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an output whose reader has gone
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        # When a guard is asked for once
        # Then it ends well, and closing the output does too
        assert once(tmp_path) == 0


@pytest.fixture
def terminal() -> Iterator[tuple[int, TextIO]]:
    """Open a terminal: a person's end, and what a process writes to."""
    person, process = pty.openpty()
    with os.fdopen(process, "w", encoding="utf-8") as stream:
        yield person, stream
    os.close(person)


def read_all(person: int) -> str:
    """Return what was written to a terminal that nobody writes to any more."""
    said = b""
    with contextlib.suppress(OSError):  # which is how its end is said
        while piece := os.read(person, 65_536):
            said += piece
    return said.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="terminals as POSIX has them")
@pytest.mark.parametrize(
    ("environment", "bell", "begin"),
    [
        ({"TERM": "xterm"}, False, "\x1b[?1049h"),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, "\x1b[?1049h"),
        ({"TERM": "dumb"}, False, "NO GUARD WAS SEEN"),
    ],
)
def test_on_a_terminal_there_are_frames_where_its_cursor_can_be_moved(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    terminal: tuple[int, TextIO],
    environment: dict[str, str],
    bell: bool,
    begin: str,
) -> None:
    # Given a terminal, and nobody
    person, stream = terminal
    monkeypatch.setattr(sys, "stdout", stream)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ended_at_once(monkeypatch)
    # When it is watched there
    status = run_watch(WatchOptions(home=tmp_path, live_dir=tmp_path / "live", bell=bell))
    # Then there is a frame, in colour unless that is not wished; or a line
    stream.close()
    said = read_all(person)
    assert status == 0
    assert said.startswith(begin)
    assert ("\x1b[1;7m" in said) == (environment == {"TERM": "xterm"})


def test_the_folder_is_the_one_that_was_named_or_the_records(tmp_path: Path) -> None:
    # Given a record
    record = tmp_path / "record"
    # When folders are named
    # Then each is what was meant
    assert live_folder_of(tmp_path, tmp_path / "live", record) == tmp_path / "live"
    assert live_folder_of(tmp_path, None, record) == live_folder(record)


def test_without_a_name_the_folder_is_that_of_the_guard_that_was_heard_last(
    tmp_path: Path,
) -> None:
    # Given the usual records of both markets
    live = live_folder(tmp_path / "logs" / "order_flow")
    simulated = live_folder(tmp_path / "logs" / "order_flow_simulated")
    nobody = live_folder_of(tmp_path, None, None)
    # When a guard writes beside the one, and then beside the other
    heard(simulated, live_row(), written_ns=1)
    first = live_folder_of(tmp_path, None, None)
    heard(live, live_row(), written_ns=2)
    # Then it is the newest's; the live market's where there is none
    assert (nobody, first, live_folder_of(tmp_path, None, None)) == (live, simulated, live)


def test_the_command_takes_its_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a guard, and a record elsewhere with an exit
    heard(tmp_path / "live", live_row())
    write_lines(tmp_path / "record", [exit_line(0)])
    arguments = ["watch", "--once", "--json", "--ascii", "--bell", "--time", "local"]
    folders = ["--live-dir", str(tmp_path / "live"), "--log-dir", str(tmp_path / "record")]
    monkeypatch.setattr(sys, "argv", ["trading-bot", *arguments, *folders])
    # When the command is called
    with pytest.raises(SystemExit) as ended:
        cli.main()
    # Then it obeys
    assert ended.value.code == 1
    assert json.loads(capsys.readouterr().out)["counts"] == {"exit": 1}
