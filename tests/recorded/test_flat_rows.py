"""Rows of flat files, read one by one."""

from __future__ import annotations

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
from trading_bot.recorded.flat_columns import BlockReader
from trading_bot.recorded.flat_layout import SHARES_SINCE_NS, Layout
from trading_bot.recorded.flat_rows import RowReader
from trading_bot.recorded.rows import Row


def read(
    header: str, *lines: str, unit: QuoteSizeUnit | None = None
) -> tuple[list[Row], dict[str, int]]:
    account = KindAccount()
    rows = RowReader(Layout(header), unit, account).rows("\n".join(lines) + "\n", 2)
    return rows, left_out(account)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sip_timestamp": ""}, "no_stamp"),
        ({"sip_timestamp": "17"}, "impossible_stamp"),
        ({"sip_timestamp": "noon"}, "malformed"),
        ({"price": ""}, "impossible_price"),
        ({"price": "-1"}, "impossible_price"),
        ({"price": "cheap"}, "malformed"),
        ({"size": "0"}, "impossible_size"),
        ({"size": "-5"}, "impossible_size"),
        ({"size": "0.4"}, "below_one_share"),
        ({"ticker": ""}, "malformed"),
        ({"conditions": "x"}, "malformed"),
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
    by_columns = BlockReader(layout, None).read(text, 2, len(lines)).rows
    by_rows = RowReader(layout, None, KindAccount()).rows(text, 2)
    # Then they agree
    assert by_columns == by_rows


@given(st.lists(quote_lines, min_size=1, max_size=20))
def test_both_readers_see_the_same_quotes(lines: list[str]) -> None:
    # Given any regular rows
    text = "\n".join(lines) + "\n"
    layout = Layout(QUOTES_HEADER)
    # When one reader goes by columns and the other row by row
    by_columns = BlockReader(layout, None).read(text, 2, len(lines)).rows
    by_rows = RowReader(layout, None, KindAccount()).rows(text, 2)
    # Then they agree
    assert by_columns == by_rows
