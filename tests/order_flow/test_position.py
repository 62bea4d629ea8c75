"""An open position: what it may be, and what it is worth."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from trading_bot.order_flow.position import Number, Position


def position(quantity: str = "100", price: str = "50.25", stop: str | None = None) -> Position:
    return Position(
        "AAPL", Decimal(quantity), Decimal(price), None if stop is None else Decimal(stop)
    )


@pytest.mark.parametrize("quantity", ["0", "0.000", "NaN", "Infinity"])
def test_a_position_of_nothing_is_refused(quantity: str) -> None:
    # Given a quantity that is none
    # When a position is made of it
    # Then it is refused
    with pytest.raises(ValueError, match=f"AAPL: quantity={quantity} must not be 0"):
        position(quantity)


@pytest.mark.parametrize("name", ["price", "stop"])
@pytest.mark.parametrize("value", ["0", "-1", "NaN", "-Infinity"])
def test_a_price_that_cannot_be_is_refused(name: str, value: str) -> None:
    # Given a price that is not above 0
    change: dict[str, Any] = {name: value}
    # When it is a position's average price or stop
    # Then it is refused by name
    with pytest.raises(ValueError, match=f"{name}={value} must be above 0 USD per share"):
        position(**change)


@pytest.mark.parametrize(
    ("quantity", "short"), [("0.001", False), ("100", False), ("-0.001", True), ("-100", True)]
)
def test_shares_owed_are_a_short_position(quantity: str, short: bool) -> None:
    # Given a quantity, fractions allowed
    # When it is asked for its direction
    # Then the sign says it
    assert position(quantity).is_short is short


@pytest.mark.parametrize(
    ("quantity", "price", "pnl"),
    [
        ("100", "50.25", "0"),
        ("100", "51.25", "100"),
        ("100", "49.25", "-100"),
        ("-100", "49.25", "100"),
        ("0.5", "51.25", "0.5"),
    ],
)
def test_profit_is_the_difference_times_the_quantity(quantity: str, price: str, pnl: str) -> None:
    # Given a position bought or sold short at 50.25
    # When it is reckoned at a price
    # Then a short gains as the price falls
    assert position(quantity).unrealised_pnl(Decimal(price)) == Decimal(pnl)


def test_without_a_known_price_the_profit_is_not_known() -> None:
    # Given a position of which it is not known what was paid
    held = Position("AAPL", 100, None, 49)
    # When it is reckoned at a price
    # Then its profit is not known, and its distance to the stop is
    assert held.unrealised_pnl(Decimal(50)) is None
    assert held.distance_to_stop(Decimal(50)) == 1


@pytest.mark.parametrize(
    ("stop", "distance"), [(None, None), ("49", "1.5"), ("50.5", "0"), ("51", "-0.5")]
)
def test_the_distance_to_the_stop_is_negative_once_it_is_passed(
    stop: str | None, distance: str | None
) -> None:
    # Given a position with some stop
    # When the price is 50.50
    found = position(stop=stop).distance_to_stop(Decimal("50.50"))
    # Then the distance counts down to the stop
    assert found == (None if distance is None else Decimal(distance))


def test_a_position_cannot_be_changed() -> None:
    # Given a position
    held = position()
    # When its quantity is set
    # Then it refuses
    with pytest.raises(FrozenInstanceError):
        held.quantity = Decimal(1)  # type: ignore[misc]  # the assignment is what is tested


@pytest.mark.parametrize("number", [100, 100.0, "100", Decimal(100)])
def test_a_number_may_be_written_as_the_host_has_it(number: Number) -> None:
    # Given a number of any kind
    # When a position is made of it, which a strict type checker accepts
    found = Position("ACME", number, number, number)
    # Then Decimals are kept
    assert found == Position("ACME", Decimal(100), Decimal(100), Decimal(100))
    assert {type(each) for each in (found.quantity, found.average_price, found.stop)} == {Decimal}


def test_a_float_is_kept_as_the_shortest_number_that_reads_the_same() -> None:
    # Given a price of a float
    # When a position is made of it
    # Then no binary digits come along
    assert Position("ACME", 1, 27.1).average_price == Decimal("27.1")


@pytest.mark.parametrize("given", [True, "many", None, [1]])
def test_what_is_no_number_is_refused(given: Any) -> None:
    # Given what is no number
    # When a position is made of it
    # Then it is refused by name
    with pytest.raises(ValueError, match="is no number"):
        Position("ACME", given, 1)


def test_a_time_without_a_zone_is_refused() -> None:
    # Given a time of opening without a zone
    opened_at = datetime(2026, 3, 10, 14, 0)  # noqa: DTZ001 - that is what is tested
    # When a position is made of it
    # Then it is refused
    with pytest.raises(ValueError, match="has no time zone"):
        Position("ACME", 1, 1, opened_at=opened_at)
