"""LOBSTER days as a source of rows."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

from support.account_values import left_out
from support.lobster_files import lobster_files

from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.recorded.lobster.source import LobsterSource
from trading_bot.recorded.rows import SIP_NS, Row
from trading_bot.recorded.sources import ReadOptions


def flat(source: LobsterSource) -> list[Row]:
    return [row for batch in source.batches() for row in batch]


def test_a_lobster_day_shows_its_large_bids(tmp_path: Path) -> None:
    # Given a stock-day whose bid is large, named by both of its files
    book = lobster_files(tmp_path)
    message = book.with_name(book.name.replace("orderbook", "message"))
    # When it is read
    source = LobsterSource([book, message], ReadOptions())
    rows = flat(source)
    # Then the print stands between the books before and after it
    assert [row[1] for row in rows] == [1, 0, 1]
    before, after = rows[0][-1], rows[2][-1]
    assert before.bids == ((99_990_000, 20_000 * UNITS_PER_SHARE),)
    assert after.bids != before.bids
    assert (source.paths, source.rows_read, left_out(source.account)) == ((message,), 2, {})
    assert source.bytes_read == message.stat().st_size
    assert (source.one_by_one, source.symbols_come_once) == (True, True)


def test_lobster_days_follow_one_another(tmp_path: Path) -> None:
    # Given two days of one symbol and one of another
    paths = [
        lobster_files(tmp_path, day="2012-06-22"),
        lobster_files(tmp_path, "BOLT"),
        lobster_files(tmp_path),
    ]
    # When all, and when one symbol is wanted
    everything = LobsterSource(paths, ReadOptions())
    one = LobsterSource(paths, ReadOptions(symbols=("BOLT",)))
    # Then they are ordered by day and symbol, and known by the files that were named
    assert everything.paths == (paths[2], paths[1], paths[0])
    assert (everything.symbols_come_once, one.paths) == (False, (paths[1],))


def test_all_days_of_an_archive_are_read_and_one_may_be_chosen(tmp_path: Path) -> None:
    # Given three days in one archive
    days = ("2012-06-20", "2012-06-21", "2012-06-22")
    for day in days:
        lobster_files(tmp_path, day=day)
    path = tmp_path / "week.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(tmp_path.glob("*.csv")):
            archive.write(file, file.name)
    # When it is read, and when one day is wanted
    whole = LobsterSource([path], ReadOptions())
    one = LobsterSource([path], ReadOptions(day=date(2012, 6, 21)))
    rows, own = flat(whole), flat(one)
    # Then the rows of all three are there, and of the one
    assert [row[SIP_NS] for row in rows] == sorted(row[SIP_NS] for row in rows)
    assert (len(rows), whole.rows_read, one.rows_read) == (9, 6, 2)
    assert [row[SIP_NS] for row in own] == [row[SIP_NS] for row in rows[3:6]]
