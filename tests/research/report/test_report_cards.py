"""Figures at the head of the page: with n and interval, or grey."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.card_values import card_of, effects_of, row_of
from support.score_values import CENT, START, at, days_after, series_of

from trading_bot.order_flow.position import Position
from trading_bot.research.day_counts import DayCount
from trading_bot.research.position.dollars import PositionAccount, in_dollars
from trading_bot.research.position.exit_account import hold
from trading_bot.research.report.cards import cards
from trading_bot.research.score_run import Scorecard
from trading_bot.research.scorecard import FalseExits


def account_of(*exits: int) -> PositionAccount:
    series = series_of([START, START + 10 * CENT, START - 5 * CENT])
    day = hold(series, Position("ACME", 100, None), exits, latency_ms=0, seed=1)
    assert day is not None
    return in_dollars(day)


def text_of(card: Scorecard) -> str:
    return "".join(cards(card))


def test_the_position_is_a_sum_of_days_without_an_interval() -> None:
    # Given a day that was left and one that was not
    card = replace(card_of(), positions=(account_of(at(1)), account_of()))
    # When its cards are made
    text = text_of(card)
    # Then both sums stand there, grey
    assert '<b class="few">-10.00</b><span>USD, held to each day&#x27;s end; greatest' in text
    assert '<b class="few">+5.00</b><span>USD, left at each day&#x27;s first exit;' in text
    assert "drawdown -15.00</span><span>n = 2 symbol-days, no interval</span>" in text


def test_without_an_exit_nothing_is_left() -> None:
    # Given a day without one
    # When its cards are made
    text = text_of(replace(card_of(), positions=(account_of(),)))
    # Then there is what was held alone
    assert "n = 1 symbol-day, no interval" in text
    assert "first exit" not in text


@pytest.mark.parametrize(
    ("days", "shown"), [(29, "n = 29 days, no interval"), (30, "n = 30 days [7.0, 7.0]")]
)
def test_a_rate_has_an_interval_from_thirty_days_on(days: int, shown: str) -> None:
    # Given so many days with seven alerts each
    counts = tuple(DayCount("ACME", days_after(n).isoformat(), 7, 0) for n in range(days))
    # When its card is made
    text = text_of(replace(card_of(), day_counts=counts))
    # Then it is grey or not, and says whether it is what was wanted
    assert shown in text
    assert ('<b class="few">7.0</b>' in text) is (days < 30)
    assert "✓ met" in text


def test_false_exits_stand_with_n_and_interval() -> None:
    # Given false exits of which enough were judged
    row = replace(row_of(judged=40, effects=effects_of(0.1, -0.05, 0.25)), kind="exit")
    card = replace(card_of(row), false_exits=FalseExits(40, 30, 0.65))
    # When its card is made
    text = text_of(card)
    # Then what chance gives stands beside it
    assert "<b>75%</b><span>false exits, wanted below 10 %; at random 65%, difference +10 " in text
    assert "[-5, +25] points</span><span>n = 40</span>" in text
    assert "✗ not met" in text


def test_few_false_exits_are_grey() -> None:
    # Given too few of them, none judged, and none at all
    few = text_of(replace(card_of(), false_exits=FalseExits(2, 1, 0.65)))
    none = text_of(card_of())
    # When their cards are made
    # Then one is grey without a verdict, and what is not known has no card
    assert '<b class="few">50%</b>' in few
    assert "n = 2, no interval</span></div>" in few
    assert "false exits" not in none


def test_each_kind_with_an_interval_has_its_effect() -> None:
    # Given a kind that says something, a part of it, and one that does not
    rows = [
        row_of(effects=effects_of(-1.0, -2.0, -0.5)),
        row_of(severity="warning", effects=effects_of(1.0, 0.5, 2.0)),
        row_of(source="ask_wall"),
    ]
    # When their cards are made
    text = text_of(card_of(*rows))
    # Then the whole kind alone has one
    assert (
        "<b>-1.00</b><span>bp in 60 s after red burst, against matched seconds: "
        "-1.00 [-2.00, -0.50]</span><span>n = 1,250</span>"
    ) in text
    assert "+1.00" not in text
    assert "ask wall" not in text
