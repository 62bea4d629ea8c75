from __future__ import annotations

from collections.abc import Callable

import pytest
from support.monitor_stubs import START

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.no_reference import NoReference


@pytest.mark.parametrize(
    ("ask", "what"),
    [
        (NoReference.get_market_state, "market status"),
        (NoReference.get_market_holidays, "holidays"),
        (NoReference.get_trade_conditions, "trade conditions"),
        (lambda none: none.get_news("ACME", START, 3), "headlines about ACME"),
        (lambda none: none.get_last_quote("ACME"), "last quote of ACME"),
    ],
)
def test_what_a_provider_has_not_is_refused_by_name(
    ask: Callable[[NoReference], object], what: str
) -> None:
    # Given a provider without a reference
    none = NoReference("another")
    # When it is asked
    with pytest.raises(DataSourceError) as caught:
        ask(none)
    # Then the error says who has not what
    assert "another" in str(caught.value)
    assert what in str(caught.value)
