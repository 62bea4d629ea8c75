"""A provider that can be asked for nothing says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.monitor_stubs import START
from trading_bot.order_flow.providers.no_history import NoHistory

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.provider import History


@pytest.mark.parametrize(
    "ask",
    [
        lambda history: history.fetch_tape("ACME", 1, None),
        lambda history: history.fetch_newest(("ACME",), 1),
        lambda history: history.get_level2_snapshot("ACME"),
        lambda history: history.get_time_and_sales("ACME", START, START),
    ],
)
def test_every_question_is_refused_by_name(ask: Callable[[History], object]) -> None:
    # Given a provider without a history
    history: History = NoHistory("harbour")
    # When it is asked
    with pytest.raises(DataSourceError, match="harbour can be asked for no") as caught:
        ask(history)
    # Then the refusal has a code
    assert caught.value.code == "no_history"


def test_each_book_is_refused_for_itself() -> None:
    # Given a provider without a history
    history = NoHistory("harbour")
    # When several books are asked for
    found = history.get_snapshots(("ACME", "BOLT"))
    # Then each has its refusal, and nobody was asked
    assert {symbol: str(error) for symbol, error in found.items()} == {
        "ACME": "harbour can be asked for no book of ACME",
        "BOLT": "harbour can be asked for no book of BOLT",
    }
    assert (history.connectivity(), history.counters) == ("untried", {})
