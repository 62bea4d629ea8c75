"""A record is read whatever stands in it: what is no line costs itself, and is counted."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_mock import MockerFixture
from support.monitor_stubs import START, HandClock, Holdings, StubClient, large_seller, position

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.journal.days import LONGEST_LINE
from trading_bot.order_flow.journal.lines import (
    EXIT_EVENT,
    GONE_EVENT,
    SEEN_EVENT,
    TOLD_EVENT,
    alert_id,
    alert_record,
    event_line,
    exit_fields,
    line_bytes,
)
from trading_bot.order_flow.journal.reading import (
    JUDGED_FILE,
    LARGEST_NOTE,
    OPENED_FILE,
    RecordReader,
)
from trading_bot.order_flow.journal.said import Said
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.market.units import iso_utc
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.recommendation import ExitRecommendation

CONFIG = OrderFlowConfig(thresholds="fixed")
HASH = CONFIG.config_hash
LATER = START + timedelta(days=2)
DAY = "2026-03-10.jsonl"
EXIT = ExitRecommendation(
    symbol="ACME",
    reason="three large sellers",
    alerts=(large_seller(),),
    position=position(),
    price=Decimal("100.00"),
    unrealised_pnl=Decimal(-100),
    distance_to_stop=Decimal("1.00"),
    urgency="high",
    timestamp_utc=START,
)
LINES: tuple[dict[str, Any], ...] = tuple(
    json.loads(line_bytes(each))
    for each in (
        alert_record(large_seller(), config_hash=HASH),
        event_line(
            EXIT_EVENT, START, "ACME", **exit_fields(EXIT, [alert_id(large_seller(), HASH)])
        ),
        event_line(TOLD_EVENT, START, "ACME", exit_id="0" * 16),
        event_line(SEEN_EVENT, START, "ACME", opened_at=iso_utc(START)),
        event_line(GONE_EVENT, START, "ACME"),
    )
)
"""A line of each kind that a start reads."""
GOOD = alert_record(large_seller(5), config_hash=HASH)
"""An alert that must be found whatever stands beside it."""
HUGE_NUMBERS = (b"1e400", b"9" * 5_000, b"-1e400", b"0." + b"9" * 5_000, b"9e999999999")


def write(folder: Path, *lines: bytes | Mapping[str, Any], name: str = DAY) -> None:
    """Write a record's file: the lines, and after them one good alert."""
    folder.mkdir(exist_ok=True)
    raw = [each if isinstance(each, bytes) else line_bytes(each) for each in (*lines, GOOD)]
    (folder / name).write_bytes(b"".join(each.rstrip(b"\n") + b"\n" for each in raw))


def said(folder: Path) -> Said:
    log = AlertLog(folder)
    found = log.said(START - timedelta(hours=1), LATER, config_hash=HASH)
    assert GOOD["alert_id"] in found.alerts
    return found


def start(folder: Path) -> dict[str, Any]:
    """Start a monitor on a record, hold what it says, and return the record's health."""
    monitor = OrderFlowMonitor(
        CONFIG,
        position_manager=Holdings(position()),
        client=StubClient(),
        log_directory=folder,
        clock=HandClock(START + timedelta(minutes=1)),
    )
    with monitor.record_held():
        monitor._begin()
        monitor.judge.read_positions()
        assert GOOD["alert_id"] in {each.alert_id for each in monitor.judge.detector.alert_history}
        monitor.health_check()
    health: dict[str, Any] = monitor.health_check()["record"]
    return health


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(
        [
            "",
            "nan",
            "Infinity",
            "-1",
            "2026-03-10",
            "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59Z",
        ]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(line=st.sampled_from(LINES), data=st.data())
def test_a_start_lives_with_any_value_of_any_member(line: Mapping[str, Any], data: Any) -> None:
    # Given a record with a line of which one member is missing, or anything
    name = data.draw(st.sampled_from(sorted(line)))
    changed = {key: value for key, value in line.items() if key != name}
    if data.draw(st.booleans()):
        changed[name] = data.draw(values)
    with TemporaryDirectory() as folder:
        write(Path(folder), json.dumps(changed).encode())
        # When a guard starts on it
        # Then it does, and has the good one
        start(Path(folder))
        AlertLog(folder, repair=False).newest_alert_at()
        RecordReader(Path(folder)).alert("x")


@settings(max_examples=60, deadline=None)
@given(line=st.binary(max_size=60) | values.map(lambda value: json.dumps(value).encode()))
def test_a_start_lives_with_any_line(line: bytes) -> None:
    # Given a record with a line that is anything
    with TemporaryDirectory() as folder:
        write(
            Path(folder), line, b'{"event":"order_flow.position_' + line, b'{"alert_type":' + line
        )
        # When a guard starts on it
        # Then it does, has the good one, and counts the others
        assert start(Path(folder))["unreadable_lines"] >= 1


@pytest.mark.parametrize("number", HUGE_NUMBERS)
@pytest.mark.parametrize("line", LINES, ids=lambda line: str(line["event"]))
def test_a_number_without_bounds_is_no_number(
    tmp_path: Path, line: Mapping[str, Any], number: bytes
) -> None:
    # Given lines with such a number in each place of a line
    every = [json.dumps({**line, name: "<>"}).encode().replace(b'"<>"', number) for name in line]
    write(tmp_path, *every)
    # When a guard starts on them
    # Then it does
    start(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"5",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"schema":1,"event":"' + b"\0" * 9 + b'"}',
        b'{"schema":1,"event":"\xff\xfe"}',
        b'{"schema":2,"event":"order_flow.told","exit_id":"x"}',
        b'{"schema":[1]}',
        b'{"event":"order_flow.told"}',
        b'{"schema":1,"event":"order_flow.told"}',
        b'{"schema":1,"event":["order_flow.told"],"alert_type":[]}',
        b'{"schema":1,"event":{},"exit_id":[]}'[:-1],
        line_bytes({**LINES[0], "timestamp": "2026-03-10T14:00:00"}),
        line_bytes({**LINES[0], "symbol": ["ACME"]}),
        line_bytes({**LINES[0], "order_size": -1}),
        line_bytes({**LINES[0], "price_level": 0}),
        line_bytes({**LINES[1], "alert_ids": "abc"}),
        line_bytes({**LINES[1], "quantity": 0}),
        line_bytes({**LINES[2], "exit_id": ["x"]}),
        line_bytes({**LINES[3], "opened_at": "2026-03-10T14:00:00"}),
        line_bytes({**LINES[3], "symbol": 5}),
        line_bytes({**LINES[4], "symbol": {}}),
    ],
    ids=range(23),
)
def test_a_line_that_says_nothing_is_counted_once(tmp_path: Path, line: bytes) -> None:
    # Given a record with a line that is damaged
    write(tmp_path, line)
    # When a guard starts on it
    # Then health counts it
    assert start(tmp_path)["unreadable_lines"] == 1


@pytest.mark.slow
def test_a_line_of_a_hundred_megabytes_is_passed_over(tmp_path: Path) -> None:
    # Given a record with such a line
    write(tmp_path, b'{"schema":1,"event":"' + b"x" * 100_000_000 + b'"}')
    # When a guard starts on it
    # Then it is one unreadable line
    assert start(tmp_path)["unreadable_lines"] == 1


@pytest.mark.parametrize(
    ("size", "unreadable"), [(LONGEST_LINE, 0), (LONGEST_LINE + 1, 1), (3 * LONGEST_LINE, 1)]
)
def test_a_line_may_have_a_mebibyte(tmp_path: Path, size: int, unreadable: int) -> None:
    # Given a line of that size, its end included
    empty = line_bytes(event_line("x", START, None, text=""))
    line = line_bytes(event_line("x", START, None, text="y" * (size - len(empty))))
    write(tmp_path, line)
    # When it is read
    # Then it is too long only beyond the bound
    assert start(tmp_path)["unreadable_lines"] == unreadable


def test_many_damaged_lines_do_not_fill_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a thousand damaged lines
    write(tmp_path, *[b"{"] * 1_000)
    log = AlertLog(tmp_path)
    # When they are read
    with caplog.at_level(logging.WARNING):
        log.said(START - timedelta(hours=1), LATER, config_hash=HASH)
    # Then all are counted, and a few are logged
    assert log.unreadable_lines == 1_000
    assert len(caplog.records) == 20


def test_what_is_no_file_is_no_day(tmp_path: Path) -> None:
    # Given a folder that has a day's name
    (tmp_path / "2026-03-09.jsonl").mkdir()
    write(tmp_path)
    # When the record is read
    # Then it is passed by
    assert said(tmp_path).unreadable == 0


def test_a_file_that_cannot_be_read_costs_itself(
    tmp_path: Path, mocker: MockerFixture, caplog: pytest.LogCaptureFixture
) -> None:
    # Given two days, the first of which cannot be read
    write(tmp_path, name="2026-03-10.jsonl")
    write(tmp_path, name="2026-03-11.jsonl")
    really = Path.open

    def open_or_fail(path: Path, *args: Any, **kwargs: Any) -> Any:
        if path.name == DAY:
            raise OSError("a bad sector")
        return really(path, *args, **kwargs)

    reader = RecordReader(tmp_path)
    mocker.patch.object(Path, "open", open_or_fail)
    # When the lines are read
    with caplog.at_level(logging.WARNING):
        found = list(reader.lines_since("2026-03-10"))
    # Then the second day's are there
    assert found == [json.loads(line_bytes(GOOD))]
    assert [each.getMessage() for each in caplog.records] == ["order_flow.record_file_unreadable"]


def test_a_folder_that_is_none_has_no_days(tmp_path: Path) -> None:
    # Given no such folder
    # When it is read
    # Then nothing is there
    assert RecordReader(tmp_path / "gone").newest_alert_at() is None


def test_the_newest_alert_is_found_among_damaged_ones(tmp_path: Path) -> None:
    # Given alerts without a time, or with another zone, and a good one
    early = START + timedelta(seconds=5)
    write(
        tmp_path,
        b'{"alert_type":"x"}',
        b'{"alert_type":"x","timestamp":5}',
        b'{"alert_type":"x","timestamp":"2027-01-01T00:00:00"}',
        b'{"alert_type":',
    )
    log = AlertLog(tmp_path, repair=False)
    # When the newest is asked for
    # Then it is that one, and the others are counted
    assert log.newest_alert_at() == early
    assert log.unreadable_lines == 4


def test_an_alert_is_found_by_its_id(tmp_path: Path) -> None:
    # Given a record in which a damaged line, and one about it, hold the id as well
    mark = f'"alert_id":"{GOOD["alert_id"]}"'.encode()
    write(tmp_path, b"{" + mark, b'{"about":{' + mark + b"}}")
    # When the alert is asked for
    reader = RecordReader(tmp_path)
    # Then it is the alert's own line
    assert reader.alert(str(GOOD["alert_id"])) == json.loads(line_bytes(GOOD))
    assert reader.alert("0" * 16) is None


# Since when positions are known.


def days(folder: Path, number: int) -> list[Path]:
    """Write so many days, on each of which a position of its own is met."""
    for each in range(number):
        moment = START - timedelta(days=number - 1 - each)
        line = event_line(SEEN_EVENT, moment, f"S{each}", opened_at=iso_utc(moment))
        write(folder, line, name=f"{moment:%Y-%m-%d}.jsonl")
    return sorted(folder.glob("*.jsonl"))


def test_days_that_are_full_are_read_once(tmp_path: Path) -> None:
    # Given a record of five days, which is kept
    paths = days(tmp_path, 5)
    log = AlertLog(tmp_path)
    log.hold()
    first = log.said(START, LATER, config_hash=HASH).opened
    # When a day that is full turns to noise of the same size, and the record is read again
    paths[0].write_bytes(b"x" * paths[0].stat().st_size)
    again = log.said(START, LATER, config_hash=HASH).opened
    log.let_go()
    # Then what it said is still known
    assert first == again == {f"S{k}": START - timedelta(days=4 - k) for k in range(5)}


@pytest.mark.parametrize("place", [0, 2])
def test_a_full_day_that_was_changed_is_read_again(tmp_path: Path, place: int) -> None:
    # Given a record that was kept, and whose full days are known
    paths = days(tmp_path, 5)
    log = AlertLog(tmp_path)
    log.hold()
    log.said(START, LATER, config_hash=HASH)
    # When a line is added to one of them
    with paths[place].open("ab") as stream:
        stream.write(line_bytes(event_line(GONE_EVENT, START, f"S{place}")))
    # Then it counts
    assert f"S{place}" not in log.said(START, LATER, config_hash=HASH).opened
    log.let_go()


def test_who_only_reads_writes_nothing(tmp_path: Path) -> None:
    # Given a record of five days
    days(tmp_path, 5)
    # When it is read by one that does not keep it
    found = AlertLog(tmp_path, repair=False).said(START, LATER, config_hash=HASH).opened
    # Then nothing was added
    assert len(found) == 5
    assert not (tmp_path / OPENED_FILE).exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 9_999,
        b'{"bytes_read":{"2026-03-06.jsonl":1e400},"opened":{}}',
        b'{"bytes_read":{},"opened":{"ACME":"2026-03-10T14:00:00"}}',
        b'{"bytes_read":{"2026-03-06.jsonl":-1},"opened":{"NONE":"2026-03-10T14:00:00Z"}}',
    ],
)
def test_damaged_knowledge_of_full_days_is_none(tmp_path: Path, content: bytes) -> None:
    # Given what was known of full days, damaged
    days(tmp_path, 5)
    (tmp_path / OPENED_FILE).write_bytes(content)
    # When the record is read
    found = AlertLog(tmp_path, repair=False).said(START, LATER, config_hash=HASH).opened
    # Then all days are read
    assert sorted(found) == [f"S{each}" for each in range(5)]


def test_knowledge_that_cannot_be_written_costs_time_only(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    # Given a disk that is full
    days(tmp_path, 5)
    mocker.patch("trading_bot.order_flow.journal.reading.write_whole", side_effect=OSError())
    log = AlertLog(tmp_path)
    log.hold()
    # When the record is read
    found = log.said(START, LATER, config_hash=HASH).opened
    log.let_go()
    # Then all is known
    assert len(found) == 5


def test_a_file_that_goes_while_it_is_measured_is_as_good_as_changed(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    # Given a record whose full days are known
    days(tmp_path, 5)
    log = AlertLog(tmp_path)
    log.hold()
    log.said(START, LATER, config_hash=HASH)
    log.let_go()
    reader = RecordReader(tmp_path)
    found = reader.days()
    mocker.patch.object(reader, "days", return_value=found)
    # When one of them is removed at the wrong moment
    (tmp_path / f"{found[0].name}.jsonl").unlink()
    # Then the others are read
    assert sorted(reader.opened()) == ["S1", "S2", "S3", "S4"]


@pytest.mark.parametrize("content", [b'{"ACME":[1,1e400]}', b"[" * 9_999, b'{"ACME":[1]}', b"\0"])
def test_a_damaged_note_of_what_was_judged_is_counted(tmp_path: Path, content: bytes) -> None:
    # Given such a note
    write(tmp_path)
    (tmp_path / JUDGED_FILE).write_bytes(content)
    # When a guard starts on it
    # Then it is unreadable, as a line is
    assert start(tmp_path)["unreadable_lines"] == 1


@pytest.mark.skipif(sys.platform == "win32", reason="pipes with a name are POSIX")
def test_a_pipe_in_a_files_place_holds_nobody(tmp_path: Path) -> None:
    # Given a record in which pipes have the names of its files
    write(tmp_path, name="2026-03-09.jsonl")
    for name in (DAY, JUDGED_FILE, OPENED_FILE, "judged_until.new"):
        os.mkfifo(tmp_path / name)
    log = AlertLog(tmp_path)
    # When it is read and written
    log.hold()
    log.said(START - timedelta(hours=20), LATER, config_hash=HASH)
    log.write(event_line("x", START, None))
    changes = log.look({})
    log.let_go()
    # Then that fails as a full disk does
    assert [each.kind for each in changes] == ["record_failed"]
    assert log.unreadable_lines == 1


def test_a_note_larger_than_any_is_not_read(tmp_path: Path) -> None:
    # Given notes of more bytes than were ever written
    write(tmp_path)
    for name in (JUDGED_FILE, OPENED_FILE):
        with (tmp_path / name).open("wb") as stream:
            stream.truncate(LARGEST_NOTE + 1)
    # When a guard starts on them
    # Then they say nothing
    assert start(tmp_path)["unreadable_lines"] == 1
