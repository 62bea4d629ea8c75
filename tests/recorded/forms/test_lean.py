"""Lean's tick files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from support.flat_data import at
from support.form_data import prints, quotes, read, text_file, zip_file

from trading_bot.recorded.account import KindAccount
from trading_bot.recorded.forms.lean import price_of
from trading_bot.recorded.recognise import common_format, files_in, format_of
from trading_bot.recorded.rows import SYMBOL
from trading_bot.recorded.sources import ReadOptions

TEN = 36_000_000
"""Ten in the morning, in milliseconds since midnight."""
DAY = date(2013, 10, 8)


def test_the_zips_of_a_day_are_trades_and_quotes(tmp_path: Path) -> None:
    # Given a day as Lean keeps it
    folder = tmp_path / "acme"
    folder.mkdir()
    zip_file(
        folder / "20131008_trade.zip",
        **{"20131008_acme_Trade_Tick": [f"{TEN + 1},138123,100,P,20000020,0"]},
    )
    zip_file(
        folder / "20131008_quote.zip",
        **{"20131008_acme_Quote_Tick": [f"{TEN},138100,300,138200,400,Q,1,0"]},
    )
    # When its folder is read
    paths = files_in([folder])
    rows, account = read(paths)
    # Then stamps, dollars and shares are exact, and the file's name tells whose and when
    assert common_format(paths) == "polygon"
    assert prints(rows) == [(at(0.001), 13.8123, 100, (14, 41), 0, 11)]
    assert quotes(rows) == [(at(0), 13.81, 300, 13.82, 400)]
    assert {row[SYMBOL] for row in rows} == {"ACME"}
    assert [unit.sentence.partition(": ")[2] for unit in account.units] == [
        "shares, as files of this form count"
    ]


def test_a_side_that_a_quote_does_not_state_stays_as_it_was(tmp_path: Path) -> None:
    # Given quotes of one side each, one of them suspicious, one unreadable
    path = text_file(
        tmp_path / "20131008_acme_Quote_Tick.csv",
        f"{TEN},138100,300,0,0,Q,1,0",
        f"{TEN + 1},0,0,138200,400,N,1,0",
        f"{TEN + 2},999999,5,0,0,N,1,1",
        f"{TEN + 3},x,5,0,0,N,1,0",
        f"{TEN + 4},138300,5,,,N,1,0",
    )
    # When they are read
    rows, account = read([path])
    # Then each row is the best of both sides
    assert quotes(rows) == [
        (at(0), 13.81, 300, 0, 0),
        (at(0.001), 13.81, 300, 13.82, 400),
        (at(0.002), 13.81, 300, 13.82, 400),
        (at(0.004), 13.83, 5, 13.82, 400),
    ]
    assert account.notes["suspicious_quotes_taken_for_no_change"] == 1
    assert account.quotes == KindAccount(5, account.quotes.refused)
    assert account.quotes.refused == {("bid_price", "malformed"): 1}


def test_a_suspicious_print_is_an_error_of_the_tape(tmp_path: Path) -> None:
    # Given a print that Lean leaves out
    path = text_file(tmp_path / "20131008_acme_Trade_Tick.csv", f"{TEN},138123,100,D,1,1")
    # When it is read
    rows, _ = read([path])
    # Then its correction says so
    assert prints(rows) == [(at(0), 13.8123, 100, (), 7, 4)]


def test_a_file_of_any_name_needs_symbol_and_day(tmp_path: Path) -> None:
    # Given ticks under a name that tells nothing
    trades = text_file(tmp_path / "t.csv", f"{TEN},138123,100,P,1,0", f"{TEN + 1},1,100,P,1,0")
    bids = text_file(tmp_path / "q.csv", f"{TEN},138100,300,138200,400,Q,1,0")
    # When symbol and day are said, and when they are not
    rows, _ = read([trades, bids], ReadOptions(symbols=("ACME",), day=DAY))
    # Then they count, or are asked for
    assert format_of(trades) == format_of(bids) == "polygon"
    assert [row[:4] for row in rows] == [
        (at(0), -1, 0, "ACME"),
        (at(0), 0, 0, "ACME"),
        (at(0.001), 0, 0, "ACME"),
    ]
    for options in (ReadOptions(), ReadOptions(symbols=("ACME",)), ReadOptions(day=DAY)):
        with pytest.raises(ValueError, match=r"t\.csv is not named as Lean .*--symbol.*--day"):
            read([trades], options)


def test_times_below_a_millisecond_are_exact_and_others_refused(tmp_path: Path) -> None:
    # Given a time with decimals, and one that is none
    path = text_file(
        tmp_path / "20131008_acme_Trade_Tick.csv",
        f"{TEN}.1234,138123,100,P,1,0",
        "noon,138123,100,P,1,0",
        "nan,138123,100,P,1,0",
    )
    # When they are read
    rows, account = read([path])
    # Then the one is there to the nanosecond, and the others are counted
    assert [row[0] for row in rows] == [at(0) + 123_400]
    assert account.trades.refused == {
        ("sip_timestamp", "malformed"): 1,
        ("sip_timestamp", "no_stamp"): 1,
    }


@pytest.mark.parametrize("name", ["20131008_spy_second_quote", "20131008_spy_minute_trade"])
def test_bars_are_told_that_they_hold_no_trades(tmp_path: Path, name: str) -> None:
    # Given bars of Lean
    path = zip_file(tmp_path / "20131008_trade.zip", **{name: ["0,1,2,3,4,5"]})
    # When they are read
    # Then the error says what they are and what to get
    with pytest.raises(ValueError, match=rf"{name}\.csv holds Lean's bars: .*no trades; get"):
        read([path])


@pytest.mark.parametrize(
    ("text", "dollars"),
    [("138123", "13.8123"), ("1", "0.0001"), ("138123.5", "13.81235"), ("0", "0.0000"), ("x", "x")],
)
def test_prices_are_exact(text: str, dollars: str) -> None:
    # Given ten-thousandths of a dollar
    # When they are read
    # Then they are dollars, digit by digit
    assert price_of(text) == dollars


def test_another_market_under_such_a_name_is_none(tmp_path: Path) -> None:
    # Given ticks of another kind of asset, which have other columns
    path = text_file(tmp_path / "20131008_btcusd_Trade_Tick.csv", f"{TEN},138.12,0.5")
    # When it is looked at
    # Then it is not taken for shares
    with pytest.raises(ValueError, match="neither a table"):
        format_of(path)


@pytest.mark.parametrize(
    "line",
    [
        "36000000,138123,100,P,1,2",
        "36000000,138123,100,P,one,0",
        "36000000,138123,100,PX,1,0",
        "noon,138123,100,P,1,0",
        "36000000,138123,100,P,1",
    ],
)
def test_other_numbers_are_no_ticks(tmp_path: Path, line: str) -> None:
    # Given a file that is nearly one of Lean's
    path = text_file(tmp_path / "t.csv", line)
    # When it is looked at
    # Then it is not taken for one
    with pytest.raises(ValueError, match="neither a table"):
        format_of(path)
