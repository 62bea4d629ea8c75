"""The live file's thread: what becomes of file or folder costs nobody anything but the file."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from trading_bot.order_flow.live_file.files import LiveFiles
from trading_bot.order_flow.live_file.lines import LiveBeat
from trading_bot.order_flow.live_file.place import LiveFolderRefused, segments_in
from trading_bot.order_flow.live_file.thread import (
    BEAT_SECONDS,
    SLEEPING_SECONDS,
    WRITING,
    LiveFile,
)
from trading_bot.order_flow.threads.watch import Threads

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="links, locks and signals")


class Looks:
    """A look that numbers its lines; each may be prevented, or be that of a market that sleeps."""

    def __init__(self, *before: Callable[[], object], sleeps: bool = False) -> None:
        self.before = list(before)
        self.number = 0
        self.sleeps = sleeps

    def __call__(self, *, whole: bool, last: bool) -> LiveBeat:
        if self.before:
            self.before.pop(0)()
        self.number += 1
        return LiveBeat(
            run="0" * 16,
            number=self.number,
            at_ns=5,
            written_ns=self.number,
            market="live",
            whole=whole or self.number == 1,
            status="stopped" if last else "ok",
            sleeping_until_ns=9 if self.sleeps else None,
        )


class Waits:
    """Ends after so many lines, and keeps how long it was to wait."""

    def __init__(self, lines: int) -> None:
        self.left = lines
        self.over = threading.Event()
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> bool:
        self.seconds.append(seconds)
        self.left -= 1
        if not self.left:
            self.over.set()
        return not self.left


def written(folder: Path) -> list[LiveBeat]:
    lines = b"".join(each.read_bytes() for each in segments_in(folder)).splitlines()
    return [msgspec.json.decode(line, type=LiveBeat) for line in lines]


def write(folder: Path, looks: Looks, lines: int, threads: Threads | None = None) -> LiveFile:
    """Write so many lines, and the last one."""
    waits = Waits(lines)
    file = LiveFile(looks, folder, threads or Threads(), wait=waits)
    with file:
        assert waits.over.wait(10)
    return file


def nothing() -> None:
    """Prevent nothing."""


def test_lines_are_written_until_the_last_which_says_so(tmp_path: Path) -> None:
    # Given a live file
    # When two lines are written
    write(tmp_path / "live", Looks(), 2)
    # Then they stand there in order, and the last one says that the run is over
    found = written(tmp_path / "live")
    assert [(each.number, each.whole, each.status) for each in found] == [
        (1, True, "ok"),
        (2, False, "ok"),
        (3, False, "stopped"),
    ]


@pytest.mark.parametrize(("sleeps", "least"), [(False, 0.0), (True, BEAT_SECONDS)])
def test_a_line_is_written_four_times_a_second_or_once_while_it_sleeps(
    tmp_path: Path, sleeps: bool, least: float
) -> None:
    # Given a market that trades, or sleeps
    waits = Waits(1)
    # When a line is written
    with LiveFile(Looks(sleeps=sleeps), tmp_path / "live", Threads(), wait=waits):
        assert waits.over.wait(10)
    # Then the next one is due a quarter of a second later, or a second
    assert least <= waits.seconds[0] <= (SLEEPING_SECONDS if sleeps else BEAT_SECONDS)


def test_a_file_that_is_entered_twice_ends_with_the_last(tmp_path: Path) -> None:
    # Given a bot that has entered it, and a run within
    folder = tmp_path / "live"
    file = LiveFile(Looks(), folder, Threads())
    with file:
        with file:
            pass
        # When the run ends, then the file goes on
        assert not any(each.status == "stopped" for each in written(folder))
    # And ends with the bot
    assert written(folder)[-1].status == "stopped"


def test_a_second_run_begins_another_file(tmp_path: Path) -> None:
    # Given a run that is over
    looks = Looks()
    file = LiveFile(looks, tmp_path / "live", Threads())
    with file:
        pass
    # When another one follows
    with file:
        pass
    # Then it has a file of its own, which begins with every row
    assert len(segments_in(tmp_path / "live")) == 2
    assert [each.whole for each in written(tmp_path / "live")][0::2] == [True, True]


@posix_only
def test_trouble_is_told_once_and_over_once_it_works_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a folder that is moved away for two lines, with a link in its place
    folder, away = tmp_path / "live", tmp_path / "away"

    def move_away() -> None:
        folder.rename(away)
        folder.symlink_to(tmp_path)

    looks = Looks(nothing, move_away, nothing, nothing, folder.unlink)
    # When lines are written
    with caplog.at_level(logging.WARNING):
        file = write(folder, looks, 5)
    # Then two are lost, which is counted and told once, and the others stand in two files
    assert file.failures == 2
    assert [each.getMessage().split()[0] for each in caplog.records] == [
        "order_flow.live_file_failed",
        "order_flow.live_file_written_again",
    ]
    assert [each.number for each in written(away)] == [1, 2]
    assert [(each.number, each.whole) for each in written(folder)] == [(5, True), (6, False)]
    assert file.health() == {
        "status": "ok",
        "folder": str(folder),
        "failures": 2,
        "reason": "",
    }


def test_while_it_cannot_be_written_health_says_why(tmp_path: Path) -> None:
    # Given a file where the folder should be
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "live"
    # When lines are to be written
    file = write(folder, Looks(), 1)
    # Then nothing is raised, and health says it
    health = file.health()
    assert (health["status"], health["failures"]) == ("degraded", 2)
    assert health["reason"]


def test_a_defect_of_a_look_costs_its_line_alone(tmp_path: Path) -> None:
    # Given a look that fails once
    def fail() -> None:
        raise KeyError("ACME")

    threads = Threads()
    # When lines are written
    write(tmp_path / "live", Looks(nothing, fail), 3, threads)
    # Then the others stand there, and it is known which thread failed
    assert [each.number for each in written(tmp_path / "live")] == [1, 2, 3]
    health = threads.health()[WRITING]
    assert (health["state"], health["failures"], health["error"]) == ("failed", 1, "KeyError")


@posix_only
def test_a_folder_that_is_not_ours_is_refused_at_the_start(tmp_path: Path) -> None:
    # Given a link
    (tmp_path / "link").symlink_to(tmp_path)
    file = LiveFile(Looks(), tmp_path / "link", Threads())
    # When the live file is to lie there, then it is refused
    with pytest.raises(LiveFolderRefused), file:
        pass


@posix_only
def test_a_folder_of_another_guard_is_refused_at_the_start(tmp_path: Path) -> None:
    # Given a guard that writes there
    other = LiveFiles(tmp_path / "live")
    other.hold()
    # When another begins, then it is refused
    file = LiveFile(Looks(), tmp_path / "live", Threads())
    with pytest.raises(ValueError, match="is the live file of another guard"), file:
        pass
    # And may begin once the first has ended
    other.close()
    with file:
        pass
    assert written(tmp_path / "live")[-1].status == "stopped"


@posix_only
def test_a_disk_that_holds_up_the_end_does_not_keep_the_next_run_from_watching(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a run whose last line hangs
    monkeypatch.setattr("trading_bot.order_flow.live_file.thread.CLOSE_SECONDS", 0.0)
    asked, answered = threading.Event(), threading.Event()

    def hang() -> None:
        asked.set()
        answered.wait(10)

    file = LiveFile(Looks(hang), tmp_path / "live", Threads())
    with file:
        assert asked.wait(10)
    hung = file._thread
    # When the next run begins
    with file:
        # Then it is told that nothing is written, and nothing is raised
        assert file.trouble
    answered.set()
    for thread in (hung, file._thread):
        assert thread is not None
        thread.join(10)


def test_a_machine_without_threads_is_watched_without_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a machine that has no thread left
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    file = LiveFile(Looks(), tmp_path / "live", Threads())
    monkeypatch.setattr(threading.Thread, "start", refuse)
    # When the file is entered
    with file:
        # Then it is told
        assert file.trouble == "can't start new thread"


WRITER = (
    "import sys, threading, time; from pathlib import Path\n"
    "sys.path.insert(0, sys.argv[2])\n"
    "from test_live_thread import Looks\n"
    "from trading_bot.order_flow.live_file.thread import LiveFile\n"
    "from trading_bot.order_flow.threads.watch import Threads\n"
    "with LiveFile(Looks(), Path(sys.argv[1]), Threads(), wait=lambda _: False):\n"
    "    print('on', flush=True)\n"
    "    threading.Event().wait()\n"
)


@posix_only
@pytest.mark.slow
def test_a_killed_process_leaves_whole_lines_and_a_free_folder(tmp_path: Path) -> None:
    # Given a process that writes as fast as it can
    folder = tmp_path / "live"
    command = [sys.executable, "-c", WRITER, str(folder), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own
        assert process.stdout is not None
        process.stdout.readline()
        # When it is killed
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    # Then every line is whole, none says that the run has ended, and another may begin
    assert all(each.status == "ok" for each in written(folder))
    write(folder, Looks(), 1)
