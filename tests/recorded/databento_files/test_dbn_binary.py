"""Files of DBN."""

from __future__ import annotations

import gzip
import zipfile
from datetime import date
from pathlib import Path

import pytest
from support.databento_files import dbn_file
from support.dbn_records import (
    ACME,
    BEAT,
    BOLT,
    OPEN_NS,
    best,
    book,
    file_header,
    mapped,
    order,
    print_alone,
    status,
    trade,
)

from trading_bot.recorded.databento.source import DatabentoSource
from trading_bot.recorded.rows import KIND, SIP_NS, SYMBOL, Row
from trading_bot.recorded.sources import ReadOptions

DAY_NS = 86_400_000_000_000


def read(*paths: Path, **options: object) -> tuple[list[Row], DatabentoSource]:
    source = DatabentoSource(paths, ReadOptions(**options))  # type: ignore[arg-type]
    return [row for batch in source.batches() for row in batch], source


@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize("chunk_rows", [1, 2, 600])
def test_each_version_is_read_in_blocks_of_any_size(
    tmp_path: Path, version: int, chunk_rows: int
) -> None:
    # Given a file of three books and a print
    records = [book(OPEN_NS + n, sequence=n) for n in range(3)]
    path = dbn_file(tmp_path / "f", *records, trade(OPEN_NS + 9), version=version)
    # When it is read
    rows, source = read(path, chunk_rows=chunk_rows)
    # Then all of it is there, with ten levels, and who sold
    assert [row[KIND] for row in rows] == [1, 1, 1, 0]
    assert {len(row[-1].bids) for row in rows[:3]} == {10}
    assert (rows[3][SYMBOL], rows[3][-1]) == ("ACME", "sell")
    assert (source.rows_read, source.bytes_read) == (4, path.stat().st_size)
    assert source.account.forms == {path: ["Databento DBN, mbp-10"]}


@pytest.mark.parametrize(
    ("schema", "records", "kinds"),
    [
        ("mbp-1", [best(), best(action="T")], [0, 1]),
        ("trades", [print_alone()], [0]),
        ("tbbo", [best(action="T")], [1, 0]),
        ("mbo", [order(), order("T", "A", 0)], [0, 1]),
    ],
)
def test_other_schemas_are_read(
    tmp_path: Path, schema: str, records: list[bytes], kinds: list[int]
) -> None:
    # Given a file of a schema
    path = dbn_file(tmp_path / "f", *records, schema=schema)
    # When it is read
    rows, source = read(path)
    # Then its rows are there, and each record has a fate
    assert [row[KIND] for row in rows] == kinds
    assert source.account.trades.refused == source.account.quotes.refused == {}


def test_the_book_that_an_order_met_stands_before_its_print(tmp_path: Path) -> None:
    # Given two prints of one order
    path = dbn_file(tmp_path / "f", best(action="T"), best(action="T"), schema="tbbo")
    # When they are read
    rows, source = read(path)
    # Then the first book is a nanosecond earlier, and the second has their stamp
    assert [(row[SIP_NS], row[KIND]) for row in rows] == [
        (OPEN_NS - 1, 1),
        (OPEN_NS, 0),
        (OPEN_NS, 0),
        (OPEN_NS, 1),
    ]
    assert (source.account.trades.read, source.account.quotes.read) == (2, 2)


def test_what_is_no_print_among_prints_with_their_books_stays_as_it_is(tmp_path: Path) -> None:
    # Given a file of prints with the books that they met, where a book and a word stand too
    made = [mapped(), best(OPEN_NS - 9), best(action="T")]
    path = dbn_file(tmp_path / "f", *made, schema="tbbo", mappings={})
    # When it is read
    rows, source = read(path)
    # Then each is what it says, and the print alone has a second row
    assert [(row[SIP_NS], row[KIND], row[SYMBOL]) for row in rows] == [
        (OPEN_NS - 9, 1, "ACME"),
        (OPEN_NS - 1, 1, "ACME"),
        (OPEN_NS, 0, "ACME"),
    ]
    assert (source.account.trades.read, source.account.quotes.read) == (1, 2)


def test_a_live_session_names_its_symbols_among_its_records(tmp_path: Path) -> None:
    # Given what a session brought: words, signs of life, a status, and several schemas
    records = [mapped(), BEAT, book(), status(8), print_alone(OPEN_NS + 1), status(7, instrument=9)]
    path = dbn_file(tmp_path / "f", *records, schema=None, mappings={})
    # When it is read
    rows, source = read(path)
    # Then the market is there, and the rest is noted
    assert [(row[KIND], row[SYMBOL]) for row in rows] == [(1, "ACME"), (0, "ACME")]
    assert source.account.notes["records_of_neither_trades_nor_books"] == 2
    assert source.account.forms == {path: ["Databento DBN, a live session"]}


def test_a_number_means_what_it_means_on_its_day(tmp_path: Path) -> None:
    # Given a number that means another symbol on the second day, and none on the third
    days = [date(2026, 3, each) for each in (9, 10, 11)]
    meanings = {"ACME": [(days[0], days[1], ACME)], "BOLT": [(days[1], days[2], ACME)]}
    records = [book(OPEN_NS + n * DAY_NS) for n in (0, 1)]
    records.insert(1, book(OPEN_NS + 1))
    path = dbn_file(tmp_path / "f", mapped("COIN", BOLT), *records, mappings=meanings)
    # When it is read
    rows, _ = read(path)
    # Then each row has the symbol of its day
    assert [row[SYMBOL] for row in rows] == ["ACME", "ACME", "BOLT"]


def test_what_comes_behind_each_record_of_a_session_is_passed_by(tmp_path: Path) -> None:
    # Given records with the moment at which the gateway sent them
    def sent(record: bytes) -> bytes:
        return bytes((record[0] + 2,)) + record[1:] + OPEN_NS.to_bytes(8, "little")

    path = dbn_file(tmp_path / "f", sent(book()), sent(trade()), ts_out=True)
    # When it is read, in blocks that cut them
    rows, _ = read(path, chunk_rows=1)
    # Then they are the same
    assert [row[KIND] for row in rows] == [0, 1]


def test_packed_files_are_read_by_what_they_hold(tmp_path: Path) -> None:
    # Given a packed file with another name, and a download of two
    plain = dbn_file(tmp_path / "f.dbn", book())
    packed = tmp_path / "f.csv"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("condition.json", "[]")
        made.writestr("a.dbn.gz", packed.read_bytes())
        made.writestr("b.dbn", plain.read_bytes())
    # When they are read
    # Then they hold what they hold
    assert len(read(packed)[0]) == 1
    rows, source = read(archive)
    assert len(rows) == 2
    assert source.paths == (archive, archive)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"DBN", "f is cut off or damaged .its header is not whole.; get it again"),
        (file_header()[:100], "f is cut off or damaged .its header is not whole.; get it again"),
        (b"DBN\x09" + bytes(40), "has no header that can be read .* version 9.*; get it again"),
        (file_header()[:24] + bytes((255,)) * 416, "has no header that can be read"),
        (file_header() + book()[:-1], "f is cut off: 367 bytes behind record 0 are no whole one"),
        (
            file_header() + book() + trade() + b"\x03\x03" + bytes(50),
            "f is damaged: what follows record 2 cannot be one; get it again",
        ),
        (
            file_header(ts_out=True) + b"\x03\x03" + bytes(50),
            "f is damaged: what follows record 0 cannot be one",
        ),
        (
            file_header(None) + mapped() + book() + b"\x03",
            "f is cut off: 1 bytes behind record 2 are no whole one",
        ),
    ],
)
def test_a_damaged_file_is_named_with_where_and_what_to_do(
    tmp_path: Path, content: bytes, message: str
) -> None:
    # Given a file that is cut off or damaged
    path = tmp_path / "f"
    path.write_bytes(content)
    # When it is read
    # Then the error says so
    with pytest.raises(ValueError, match=message):
        read(path)


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("bbo-1s", "holds bbo-1s: .*to_csv"),
        ("ohlcv-1m", "holds ohlcv-1m: neither .* mbp-10, mbp-1"),
    ],
)
def test_a_schema_that_is_not_read_is_named(tmp_path: Path, schema: str, message: str) -> None:
    # Given a file of something else
    path = dbn_file(tmp_path / "f", schema=schema)
    # When it is opened
    # Then the error says what to get
    with pytest.raises(ValueError, match=message):
        read(path)


def test_a_single_byte_behind_a_block_is_no_record(tmp_path: Path) -> None:
    # Given a file of whole blocks, and one byte more
    path = tmp_path / "f"
    path.write_bytes(file_header() + book() + b"\x5c")
    # When it is read block by block
    # Then the error says that it is cut off
    with pytest.raises(ValueError, match="f is cut off: 1 bytes behind record 1"):
        read(path, chunk_rows=1)


def test_a_file_without_records_has_no_rows(tmp_path: Path) -> None:
    # Given a header alone
    path = dbn_file(tmp_path / "f")
    # When it is read
    # Then nothing is there
    rows, source = read(path)
    assert (rows, source.rows_read) == ([], 0)


def test_a_stamp_after_all_days_has_no_day(tmp_path: Path) -> None:
    # Given a number of two meanings, and a record that was received in another age
    days = [date(2026, 3, each) for each in (9, 10, 11)]
    meanings = {"ACME": [(days[0], days[1], ACME)], "BOLT": [(days[1], days[2], ACME)]}
    late = bytearray(book())
    late[32:40] = b"\xff" * 8
    path = dbn_file(tmp_path / "f", book(), bytes(late), mappings=meanings)
    # When it is read
    # Then it means what was meant before
    assert [row[SYMBOL] for row in read(path)[0]] == ["ACME", "ACME"]
