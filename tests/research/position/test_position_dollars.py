"""The account in USD is exact, and says of many days only what an interval carries."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from support.score_values import CENT, DAY, START, at, days_after, series_of

from trading_bot.order_flow.position import Position
from trading_bot.research.position.dollars import (
    COMPARED,
    ExitInDollars,
    PositionAccount,
    compare,
    in_dollars,
)
from trading_bot.research.position.exit_account import hold

D = Decimal
BIDS = [START, START + 10 * CENT, START - 30 * CENT, START - 5 * CENT]
"""Up ten cents, down forty, up twenty-five: one quote a second."""


def account_of(quantity: str, *exits: int) -> PositionAccount:
    position = Position("ACME", quantity, "100.00")
    day = hold(series_of(BIDS), position, exits, latency_ms=0, seed=1)
    assert day is not None
    return in_dollars(day)


def test_a_position_held_to_the_end_has_its_change_and_its_greatest_loss() -> None:
    # Given a hundred shares and no exit
    # When the day is reckoned
    found = account_of("100")
    # Then both are exact, and leaving is staying
    assert (found.symbol, found.day, found.from_ns) == ("ACME", DAY.isoformat(), at(0))
    assert (found.price, found.last_price) == (D("100.00"), D("99.95"))
    assert found.change_staying == found.change_leaving == D("-5.00")
    assert found.drawdown_staying == found.drawdown_leaving == D("40.00")
    assert (found.change_near, found.drawdown_near, found.exits) == (None, None, ())


def test_every_exit_says_what_leaving_there_would_have_meant() -> None:
    # Given exits at the highest and at the lowest bid
    # When the day is reckoned
    found = account_of("100", at(2), at(1))
    # Then the first decides the account, and each has its own
    assert (found.change_leaving, found.drawdown_leaving) == (D(10), D(0))
    assert found.exits == (
        ExitInDollars(at(1), D("100.10"), D(10), D(15), D(-40)),
        ExitInDollars(at(2), D("99.70"), D(-30), D(-25), D(0)),
    )
    assert found.change_near is not None


def test_a_fraction_of_a_share_is_reckoned_exactly() -> None:
    # Given a position with thousandths of a share
    # When the day is reckoned
    found = account_of("12.345", at(1))
    # Then no digit is lost
    assert found.change_staying == D("-0.61725")
    assert found.drawdown_staying == D("4.938")
    assert found.exits[0].saved == D("1.85175")


def test_a_short_position_gains_what_a_long_one_loses() -> None:
    # Given shares sold short, bought back at the ask
    # When the day is reckoned
    found = account_of("-100")
    # Then signs are turned, and the loss counts from the lowest ask
    assert (found.price, found.quantity) == (D("100.01"), D(-100))
    assert found.change_staying == D(5)
    assert found.drawdown_staying == D(25)


def test_json_holds_usd_as_text() -> None:
    # Given an account with an exit
    # When it is made JSON
    found = account_of("12.345", at(1)).to_json_dict()
    # Then money is text, stamps are numbers
    assert found["quantity"] == "12.345"
    assert found["change_staying"] == "-0.61725"
    assert found["exits"] == [
        {
            "at_ns": at(1),
            "price": "100.10",
            "change": "1.2345",
            "saved": "1.85175",
            "worst_after": "-4.938",
        }
    ]
    assert account_of("1").to_json_dict()["change_near"] is None


@pytest.mark.parametrize(("days", "is_enough"), [(29, False), (30, True)])
def test_a_mean_over_days_has_an_interval_from_thirty_on(days: int, is_enough: bool) -> None:
    # Given so many days with an exit, and one without
    left = account_of("100", at(1))
    accounts = [replace(left, day=days_after(n).isoformat()) for n in range(days)]
    # When leaving is compared
    found = compare([*accounts, account_of("100")], seed=5)
    # Then there are means alone, or means with intervals
    assert found.days == days
    assert (found.effects is not None, found.few is None) == (is_enough, is_enough)
    shown = found.few or {name: each.difference for name, each in (found.effects or {}).items()}
    assert tuple(shown) == COMPARED
    assert shown["held"] == 15.0
    assert shown["drawdown_held"] == 40.0


def test_without_an_exit_nothing_is_compared() -> None:
    # Given a day without one
    # When leaving is compared
    found = compare([account_of("100")], seed=5)
    # Then there is nothing to say
    assert (found.days, found.effects, found.few) == (0, None, None)
