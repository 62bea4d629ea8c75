"""The simulated account: what a trade changes of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from trading_bot.order_flow.position import Position
from trading_bot.simulator.broker.account import SimulatedAccount, fill_message, order_of

AT_NS = 1_773_151_230_123_456_789


@pytest.mark.parametrize(
    ("before", "shares", "price", "after", "average"),
    [
        (None, "10", "20", "10", "20"),
        (None, "-10", "20", "-10", "20"),
        (Position("ACME", 100, 20), "100", "30", "200", "25"),
        (Position("ACME", 100, 20), "-40", "30", "60", "20"),
        (Position("ACME", 100, 20), "-150", "30", "-50", "30"),
        (Position("ACME", -100, 20), "-100", "30", "-200", "25"),
        (Position("ACME", 100, None), "-40", "30", "60", "0"),
    ],
)
def test_a_trade_changes_quantity_and_price_as_a_broker_counts(
    before: Position | None, shares: str, price: str, after: str, average: str
) -> None:
    # Given what is held
    account = SimulatedAccount([] if before is None else [before])
    # When shares are bought, or sold
    fill = account.trade("ACME", Decimal(shares), Decimal(price), AT_NS)
    # Then the rest and its average price are known
    (row,) = account.positions()
    assert (fill.held, row["qty"]) == (Decimal(after), after)
    assert row["avg_entry_price"] == average
    assert row["side"] == ("short" if after.startswith("-") else "long")


def test_what_is_sold_whole_is_no_position_any_longer() -> None:
    # Given a position; when all of it is sold
    account = SimulatedAccount([Position("ACME", 100, 20)])
    fill = account.trade("ACME", Decimal(-100), Decimal(30), AT_NS)
    # Then nothing is left
    assert (fill.held, account.quantity("ACME")) == (Decimal(0), Decimal(0))
    assert account.positions() == []


def test_a_fill_is_told_with_what_is_held_after_it() -> None:
    # Given a sale; when it is told
    account = SimulatedAccount([Position("ACME", 100, 20)])
    fill = account.trade("ACME", Decimal(-40), Decimal("27.330"), AT_NS)
    # Then it has quantity, price and time, to the nanosecond
    data = fill_message(fill)["data"]
    assert isinstance(data, dict)
    assert {k: data[k] for k in ("event", "qty", "price", "position_qty", "timestamp")} == {
        "event": "fill",
        "qty": "40",
        "price": "27.33",
        "position_qty": "60",
        "timestamp": "2026-03-10T14:00:30.123456789Z",
    }
    assert order_of(fill)["side"] == "sell"
    # And without what is held where that is left out
    assert "position_qty" not in str(fill_message(fill, with_quantity=False))


def test_an_account_that_is_not_approved_says_so() -> None:
    # Given an account of each kind; when it is asked for, then its status says which
    assert SimulatedAccount([]).account()["status"] == "ACTIVE"
    assert SimulatedAccount([], is_approved=False).account()["status"] == "SUBMITTED"
