"""Flat files: opened, recognised, cut into runs."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest
from support.account_values import left_out
from support.flat_data import (
    QUOTES_HEADER,
    TRADES_HEADER,
    at,
    quote_line,
    quote_row,
    quotes_file,
    trade_line,
    trade_row,
    trades_file,
)

from trading_bot.recorded import table_text
from trading_bot.recorded.flat_files import FlatFile
from trading_bot.recorded.forms.form import Told
from trading_bot.recorded.forms.tables import tables_in
from trading_bot.recorded.newest_first import UnsortedFileError
from trading_bot.recorded.rows import Row, first_place


def rows_of(file: FlatFile) -> list[Row]:
    return [row for _, rows in file.runs() for row in rows]


@pytest.mark.parametrize("name", ["trades.csv", "trades.csv.gz", "nothing-like-it.csv"])
def test_packed_and_plain_files_read_the_same(tmp_path: Path, name: str) -> None:
    # Given a file of trades under any name
    path = trades_file(tmp_path / name, trade_line(0), trade_line(1))
    # When it is read
    file = FlatFile(path)
    rows = rows_of(file)
    # Then kind, first stamp, rows and counts are known
    facts = (file.kind, file.first_ns, file.rows_read, left_out(file.account))
    assert (facts, rows) == (
        ("trades", at(0), 2, {}),
        [trade_row(0, place=2), trade_row(1, place=3)],
    )


def test_a_large_packed_file_is_unpacked_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given that any file counts as large
    monkeypatch.setattr(table_text, "THREADED_FROM_BYTES", 0)
    path = quotes_file(tmp_path / "quotes.csv.gz", quote_line(0))
    # When it is read
    rows = rows_of(FlatFile(path))
    # Then the rows are the same
    assert rows == [quote_row(0)]


@pytest.mark.parametrize("chunk_rows", [1, 2, 3, 7, 1_000])
def test_how_much_is_read_at_a_time_changes_nothing(tmp_path: Path, chunk_rows: int) -> None:
    # Given a file with a quote without a bid and a broken row, its last line without an end
    lines = [quote_line(n) for n in range(9)] + [quote_line(9, bid_price=0), "broken"]
    path = quotes_file(tmp_path / "quotes.csv", *lines)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    # When it is read in pieces of some size
    file = FlatFile(path, number=1, chunk_rows=chunk_rows)
    rows = rows_of(file)
    # Then nothing differs
    start = first_place(1) + 2
    expected = [quote_row(n, place=start + n) for n in range(9)]
    expected.append(quote_row(9, place=start + 9, bid=0, bid_size=0))
    assert (rows, file.rows_read, left_out(file.account)) == (expected, 11, {"malformed": 1})


def test_line_ends_of_windows_are_line_ends(tmp_path: Path) -> None:
    # Given a file with carriage returns
    path = tmp_path / "trades.csv"
    path.write_bytes(f"{TRADES_HEADER}\r\n{trade_line(0)}\r\n".encode())
    # When it is read
    rows = rows_of(FlatFile(path))
    # Then the row is whole
    assert rows == [trade_row(0)]


def test_a_file_without_rows_has_no_first_stamp(tmp_path: Path) -> None:
    # Given a header and nothing else
    file = FlatFile(trades_file(tmp_path / "trades.csv"))
    # When it is read
    rows = rows_of(file)
    # Then there is nothing
    assert (file.first_ns, file.by_time, rows) == (None, None, [])


def test_a_file_without_any_usable_row_is_refused(tmp_path: Path) -> None:
    # Given a file of rows that cannot be used
    path = trades_file(tmp_path / "trades.csv", "broken")
    # When it is opened
    # Then the error shows one
    with pytest.raises(
        ValueError,
        match=r"trades\.csv has no usable row .* for malformed in the row; such as 'broken'",
    ):
        FlatFile(path)


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    # Given a file with another header
    path = tmp_path / "bars.csv"
    path.write_text("ticker,volume,open\nACME,1,2\n")
    # When it is opened
    # Then the error says what its header lacks
    with pytest.raises(ValueError, match=r"bars\.csv is no file of .* lacks price, sip_tim"):
        FlatFile(path)


def test_a_file_that_is_cut_off_is_named(tmp_path: Path) -> None:
    # Given a packed file without its end, too long to be seen whole when it is opened
    lines = [trade_line(n, id=n * 7919 % 10_007) for n in range(30_000)]
    path = trades_file(tmp_path / "trades.csv.gz", *lines)
    path.write_bytes(path.read_bytes()[:-1_000])
    file = FlatFile(path)
    # When it is read to its end
    # Then the error names it
    with pytest.raises(ValueError, match=r"trades\.csv\.gz is cut off or damaged"):
        rows_of(file)


def test_a_file_that_is_damaged_at_once_is_named(tmp_path: Path) -> None:
    # Given something that only begins like a packed file
    path = tmp_path / "trades.csv.gz"
    path.write_bytes(gzip.compress(TRADES_HEADER.encode())[:20])
    # When it is opened
    # Then the error names it
    with pytest.raises(ValueError, match=r"trades\.csv\.gz is cut off or damaged"):
        FlatFile(path)


def test_only_wanted_symbols_are_read_and_the_others_counted(tmp_path: Path) -> None:
    # Given a file of three symbols, the last one in a block of its own
    lines = [trade_line(0, ticker="ACME"), trade_line(0, ticker="BOLT")]
    lines += [trade_line(n, ticker="CLIF") for n in range(20)]
    path = trades_file(tmp_path / "trades.csv", *lines)
    # When one is wanted
    file = FlatFile(path, symbols=("BOLT",), chunk_rows=2)
    rows = rows_of(file)
    # Then the others are counted
    expected = [trade_row(0, symbol="BOLT", place=3)]
    assert (rows, left_out(file.account)) == (expected, {"other_symbol": 21})


def test_a_wanted_symbol_that_is_alone_is_passed_whole(tmp_path: Path) -> None:
    # Given a file of the wanted symbol
    path = trades_file(tmp_path / "trades.csv", trade_line(0))
    # When it is read
    file = FlatFile(path, symbols=("ACME",))
    # Then nothing is left out
    assert (rows_of(file), left_out(file.account)) == ([trade_row(0)], {})


@pytest.mark.parametrize(
    ("symbols", "by_time"),
    [
        (["ACME", "ACME"], None),
        (["ACME", "BOLT"], None),
        (["BOLT", "ACME"], True),
        (["ACME", "BOLT", "ACME"], True),
    ],
)
def test_the_order_of_a_file_is_told_by_its_start(
    tmp_path: Path, symbols: list[str], by_time: bool | None
) -> None:
    # Given symbols that come alone, in an order that is both, in one of time only, or in turns
    lines = [trade_line(n, ticker=symbol) for n, symbol in enumerate(symbols)]
    # When the file is opened
    file = FlatFile(trades_file(tmp_path / "trades.csv", *lines))
    # Then its order is known
    assert file.by_time is by_time


def test_a_file_whose_time_starts_over_with_its_symbol_is_not_by_time(tmp_path: Path) -> None:
    # Given two symbols of one day, one behind the other
    lines = [trade_line(5), trade_line(0, ticker="BOLT")]
    # When the file is opened
    file = FlatFile(trades_file(tmp_path / "trades.csv", *lines))
    # Then its order is known
    assert file.by_time is False


@pytest.mark.parametrize(
    ("stamp", "why"),
    [
        ("1.3812408e+18", "its stamps were floats, which cannot hold nanoseconds"),
        ("2013-10-08 10:00:00.000001", "its stamps name no time zone"),
        ("noon", "each is refused, most for malformed in sip_timestamp; such as 'ACME,"),
    ],
)
def test_a_file_of_stamps_that_are_not_exact_is_refused_with_the_reason(
    tmp_path: Path, stamp: str, why: str
) -> None:
    # Given a file all of whose stamps lack something
    path = trades_file(tmp_path / "trades.csv", *[trade_line(sip_timestamp=stamp)] * 2)
    # When it is opened
    # Then the error says what, and what to do
    with pytest.raises(ValueError, match=rf"trades\.csv has no usable row at its start: {why}"):
        FlatFile(path)


def test_a_file_put_behind_another_one_is_read_by_its_own_header(tmp_path: Path) -> None:
    # Given a header once more, in another order, and blocks of one row
    lines = [trade_line(0), "size,sip_timestamp,ticker,price", f"100,{at(1)},ACME,100.0000"]
    path = trades_file(tmp_path / "trades.csv", *lines, f"100,{at(2)},ACME,100.0000")
    file = FlatFile(path, chunk_rows=1)
    # When it is read
    rows = rows_of(file)
    # Then every row is there, and the header is none
    assert [row[0] for row in rows] == [at(0), at(1), at(2)]
    assert (file.rows_read, file.account.trades.read, left_out(file.account)) == (3, 3, {})


def test_a_header_among_unwanted_rows_counts(tmp_path: Path) -> None:
    # Given a header once more among rows of another symbol, each in a block of its own
    lines = [trade_line(0, ticker="BOLT"), "size,sip_timestamp,ticker,price"]
    path = trades_file(tmp_path / "trades.csv", *lines, f"100,{at(1)},ACME,100.0000")
    # When one symbol is wanted
    file = FlatFile(path, symbols=("ACME",), chunk_rows=1)
    # Then its row is read by the newer header
    assert [row[0] for row in rows_of(file)] == [at(1)]


def test_a_file_without_tickers_is_that_of_the_one_wanted_symbol(tmp_path: Path) -> None:
    # Given a file without tickers
    path = tmp_path / "trades.csv"
    path.write_text(f"sip_timestamp,price,size\n{at(0)},100.0000,100\n")
    # When one symbol is wanted, or two, or none is named
    rows = rows_of(FlatFile(path, symbols=("ACME",)))
    # Then it is of the one, or the error says how to name it
    assert [row[3] for row in rows] == ["ACME"]
    for symbols in (("ACME", "BOLT"), None):
        with pytest.raises(ValueError, match=r"trades\.csv is no file .* with --symbol"):
            FlatFile(path, symbols=symbols)


def test_a_ticker_at_the_end_of_its_line_is_seen(tmp_path: Path) -> None:
    # Given a file whose last column holds the tickers
    path = tmp_path / "trades.csv"
    path.write_text(f"sip_timestamp|price|size|ticker\n{at(0)}|100.0000|100|ACME\n")
    # When its symbol is wanted
    rows = rows_of(FlatFile(path, symbols=("ACME",)))
    # Then it is found
    assert len(rows) == 1


def test_a_file_with_its_newest_row_first_is_read_oldest_first(tmp_path: Path) -> None:
    # Given a file that goes back in time
    lines = [trade_line(10 - n, sequence_number=10 - n) for n in range(10)]
    file = FlatFile(trades_file(tmp_path / "trades.csv", *lines), chunk_rows=2)
    # When it is read, by symbol or by time
    by_symbol, by_time = rows_of(file), [row for rows in file.in_time() for row in rows]
    # Then its first stamp and its rows are in order
    assert (file.newest_first, file.first_ns) == (True, at(1))
    assert [row[0] for row in by_symbol] == [at(n) for n in range(1, 11)]
    assert by_time == by_symbol


def test_a_member_of_an_archive_is_a_file(tmp_path: Path) -> None:
    # Given an archive of two files
    path = tmp_path / "day.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("q.csv", f"{QUOTES_HEADER}\n{quote_line(0)}\n")
        archive.writestr("t.csv", f"{TRADES_HEADER}\n{trade_line(0)}\n")
    # When one of them is read
    _, trades = tables_in(path, Told(), 1 << 16)
    file = FlatFile(path, table=trades)
    # Then its rows are there under its name
    assert (rows_of(file), file.name) == ([trade_row(0)], f"{path}/t.csv")


def test_a_start_longer_than_what_is_looked_at_ends_with_a_whole_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given that only the start of a file is looked at
    monkeypatch.setattr(table_text, "PEEK_BYTES", 200)
    lines = [trade_line(0), trade_line(1), trade_line(2, ticker="BOLT")]
    # When a longer one is opened
    file = FlatFile(trades_file(tmp_path / "trades.csv", *lines))
    # Then what lies beyond is unknown
    assert (file.first_ns, file.by_time) == (at(0), None)


@pytest.mark.parametrize("late", [4.999, 5.0])
def test_a_row_a_little_late_is_read(tmp_path: Path, late: float) -> None:
    # Given a row up to five seconds behind the one above it
    path = trades_file(tmp_path / "trades.csv", trade_line(10), trade_line(10 - late))
    # When the file is read
    rows = rows_of(FlatFile(path))
    # Then both are there, as they stand
    assert rows == [trade_row(10), trade_row(10 - late, place=3)]


def test_a_row_too_late_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    # Given a row more than five seconds behind
    lines = (trade_line(9), trade_line(10), trade_line(4.999))
    path = trades_file(tmp_path / "trades.csv", *lines)
    # When the file is read
    # Then the error names file, line and remedy
    with pytest.raises(
        UnsortedFileError,
        match=r"trades\.csv: line 4 \(ACME\) lies 5 s before .* sort the file by ticker and sip_t",
    ):
        rows_of(FlatFile(path))


def test_rows_in_time_come_as_they_stand_whatever_their_symbols(tmp_path: Path) -> None:
    # Given symbols in turns, a row a little late, and none in the second piece that can be used
    broken = "broken" * 50
    lines = [trade_line(9), trade_line(6, ticker="BOLT"), broken, broken, trade_line(10)]
    path = trades_file(tmp_path / "trades.csv", *lines)
    # When the file is read by time
    batches = list(FlatFile(path, chunk_rows=2).in_time())
    # Then the rows are as they stand
    expected = [trade_row(9), trade_row(6, symbol="BOLT", place=3), trade_row(10, place=6)]
    assert [row for rows in batches for row in rows] == expected


@pytest.mark.parametrize(("seconds", "is_late"), [(5.0, False), (5.001, True)])
def test_a_row_too_late_behind_other_symbols_cannot_be_read_in_time(
    tmp_path: Path, seconds: float, is_late: bool
) -> None:
    # Given the first row of a symbol, behind one of another
    lines = [trade_line(10), trade_line(10 - seconds, ticker="BOLT")]
    file = FlatFile(trades_file(tmp_path / "trades.csv", *lines))
    # When the file is read by time
    # Then more than five seconds are an error that names the row
    if is_late:
        with pytest.raises(UnsortedFileError, match=r"line 3 \(BOLT\) lies 5 s before rows that"):
            list(file.in_time())
    else:
        assert len(list(file.in_time())) == 1


def test_each_symbol_of_a_file_sorted_by_ticker_starts_its_own_day(tmp_path: Path) -> None:
    # Given a symbol that begins an hour before the one above it ended
    path = trades_file(
        tmp_path / "trades.csv", trade_line(3_600, ticker="ACME"), trade_line(0, ticker="BOLT")
    )
    # When the file is read
    runs = list(FlatFile(path).runs())
    # Then each is a run
    assert runs == [
        ("ACME", [trade_row(3_600)]),
        ("BOLT", [trade_row(0, place=3, symbol="BOLT")]),
    ]


def test_a_line_longer_than_a_block_is_read_whole(tmp_path: Path) -> None:
    # Given a row with a very long id
    line = trade_line(0, id="9" * 500)
    # When the file is read in blocks of a hundred bytes
    rows = rows_of(FlatFile(trades_file(tmp_path / "trades.csv", line), chunk_rows=1))
    # Then it is whole
    assert rows == [trade_row(0, trade_id="9" * 500)]


def test_the_share_of_the_file_that_was_read_is_known(tmp_path: Path) -> None:
    # Given a file
    path = quotes_file(tmp_path / "quotes.csv", quote_line(0))
    file = FlatFile(path)
    # When it was read to its end
    rows_of(file)
    # Then all of its bytes count
    assert file.bytes_read == len(QUOTES_HEADER) + len(quote_line(0)) + 2


def test_a_bad_row_of_a_symbol_that_nobody_wants_is_no_loss(tmp_path: Path) -> None:
    # Given a good row of a wanted symbol, a bad one of it, and a bad one of another
    path = trades_file(
        tmp_path / "trades.csv",
        trade_line(0, size="x"),
        trade_line(1),
        trade_line(0, ticker="BOLT", size="x"),
    )
    # When the one symbol is read
    file = FlatFile(path, symbols=("ACME",))
    rows = rows_of(file)
    # Then only its own row is refused, by its column
    assert rows == [trade_row(1, place=3)]
    assert file.account.trades.refused == {("size", "malformed"): 1}
    assert file.account.trades.not_judged == {"other_symbol": 1}
