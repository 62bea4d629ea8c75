"""The paths that the specification names lead to what they name, wherever it lives."""

from __future__ import annotations

from importlib import import_module

import pytest

from trading_bot import order_flow
from trading_bot.order_flow.providers.polygon.client import PolygonClient


@pytest.mark.parametrize("path", ["order_flow", "order_flow.polygon_client"])
def test_a_specified_path_gives_the_one_client(path: str) -> None:
    # Given a path of the specification
    there = import_module(f"trading_bot.{path}")
    # When the client is taken from it
    # Then it is the client of the provider's room
    assert there.PolygonClient is PolygonClient


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
