"""What is said of a position claims no more than one price path, or than an interval."""

from __future__ import annotations

from decimal import Decimal

import pytest
from support.card_values import effects_of
from support.score_values import CENT, START, at, series_of

from trading_bot.order_flow.position import Position
from trading_bot.research.position.dollars import (
    COMPARED,
    NOT_COMPARED,
    Compared,
    PositionAccount,
    in_dollars,
)
from trading_bot.research.position.exit_account import hold
from trading_bot.research.position.words import (
    compared_table,
    dollars_table,
    sentence_of,
    usd,
)

EFFECT = next(iter(effects_of(1.5, -0.25, 3.0).values()))


def account_of(quantity: str, *exits: int) -> PositionAccount:
    series = series_of([START, START + 10 * CENT, START - 30 * CENT, START - 5 * CENT])
    day = hold(series, Position("ACME", quantity, None), exits, latency_ms=0, seed=1)
    assert day is not None
    return in_dollars(day)


@pytest.mark.parametrize(
    ("value", "text"),
    [("1234.5", "+1,234.50"), ("-0.006", "-0.01"), ("-0.005", "0.00"), ("0", "0.00")],
)
def test_usd_have_a_sign_and_cents(value: str, text: str) -> None:
    # Given an exact sum
    # When it is shown
    # Then it is rounded to the cent, half to even, and nothing has no sign
    assert usd(Decimal(value)) == text


def test_each_day_is_a_row_of_figures_without_an_interval() -> None:
    # Given a day that was left, one that was not, and a short position
    accounts = [account_of("100", at(1)), account_of("12.5"), account_of("-100")]
    # When they are shown
    table = dollars_table(accounts)
    # Then all is there, and the table says that none has an interval
    assert table.single
    assert table.rows[0][:8] == (
        "ACME 2013-11-29",
        "100",
        "09:30:00",
        "100.00",
        "1",
        "-5.00",
        "+10.00",
        "+15.00",
    )
    assert table.rows[1][1:8] == ("12.5", "09:30:00", "100.00", "0", "-0.62", "-", "-")
    assert table.rows[2][1] == "-100"
    assert {len(row) for row in table.rows} == {len(table.names)}
    assert len(set(table.names)) == len(table.names)


def test_a_mean_over_days_stands_with_its_interval() -> None:
    # Given a comparison of enough days
    table = compared_table(Compared(30, dict.fromkeys(COMPARED, EFFECT), None))
    # When it is shown
    # Then each mean has its n and interval, and no word is lost on too few
    assert table.rows[0] == ("held to the end", "30", *["+1.50 [-0.25, +3.00]"] * 2)
    assert "few" not in table.note


def test_a_mean_over_few_days_is_in_brackets() -> None:
    # Given a comparison of too few days
    table = compared_table(Compared(29, None, dict.fromkeys(COMPARED, 1.5)))
    # When it is shown
    # Then it is marked, and the note says why
    assert table.rows[1] == ("left within 30 minutes of the exit", "29", *["(+1.50) few"] * 2)
    assert "fewer than 30 symbol-days" in table.note


def test_without_an_exit_the_comparison_is_empty() -> None:
    # Given no day with an exit
    # When it is shown
    # Then there is no row
    assert compared_table(NOT_COMPARED).rows == ()


def test_a_sentence_says_what_the_picture_shows() -> None:
    # Given a day with one exit, with two, with none, and of a short position
    one, two = account_of("100", at(1)), account_of("1", at(1), at(2))
    # When each is put into words
    # Then it says what was held, what leaving meant, and that one path has no interval
    assert sentence_of(one).startswith(
        "ACME 2013-11-29, 100 shares from 09:30:00 at 100.00: held to the last quote -5.00 USD, "
        "greatest drawdown -40.00; left at the only exit, 09:30:01 at 100.10, +10.00, drawdown "
        "0.00; left near by, mean "
    )
    assert sentence_of(one).endswith("One path, n = 1: no interval.")
    assert "1 share from" in sentence_of(two)
    assert "the first of 2 exits" in sentence_of(two)
    assert sentence_of(account_of("2")).endswith("drawdown -0.80. No exit was suggested.")
    assert "250 shares sold short" in sentence_of(account_of("-250"))
    assert sentence_of(account_of("-2")).endswith("No exit is suggested for a short position.")
