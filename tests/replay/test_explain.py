"""What an alert was made of."""

from __future__ import annotations

from support.flat_data import at, quote_row, trade_row

from trading_bot.replay.explain import KEPT_NS, RecentRows, differences, quotes_around


def test_quotes_are_shown_from_both_sides_of_the_alert() -> None:
    # Given five quotes before and five after
    rows = [quote_row(second, bid_size=second + 1) for second in range(10)]
    # When those around it are taken
    quotes = quotes_around(rows, at(4))
    # Then three of each are shown
    assert [each["bid_size"] for each in quotes] == [3, 4, 5, 6, 7, 8]
    assert quotes[0] == {
        "at": "2013-10-08T14:00:02.000000Z",
        "bid": "100.00",
        "bid_size": 3,
        "ask": "100.01",
        "ask_size": 200,
    }


def test_rows_are_kept_as_long_as_an_alert_may_depend_on_them() -> None:
    # Given rows of two symbols over more than the time that is kept
    recent = RecentRows()
    long_ago = at(0) - 2 * KEPT_NS
    recent.add([trade_row(sip_ns=long_ago - 1), trade_row(sip_ns=long_ago, symbol="BOLT")])
    # When newer ones of one of them come
    recent.add([quote_row(0), trade_row(0)])
    # Then only its own old ones are gone, and the rest is in order
    assert recent.of("ACME") == [trade_row(0), quote_row(0)]
    assert recent.of("BOLT") == [trade_row(sip_ns=long_ago, symbol="BOLT")]
    assert recent.of("NONE") == []


def test_a_batch_that_spans_hours_is_kept_whole() -> None:
    # Given a batch of a quiet morning
    recent = RecentRows()
    early, late = quote_row(0), quote_row(3 * KEPT_NS / 1e9)
    # When it comes
    recent.add([early, late])
    # Then its beginning is there for an alert that stands there
    assert recent.of("ACME") == [early, late]


def test_lines_differ_in_what_the_data_decides_only() -> None:
    # Given two lines of one alert, one by the wall clock
    recorded = {"alert_id": "a", "latency_ms": 3.1, "logged_at": "now", "order_size": 5}
    again = {"alert_id": "a", "latency_ms": None, "logged_at": None, "order_size": 6}
    # When they are compared
    found = differences(recorded, again)
    # Then only the size differs
    assert found == {"order_size": (5, 6)}
