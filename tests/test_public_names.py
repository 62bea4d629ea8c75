"""What a host may import from `trading_bot.order_flow`."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from trading_bot import order_flow

README = Path(__file__).parents[1] / "README.md"
KINDS = [kind.__name__ for kind in get_args(order_flow.MonitorEvent)]


def test_every_public_name_is_there() -> None:
    # Given the list of public names
    # When each is looked up
    missing = [name for name in order_flow.__all__ if not hasattr(order_flow, name)]
    # Then none is missing
    assert missing == []
    assert {"Listener", "MonitorEvent"} <= set(order_flow.__all__)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_event_is_public_and_named_in_the_readme(kind: str) -> None:
    # Given a kind of event that a listener may be told
    # When a host looks for it
    # Then it can be imported, and the README says that it comes
    assert kind in order_flow.__all__
    assert f"`{kind}`" in README.read_text(encoding="utf-8")
