"""What an alert was made of."""

from __future__ import annotations

import pytest
from support.flat_data import at, quote_row, trade_row

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.replay.explain import (
    KEPT_NS,
    PrintSeen,
    RecentRows,
    differences,
    window_around,
)

CONFIG = OrderFlowConfig()


def seen(second: float, size: int, side: str, p_sell: int, rule: str | None) -> PrintSeen:
    return PrintSeen(
        at=f"2013-10-08T14:{int(second) // 60:02}:{int(second) % 60:02}.000000Z",
        price="100.00",
        size=size,
        counts=True,
        reason=None,
        side=side,
        p_sell=p_sell,
        rule=rule,
    )


def test_the_window_holds_the_last_minute_and_five_before_it() -> None:
    # Given prints at the edges of the minutes before an alert at 400 s
    rows = [quote_row(0)]
    rows += [trade_row(s, size=size) for s, size in ((40, 1), (41, 2), (340, 4), (341, 8))]
    rows += [quote_row(399.5), trade_row(400, size=16), trade_row(400.5, size=32)]
    # When they are counted again
    window = window_around(rows, at(400), CONFIG)
    # Then each second is in its minute, and what came after the alert in none
    assert window.minutes == (4, 0, 0, 0, 2)
    assert window.prints == (
        seen(341, 8, "unknown", 500, "no_evidence"),
        seen(400, 16, "sell", 990, "quote"),
    )
    assert (window.volume, window.sold) == (24, 19.84)


def test_prints_that_do_not_count_are_shown_with_the_reason() -> None:
    # Given a print at an average price, a late one, and one that is only not signed
    rows = [
        trade_row(0, conditions=(2,)),
        trade_row(1, made_ns=at(-5)),
        trade_row(2, conditions=(4,)),
    ]
    # When they are counted again
    window = window_around(rows, at(2), CONFIG)
    # Then each says why
    assert [(each.counts, each.reason, each.rule) for each in window.prints] == [
        (False, "average_price", None),
        (False, "late_print", None),
        (True, "bunched", None),
    ]
    assert window.volume == 100


def test_quotes_are_shown_from_both_sides_of_the_alert() -> None:
    # Given five quotes before and five after
    rows = [quote_row(second, bid_size=second + 1) for second in range(10)]
    # When the window is taken
    window = window_around(rows, at(4), CONFIG)
    # Then three of each are shown
    assert [each["bid_size"] for each in window.quotes] == [3, 4, 5, 6, 7, 8]
    assert window.quotes[0] == {
        "at": "2013-10-08T14:00:02.000000Z",
        "bid": "100.00",
        "bid_size": 3,
        "ask": "100.01",
        "ask_size": 200,
    }


@pytest.mark.parametrize("made_ns", [None, at(0.2)])
def test_sides_follow_the_tape_s_clock_where_the_other_is_missing(made_ns: int | None) -> None:
    # Given a print that by participant stamps came before its quote
    rows = [
        quote_row(0, made_ns=None if made_ns is None else at(0.5)),
        trade_row(1, made_ns=at(0.2)),
    ]
    # When it is judged again
    (found,) = window_around(rows, at(1), CONFIG).prints
    # Then it was a sale by the tape's clock only
    assert found.side == ("sell" if made_ns is None else "unknown")


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
