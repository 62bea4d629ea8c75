"""What may change while the guard runs, and what differs between two sets of settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.config import FIELD_NAMES, OrderFlowConfig
from trading_bot.order_flow.settings.changes import (
    AT_RESTART,
    WHILE_RUNNING,
    change_of,
    values_changed,
    words_of,
)

OTHERS: dict[str, Any] = {
    "monitoring_mode": "watchlist",
    "large_order_size_threshold": 20_000,
    "volume_spike_threshold": 3.5,
    "red_burst_threshold": 5.0,
    "alert_window_seconds": 60,
    "alerts_per_day": 12,
    "own_scale_sources": ("burst", "resting_bid"),
    "minimum_order_dollars": 1,
    "minimum_burst_dollars": 1,
    "critical_margin": 2.0,
    "minimum_baseline_prints": 3,
    "bid_attack_executions": 6,
    "bid_attack_gap_seconds": 12,
    "watchlist": ("BOLT",),
    "exit_sources": ("aggressive_sell",),
    "notify_quiet_hours": "22:00-07:00 local",
    "symbol_overrides": {"ACME": {"alerts_per_day": 5}},
    "data_source": "elsewhere",
    "polygon_api_key": "another",
    "thresholds": "fixed",
    "sessions": "extended",
    "poll_interval_seconds": 2.0,
    "requests_per_second": 7.0,
    "quote_size_unit": "round_lots",
    "base_url": "https://example.com",
    "depth_url": "tcp://127.0.0.1:13000",
    "reference_url": "https://example.com",
    "dataset": "ARCX.PILLAR",
    "compression": "none",
    "allow_insecure": True,
    "freshness_warn_seconds": 11.0,
    "freshness_limit_seconds": 31.0,
    "blind_after_seconds": 31.0,
    "compress_journal_after_days": 8,
    "capture_budget_megabytes": 9,
    "notify_urls": ("json://127.0.0.1/token",),
    "heartbeat_url": "https://beat.example/token",
    "positions_source": "alpaca",
    "positions_url": "https://example.com",
    "positions_account": "another",
    "positions_paper": True,
    "positions_stop_percent": 5.0,
}
"""Of each setting that this test knows a value that is not its default."""


def test_every_setting_is_in_exactly_one_list() -> None:
    # Given every setting
    # When the two lists are put together
    # Then each is there, once
    assert sorted((*WHILE_RUNNING, *AT_RESTART)) == sorted(FIELD_NAMES)


def test_settings_that_are_the_same_change_nothing() -> None:
    # Given settings in force
    before = OrderFlowConfig(**OTHERS)
    # When the same come again
    change = change_of(before, OrderFlowConfig(**OTHERS))
    # Then nothing is to be done
    assert change.config is before
    assert (change.values, change.at_restart) == ({}, ())
    assert change.restart_words == ""


@pytest.mark.parametrize("name", WHILE_RUNNING)
def test_a_setting_of_the_judging_is_taken_over(name: str) -> None:
    # Given the defaults in force
    before = OrderFlowConfig()
    # When one setting of the judging is another
    wanted = OrderFlowConfig(**{name: OTHERS[name]})
    change = change_of(before, wanted)
    # Then it is to be in force, and is named
    assert change.config == wanted
    assert change.config.config_hash == wanted.config_hash
    assert list(change.values) == [name]
    assert change.at_restart == ()


@pytest.mark.parametrize("name", AT_RESTART)
def test_another_setting_is_named_and_the_rest_is_taken_over(name: str) -> None:
    # Given the defaults in force
    before = OrderFlowConfig()
    # When it is another, and so is one of the judging
    change = change_of(before, OrderFlowConfig(alerts_per_day=12, **{name: OTHERS[name]}))
    # Then it stays as it is, and is named without its value
    assert change.at_restart == (name,)
    assert change.restart_words == f"needs a restart: {name}"
    assert change.config == replace(before, alerts_per_day=12)
    assert change.values == {"alerts_per_day": (8, 12)}


def test_all_that_needs_a_restart_is_named() -> None:
    # Given the defaults in force
    before = OrderFlowConfig()
    # When two settings are others that need a restart
    change = change_of(before, OrderFlowConfig(base_url="https://example.com", sessions="extended"))
    # Then both are named, and nothing is to be done
    assert change.restart_words == "needs a restart: sessions, base_url"
    assert change.config is before


def test_a_threshold_that_is_stated_at_its_default_is_a_change() -> None:
    # Given a number that nobody states
    before = OrderFlowConfig()
    # When it is stated as it is, and then no more
    stated = change_of(before, OrderFlowConfig(large_order_size_threshold=10_000))
    again = change_of(stated.config, OrderFlowConfig())
    # Then it wins over own scale from then on, and does not after that
    assert stated.values == {"large_order_size_threshold": (None, 10_000)}
    assert stated.config.stated == frozenset({"large_order_size_threshold"})
    assert again.values == {"large_order_size_threshold": (10_000, None)}
    assert again.config == before
    assert again.config.config_hash == before.config_hash


def test_what_changes_is_said_in_plain_words() -> None:
    # Given settings that differ in values of each kind
    before = OrderFlowConfig(watchlist=("ACME",), exit_sources=("ask_wall",))
    after = OrderFlowConfig(
        volume_spike_threshold=2.5,
        alerts_per_day=12,
        watchlist=("ACME", "BOLT"),
        exit_sources=("ask_wall",),
        symbol_overrides={"BOLT": {"alerts_per_day": 5, "critical_margin": 1.5}},
    )
    # When it is said what changes
    words = words_of(values_changed(before, after))
    # Then each has its old and its new value
    assert words == (
        "volume_spike_threshold not stated -> 2.5, alerts_per_day 8 -> 12, "
        "watchlist [ACME] -> [ACME, BOLT], "
        "symbol_overrides [] -> [BOLT alerts_per_day=5, BOLT critical_margin=1.5]"
    )


@given(st.sets(st.sampled_from(sorted(OTHERS))), st.sets(st.sampled_from(sorted(OTHERS))))
def test_only_what_needs_a_restart_is_left_of_the_old(one: set[str], other: set[str]) -> None:
    # Given any settings, and any others
    before = OrderFlowConfig(**{name: OTHERS[name] for name in one})
    wanted = OrderFlowConfig(**{name: OTHERS[name] for name in other})
    # When it is looked at what is to be done
    change = change_of(before, wanted)
    # Then what may change is as wanted, the rest as before, and it is the same to do it twice
    for name in WHILE_RUNNING:
        assert getattr(change.config, name) == getattr(wanted, name)
    for name in AT_RESTART:
        assert getattr(change.config, name) == getattr(before, name)
    assert change_of(change.config, wanted) == (change.config, {}, change.at_restart)
