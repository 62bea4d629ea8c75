"""Alerts with what the market did at their time."""

from __future__ import annotations

from support.flat_data import trade_row
from support.score_values import alert_at
from support.score_values import at as after_open

from trading_bot.order_flow.journal.lines import alert_id
from trading_bot.order_flow.market.units import iso_utc
from trading_bot.research.market_series import MarketSeries
from trading_bot.research.tagged_alerts import TaggedAlert, tagged

HASH = "0123456789abcdef"


def falling_market() -> MarketSeries:
    """Return a market that loses 10 basis points in its second minute, and is not seen later."""
    prices = ((0, 100_000_000), (60, 100_000_000), (120, 99_900_000))
    rows = [
        (after_open(seconds), *trade_row(0, symbol="SPY", price=price)[1:])
        for seconds, price in prices
    ]
    return MarketSeries([rows])


def test_an_alert_is_tagged_by_the_market_at_its_own_time() -> None:
    # Given a calm minute, one in which the market falls, and one in which it is not seen
    alerts = [alert_at(after_open(60)), alert_at(after_open(120)), alert_at(after_open(600))]
    # When alerts of each are tagged
    found = tagged(alerts, falling_market(), HASH)
    # Then they say so, and that nothing is known
    assert [each.market_wide for each in found] == [False, True, None]


def test_a_tagged_alert_is_named_as_in_the_record() -> None:
    # Given an alert
    alert = alert_at(after_open(120))
    # When it is tagged
    (found,) = tagged([alert], falling_market(), HASH)
    # Then its line of the record can be found
    assert found == TaggedAlert(
        alert_id=alert_id(alert, HASH),
        symbol=alert.symbol,
        timestamp=iso_utc(alert.timestamp_utc),
        alert_type=alert.alert_type,
        source=alert.source,
        severity=alert.severity,
        market_wide=True,
    )
