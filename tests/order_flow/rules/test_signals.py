"""Signal: what a rule has found, and the alert that is made of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from support.flow_values import NOON, NOON_NS, large_seller, red_burst

from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.rules.signals import Signal


def test_a_large_seller_becomes_an_alert_with_price_and_time() -> None:
    # Given a signal at a price in ticks and a stamp in nanoseconds
    signal = Signal(
        "AAPL", "large_seller", "critical", NOON_NS + 7, 30_000, 100_123_400, "ask_wall"
    )
    # When an alert is made of it
    alert = signal.alert()
    # Then it says the same in USD and UTC, and keeps the exact stamp
    assert alert == OrderFlowAlert(
        symbol="AAPL",
        alert_type="large_seller",
        severity="critical",
        order_size=30_000,
        price_level=Decimal("100.1234"),
        volume_ratio=None,
        timestamp_utc=NOON,
        source="ask_wall",
        timestamp_ns=NOON_NS + 7,
    )


def test_an_alert_takes_what_was_learned_on_the_way() -> None:
    # Given a signal
    signal = Signal.of(large_seller())
    # When an alert is made of it that came late, with a headline
    alert = signal.alert(late=True, delay_seconds=12.5, context=("Acme recalls rockets",))
    # Then the alert says so
    assert (alert.late, alert.delay_seconds, alert.context) == (
        True,
        12.5,
        ("Acme recalls rockets",),
    )


@pytest.mark.parametrize(
    "alert",
    [large_seller(), large_seller(source=None), red_burst()],
    ids=lambda each: str(each.source),
)
def test_what_an_alert_was_made_of_makes_it_again(alert: OrderFlowAlert) -> None:
    # Given any alert
    # When one is made of what it was made of
    # Then it is the same
    assert Signal.of(alert).alert() == alert


def test_only_what_was_found_is_taken_from_an_alert() -> None:
    # Given one alert, and the same with what was learned on the way
    alert = large_seller()
    later = replace(alert, late=True, delay_seconds=3.0, context=("news",))
    # When they are taken back to what was found
    # Then that is the same
    assert Signal.of(alert) == Signal.of(later)
