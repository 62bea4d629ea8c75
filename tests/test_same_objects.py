"""What the application calls by its own paths are the folder's objects, not twins of them."""

from __future__ import annotations

from importlib import import_module

import pytest

from trading_bot import positions
from trading_bot.order_flow import position

HOMES = {
    "trading_bot.error_handling.policies": "trading_bot.order_flow.retry",
    "trading_bot.error_handling.retry": "trading_bot.order_flow.retry",
    "trading_bot.market_data.data_models": "trading_bot.order_flow.market.facts",
}
"""Paths of the application that only pass on, and the module that they pass on."""
RISK_HOMES = {
    "ExitRecommendation": ("trading_bot.order_flow.recommendation", "ExitRecommendation"),
    "RiskManager": ("trading_bot.order_flow.exit_judge", "ExitJudge"),
    "Urgency": ("trading_bot.order_flow.recommendation", "Urgency"),
}


def test_a_position_is_the_folders() -> None:
    # Given positions as the application names them
    # When they are compared with the folder's
    # Then they are the same objects
    assert positions.Position is position.Position
    assert positions.PositionManager is position.PositionManager


@pytest.mark.parametrize("path", HOMES)
def test_what_is_passed_on_is_the_folders(path: str) -> None:
    # Given a path of the application, and where its names live
    host, home = import_module(path), import_module(HOMES[path])
    # When each public name is compared
    twins = [name for name in host.__all__ if getattr(host, name) is not getattr(home, name)]
    # Then all are the same objects, and there are some
    assert twins == []
    assert host.__all__


def test_the_exit_rule_is_the_folders() -> None:
    # Given the risk management's public names
    host = import_module("trading_bot.risk_management")
    # When each is compared with the folder's
    twins = [
        name
        for name, (home, as_there) in RISK_HOMES.items()
        if getattr(host, name) is not getattr(import_module(home), as_there)
    ]
    # Then all are the same objects, and no other is there
    assert twins == []
    assert set(host.__all__) == RISK_HOMES.keys()
