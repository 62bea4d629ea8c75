"""`trading-bot journal`: what a record holds, whether it is well, and the same as a table."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections.abc import Mapping
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console
from support.monitor_stubs import START, exit_of, large_seller

from trading_bot.cli.app import app
from trading_bot.commands import journal_export
from trading_bot.commands.journal_export import columns_of
from trading_bot.commands.journal_list import DayListed, listed_days
from trading_bot.commands.progress import days_done
from trading_bot.order_flow.data_models import Facts
from trading_bot.order_flow.journal.lines import (
    EXIT_EVENT,
    alert_record,
    event_line,
    exit_fields,
    exit_id,
    line_bytes,
)
from trading_bot.order_flow.journal.rows.columns import EVENTS
from trading_bot.order_flow.journal.rows.reader import read
from trading_bot.research import extras

HASH = "0123456789abcdef"
HEADLINES = ('Acme, Inc. "falls"', "=1+1")
RECORD_DOCS = Path(__file__).parents[2] / "docs" / "record.md"
needs_pyarrow = pytest.mark.skipif(
    find_spec("pyarrow") is None, reason="pyarrow is not installed: the extra `parquet` has it"
)


def lines() -> list[bytes]:
    facts = Facts(spread=Decimal("0.01"))
    alert = large_seller(price_level=Decimal("100.10"), context=HEADLINES, facts=facts)
    ids = ["a" * 16]
    fields = exit_fields(exit_of(), ids) | {
        "exit_id": exit_id("ACME", START, ids),
        "average_price": Decimal("187.3333333333333333333333"),
    }
    return [
        line_bytes(event_line("order_flow.monitoring_started", START, None, symbols=["ACME"])),
        line_bytes(alert_record(alert, config_hash=HASH)),
        line_bytes(event_line(EXIT_EVENT, START, "ACME", **fields)),
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A record of a compressed day and a plain one, where commands look for it."""
    found = tmp_path / "logs" / "order_flow"
    found.mkdir(parents=True)
    early = line_bytes(alert_record(large_seller(-86_400, symbol="BOLT"), config_hash=HASH))
    (found / "2026-03-09.jsonl.gz").write_bytes(gzip.compress(early))
    (found / "2026-03-10.jsonl").write_bytes(b"".join(lines()))
    return found


def run(home: Path, *arguments: str | Path) -> Result:
    """Run a command, as the console script does but for the words about an error."""
    environment = {"TRADING_BOT_HOME": str(home)}
    return CliRunner().invoke(app, ["journal", *map(str, arguments)], env=environment)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


# list


def test_each_day_is_listed_with_what_it_holds(folder: Path, tmp_path: Path) -> None:
    # Given a compressed day and a plain one
    # When the record is listed
    found = run(tmp_path, "list")
    # Then each is a line, and the sum the last
    size = sum(path.stat().st_size for path in folder.iterdir())
    rows = [line.split() for line in found.stdout.splitlines()]
    assert found.exit_code == 0
    assert rows[1] == [
        *("2026-03-09", "1", "1", "0"),
        str((folder / "2026-03-09.jsonl.gz").stat().st_size),
        "compressed",
        *("2026-03-09T14:00:00.000000Z", "2026-03-09T14:00:00.000000Z"),
    ]
    assert rows[2][:4] == ["2026-03-10", "3", "1", "1"]
    assert rows[2][5] == "plain"
    assert found.stdout.splitlines()[-1] == (
        f"{folder}: 2 days, 4 lines, 2 alerts, 1 exits, {size:,} bytes"
    )


def test_the_list_as_json_has_the_same(folder: Path, tmp_path: Path) -> None:
    # Given a record
    # When it is listed for a program
    found = json.loads(run(tmp_path, "list", "--json", "--log-dir", folder).stdout)
    # Then it has each day
    at = "2026-03-09T14:00:00.000000Z"
    assert found["folder"] == str(folder)
    assert found["days"][0] == {
        "day": "2026-03-09",
        "lines": 1,
        "alerts": 1,
        "exits": 0,
        "unreadable": 0,
        "bytes": (folder / "2026-03-09.jsonl.gz").stat().st_size,
        "compressed": True,
        "first": at,
        "last": at,
    }
    assert [day["day"] for day in found["days"]] == ["2026-03-09", "2026-03-10"]


def test_what_cannot_be_read_is_counted(folder: Path, tmp_path: Path) -> None:
    # Given a day of nothing but a bad line, and one that is cut off
    (folder / "2026-03-11.jsonl").write_bytes(b"no line\n")
    packed = folder / "2026-03-09.jsonl.gz"
    packed.write_bytes(packed.read_bytes()[:-9])
    # When the record is listed
    days = list(listed_days(folder))
    text = run(tmp_path, "list").stdout
    # Then both say so
    assert [day.unreadable for day in days] == [1, 0, 1]
    assert days[2] == DayListed("2026-03-11", 0, 0, 0, 1, 8, False, None, None)
    assert "plain       no line, 1 unreadable: see journal verify" in text


def test_an_empty_record_is_listed_as_such(tmp_path: Path) -> None:
    # Given a folder without a day
    # When it is listed
    found = run(tmp_path, "list", "--log-dir", tmp_path)
    # Then it says so
    assert found.stdout == f"{tmp_path}: 0 days, 0 lines, 0 alerts, 0 exits, 0 bytes\n"


@pytest.mark.parametrize("command", ["list", "verify"])
def test_a_folder_that_is_none_is_an_error(tmp_path: Path, command: str) -> None:
    # Given no such folder
    # When it is asked for
    found = run(tmp_path, command, "--log-dir", tmp_path / "gone")
    # Then it is no empty record
    assert isinstance(found.exception, FileNotFoundError)


# verify


def test_a_record_that_is_well_ends_with_0(folder: Path, tmp_path: Path) -> None:
    # Given a record
    # When it is checked
    found = run(tmp_path, "verify")
    # Then it is well
    assert (found.exit_code, found.stdout) == (
        0,
        f"{folder}: 2 days, 4 lines: nothing is wrong\n",
    )


def test_what_is_wrong_is_named_by_file_and_line_and_ends_with_1(
    folder: Path, tmp_path: Path
) -> None:
    # Given a record whose alert was changed
    day = folder / "2026-03-10.jsonl"
    day.write_bytes(day.read_bytes().replace(b'"order_size":12000', b'"order_size":13000'))
    # When it is checked
    found = run(tmp_path, "verify", "--log-dir", folder)
    # Then it is told where
    assert found.exit_code == 1
    assert found.stdout.splitlines() == [
        f"{day}:2: its alert_id is that of another alert: it was changed after it was written",
        f"{folder}: 2 days, 4 lines: 1 problems",
    ]


def test_every_event_in_the_documents_is_known_to_verify() -> None:
    # Given the events that the documents list
    text = RECORD_DOCS.read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `order_flow.")]
    # When they are compared with those that a line may have
    named = {name for row in rows for name in row.replace("`", "").replace(",", "").split()}
    # Then they are the same
    assert named == EVENTS


def test_on_a_terminal_it_is_seen_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a terminal
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    shown: list[Mapping[str, Any]] = []
    progress = import_module("rich.progress").Progress
    monkeypatch.setattr(progress, "update", lambda _self, _task, **numbers: shown.append(numbers))
    monkeypatch.setattr(Console, "is_terminal", True)
    # When something goes on
    with days_done("Checking") as between:
        between(1, 2)
    # Then it is shown
    assert shown == [{"completed": 1, "total": 2}]


# export


def test_all_lines_become_rows_of_a_csv(folder: Path, tmp_path: Path) -> None:
    # Given a record
    out = tmp_path / "all.csv"
    # When it is exported
    found = run(tmp_path, "export", "--out", out)
    # Then each line is a row, and each member stands in its column
    bolt, started, alert, exit_ = table(out)
    assert (found.exit_code, found.stdout) == (0, f"{out}: 4 rows\n")
    assert list(bolt) == list(columns_of("all"))
    assert bolt["symbol"] == "BOLT"
    assert (started["symbol"], started["other"]) == ("", '{"symbols": ["ACME"]}')
    assert alert["timestamp"] == "2026-03-10T14:00:00.000000Z"
    assert (alert["price_level"], alert["order_size"], alert["late"]) == ("100.1", "12000", "false")
    assert json.loads(alert["context"]) == list(HEADLINES)
    assert (alert["facts.spread"], alert["facts.market_bp"], alert["other"]) == ("0.01", "", "")
    assert exit_["average_price"] == "187.3333333333333333333333"
    assert json.loads(exit_["alert_ids"]) == ["a" * 16]


@pytest.mark.parametrize(
    ("arguments", "symbols"),
    [
        (["--event", "alert"], ["BOLT", "ACME"]),
        (["--event", "exit"], ["ACME"]),
        (["--symbol", "BOLT"], ["BOLT"]),
        (["--from", "2026-03-10"], ["", "ACME", "ACME"]),
        (["--to", "2026-03-09"], ["BOLT"]),
        (
            ["--from", "2026-03-10T10:00", "--to", "2026-03-10T14:00:00.000001Z"],
            ["", "ACME", "ACME"],
        ),
        (["--from", "2026-03-10T10:00:01"], []),
    ],
)
def test_some_lines_are_chosen(
    folder: Path, tmp_path: Path, arguments: list[str], symbols: list[str]
) -> None:
    # Given a record
    out = tmp_path / "some.csv"
    # When some of it is exported
    assert run(tmp_path, "export", "--out", out, *arguments).exit_code == 0
    # Then those rows are there
    assert [row["symbol"] for row in table(out)] == symbols


@pytest.mark.parametrize("event", ["alert", "exit", "all"])
def test_an_exported_kind_has_its_own_columns(folder: Path, tmp_path: Path, event: str) -> None:
    # Given a record
    out = tmp_path / "some.csv"
    # When one kind of line is exported
    run(tmp_path, "export", "--out", out, "--event", event)
    # Then no column of another kind is there, nor anything left over
    names = table(out)[0].keys()
    assert list(names) == list(columns_of(event))
    assert ("alert_type" in names, "urgency" in names) == (event != "exit", event != "alert")
    assert {row["other"] for row in table(out) if row["symbol"]} == {""}


def test_a_file_that_is_there_is_never_replaced_unless_asked_for(
    folder: Path, tmp_path: Path
) -> None:
    # Given a file of that name
    out = tmp_path / "all.csv"
    out.write_text("mine")
    # When the record is exported
    refused = run(tmp_path, "export", "--out", out)
    kept = out.read_text()
    allowed = run(tmp_path, "export", "--out", out, "--overwrite")
    # Then it is replaced only where that is said
    assert "is there already" in str(refused.exception)
    assert kept == "mine"
    assert (allowed.exit_code, len(table(out))) == (0, 4)


def test_an_export_that_fails_leaves_nothing_behind(folder: Path, tmp_path: Path) -> None:
    # Given a file in the way that cannot be replaced
    out = tmp_path / "all.csv"
    (out / "in the way").mkdir(parents=True)
    # When the record is exported over it
    found = run(tmp_path, "export", "--out", out, "--overwrite")
    # Then nothing half-written is left
    assert isinstance(found.exception, OSError)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["all.csv", "logs"]


def test_lines_that_cannot_be_read_are_told_and_end_with_1(folder: Path, tmp_path: Path) -> None:
    # Given a record with a bad line
    day = folder / "2026-03-10.jsonl"
    day.write_bytes(b"no line\n" + day.read_bytes())
    # When it is exported
    found = run(tmp_path, "export", "--out", tmp_path / "all.csv")
    # Then the rest is there, and what is missing is said
    assert found.exit_code == 1
    assert f"left out: {day}:1: the line is not valid JSON" in found.stderr
    assert len(table(tmp_path / "all.csv")) == 4


@pytest.mark.parametrize("name", ["all.xlsx", "all"])
def test_another_kind_of_file_is_refused(folder: Path, tmp_path: Path, name: str) -> None:
    # Given a name that no table has
    # When the record is exported to it
    found = run(tmp_path, "export", "--out", tmp_path / name)
    # Then it is said which there are
    assert "must end with .csv or .parquet" in str(found.exception)


def test_a_missing_package_is_named_with_its_extra(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a machine without pyarrow
    monkeypatch.setattr(extras, "find_spec", lambda _name: None)
    # When a Parquet file is wished
    found = run(tmp_path, "export", "--out", tmp_path / "all.parquet")
    # Then it is said what to install
    assert str(found.exception).endswith("-m pip install pyarrow")
    assert not (tmp_path / "all.parquet").exists()


@needs_pyarrow
def test_a_parquet_file_has_typed_columns(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a record of more rows than are in memory at once
    monkeypatch.setattr(journal_export, "ROWS_AT_ONCE", 2)
    out = tmp_path / "all.parquet"
    # When it is exported
    found = run(tmp_path, "export", "--out", out)
    # Then numbers, times and exact decimals are what they were
    parquet: Any = import_module("pyarrow.parquet")
    rows = parquet.read_table(out).to_pylist()
    assert (found.exit_code, found.stdout) == (0, f"{out}: 4 rows\n")
    assert rows[2]["timestamp"] == START
    assert (rows[2]["price_level"], rows[2]["order_size"]) == (Decimal("100.1"), 12_000)
    assert (rows[2]["late"], rows[2]["scale.rank"]) == (False, None)
    assert json.loads(rows[2]["context"]) == list(HEADLINES)
    # And what is finer than 18 places is rounded
    assert rows[3]["average_price"] == Decimal("187.333333333333333333")
    assert parquet.ParquetFile(out).num_row_groups == 2


def test_the_rows_of_the_record_are_those_that_a_program_reads(
    folder: Path, tmp_path: Path
) -> None:
    # Given a record, exported
    out = tmp_path / "all.csv"
    run(tmp_path, "export", "--out", out)
    # When a program reads it
    rows = list(read(folder))
    # Then both have the same lines
    assert [row["symbol"] or "" for row in rows] == [row["symbol"] for row in table(out)]
