"""Alpaca's words: positions, account and trade updates, as its documents show them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from trading_bot.brokers.alpaca.wire import (
    CHANGES_NOTHING,
    Authorised,
    Listening,
    Other,
    account_in,
    authentication,
    listening,
    message_in,
    positions_in,
)
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.position import Position
from trading_bot.positions.source import AccountFound, PositionUpdate

NOW_NS = 1_773_151_200_000_000_000
ROW = {
    "asset_id": "904837e3-3b76-47ec-b432-046db621571b",
    "symbol": "ACME",
    "exchange": "NASDAQ",
    "asset_class": "us_equity",
    "avg_entry_price": "27.05",
    "qty": "1200",
    "side": "long",
    "market_value": "32460",
    "unrealized_pl": "-12.5",
}
ORDER = {"id": "61e69015", "symbol": "ACME", "asset_class": "us_equity", "side": "sell"}
FILL = {
    "event": "fill",
    "execution_id": "2f63ea93",
    "order": ORDER,
    "position_qty": "500",
    "price": "27.33",
    "qty": "700",
    "timestamp": "2026-03-10T14:00:30.123456789Z",
}
STAMP_NS = 1_773_151_230_123_456_000


def encoded(content: object) -> bytes:
    return json.dumps(content).encode()


def row(**changes: Any) -> dict[str, Any]:
    return {k: v for k, v in (ROW | changes).items() if v != "left out"}


def update(**changes: Any) -> Any:
    data = {k: v for k, v in (FILL | changes).items() if v != "left out"}
    return message_in(encoded({"stream": "trade_updates", "data": data}), NOW_NS)


def test_a_position_is_read_with_symbol_quantity_and_price() -> None:
    # Given an answer of one position; when it is read
    found = positions_in(encoded([ROW]), "/v2/positions")
    # Then three of its members count
    assert found.positions == {"ACME": Position("ACME", 1200, Decimal("27.05"))}
    assert (found.unreadable, found.left_out) == ({}, 0)


@pytest.mark.parametrize("quantity", ["200", "-200"])
def test_a_short_is_negative_with_or_without_its_sign(quantity: str) -> None:
    # Given shares that are owed; when they are read, then they are negative
    found = positions_in(encoded([row(qty=quantity, side="short")]), "/v2/positions")
    assert found.positions["ACME"].quantity == -200


def test_every_digit_of_a_fraction_is_kept() -> None:
    # Given a number with more digits than a float has; when it is read, then all are kept
    found = positions_in(encoded([row(qty="0.123456789123456789")]), "/v2/positions")
    assert found.positions["ACME"].quantity == Decimal("0.123456789123456789")


@pytest.mark.parametrize(
    "price", ["0", "0.00", 0, None, "left out", "-1", "", "?", "NaN", "1e400", True, []]
)
def test_shares_without_a_price_that_can_be_read_are_held_all_the_same(price: object) -> None:
    # Given shares that were moved in, or whose price is odd; when they are read
    found = positions_in(encoded([row(avg_entry_price=price)]), "/v2/positions")
    # Then they are held, and what was paid is not known
    assert found.positions == {"ACME": Position("ACME", 1_200, None)}
    assert found.unreadable == {}


@pytest.mark.parametrize("kind", ["us_option", "crypto"])
def test_what_is_no_stock_is_left_out_and_counted(kind: str) -> None:
    # Given an option or a coin beside a stock; when all is read
    other = row(symbol="ACME260320C00030000", asset_class=kind)
    found = positions_in(encoded([other, ROW]), "/v2/positions")
    # Then the stock alone is held
    assert (tuple(found.positions), found.left_out, found.unreadable) == (("ACME",), 1, {})


@pytest.mark.parametrize("bad", [{"qty": "many"}, {"qty": "left out"}, {"qty": "-5"}])
def test_a_row_that_cannot_be_read_is_named_and_costs_no_other(bad: dict[str, str]) -> None:
    # Given a row that cannot be read beside one that can; when all is read
    found = positions_in(encoded([row(**bad), row(symbol="BOLT")]), "/v2/positions")
    # Then it is named by its symbol
    assert tuple(found.positions) == ("BOLT",)
    assert tuple(found.unreadable) == ("ACME",)


@pytest.mark.parametrize("bad", ["ACME", row(symbol=None), row(symbol="a b"), None])
def test_a_row_without_a_symbol_is_named_by_its_place(bad: object) -> None:
    # Given a row of which nobody can say whose it is; when all is read
    found = positions_in(encoded([ROW, bad]), "/v2/positions")
    # Then its place is named, so that no position is taken for gone
    assert tuple(found.positions) == ("ACME",)
    assert tuple(found.unreadable) == ("positions[1]",)


@pytest.mark.parametrize("answer", [{}, {"positions": []}, None, "[]", 0])
def test_what_is_no_list_is_no_answer(answer: object) -> None:
    # Given an answer of another shape; when it is read, then it is refused, and is not empty
    with pytest.raises(DataSourceError, match="is not a list of positions") as caught:
        positions_in(encoded(answer), "/v2/positions")
    assert caught.value.code == "unexpected_shape"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[{", b"[" * 5_000])
def test_what_is_no_json_is_no_answer(body: bytes) -> None:
    # Given a body that cannot be decoded; when it is read, then it is refused
    with pytest.raises(DataSourceError):
        positions_in(body, "/v2/positions")


def test_an_account_shows_the_end_of_its_number_alone() -> None:
    # Given an account that is well; when it is read
    answer = encoded({"account_number": "PA3X9K7LQ2", "status": "ACTIVE"})
    # Then its whole number is for the comparison, and the rest may be shown
    assert account_in(answer, "/v2/account") == ("PA3X9K7LQ2", AccountFound("...7LQ2"))


def test_what_is_the_matter_with_an_account_is_said() -> None:
    # Given an account that is neither active nor free; when it is read
    fields = {"account_number": "PA3X9K7LQ2", "status": "SUBMITTED", "trading_blocked": True}
    _, found = account_in(encoded(fields), "/v2/account")
    # Then both are said
    assert found.words == "its status is SUBMITTED, trading_blocked"


@pytest.mark.parametrize("answer", [[], {}, {"account_number": ""}, {"account_number": 12}])
def test_an_account_without_a_number_is_none(answer: object) -> None:
    # Given an answer without a number; when it is read, then it is refused
    with pytest.raises(DataSourceError, match="is not an account with its number"):
        account_in(encoded(answer), "/v2/account")


def test_the_stream_is_asked_in_the_documented_words() -> None:
    # Given key and secret; when the two messages are made, then they read as documented
    assert json.loads(authentication("K", "S")) == {
        "action": "authenticate",
        "data": {"key_id": "K", "secret_key": "S"},
    }
    assert json.loads(listening()) == {"action": "listen", "data": {"streams": ["trade_updates"]}}


@pytest.mark.parametrize(("status", "is_let_in"), [("authorized", True), ("unauthorized", False)])
def test_the_stream_says_whether_a_key_is_let_in(status: str, is_let_in: bool) -> None:
    # Given its answer; when it is read, then it is one of both
    data = {"action": "authenticate", "status": status}
    found = message_in(encoded({"stream": "authorization", "data": data}), NOW_NS)
    assert found == Authorised(is_let_in)


@pytest.mark.parametrize(
    ("streams", "has_updates"), [(["trade_updates"], True), ([], False), (None, False)]
)
def test_the_stream_says_what_it_sends(streams: object, has_updates: bool) -> None:
    # Given its answer; when it is read, then trade updates are among it or not
    data = {"streams": streams}
    found = message_in(encoded({"stream": "listening", "data": data}), NOW_NS)
    assert found == Listening(has_updates)


@pytest.mark.parametrize("event", ["fill", "partial_fill"])
def test_a_fill_says_what_is_held_after_it(event: str) -> None:
    # Given a fill of all or of a part; when it is read
    # Then quantity, time and price are known
    assert update(event=event) == PositionUpdate("ACME", Decimal(500), STAMP_NS, Decimal("27.33"))


@pytest.mark.parametrize("quantity", ["left out", None, "many"])
def test_a_fill_without_a_quantity_lets_all_be_read_anew(quantity: object) -> None:
    # Given a fill that does not say what is held; when it is read, then nothing is guessed
    found = update(position_qty=quantity)
    assert (found.symbol, found.quantity) == ("ACME", None)


@pytest.mark.parametrize("stamp", ["left out", None, "soon", 12, "2026-03-10T14:00:30+99:99"])
def test_a_fill_without_a_time_is_of_the_present(stamp: object) -> None:
    # Given a fill without a time that can be read; when it is read, then it is of now
    assert update(timestamp=stamp).at_ns == NOW_NS


@pytest.mark.parametrize("price", ["left out", None, "0", "-1", "?"])
def test_a_fill_without_a_price_has_none(price: object) -> None:
    # Given a fill without a price above nothing; when it is read, then it has none
    assert update(price=price).price is None


@pytest.mark.parametrize("event", sorted(CHANGES_NOTHING))
def test_an_order_that_is_not_filled_changes_nothing(event: str) -> None:
    # Given any other news of an order; when it is read, then it says nothing of a position
    assert update(event=event) == Other()


@pytest.mark.parametrize("event", ["liquidated", None, ["fill"], {}])
def test_an_unknown_event_lets_all_be_read_anew(event: object) -> None:
    # Given an event that nobody knows; when it is read, then its quantity is not believed
    assert update(event=event).quantity is None


@pytest.mark.parametrize("order", ["left out", None, {}, {"symbol": 7}])
def test_a_fill_of_nobody_knows_what_lets_all_be_read_anew(order: object) -> None:
    # Given a fill without a symbol; when it is read, then something has changed
    assert update(order=order) == PositionUpdate("", None, 0)


def test_a_fill_of_what_is_no_stock_says_nothing() -> None:
    # Given a fill of a coin; when it is read, then no stock has changed
    assert update(order=ORDER | {"asset_class": "crypto"}) == Other()


def test_a_message_of_another_stream_says_nothing() -> None:
    # Given what was not asked for; when it is read, then it is passed over
    assert message_in(encoded({"stream": "account_updates", "data": {}}), NOW_NS) == Other()


@pytest.mark.parametrize("message", [[], {}, {"stream": "listening"}, {"data": []}])
def test_a_message_of_another_shape_is_refused(message: object) -> None:
    # Given what is no message; when it is read, then it is refused
    with pytest.raises(DataSourceError, match="is not an object with stream and data"):
        message_in(encoded(message), NOW_NS)
