"""How LOBSTER's files are laid out."""

from __future__ import annotations

import pytest

from trading_bot.recorded.lobster.columns import Columns, columns_of


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        ("34200.5,1,16,18,5853300,1", Columns("message")),
        ("34200.5,1,16,18,5853300,1,null", Columns("message")),
        ("34200.5,1,16,18,5853300,1,DBKS", Columns("message")),
        ("5859400,200,5853300,18", Columns("orderbook")),
        (",".join(["5859400,200,5853300,18"] * 50), Columns("orderbook")),
        ("Time,Type,OrderID,Size,Price,Direction", Columns("message", (), has_header=True)),
        ("time,event_type,order id,size,price,direction,mpid", Columns("message", (), True)),
        (
            ",Time,Event Type,Order ID,Size,Price,Direction",
            Columns("message", (1, 2, 3, 4, 5, 6), has_header=True),
        ),
        (
            "price,size,direction,type,order_id,timestamp",
            Columns("message", (5, 3, 4, 1, 0, 2), has_header=True),
        ),
        ("0,1,2,3,4,5", Columns("message", (), has_header=True)),
        (",0,1,2,3,4,5,6", Columns("message", (1, 2, 3, 4, 5, 6), has_header=True)),
        ("0,1,2,3", Columns("orderbook", (), has_header=True)),
        ("Ask Price 1,Ask Size 1,Bid Price 1,Bid Size 1", Columns("orderbook", (), True)),
        ("ask_px_00,ask_sz_00,bid_px_00,bid_sz_00", Columns("orderbook", (), True)),
        (
            ",BidPrice2,BidSize2,AskPrice2,AskSize2,BidPrice1,BidSize1,AskPrice1,AskSize1",
            Columns("orderbook", (7, 8, 5, 6, 3, 4, 1, 2), has_header=True),
        ),
        ("ask_price,ask_size,bid_price,bid_size", Columns("orderbook", (), has_header=True)),
    ],
)
def test_the_first_line_tells_the_layout(line: str, columns: Columns) -> None:
    # Given the first line of a file
    # When it is looked at
    # Then kind, order and header are known
    assert columns_of(f"{line}\n") == columns


@pytest.mark.parametrize(
    "line",
    [
        "",
        "hello",
        "1,2,3",
        "1,2,3,4,5",
        "0",
        "34200.5,1,16,18,x,1",
        "1,2,3,x",
        "0,1,2",
        "time,type,order_id,size,price",
        "ask_1,ask_size_1,bid_1,bid_size_1",
        "ask_price_1,ask_price_1,bid_price_1,bid_size_1",
        "ask_price_1,ask_size_1,bid_price_1",
        "ask_price_1,ask_size_1,bid_price_2,bid_size_2",
        "time,ask_price_1,ask_size_1,bid_price_1,bid_size_1",
    ],
)
def test_anything_else_is_none_of_both(line: str) -> None:
    # Given the first line of another file
    # When it is looked at
    # Then nothing is guessed
    assert columns_of(line) is None


def test_rows_come_in_the_order_of_lobster() -> None:
    # Given a table with an index and another order, a row of which is short
    columns = Columns("orderbook", (3, 4, 1, 2), has_header=True)
    # When its rows are read
    rows = list(columns.rows(["header\n", "0,1,2,3,4\n", "1,1,2\r\n"]))
    # Then they stand as they should, and what is missing stays so
    assert rows == ["3,4,1,2", "1,2"]


def test_rows_in_order_are_left_as_they_are() -> None:
    # Given a table as LOBSTER writes it
    # When its rows are read
    # Then nothing is changed
    assert list(Columns("message").rows(["a\n", "b"])) == ["a\n", "b"]
