"""Rows by ticker and stamp, in memory and by way of the disk."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from support.flat_data import trade_line, trades_file
from support.form_files import needs_pyarrow

from trading_bot.recorded.table_text import TableText
from trading_bot.repartition.groups import SymbolGroups
from trading_bot.repartition.runs import (
    Piece,
    TickerCameLateError,
    pieces_at_once,
    pieces_by_disk,
    runs_of,
)
from trading_bot.repartition.tables import KEY, LineTables

pytestmark = needs_pyarrow
Told = tuple[str, int | None, str]
BY_TIME: list[Told] = [
    ("BOLT", 1, "a"),
    ("ACME", 2, "b"),
    ("BOLT", 2, "c"),
    ("ACME", 2, "d"),
    ("ACME", 1, "e"),
    ("CLIF", None, "f"),
]
SORTED: list[Told] = [
    ("ACME", 1, "e"),
    ("ACME", 2, "b"),
    ("ACME", 2, "d"),
    ("BOLT", 1, "a"),
    ("BOLT", 2, "c"),
    ("CLIF", None, "f"),
]


def runs(told: list[Told], rows: int) -> list[Any]:
    arrow: Any = import_module("pyarrow")
    tables = [
        arrow.table({"ticker": [name], KEY: arrow.array([key], arrow.int64()), "id": [identity]})
        for name, key, identity in told
    ]
    return list(runs_of(tables, "ticker", rows))


def told_by(pieces: list[Piece]) -> list[Told]:
    found = []
    for symbol, rows in pieces:
        assert set(rows.column("ticker").to_pylist()) == {symbol}
        columns = (rows.column(name).to_pylist() for name in ("ticker", KEY, "id"))
        found += list(zip(*columns, strict=True))
    return found


def test_a_run_is_sorted_and_what_is_equal_keeps_its_order() -> None:
    # Given rows by time, all of which are one run
    # When they are handed on
    # Then they stand by ticker and stamp; those of one stamp as they came, unknown ones last
    assert told_by(list(pieces_at_once(runs(BY_TIME, 100), "ticker"))) == SORTED


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_runs_by_ticker_are_handed_on_as_they_come(rows: int) -> None:
    # Given rows by ticker in several runs
    # When they are handed on at once
    # Then they are in order
    assert told_by(list(pieces_at_once(runs(SORTED, rows), "ticker"))) == SORTED


def test_a_ticker_that_comes_late_is_told() -> None:
    # Given rows by time in several runs
    # When they are to be handed on at once
    # Then it is told that they cannot
    with pytest.raises(TickerCameLateError):
        list(pieces_at_once(runs(BY_TIME, 1), "ticker"))


@pytest.mark.parametrize("rows", [1, 2, 4, 100])
def test_by_way_of_the_disk_every_symbol_comes_once(tmp_path: Path, rows: int) -> None:
    # Given rows by time in runs
    # When they go by way of the disk
    pieces = list(pieces_by_disk(runs(BY_TIME, rows), "ticker", tmp_path))
    # Then each symbol's rows come together, run by run
    assert [each[0] for each in told_by(pieces)] == [each[0] for each in SORTED]
    assert sorted(map(str, told_by(pieces))) == sorted(map(str, SORTED))


def written(tmp_path: Path, told: list[tuple[str, float]], most_rows: int, rows: int) -> Any:
    """Write prints as row groups and return the file; `rows` is the length of a run."""
    lines = [trade_line(second, ticker=name, id=n) for n, (name, second) in enumerate(told)]
    content = TableText(trades_file(tmp_path / "t.csv", *lines), None, 1)
    tables = LineTables(content)
    groups = SymbolGroups(tmp_path / "t.parquet", tables, "t.csv", most_rows)
    groups.write(pieces_at_once(runs_of(tables.of(content.blocks()), "ticker", rows), "ticker"))
    assert groups.rows == len(told)
    parquet: Any = import_module("pyarrow.parquet")
    return parquet.ParquetFile(tmp_path / "t.parquet")


def groups_of(file: Any) -> list[tuple[str, list[str]]]:
    found = []
    for number in range(file.num_row_groups):
        rows = file.read_row_group(number)
        (symbol,) = set(rows.column("ticker").to_pylist())
        found.append((symbol, rows.column("id").to_pylist()))
    return found


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_each_symbol_has_a_row_group(tmp_path: Path, rows: int) -> None:
    # Given prints of two symbols, two of them out of order
    told = [("ACME", 0.0), ("ACME", 2.0), ("ACME", 1.0), ("BOLT", 0.0)]
    # When they are written, in whatever runs
    file = written(tmp_path, told, 10, rows)
    # Then each symbol has a row group, by stamp, and its statistics name it
    assert groups_of(file) == [("ACME", ["0", "2", "1"]), ("BOLT", ["3"])]
    column = file.metadata.row_group(1).column(0)
    assert (column.statistics.min, column.statistics.max) == ("BOLT", "BOLT")


@pytest.mark.parametrize(("most_rows", "sizes"), [(2, [2, 2, 1]), (3, [3, 2]), (5, [5]), (6, [5])])
def test_a_symbol_of_many_rows_has_several_row_groups(
    tmp_path: Path, most_rows: int, sizes: list[int]
) -> None:
    # Given five prints of one symbol
    # When they are written in groups of so many
    file = written(tmp_path, [("ACME", float(n)) for n in range(5)], most_rows, 1)
    # Then none is larger
    assert [len(ids) for _, ids in groups_of(file)] == sizes


def test_a_row_that_comes_after_later_ones_were_written_is_refused(tmp_path: Path) -> None:
    # Given a print that comes four rows late, where groups have two
    told = [("ACME", float(n)) for n in (1, 2, 3, 4, 0)]
    # When they are written, then it is refused with what to do
    with pytest.raises(ValueError, match="a row of ACME comes more than 2 rows late"):
        written(tmp_path, told, 2, 1)
