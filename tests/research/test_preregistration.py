"""The page of what would be tested next holds for the settings as they come, or says so."""

from __future__ import annotations

import re
from pathlib import Path

from trading_bot.order_flow.config import OrderFlowConfig

PAGES = Path(__file__).parents[2] / "docs"


def test_what_is_frozen_are_the_settings_as_they_come() -> None:
    # Given the page, and the one of what was found
    page = (PAGES / "preregistration.md").read_text(encoding="utf-8")
    evidence = (PAGES / "evidence.md").read_text(encoding="utf-8")
    # When the hashes they name are read
    frozen = re.findall(r"`([0-9a-f]{16})`", page)
    measured = re.findall(r"`([0-9a-f]{16})`", evidence)
    # Then they are of the defaults: whoever changes one, measures anew and names it there
    assert frozen == [OrderFlowConfig().config_hash]
    assert measured == [
        OrderFlowConfig().config_hash,
        OrderFlowConfig(thresholds="fixed").config_hash,
    ]
