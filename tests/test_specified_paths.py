"""The paths that the specification names lead to what they name, wherever it lives."""

from __future__ import annotations

from importlib import import_module

import pytest

from trading_bot import order_flow


@pytest.mark.parametrize(
    ("path", "home", "name"),
    [
        ("order_flow", "order_flow.providers.polygon.client", "PolygonClient"),
        ("order_flow.polygon_client", "order_flow.providers.polygon.client", "PolygonClient"),
        ("error_handling.policies", "order_flow.retry", "RetryPolicy"),
        ("error_handling.retry", "order_flow.retry", "with_retry"),
        ("market_data.data_models", "order_flow.market.facts", "MarketStatus"),
        ("positions", "order_flow.position", "Position"),
        ("risk_management", "order_flow.exit_judge", "RiskManager"),
    ],
)
def test_a_specified_path_gives_the_one_thing_of_its_name(path: str, home: str, name: str) -> None:
    # Given a path of the specification, and the module in which the thing lives
    there, here = import_module(f"trading_bot.{path}"), import_module(f"trading_bot.{home}")
    # When it is taken from both
    # Then it is the same
    assert getattr(there, name) is getattr(here, name)


def test_another_name_is_refused() -> None:
    # Given a name that the guard does not have
    # When it is asked for
    # Then the error says so
    with pytest.raises(AttributeError, match="no attribute 'Level3'"):
        order_flow.__getattr__("Level3")


def test_every_public_name_is_listed_before_it_is_loaded() -> None:
    # Given the guard's folder
    # When its names are listed, as an editor does
    # Then the public ones are among them
    assert set(order_flow.__all__) <= set(dir(order_flow))
