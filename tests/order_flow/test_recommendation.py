"""What a recommendation is."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from trading_bot.order_flow.position import Position
from trading_bot.order_flow.recommendation import URGENCIES, ExitRecommendation


def test_urgencies_rise() -> None:
    # Given the urgencies
    # When they are listed
    # Then they stand from least to most urgent
    assert URGENCIES == ("elevated", "high", "immediate")


def test_a_recommendation_cannot_be_changed() -> None:
    # Given a recommendation
    position = Position("AAPL", quantity=Decimal(100), average_price=Decimal(101))
    recommendation = ExitRecommendation(
        symbol="AAPL",
        reason="three large sellers",
        alerts=(),
        position=position,
        price=None,
        unrealised_pnl=None,
        distance_to_stop=None,
        urgency="elevated",
        timestamp_utc=datetime(2026, 3, 10, 16, tzinfo=UTC),
    )
    # When its urgency is set
    # Then it refuses
    with pytest.raises(FrozenInstanceError):
        recommendation.urgency = "high"  # type: ignore[misc]  # the assignment is what is tested
