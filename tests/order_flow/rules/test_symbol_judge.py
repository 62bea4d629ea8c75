"""One symbol's quotes and prints through conditions, side, large sellers and bursts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flow_values import ASK, BID, OPEN_NS, S
from support.market import JudgedSymbol, give_quote, give_trade
from support.monitor_stubs import symbol_judge

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.events import BookEvent, HaltEvent, TradeEvent, Withdrawal
from trading_bot.order_flow.market.trade_conditions import TradeConditions
from trading_bot.order_flow.market.units import FAR_FUTURE_NS, NS_PER_MS, UNITS_PER_SHARE
from trading_bot.order_flow.rules.large_seller import LargeSellerState
from trading_bot.order_flow.rules.red_burst import RedBurstState
from trading_bot.order_flow.rules.side.classifier import TradeSideClassifier
from trading_bot.order_flow.rules.signals import Signal
from trading_bot.order_flow.rules.symbol_judge import (
    MOST_WITHDRAWABLE,
    WITHDRAWN_WITHIN_NS,
    SymbolJudge,
)

BURST_NS = OPEN_NS + 360 * S
CENT = 10_000
Kind = tuple[str | None, str]


class Judged(JudgedSymbol):
    """A judge with a quote before it, and what it finds of each event."""

    def __init__(self, *, from_ns: int = OPEN_NS, quoted: bool = True, **settings: Any) -> None:
        # Few prints are minutes here, unless a test says otherwise.
        settings = {"minimum_baseline_prints": 0} | settings
        super().__init__("AAPL", OrderFlowConfig(thresholds="fixed", **settings))
        self.bursts.watch_from(from_ns)
        if quoted:
            quote(self, from_ns)


def judge(**settings: Any) -> Judged:
    return Judged(**settings)


def quote(
    judged: Judged, at_ns: int, *, bid: int = BID, ask: int = ASK, size: int = 300
) -> list[Signal]:
    give_quote(judged.judge, "AAPL", at_ns, bid, size, ask, size)
    return judged.take()


def trade(judged: Judged, at_ns: int, price: int, size: int, **more: Any) -> list[Kind]:
    give_trade(judged.judge, "AAPL", at_ns, price, size, **more)
    return [(alert.source or alert.alert_type, alert.severity) for alert in judged.take()]


def with_baseline(**settings: Any) -> Judged:
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
    assert (judged.judge.bid_ticks, judged.judge.ask_ticks, judged.judge.last_ticks) == (0, 0, 0)
    assert (
        judged.judge.quote_ns,
        judged.judge.trade_ns,
        judged.judge.trades,
        judged.judge.quotes,
    ) == (0, 0, 0, 0)
    assert (judged.judge.recheck_ns, judged.judge.left_out()) == (FAR_FUTURE_NS, {})


def test_a_judge_remembers_the_newest_of_each() -> None:
    # Given a quote and a print
    judged = judge()
    trade(judged, OPEN_NS + S, ASK, 100)
    # When it is read
    # Then prices, times and counts are those
    assert (judged.judge.bid_ticks, judged.judge.ask_ticks, judged.judge.last_ticks) == (
        BID,
        ASK,
        ASK,
    )
    assert (judged.judge.quote_ns, judged.judge.trade_ns) == (OPEN_NS, OPEN_NS + S)
    assert (judged.judge.quotes, judged.judge.trades) == (1, 1)


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
    bids = ((BID, 100 * UNITS_PER_SHARE), (BID - CENT, 20_000 * UNITS_PER_SHARE))
    judged.judge.book(BookEvent("AAPL", OPEN_NS, bids, ((ASK, 500 * UNITS_PER_SHARE),)))
    alerts = judged.take()
    # Then that level alerts, and the best prices are remembered as a quote's
    assert [(alert.source, alert.severity) for alert in alerts] == [("resting_bid", "critical")]
    assert (judged.judge.bid_ticks, judged.judge.ask_ticks, judged.judge.quote_ns) == (
        BID,
        ASK,
        OPEN_NS,
    )
    assert (judged.judge.quotes, judged.judge.trades) == (1, 0)
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
    give_quote(judged.judge, "AAPL", OPEN_NS + S, BID, 100, ASK, 12_000)
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
    assert (found, judged.judge.left_out(), judged.judge.last_ticks) == ([], {reason: 1}, ASK)
    assert judged.judge.trades == 6


def test_prints_that_do_not_count_are_counted_by_their_reasons() -> None:
    # Given five minutes of trading
    judged = with_baseline()
    # When prints of two kinds come that do not count
    for conditions in ((2,), (2,), (12,)):
        trade(judged, BURST_NS, BID, 100, conditions=conditions)
    # Then each kind has its number
    assert judged.judge.left_out() == {"average_price": 2, "form_t": 1}


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
    assert judged.judge.left_out() == {"negotiated": 1}


def test_a_regular_condition_changes_nothing() -> None:
    # Given five minutes of trading
    judged = with_baseline()
    # When an intermarket sweep sells
    # Then it counts, and nothing is dropped
    assert trade(judged, BURST_NS, BID, 9_000, conditions=(14, 41)) == [("red_burst", "warning")]
    assert judged.judge.left_out() == {}


EARLY_NS = OPEN_NS - 7_200 * S


def early_judge() -> Judged:
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
    assert judged.judge.left_out() == {"form_t": 1}


Flow = list[tuple[int, int, int, int]]
flows = st.lists(
    st.tuples(st.integers(0, 40 * S), st.integers(0, 3), st.integers(0, 3), st.integers(1, 15_000)),
    max_size=60,
)
"""Events as (ns after the one before, kind or price, price, size)."""


def alerts_of(flow: Flow, shift_s: int = 0) -> list[tuple[int, str | None, str, int | None]]:
    judged = judge(from_ns=OPEN_NS + shift_s * S)
    at_ns = OPEN_NS + shift_s * S
    for step, kind, price, size in flow:
        at_ns += step
        if kind == 0:
            quote_ = (BID + price * CENT, size, ASK + 2 * CENT, size)
            give_quote(judged.judge, "AAPL", at_ns, *quote_)
        else:
            give_trade(judged.judge, "AAPL", at_ns, BID + price * CENT, size)
    return [
        (a.timestamp_ns - shift_s * S, a.source, a.severity, a.order_size) for a in judged.take()
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


def test_a_print_that_is_taken_back_makes_no_burst() -> None:
    # Given five minutes of trading, and a large print that is almost a burst
    judged = with_baseline()
    assert trade(judged, BURST_NS, BID, 8_900, trade_id="17", exchange=4) == []
    # When it is withdrawn, and as much as makes a burst with it is sold
    judged.judge.withdraw(Withdrawal("AAPL", BURST_NS + S, exchange=4, trade_id="17"))
    found = trade(judged, BURST_NS + 2 * S, BID, 200)
    # Then it is none, and the withdrawal is counted
    assert (found, judged.judge.left_out()) == ([], {"withdrawn": 1})
    assert trade(judged, BURST_NS + 3 * S, BID, 8_800) == [("red_burst", "warning")]


def test_a_print_without_an_id_is_taken_back_by_its_sequence_number() -> None:
    # Given a print without an id
    judged = judge()
    trade(judged, OPEN_NS + S, ASK, 100, sequence=5)
    # When it is withdrawn twice
    for _ in range(2):
        judged.judge.withdraw(Withdrawal("AAPL", OPEN_NS + 2 * S, sequence=5))
    # Then it goes once, and the second is counted as unknown
    assert judged.judge.left_out() == {"withdrawn": 1, "withdrawn_unknown": 1}


def test_a_print_that_has_left_every_window_is_not_remembered() -> None:
    # Given a print, and another so long after it that it counts nowhere
    judged = judge()
    trade(judged, OPEN_NS + S, ASK, 100, trade_id="1")
    trade(judged, OPEN_NS + S + WITHDRAWN_WITHIN_NS + S, ASK, 100, trade_id="2")
    # When the first is withdrawn
    judged.judge.withdraw(Withdrawal("AAPL", OPEN_NS + 400 * S, trade_id="1"))
    # Then it is unknown
    assert judged.judge.left_out() == {"withdrawn_unknown": 1}


def test_the_oldest_of_too_many_prints_cannot_be_taken_back() -> None:
    # Given one print more than are remembered, all within a few seconds
    judged = judge()
    for number in range(MOST_WITHDRAWABLE + 1):
        trade(judged, OPEN_NS + S, ASK, 1, trade_id=str(number))
    # When the first two are withdrawn
    for number in (0, 1):
        judged.judge.withdraw(Withdrawal("AAPL", OPEN_NS + S, trade_id=str(number)))
    # Then the first is unknown
    assert judged.judge.left_out() == {"withdrawn_unknown": 1, "withdrawn": 1}


def test_a_print_before_a_halt_is_taken_back_after_it() -> None:
    # Given five minutes of trading, a print, and a halt of five minutes
    judged = with_baseline()
    trade(judged, BURST_NS, BID, 8_000, trade_id="17")
    judged.judge.halt(HaltEvent("AAPL", BURST_NS + S, True))
    judged.judge.halt(HaltEvent("AAPL", BURST_NS + 300 * S, False))
    trade(judged, BURST_NS + 300 * S, ASK, 100, conditions=(28,))
    quote(judged, BURST_NS + 361 * S)
    # When the print is withdrawn, and some is sold within what is still its minute
    judged.judge.withdraw(Withdrawal("AAPL", BURST_NS + 362 * S, trade_id="17"))
    # Then it makes no burst with that
    assert trade(judged, BURST_NS + 363 * S, BID, 2_000) == []


def test_fractions_of_a_share_are_cut_off_and_less_than_one_is_left_out() -> None:
    # Given a quoted symbol
    judged = judge()
    # When prints of less than a share, of one and a half, and of almost 10,000 at the bid come
    for second, size in enumerate((999_999, 1_500_000, 9_999_999_999), 1):
        judged.judge.trade(TradeEvent("AAPL", OPEN_NS + second * S, BID, size))
    # Then the first is left out, the others are cut and counted, and the last is no large sale
    assert (judged.judge.trades, judged.take()) == (2, [])
    assert judged.judge.left_out() == {"below_one_share": 1, "fraction_of_a_share": 2}


@pytest.mark.parametrize(("participant_ns", "meets"), [(None, OPEN_NS + S), (OPEN_NS, OPEN_NS)])
def test_a_book_meets_prints_by_the_exchange_s_own_stamp_where_it_has_one(
    participant_ns: int | None, meets: int
) -> None:
    # Given a symbol
    judged = judge(quoted=False)
    levels = ((BID, UNITS_PER_SHARE),), ((ASK, UNITS_PER_SHARE),)
    # When a book comes
    judged.judge.book(BookEvent("AAPL", OPEN_NS + S, *levels, participant_ns))
    # Then it meets prints by that stamp
    assert judged.judge.quote_ns == meets
    # Then, too, a later one by exchange time once one came without it
    judged.judge.by_exchange_time = True
    judged.judge.book(BookEvent("AAPL", OPEN_NS + 2 * S, *levels[::-1], OPEN_NS + S))
    assert judged.judge.quote_ns == OPEN_NS + 2 * S


@pytest.mark.parametrize(
    ("second", "looked"), [(59, []), (60, [60]), (61, [61])], ids=["before", "at", "after"]
)
def test_a_print_that_does_not_count_lets_time_pass_for_what_is_due(
    second: int, looked: list[int]
) -> None:
    # Given a judge with something due a minute after the open
    due: list[int] = []
    config = OrderFlowConfig(thresholds="fixed")
    judge = SymbolJudge(
        "AAPL",
        config,
        conditions=TradeConditions(),
        sellers=LargeSellerState("AAPL", config),
        bursts=RedBurstState("AAPL", config),
        sides=TradeSideClassifier(),
        on_due=lambda _, sip_ns: due.append((sip_ns - OPEN_NS) // S),
    )
    judge.recheck_ns = OPEN_NS + 60 * S
    # When a print comes that was made long before
    at_ns = OPEN_NS + second * S
    give_trade(judge, "AAPL", at_ns, BID, 100, participant_ns=at_ns - 30 * S)
    # Then it does not count, and what is due by then is looked at
    assert (judge.left_out(), due) == ({"late_print": 1}, looked)


# What the validators would refuse


@pytest.mark.parametrize(
    ("ahead_ns", "judged_"),
    [(5 * S - 1, True), (5 * S, True), (5 * S + 1, False)],
    ids=["below", "at", "above"],
)
def test_a_quote_from_the_future_beyond_the_clock_skew_raises_nothing(
    ahead_ns: int, judged_: bool
) -> None:
    # Given a quote that stands, and one of a large bid, stamped so far ahead of its arrival
    for bid in (BID, BID + CENT):
        judged = judge()
        at_ns = OPEN_NS + 60 * S
        # When it comes, at the same prices or at others
        give_quote(judged.judge, "AAPL", at_ns, bid, 12_000, ASK, 300, received_ns=at_ns - ahead_ns)
        # Then up to 5 s it is judged; beyond, it changes nothing and is counted
        assert [each.source for each in judged.take()] == ["resting_bid"] * judged_
        assert judged.judge.bid_ticks == (bid if judged_ else BID)
        assert judged.judge.left_out() == ({} if judged_ else {"future_timestamp": 1})


@pytest.mark.parametrize(("ahead_ns", "judged_"), [(5 * S, True), (5 * S + 1, False)])
def test_a_book_from_the_future_beyond_the_clock_skew_raises_nothing(
    ahead_ns: int, judged_: bool
) -> None:
    # Given a book with a large bid, stamped so far ahead of its arrival
    judged = judge()
    levels = ((BID, 12_000 * UNITS_PER_SHARE),), ((ASK, UNITS_PER_SHARE),)
    # When it comes
    judged.judge.book(BookEvent("AAPL", OPEN_NS + S, *levels, None, 0, OPEN_NS + S - ahead_ns))
    # Then up to 5 s it is judged; beyond, it is counted
    assert [each.source for each in judged.take()] == ["resting_bid"] * judged_
    assert judged.judge.left_out() == ({} if judged_ else {"future_timestamp": 1})


@pytest.mark.parametrize(
    ("ahead_ns", "counts"), [(5 * S - 1, True), (5 * S, True), (5 * S + 1, False)]
)
def test_a_print_from_the_future_beyond_the_clock_skew_moves_no_window(
    ahead_ns: int, counts: bool
) -> None:
    # Given a baseline
    judged = with_baseline()
    at_ns = BURST_NS + 60 * S
    # When a print comes that is stamped so far ahead of its arrival
    trade(judged, at_ns, BID, 100, received_ns=at_ns - ahead_ns)
    # Then up to 5 s it counts; beyond, it is counted as left out, and time has not passed
    assert judged.judge.trade_ns == (at_ns if counts else BURST_NS - 90 * S)
    assert judged.judge.left_out() == ({} if counts else {"future_timestamp": 1})


@pytest.mark.parametrize(
    ("bid", "judged_"),
    [(ASK - 1, True), (ASK, True), (ASK + 1, False)],
    ids=["below the ask", "locked", "crossed"],
)
def test_a_crossed_quote_raises_no_resting_bid(bid: int, judged_: bool) -> None:
    # Given a quote of a large bid that stands so near the ask
    judged = judge()
    # When it comes, and then one at its old prices
    give_quote(judged.judge, "AAPL", OPEN_NS + S, bid, 12_000, ASK, 300)
    found = judged.take()
    # Then only a bid above the ask is set aside, and counted
    assert [each.source for each in found] == ["resting_bid"] * judged_
    assert judged.judge.left_out() == ({} if judged_ else {"crossed_book": 1})


def test_a_bid_that_alerted_is_not_new_after_a_crossed_quote() -> None:
    # Given a large bid that has alerted
    judged = judge()
    give_quote(judged.judge, "AAPL", OPEN_NS + S, BID, 12_000, ASK, 300)
    assert len(judged.take()) == 1
    # When quotes cross for a moment, and it is shown again 6 s later
    give_quote(judged.judge, "AAPL", OPEN_NS + 2 * S, ASK + CENT, 13_000, ASK, 300)
    give_quote(judged.judge, "AAPL", OPEN_NS + 8 * S, BID, 12_000, ASK, 300)
    # Then it is the one that was told
    assert judged.take() == []


def test_a_large_bid_that_nobody_offers_against_is_not_crossed() -> None:
    # Given a market without an offer
    judged = judge()
    # When a large bid is shown
    give_quote(judged.judge, "AAPL", OPEN_NS + S, BID, 12_000, 0, 0)
    # Then it alerts
    assert len(judged.take()) == 1


def test_a_crossed_book_raises_nothing() -> None:
    # Given a book whose best bid stands above its best ask
    judged = judge()
    levels = ((ASK, 12_000 * UNITS_PER_SHARE),), ((BID, UNITS_PER_SHARE),)
    # When it comes
    judged.judge.book(BookEvent("AAPL", OPEN_NS + S, *levels))
    # Then it is counted
    assert (judged.take(), judged.judge.left_out()) == ([], {"crossed_book": 1})


# What a burst is measured by, and prices that are none


def test_a_judge_asks_for_the_prints_that_its_settings_name() -> None:
    # Given a judge by default, and one whose settings ask for 7
    # When their burst rules are looked at
    found = [judge(minimum_baseline_prints=each).bursts.minimum_prints for each in (20, 7)]
    # Then they ask for as many
    assert found == [20, 7]
    assert JudgedSymbol().bursts.minimum_prints == 20


def test_a_burst_without_enough_prints_before_it_is_counted() -> None:
    # Given five prints in five minutes, and a floor of 20
    judged = with_baseline(minimum_baseline_prints=20)
    # When much is sold
    found = trade(judged, BURST_NS, BID, 9_500)
    # Then there is no alert, and that is counted
    assert (found, judged.judge.left_out()) == ([], {"burst_unmeasured": 1})


MIDDLE_TENTH = (BID + ASK) // 20


@pytest.mark.parametrize(
    ("price", "far"),
    [
        (BID - MIDDLE_TENTH + 1, False),
        (BID - MIDDLE_TENTH, False),
        (BID - MIDDLE_TENTH - 1, True),
        (ASK + MIDDLE_TENTH - 1, False),
        (ASK + MIDDLE_TENTH, False),
        (ASK + MIDDLE_TENTH + 1, True),
    ],
)
def test_a_price_more_than_a_tenth_of_the_middle_outside_the_quotes_is_far(
    price: int, *, far: bool
) -> None:
    # Given a fresh quote
    judged = judge()
    # When a print comes at, and on both sides of, a tenth of the middle from bid or ask
    trade(judged, OPEN_NS + S, price, 100)
    # Then it is far beyond that, and then says nothing of the price
    assert judged.judge.left_out() == ({"far_from_quotes": 1} if far else {})
    assert judged.judge.last_ticks == (0 if far else price)


def test_three_prints_at_half_the_bid_raise_nothing() -> None:
    # Given a fresh quote
    judged = judge()
    # When three orders of 12,000 shares trade at half the bid
    found = [trade(judged, OPEN_NS + second * S, BID // 2, 12_000) for second in (1, 2, 3)]
    # Then none of them is a seller
    assert found == [[], [], []]
    assert judged.judge.left_out() == {"far_from_quotes": 3}


def test_a_side_that_is_stated_does_not_make_a_far_price_a_sale() -> None:
    # Given a fresh quote
    judged = judge()
    # When a print at half the bid is stated to be a sale
    # Then it is none
    assert trade(judged, OPEN_NS + S, BID // 2, 12_000, stated_side="sell") == []


def test_a_far_print_counts_as_volume_without_a_side() -> None:
    # Given five minutes of 3,000 shares
    judged = with_baseline()
    # When 9,000 shares are bought or sold far from the quotes
    found = trade(judged, BURST_NS, BID // 2, 9_000)
    # Then they are volume, half of it sold as with every unknown side
    assert found == []
    reading = judged.bursts.reading()
    assert (reading.volume, reading.sold_thousandths) == (9_000, 4_500_000)


def test_a_far_print_does_not_sway_the_tick_test() -> None:
    # Given a print at the middle of a quote, and one far below
    judged = judge()
    trade(judged, OPEN_NS + S, (BID + ASK) // 2, 100)
    trade(judged, OPEN_NS + 2 * S, BID // 2, 100)
    # When more trade at the middle
    trade(judged, OPEN_NS + 3 * S, (BID + ASK) // 2, 100)
    # Then they are no uptick: nothing is known of their side
    assert judged.bursts.reading().sold_thousandths == 3 * 100 * 500


@pytest.mark.parametrize(
    ("seconds", "far"), [(59, True), (60, True), (61, False)], ids=["before", "at", "after"]
)
def test_an_old_quote_says_of_no_price_that_it_is_far(seconds: int, *, far: bool) -> None:
    # Given a quote that nothing has confirmed for a while
    judged = judge()
    # When a print comes at half of it
    trade(judged, OPEN_NS + seconds * S, BID // 2, 100)
    # Then it is far only while the quote is at most a minute old
    assert judged.judge.left_out() == ({"far_from_quotes": 1} if far else {})


@pytest.mark.parametrize(
    ("bid", "ask"), [(0, 0), (0, ASK), (BID, 0), (ASK, BID)], ids=["none", "ask", "bid", "crossed"]
)
def test_without_two_sides_no_price_is_far(bid: int, ask: int) -> None:
    # Given a quote that has not two sides, or is crossed
    judged = judge(quoted=False)
    quote(judged, OPEN_NS, bid=bid, ask=ask)
    # When a print comes at half the price
    trade(judged, OPEN_NS + S, BID // 2, 100)
    # Then it counts as any other
    assert judged.judge.last_ticks == BID // 2


@pytest.mark.parametrize(
    ("bid", "ask", "from_second", "until_second", "stood"),
    [
        (BID, ASK, 0, 1, True),
        (BID + CENT, ASK, 4, 5, True),
        (BID + CENT, ASK, 0, 4, False),
        (BID, ASK, 6, 9, False),
    ],
)
def test_a_judge_knows_which_prices_stood_when(
    bid: int, ask: int, from_second: int, until_second: int, stood: bool
) -> None:
    # Given one quote, and another five seconds later
    judged = judge()
    quote(judged, OPEN_NS + 5 * S, bid=BID + CENT)
    # When prices are looked for in a span
    found = judged.judge.quoted(bid, ask, OPEN_NS + from_second * S, OPEN_NS + until_second * S)
    # Then it says whether they stood within it
    assert found is stood


def test_a_judge_knows_what_a_print_counted_while_it_may_be_taken_back() -> None:
    # Given two prints, and a judge that remembers none
    judged, forgetful = judge(), symbol_judge("AAPL")
    for number, size in (("1", 100), ("2", 300)):
        trade(judged, OPEN_NS + S, BID, size, trade_id=number)
        give_trade(forgetful, "AAPL", OPEN_NS + S, BID, size, trade_id=number)
    # When the word comes that one is withdrawn, and one that nobody knows
    known, unknown = (Withdrawal("AAPL", OPEN_NS + 9 * S, trade_id=number) for number in ("2", "3"))
    # Then its shares are known, and asking changes nothing
    assert [judged.judge.shares_of(each) for each in (known, known, unknown)] == [300, 300, 0]
    assert forgetful.shares_of(known) == 0


@pytest.mark.parametrize(
    ("behind", "found"),
    [(24 * CENT, 1), (25 * CENT, 1), (26 * CENT, 0)],
    ids=["below", "at", "above"],
)
def test_an_offer_counts_within_25_basis_points_of_the_best(behind: int, found: int) -> None:
    # Given a large offer behind the best ask of 100 dollars
    judged = judge(quoted=False)
    ask = 100_000_000
    asks = ((ask, 100 * UNITS_PER_SHARE), (ask + behind, 12_000 * UNITS_PER_SHARE))
    bids = ((ask - CENT, 100 * UNITS_PER_SHARE),)
    judged.judge.book(BookEvent("AAPL", OPEN_NS, bids, asks))
    # When it has stood two seconds
    judged.judge.book(BookEvent("AAPL", OPEN_NS + 2 * S, bids, asks))
    # Then
    assert [each.source for each in judged.take()] == ["ask_wall"] * found
