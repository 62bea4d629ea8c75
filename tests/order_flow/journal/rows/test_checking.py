"""Every line of a record is checked: whatever was changed in it, or is not its own, is named."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.monitor_stubs import START, exit_of, large_seller, red_burst

from trading_bot.order_flow.data_models import Facts, Scale
from trading_bot.order_flow.journal.lines import (
    EXIT_EVENT,
    GONE_EVENT,
    SEEN_EVENT,
    TOLD_EVENT,
    alert_record,
    event_line,
    exit_fields,
    exit_id,
    line_bytes,
)
from trading_bot.order_flow.journal.lock import LOCK_FILE
from trading_bot.order_flow.journal.reading import JUDGED_FILE, OPENED_FILE
from trading_bot.order_flow.journal.rows.checking import NEEDED, RecordCheck
from trading_bot.order_flow.journal.rows.columns import EVENTS
from trading_bot.order_flow.market.units import iso_utc, utc_from_ns

HASH = "0123456789abcdef"
DAY = "2026-03-10.jsonl"
ALERT = alert_record(large_seller(), config_hash=HASH)
BURST = alert_record(red_burst(), config_hash=HASH)
EXIT = event_line(
    EXIT_EVENT,
    START,
    "ACME",
    **exit_fields(
        replace(exit_of(), exit_id=exit_id("ACME", START, ["a" * 16])),
        ["a" * 16],
    ),
)
TOLD = event_line(TOLD_EVENT, START, "ACME", exit_id="1" * 16)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def logged(seconds: float, event: str = GONE_EVENT, **changes: Any) -> dict[str, Any]:
    """Return a live line that was written so many seconds after the start."""
    line = event_line(event, START, "ACME", symbols=[], logged_at=iso_utc(at(seconds)))
    return line | changes


def write(folder: Path, *lines: Mapping[str, Any] | bytes, name: str = DAY) -> Path:
    content = b"".join(each if isinstance(each, bytes) else line_bytes(each) for each in lines)
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def words(folder: Path) -> list[str]:
    return [str(each).removeprefix(f"{folder}/") for each in RecordCheck(folder).problems()]


def test_a_record_that_is_well_has_no_problem(tmp_path: Path) -> None:
    # Given a plain day, a compressed one with late lines, and what lies beside them
    facts = Facts(spread=Decimal("0.01"))
    ranked = large_seller(scale=Scale(1, 1, 195, START, 1, 0, 1, None), facts=facts)
    write(tmp_path, ALERT, BURST, EXIT, TOLD, alert_record(ranked, config_hash=HASH))
    write(
        tmp_path,
        event_line(SEEN_EVENT, at(-86_400), "ACME", opened_at=iso_utc(START)),
        name="2026-03-09.jsonl.gz",
    )
    write(tmp_path, event_line(GONE_EVENT, at(-86_400), "ACME"), name="2026-03-09.late.jsonl")
    for name in (JUDGED_FILE, OPENED_FILE, LOCK_FILE, "judged_until.new", "2026-03-11.part"):
        (tmp_path / name).touch()
    (tmp_path / "profile").mkdir()
    done = []
    check = RecordCheck(tmp_path, lambda *numbers: done.append(numbers))
    # When it is checked
    found = list(check.problems())
    # Then nothing is wrong, and it says how much was looked at
    assert found == []
    assert (check.days, check.lines) == (2, 7)
    assert done == [(1, 2), (2, 2)]


def test_every_event_is_known_with_what_it_needs() -> None:
    # Given the events
    # When those whose shape is a type are taken out
    typed = {event for event in EVENTS if event not in NEEDED}
    # Then it is said of each other what it needs
    assert typed == {ALERT["event"], BURST["event"], EXIT_EVENT, TOLD_EVENT}
    assert NEEDED.keys() < EVENTS


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"event": "order_flow.sold"}, "no line has the event 'order_flow.sold'"),
        ({"schema": 2}, "its schema is 2, of which 1 is known"),
        (
            {"timestamp": "2026-03-11T14:00:00.000000Z"},
            "it is of 2026-03-11T14:00:00.000000Z, and not of the file's day",
        ),
        ({"timestamp": "then"}, "its timestamp is 'then'"),
        ({"order_size": 12_001}, "its alert_id is that of another alert"),
        ({"price_level": 100.01}, "its alert_id is that of another alert"),
        ({"symbol": "BOLT"}, "its alert_id is that of another alert"),
        ({"severity": "critical"}, "its alert_id is that of another alert"),
        ({"source": "ask_wall"}, "its alert_id is that of another alert"),
        ({"config_hash": "0" * 16}, "its alert_id is that of another alert"),
        ({"timestamp": "2026-03-10T14:00:00.000001Z"}, "its alert_id is that of another alert"),
        ({"alert_id": "f" * 16}, "its alert_id is that of another alert"),
        ({"alert_id": "F" * 16}, f"its alert_id '{'F' * 16}' is not 16 hex digits"),
        ({"alert_type": "red_burst"}, "its alert_type is red_burst, of another event"),
        ({"severity": "grave"}, "Invalid enum value 'grave'"),
        ({"late": None}, "Expected `bool`, got `null`"),
        ({"order_size": "12"}, "its order_size is '12'"),
    ],
)
def test_an_alert_that_was_changed_is_named(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    # Given an alert in which one member was changed, after a good one
    write(tmp_path, ALERT, ALERT | change)
    # When the record is checked
    (found,) = words(tmp_path)
    # Then file, line and what is wrong are told
    assert found.startswith(f"{DAY}:2: {said}")


@pytest.mark.parametrize("event", sorted(NEEDED))
def test_a_line_that_lacks_a_member_is_named(tmp_path: Path, event: str) -> None:
    # Given a line of each kind with nothing of its own
    write(tmp_path, event_line(event, START, "ACME"))
    # When it is checked
    found = words(tmp_path)
    # Then what is missing is told
    missing = ", ".join(NEEDED[event])
    assert found == ([f"{DAY}:1: it lacks {missing}"] if missing else [])


@pytest.mark.parametrize("name", ["symbol", "timestamp", "alert_id", "severity", "late"])
def test_an_alert_that_lacks_a_member_is_named(tmp_path: Path, name: str) -> None:
    # Given an alert without one of its members
    write(tmp_path, {key: value for key, value in ALERT.items() if key != name})
    # When it is checked
    (found,) = words(tmp_path)
    # Then it is told which
    assert name in found


@pytest.mark.parametrize("rest_ns", [0, 1, 999])
def test_an_id_over_nanoseconds_is_found_again(tmp_path: Path, rest_ns: int) -> None:
    # Given an alert with a stamp finer than what its line says
    exact = large_seller()
    stamp_ns = (exact.timestamp_ns or 0) + rest_ns
    exact = replace(exact, timestamp_utc=utc_from_ns(stamp_ns), timestamp_ns=stamp_ns)
    write(tmp_path, alert_record(exact, config_hash=HASH))
    # When it is checked
    # Then its id is its own
    assert words(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"exit_id": "f" * 16}, "its exit_id is that of another exit"),
        ({"alert_ids": ["b" * 16]}, "its exit_id is that of another exit"),
        ({"quantity": 0}, "ACME: quantity=0 must not be 0"),
        ({"urgency": "soon"}, "Invalid enum value 'soon'"),
    ],
)
def test_an_exit_that_was_changed_is_named(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    # Given such an exit
    write(tmp_path, EXIT | change)
    # When it is checked
    (found,) = words(tmp_path)
    # Then it is told
    assert found.startswith(f"{DAY}:1: {said}")


def test_an_exit_of_before_there_were_ids_is_well(tmp_path: Path) -> None:
    # Given an exit of an older record
    write(tmp_path, {name: value for name, value in EXIT.items() if name != "exit_id"})
    # When it is checked
    # Then nothing is wrong
    assert words(tmp_path) == []


def test_a_torn_last_line_is_named(tmp_path: Path) -> None:
    # Given a day whose last line was cut short
    write(tmp_path, ALERT, line_bytes(TOLD)[:-20])
    # When it is checked
    # Then it is told
    assert words(tmp_path) == [f"{DAY}:2: its end is missing: writing it was cut short"]


def test_a_damaged_compressed_day_is_named_and_the_next_is_checked(tmp_path: Path) -> None:
    # Given a compressed day whose end is missing, and a day with a bad line
    cut = write(tmp_path, *[ALERT] * 5_000, name="2026-03-09.jsonl.gz")
    cut.write_bytes(b"no gzip")
    write(tmp_path, b"no line\n")
    # When the record is checked
    found = words(tmp_path)
    # Then both are told
    assert found[0].startswith("2026-03-09.jsonl.gz:1: Not a gzipped file")
    assert found[1].startswith(f"{DAY}:1: the line is not valid JSON")


@pytest.mark.parametrize("name", ["2026-03-10.json", "notes.txt", "2026-03-10.2.jsonl.gz"])
def test_a_file_that_is_no_record_s_is_named(tmp_path: Path, name: str) -> None:
    # Given such a file
    (tmp_path / name).touch()
    # When the record is checked
    # Then it is told
    assert words(tmp_path) == [f"{name}: no file of a record"]


# Order.


@pytest.mark.parametrize(
    ("seconds", "problems"),
    [((0, 1, 1), 0), ((60, 0), 0), ((60, -0.001), 1), ((0, 100, 0, 0), 1)],
)
def test_live_lines_are_in_order_by_the_time_they_were_written(
    tmp_path: Path, seconds: tuple[float, ...], problems: int
) -> None:
    # Given live lines, written at these times
    write(tmp_path, *(logged(each) for each in seconds))
    # When they are checked
    found = words(tmp_path)
    # Then a time that goes back by more than a minute is told
    assert len(found) == problems
    assert all("it is out of order: written at" in each for each in found)


def test_another_run_may_keep_another_time(tmp_path: Path) -> None:
    # Given two runs on a simulated market, which begins anew each time
    started = "order_flow.monitoring_started"
    write(tmp_path, logged(0, started), logged(3_600), logged(1, started), logged(2))
    # When they are checked
    # Then nothing is wrong
    assert words(tmp_path) == []


@pytest.mark.parametrize(
    ("lines", "problems"),
    [
        ([(0, "A"), (0, "B"), (1, "A")], 0),
        ([(0, "B"), (0, "A")], 1),
        ([(1, "A"), (0, "B"), (0, "C")], 1),
        ([(0, None), (0, "A")], 0),
    ],
)
def test_replayed_lines_are_in_order_by_time_and_symbol(
    tmp_path: Path, lines: list[tuple[float, str | None]], problems: int
) -> None:
    # Given lines of a replay, which know no time of writing
    last = event_line("order_flow.monitoring_stopped", at(1), None, symbols=[])
    write(tmp_path, *(event_line(GONE_EVENT, at(s), symbol) for s, symbol in lines), last)
    # When they are checked
    found = words(tmp_path)
    # Then one that belongs before another is told
    assert len(found) == problems
    assert all("belongs before the line above" in each for each in found)


def test_whatever_byte_of_what_an_alert_is_about_is_lost_is_noticed(tmp_path: Path) -> None:
    # Given the line of an alert
    whole = line_bytes(ALERT)
    path = tmp_path / DAY
    # When each byte up to its price is lost
    unnoticed = []
    for place in range(whole.index(b',"volume_ratio"')):
        path.write_bytes(whole[:place] + whole[place + 1 :])
        if not words(tmp_path):
            unnoticed.append(json.loads(path.read_bytes()))
    # Then that is noticed, but for noughts at the end of a time
    assert all(each | {"timestamp": ALERT["timestamp"]} == ALERT for each in unnoticed)
