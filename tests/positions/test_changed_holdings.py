"""What is held otherwise than before, in words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from trading_bot.positions.changes import changed_holdings

HELD = {"BOLT": Decimal(400), "EDDY": Decimal(-200)}


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (HELD, []),
        (HELD | {"ACME": Decimal(1_200)}, [("ACME", "1,200 held, none before")]),
        (HELD | {"BOLT": Decimal("0.5")}, [("BOLT", "0.5 held, 400 before")]),
        (HELD | {"EDDY": Decimal("-1E+3")}, [("EDDY", "-1,000 held, -200 before")]),
        (HELD | {"BOLT": Decimal("400.00")}, []),
        ({}, [("BOLT", "none held, 400 before"), ("EDDY", "none held, -200 before")]),
    ],
)
def test_only_what_changed_is_said(now: dict[str, Decimal], said: list[tuple[str, str]]) -> None:
    # Given what was held; when other shares are held, then each change is said, and nothing else
    assert changed_holdings(HELD, now) == said
