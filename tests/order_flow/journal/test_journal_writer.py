"""The durable record: its files, and what survives a crash or a full disk."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.monitor_stubs import START, large_seller, red_burst

from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.journal.lines import (
    GONE_EVENT,
    SEEN_EVENT,
    TOLD_EVENT,
    AlertLine,
    alert_id,
    alert_line,
    alert_record,
    event_line,
    line_bytes,
)
from trading_bot.order_flow.journal.reading import JUDGED_FILE
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.market.units import iso_utc
from trading_bot.order_flow.rules.continued import JudgedSpan
from trading_bot.order_flow.rules.signals import Signal

LATER = START + timedelta(days=2)
HASH = "0123456789abcdef"
DAY = "2026-03-10.jsonl"
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="limits and /proc are POSIX")


def lines_of(path: Path) -> list[object]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def line_of(alert: OrderFlowAlert) -> AlertLine:
    return alert_line(Signal.of(alert), known_as="0" * 16, config_hash=HASH)


def test_an_alert_that_cannot_be_written_stands_in_the_log_as_its_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a folder in whose day file's place something else stands
    log = AlertLog(tmp_path)
    (tmp_path / DAY).mkdir()
    # When an alert's line is written
    line = line_of(large_seller())
    with caplog.at_level(logging.ERROR):
        log.write(line)
    # Then the log has every member of it
    assert caplog.records[0].line == json.loads(line_bytes(line))  # type: ignore[attr-defined]


def test_lines_go_to_the_file_of_their_exchange_day(tmp_path: Path) -> None:
    # Given a record in a folder that does not exist yet
    log = AlertLog(tmp_path / "deep" / "record")
    before = event_line("a", datetime(2026, 3, 10, 23, 59, 59, 999_999, tzinfo=UTC), None)
    after = event_line("b", datetime(2026, 3, 11, tzinfo=UTC), None)
    # When lines on both sides of midnight UTC are written, and one of the first day again
    for line in (before, after, before):
        log.write(line)
    log.close()
    # Then each lies in its day's file, in the order of writing
    assert lines_of(log.directory / DAY) == [before, before]
    assert lines_of(log.directory / "2026-03-11.jsonl") == [after]


def test_a_closed_record_opens_again_for_the_next_line(tmp_path: Path) -> None:
    # Given a record that was closed, twice
    log = AlertLog(tmp_path)
    log.write(event_line("a", START, None))
    log.close()
    log.close()
    # When another line comes
    log.write(event_line("b", START, None))
    log.close()
    # Then it follows the first
    assert [line["event"] for line in lines_of(tmp_path / DAY)] == ["a", "b"]  # type: ignore[index]


@pytest.mark.skipif(not Path("/proc/thread-self/io").exists(), reason="counts calls by /proc")
def test_a_line_is_one_write_of_the_operating_system(tmp_path: Path) -> None:
    # Given an open record
    log = AlertLog(tmp_path)
    log.write(event_line("first", START, None))
    # When ten long lines are written
    before = _writes_so_far()
    for _ in range(10):
        log.write(event_line("long", START, None, text="x" * 5_000))
    # Then the operating system saw ten writes
    assert _writes_so_far() - before == 10
    log.close()


def _writes_so_far() -> int:
    text = Path("/proc/thread-self/io").read_text(encoding="ascii")
    return int(dict(line.split(": ") for line in text.splitlines())["syscw"])


def test_prices_are_exact_numbers_in_the_file(tmp_path: Path) -> None:
    # Given an alert at a price that no float holds
    log = AlertLog(tmp_path)
    # When its line is written
    log.write(line_of(large_seller(price_level=Decimal("100.10"))))
    log.close()
    # Then the digits are the price's own
    assert b'"price_level":100.10,' in (tmp_path / DAY).read_bytes()


def test_a_line_that_cannot_be_written_is_counted_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a folder in whose day file's place something else stands
    log = AlertLog(tmp_path)
    (tmp_path / DAY).mkdir()
    # When a line is written there twice, and one of the next day
    with caplog.at_level(logging.ERROR):
        log.write(event_line("lost", START, "ACME"))
        log.write(event_line("lost", START, "ACME"))
        log.write(event_line("kept", START + timedelta(days=1), "ACME"))
    log.close()
    # Then nothing is raised, both are counted, and the log has the first; they wait
    assert log.failed_writes.total() == 2
    assert [each.getMessage() for each in caplog.records] == ["order_flow.record_write_failed"]
    assert caplog.records[0].line["event"] == "lost"  # type: ignore[attr-defined]
    assert len(lines_of(tmp_path / "2026-03-11.jsonl")) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk is simulated by /dev/full")
def test_a_full_disk_is_counted_and_never_raised(tmp_path: Path) -> None:
    # Given a record on a device without room
    log = AlertLog(tmp_path)
    (tmp_path / DAY).symlink_to("/dev/full")
    # When a line is written
    log.write(event_line("lost", START, None))
    log.close()
    # Then the operating system's reason is counted
    assert log.failed_writes == {"No space left on device": 1}


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size: writes stop short as on a full disk."""
    import resource  # noqa: PLC0415 - not on Windows

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@posix_only
def test_a_line_that_fits_only_in_part_is_written_whole_once_there_is_room(tmp_path: Path) -> None:
    # Given a record with one line, on a disk that has room for half of the next
    log = AlertLog(tmp_path)
    log.write(event_line("first", START, None))
    size = (tmp_path / DAY).stat().st_size
    # When a line is written there, and another one once there is room again
    with files_limited_to(size + 20):
        log.write(event_line("torn", START, None))
    log.write(event_line("after", START, None))
    log.close()
    # Then all three can be read in their order, and the torn one is counted with what waited
    events = [line["event"] for line in lines_of(tmp_path / DAY)]  # type: ignore[index]
    assert events == ["first", "torn", "after"]
    assert log.failed_writes.total() == 2


def test_a_half_line_of_a_killed_process_is_removed_at_the_next_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a file that ends in the middle of a line, a whole one, and a foreign one
    whole = json.dumps(event_line("whole", START, None)).encode() + b"\n"
    (tmp_path / DAY).write_bytes(whole + b'{"schema":1,"eve')
    (tmp_path / "2026-03-09.jsonl").write_bytes(whole)
    (tmp_path / "notes.jsonl").write_bytes(b"mine")
    # When the record is opened, and written to
    with caplog.at_level(logging.WARNING):
        log = AlertLog(tmp_path)
    log.write(event_line("next", START, None))
    log.close()
    # Then the half line is gone, and logged; nothing else was touched
    assert [line["event"] for line in lines_of(tmp_path / DAY)] == ["whole", "next"]  # type: ignore[index]
    assert (tmp_path / "2026-03-09.jsonl").read_bytes() == whole
    assert (tmp_path / "notes.jsonl").read_bytes() == b"mine"
    assert [(each.getMessage(), each.removed_bytes) for each in caplog.records] == [  # type: ignore[attr-defined]
        ("order_flow.record_repaired", 16)
    ]


def test_a_file_that_is_one_half_line_becomes_empty(tmp_path: Path) -> None:
    # Given a process that was killed within the first line of a day
    (tmp_path / DAY).write_bytes(b'{"schema"')
    # When the record is opened
    AlertLog(tmp_path)
    # Then the file is empty
    assert (tmp_path / DAY).read_bytes() == b""


def test_a_reader_leaves_a_half_line_to_its_writer(tmp_path: Path) -> None:
    # Given a record whose last line is just being written by another process
    line = json.dumps(alert_record(large_seller(), config_hash=HASH), default=float).encode()
    (tmp_path / DAY).write_bytes(line + b"\n" + line[:40])
    # When it is opened to be read only
    log = AlertLog(tmp_path, repair=False)
    # Then the whole line is read, and the half one stays
    assert log.newest_alert_at() == START
    assert (tmp_path / DAY).read_bytes() == line + b"\n" + line[:40]


def test_a_damaged_line_costs_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    # Given a record with lines that are no JSON, no object, no text, or of another schema
    log = AlertLog(tmp_path)
    known = alert_record(large_seller(), config_hash=HASH)
    log.write(known)
    log.write({**known, "schema": 2, "alert_id": "of another version"})
    log.close()
    with (tmp_path / DAY).open("ab") as stream:
        stream.write(b'{"schema":1,{"schema":1}\n[1]\n{"event":"\xff"}\n')
    # When its alerts are read
    with caplog.at_level(logging.WARNING):
        found = AlertLog(tmp_path).said(START, LATER, config_hash=HASH).alerts
    # Then the good one is there, and each damaged line is logged with its number
    assert list(found) == [known["alert_id"]]
    assert [each.line_number for each in caplog.records] == [2, 3, 4, 5]  # type: ignore[attr-defined]


def test_alerts_are_found_from_one_moment_to_another(tmp_path: Path) -> None:
    # Given alerts just before a moment, at it, on a later day and after that, and another event
    log = AlertLog(tmp_path)
    later = [large_seller(0), red_burst(60), large_seller(172_800)]
    for alert in [large_seller(-0.001), *later, large_seller(172_800.001)]:
        log.write(alert_record(alert, config_hash=HASH))
    log.write(event_line("order_flow.feed_blind", START, "ACME", reason="x", position_open=True))
    log.close()
    # When the alerts of two days are asked for
    found = AlertLog(tmp_path).said(START, LATER, config_hash=HASH).alerts
    # Then they come back under their ids
    assert found == {alert_id(alert, HASH): alert for alert in later}


def test_alerts_found_under_other_settings_are_left_out(tmp_path: Path) -> None:
    # Given an alert found under two settings
    log = AlertLog(tmp_path)
    for each in (HASH, "other"):
        log.write(alert_record(large_seller(), config_hash=each))
    log.close()
    # When those of one are asked for
    found = log.said(START, LATER, config_hash="other").alerts
    # Then they are found under their own ids
    assert list(found) == [alert_id(large_seller(), "other")]


def seen(symbol: str, opened: datetime) -> dict[str, Any]:
    return event_line(SEEN_EVENT, START, symbol, opened_at=iso_utc(opened))


def test_positions_are_open_that_were_seen_and_are_not_gone(tmp_path: Path) -> None:
    # Given positions of an earlier month, one of which is gone, and damaged lines
    log = AlertLog(tmp_path)
    month_ago = START - timedelta(days=30)
    for symbol in ("ACME", "BOLT"):
        log.write({**seen(symbol, month_ago), "timestamp": iso_utc(month_ago)})
    log.write(event_line(GONE_EVENT, START, "BOLT"))
    log.write(event_line(SEEN_EVENT, START, "CLIF"))
    log.write({**seen("DOVE", START), "opened_at": "yesterday"})
    log.write({**seen("EDDY", START), "opened_at": 5})
    log.write(event_line("order_flow.position_of_another_version", START, "ACME"))
    log.close()
    # When the record of today is asked for
    found = log.said(START, LATER, config_hash=HASH).opened
    # Then the one that is held is as old as it was
    assert found == {"ACME": month_ago}


def test_how_far_symbols_were_judged_is_found_again(tmp_path: Path) -> None:
    # Given a note of how far a symbol was judged, made twice
    log = AlertLog(tmp_path)
    log.note_judged({"ACME": JudgedSpan(1, 2)})
    log.note_judged({"ACME": JudgedSpan(1, 3)})
    # When a later process reads the record
    found = AlertLog(tmp_path).said(START, LATER, config_hash=HASH).judged
    # Then the newest note counts
    assert found == {"ACME": JudgedSpan(1, 3)}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"ACME": 5}', b"\xff"])
def test_a_damaged_note_of_how_far_symbols_were_judged_is_none(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a note that cannot be read
    (tmp_path / JUDGED_FILE).write_bytes(content)
    # When the record is read
    with caplog.at_level(logging.WARNING):
        found = AlertLog(tmp_path).said(START, LATER, config_hash=HASH).judged
    # Then nothing is known of it, which is logged
    assert found == {}
    assert [each.getMessage() for each in caplog.records] == ["order_flow.record_line_unreadable"]


def test_a_note_that_cannot_be_written_is_counted(tmp_path: Path) -> None:
    # Given a folder in whose place stands a file
    log = AlertLog(tmp_path / "journal")
    (tmp_path / "journal").rmdir()
    (tmp_path / "journal").write_bytes(b"")
    # When it is noted how far symbols were judged
    log.note_judged({"ACME": JudgedSpan(1, 2)})
    # Then the failure is counted by its reason
    assert log.failed_writes.total() == 1


def test_lines_that_lack_what_their_kind_has_are_logged_together(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Given two such lines
    log = AlertLog(tmp_path)
    for _ in range(2):
        log.write(event_line(TOLD_EVENT, START, "ACME"))
    log.close()
    # When the record is read
    with caplog.at_level(logging.WARNING):
        found = log.said(START, LATER, config_hash=HASH)
    # Then their number is logged
    assert found.unreadable == 2
    assert [each.lines for each in caplog.records] == [2]  # type: ignore[attr-defined]


def test_the_newest_alert_is_found_in_the_newest_file_that_has_one(tmp_path: Path) -> None:
    # Given alerts out of order on one day, and a later day without any
    log = AlertLog(tmp_path)
    assert log.newest_alert_at() is None
    for alert in (large_seller(60), large_seller(10)):
        log.write(alert_record(alert, config_hash=HASH))
    log.write(event_line("order_flow.monitoring_started", START + timedelta(days=1), None))
    log.close()
    # When the newest is asked for
    # Then it is the latest by exchange time
    assert log.newest_alert_at() == START + timedelta(seconds=60)


@posix_only
def test_a_process_killed_while_writing_leaves_a_readable_record(tmp_path: Path) -> None:
    # Given a process that writes as fast as it can
    script = (
        "import sys; from datetime import UTC, datetime\n"
        "from trading_bot.order_flow.journal.writer import AlertLog\n"
        "from trading_bot.order_flow.journal.lines import event_line\n"
        "log = AlertLog(sys.argv[1]); print('on', flush=True)\n"
        "while True: log.write(event_line('x', datetime(2026, 3, 10, tzinfo=UTC), None, t='y'*999))"
    )
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        while not (tmp_path / DAY).exists() or (tmp_path / DAY).stat().st_size < 10_000:
            pass
        # When it is killed
        child.kill()
    # Then every line can be read, once the record is opened again
    AlertLog(tmp_path)
    assert {line["event"] for line in lines_of(tmp_path / DAY)} == {"x"}  # type: ignore[index]


def test_lines_of_many_threads_are_whole_whatever_their_day(tmp_path: Path) -> None:
    # Given a record, and threads that write to two days, or close it
    log = AlertLog(tmp_path)
    days = (START, START + timedelta(days=1))

    def write(number: int) -> None:
        for each in range(200):
            log.write(event_line(f"{number}", days[each % 2], "ACME", each=each))
            if not each % 50:
                log.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    # When they do so at once
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.close()
    # Then each line is whole and in its day's file, each thread's in order
    assert log.failed_writes == {}
    for day, path in zip(days, sorted(tmp_path.iterdir()), strict=True):
        lines: list[Any] = lines_of(path)
        assert {line["timestamp"][:10] for line in lines} == {day.date().isoformat()}
        for number in range(4):
            said = [line["each"] for line in lines if line["event"] == str(number)]
            assert said == list(range(days.index(day), 200, 2))
