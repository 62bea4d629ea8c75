"""AlgoSeek's files of trades and quotes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from support.flat_data import at
from support.form_data import prints, quotes, read, text_file

from trading_bot.recorded.recognise import format_of
from trading_bot.recorded.rows import SYMBOL
from trading_bot.recorded.sources import ReadOptions

HEADER = "Date,Timestamp,EventType,Ticker,Price,Quantity,Exchange,Conditions"


def line(clock: str, event: str, price: str = "20.00", size: int | str = 100, **cells: str) -> str:
    rest = {"Ticker": "ACME", "Exchange": "ARCA", "Conditions": "00000001"} | cells
    return (
        f"20131008,10:00:{clock},{event},{rest['Ticker']},{price},{size},"
        f"{rest['Exchange']},{rest['Conditions']}"
    )


def test_one_file_holds_prints_and_the_national_best(tmp_path: Path) -> None:
    # Given events of all kinds
    path = text_file(
        tmp_path / "ACME.csv",
        HEADER,
        line("00.000000001", "QUOTE BID NB", "19.99", 300),
        line("01.000000000", "QUOTE ASK NB", "20.01", 400, Exchange="NASDAQ"),
        line("02.000000000", "QUOTE BID", "19.90", 900, Exchange="BATS"),
        line("03.500", "TRADE NB", "19.9901", 50, Exchange="FINRA", Conditions="80000020"),
        line("04.000000000", "TRADE", "19.995", 7),
        line("05.000000000", "TRADE CANCELLED", "19.995", 7),
    )
    # When it is read
    rows, account = read([path])
    # Then each row is there once, exactly, and a venue that is not best changes nothing
    assert format_of(path) == "polygon"
    assert quotes(rows) == [
        (at(0) + 1, 19.99, 300, 0, 0),
        (at(1), 19.99, 300, 20.01, 400),
        (at(2), 19.99, 300, 20.01, 400),
    ]
    assert prints(rows) == [
        (at(3.5), 19.9901, 50, (14, 37), 0, 4),
        (at(4), 19.995, 7, (), 0, 11),
        (at(5), 19.995, 7, (), 8, 11),
    ]
    assert (account.trades.read, account.quotes.read) == (3, 3)
    assert account.notes == {"quotes_that_are_not_the_national_best": 1}


def test_each_symbol_has_its_own_best(tmp_path: Path) -> None:
    # Given two symbols that take turns, and a bid that is gone
    path = text_file(
        tmp_path / "day.csv",
        HEADER,
        line("00.0", "QUOTE BID NB", "19.99", 300),
        line("01.0", "QUOTE ASK NB", "50.01", 200, Ticker="BOLT"),
        line("02.0", "QUOTE ASK NB", "20.01", 400),
        line("03.0", "QUOTE BID NB", "0", 0),
    )
    # When it is read
    rows, _ = read([path])
    # Then none has a side of the other
    assert [row[SYMBOL] for row in rows] == ["ACME", "BOLT", "ACME", "ACME"]
    assert [found[1:] for found in quotes(rows)] == [
        (19.99, 300, 0, 0),
        (0, 0, 50.01, 200),
        (19.99, 300, 20.01, 400),
        (0, 0, 20.01, 400),
    ]


def test_what_cannot_be_read_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    # Given a quote without a number, an event that is not known, and half a row
    path = text_file(
        tmp_path / "ACME.csv",
        HEADER,
        line("00.0", "QUOTE BID NB", "19.99", 300),
        line("01.0", "QUOTE BID NB", "x", 300),
        line("02.0", "QUOTE ASK NB", "20.01", 400),
        line("03.0", "HALT"),
        line("03.5", "1.5"),
        line("04.0", "TRADE"),
        "20131008,10:00:05",
    )
    # When it is read
    rows, account = read([path])
    # Then each is counted once, and the best bid is the last that could be read
    assert [found[1:] for found in quotes(rows)] == [(19.99, 300, 0, 0), (19.99, 300, 20.01, 400)]
    assert account.quotes.refused == {("bid_price", "malformed"): 1}
    assert account.trades.refused == {("price", "malformed"): 2, ("the row", "malformed"): 1}
    assert (account.trades.read, account.quotes.read) == (4, 3)
    assert account.notes == {"events_unknown_HALT": 1, "events_unreadable": 1}


def test_a_file_without_dates_needs_a_day(tmp_path: Path) -> None:
    # Given times of day only
    path = text_file(
        tmp_path / "ACME.csv",
        HEADER.removeprefix("Date,"),
        line("00.0", "TRADE").removeprefix("20131008,"),
    )
    # When the day is said, and when it is not
    rows, _ = read([path], ReadOptions(day=date(2013, 10, 8)))
    # Then it counts, or is asked for
    assert [row[0] for row in rows] == [at(0)]
    with pytest.raises(ValueError, match=r"ACME\.csv holds times of day and no date; .*--day"):
        read([path])


def test_a_date_that_is_none_is_refused(tmp_path: Path) -> None:
    # Given a date that cannot be
    path = text_file(
        tmp_path / "ACME.csv",
        HEADER,
        line("00.0", "TRADE"),
        line("01.0", "TRADE").replace("20131008", "20131399"),
    )
    # When it is read
    _, account = read([path])
    # Then the stamp is at fault
    assert account.trades.refused == {("sip_timestamp", "malformed"): 1}
