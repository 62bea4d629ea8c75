"""What a suggestion to leave says: the position, the rule, the worth."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from support.monitor_stubs import exit_of

from trading_bot.order_flow.data_models import Facts
from trading_bot.order_flow.telling.exit_words import position_words, words_of_exit

FACTS = Facts(
    spread=Decimal("0.02"),
    leaving_bp=1.0,
    bid_shares=40,
    held_shares=Decimal(100),
    leaving_usd=Decimal("1.00"),
)


def test_the_position_comes_first_and_the_worth_last() -> None:
    # Given a suggestion with facts and worth
    exit_ = replace(exit_of(), facts=FACTS, worth="worth so much")
    # When it is put into words
    # Then P&L and stop come before the rule, and the worth after it
    assert words_of_exit(exit_) == (
        "100 shares, P&L -50.00 USD, 1.50 USD above the stop (75 spreads); "
        "your rule: 3 large sellers; worth so much"
    )


def test_without_facts_it_says_what_is_known() -> None:
    # Given a suggestion under fixed thresholds, without price or stop
    exit_ = replace(exit_of(), unrealised_pnl=None, distance_to_stop=None)
    # When it is put into words
    # Then shares and rule are left
    assert words_of_exit(exit_) == "100 shares; your rule: 3 large sellers"


@pytest.mark.parametrize(
    ("spread", "distance", "spreads"),
    [
        (Decimal("0.02"), Decimal("1.50"), 75.0),
        (Decimal("0.00"), Decimal("1.50"), None),
        (None, Decimal("1.50"), None),
        (Decimal("0.02"), None, None),
    ],
)
def test_a_distance_is_so_many_spreads(
    spread: Decimal | None, distance: Decimal | None, spreads: float | None
) -> None:
    # Given a spread, and a distance to the stop
    exit_ = replace(exit_of(), distance_to_stop=distance, facts=replace(FACTS, spread=spread))
    # When it is asked for in spreads
    # Then it is known where both are, and there is a spread
    assert exit_.spreads_to_stop == spreads


def test_a_cost_that_is_not_known_is_not_said() -> None:
    # Given facts without a quote
    exit_ = replace(exit_of(), facts=Facts())
    # When the position is put into words
    # Then nothing is said of leaving
    assert position_words(exit_) == ["100 shares", "P&L -50.00 USD", "1.50 USD above the stop"]
