"""One readable line for every event."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, get_args

import pytest
from support.monitor_stubs import START, large_seller, position, red_burst

from trading_bot.order_flow.notices import (
    FeedEvent,
    GuardState,
    GuardStateKind,
    MonitorEvent,
    RegimeNotice,
    ThresholdNotice,
)
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.telling.describe import describe, describe_alert

EXIT = ExitRecommendation(
    symbol="ACME",
    reason="3 large sellers in 17 s",
    alerts=(large_seller(),),
    position=position(),
    price=Decimal("101.50"),
    unrealised_pnl=Decimal("50.00"),
    distance_to_stop=Decimal("2.50"),
    urgency="high",
    timestamp_utc=START,
)


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            large_seller(),
            "10:00:00 ET ACME warning large seller: 12,000 shares sold at 100.00 by one order",
        ),
        (
            large_seller(source="bid_attacked"),
            "10:00:00 ET ACME warning bid attacked: 12,000 shares sold at 100.00 in a row",
        ),
        (
            large_seller(late=True, delay_seconds=12.4, source="ask_wall"),
            "10:00:00 ET ACME warning large offer standing: 12,000 shares at 100.00 (late by 12 s)",
        ),
        (
            EXIT,
            (
                "10:00:00 ET ACME exit suggested (high): 100 shares, P&L +50.00 USD, 2.50 USD "
                "above "
                "the stop; your rule: 3 large sellers in 17 s"
            ),
        ),
        (
            replace(EXIT, price=None, unrealised_pnl=None, distance_to_stop=None, repeated=True),
            (
                "10:00:00 ET ACME exit suggested (high): 100 shares; your rule: 3 large sellers in "
                "17 s (told before)"
            ),
        ),
        (
            FeedEvent("blind", "ACME", START, "no usable tape", position_open=True),
            (
                "10:00:00 ET ACME cannot be seen: no usable tape; an open position is not "
                "protected now"
            ),
        ),
        (
            FeedEvent("recovered", "ACME", START, "was blind", position_open=True),
            "10:00:00 ET ACME can be seen again: was blind",
        ),
        (GuardState("stopped", None, "", START), "10:00:00 ET the guard has stopped"),
    ],
)
def test_every_event_is_one_readable_line(event: MonitorEvent, line: str) -> None:
    # Given an event
    # When it is described
    # Then time, symbol and facts stand in one line
    assert describe(event) == line


def test_a_stop_that_is_passed_is_said_to_be_above() -> None:
    # Given an exit below its stop
    passed = replace(EXIT, distance_to_stop=Decimal("-0.50"))
    # When it is described
    # Then the distance has its side
    assert "0.50 USD below the stop" in describe(passed)


def test_a_threshold_is_described_with_its_advice() -> None:
    # Given a notice
    notice = ThresholdNotice("ACME", START, 10_000, 40)
    # When it is described
    # Then the advice is in the line
    assert describe(notice).startswith(
        "10:00:00 ET ACME threshold exceeded often: its best bid or ask"
    )


def test_a_day_of_another_kind_is_described_with_its_volume() -> None:
    # Given a notice
    notice = RegimeNotice("ACME", START, 4, 4_500_000, 1_000_000, 3)
    # When it is described
    # Then the figures are in the line
    assert describe(notice) == (
        "10:00:00 ET ACME busier than usual: another kind of day: 4.5 times its usual "
        "volume so far "
        "(4,500,000 shares, the mean of 3 days 1,000,000)"
    )


@pytest.mark.parametrize("kind", get_args(GuardStateKind))
def test_every_kind_of_state_has_words(kind: GuardStateKind) -> None:
    # Given a state of any kind
    # When it is described
    # Then its reason follows its words
    assert describe(GuardState(kind, "ACME", "because", START)).endswith(": because")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": "resting_bid"}, "large bid resting: 12,000 shares at 100.00"),
        ({"source": None, "order_size": None}, "large seller: ? shares at 100.00"),
    ],
)
def test_each_kind_of_seller_has_its_own_words(changes: dict[str, Any], words: str) -> None:
    # Given a large seller
    # When it is described
    # Then its kind can be told
    assert describe_alert(large_seller(**changes)) == words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "red burst: 4.5 times the usual minute's volume, 75% sold"),
        (
            {"volume_ratio": None, "sell_ratio": None},
            "red burst: ? times the usual minute's volume",
        ),
    ],
)
def test_a_burst_is_described_by_its_ratios(changes: dict[str, Any], words: str) -> None:
    # Given a burst
    # When it is described
    # Then its ratios are said, where they are known
    assert describe_alert(red_burst(**changes)) == words
