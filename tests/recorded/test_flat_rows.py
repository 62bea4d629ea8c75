"""Rows of flat files, read one by one."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.account_values import left_out
from support.flat_data import (
    QUOTES_HEADER,
    TRADES_HEADER,
    at,
    quote_line,
    quote_row,
    trade_line,
    trade_row,
)

from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.providers.polygon.units import QuoteSizeUnit
from trading_bot.recorded.account import KindAccount
from trading_bot.recorded.cells import UNREADABLE_CODE
from trading_bot.recorded.flat_columns import BlockReader
from trading_bot.recorded.flat_layout import SHARES_SINCE_NS, Layout
from trading_bot.recorded.flat_rows import RowReader
from trading_bot.recorded.rows import Row


def read(
    header: str, *lines: str, unit: QuoteSizeUnit | None = None
) -> tuple[list[Row], dict[str, int]]:
    account = KindAccount()
    reader = RowReader(Layout(header), unit, account, Counter())
    rows = reader.rows("\n".join(lines) + "\n", range(2, 2 + len(lines)))
    return rows, left_out(account)


def read_cells(header: str, *lines: str) -> tuple[list[Row], dict[str, int]]:
    account = KindAccount()
    notes: Counter[str] = Counter()
    rows = RowReader(Layout(header), None, account, notes).rows(
        "\n".join(lines) + "\n", range(2, 2 + len(lines))
    )
    assert not left_out(account)
    return rows, dict(notes)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sip_timestamp": ""}, "no_stamp"),
        ({"sip_timestamp": "17"}, "impossible_stamp"),
        ({"sip_timestamp": "noon"}, "malformed"),
        ({"sip_timestamp": "1.3812408e+18"}, "imprecise_stamp"),
        ({"sip_timestamp": "2013-10-08T14:00:00"}, "stamp_without_zone"),
        ({"price": ""}, "impossible_price"),
        ({"price": "-1"}, "impossible_price"),
        ({"price": "cheap"}, "malformed"),
        ({"size": "0"}, "impossible_size"),
        ({"size": "-5"}, "impossible_size"),
        ({"size": "many"}, "malformed"),
        ({"size": ""}, "impossible_size"),
        ({"size": "0.0000001"}, "impossible_size"),
        ({"ticker": ""}, "malformed"),
        ({"id": "one,more"}, "malformed"),
    ],
)
def test_an_unusable_trade_is_counted_by_its_reason(changes: dict[str, Any], reason: str) -> None:
    # Given an unusable row between two good ones
    lines = (trade_line(0), trade_line(1, **changes), trade_line(2))
    # When they are read
    found = read(TRADES_HEADER, *lines)
    # Then the good ones keep their places and the other is counted
    assert found == ([trade_row(0), trade_row(2, place=4)], {reason: 1})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sip_timestamp": ""}, "no_stamp"),
        ({"bid_price": "-1"}, "impossible_price"),
        ({"ask_size": "-1"}, "impossible_size"),
        ({"ask_price": "dear"}, "malformed"),
        ({"bid_size": "many"}, "malformed"),
        ({"ticker": ""}, "malformed"),
    ],
)
def test_an_unusable_quote_is_counted_by_its_reason(changes: dict[str, Any], reason: str) -> None:
    # Given an unusable row
    # When it is read
    found = read(QUOTES_HEADER, quote_line(0, **changes))
    # Then it is counted
    assert found == ([], {reason: 1})


@pytest.mark.parametrize("nothing", ["", "0", "0.0"])
def test_a_side_where_nobody_stands_is_zero(nothing: str) -> None:
    # Given a quote without a bid
    line = quote_line(bid_price=nothing, bid_size=nothing)
    # When it is read
    found = read(QUOTES_HEADER, line)
    # Then that side has neither price nor size
    assert found == ([quote_row(bid=0, bid_size=0)], {})


@pytest.mark.parametrize(("price", "lot"), [("250", 100), ("250.01", 40), ("1000.5", 10)])
def test_round_lots_after_the_change_follow_the_price(price: str, lot: int) -> None:
    # Given a quote of 3 round lots after the change of units
    line = quote_line(
        bid_price=price,
        ask_price=price,
        sip_timestamp=SHARES_SINCE_NS,
        participant_timestamp=SHARES_SINCE_NS,
    )
    # When it is read as round lots
    ((row,), _) = read(QUOTES_HEADER, line, unit="round_lots")
    # Then the price tells how many shares a lot has
    assert row[6] == 3 * lot * UNITS_PER_SHARE


def test_stamps_in_milliseconds_are_known_by_their_size() -> None:
    # Given a row with stamps in milliseconds and no participant stamp
    line = trade_line(sip_timestamp=at(0) // 1_000_000, participant_timestamp="")
    # When it is read
    found = read(TRADES_HEADER, line)
    # Then they are nanoseconds
    assert found == ([trade_row(made_ns=None)], {})


def test_an_empty_line_is_malformed() -> None:
    # Given an empty line
    # When it is read
    found = read(TRADES_HEADER, "", trade_line(0))
    # Then it is counted, and the next keeps its place
    assert found == ([trade_row(place=3)], {"malformed": 1})


@pytest.mark.parametrize(
    ("column", "text", "meaning"),
    [
        ("sequence_number", "x", {"sequence": 0}),
        ("conditions", "@ I", {"conditions": (UNREADABLE_CODE,)}),
        ("correction", "x", {"correction": UNREADABLE_CODE}),
        ("exchange", "V", {"exchange": 0}),
        ("trf_id", "x", {"trf_id": 0}),
        ("participant_timestamp", "1.3812408e+18", {"made_ns": None}),
    ],
)
def test_a_qualifier_that_cannot_be_read_costs_its_meaning_and_not_its_print(
    column: str, text: str, meaning: dict[str, Any]
) -> None:
    # Given a print with one cell that says nothing
    # When it is read
    found = read_cells(TRADES_HEADER, trade_line(0, **{column: text}))
    # Then all else is there, and the column is counted
    assert found == ([trade_row(**meaning)], {f"unreadable_{column}": 1})


def test_a_quote_counts_without_the_stamp_and_number_that_cannot_be_read() -> None:
    # Given a quote with two cells that say nothing
    # When it is read
    found = read_cells(QUOTES_HEADER, quote_line(participant_timestamp="?", sequence_number="?"))
    # Then its sides are there, and the columns are counted
    unread = {"unreadable_participant_timestamp": 1, "unreadable_sequence_number": 1}
    assert found == ([quote_row(made_ns=None, sequence=0)], unread)


def test_a_fraction_of_a_share_is_kept() -> None:
    # Given prints of less than one share, and of more
    lines = (trade_line(size="0.4"), trade_line(size="100.750000"))
    # When they are read
    rows, _ = read(TRADES_HEADER, *lines)
    # Then their sizes are millionths of a share
    assert [row[6] for row in rows] == [400_000, 100_750_000]


def test_a_cell_without_end_is_malformed() -> None:
    # Given a line whose quotation mark is not closed, longer than any cell
    line = trade_line(id='"' + "x" * 200_000)
    # When it is read
    found = read(TRADES_HEADER, line, trade_line(0))
    # Then it costs itself
    assert found == ([trade_row(place=3)], {"malformed": 1})


def test_a_header_that_comes_again_is_no_row_and_tells_where_the_columns_are() -> None:
    # Given a file behind another one, with its columns in another order
    lines = (trade_line(0), "size,sip_timestamp,ticker,price", f"100,{at(1)},ACME,100.0000")
    account = KindAccount()
    reader = RowReader(Layout(TRADES_HEADER), None, account, Counter())
    # When both are read
    rows = reader.rows("\n".join(lines) + "\n", range(2, 2 + len(lines)))
    # Then all rows are there, and the header is counted apart
    second = trade_row(1, place=4, sequence=0, exchange=0, made_ns=None, trade_id="")
    assert (rows, reader.headers, left_out(account)) == ([trade_row(0), second], 1, {})


def test_a_header_of_the_other_kind_is_malformed() -> None:
    # Given the header of quotes among trades
    # When it is read
    found = read(TRADES_HEADER, QUOTES_HEADER, trade_line(0))
    # Then it is left out, and trades go on
    assert found == ([trade_row(place=3)], {"malformed": 1})


def test_rows_without_a_ticker_are_of_the_symbol_that_is_told() -> None:
    # Given a file of trades and one of quotes without tickers
    headers = ("sip_timestamp,price,size", "sip_timestamp,bid,bid_size,ask,ask_size")
    lines = (f"{at(0)},100.0000,100", f"{at(0)},100.0000,3,100.0100,2")
    # When they are read as one symbol's
    rows = [
        RowReader(Layout(header, "BOLT"), None, KindAccount(), Counter()).rows(line, range(2, 3))[0]
        for header, line in zip(headers, lines, strict=True)
    ]
    # Then the rows are of it
    assert [row[3] for row in rows] == ["BOLT", "BOLT"]


def test_a_file_with_few_columns_leaves_the_rest_unknown() -> None:
    # Given only the columns that are needed
    # When a row is read
    found = read("sip_timestamp,price,size,ticker", f"{at(0)},100.0000,100,ACME")
    # Then what is missing is unknown
    assert found == ([trade_row(sequence=0, exchange=0, made_ns=None, trade_id="")], {})


prices = st.decimals(min_value="0.0001", max_value="9999.9999", places=4)
trade_lines = st.builds(
    lambda second, price, size, conditions: trade_line(
        second, price=price, size=size, conditions=conditions
    ),
    st.integers(0, 1_000),
    prices,
    st.integers(1, 10_000_000),
    st.sampled_from(["", "12", '"14,41"', '"14,37,41"']),
)
quote_lines = st.builds(
    lambda second, bid, ask, size: quote_line(
        second, bid_price=bid, ask_price=ask, bid_size=size, ask_size=size
    ),
    st.integers(0, 1_000),
    prices,
    prices,
    st.integers(1, 100_000),
)


@given(st.lists(trade_lines, min_size=1, max_size=20))
def test_both_readers_see_the_same_trades(lines: list[str]) -> None:
    # Given any regular rows
    text = "\n".join(lines) + "\n"
    layout = Layout(TRADES_HEADER)
    # When one reader goes by columns and the other row by row
    by_columns = BlockReader(layout, None, Counter()).read(text, range(2, 2 + len(lines))).rows
    by_rows = RowReader(layout, None, KindAccount(), Counter()).rows(text, range(2, 2 + len(lines)))
    # Then they agree
    assert by_columns == by_rows


@given(st.lists(quote_lines, min_size=1, max_size=20))
def test_both_readers_see_the_same_quotes(lines: list[str]) -> None:
    # Given any regular rows
    text = "\n".join(lines) + "\n"
    layout = Layout(QUOTES_HEADER)
    # When one reader goes by columns and the other row by row
    by_columns = BlockReader(layout, None, Counter()).read(text, range(2, 2 + len(lines))).rows
    by_rows = RowReader(layout, None, KindAccount(), Counter()).rows(text, range(2, 2 + len(lines)))
    # Then they agree
    assert by_columns == by_rows


@given(
    st.lists(
        st.builds(
            lambda second, column, text: trade_line(second, **{column: text}),
            st.integers(0, 1_000),
            st.sampled_from(("conditions", "correction", "exchange", "trf_id", "sequence_number")),
            st.sampled_from(("", " 7", "7.0", "N", "T I", "x;y", "-1", "nan")),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_both_readers_leave_out_the_same_qualifiers(lines: list[str]) -> None:
    # Given rows whose qualifiers may be unreadable
    text = "\n".join(lines) + "\n"
    layout = Layout(TRADES_HEADER)
    noted: tuple[Counter[str], Counter[str]] = Counter(), Counter()
    # When one reader goes by columns and the other row by row
    by_columns = BlockReader(layout, None, noted[0]).read(text, range(2, 2 + len(lines))).rows
    by_rows = RowReader(layout, None, KindAccount(), noted[1]).rows(text, range(2, 2 + len(lines)))
    # Then they agree on rows and counts
    assert by_columns == by_rows
    assert noted[0] == noted[1]
