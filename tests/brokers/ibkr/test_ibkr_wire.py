"""TWS's words about positions: what is read, and what is never taken for flat."""

from __future__ import annotations

from decimal import Decimal

import pytest

from trading_bot.brokers.ibkr.wire import (
    End,
    Message,
    Other,
    Refusal,
    Row,
    message_in,
    positions_in,
    update_in,
)
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.position import Position
from trading_bot.positions.source import PositionUpdate
from trading_bot.simulator.broker.tws import NUMBER, position

NOW_NS = 1_773_150_000_000_000_000


def row(
    symbol: str = "ACME", quantity: str = "100", average: str = "27.05", **more: str
) -> Message:
    return message_in(position(more.pop("number", NUMBER), symbol, quantity, average, **more))


def rows(*found: Message) -> list[Row]:
    return [each for each in found if isinstance(each, Row)]


def test_a_position_is_read_to_its_last_digit() -> None:
    # Given a position of a fraction; when it is read
    found = positions_in(rows(row(quantity="0.123456", average="27.0500001")), NUMBER)
    # Then no digit is lost
    assert dict(found.positions) == {
        "ACME": Position("ACME", Decimal("0.123456"), Decimal("27.0500001"))
    }


def test_a_class_of_shares_is_written_as_the_tape_has_it() -> None:
    # Given a class of shares, which stands behind a blank; when it is read, then it has its dot
    assert tuple(positions_in(rows(row("BRK B")), NUMBER).positions) == ("BRK.B",)


def test_idle_zeros_are_left_out() -> None:
    # Given numbers with zeros behind them; when they are read, then they are as a person has them
    found = positions_in(rows(row(quantity="1200.0000", average="27.0500")), NUMBER)
    held = found.positions["ACME"]
    assert (str(held.quantity), str(held.average_price)) == ("1200", "27.05")


def test_the_last_row_of_a_contract_counts() -> None:
    # Given a position that changes while it is said; when all is read, then the newer counts
    found = positions_in(rows(row(quantity="100"), row(quantity="40")), NUMBER)
    assert found.positions["ACME"].quantity == 40


def test_a_position_that_was_closed_is_not_held() -> None:
    # Given a row of no shares, as TWS sends for the rest of the day
    found = positions_in(rows(row(quantity="0"), row("BOLT")), NUMBER)
    # When all is read, then only the other is held
    assert (tuple(found.positions), found.unreadable) == (("BOLT",), {})


@pytest.mark.parametrize("quantity", ["", "many", "1.7976931348623157E308", "nan"])
def test_a_quantity_that_is_none_is_named_and_not_taken_for_nothing(quantity: str) -> None:
    # Given a row whose quantity is not there, or no number; when all is read
    found = positions_in(rows(row(quantity=quantity), row("BOLT")), NUMBER)
    # Then it is named, and costs no other
    assert (tuple(found.positions), tuple(found.unreadable)) == (("BOLT",), ("ACME",))


def test_a_row_without_a_ticker_is_named_by_its_place() -> None:
    # Given a row of nobody knows what; when all is read, then its place is named
    found = positions_in(rows(row("BOLT"), row("")), NUMBER)
    assert (tuple(found.positions), tuple(found.unreadable)) == (("BOLT",), ("positions[1]",))


@pytest.mark.parametrize("average", ["0.0", "", "-1", "1.7976931348623157E308", "?"])
def test_a_price_that_is_not_stated_is_not_known(average: str) -> None:
    # Given shares that were moved in; when all is read, then what was paid is not known
    found = positions_in(rows(row(average=average)), NUMBER)
    assert found.positions["ACME"].average_price is None


@pytest.mark.parametrize("other", [{"kind": "OPT"}, {"currency": "CAD"}])
def test_what_is_no_stock_in_dollars_is_left_out_and_counted(other: dict[str, str]) -> None:
    # Given an option, or a stock of another market, of the same ticker; when all is read
    found = positions_in(rows(row(), row(quantity="7", **other)), NUMBER)
    # Then the stock alone is held
    assert (found.positions["ACME"].quantity, found.left_out) == (Decimal(100), 1)


def test_another_account_s_positions_are_not_this_one_s() -> None:
    # Given rows of two accounts; when one is read, then only its own are held
    found = positions_in(rows(row(), row("BOLT", number="DU1111111")), NUMBER)
    assert (tuple(found.positions), found.left_out) == (("ACME",), 0)


def test_a_row_that_comes_by_itself_is_an_update() -> None:
    # Given a row; when it is read as an update, then quantity and average are the broker's own
    (found,) = rows(row(quantity="-40"))
    assert update_in(found, NOW_NS) == PositionUpdate(
        "ACME", Decimal(-40), NOW_NS, average_price=Decimal("27.05")
    )


@pytest.mark.parametrize("found", [row(quantity=""), row("a b c d")])
def test_an_update_that_is_not_whole_lets_all_be_read_anew(found: Message) -> None:
    # Given a row without quantity or ticker; when it is read as an update, then nothing is guessed
    (each,) = rows(found)
    assert update_in(each, NOW_NS) == PositionUpdate("", None, 0)


def test_the_other_messages_are_told_apart() -> None:
    # Given the end, a refusal, a warning, and what says nothing; when they are read
    found = [
        message_in(("62", "1")),
        message_in(("4", "2", "-1", "1100", "lost", "")),
        message_in(("4", "2", "-1", "2104", "a farm is well")),
        message_in(("9", "1", "1")),
        message_in(()),
    ]
    # Then each is what it is
    assert found == [
        End(),
        Refusal(1100, "lost"),
        Refusal(2104, "a farm is well"),
        Other(),
        Other(),
    ]
    assert [each.is_warning for each in found if isinstance(each, Refusal)] == [False, True]


@pytest.mark.parametrize(
    "fields", [("61", "3", NUMBER), ("4", "2"), ("4", "2", "-1", "soon", "words")]
)
def test_a_message_of_another_shape_is_refused(fields: tuple[str, ...]) -> None:
    # Given a message that is cut, or holds something else; when it is read, then it is refused
    with pytest.raises(DataSourceError, match="as it is known") as caught:
        message_in(fields)
    assert caught.value.code == "unexpected_shape"
