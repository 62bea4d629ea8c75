"""Rows of whole days, from flat files and LOBSTER files."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import pytest
from support.account_values import left_out
from support.flat_data import (
    at,
    quote_line,
    quote_row,
    quotes_file,
    trade_line,
    trade_row,
    trades_file,
)
from support.lobster_files import lobster_files

from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.lobster.source import LobsterSource
from trading_bot.recorded.newest_first import SORTED, UnsortedFileError
from trading_bot.recorded.rows import EARLY_QUOTE, Row, first_place
from trading_bot.recorded.sources import FlatSource, ReadOptions, within

DAY = 86_400
SECOND_FILE = first_place(1) + 2


def flat(source: FlatSource | LobsterSource) -> list[Row]:
    return [row for rows in source.batches() for row in rows]


def early(row: Row) -> Row:
    """Give a quote's row as it comes where stamps are whole milliseconds."""
    return (row[0], EARLY_QUOTE, *row[2:])


def without_places(rows: list[Row]) -> list[Row]:
    return [row[:4] + row[5:] for row in rows]


def test_trades_and_quotes_of_a_day_come_in_exchange_order(tmp_path: Path) -> None:
    # Given a file of each kind
    trades = trades_file(tmp_path / "t.csv.gz", trade_line(1), trade_line(2))
    quotes = quotes_file(tmp_path / "q.csv.gz", quote_line(1), quote_line(1.5), "broken")
    # When they are read together
    source = FlatSource([trades, quotes], ReadOptions())
    rows = flat(source)
    # Then they are merged, and what is left out is counted
    assert rows == [
        early(quote_row(1, place=SECOND_FILE)),
        trade_row(1, place=2),
        early(quote_row(1.5, place=SECOND_FILE + 1)),
        trade_row(2, place=3),
    ]
    sizes = sum(path.stat().st_size for path in (trades, quotes))
    assert (source.rows_read, source.bytes_read, left_out(source.account)) == (
        5,
        sizes,
        {"malformed": 1},
    )


def test_days_follow_one_another_however_the_files_are_named(tmp_path: Path) -> None:
    # Given the files of two days in the wrong order
    monday = trades_file(tmp_path / "z.csv", trade_line(0))
    tuesday = trades_file(tmp_path / "a.csv", trade_line(DAY))
    # When they are read together
    source = FlatSource([tuesday, monday], ReadOptions())
    rows = flat(source)
    # Then the earlier day comes first, and the symbol comes twice
    assert [row[0] for row in rows] == [at(0), at(DAY)]
    assert (source.one_by_one, source.symbols_come_once) == (True, False)


def test_files_sorted_by_ticker_are_read_symbol_by_symbol(tmp_path: Path) -> None:
    # Given a day of two symbols, one after the other
    trades = trades_file(tmp_path / "t.csv", trade_line(9), trade_line(0, ticker="BOLT"))
    quotes = quotes_file(tmp_path / "q.csv", quote_line(8), quote_line(1, ticker="BOLT"))
    # When they are read
    source = FlatSource([trades, quotes], ReadOptions())
    rows = flat(source)
    # Then each symbol's day is whole
    assert [(row[3], row[0]) for row in rows] == [
        ("ACME", at(8)),
        ("ACME", at(9)),
        ("BOLT", at(0)),
        ("BOLT", at(1)),
    ]
    assert (source.one_by_one, source.symbols_come_once) == (True, True)


def test_files_sorted_by_time_are_read_by_time(tmp_path: Path) -> None:
    # Given trades whose symbols take turns, and quotes of one symbol
    symbols = ("ACME", "BOLT", "ACME")
    lines = [trade_line(2 * n, ticker=symbol) for n, symbol in enumerate(symbols)]
    trades = trades_file(tmp_path / "t.csv", *lines)
    quotes = quotes_file(tmp_path / "q.csv", quote_line(1), quote_line(3))
    # When they are read
    source = FlatSource([trades, quotes], ReadOptions())
    rows = flat(source)
    # Then the whole market is in time order
    assert [row[0] for row in rows] == [at(n) for n in range(5)]
    assert (source.one_by_one, source.symbols_come_once) == (False, False)


def test_a_symbol_of_a_file_sorted_by_time_may_be_had_with_one_sorted_by_ticker(
    tmp_path: Path,
) -> None:
    # Given trades sorted by time and quotes sorted by ticker
    symbols = ("ACME", "BOLT", "ACME")
    trades = trades_file(
        tmp_path / "t.csv", *(trade_line(n, ticker=each) for n, each in enumerate(symbols))
    )
    quotes = quotes_file(tmp_path / "q.csv", quote_line(1), quote_line(0, ticker="BOLT"))
    # When all, and when one symbol is asked for
    everything = FlatSource([trades, quotes], ReadOptions())
    one = FlatSource([trades, quotes], ReadOptions(symbols=("ACME",)))
    # Then only the one symbol can be put in order
    with pytest.raises(UnsortedFileError, match=r"q\.csv is sorted by ticker and another .*--sym"):
        flat(everything)
    assert [row[0] for row in flat(one)] == [at(0), at(1), at(2)]


@pytest.mark.parametrize("symbols", [("ACME",), ("ACME", "BOLT")])
@pytest.mark.parametrize("by_time", [False, True])
def test_a_week_of_trades_goes_with_quotes_of_each_day(
    tmp_path: Path, symbols: tuple[str, ...], by_time: bool
) -> None:
    # Given trades of three days in one file, and quotes a file a day
    moments = [
        (symbol, day * DAY + 1 + n) for symbol in symbols for day in range(3) for n in (0, 2)
    ]
    if by_time:
        moments.sort(key=lambda each: (each[1], each[0]))
    week = trades_file(tmp_path / "week.csv", *(trade_line(s, ticker=t) for t, s in moments))
    days = []
    for day in range(3):
        lines = [quote_line(day * DAY + n, ticker=t) for n in (0, 2) for t in symbols]
        days.append(quotes_file(tmp_path / f"{day}.csv", *(lines if by_time else sorted(lines))))
    # When they are read together
    rows = flat(FlatSource([week, *days], ReadOptions()))
    # Then each symbol's prints stand among the quotes of their days
    for symbol in symbols:
        own = [row for row in rows if row[3] == symbol]
        assert [row[0] for row in own] == sorted(row[0] for row in own)
        assert len(own) == 12


@pytest.mark.parametrize("chunk_rows", [1, 600])
def test_a_week_by_ticker_goes_with_quotes_of_days_on_which_its_first_tickers_do_not_trade(
    tmp_path: Path, chunk_rows: int
) -> None:
    # Given trades of three days by ticker, of which the first two stop early, and daily quotes
    days_of = {"ACME": (0,), "BOLT": (0, 1), "CLIF": (0, 1, 2), "DUNE": (2,)}
    lines = [trade_line(day * DAY + 1, ticker=t) for t, days in days_of.items() for day in days]
    week = trades_file(tmp_path / "week.csv", *lines)
    quotes = [
        quotes_file(
            tmp_path / f"{day}.csv",
            *(quote_line(day * DAY + n, ticker=t) for t in days_of for n in (0, 2)),
        )
        for day in range(3)
    ]
    # When they are read together
    source = FlatSource([week, *quotes], ReadOptions(chunk_rows=chunk_rows))
    rows = flat(source)
    # Then each ticker's rows are there, in time order
    for symbol, days in days_of.items():
        own = [row[0] for row in rows if row[3] == symbol]
        traded = [at(day * DAY + 1) for day in days]
        quoted = [at(day * DAY + n) for day in range(3) for n in (0, 2)]
        assert own == sorted([*traded, *quoted])


def test_a_file_that_goes_on_takes_the_next_day_with_it(tmp_path: Path) -> None:
    # Given a file of two days, and one of the second day
    both = trades_file(tmp_path / "both.csv", trade_line(0), trade_line(DAY + 10))
    tuesday = quotes_file(tmp_path / "tuesday.csv", quote_line(DAY))
    # When they are read together
    rows = flat(FlatSource([both, tuesday], ReadOptions()))
    # Then the second day is merged
    assert [row[0] for row in rows] == [at(0), at(DAY), at(DAY + 10)]


def test_a_file_that_goes_back_before_the_day_before_is_refused(tmp_path: Path) -> None:
    # Given a file of one day, and one of the next that holds a row of the day before
    monday = trades_file(tmp_path / "monday.csv", trade_line(10))
    lines = (trade_line(DAY), trade_line(0, ticker="BOLT"))
    tuesday = trades_file(tmp_path / "tuesday.csv", *lines)
    # When they are read together
    # Then the error says what to do
    with pytest.raises(UnsortedFileError, match=r"tuesday\.csv holds rows of BOLT from before"):
        flat(FlatSource([monday, tuesday], ReadOptions()))


def test_files_with_their_newest_row_first_are_put_in_order_and_named(tmp_path: Path) -> None:
    # Given trades and quotes that go back in time, the trades over two days
    trades = trades_file(tmp_path / "t.csv", *(trade_line(s) for s in (DAY, 20, 10)))
    quotes = quotes_file(tmp_path / "q.csv", *(quote_line(s) for s in (25, 15, 5)))
    # When they are read
    source = FlatSource([trades, quotes], ReadOptions())
    rows = flat(source)
    # Then time goes forward, and that is said
    assert [row[0] for row in rows] == [at(s) for s in (5, 10, 15, 20, 25, DAY)]
    assert source.account.notes == {SORTED: 2}


def test_the_files_of_an_archive_are_read_like_files(tmp_path: Path) -> None:
    # Given a day's trades and quotes in one archive
    files = [
        trades_file(tmp_path / "t.csv", trade_line(1)),
        quotes_file(tmp_path / "q.csv", quote_line(0)),
    ]
    archive = tmp_path / "day.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for path in files:
            zipped.write(path, path.name)
    # When it is read
    source = FlatSource([archive], ReadOptions())
    rows = flat(source)
    # Then both are merged, and each has a number of its own
    assert [row[0] for row in rows] == [at(0), at(1)]
    assert source.paths == (archive, archive)


def test_cells_that_cannot_be_read_are_counted_over_all_files(tmp_path: Path) -> None:
    # Given a print and a quote, each with a cell that says nothing
    trades = trades_file(tmp_path / "t.csv", trade_line(0, exchange="V"))
    quotes = quotes_file(tmp_path / "q.csv", quote_line(0, sequence_number="x"))
    # When they are read
    source = FlatSource([trades, quotes], ReadOptions())
    rows = flat(source)
    # Then both count, and so do the cells
    assert (len(rows), source.account.notes) == (
        2,
        {"unreadable_exchange": 1, "unreadable_sequence_number": 1},
    )


def test_a_file_without_rows_adds_nothing(tmp_path: Path) -> None:
    # Given a file of trades and an empty file of quotes
    trades = trades_file(tmp_path / "t.csv", trade_line(0))
    quotes = quotes_file(tmp_path / "q.csv")
    # When they are read
    rows = flat(FlatSource([trades, quotes], ReadOptions()))
    # Then the trades are there
    assert rows == [trade_row(0)]


def test_overlapping_files_count_each_print_once(tmp_path: Path) -> None:
    # Given a day's trades, and a part of them in a second file
    whole = trades_file(tmp_path / "whole.csv", trade_line(0), trade_line(1))
    part = trades_file(tmp_path / "part.csv", trade_line(1))
    # When both are read
    source = FlatSource([whole, part], ReadOptions())
    rows = flat(source)
    # Then the print that stands in both counts once
    assert rows == [trade_row(0, place=2), trade_row(1, place=3)]
    assert left_out(source.account) == {"duplicate": 1}


@pytest.mark.parametrize("seed", range(5))
def test_small_disorder_and_chunks_change_nothing(tmp_path: Path, seed: int) -> None:
    # Given a day of both kinds, and the same with rows a little out of order
    shuffle = random.Random(seed)  # noqa: S311 - a seeded test
    seconds = [n / 10 for n in range(300)]
    late = sorted(seconds, key=lambda second: second + shuffle.uniform(0, 4.9))
    folders = [tmp_path / "sorted", tmp_path / "late"]
    for folder, order in zip(folders, (seconds, late), strict=True):
        folder.mkdir()
        trades_file(folder / "t.csv", *(trade_line(s, id=s) for s in order))
        quotes_file(folder / "q.csv", *(quote_line(s) for s in order))

    def read(folder: Path, chunk_rows: int) -> list[Row]:
        options = ReadOptions(chunk_rows=chunk_rows)
        return without_places(flat(FlatSource([folder / "t.csv", folder / "q.csv"], options)))

    # When they are read in pieces of several sizes
    found = [read(folder, rows) for folder in folders for rows in (1, 17, 10_000)]
    # Then all are the same
    assert all(each == found[0] for each in found)


def test_only_the_wanted_time_is_kept_and_the_rest_counted() -> None:
    # Given four seconds of rows
    rows = [trade_row(n) for n in range(4)]
    account = RowAccount()
    # When two of them are wanted, the first bound included and the last not
    kept = within(rows, ReadOptions(from_ns=at(1), to_ns=at(3)), account)
    # Then they are kept
    assert (kept, left_out(account)) == (rows[1:3], {"outside_time": 2})


def test_without_bounds_every_row_is_kept() -> None:
    # Given rows
    rows = [trade_row(n) for n in range(4)]
    account = RowAccount()
    # When no time is named
    kept = within(rows, ReadOptions(), account)
    # Then all are kept
    assert (kept, left_out(account)) == (rows, {})


def test_rows_outside_the_wanted_time_make_no_batch(tmp_path: Path) -> None:
    # Given a day that lies before the wanted time, of either kind
    trades = trades_file(tmp_path / "t.csv", trade_line(0))
    lobster = lobster_files(tmp_path)
    options = ReadOptions(from_ns=at(1), to_ns=at(1))
    # When they are read
    sources: list[FlatSource | LobsterSource] = [
        FlatSource([trades], options),
        LobsterSource([lobster], options),
    ]
    found = [list(source.batches()) for source in sources]
    # Then there is nothing, and it is counted
    assert found == [[], []]
    assert [left_out(source.account) for source in sources] == [
        {"outside_time": 1},
        {"outside_time": 3},
    ]
