"""IBKR's historical ticks."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.flat_data import at
from support.form_data import prints, quotes, read, text_file

from trading_bot.recorded.recognise import format_of
from trading_bot.recorded.sources import ReadOptions

TRADES = ",time,tickAttribLast,price,size,exchange,specialConditions"
BIDS = ",time,tickAttribBidAsk,priceBid,priceAsk,sizeBid,sizeAsk"
LAST = '"TickAttribLast(pastLimit=False, unreported=False)"'
BID_ASK = '"TickAttribBidAsk(bidPastLow=False, askPastHigh=False)"'
ACME = ReadOptions(symbols=("ACME",))


def test_trades_and_quotes_of_data_frames_are_read(tmp_path: Path) -> None:
    # Given both as a data frame writes them
    trades = text_file(
        tmp_path / "t.csv",
        TRADES,
        f"0,2013-10-08 14:00:00+00:00,{LAST},19.995,100.0,ARCA,",
        f"1,2013-10-08 14:00:01+00:00,{LAST},20.0,7.0,FINRA, T I",
    )
    bids = text_file(
        tmp_path / "q.csv",
        BIDS,
        f"0,2013-10-08 14:00:00+00:00,{BID_ASK},19.99,20.01,300.0,400.0",
    )
    # When they are read for a symbol
    rows, account = read([trades, bids], ACME)
    # Then all is there, a second's quotes first, and what their stamps lack is said
    assert format_of(trades) == format_of(bids) == "polygon"
    assert prints(rows) == [(at(0), 19.995, 100, (), 0, 11), (at(1), 20.0, 7, (12, 37), 0, 4)]
    assert quotes(rows) == [(at(0), 19.99, 300, 20.01, 400)]
    assert rows[0][1] == -1
    assert account.notes == {
        "prints_stamped_with_whole_seconds": 2,
        "quotes_stamped_with_whole_seconds": 1,
    }
    assert [(unit.unit, unit.decided_by) for unit in account.units] == [("shares", "form")]


def test_sizes_that_are_round_lots_tell(tmp_path: Path) -> None:
    # Given quotes of an old version, enough to tell
    lines = [
        f"{n},2013-10-08 14:{n // 60:02}:{n % 60:02}+00:00,{BID_ASK},19.99,20.01,3,{4 + n % 9}"
        for n in range(100)
    ]
    path = text_file(tmp_path / "q.csv", BIDS, *lines)
    # When they are read
    rows, account = read([path], ACME)
    # Then they count lots
    assert quotes(rows)[0] == (at(0), 19.99, 300, 20.01, 400)
    assert [(unit.unit, unit.decided_by) for unit in account.units] == [("round_lots", "sizes")]


@pytest.mark.parametrize(
    ("stamp", "noted"),
    [
        ("1381240800", 1),
        ("1381240800000", 0),
        ("2013-10-08 14:00:00.000+00:00", 0),
    ],
)
def test_finer_stamps_are_not_called_seconds(tmp_path: Path, stamp: str, noted: int) -> None:
    # Given stamps as somebody else wrote them
    trades = text_file(tmp_path / "t.csv", TRADES, f"0,{stamp},{LAST},19.995,100.0,ARCA,")
    bids = text_file(tmp_path / "q.csv", BIDS, f"0,{stamp},{BID_ASK},19.99,20.01,300,400")
    # When they are read
    rows, account = read([trades, bids], ACME)
    # Then only whole seconds are said to be some
    assert [row[0] for row in rows] == [at(0), at(0)]
    assert account.notes["prints_stamped_with_whole_seconds"] == noted
    assert account.notes["quotes_stamped_with_whole_seconds"] == noted


@pytest.mark.parametrize("header", [TRADES, BIDS])
def test_the_symbol_is_asked_for(tmp_path: Path, header: str) -> None:
    # Given ticks, which name no symbol
    path = text_file(tmp_path / "t.csv", header)
    # When none is said
    # Then the error asks for it
    with pytest.raises(ValueError, match=r"t\.csv names no symbol; .* --symbol"):
        read([path])


def test_what_is_noted_is_noted_once_where_the_newest_row_is_first(tmp_path: Path) -> None:
    # Given trades that go back in time
    lines = [f"{n},2013-10-08 14:0{9 - n}:00+00:00,{LAST},20.0,100.0,ARCA," for n in range(10)]
    path = text_file(tmp_path / "t.csv", TRADES, *lines)
    # When they are read
    rows, account = read([path], ACME)
    # Then they are in order, and each is noted once
    assert [row[0] for row in rows] == [at(60 * n) for n in range(10)]
    assert account.notes["prints_stamped_with_whole_seconds"] == 10
