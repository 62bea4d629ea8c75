"""Bars, which hold no trades."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.form_data import read, text_file

from trading_bot.recorded.recognise import format_of


@pytest.mark.parametrize(
    "line",
    [
        "ticker,volume,open,close,high,low,window_start,transactions",
        "Datetime,Open,High,Low,Close,Adj Close,Volume",
        ",date,open,high,low,close,volume,average,barCount",
        "t,o,h,l,c,v,n,vw",
        "symbol;timestamp;OPEN;HIGH;LOW;CLOSE;VOLUME",
        "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol",
        "10/08/2013,10:00,20,21,19,20.5,1000",
        "2013-10-08 10:00:00,20,21,19,20.5,1000",
        "2013-10-08,20,20,20,20,0",
    ],
)
def test_bars_are_told_that_they_hold_no_trades(tmp_path: Path, line: str) -> None:
    # Given a file of bars
    path = text_file(tmp_path / "bars.csv", line)
    # When it is looked at and read
    # Then it is known, and the error says what it is and what to get
    assert format_of(path) == "polygon"
    with pytest.raises(ValueError, match=r"bars\.csv holds bars of open, .* hold no trades; .*get"):
        read([path])


@pytest.mark.parametrize(
    "line",
    [
        "2013-10-08,20,19,18,20.5,1000",
        "2013-10-08,20,21,19,20.5,-1",
        "2013-10-08,20,21,0,20.5,5",
        "2013-10-08,20,21,x,20.5,5",
        "hello,20,21,19,20.5,1000",
        "2013-10-08,20,21,19,20.5",
    ],
)
def test_other_rows_are_no_bars(tmp_path: Path, line: str) -> None:
    # Given a first line that is nearly a bar
    path = text_file(tmp_path / "bars.csv", line)
    # When it is looked at
    # Then it is not taken for one
    with pytest.raises(ValueError, match="neither a table"):
        format_of(path)
