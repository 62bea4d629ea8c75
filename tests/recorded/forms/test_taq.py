"""NYSE TAQ, of the exchange and of WRDS."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from support.flat_data import at, early_quote, trade_row
from support.form_files import clock, table

from trading_bot.recorded.forms.taq import symbol_of
from trading_bot.recorded.rows import Row
from trading_bot.recorded.sources import FlatSource, ReadOptions

DAY = date(2013, 10, 8)
TRADES = (
    "Time",
    "Exchange",
    "Symbol",
    "Sale Condition",
    "Trade Volume",
    "Trade Price",
    "Trade Correction Indicator",
    "Sequence Number",
    "Trade Id",
    "Source of Trade",
    "Trade Reporting Facility",
    "Participant Timestamp",
)
BEST = (
    "Time",
    "Symbol",
    "Sequence_Number",
    "Best_Bid_Price",
    "Best_Bid_Size",
    "Best_Offer_Price",
    "Best_Offer_Size",
)
VENUES = (
    "Time",
    "Exchange",
    "Symbol",
    "Bid_Price",
    "Bid_Size",
    "Offer_Price",
    "Offer_Size",
    "Quote_Condition",
    "Sequence_Number",
)
TRADE = (clock(0), "D", "BRK B", "@ TI", "100", "100.00", "00", "1", "7", "N", "Q", clock(0))


def rows_of(path: Path, day: date | None = None) -> list[Row]:
    source = FlatSource([path], ReadOptions(day=day))
    return [row for batch in source.batches() for row in batch]


@pytest.mark.parametrize(
    ("root", "suffix", "symbol"),
    [("IBM", "", "IBM"), ("BRK", "B", "BRK.B"), ("BAC", "PRL", "BACpL"), ("XYZ", "WS", "XYZ.WS")],
)
def test_a_suffix_is_written_as_elsewhere(root: str, suffix: str, symbol: str) -> None:
    # Given root and suffix
    # When they are put together
    # Then it is the symbol as flat files write it
    assert symbol_of(root, suffix) == symbol


def test_trades_of_the_exchange_are_read(tmp_path: Path) -> None:
    # Given a file of the exchange with the day in its name, and its last line
    end = ("END", "", "", "", "1", "", "", "", "", "", "", "")
    path = table(tmp_path / "EQY_US_ALL_TRADE_20131008", [TRADES, TRADE, end], "|")
    # When it is read
    source = FlatSource([path], ReadOptions())
    rows = [row for batch in source.batches() for row in batch]
    # Then letters are our numbers, stamps are exact, and the last line is no row
    assert rows == [
        trade_row(symbol="BRK.B", exchange=4, trf_id=202, conditions=(12, 37)),
    ]
    assert source.account.trades.read == 1


def test_the_day_that_is_told_goes_before_the_name(tmp_path: Path) -> None:
    # Given a file without a day in its name
    path = table(tmp_path / "trades.csv", [TRADES, TRADE], "|")
    # When the day is told
    # Then its rows are of that day, and without it the error says what to do
    assert rows_of(path, DAY)[0][0] == at(0)
    with pytest.raises(ValueError, match=r"trades\.csv holds times of day .* with --day"):
        rows_of(path)


def test_the_national_best_is_read(tmp_path: Path) -> None:
    # Given the exchange's file of the best quotes, and its last line
    row = (clock(0), "ACME", "1", "100.00", "3", "100.01", "2")
    end = ("END", "", "", "", "", "", "")
    path = table(tmp_path / "EQY_US_ALL_NBBO_20131008", [BEST, row, end], "|")
    # When it is read
    # Then it is the quote
    assert rows_of(path) == [early_quote(made_ns=None)]


def test_of_the_quotes_of_venues_the_best_are_made(tmp_path: Path) -> None:
    # Given quotes of two venues, and the last line
    path = table(
        tmp_path / "SPLITS_US_ALL_BBO_A_20131008",
        [
            VENUES,
            (clock(0), "N", "ACME", "99.99", "3", "100.01", "2", "R", "1"),
            (clock(1), "P", "ACME", "100.00", "3", "100.02", "9", "R", "1"),
            ("END", "", "", "", "", "", "", "", ""),
        ],
        "|",
    )
    # When they are read
    # Then each row is the best of both
    assert rows_of(path) == [
        early_quote(0, made_ns=None, bid=99_990_000),
        early_quote(1, made_ns=None, place=3),
    ]


def test_a_quote_that_cannot_be_read_is_refused_and_changes_no_book(tmp_path: Path) -> None:
    # Given a quote whose price is none, between good ones
    good = ("N", "ACME", "100.00", "3", "100.01", "2", "R", "1")
    path = table(
        tmp_path / "SPLITS_US_ALL_BBO_A_20131008",
        [
            VENUES,
            (clock(0), *good),
            (clock(1), "P", "ACME", "x", "3", "100.02", "9", "R", "1"),
            (clock(2), *good),
        ],
        "|",
    )
    # When they are read
    source = FlatSource([path], ReadOptions())
    rows = [row for batch in source.batches() for row in batch]
    # Then that row is refused by its column
    assert rows == [early_quote(0, made_ns=None), early_quote(2, made_ns=None, place=4)]
    assert source.account.quotes.refused == {("bid_price", "malformed"): 1}


RESEARCH_TRADES = (
    "DATE",
    "TIME_M",
    "TIME_M_NANO",
    "EX",
    "SYM_ROOT",
    "SYM_SUFFIX",
    "TR_SCOND",
    "SIZE",
    "PRICE",
    "TR_CORR",
    "TR_SEQNUM",
    "TR_ID",
    "TR_SOURCE",
    "TR_RF",
)


@pytest.mark.parametrize("day", ["20131008", "2013-10-08", "08OCT2013"])
def test_trades_of_the_research_table_are_read(tmp_path: Path, day: str) -> None:
    # Given a row with its microseconds and nanoseconds apart
    row = (day, "10:00:00.000001", "2", "N", "ACME", "", "F I", "100", "100", "00", "1", "7", "C")
    path = table(tmp_path / "t.csv", [RESEARCH_TRADES, (*row, "")])
    # When it is read
    # Then it is the print, to the nanosecond
    assert rows_of(path) == [
        trade_row(sip_ns=at(0) + 1_002, made_ns=None, exchange=10, conditions=(14, 37)),
    ]


def test_a_row_without_a_day_is_refused(tmp_path: Path) -> None:
    # Given a row whose day is none, beside a good one
    row = ("10:00:00", "", "N", "ACME", "", "", "100", "100", "00", "1", "7", "C", "")
    path = table(tmp_path / "t.csv", [RESEARCH_TRADES, ("20131008", *row), ("x", *row)])
    # When they are read
    source = FlatSource([path], ReadOptions())
    list(source.batches())
    # Then it is refused for its stamp
    assert source.account.trades.refused == {("sip_timestamp", "malformed"): 1}


@pytest.mark.parametrize(
    ("names", "sizes"),
    [
        (("BEST_BID", "Best_BidSizeShares", "BEST_ASK", "Best_AskSizeShares"), ("300", "200")),
        (("BEST_BID", "BEST_BIDSIZ", "BEST_ASK", "BEST_ASKSIZ"), ("3", "2")),
    ],
)
def test_best_quotes_of_the_research_tables_are_read(
    tmp_path: Path, names: tuple[str, ...], sizes: tuple[str, str]
) -> None:
    # Given a table whose names say shares, and one of round lots; the second row has no bid
    header = ("DATE", "TIME_M", "SYM_ROOT", "SYM_SUFFIX", *names)
    whole = ("100.00", sizes[0], "100.01", sizes[1])
    half = (".", ".", "100.01", sizes[1])
    start = ("20131008", "10:00:00", "ACME", "")
    path = table(tmp_path / "q.csv", [header, (*start, *whole), (*start, *half)])
    # When it is read
    # Then both are the same
    assert rows_of(path) == [
        early_quote(sequence=0, made_ns=None),
        early_quote(sequence=0, made_ns=None, place=3, bid=0, bid_size=0),
    ]


def test_quotes_of_venues_of_the_research_table_are_read(tmp_path: Path) -> None:
    # Given a row of it
    header = ("DATE", "TIME_M", "EX", "BID", "BIDSIZ", "ASK", "ASKSIZ", "QU_COND", "QU_SEQNUM")
    row = ("20131008", "10:00:00", "P", "100", "3", "100.01", "2", "R", "1", "ACME", "")
    path = table(tmp_path / "q.csv", [(*header, "SYM_ROOT", "SYM_SUFFIX"), row])
    # When it is read
    # Then it is the quote
    assert rows_of(path) == [early_quote(made_ns=None)]
