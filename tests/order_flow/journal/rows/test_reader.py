"""A record as rows: compressed or not, exact, in order, and no bad line passed over in silence."""

from __future__ import annotations

import gzip
import re
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture
from support.monitor_stubs import START, large_seller, red_burst

from trading_bot.order_flow import journal
from trading_bot.order_flow.data_models import Facts, Scale
from trading_bot.order_flow.journal.days import LONGEST_LINE
from trading_bot.order_flow.journal.lines import (
    EXIT_EVENT,
    SCALE_EVENT,
    TOLD_EVENT,
    alert_record,
    event_line,
    line_bytes,
)
from trading_bot.order_flow.journal.rows.columns import COLUMNS, OF_FACTS, OF_SCALE
from trading_bot.order_flow.journal.rows.reader import Problem, read

HASH = "0123456789abcdef"
DAY = "2026-03-10.jsonl"
ONE_DAY = timedelta(days=1)
TOLD = line_bytes(event_line(TOLD_EVENT, START, "ACME", exit_id="1" * 16))
HEAD = TOLD[: TOLD.index(b',"exit_id"')]


def alert(seconds: float = 0.0, **changes: Any) -> bytes:
    return line_bytes(alert_record(large_seller(seconds, **changes), config_hash=HASH))


def write(folder: Path, *lines: bytes, name: str = DAY) -> Path:
    content = b"".join(lines)
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def with_member(name: str, text: str) -> bytes:
    return HEAD + f',"{name}":{text}}}\n'.encode()


def test_rows_come_by_day_and_line_whether_compressed_or_not(tmp_path: Path) -> None:
    # Given a compressed day with a late line, and a plain one
    early = START - ONE_DAY
    write(tmp_path, alert(1), alert())
    write(
        tmp_path,
        line_bytes(event_line("order_flow.regime", early, "A")),
        name="2026-03-09.jsonl.gz",
    )
    write(tmp_path, line_bytes(event_line(TOLD_EVENT, early, "B")), name="2026-03-09.late.jsonl")
    # When the record is read
    rows = list(journal.read(tmp_path))
    # Then they come as they were written
    assert [(row["symbol"], row["timestamp"]) for row in rows] == [
        ("A", early),
        ("B", early),
        ("ACME", START + timedelta(seconds=1)),
        ("ACME", START),
    ]


def test_an_alert_is_a_flat_row_of_plain_types(tmp_path: Path) -> None:
    # Given an alert on own scale
    scale = Scale(12_000, 1, 195, START, 9_000, -1, 800, None, eased=True, orders=2)
    facts = Facts(queue_imbalance=-0.25, spread=Decimal("0.01"), held_shares=Decimal("100.5"))
    write(
        tmp_path, alert(price_level=Decimal("100.10"), context=("News",), scale=scale, facts=facts)
    )
    # When it is read
    (row,) = read(tmp_path)
    # Then members of objects are columns, times datetimes, and USD exact
    assert row.keys() < COLUMNS.keys()
    assert row["timestamp"] == START
    assert row["timestamp"].tzinfo is UTC
    assert str(row["price_level"]) == "100.1"
    assert (row["order_size"], row["late"], row["context"]) == (12_000, False, ["News"])
    assert (row["scale.rank"], row["scale.larger_at"], row["scale.eased"]) == (1, START, True)
    assert (row["facts.spread"], row["facts.held_shares"]) == (Decimal("0.01"), Decimal("100.5"))
    assert row["facts.queue_imbalance"] == -0.25
    assert row["scale.memory_from"] is None


def test_there_is_a_column_for_each_member_of_scale_and_facts() -> None:
    # Given the types of both
    # When their members are compared with the columns
    # Then each has one
    assert list(OF_SCALE) == [f"scale.{each.name}" for each in fields(Scale)]
    assert list(OF_FACTS) == [f"facts.{each.name}" for each in fields(Facts)]


@pytest.mark.parametrize(
    "digits", ["187.33333333333333333333333333", "0.1", "1e-7", "123456789012345678.25"]
)
def test_exact_numbers_keep_their_last_digit(tmp_path: Path, digits: str) -> None:
    # Given an average price of many digits
    write(tmp_path, with_member("average_price", digits))
    # When it is read
    (row,) = read(tmp_path)
    # Then it is that number, not one near it
    assert row["average_price"] == Decimal(digits)


def test_a_whole_price_is_exact_and_a_whole_ratio_a_ratio(tmp_path: Path) -> None:
    # Given numbers that happen to be written without a point
    write(tmp_path, HEAD + b',"price":100,"volume_ratio":4,"late":null}\n')
    # When they are read
    (row,) = read(tmp_path)
    # Then each is of its column's type
    assert [type(row[name]) for name in ("price", "volume_ratio", "late")] == [
        Decimal,
        float,
        type(None),
    ]


def test_other_members_stay_as_they_were_written(tmp_path: Path) -> None:
    # Given a line of another kind, whose members have no column
    line = event_line(SCALE_EVENT, START, "ACME", thresholds={"burst": 3}, of=[1.5, "a"], share=0.5)
    write(tmp_path, line_bytes(line))
    # When it is read
    (row,) = read(tmp_path)
    # Then they are there
    assert (row["thresholds"], row["of"], row["share"]) == ({"burst": 3}, [1.5, "a"], 0.5)


@pytest.mark.parametrize(
    ("begin", "end", "found"),
    [
        (None, None, [0, 1, 2, 3]),
        (START, None, [1, 2, 3]),
        (START + timedelta(microseconds=1), None, [2, 3]),
        (None, START, [0]),
        (None, START + timedelta(microseconds=1), [0, 1]),
        (date(2026, 3, 10), date(2026, 3, 10), [1, 2]),
        (date(2026, 3, 11), None, [3]),
        (None, date(2026, 3, 9), [0]),
        (datetime(2026, 3, 10, 10, tzinfo=timezone(timedelta(hours=-4))), None, [1, 2, 3]),
    ],
)
def test_a_span_begins_with_its_first_moment_and_ends_before_its_last(
    tmp_path: Path, begin: date | None, end: date | None, found: list[int]
) -> None:
    # Given four alerts on three days
    moments = [-86_400.0, 0.0, 60.0, 86_400.0]
    for name in ("2026-03-09.jsonl", DAY, "2026-03-11.jsonl"):
        lines = [alert(each) for each in moments if name[:10].encode() in alert(each)]
        write(tmp_path, *lines, name=name)
    # When a span of the record is read
    rows = list(read(tmp_path, begin=begin, end=end))
    # Then its rows are there
    at = [(row["timestamp"] - START).total_seconds() for row in rows]
    assert at == [moments[number] for number in found]


def test_days_outside_a_span_are_not_opened(tmp_path: Path) -> None:
    # Given a damaged day before and after the span
    write(tmp_path, alert())
    write(tmp_path, b"no line\n", name="2026-03-09.jsonl")
    write(tmp_path, b"no line\n", name="2026-03-11.jsonl")
    # When the span is read
    # Then nothing of them is met
    assert len(list(read(tmp_path, begin=date(2026, 3, 10), end=date(2026, 3, 10)))) == 1


@pytest.mark.parametrize(
    ("events", "found"),
    [
        (None, 3),
        (["alert"], 2),
        ("alert", 2),
        (["exit"], 0),
        ([TOLD_EVENT], 1),
        (["order_flow.red_burst_detected", TOLD_EVENT], 2),
        ([], 0),
    ],
)
def test_events_are_chosen_by_name(tmp_path: Path, events: Any, found: int) -> None:
    # Given a large seller, a burst, and a line of another kind
    burst = line_bytes(alert_record(red_burst(), config_hash=HASH))
    write(tmp_path, alert(), burst, TOLD)
    # When some are asked for
    rows = list(read(tmp_path, events=events))
    # Then those come
    assert len(rows) == found


def test_symbols_are_chosen_by_name(tmp_path: Path) -> None:
    # Given alerts of two symbols, and a line about the whole run
    run = line_bytes(event_line("order_flow.connection", START, None))
    write(tmp_path, alert(), alert(symbol="BOLT"), run)
    # When one is asked for
    rows = list(read(tmp_path, symbols=["BOLT"]))
    # Then it alone comes
    assert [row["symbol"] for row in rows] == ["BOLT"]


def test_an_event_that_no_line_has_is_a_mistake_at_once(tmp_path: Path) -> None:
    # Given a misspelt event
    # When it is asked for
    # Then the names are told before anything is read
    with pytest.raises(ValueError, match=f"'exits'; there are alert, exit, .*{EXIT_EVENT}"):
        read(tmp_path, events=["exits"])


def test_a_time_without_a_zone_is_a_mistake_at_once(tmp_path: Path) -> None:
    # Given a datetime that may be any moment
    # When it is asked for
    # Then it is refused
    with pytest.raises(ValueError, match="has no time zone"):
        read(tmp_path, begin=START.replace(tzinfo=None))


def test_a_folder_that_is_none_is_a_mistake_at_once(tmp_path: Path) -> None:
    # Given no such folder
    # When it is read
    # Then that is no empty record
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "gone")


BAD: list[tuple[bytes, str]] = [
    (b"no line\n", "the line is not valid JSON"),
    (b"[]\n", "the line: JSON but not of the documented shape"),
    (b"{}\n", "its schema is None, of which 1 is known"),
    (b'{"schema":2}\n', "its schema is 2, of which 1 is known"),
    (b'{"schema":1}\n', "its event is None"),
    (b'{"schema":1,"event":"order_flow.told"}\n', "it lacks timestamp"),
    (HEAD.replace(b"00Z", b"00") + b"}\n", "its timestamp is '2026-03-10T14:00:00.000000'"),
    (TOLD[:-1], "its end is missing: writing it was cut short"),
    (b"x" * LONGEST_LINE + b"\n", "it is longer than 1,048,576 bytes"),
    (with_member("order_size", "1.5"), "its order_size is 1.5"),
    (with_member("order_size", "true"), "its order_size is True"),
    (with_member("order_size", str(1 << 63)), f"its order_size is {1 << 63}"),
    (with_member("price", '"1"'), "its price is '1'"),
    (with_member("price", "1e41"), "its price is 1e+41"),
    (with_member("price", "1e-41"), "its price is 1e-41"),
    (with_member("price", "9e999999999"), "its price is inf"),
    (with_member("volume_ratio", "true"), "its volume_ratio is True"),
    (with_member("late", "0"), "its late is 0"),
    (with_member("context", '"a"'), "its context is 'a'"),
    (with_member("reason", "5"), "its reason is 5"),
    (with_member("urgency", "{" * 3 + '"a":' + "}" * 3), "the line is not valid JSON"),
    (with_member("reason", f"[{'1,' * 50}1]"), "its reason is [1, 1, 1"),
    (with_member("scale", '{"rank":"first"}'), "its scale.rank is 'first'"),
]


@pytest.mark.parametrize(("line", "words"), BAD, ids=[words[:30] for _, words in BAD])
@pytest.mark.parametrize("name", [DAY, f"{DAY}.gz"])
def test_a_line_that_cannot_be_read_is_named_by_file_and_number(
    tmp_path: Path, line: bytes, words: str, name: str
) -> None:
    # Given such a line after a good one
    path = write(tmp_path, TOLD, line, name=name)
    # When the record is read
    rows = read(tmp_path)
    next(rows)
    # Then it raises there, and says what is wrong
    with pytest.raises(ValueError, match=f"^{re.escape(f'{path}:2: {words}')}"):
        list(rows)


def test_with_a_list_for_problems_the_rest_is_read(tmp_path: Path) -> None:
    # Given a bad line between good ones, and a compressed day whose end is missing
    path = write(tmp_path, TOLD, b"no line\n", alert())
    cut = write(tmp_path, TOLD, name="2026-03-09.jsonl.gz")
    cut.write_bytes(cut.read_bytes()[:-9])
    # When the record is read with a list for what is wrong
    problems: list[Problem] = []
    rows = list(read(tmp_path, problems=problems))
    # Then the good ones are there, and nothing was passed over in silence
    assert [row["event"] for row in rows][-2:] == [TOLD_EVENT, "order_flow.large_seller_detected"]
    assert [(each.path, each.line) for each in problems] == [(cut, len(rows) - 1), (path, 2)]


def test_a_file_that_cannot_be_read_is_a_problem_of_the_whole_file(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    # Given a file without rights
    path = write(tmp_path, TOLD)
    mocker.patch.object(Path, "open", side_effect=PermissionError(13, "Permission denied"))
    # When it is read
    problems: list[Problem] = []
    found = list(read(tmp_path, problems=problems))
    # Then that is told
    assert found == []
    assert problems == [Problem(path, None, "Permission denied")]
    assert str(problems[0]) == f"{path}: Permission denied"


def test_the_journal_names_what_reads_it() -> None:
    # Given the package of the journal
    # When its names are asked for
    # Then there are those, and another is a mistake
    assert journal.read is read
    assert journal.Problem is Problem
    assert {"read", "Problem"} <= set(dir(journal))
    with pytest.raises(AttributeError, match="has no attribute 'write'"):
        getattr(journal, "write")  # noqa: B009 - to a type checker it is a mistake
