"""Ticks with bid and ask in one row."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from support.flat_data import at
from support.form_data import prints, quotes, read, text_file

from trading_bot.recorded.account import NO_CONDITIONS
from trading_bot.recorded.recognise import format_of
from trading_bot.recorded.sources import ReadOptions

ACME = ReadOptions(symbols=("ACME",))
UNSIZED = "quotes_without_sizes_taken_as_one_share"


def test_each_row_is_a_print_and_the_quote_before_it(tmp_path: Path) -> None:
    # Given ticks with sizes and conditions
    path = text_file(
        tmp_path / "t.csv",
        "symbol,timestamp,last,volume,bid,ask,bid_size,ask_size,conditions",
        f'ACME,{at(0)},20.0001,50,20.00,20.02,300,400,"14,37"',
        f"ACME,{at(1) + 5},20.01,100,20.01,20.03,500,600,",
    )
    # When they are read
    rows, account = read([path])
    # Then each quote stands before its own print, and nothing is missing
    assert format_of(path) == "polygon"
    assert [row[:2] for row in rows] == [
        (at(0) - 1, 1),
        (at(0), 0),
        (at(1) + 4, 1),
        (at(1) + 5, 0),
    ]
    assert prints(rows) == [(at(0), 20.0001, 50, (14, 37), 0, 0), (at(1) + 5, 20.01, 100, (), 0, 0)]
    # Round lots by their date: the sizes are too few to tell
    assert quotes(rows)[0] == (at(0) - 1, 20.0, 30_000, 20.02, 40_000)
    assert (account.trades.read, account.quotes.read, account.notes) == (2, 2, {})


def test_rows_of_one_stamp_keep_their_order(tmp_path: Path) -> None:
    # Given three rows of one stamp, one of them of another symbol, and one of the next second
    path = text_file(
        tmp_path / "t.csv",
        "sym,time,price,size,bid,ask",
        f"ACME,{at(0)},20.00,1,20.00,20.02",
        f"BOLT,{at(0)},50.00,1,49.99,50.00",
        f"ACME,{at(0)},19.98,1,19.98,20.00",
        f"ACME,{at(1)},19.97,1,19.97,19.99",
    )
    # When they are read
    rows, _ = read([path])
    # Then each print has its own quote right before it
    assert [(row[0] - at(0), row[1], row[3]) for row in rows] == [
        (-1, 1, "ACME"),
        (-1, 1, "BOLT"),
        (0, 0, "ACME"),
        (0, 0, "BOLT"),
        (1, 1, "ACME"),
        (2, 0, "ACME"),
        (999_999_999, 1, "ACME"),
        (1_000_000_000, 0, "ACME"),
    ]


def test_without_sizes_and_conditions_it_is_said(tmp_path: Path) -> None:
    # Given a file that lacks both
    path = text_file(
        tmp_path / "t.csv", "time,price,volume,bid,ask", f"{at(0)},20.00,50,20.00,20.02"
    )
    # When it is read for a symbol
    rows, account = read([path], ACME)
    # Then a quote counts one share on each side, and both are noted
    assert quotes(rows) == [(at(0) - 1, 20.0, 1, 20.02, 1)]
    assert account.notes == {NO_CONDITIONS: 1, UNSIZED: 1}


def test_conditions_without_sizes_are_read(tmp_path: Path) -> None:
    # Given a file that has the one and lacks the other
    path = text_file(
        tmp_path / "t.csv", "time,price,size,bid,ask,conditions", f"{at(0)},20.00,50,20.00,20.02,37"
    )
    # When it is read for a symbol
    rows, account = read([path], ACME)
    # Then only what is lacking is noted
    assert prints(rows) == [(at(0), 20.0, 50, (37,), 0, 0)]
    assert account.notes == {UNSIZED: 1}


@pytest.mark.parametrize("columns", ["conditions", "tape"])
def test_a_row_without_a_print_is_a_quote(tmp_path: Path, columns: str) -> None:
    # Given changes of the quote between prints, empty or with zeros
    path = text_file(
        tmp_path / "t.csv",
        f"time,price,size,bid,ask,{columns}",
        f"{at(0)},20.00,50,20.00,20.02,",
        f"{at(1)},,,20.01,20.02,",
        f"{at(2)},0,0,20.01,20.03,",
    )
    # When it is read for a symbol
    rows, account = read([path], ACME)
    # Then there are more quotes than prints
    assert (len(prints(rows)), len(quotes(rows))) == (1, 3)
    assert (account.trades.read, account.quotes.read) == (1, 3)


def test_a_date_beside_a_time_is_of_new_york(tmp_path: Path) -> None:
    # Given both in columns of their own, and a row without a date
    path = text_file(
        tmp_path / "t.csv",
        "Date;Time;Last;Volume;Bid;Ask",
        "2013-10-08;10:00:00.250;20.00;50;20.00;20.02",
        "never;10:00:01.250;20.00;50;20.00;20.02",
    )
    # When it is read for a symbol
    rows, account = read([path], ACME)
    # Then it is a moment, or refused
    assert [row[0] for row in rows] == [at(0.25) - 1, at(0.25)]
    assert account.trades.refused == {("sip_timestamp", "malformed"): 1}
    assert account.quotes.refused == {("sip_timestamp", "malformed"): 1}


def test_a_time_alone_takes_the_day_that_is_said(tmp_path: Path) -> None:
    # Given times of day
    path = text_file(tmp_path / "t.csv", "time,price,size,bid,ask", "10:00:00,20.00,50,20.00,20.02")
    # When the day is said, and when it is not
    rows, _ = read([path], ReadOptions(symbols=("ACME",), day=date(2013, 10, 8)))
    # Then they are moments, or it is asked for
    assert [row[0] for row in rows] == [at(0) - 1, at(0)]
    with pytest.raises(ValueError, match=r"t\.csv holds times of day and no date; .* --day"):
        read([path], ACME)


def test_kibots_ticks_are_known_without_a_header(tmp_path: Path) -> None:
    # Given ticks as Kibot sells them
    path = text_file(
        tmp_path / "ACME.txt",
        "10/08/2013,10:00:00,20.00,19.99,20.01,50",
        "10/08/2013,10:00:00,19.99,19.98,20.00,70",
    )
    # When they are read for a symbol
    rows, account = read([path], ACME)
    # Then each print has its quote
    assert format_of(path) == "polygon"
    assert prints(rows) == [(at(0), 20.0, 50, (), 0, 0), (at(0) + 2, 19.99, 70, (), 0, 0)]
    assert [found[1::2] for found in quotes(rows)] == [(19.99, 20.01), (19.98, 20.0)]
    assert account.notes == {NO_CONDITIONS: 2, UNSIZED: 2}


def test_a_file_of_quotes_alone_is_none(tmp_path: Path) -> None:
    # Given quotes, which have no prints beside them
    path = text_file(
        tmp_path / "q.csv",
        "ticker,sip_timestamp,bid_price,bid_size,ask_price,ask_size",
        f"ACME,{at(0)},20.00,3,20.02,4",
    )
    # When it is read
    rows, account = read([path])
    # Then nothing is made of them
    assert (len(prints(rows)), len(quotes(rows)), account.trades.read) == (0, 1, 0)
