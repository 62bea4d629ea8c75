"""A record that cannot be written, or is taken away: seen, told once, and gone on with."""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
import stat
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pytest_mock import MockerFixture
from support.monitor_stubs import START

from trading_bot.order_flow.errors import RecordInUseError
from trading_bot.order_flow.journal import waiting, writer
from trading_bot.order_flow.journal.lines import event_line
from trading_bot.order_flow.journal.lock import FolderLock
from trading_bot.order_flow.journal.reading import JUDGED_FILE
from trading_bot.order_flow.journal.troubles import RecordChange
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.rules.continued import JudgedSpan

DAY = "2026-03-10.jsonl"
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="open files are moved or removed")
as_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="nothing is forbidden to root"
)
REOPENED = "the file of 2026-03-10 was gone, and is begun anew"


def events_of(folder: Path, day: str = DAY) -> list[str]:
    return [json.loads(line)["event"] for line in (folder / day).read_bytes().splitlines()]


def say(log: AlertLog, *events: str, at: datetime = START) -> None:
    for event in events:
        log.write(event_line(event, at, None))


class Disk:
    """Stands for the writes of the operating system, and fails when told to."""

    def __init__(self, mocker: MockerFixture) -> None:
        self._really = os.write
        self.error: OSError | None = None
        self.tries = 0
        mocker.patch.object(os, "write", side_effect=self._write)

    def fails(self, number: int = errno.ENOSPC) -> None:
        self.error = OSError(number, os.strerror(number))

    def works(self) -> None:
        self.error = None

    def _write(self, descriptor: int, data: bytes) -> int:
        self.tries += 1
        if self.error is not None:
            raise self.error
        return self._really(descriptor, data)


@pytest.fixture
def disk(mocker: MockerFixture) -> Disk:
    return Disk(mocker)


def kinds(changes: tuple[RecordChange, ...]) -> list[str]:
    return [each.kind for each in changes]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
def test_lines_that_cannot_be_written_are_written_later_in_their_order(
    tmp_path: Path, disk: Disk, number: int
) -> None:
    # Given a disk that fails after the first line
    log = AlertLog(tmp_path)
    say(log, "a")
    disk.fails(number)
    say(log, "b", "c")
    found = [kinds(log.look()), kinds(log.look())]
    # When it works again, and further lines come before and after it is noticed
    disk.works()
    say(log, "d")
    found += [kinds(log.look()), kinds(log.look())]
    say(log, "e")
    log.close()
    # Then nothing is missing, nothing is out of order, and either change was told once
    assert events_of(tmp_path) == ["a", "b", "c", "d", "e"]
    assert found == [["record_failed"], [], ["record_ok"], []]
    assert log.failed_writes == {os.strerror(number): 3}


def test_while_writes_fail_a_line_costs_no_further_try(tmp_path: Path, disk: Disk) -> None:
    # Given a disk that has failed once
    log = AlertLog(tmp_path)
    disk.fails()
    say(log, "a")
    tries = disk.tries
    # When a storm of lines comes
    say(log, *"b" * 100)
    # Then the disk is asked at the next look only
    assert disk.tries == tries
    log.look()
    assert disk.tries == tries + 1


def test_a_failure_is_in_health_with_reason_count_and_since(tmp_path: Path, disk: Disk) -> None:
    # Given a record that is well
    log = AlertLog(tmp_path)
    well = log.health()
    # When two lines cannot be written, and later they can
    disk.fails()
    say(log, "a", "b")
    ill, trouble = log.health(), log.trouble
    disk.works()
    log.look()
    # Then health says so, and what was
    assert well == {
        "status": "ok",
        "reason": None,
        "since": None,
        "failed_writes": {},
        "waiting_lines": 0,
        "lost_lines": 0,
        "reopened": 0,
        "locked": False,
        "unreadable_lines": 0,
    }
    assert datetime.fromisoformat(ill["since"]).tzinfo is not None
    counts = {os.strerror(errno.ENOSPC): 2}
    assert ill == {
        **well,
        "status": "failed",
        "reason": os.strerror(errno.ENOSPC),
        "since": ill["since"],
        "failed_writes": counts,
        "waiting_lines": 2,
    }
    assert trouble == os.strerror(errno.ENOSPC)
    assert log.health() == {**well, "failed_writes": counts}
    assert log.trouble == ""


def test_beyond_the_bound_lines_are_lost_and_counted(
    tmp_path: Path, disk: Disk, mocker: MockerFixture
) -> None:
    # Given room for three lines in memory, and a disk that fails
    mocker.patch.object(waiting, "MOST_WAITING", 3)
    log = AlertLog(tmp_path)
    disk.fails()
    # When five come, and then the disk works again
    say(log, *"abcde")
    disk.works()
    log.look()  # it had not been told yet that anything fails
    # Then the newest are written, and the others counted
    assert events_of(tmp_path) == ["c", "d", "e"]
    assert log.health()["lost_lines"] == 2


def test_what_was_lost_is_told_once_it_works_again(
    tmp_path: Path, disk: Disk, mocker: MockerFixture
) -> None:
    # Given a failure that was told, and a line more than there is room for
    mocker.patch.object(waiting, "MOST_WAITING", 1)
    log = AlertLog(tmp_path)
    disk.fails()
    say(log, "a", "b")
    log.look()
    # When the disk works again
    disk.works()
    found = log.look()
    # Then it says how many are missing
    assert found == (RecordChange("record_ok", "1 lines were lost"),)


def test_what_waits_long_is_written_bit_by_bit(
    tmp_path: Path, disk: Disk, mocker: MockerFixture
) -> None:
    # Given five lines that wait, of which two may be written at a look
    mocker.patch.object(writer, "WRITTEN_A_LOOK", 2)
    log = AlertLog(tmp_path)
    disk.fails()
    say(log, *"abcde")
    log.look()
    disk.works()
    # When it is looked at three times, and a line comes in between
    found = [kinds(log.look())]
    say(log, "f")
    found += [kinds(log.look()), kinds(log.look())]
    # Then all are there, in order, and it is well once all are
    assert found == [[], [], ["record_ok"]]
    assert events_of(tmp_path) == list("abcdef")


def test_the_last_look_at_the_end_writes_all_that_waits(
    tmp_path: Path, disk: Disk, mocker: MockerFixture
) -> None:
    # Given lines that wait for a disk that works again
    mocker.patch.object(writer, "WRITTEN_A_LOOK", 1)
    log = AlertLog(tmp_path)
    log.hold()
    disk.fails()
    say(log, *"abc")
    disk.works()
    # When the run ends
    log.let_go()
    # Then all are there
    assert events_of(tmp_path) == list("abc")


def test_lines_that_are_still_unwritten_at_the_end_are_logged(
    tmp_path: Path, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    # Given lines that wait
    log = AlertLog(tmp_path)
    log.hold()
    disk.fails()
    say(log, "a", "b")
    # When the run ends and the disk fails still
    with caplog.at_level(logging.ERROR):
        log.let_go()
    # Then their number is logged
    logged = [(each.getMessage(), getattr(each, "lines", None)) for each in caplog.records]
    assert logged[-1] == ("order_flow.record_lines_not_written", 2)


def test_a_note_that_fails_tells_of_it_before_there_is_a_line(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    # Given a disk that takes no notes, and nothing to write
    log = AlertLog(tmp_path)
    spans = {"ACME": JudgedSpan(1, 2)}
    mocker.patch.object(writer, "write_whole", side_effect=OSError(errno.ENOSPC, "full"))
    # When it is noted how far was judged, twice, and then the disk has room
    log.note_judged(spans)
    log.note_judged(spans)
    found = [log.look(), log.look()]
    mocker.stopall()
    log.note_judged(spans)
    found.append(log.look())
    # Then the failure and its end are told
    failed, well = RecordChange("record_failed", "full"), "nothing was lost"
    assert found == [(failed,), (), (RecordChange("record_ok", well),)]
    assert log.failed_writes == {"full": 2}


def remove(folder: Path) -> None:
    shutil.rmtree(folder)


def rename(folder: Path) -> None:
    folder.rename(folder.with_name("old"))


def remove_file(folder: Path) -> None:
    (folder / DAY).unlink()


def rename_file(folder: Path) -> None:
    (folder / DAY).rename(folder / "rotated.1")


def replace_file(folder: Path) -> None:
    (folder / "other").write_bytes(b"")
    (folder / "other").replace(folder / DAY)


@posix_only
@pytest.mark.parametrize(
    ("harm", "lost"),
    [(remove, 2), (rename, 0), (remove_file, 2), (rename_file, 0), (replace_file, 2)],
)
def test_what_vanishes_is_begun_anew_at_the_next_look(
    tmp_path: Path, harm: Callable[[Path], object], lost: int
) -> None:
    # Given a record that is kept, with a line that was there at a look
    folder = tmp_path / "record"
    log = AlertLog(folder)
    log.hold()
    say(log, "a")
    log.look()
    # When its file or folder goes, two lines are written, and it is looked at
    harm(folder)
    say(log, "b", "c")
    found = log.look()
    say(log, "d")
    # Then the next line is in a file of its own, kept from others, and what was lost is told
    assert found == (RecordChange("record_reopened", REOPENED, lost),)
    assert events_of(folder) == ["d"]
    assert log.look() == ()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with pytest.raises(RecordInUseError):
        FolderLock(folder).take()
    assert (log.health()["reopened"], log.health()["locked"]) == (1, True)
    log.let_go()


@posix_only
def test_a_renamed_file_has_all_that_was_written_meanwhile(tmp_path: Path) -> None:
    # Given a record with a line
    log = AlertLog(tmp_path)
    say(log, "a")
    # When its file is set aside, and another line comes before that is noticed
    rename_file(tmp_path)
    say(log, "b")
    log.look()
    log.close()
    # Then both are in the file that was set aside
    assert events_of(tmp_path, "rotated.1") == ["a", "b"]


@posix_only
def test_a_folder_without_an_open_file_is_made_again(tmp_path: Path) -> None:
    # Given a record that is kept, and in which nothing stands yet
    folder = tmp_path / "record"
    log = AlertLog(folder)
    log.hold()
    # When its folder goes
    shutil.rmtree(folder)
    found = log.look()
    # Then it is told, made again and kept from others
    assert found == (RecordChange("record_reopened", "the folder was gone, and is begun anew"),)
    with pytest.raises(RecordInUseError):
        FolderLock(folder).take()
    log.let_go()


@posix_only
def test_a_line_of_the_next_day_makes_a_folder_that_has_vanished(tmp_path: Path) -> None:
    # Given a record whose folder has just gone
    folder = tmp_path / "record"
    log = AlertLog(folder)
    say(log, "a")
    shutil.rmtree(folder)
    # When the first line of the next day comes
    say(log, "b", at=START + timedelta(days=1))
    log.close()
    # Then it is there
    assert events_of(folder, "2026-03-11.jsonl") == ["b"]
    assert log.failed_writes == {}


@posix_only
def test_a_folder_that_another_guard_has_taken_is_left_to_it(tmp_path: Path) -> None:
    # Given a record whose folder vanishes, and another guard that begins there before it is noticed
    folder = tmp_path / "record"
    log = AlertLog(folder)
    log.hold()
    say(log, "a")
    log.look()
    shutil.rmtree(folder)
    other = AlertLog(folder)
    other.hold()
    say(other, "theirs")
    # When the first looks, and has lines to write
    found = log.look()
    say(log, "b")
    log.note_judged({"ACME": JudgedSpan(1, 2)})
    # Then it writes nothing there, and is red
    assert kinds(found) == ["record_reopened", "record_failed"]
    assert "is the record of the guard of process" in log.trouble
    assert events_of(folder) == ["theirs"]
    assert not (folder / JUDGED_FILE).exists()
    # And when the other ends, what waits is written
    other.let_go()
    assert kinds(log.look()) == ["record_ok"]
    assert events_of(folder) == ["theirs", "b"]
    log.let_go()


@posix_only
def test_a_file_in_the_folders_place_is_told_and_mended(tmp_path: Path) -> None:
    # Given a record that is kept, in whose folder's place suddenly stands a file
    folder = tmp_path / "record"
    log = AlertLog(folder)
    log.hold()
    say(log, "a")
    log.look()
    shutil.rmtree(folder)
    folder.write_bytes(b"")
    # When it is looked at, lines come, and later the file is gone
    first = kinds(log.look())
    say(log, "b")
    second = kinds(log.look())
    folder.unlink()
    third = kinds(log.look())
    # Then that is told as it happens, and the line is there
    assert (first, second, third) == (["record_reopened"], ["record_failed"], ["record_ok"])
    assert events_of(folder) == ["b"]
    log.let_go()


def test_who_only_reads_learns_whether_it_can_be_written(tmp_path: Path) -> None:
    # Given a record with a damaged line, and a folder that is gone
    AlertLog(tmp_path)
    (tmp_path / DAY).write_bytes(b'{"alert_type":\n')
    log = AlertLog(tmp_path, repair=False)
    log.newest_alert_at()
    gone = AlertLog(tmp_path / "gone", repair=False)
    # When both are looked at from outside
    found = [log.seen_from_outside(), gone.seen_from_outside()]
    # Then it is known how they stand, and nothing was made
    assert found == [
        {"status": "ok", "reason": None, "unreadable_lines": 1},
        {"status": "failed", "reason": os.strerror(errno.ENOENT), "unreadable_lines": 0},
    ]
    assert [each.name for each in tmp_path.iterdir()] == [DAY]


def test_a_record_that_is_held_twice_is_let_go_of_twice(tmp_path: Path) -> None:
    # Given a guard that holds its record beyond the run that does so as well
    log = AlertLog(tmp_path)
    log.hold()
    log.hold()
    # When the run ends
    log.let_go()
    # Then others are refused until the guard ends
    with pytest.raises(RecordInUseError):
        AlertLog(tmp_path).hold()
    log.let_go()
    other = AlertLog(tmp_path)
    other.hold()
    other.let_go()


def test_a_record_in_use_is_not_repaired_by_another(tmp_path: Path) -> None:
    # Given a record that is kept, in whose file a line is being written
    log = AlertLog(tmp_path)
    log.hold()
    (tmp_path / DAY).write_bytes(b'{"half')
    # When another guard is made on the folder
    AlertLog(tmp_path)
    # Then the half line is not touched
    assert (tmp_path / DAY).read_bytes() == b'{"half'
    log.let_go()


def test_a_half_line_longer_than_any_is_removed_as_well(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    # Given a file that ends in a half line, of which a part only is read at once
    mocker.patch("trading_bot.order_flow.journal.reading.LONGEST_LINE", 4)
    (tmp_path / DAY).write_bytes(b"whole\n" + b"x" * 9)
    (tmp_path / "2026-03-09.jsonl").write_bytes(b"x" * 9)
    # When the record is opened
    AlertLog(tmp_path)
    # Then it is gone
    assert (tmp_path / DAY).read_bytes() == b"whole\n"
    assert (tmp_path / "2026-03-09.jsonl").read_bytes() == b""


def test_a_file_that_cannot_be_repaired_keeps_no_guard_from_starting(
    tmp_path: Path, mocker: MockerFixture, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a half line that cannot be removed
    (tmp_path / DAY).write_bytes(b"half")
    mocker.patch("trading_bot.order_flow.journal.reading.os.truncate", side_effect=OSError("no"))
    # When the record is opened
    with caplog.at_level(logging.WARNING):
        AlertLog(tmp_path)
    # Then that is logged
    assert [each.getMessage() for each in caplog.records] == ["order_flow.record_not_repaired"]


def test_files_are_their_owners_alone_from_the_first_line_on(tmp_path: Path) -> None:
    # Given a new folder, and an older record's file that others may read
    folder = tmp_path / "logs" / "record"
    log = AlertLog(folder)
    (folder / DAY).write_bytes(b"")
    (folder / DAY).chmod(0o644)
    # When lines and notes are written
    log.hold()
    say(log, "a")
    say(log, "b", at=START + timedelta(days=1))
    log.note_judged({})
    # Then nobody else can read any of it
    modes = {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()}
    log.let_go()
    if sys.platform != "win32":
        assert modes == {0o600}
        assert {stat.S_IMODE(each.stat().st_mode) for each in (folder, folder.parent)} == {0o700}


@posix_only
@pytest.mark.parametrize(("beside", "mode"), [(".gitkeep", 0o700), ("notes.txt", 0o755)])
def test_a_folder_is_closed_to_others_where_it_is_the_records_alone(
    tmp_path: Path, beside: str, mode: int
) -> None:
    # Given a folder that others may look into, with an older record and another file
    folder = tmp_path / "record"
    folder.mkdir()
    folder.chmod(0o755)
    for name in (DAY, JUDGED_FILE, beside):
        (folder / name).write_bytes(b"")
    # When a guard keeps its record there
    log = AlertLog(folder)
    log.hold()
    log.let_go()
    # Then it is tightened unless it holds what is none of its own
    assert stat.S_IMODE(folder.stat().st_mode) == mode


@as_root
def test_a_folder_that_may_not_be_written_is_red_and_nothing_else(tmp_path: Path) -> None:
    # Given a folder without the right to write
    log = AlertLog(tmp_path)
    tmp_path.chmod(0o500)
    # When it is held, and written to
    log.hold()
    say(log, "a")
    found = kinds(log.look())
    tmp_path.chmod(0o700)
    found += kinds(log.look())
    # Then that is told, and mended
    assert found == ["record_failed", "record_ok"]
    log.let_go()


@posix_only
def test_a_folder_that_was_lost_to_another_is_had_again_by_the_next_run(tmp_path: Path) -> None:
    # Given a record that lost its folder to another guard, and whose run has ended
    folder = tmp_path / "record"
    log = AlertLog(folder)
    log.hold()
    shutil.rmtree(folder)
    other = AlertLog(folder)
    other.hold()
    log.look()
    say(log, "a")
    log.let_go()
    other.let_go()
    # When it runs again
    log.hold()
    say(log, "b")
    log.let_go()
    # Then what waited is there
    assert events_of(folder) == ["a", "b"]
