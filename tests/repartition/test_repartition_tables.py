"""Lines as tables: each cell as it is written, and lines that no columns can hold as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.flat_data import TRADES_HEADER, at, trade_line, trades_file
from support.form_files import needs_pyarrow

from trading_bot.recorded.parquet.layout import LINE
from trading_bot.recorded.table_text import TableText
from trading_bot.repartition.tables import KEY, LineTables

pytestmark = needs_pyarrow
PRICE = "100.0000"


def tables_of(path: Path) -> tuple[LineTables, list[Any]]:
    content = TableText(path, None, 1 << 20)
    tables = LineTables(content)
    return tables, list(tables.of(content.blocks()))


def column(found: list[Any], name: str) -> list[Any]:
    return [each for table in found for each in table.column(name).to_pylist()]


def test_cells_are_kept_as_they_are_written(tmp_path: Path) -> None:
    # Given two prints, one with several conditions and without a participant's stamp
    lines = [trade_line(0), trade_line(1, conditions='"12,37"', participant_timestamp="")]
    # When they are turned into tables
    tables, found = tables_of(trades_file(tmp_path / "t.csv", *lines))
    # Then text is text and whole numbers are numbers, and nothing is odd
    assert column(found, "conditions") == ["", "12,37"]
    assert column(found, "price") == [PRICE, PRICE]
    assert column(found, "participant_timestamp") == [at(0), None]
    assert column(found, "sip_timestamp") == column(found, KEY) == [at(0), at(1)]
    assert column(found, LINE) == [None, None]
    assert (tables.odd, tables.headers) == (0, 0)


SOON = trade_line(1, sip_timestamp="soon")
PADDED = trade_line(1, sequence_number="01")


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("ACME,too,short", ["ACME\ttoo\tshort"]),
        ("", [""]),
        (SOON, [SOON.replace(",", "\t")]),
        (PADDED, [PADDED.replace(",", "\t")]),
        (trade_line(1, id='"a""b"'), [trade_line(1, id='"a""b"').replace(",", "\t")]),
        (trade_line(1, id="a\tb"), [trade_line(1, id='"a\tb"').replace(",12,", ",12,")]),
        (trade_line(1, sequence_number="9" * 18), []),
    ],
)
def test_a_line_that_no_columns_hold_is_kept_as_it_is(
    tmp_path: Path, line: str, kept: list[str]
) -> None:
    # Given two regular prints and another line between them
    path = trades_file(tmp_path / "t.csv", trade_line(0), line, trade_line(2))
    # When they are turned into tables
    tables, found = tables_of(path)
    # Then those are in their columns, and that line stands beside them
    assert column(found, "price")[::2] == [PRICE, PRICE]
    odd = [each for each in column(found, LINE) if each is not None]
    assert [each.replace("\t", ",") for each in odd] == [each.replace("\t", ",") for each in kept]
    assert tables.odd == len(kept)


def test_a_number_that_is_too_large_is_a_line(tmp_path: Path) -> None:
    # Given a sequence number beyond 63 bits
    path = trades_file(tmp_path / "t.csv", trade_line(0), trade_line(1, sequence_number=1 << 63))
    # When it is turned into a table
    tables, _ = tables_of(path)
    # Then it is kept as a line
    assert tables.odd == 1


def test_stamps_that_are_no_numbers_are_text(tmp_path: Path) -> None:
    # Given stamps in ISO 8601, one of which cannot be read
    stamps = ("2013-10-08T14:00:00Z", "later")
    lines = [trade_line(sip_timestamp=each) for each in stamps]
    # When they are turned into tables
    _, found = tables_of(trades_file(tmp_path / "t.csv", *lines))
    # Then they are kept as text, and sorted by what they mean
    assert column(found, "sip_timestamp") == [*stamps]
    assert column(found, KEY) == [at(0), None]


def test_a_header_that_comes_again_is_no_row(tmp_path: Path) -> None:
    # Given a file that was put behind itself
    path = trades_file(tmp_path / "t.csv", trade_line(0), TRADES_HEADER, trade_line(1))
    # When it is turned into tables
    tables, found = tables_of(path)
    # Then the second header is gone, and counted
    assert len(column(found, LINE)) == 2
    assert (tables.odd, tables.headers) == (0, 1)


def test_a_block_of_a_header_alone_has_no_table(tmp_path: Path) -> None:
    # Given a header below the first line, in a block of its own
    path = trades_file(tmp_path / "t.csv", trade_line(0))
    tables = LineTables(TableText(path, None, 1 << 20))
    # When it is turned into a table, then there is none
    assert list(tables.of([f"{TRADES_HEADER}\n"])) == []


def test_another_header_below_the_first_line_is_refused(tmp_path: Path) -> None:
    # Given a file behind one with other columns
    other = ",".join(reversed(TRADES_HEADER.split(",")))
    path = trades_file(tmp_path / "t.csv", trade_line(0), other)
    # When it is turned into tables, then it is refused with what to do
    with pytest.raises(ValueError, match="cut it apart there"):
        tables_of(path)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("price,size,sip_timestamp", "lacks ticker"),
        ("a,b", "is no file of trades or quotes"),
        (f"{TRADES_HEADER},price", "two columns of one name"),
        (f"{TRADES_HEADER},{LINE}", "two columns of one name"),
    ],
)
def test_what_cannot_be_repartitioned_says_why(tmp_path: Path, header: str, said: str) -> None:
    # Given a table with other columns
    path = tmp_path / "t.csv"
    path.write_text(f"{header}\n")
    # When it is opened, then it is refused
    with pytest.raises(ValueError, match=said):
        LineTables(TableText(path, None, 1 << 20))
