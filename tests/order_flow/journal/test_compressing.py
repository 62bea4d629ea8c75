"""Old days are compressed beside the guard: nothing is lost, whenever it ends, and all is read."""

from __future__ import annotations

import errno
import gzip
import json
import os
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture
from support.monitor_stubs import START, HandClock, large_seller

from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.journal import compressing
from trading_bot.order_flow.journal.compressing import COMPRESSING, Compressor, compress_day
from trading_bot.order_flow.journal.lines import (
    GONE_EVENT,
    SEEN_EVENT,
    TOLD_EVENT,
    alert_record,
    event_line,
    line_bytes,
)
from trading_bot.order_flow.journal.reading import OPENED_FILE, RecordReader
from trading_bot.order_flow.journal.troubles import RecordChange
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.market.units import iso_utc
from trading_bot.order_flow.threads.watch import Threads

HASH = OrderFlowConfig(thresholds="fixed").config_hash
TODAY = START.date()
LINES = b'{"a":1}\n{"b":2}\n'
PATIENCE_SECONDS = 20.0


def name_of(days_ago: int) -> str:
    return (TODAY - timedelta(days=days_ago)).isoformat()


def write_days(folder: Path, days: int) -> None:
    """Write a file for today and each day before, with a position seen and an alert in each."""
    for ago in range(days):
        moment = START - timedelta(days=ago)
        seen = event_line(SEEN_EVENT, moment, f"S{ago}", opened_at=iso_utc(moment))
        alert = alert_record(large_seller(-86_400.0 * ago), config_hash=HASH)
        lines = line_bytes(seen) + line_bytes(alert)
        (folder / f"{name_of(ago)}.jsonl").write_bytes(lines)


def held(folder: Path) -> AlertLog:
    log = AlertLog(folder)
    log.hold()
    return log


def compressor(log: AlertLog, after_days: int = 2, clock: HandClock | None = None) -> Compressor:
    return Compressor(log, after_days=after_days, clock=clock or HandClock())


def files(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if each.name[:2] == "20")


@contextmanager
def running(packing: Compressor) -> Iterator[None]:
    packing.start()
    try:
        yield
    finally:
        packing.close()


def wait_until(there: Callable[[], bool]) -> None:
    ends, patience = monotonic_seconds() + PATIENCE_SECONDS, threading.Event()
    while not there():
        assert monotonic_seconds() < ends, "it did not come"
        patience.wait(0.005)


def test_days_older_than_so_many_are_compressed(tmp_path: Path) -> None:
    # Given a record of today and four days before
    write_days(tmp_path, 5)
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.jsonl")}
    # When those older than two days are compressed
    log = held(tmp_path)
    compressor(log).look()
    log.let_go()
    # Then the day two days ago stays, the one before it is compressed, and its lines are the same
    assert files(tmp_path) == [
        f"{name_of(4)}.jsonl.gz",
        f"{name_of(3)}.jsonl.gz",
        f"{name_of(2)}.jsonl",
        f"{name_of(1)}.jsonl",
        f"{name_of(0)}.jsonl",
    ]
    packed = tmp_path / f"{name_of(3)}.jsonl.gz"
    assert gzip.decompress(packed.read_bytes()) == before[f"{name_of(3)}.jsonl"]


@pytest.mark.skipif(sys.platform == "win32", reason="a file there is its owner's")
def test_nobody_else_may_read_a_compressed_day(tmp_path: Path) -> None:
    # Given a record, and a mask that closes nothing
    write_days(tmp_path, 4)
    log, mask = held(tmp_path), os.umask(0)
    # When it is compressed
    try:
        compressor(log).look()
    finally:
        os.umask(mask)
    # Then the file is its owner's alone
    packed = tmp_path / f"{name_of(3)}.jsonl.gz"
    assert stat.S_IMODE(packed.stat().st_mode) == 0o600


def test_the_same_lines_give_the_same_file(tmp_path: Path) -> None:
    # Given the same day twice
    for name in ("2026-03-01.jsonl", "2026-03-02.jsonl"):
        (tmp_path / name).write_bytes(LINES)
        # When it is compressed
        compress_day(tmp_path / name)
    # Then the files are equal, for they hold neither name nor time
    first, second = sorted(tmp_path.glob("*.gz"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("after_days", [0, -1])
def test_days_to_which_lines_come_are_never_compressed(tmp_path: Path, after_days: int) -> None:
    # Given a wish to compress yesterday or today
    # When it is stated
    # Then it is refused
    with pytest.raises(ValueError, match="must be at least 1"):
        compressor(AlertLog(tmp_path), after_days=after_days)


def test_yesterday_stays_plain_whatever_is_wished(tmp_path: Path) -> None:
    # Given a record of three days
    write_days(tmp_path, 3)
    # When as much as can be is compressed
    log = held(tmp_path)
    compressor(log, after_days=1).look()
    log.let_go()
    # Then it is the day before yesterday
    assert files(tmp_path) == [
        f"{name_of(2)}.jsonl.gz",
        f"{name_of(1)}.jsonl",
        f"{name_of(0)}.jsonl",
    ]


def test_the_day_turns_in_utc(tmp_path: Path) -> None:
    # Given a clock of another zone, in which it is a day later already
    write_days(tmp_path, 4)
    log = held(tmp_path)
    east = HandClock(datetime.combine(TODAY, datetime.max.time(), UTC).astimezone())
    # When the record is looked at
    compressor(log, after_days=2, clock=east).look()
    # Then the days count as they are named
    assert files(tmp_path)[0] == f"{name_of(3)}.jsonl.gz"
    assert files(tmp_path)[1] == f"{name_of(2)}.jsonl"
    log.let_go()


def test_it_is_done_again_once_the_day_has_turned(tmp_path: Path) -> None:
    # Given a record whose old days were compressed
    write_days(tmp_path, 4)
    log, clock = held(tmp_path), HandClock()
    packing = compressor(log, clock=clock)
    packing.look()
    # When it is looked at within the day, and on the next
    clock.move(3_600)
    packing.look()
    same_day = files(tmp_path)
    clock.move(86_400)
    packing.look()
    log.let_go()
    # Then one more is compressed on the next
    assert [each for each in same_day if each.endswith(".gz")] == [f"{name_of(3)}.jsonl.gz"]
    assert [each for each in files(tmp_path) if each.endswith(".gz")] == [
        f"{name_of(3)}.jsonl.gz",
        f"{name_of(2)}.jsonl.gz",
    ]


def test_a_record_that_is_not_held_is_left_alone(tmp_path: Path) -> None:
    # Given a record that this guard does not keep
    write_days(tmp_path, 4)
    # When its days are looked at
    compressor(AlertLog(tmp_path)).look()
    # Then all stay as they are
    assert not list(tmp_path.glob("*.gz"))


# What ends at any moment.


class Died(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("step", ["fsync", "replace", "unlink"])
def test_a_process_that_dies_loses_no_line(
    tmp_path: Path, mocker: MockerFixture, step: str
) -> None:
    # Given a day that is compressed, and a process that dies before one step of it
    day = tmp_path / "2026-03-01.jsonl"
    day.write_bytes(LINES)
    really_unlink = Path.unlink

    def unlink(path: Path, missing_ok: bool = False) -> None:
        # What a dead process does not do any more is left out too.
        if path == day:
            raise Died
        if step == "unlink":
            really_unlink(path, missing_ok=missing_ok)

    mocker.patch.object(Path, "unlink", unlink)
    if step == "fsync":
        mocker.patch.object(os, "fsync", side_effect=Died)
    if step == "replace":
        mocker.patch.object(Path, "replace", side_effect=Died)
    with pytest.raises(Died):
        compress_day(day)
    mocker.stopall()
    # When the next start reads the day, and compresses it
    found = list(RecordReader(tmp_path).days()[0].files)
    compress_day(day)
    # Then its lines were there before, and are after
    assert found == [day]
    assert [each.name for each in tmp_path.iterdir()] == ["2026-03-01.jsonl.gz"]
    assert gzip.decompress((tmp_path / "2026-03-01.jsonl.gz").read_bytes()) == LINES


@pytest.mark.parametrize(
    ("packed", "kept"),
    [
        (gzip.compress(LINES), LINES),
        (gzip.compress(LINES[:8]), LINES),
        (gzip.compress(LINES * 5_000)[:-9], LINES),
        (b"", LINES),
        (gzip.compress(b'{"c":3}\n'), b'{"c":3}\n' + LINES),
        (gzip.compress(LINES + b'{"c":3}\n'), LINES + b'{"c":3}\n' + LINES),
    ],
    ids=["the same", "its beginning", "cut off", "empty", "another", "more"],
)
def test_a_compressed_file_beside_the_plain_one_is_made_anew(
    tmp_path: Path, packed: bytes, kept: bytes
) -> None:
    # Given a day that is there in both forms
    day = tmp_path / "2026-03-01.jsonl"
    content = LINES * 5_000 if len(packed) > 100 else LINES
    day.write_bytes(content)
    (tmp_path / "2026-03-01.jsonl.gz").write_bytes(packed)
    # When it is compressed
    compress_day(day)
    # Then it is whole, and what only the compressed one had is still there, before the plain lines
    found = gzip.decompress((tmp_path / "2026-03-01.jsonl.gz").read_bytes())
    assert found == (kept if content is LINES else content)
    assert not day.exists()


def test_other_lines_in_a_damaged_compressed_file_are_not_thrown_away(tmp_path: Path) -> None:
    # Given a compressed file of other lines, whose end is missing, and a plain one
    day, packed = tmp_path / "2026-03-01.jsonl", tmp_path / "2026-03-01.jsonl.gz"
    day.write_bytes(LINES)
    cut = gzip.compress(b'{"c":3}\n' * 500_000)[:-9]
    packed.write_bytes(cut)
    # When the day is to be compressed
    with pytest.raises(OSError, match=r"2026-03-01\.jsonl\.gz is cut off or damaged"):
        compress_day(day)
    # Then both stay, and nothing else is left behind
    assert (day.read_bytes(), packed.read_bytes()) == (LINES, cut)
    assert len(list(tmp_path.iterdir())) == 2


def test_what_reads_back_as_something_else_is_not_kept(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    # Given a disk that returns other bytes than it was given
    day = tmp_path / "2026-03-01.jsonl"
    day.write_bytes(LINES)
    mocker.patch.object(
        compressing,
        "unpacked",
        side_effect=lambda path: (tmp_path / "other").open("rb"),
    )
    (tmp_path / "other").write_bytes(b"other")
    # When a day is compressed
    with pytest.raises(OSError, match="reads back as something else"):
        compress_day(day)
    # Then the plain file stands alone
    assert files(tmp_path) == ["2026-03-01.jsonl"]


def test_a_day_that_somebody_else_writes_to_meanwhile_stays_plain(tmp_path: Path) -> None:
    # Given a day to which another program adds a line while it is compressed
    day = tmp_path / "2026-03-01.jsonl"
    day.write_bytes(LINES)

    coming = [b"{}\n"]

    def add() -> None:
        with day.open("ab") as stream:
            stream.write(coming.pop() if coming else b"")

    # When it is compressed
    with pytest.raises(OSError, match="changed meanwhile"):
        compress_day(day, add)
    # Then the plain file stands alone
    assert files(tmp_path) == ["2026-03-01.jsonl"]


# Lines that come late.


def test_a_late_line_of_a_compressed_day_is_read_after_it(tmp_path: Path) -> None:
    # Given a compressed day
    write_days(tmp_path, 4)
    log = held(tmp_path)
    compressor(log).look()
    # When lines of that day still come, in this run and in the next
    moment = START - timedelta(days=3)
    log.write(event_line(TOLD_EVENT, moment, "S3", exit_id="1" * 16))
    log.let_go()
    log = held(tmp_path)
    log.write(event_line(TOLD_EVENT, moment, "S3", exit_id="2" * 16))
    log.let_go()
    # Then they follow the others
    found = [line["event"] for line in RecordReader(tmp_path).lines_since(name_of(3))][:4]
    assert found == [SEEN_EVENT, "order_flow.large_seller_detected", TOLD_EVENT, TOLD_EVENT]
    assert files(tmp_path)[:2] == [f"{name_of(3)}.jsonl.gz", f"{name_of(3)}.late.jsonl"]


def test_a_line_that_comes_while_its_day_is_compressed_is_not_lost(tmp_path: Path) -> None:
    # Given an old day whose file is open, because a line of it came just now
    write_days(tmp_path, 4)
    log, moment = held(tmp_path), START - timedelta(days=3)
    log.write(event_line(TOLD_EVENT, moment, "S3", exit_id="1" * 16))
    # When another comes in the middle of compressing
    coming = [event_line(TOLD_EVENT, moment, "S3", exit_id="2" * 16)]
    compressor(log).look(lambda: log.write(coming.pop()) if coming else None)
    log.let_go()
    # Then both are there, in their order
    told = [
        line["exit_id"]
        for line in RecordReader(tmp_path).lines_since(name_of(3))
        if line["event"] == TOLD_EVENT
    ]
    assert told == ["1" * 16, "2" * 16]
    assert files(tmp_path)[:2] == [f"{name_of(3)}.jsonl.gz", f"{name_of(3)}.late.jsonl"]


def test_a_half_late_line_is_repaired_at_the_next_start(tmp_path: Path) -> None:
    # Given a compressed day whose late lines end in half of one
    write_days(tmp_path, 1)
    (tmp_path / "2026-03-01.jsonl.gz").write_bytes(gzip.compress(LINES))
    (tmp_path / "2026-03-01.late.jsonl").write_bytes(b'{"schema":1}\n{"sch')
    # When a guard keeps the record
    held(tmp_path).let_go()
    # Then the half is gone
    assert (tmp_path / "2026-03-01.late.jsonl").read_bytes() == b'{"schema":1}\n'


# What a start reads.


def said(folder: Path) -> dict[str, Any]:
    log = held(folder)
    found = log.said(START - timedelta(days=30), START + timedelta(days=1), config_hash=HASH)
    log.let_go()
    return {
        "alerts": list(found.alerts.values()),
        "opened": found.opened,
        "newest": log.newest_alert_at(),
        "unreadable": log.unreadable_lines,
    }


def test_a_start_takes_back_from_compressed_days_what_it_does_from_plain_ones(
    tmp_path: Path,
) -> None:
    # Given a record with a position that is gone, and the same record compressed
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    for folder in (plain, packed):
        folder.mkdir()
        write_days(folder, 8)
        gone = line_bytes(event_line(GONE_EVENT, START - timedelta(days=4), "S6"))
        with (folder / f"{name_of(4)}.jsonl").open("ab") as stream:
            stream.write(gone)
    log = held(packed)
    compressor(log, after_days=1).look()
    log.let_go()
    # When a start reads each
    # Then it is told the same
    assert len(list(packed.glob("*.gz"))) == 6
    assert said(packed) == said(plain)
    assert sorted(said(packed)["opened"]) == ["S0", "S1", "S2", "S3", "S4", "S5", "S7"]


def test_the_newest_alert_is_found_in_a_compressed_day(tmp_path: Path) -> None:
    # Given a record whose every day is compressed
    write_days(tmp_path, 3)
    for path in tmp_path.glob("*.jsonl"):
        compress_day(path)
    # When the newest alert, and one by its id, are asked for
    reader = RecordReader(tmp_path)
    line = alert_record(large_seller(-86_400.0 * 2), config_hash=HASH)
    # Then they are found
    assert reader.newest_alert_at() == START
    assert reader.alert(line["alert_id"]) == line


def test_a_full_day_is_not_read_again_because_it_was_compressed(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    # Given a record whose full days are known, before they are compressed
    write_days(tmp_path, 6)
    before = said(tmp_path)
    known = json.loads((tmp_path / OPENED_FILE).read_bytes())["bytes_read"]
    log = held(tmp_path)
    compressor(log, after_days=1).look()
    # When the next start asks what is held
    read = mocker.spy(RecordReader, "_take_positions")
    found = RecordReader(tmp_path).opened()
    log.let_go()
    # Then it reads those days only that may still be written
    assert found == before["opened"]
    assert sorted(known) == [f"{name_of(ago)}.jsonl" for ago in (5, 4, 3, 2)]
    assert [call.args[1].name for call in read.call_args_list] == [
        f"{name_of(1)}.jsonl",
        f"{name_of(0)}.jsonl",
    ]


def test_a_damaged_compressed_day_costs_what_is_damaged_and_is_counted(tmp_path: Path) -> None:
    # Given a compressed day whose end is missing
    write_days(tmp_path, 4)
    content = gzip.compress((tmp_path / f"{name_of(3)}.jsonl").read_bytes())
    (tmp_path / f"{name_of(3)}.jsonl.gz").write_bytes(content[:-12])
    (tmp_path / f"{name_of(3)}.jsonl").unlink()
    # When a start reads the record
    found = said(tmp_path)
    # Then the other days are there, and it is said that something is missing
    assert {"S0", "S1", "S2"} <= found["opened"].keys()
    assert found["unreadable"] == 1


# What fails.


def test_a_failure_is_told_once_and_tried_again(tmp_path: Path, mocker: MockerFixture) -> None:
    # Given a disk that takes no compressed file
    write_days(tmp_path, 5)
    log, clock = held(tmp_path), HandClock()
    packing = compressor(log, clock=clock)
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    writer = mocker.patch.object(compressing, "private_writer", side_effect=full)
    # When it is tried, tried too soon, and tried again
    packing.look()
    found = [log.look(), log.look()]
    health = log.health()
    clock.move(599)
    packing.look()
    tries = writer.call_count
    mocker.stopall()
    clock.move(1)
    packing.look()
    found += [log.look()]
    log.let_go()
    # Then it is told as other troubles of the record are, and so is its end
    reason = f"{name_of(4)} is not compressed: {os.strerror(errno.ENOSPC)}"
    assert found == [
        (RecordChange("record_failed", reason),),
        (),
        (RecordChange("record_ok", "nothing was lost"),),
    ]
    assert (health["status"], health["reason"]) == ("failed", reason)
    assert tries == 2  # each day once: one that fails holds up no other
    assert len(list(tmp_path.glob("*.gz"))) == 2


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path, mocker: MockerFixture) -> None:
    # Given a folder that fails
    log = held(tmp_path)
    mocker.patch.object(compressing, "days_in", side_effect=OSError(errno.EIO, "it fails"))
    # When it is looked at
    compressor(log).look()
    # Then that is told
    assert log.look() == (RecordChange("record_failed", "it fails"),)
    log.let_go()


# The thread.


def test_while_it_runs_a_thread_compresses(tmp_path: Path) -> None:
    # Given a record with an old day
    write_days(tmp_path, 4)
    log, threads = held(tmp_path), Threads()
    packing = Compressor(log, after_days=2, clock=HandClock(), threads=threads)
    # When it runs for a while
    with running(packing):
        wait_until(lambda: bool(list(tmp_path.glob("*.gz"))))
        wait_until(lambda: threads.state_of(COMPRESSING) == "resting")
    log.let_go()
    # Then the day is compressed, and the thread has ended well
    assert threads.health()[COMPRESSING]["failures"] == 0
    assert "order-flow-compressing" not in [each.name for each in threading.enumerate()]


def test_a_machine_without_threads_is_told_and_costs_no_watch(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    # Given a machine that has no thread left
    write_days(tmp_path, 4)
    log, ran = held(tmp_path), False
    mocker.patch.object(threading.Thread, "start", side_effect=RuntimeError("no new thread"))
    # When the watch begins
    with running(compressor(log)):
        ran = True
    # Then it goes on, the days stay plain, and that is told
    assert ran
    reason = "old days are not compressed: no new thread"
    assert log.look() == (RecordChange("record_failed", reason),)
    assert not list(tmp_path.glob("*.gz"))
    log.let_go()


def test_an_end_does_not_wait_for_a_long_day(tmp_path: Path) -> None:
    # Given a day that is being compressed
    write_days(tmp_path, 4)
    log, threads = held(tmp_path), Threads()
    packing = Compressor(log, after_days=2, clock=HandClock(), threads=threads)
    began, goes_on = threading.Event(), threading.Event()
    sealed = log.seal

    def seal(day: str) -> bool:
        began.set()
        goes_on.wait(PATIENCE_SECONDS)
        return sealed(day)

    log.seal = seal  # type: ignore[method-assign]
    # When the run ends in the middle of it
    with running(packing):
        assert began.wait(PATIENCE_SECONDS)
        packing._stop.set()
        goes_on.set()
    interrupted = files(tmp_path)
    # Then the day is as it was, it is no defect, and the next run does it at once
    assert interrupted == [f"{name_of(ago)}.jsonl" for ago in (3, 2, 1, 0)]
    assert threads.health()[COMPRESSING]["failures"] == 0
    with running(packing):
        wait_until(lambda: bool(list(tmp_path.glob("*.gz"))))
    log.let_go()
