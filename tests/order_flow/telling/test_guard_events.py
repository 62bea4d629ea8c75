"""The engine's events as a host of the guard hears them."""

from __future__ import annotations

import pytest
from support.monitor_stubs import START, large_seller

from trading_bot.order_flow.notices import (
    FeedEvent,
    FeedEventKind,
    GuardState,
    GuardStateKind,
    ThresholdNotice,
)
from trading_bot.order_flow.telling.guard_events import as_guard_event


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("recovered", "visible"),
        ("degraded", "degraded"),
        ("blind", "blind"),
        ("refused", "refused"),
        ("depth_lost", "depth_lost"),
        ("depth_back", "depth_back"),
        ("feeds_disagree", "feeds_disagree"),
        ("feeds_agree", "feeds_agree"),
    ],
)
def test_a_feed_that_changed_is_a_state_of_its_symbol(
    kind: FeedEventKind, told: GuardStateKind
) -> None:
    # Given a feed of a symbol without a position
    event = FeedEvent(kind, "ACME", START, "because", position_open=False)
    # When the host is told
    # Then it is a state, with the same reason
    assert as_guard_event(event) == GuardState(told, "ACME", "because", START)


def test_a_threshold_that_does_not_fit_is_a_state() -> None:
    # Given a notice
    notice = ThresholdNotice("ACME", START, 10_000, 40)
    # When the host is told
    # Then its advice is the reason
    assert as_guard_event(notice) == GuardState("threshold", "ACME", notice.advice, START)


def test_all_else_is_told_as_it_is() -> None:
    # Given an alert
    alert = large_seller()
    # When the host is told
    # Then it is that very alert
    assert as_guard_event(alert) is alert
