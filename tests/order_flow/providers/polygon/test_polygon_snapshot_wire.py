"""Snapshots of one and of several symbols."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from support.provider_stub import NOW, NOW_NS, ticker_row

from trading_bot.order_flow.data_models import OrderBookSnapshot
from trading_bot.order_flow.errors import DataSourceError, DataValidationError
from trading_bot.order_flow.providers.polygon.snapshot_wire import (
    snapshot_from_decoded,
    snapshots_from_decoded,
)


def read(row: object, unit: Any = "shares") -> OrderBookSnapshot:
    return snapshot_from_decoded({"status": "OK", "ticker": row}, NOW_NS, unit)


def book(**changes: Any) -> OrderBookSnapshot:
    fields: dict[str, Any] = {
        "symbol": "AAPL",
        "bids": ((Decimal("120.46"), 800),),
        "asks": ((Decimal("120.47"), 400),),
        "timestamp_utc": NOW,
        "received_at_utc": NOW,
    }
    return OrderBookSnapshot(**(fields | changes))


def test_lower_case_is_the_bid_and_upper_case_the_ask() -> None:
    # Given the documented row
    # When it is read, then it is a top of book
    assert read(ticker_row()) == book()


def test_only_name_and_quote_are_needed() -> None:
    # Given a row whose other parts are absent
    row = {"ticker": "AAPL", "lastQuote": ticker_row()["lastQuote"]}
    # When it is read, then it is the same book
    assert read(row) == book()


@pytest.mark.parametrize("part", ["day", "lastTrade", "min", "prevDay", "updated"])
@pytest.mark.parametrize("content", [None, {}, "odd"])
def test_parts_that_are_not_read_may_be_anything(part: str, content: object) -> None:
    # Given a row with one part null, empty or odd
    # When it is read, then nobody minds
    assert read(ticker_row() | {part: content}) == book()


@pytest.mark.parametrize(
    ("changes", "sides"),
    [
        ({"p": 0, "s": 0}, {"bids": ()}),
        ({"P": None, "S": None}, {"asks": ()}),
        ({"p": 0, "s": 0, "P": 0, "S": 0}, {"bids": (), "asks": ()}),
        ({"s": 800.0, "S": 400.9}, {}),
        ({"t": NOW_NS // 1_000_000}, {}),
    ],
)
def test_empty_sides_and_other_number_formats_are_read(
    changes: dict[str, Any], sides: dict[str, Any]
) -> None:
    # Given a quote with an empty side or other formats
    # When it is read, then it is still a book
    assert read(ticker_row(**changes)) == book(**sides)


def test_sizes_in_round_lots_become_shares() -> None:
    # Given a provider that counts in lots
    # When its row is read, then the sizes are shares
    assert read(ticker_row(s=8, S=4), "round_lots") == book()


def test_the_ask_tells_the_round_lot_where_nobody_bids() -> None:
    # Given an offer at 300 USD without a bid
    # When it is read, then the round lot is 40
    found = read(ticker_row(p=0, s=0, P=300, S=2), "round_lots")
    assert found == book(bids=(), asks=((Decimal("300.00"), 80),))


@pytest.mark.parametrize("quote", ["absent", None])
def test_a_row_without_a_quote_is_a_plan_without_quotes(quote: str | None) -> None:
    # Given a row whose quote is absent or null
    row = ticker_row() | {"lastQuote": None}
    if quote == "absent":
        del row["lastQuote"]
    # When it is read, then the plan is named
    with pytest.raises(DataSourceError) as caught:
        read(row)
    assert caught.value.code == "plan_without_quotes"


@pytest.mark.parametrize("quote", [{}, {"P": 0, "S": 0, "p": 0, "s": 0, "t": 0}])
def test_an_empty_quote_is_no_data_yet(quote: dict[str, Any]) -> None:
    # Given a quote that was cleared for the night
    # When it is read, then there is no data
    with pytest.raises(DataSourceError) as caught:
        read(ticker_row() | {"lastQuote": quote})
    assert caught.value.code == "no_data"


@pytest.mark.parametrize("row", [None, {}, []])
def test_an_answer_without_a_ticker_is_no_data(row: object) -> None:
    # Given an answer that names nobody
    # When it is read, then there is no data
    with pytest.raises(DataSourceError) as caught:
        read(row)
    assert caught.value.code == "no_data"


@pytest.mark.parametrize(
    ("row", "code", "symbol"),
    [
        (ticker_row(p="120.46"), "malformed_snapshot", "AAPL"),
        (ticker_row() | {"ticker": 7}, "malformed_snapshot", None),
        ("AAPL", "malformed_snapshot", None),
        (ticker_row(t=12), "impossible_stamp", "AAPL"),
        (ticker_row(p=-1), "invalid_price", "AAPL"),
        (ticker_row(S=-1), "invalid_size", "AAPL"),
    ],
)
def test_an_impossible_row_is_refused(row: object, code: str, symbol: str | None) -> None:
    # Given a row that cannot be
    # When it is read, then it is refused by name
    with pytest.raises(DataValidationError) as caught:
        read(row)
    assert (caught.value.code, caught.value.symbol) == (code, symbol)


def test_a_batch_gives_each_symbol_its_own_answer() -> None:
    # Given a batch with a good row, a bad one, one nobody asked for, and one that is none
    rows = [ticker_row("GOOD"), ticker_row("BAD", p=-1), ticker_row("OTHER"), 7]
    # When it is read for three symbols
    found = snapshots_from_decoded({"tickers": rows}, ["GONE", "BAD", "GOOD"], NOW_NS, "shares")
    # Then each has its book or its error, in the order asked
    assert list(found) == ["GONE", "BAD", "GOOD"]
    assert found["GOOD"] == book(symbol="GOOD")
    codes = {symbol: getattr(entry, "code", None) for symbol, entry in found.items()}
    assert codes == {"GONE": "no_data", "BAD": "invalid_price", "GOOD": None}


def test_a_batch_without_rows_has_no_data_for_anybody() -> None:
    # Given an answer without rows
    # When it is read, then each symbol is without data
    found = snapshots_from_decoded({"status": "OK"}, ["AAPL"], NOW_NS, "shares")
    assert getattr(found["AAPL"], "code", None) == "no_data"


def test_a_batch_of_another_shape_is_refused() -> None:
    # Given rows that are no list
    # When they are read, then the whole answer is refused
    with pytest.raises(DataSourceError) as caught:
        snapshots_from_decoded({"tickers": {"AAPL": 1}}, ["AAPL"], NOW_NS, "shares")
    assert caught.value.code == "unexpected_shape"
