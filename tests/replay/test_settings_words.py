"""Settings as sentences."""

from __future__ import annotations

import pytest

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import AlertSource
from trading_bot.replay.settings_words import settings_in_words


def test_own_scale_says_what_is_large_and_what_is_an_exit() -> None:
    # Given the settings as they come
    # When they are put into words
    found = settings_in_words(OrderFlowConfig())
    # Then whoever reads them knows what alerts and what does not
    assert found == [
        (
            "Alerts: on each symbol's own scale, about 8 large events a day (burst, aggressive "
            "sell, ask wall); no order below 25,000 USD, no burst below 50,000 USD; critical from "
            "1.25 times everything in memory"
        ),
        (
            "Bursts: in the regular session, 09:30 to 16:00 New York, where the minutes before "
            "hold 20 prints"
        ),
        (
            "An exit: 3 large sellers (aggressive sell) within 120 s, or one burst from 4 times "
            "the usual minute that exceeds everything in memory 1.25 times"
        ),
    ]


def test_fixed_thresholds_are_numbers() -> None:
    # Given fixed thresholds, extended sessions, and a symbol of its own
    config = OrderFlowConfig(
        thresholds="fixed",
        sessions="extended",
        exit_sources=("ask_wall",),
        own_scale_sources=("bid_attacked",),
        symbol_overrides={"BAC": {"large_order_size_threshold": 150_000}},
    )
    # When they are put into words
    found = settings_in_words(config)
    # Then each number stands there
    assert found == [
        (
            "Alerts: by fixed thresholds: large orders from 10,000 shares; bursts from 3 times the "
            "usual minute; critical bursts from 4 times"
        ),
        (
            "A bid is attacked: by 5 sales at one price, none more than 10 s after the one before; "
            "outside any wish"
        ),
        "BAC alone: large_order_size_threshold 150,000",
        (
            "Bursts: in the extended session, 04:00 to 20:00 New York, where the minutes before "
            "hold 20 prints"
        ),
        (
            "An exit: 3 large sellers (ask wall) within 120 s, or one burst from 4 times the usual "
            "minute"
        ),
    ]


def test_a_number_that_is_stated_wins_over_own_scale() -> None:
    # Given own scale with a stated size
    config = OrderFlowConfig(large_order_size_threshold=12_000)
    # When it is put into words
    found = settings_in_words(config)
    # Then that number is told as fixed, and large orders alone count towards an exit
    assert "Stated, so fixed: large orders from 12,000 shares" in found
    assert found[-1].startswith("An exit: 3 large sellers (aggressive sell)")
    assert found[-1].endswith("that exceeds everything in memory 1.25 times")


def test_a_stated_burst_needs_to_exceed_no_memory() -> None:
    # Given own scale with a stated burst
    # When it is put into words
    found = settings_in_words(OrderFlowConfig(red_burst_threshold=5.0))
    # Then an exit asks for that number alone
    assert found[-1].endswith("or one burst from 5 times the usual minute")


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        (("aggressive_sell", "ask_wall"), "(aggressive sell, ask wall)"),
        ((), "(of no source)"),
    ],
)
def test_sources_of_an_exit_are_told_as_stated(sources: tuple[AlertSource, ...], said: str) -> None:
    # Given own scale with sources that the user states
    # When it is put into words
    found = settings_in_words(OrderFlowConfig(exit_sources=sources))
    # Then they are told, also where there is none
    assert found[-1].startswith(f"An exit: 3 large sellers {said} within")


def test_on_own_scale_attacks_that_are_asked_for_share_no_wish() -> None:
    # Given own scale that is to tell of attacks on a bid
    config = OrderFlowConfig(own_scale_sources=("burst", "bid_attacked"), bid_attack_executions=7)
    # When it is put into words
    found = settings_in_words(config)
    # Then they stand apart from what shares the wish
    assert "about 8 large events a day (burst);" in found[0]
    assert found[1].startswith("A bid is attacked: by 7 sales at one price, none more than 10 s")
