"""Snapshots of one and of several symbols."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from support.provider_stub import NOW, NOW_NS, ticker_row

from trading_bot.order_flow.data_models import OrderBookSnapshot
from trading_bot.order_flow.errors import DataSourceError, DataValidationError
from trading_bot.order_flow.market.newest import BestPrices, NewestKnown
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.providers.polygon.snapshot_wire import (
    newest_from_body,
    snapshot_from_decoded,
    snapshots_from_body,
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


def test_a_row_of_a_batch_beyond_all_bounds_costs_its_symbol_only() -> None:
    # Given a batch with a price that is no number, a row that is none, and a good row
    bad = b'{"ticker":"BAD","lastQuote":{"p":1e400,"t":1}}'
    good = json.dumps(ticker_row("GOOD")).encode()
    body = b'{"status":"OK","tickers":[%s,1e400,%s]}' % (bad, good)
    # When it is read
    found = snapshots_from_body(body, ["BAD", "GOOD"], NOW_NS, "shares")
    # Then the one symbol has its book and the other its error
    assert found["GOOD"] == book(symbol="GOOD")
    assert getattr(found["BAD"], "code", None) == "malformed_snapshot"


# The newest of each symbol

ASKED_NS = NOW_NS + 5
PRICES = BestPrices(NOW_NS, 120_460_000, 120_470_000)
KNOWN = NewestKnown(ASKED_NS, NOW_NS, 236 * UNITS_PER_SHARE, PRICES, 28_724_441)


def newest(**changes: Any) -> NewestKnown:
    body = json.dumps({"status": "OK", "tickers": [ticker_row() | changes]}).encode()
    return newest_from_body(body, ["AAPL"], ASKED_NS)["AAPL"]


def test_a_snapshot_names_the_newest_print_and_quote_and_the_days_volume() -> None:
    # Given the documented row
    # When its newest is read, then all of it is there
    assert newest() == KNOWN


@pytest.mark.parametrize("odd", [None, {}, "odd", [], {"t": "soon", "av": "much"}, {"t": 0}])
@pytest.mark.parametrize(
    ("part", "left"),
    [
        ("lastTrade", NewestKnown(ASKED_NS, quote=PRICES, day_shares=28_724_441)),
        ("lastQuote", NewestKnown(ASKED_NS, NOW_NS, 236 * UNITS_PER_SHARE, None, 28_724_441)),
        ("min", NewestKnown(ASKED_NS, NOW_NS, 236 * UNITS_PER_SHARE, PRICES)),
    ],
)
def test_an_odd_part_of_a_snapshot_costs_itself(part: str, left: NewestKnown, odd: object) -> None:
    # Given a row one part of which is null, empty or odd
    # When its newest is read, then the other parts are there
    assert newest(**{part: odd}) == left


def test_a_part_that_is_missing_is_unknown() -> None:
    # Given a row of nothing but a name
    body = b'{"status":"OK","tickers":[{"ticker":"AAPL"}]}'
    # When its newest is read, then nothing is known of it
    assert newest_from_body(body, ["AAPL"], ASKED_NS) == {"AAPL": NewestKnown(ASKED_NS)}


@pytest.mark.parametrize(
    ("trade", "units"),
    [
        ({"s": 7.0}, 7_000_000),
        ({"s": 7, "ds": "7.25"}, 7_250_000),
        ({"s": 0, "ds": "0.25"}, 250_000),
        ({"ds": "7.25"}, 7_250_000),
        ({}, UNITS_PER_SHARE),
    ],
)
def test_the_size_of_the_newest_print_is_read_as_on_the_tape(
    trade: dict[str, Any], units: int
) -> None:
    # Given a print whose size is written in some way, or not at all
    found = newest(lastTrade={"t": NOW_NS // 1_000_000, **trade})
    # When it is read, then its stamp and size are known
    assert (found.trade_ns, found.trade_size) == (NOW_NS, units)


@pytest.mark.parametrize("size", [-1, 1e11])
def test_a_newest_print_of_an_impossible_size_is_none(size: float) -> None:
    # Given a print that cannot be
    # When the newest is read, then there is none
    assert newest(lastTrade={"t": NOW_NS, "s": size}).trade_ns is None


@pytest.mark.parametrize(
    ("quote", "prices"),
    [
        ({"p": 0, "s": 0, "P": 120.47, "S": 4}, BestPrices(NOW_NS, 0, 120_470_000)),
        ({"p": 120.46, "s": 8, "P": 0, "S": 0}, BestPrices(NOW_NS, 120_460_000, 0)),
        ({"p": -1, "s": 8, "P": 0, "S": 0}, None),
    ],
)
def test_a_side_of_the_newest_quote_may_be_empty_and_not_impossible(
    quote: dict[str, Any], prices: BestPrices | None
) -> None:
    # Given a quote with an empty or impossible side
    # When it is read, then it stands for what it is
    assert newest(lastQuote={"t": NOW_NS, **quote}).quote == prices


@pytest.mark.parametrize(("volume", "shares"), [(-1, None), (0, 0), (7.9, 7)])
def test_the_days_volume_is_whole_shares(volume: float, shares: int | None) -> None:
    # Given some volume
    # When it is read, then it is whole shares, or unknown
    assert newest(min={"av": volume}).day_shares == shares


def test_rows_that_nobody_asked_for_or_that_are_none_are_passed_over() -> None:
    # Given a batch of other rows
    rows = [ticker_row("OTHER"), {"ticker": 7}, {"ticker": None}, 7, None]
    body = json.dumps({"tickers": rows}).encode()
    # When it is read, then nothing is known
    assert newest_from_body(body, ["AAPL"], ASKED_NS) == {}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<html>", "not_json"),
        (b"[]", "unexpected_shape"),
        (b'{"tickers": 7}', "unexpected_shape"),
        (b'{"status": "DELAYED", "tickers": []}', "delayed_plan"),
    ],
)
def test_a_batch_whose_shape_or_status_is_wrong_says_nothing_of_the_newest(
    body: bytes, code: str
) -> None:
    # Given an answer of another shape, or with a status that refuses
    # When it is read, then it is refused by name
    with pytest.raises(DataSourceError) as caught:
        newest_from_body(body, ["AAPL"], ASKED_NS)
    assert caught.value.code == code
