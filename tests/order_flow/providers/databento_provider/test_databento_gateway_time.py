"""The time of a gateway that keeps one of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc
from trading_bot.order_flow.providers.databento.asking.gateway_time import GatewayTime

TUESDAY = datetime(2026, 3, 10, tzinfo=UTC)


class Gateway:
    """Says a time each time that it is asked, a second later by the steady clock."""

    def __init__(self, at: datetime | None) -> None:
        self.at = at
        self.asked = 0
        self.steady_ns = 5 * NS_PER_SECOND

    def ask(self) -> int | None:
        self.asked += 1
        self.steady_ns += NS_PER_SECOND
        return None if self.at is None else ns_from_utc(self.at)

    def time(self) -> GatewayTime:
        return GatewayTime("databento", self.ask, steady_ns=lambda: self.steady_ns)


@pytest.mark.parametrize(
    ("hours", "state"),
    [(7, "closed"), (9, "extended-hours"), (14, "open"), (21, "extended-hours")],
)
def test_the_calendar_says_whether_the_market_trades_then(hours: int, state: str) -> None:
    # Given a gateway at some hour of a trading day
    gateway = Gateway(TUESDAY + timedelta(hours=hours))
    # When it is asked
    found = gateway.time().get_market_state()
    # Then its time is that of half way, and the calendar says the rest
    assert found == (state, TUESDAY + timedelta(hours=hours, seconds=0.5))


def test_it_is_asked_once_and_its_time_goes_on() -> None:
    # Given a gateway that was asked
    gateway = Gateway(TUESDAY)
    time = gateway.time()
    first = time.get_market_state()[1]
    # When it is asked again a minute later
    gateway.steady_ns += 60 * NS_PER_SECOND
    second = time.get_market_state()[1]
    # Then a minute has passed, and it was not connected to again
    assert (second - first, gateway.asked) == (timedelta(seconds=60), 1)


def test_a_gateway_that_says_no_time_has_none() -> None:
    # Given a gateway that does not say it
    gateway = Gateway(None)
    time = gateway.time()
    # When it is asked twice, then it is said each time, for it may say it later
    for _ in range(2):
        with pytest.raises(DataSourceError) as refused:
            time.get_market_state()
        assert refused.value.code == "no_reference"
    assert gateway.asked == 2
