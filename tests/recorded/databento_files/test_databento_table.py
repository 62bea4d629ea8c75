"""Databento's tables, as the records that they were written from."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from support.databento_files import dbn_file, table_file
from support.dbn_records import (
    ASKS,
    BIDS,
    BOLT,
    LAST,
    OPEN_NS,
    best,
    book,
    order,
    print_alone,
    trade,
)
from support.form_files import table

from trading_bot.recorded.databento.source import DatabentoSource
from trading_bot.recorded.rows import KIND, SYMBOL, Row
from trading_bot.recorded.sources import ReadOptions

DAY = {
    "mbp-10": [
        book(bids=BIDS[:3]),
        trade(OPEN_NS + 1, flags=0, side="N"),
        book(OPEN_NS + 2, asks=ASKS[1:], action="C", side="A"),
        book(OPEN_NS + 3, bids=(), asks=(), action="R", side="N"),
        book(OPEN_NS + 4, flags=0),
        book(OPEN_NS + 5, flags=LAST | 4),
        book(OPEN_NS + 6, instrument=BOLT),
    ],
    "mbp-1": [best(), best(OPEN_NS + 1, action="T"), best(OPEN_NS + 2, ask=(2**63 - 1, 0))],
    "tbbo": [best(action="T"), best(OPEN_NS + 1, action="T")],
    "trades": [print_alone(), print_alone(OPEN_NS + 1, side="B")],
    "mbo": [order(), order(side="A", number=2, price=ASKS[0][0]), order("T", "A", 0), order("C")],
}


def read(*paths: Path, **options: object) -> tuple[list[Row], DatabentoSource]:
    source = DatabentoSource(paths, ReadOptions(**options))  # type: ignore[arg-type]
    return [row for batch in source.batches() for row in batch], source


@pytest.mark.parametrize("schema", DAY)
@pytest.mark.parametrize("pretty", [False, True])
def test_a_table_says_what_its_records_say(tmp_path: Path, schema: str, pretty: bool) -> None:
    # Given a day as records, and as a table with raw or readable prices and stamps
    records = dbn_file(tmp_path / "f.dbn", *DAY[schema], schema=schema)
    path = table_file(tmp_path / "f.csv", DAY[schema], pretty=pretty)
    # When both are read
    expected, first = read(records)
    found, second = read(path)
    # Then they are equal, and so is what became of their rows
    assert found == expected
    assert second.account.to_json_dict() == first.account.to_json_dict()
    assert second.account.forms == {path: [f"Databento table, {schema}"]}


def test_rows_of_one_instrument_need_no_symbols(tmp_path: Path) -> None:
    # Given a table without the column
    path = table_file(tmp_path / "f.csv", [book(), trade()], symbols=False)
    # When it is read for one symbol
    rows, _ = read(path, symbols=("ACME",))
    # Then they are its own; without it the error says what to do
    assert {row[SYMBOL] for row in rows} == {"ACME"}
    with pytest.raises(ValueError, match=r"f\.csv names no symbol; name .* with --symbol"):
        read(path)


def test_rows_of_several_instruments_need_symbols(tmp_path: Path) -> None:
    # Given a table of two instruments without the column
    records = [book(), book(instrument=BOLT)]
    path = table_file(tmp_path / "f.csv", records, symbols=False)
    # When it is read for one symbol
    # Then the error says how to write it
    with pytest.raises(ValueError, match="holds several instruments and names no symbols"):
        read(path, symbols=("ACME",))


def test_the_usual_columns_alone_are_enough(tmp_path: Path) -> None:
    # Given a table with neither flags, side, size, depth nor number, and a ticker with a blank
    header = ("ts_event", "action", "price", "bid_px_00", "ask_px_00", "bid_sz_00", "ask_sz_00")
    row = (OPEN_NS, "A", "", "100", "100.01", "300.0", "200")
    path = table(tmp_path / "f.csv", [(*header, "symbol"), (*row, "BRK B"), ('"', *row)])
    # When it is read
    rows, _ = read(path)
    # Then its row is a complete quote, of the ticker as it is written elsewhere
    (found,) = rows
    assert (found[SYMBOL], found[5:9]) == (
        "BRK.B",
        (100_000_000, 3 * 10**8, 100_010_000, 2 * 10**8),
    )


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("ts_event", "x", ("ts_event", "malformed")),
        ("ts_event", "2026-03-09T13:30:00", ("ts_event", "stamp_without_zone")),
        ("ts_event", "1.7e18", ("ts_event", "imprecise_stamp")),
        ("price", "x", ("price", "malformed")),
        ("price", "1.0000000001", ("price", "malformed")),
        ("price", "1e300", ("price", "malformed")),
        ("size", "-1", ("size", "malformed")),
        ("size", str(1 << 32), ("size", "malformed")),
        ("action", "", ("action", "malformed")),
        ("action", "é", ("action", "malformed")),
        ("flags", "256", ("flags", "malformed")),
        ("bid_px_03", "x", ("levels", "malformed")),
        ("ask_sz_09", "0.5", ("levels", "malformed")),
    ],
)
def test_a_row_that_is_no_record_is_refused_by_its_column(
    tmp_path: Path, column: str, cell: str, expected: tuple[str, str]
) -> None:
    # Given a table with an odd cell in its second row
    path = table_file(tmp_path / "f.csv", [book(), book(OPEN_NS + 1)])
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows[1][column] = cell
    table(path, [list(rows[0]), *[list(row.values()) for row in rows]])
    # When it is read
    found, source = read(path)
    # Then the first is read, and the other is counted where it is at fault
    assert len(found) == 1
    assert source.account.unreadable.refused == {expected: 1}
    assert source.account.refused_in == {(path, *expected): 1}


@pytest.mark.parametrize("stamp", ["0", "", "18446744073709551615"])
def test_a_row_without_a_stamp_that_can_be_is_refused_as_a_record_is(
    tmp_path: Path, stamp: str
) -> None:
    # Given a trade of 1970, or of no time
    header = ("ts_event", "action", "side", "price", "size", "symbol")
    path = table(tmp_path / "f.csv", [header, (stamp, "T", "A", "1.0", "1", "ACME")])
    # When it is read
    rows, source = read(path)
    # Then the decoder refuses it
    assert rows == []
    assert source.account.trades.refused == {("ts_event", "impossible_stamp"): 1}


def test_tables_behind_one_another_are_one(tmp_path: Path) -> None:
    # Given two tables of one file, a row that is too short, and an empty line
    path = table_file(tmp_path / "f.csv", [book()])
    path.write_text(path.read_text() * 2 + "1,2\n\n")
    # When it is read
    rows, source = read(path)
    # Then the second header is no row
    assert [row[KIND] for row in rows] == [1, 1]
    assert source.account.unreadable.refused == {("the row", "malformed"): 1}


def test_fewer_levels_than_ten_are_a_book(tmp_path: Path) -> None:
    # Given a table of two levels
    with table_file(tmp_path / "f.csv", [book()]).open(newline="") as file:
        (row,) = csv.DictReader(file)
    kept = {name: value for name, value in row.items() if not name[-2:].isdecimal() or
            int(name[-2:]) < 2}  # fmt: skip
    path = table(tmp_path / "g.csv", [list(kept), list(kept.values())])
    # When it is read
    rows, _ = read(path)
    # Then they are all there is
    assert (len(rows[0][-1].bids), len(rows[0][-1].asks)) == (2, 2)


def test_a_table_with_levels_and_order_numbers_is_one_of_levels(tmp_path: Path) -> None:
    # Given a table of books whose rows name an order as well
    with table_file(tmp_path / "f.csv", [book()]).open(newline="") as file:
        (row,) = csv.DictReader(file)
    path = table(tmp_path / "g.csv", [[*row, "order_id"], [*row.values(), "5"]])
    # When it is read
    # Then its levels count
    assert read(path)[1].account.forms == {path: ["Databento table, mbp-10"]}


def test_more_prices_than_are_remembered_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given room for two
    monkeypatch.setattr("trading_bot.recorded.databento.columns._KNOWN", 2)
    path = table_file(tmp_path / "f.csv", DAY["mbp-10"])
    # When a table with more is read
    # Then nothing is lost
    assert read(path)[0] == read(dbn_file(tmp_path / "f.dbn", *DAY["mbp-10"]))[0]


def test_a_table_of_odd_rows_alone_has_no_beginning(tmp_path: Path) -> None:
    # Given a table none of whose rows can be read
    header = ("ts_event", "action", "side", "price", "size", "symbol")
    path = table(tmp_path / "f.csv", [header, ("x",), ("x", "T", "A", "1.0", "1", "ACME")])
    # When it is read
    rows, source = read(path)
    # Then they are counted
    assert rows == []
    assert source.account.unreadable.refused.total() == 2
    assert source.bytes_read == path.stat().st_size


@pytest.mark.parametrize("first", ["x", "18446744073709551615"])
def test_a_table_begins_with_its_first_row_that_has_a_stamp(tmp_path: Path, first: str) -> None:
    # Given a table whose first row has none
    header = ("ts_event", "action", "side", "price", "size", "symbol")
    rows = [(first, "T", "A", "1.0", "1", "ACME"), (OPEN_NS, "T", "A", "1.0", "1", "ACME")]
    path = table(tmp_path / "f.csv", [header, *rows])
    # When it is read
    # Then the second is there
    assert len(read(path)[0]) == 1
