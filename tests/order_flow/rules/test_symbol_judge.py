"""One symbol's quotes and prints through conditions, side, large sellers and bursts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flow_values import ASK, BID, OPEN_NS, S

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.trade_conditions import TradeConditions
from trading_bot.order_flow.market.units import NS_PER_MS
from trading_bot.order_flow.rules.large_seller import LargeSellerState
from trading_bot.order_flow.rules.red_burst import RedBurstState
from trading_bot.order_flow.rules.side.classifier import TradeSideClassifier
from trading_bot.order_flow.rules.signals import Finding
from trading_bot.order_flow.rules.symbol_judge import NEVER_NS, NO_FINDINGS, SymbolJudge

BURST_NS = OPEN_NS + 360 * S
CENT = 10_000
Kind = tuple[str | None, str]


def judge(*, from_ns: int = OPEN_NS, quoted: bool = True, **settings: Any) -> SymbolJudge:
    config = OrderFlowConfig(**settings)
    bursts = RedBurstState("AAPL", config)
    bursts.watch_from(from_ns)
    judged = SymbolJudge(
        "AAPL",
        config,
        conditions=TradeConditions(),
        sellers=LargeSellerState("AAPL", config),
        bursts=bursts,
        sides=TradeSideClassifier(),
    )
    if quoted:
        quote(judged, from_ns)
    return judged


def quote(
    judged: SymbolJudge, at_ns: int, *, bid: int = BID, ask: int = ASK, size: int = 300
) -> list[Finding]:
    return judged.on_quote(at_ns, at_ns, bid, size, ask, size)


def trade(judged: SymbolJudge, at_ns: int, price: int, size: int, **more: Any) -> list[Kind]:
    alerts = judged.on_trade(at_ns, at_ns, price, size, **more)
    return [(alert.source or alert.alert_type, alert.severity) for alert in alerts]


def with_baseline(**settings: Any) -> SymbolJudge:
    """Return a judge after five minutes of 3,000 shares bought a minute, freshly quoted."""
    judged = judge(**settings)
    for minute in range(5):
        assert trade(judged, OPEN_NS + (60 * minute + 30) * S, ASK, 3_000) == []
    quote(judged, BURST_NS - S)
    return judged


def test_a_new_judge_knows_nothing() -> None:
    # Given no event
    judged = judge(quoted=False)
    # When it is read
    # Then nothing was seen, and nothing is to be looked at again
    assert (judged.bid_ticks, judged.ask_ticks, judged.last_ticks) == (0, 0, 0)
    assert (judged.quote_ns, judged.trade_ns, judged.trades, judged.quotes) == (0, 0, 0, 0)
    assert (judged.recheck_ns, judged.left_out()) == (NEVER_NS, {})


def test_a_judge_remembers_the_newest_of_each() -> None:
    # Given a quote and a print
    judged = judge()
    trade(judged, OPEN_NS + S, ASK, 100)
    # When it is read
    # Then prices, times and counts are those
    assert (judged.bid_ticks, judged.ask_ticks, judged.last_ticks) == (BID, ASK, ASK)
    assert (judged.quote_ns, judged.trade_ns) == (OPEN_NS, OPEN_NS + S)
    assert (judged.quotes, judged.trades) == (1, 1)


def test_nothing_found_is_nothing_built() -> None:
    # Given a quoted symbol
    judged = judge()
    # When an ordinary print is dropped
    alerts = judged.on_trade(OPEN_NS + S, OPEN_NS + S, BID, 100, (2,))
    # Then the shared empty list is returned
    assert alerts is NO_FINDINGS


def test_a_large_bid_in_a_quote_alerts() -> None:
    # Given a symbol
    judged = judge()
    # When a quote shows 12,000 shares bid and offered
    [alert] = quote(judged, OPEN_NS + S, size=12_000)
    # Then the resting bid alerts
    assert (alert.source, alert.order_size, alert.symbol) == ("resting_bid", 12_000, "AAPL")


def test_large_bids_below_the_best_alert_where_depth_is_known() -> None:
    # Given a symbol
    judged = judge(quoted=False)
    # When a book shows 20,000 shares bid below a small best bid
    levels = [(BID - CENT, 20_000)]
    alerts = judged.on_book(OPEN_NS, OPEN_NS, BID, 100, ASK, 500, levels)
    # Then that level alerts, and the best prices are remembered as a quote's
    assert [(alert.source, alert.severity) for alert in alerts] == [("resting_bid", "critical")]
    assert (judged.bid_ticks, judged.ask_ticks, judged.quote_ns) == (BID, ASK, OPEN_NS)
    assert (judged.quotes, judged.trades) == (1, 0)
    # Then, too, prints are signed by it
    assert trade(judged, OPEN_NS + S, BID, 12_000) == [("aggressive_sell", "warning")]


def test_a_large_print_at_the_bid_is_an_aggressive_sale() -> None:
    # Given a quoted symbol
    judged = judge()
    # When 12,000 shares print at the bid, and at the ask
    found = [trade(judged, OPEN_NS + k * S, price, 12_000) for k, price in [(1, ASK), (2, BID)]]
    # Then the sale alerts
    assert found == [[], [("aggressive_sell", "warning")]]


def test_a_sale_inside_the_spread_is_not_at_the_bid() -> None:
    # Given a quoted symbol
    judged = judge()
    # When 12,000 shares print near the bid, above it
    # Then it was sold, but not at the bid or lower
    assert trade(judged, OPEN_NS + S, BID + 1_000, 12_000) == []


def test_a_stated_sale_needs_no_quote() -> None:
    # Given no quote
    judged = judge(quoted=False)
    # When the provider states a sale of 12,000 shares, and a purchase
    found = [
        trade(judged, OPEN_NS + k * S, BID, 12_000, stated_side=side)
        for k, side in [(1, "buy"), (2, "sell")]
    ]
    # Then the sale alerts
    assert found == [[], [("aggressive_sell", "warning")]]


@pytest.mark.parametrize(("gap_ns", "expected"), [(NS_PER_MS, ["warning"]), (NS_PER_MS + 1, [])])
def test_prints_of_one_order_are_added_up(gap_ns: int, expected: list[str]) -> None:
    # Given a sale of 6,000 shares
    judged = judge()
    trade(judged, OPEN_NS + S, BID, 6_000)
    # When 6,000 more are sold
    found = trade(judged, OPEN_NS + S + gap_ns, BID, 6_000)
    # Then they are one order within 1 ms
    assert [severity for _, severity in found] == expected


@pytest.mark.parametrize(
    ("exchange", "made_later_ns", "expected"),
    [(4, 0, ["warning"]), (8, 0, ["warning"]), (4, 1, [])],
)
def test_prints_with_one_participant_stamp_are_one_order(
    exchange: int, made_later_ns: int, expected: list[str]
) -> None:
    # Given a sale of 6,000 shares on one exchange
    judged = judge()
    made_ns = OPEN_NS + S
    trade(judged, OPEN_NS + S, BID, 6_000, participant_ns=made_ns, exchange=4)
    # When 6,000 more reach the tape a second later
    more = {"participant_ns": made_ns + made_later_ns, "exchange": exchange}
    found = trade(judged, OPEN_NS + 2 * S, BID, 6_000, **more)
    # Then they are one order when they were made at the same time, on whichever exchange
    assert [severity for _, severity in found] == expected


def test_an_order_that_walks_down_the_book_is_critical() -> None:
    # Given an order that takes the best bid
    judged = judge()
    trade(judged, OPEN_NS + S, BID, 6_000)
    quote(judged, OPEN_NS + S, bid=BID - CENT)
    # When it goes on at the next
    # Then it is critical
    assert trade(judged, OPEN_NS + S + 1, BID - CENT, 6_000) == [("aggressive_sell", "critical")]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (8_999, []),
        (9_000, [("red_burst", "warning")]),
        (12_000, [("aggressive_sell", "warning"), ("red_burst", "critical")]),
    ],
)
def test_a_minute_of_sales_is_a_red_burst(size: int, expected: list[Kind]) -> None:
    # Given five minutes of 3,000 shares bought a minute
    judged = with_baseline()
    # When so many are sold at the bid
    # Then the ratios decide, and a large seller is told first
    assert trade(judged, BURST_NS, BID, size) == expected


def test_a_wall_that_has_stood_is_told_by_the_next_print() -> None:
    # Given an offer of 12,000 shares
    judged = judge()
    judged.on_quote(OPEN_NS + S, OPEN_NS + S, BID, 100, ASK, 12_000)
    # When prints come before and after it has stood for 2 s, one of them a large sale
    found = [trade(judged, OPEN_NS + k * S, BID, size) for k, size in [(2, 100), (3, 12_000)]]
    # Then it is told with the sale
    assert found == [[], [("ask_wall", "warning"), ("aggressive_sell", "warning")]]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"conditions": (2,)}, "average_price"),
        ({"conditions": (12,)}, "form_t"),
        ({"correction": 8}, "cancelled"),
        ({"participant_ns": BURST_NS - 5 * S - 1}, "late_print"),
        ({"participant_ns": BURST_NS - 5 * S - 1, "conditions": (24,)}, "late_print"),
    ],
)
def test_a_print_that_does_not_count_moves_nothing(more: dict[str, Any], reason: str) -> None:
    # Given five minutes of trading
    judged = with_baseline()
    # When a large print comes that tells nothing of present supply
    found = trade(judged, BURST_NS, BID, 50_000, **more)
    # Then it raises nothing, is counted by its reason once, and is no price
    assert (found, judged.left_out(), judged.last_ticks) == ([], {reason: 1}, ASK)
    assert judged.trades == 6


def test_prints_that_do_not_count_are_counted_by_their_reasons() -> None:
    # Given five minutes of trading
    judged = with_baseline()
    # When prints of two kinds come that do not count
    for conditions in ((2,), (2,), (12,)):
        trade(judged, BURST_NS, BID, 100, conditions=conditions)
    # Then each kind has its number
    assert judged.left_out() == {"average_price": 2, "form_t": 1}


def test_a_print_five_seconds_behind_its_stamp_counts() -> None:
    # Given five minutes of trading
    judged = with_baseline()
    # When a sale was made exactly 5 s before the tape had it
    found = trade(judged, BURST_NS, BID, 9_000, participant_ns=BURST_NS - 5 * S)
    # Then it counts
    assert found == [("red_burst", "warning")]


def test_a_print_that_may_not_be_signed_counts_for_volume_alone() -> None:
    # Given five minutes of trading
    judged = with_baseline()
    # When a negotiated print comes, and then sales at the bid that outweigh it
    found = [
        trade(judged, BURST_NS, BID, 5_000, conditions=(24,)),
        trade(judged, BURST_NS + S, BID, 9_000),
    ]
    # Then it is no sale, counts as half sold, and its reason is counted
    assert found == [[], [("red_burst", "critical")]]
    assert judged.left_out() == {"negotiated": 1}


def test_a_regular_condition_changes_nothing() -> None:
    # Given five minutes of trading
    judged = with_baseline()
    # When an intermarket sweep sells
    # Then it counts, and nothing is dropped
    assert trade(judged, BURST_NS, BID, 9_000, conditions=(14, 41)) == [("red_burst", "warning")]
    assert judged.left_out() == {}


EARLY_NS = OPEN_NS - 7_200 * S


def early_judge() -> SymbolJudge:
    """Return a judge of extended sessions after five minutes of Form T prints at 07:30."""
    judged = judge(from_ns=EARLY_NS, sessions="extended")
    for minute in range(5):
        trade(judged, EARLY_NS + (60 * minute + 30) * S, ASK, 3_000, conditions=(12,))
    return judged


@pytest.mark.parametrize(
    ("bid", "ask", "alerts"),
    [
        (100_000_000, 100_500_000, True),
        (100_000_000, 100_500_001, False),
        (100_000_000, 100_499_999, True),
        (100_000_000, 100_000_000, True),
        (100_000_000, 0, False),
        (0, 100_000_000, False),
    ],
)
def test_extended_sessions_need_a_spread_of_at_most_50_basis_points(
    bid: int, ask: int, alerts: bool
) -> None:
    # Given a pre-market with history, and a quote
    judged = early_judge()
    at_ns = EARLY_NS + 360 * S
    quote(judged, at_ns - 1, bid=bid, ask=ask)
    # When a burst is stated as sold
    found = trade(judged, at_ns, BID, 9_500, conditions=(12,), stated_side="sell")
    # Then 50 basis points are the most; a missing side is worse
    assert found == [("red_burst", "warning")] * alerts


def test_form_t_is_a_late_report_in_the_regular_session_whatever_is_judged() -> None:
    # Given a judge of extended sessions
    judged = early_judge()
    # When a Form T print comes after the open
    trade(judged, OPEN_NS + S, BID, 100, conditions=(12,))
    # Then it is dropped, and those before the open were not
    assert judged.left_out() == {"form_t": 1}


Flow = list[tuple[int, int, int, int]]
flows = st.lists(
    st.tuples(st.integers(0, 40 * S), st.integers(0, 3), st.integers(0, 3), st.integers(1, 15_000)),
    max_size=60,
)
"""Events as (ns after the one before, kind or price, price, size)."""


def alerts_of(flow: Flow, shift_s: int = 0) -> list[tuple[int, str | None, str, int | None]]:
    judged = judge(from_ns=OPEN_NS + shift_s * S)
    at_ns = OPEN_NS + shift_s * S
    found = []
    for step, kind, price, size in flow:
        at_ns += step
        if kind == 0:
            found += judged.on_quote(at_ns, at_ns, BID + price * CENT, size, ASK + 2 * CENT, size)
        else:
            found += judged.on_trade(at_ns, at_ns, BID + price * CENT, size)
    return [
        ((a.timestamp_ns or 0) - shift_s * S, a.source, a.severity, a.order_size) for a in found
    ]


@given(flows, st.integers(0, 10_000))
def test_the_same_events_give_the_same_alerts_and_later_ones_later_alerts(
    flow: Flow, shift_s: int
) -> None:
    # Given any events, and the same some time later in the session
    # When they are judged
    now = alerts_of(flow)
    # Then once is as good as twice, and only the time differs
    assert alerts_of(flow) == now
    assert alerts_of(flow, shift_s) == now
