"""Nobody to ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.replay.no_provider import NoProvider

NOW = datetime(2026, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "ask",
    [
        lambda nobody: nobody.get_snapshots(("ACME", "BOLT")),
        lambda nobody: nobody.get_level2_snapshot("ACME"),
        lambda nobody: nobody.fetch_trades("ACME", 1),
        lambda nobody: nobody.fetch_quotes("ACME", 1),
        lambda nobody: nobody.fetch_tape("ACME", 1, 2),
        lambda nobody: nobody.fetch_newest(("ACME",), 1),
        lambda nobody: nobody.get_time_and_sales("ACME", NOW, NOW),
    ],
)
def test_every_question_is_refused(ask: Callable[[NoProvider], object]) -> None:
    # Given a replay
    nobody = NoProvider()
    # When it would ask a provider
    # Then it is told that there is none
    with pytest.raises(DataSourceError, match=r"no provider to ask for the .*ACME"):
        ask(nobody)


def test_nobody_was_asked() -> None:
    # Given a replay
    nobody = NoProvider()
    # When its connection is looked at
    seen = (nobody.connectivity(), nobody.counters)
    # Then there is none, and nothing counted
    assert seen == ("untried", {})
