"""A whole tape signed at once says what the running path says of each print."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flow_values import ASK, BID, OPEN_NS, S
from support.market import JudgedSymbol

from trading_bot.order_flow.market.events import MarketEvent, QuoteEvent, TradeEvent
from trading_bot.order_flow.market.order import as_live, place_of
from trading_bot.order_flow.market.sink import give
from trading_bot.order_flow.market.trade_conditions import TradeConditions
from trading_bot.order_flow.market.units import NS_PER_MS, UNITS_PER_SHARE
from trading_bot.order_flow.rules.side.side_rules import TradeSide
from trading_bot.order_flow.rules.side.signing import sign_trades

FOUR_HOURS = 4 * 3_600 * S


def quote(at_ns: int, *, bid: int = BID, ask: int = ASK, **more: Any) -> QuoteEvent:
    size = 300 * UNITS_PER_SHARE
    return QuoteEvent("AAPL", at_ns, bid, size, ask, size, **more)


def trade(at_ns: int, price: int, *, shares: int = 100, **more: Any) -> TradeEvent:
    return TradeEvent("AAPL", at_ns, price, shares * UNITS_PER_SHARE, **more)


def signed(trades: list[TradeEvent], quotes: list[QuoteEvent], **more: Any) -> list[TradeSide]:
    return sign_trades(trades, quotes, conditions=TradeConditions(), **more)


def test_prints_are_signed_by_the_quote_before_them_in_any_order() -> None:
    # Given a quote, and a sale and a purchase after it, the newer one first
    trades = [trade(OPEN_NS + 2 * S, ASK), trade(OPEN_NS + S, BID)]
    # When they are signed
    found = signed(trades, [quote(OPEN_NS)])
    # Then each has its side, in the order given
    assert [(side, rule) for side, _, rule in found] == [("buy", "quote"), ("sell", "quote")]


@pytest.mark.parametrize(
    "more",
    [
        {"conditions": (2,)},
        {"conditions": (24,)},
        {"correction": 8},
        {"participant_ns": OPEN_NS + S - 5 * S - 1},
        {"received_ns": OPEN_NS + S - 5 * S - 1},
        {"shares": 0},
    ],
    ids=["average price", "negotiated", "cancelled", "late", "from the future", "no whole share"],
)
def test_a_print_that_may_not_be_signed_has_no_evidence(more: dict[str, Any]) -> None:
    # Given a print at the bid that tells nothing of present supply
    # When it is signed
    [found] = signed([trade(OPEN_NS + S, BID, **more)], [quote(OPEN_NS)])
    # Then it has no side
    assert found == ("unknown", 500, "no_evidence")


def test_a_quote_from_the_future_signs_nothing() -> None:
    # Given a quote that is stamped ahead of its arrival, and a print at its bid
    ahead = quote(OPEN_NS, received_ns=OPEN_NS - 5 * S - 1)
    # When it is signed
    # Then there is no evidence
    assert signed([trade(OPEN_NS + S, BID)], [ahead]) == [("unknown", 500, "no_evidence")]


@pytest.mark.parametrize(("extended", "side"), [(False, "unknown"), (True, "sell")])
def test_form_t_has_a_side_where_its_session_is_judged(extended: bool, side: str) -> None:
    # Given a Form T print at the bid, before the open
    early = OPEN_NS - FOUR_HOURS
    # When it is signed with and without that session
    [found] = signed([trade(early + S, BID, conditions=(12,))], [quote(early)], extended=extended)
    # Then it has a side where that session counts
    assert found[0] == side


steps_of_a_tape = st.lists(
    st.tuples(
        st.integers(0, 3_000),
        st.sampled_from(["quote", "quote", "trade"]),
        st.integers(-2, 2),
        st.sampled_from([None, 0, 100, 700]),
        st.integers(1, 4),
    ),
    max_size=40,
)
"""(ms after the one before, kind, price in cents from the bid, participant lag in us, exchange)."""


@given(steps_of_a_tape, st.sampled_from([1, NS_PER_MS]))
def test_a_tape_that_was_asked_for_has_the_sides_of_the_running_path(
    steps: list[tuple[int, str, int, int | None, int]], step_ns: int
) -> None:
    # Given any tape of less than a minute
    at_ns, sequence = OPEN_NS, 0
    trades: list[TradeEvent] = []
    quotes: list[QuoteEvent] = []
    for wait_ms, kind, cents, lag_us, exchange in steps:
        at_ns, sequence = at_ns + wait_ms * NS_PER_MS // 3 + 7, sequence + 1
        stamps: dict[str, Any] = {
            "participant_ns": None if lag_us is None else at_ns - lag_us * 1_000,
            "sequence": sequence,
        }
        if kind == "quote":
            quotes.append(
                quote(at_ns, bid=BID + cents * 10_000, ask=ASK + cents * 10_000, **stamps)
            )
        else:
            trades.append(trade(at_ns, BID + cents * 10_000, exchange=exchange, **stamps))
    # When it is signed at once, and judged event by event
    found = signed(trades, quotes, step_ns=step_ns)
    judged = JudgedSymbol("AAPL", step_ns=step_ns)
    sold = []
    events: list[MarketEvent] = [*trades, *quotes]
    for event in sorted(events, key=lambda each: place_of(each, step_ns)):
        give(judged.judge, as_live(event, step_ns))
        if isinstance(event, TradeEvent):
            sold.append(judged.bursts.reading().sold_thousandths)
    # Then the expected sold shares are the same after each print
    p_sells = [p_sell for _, p_sell, _ in found]
    assert sold == [100 * sum(p_sells[: place + 1]) for place in range(len(p_sells))]
