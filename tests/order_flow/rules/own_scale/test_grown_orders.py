"""An order that grows is found twice at most, and counts as one."""

from __future__ import annotations

from support.flow_values import ASK, BID, NOON_NS, S
from support.market import JudgedSymbol, give_quote, give_trade

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.units import NS_PER_US
from trading_bot.order_flow.rules.own_scale.desk import scale_rules
from trading_bot.order_flow.rules.own_scale.manner import Manner
from trading_bot.order_flow.rules.own_scale.memory import BLOCK_NS, BLOCKS, KINDS, OwnScale

LARGEST = 10_000
"""The largest order of each two minutes in memory; a quarter above it is critical."""


def judged_at_noon() -> JudgedSymbol:
    """Return a judge whose memory holds orders of one size in each block of yesterday."""
    config = OrderFlowConfig()
    rules = scale_rules(config, "AAPL")
    assert rules is not None
    state = OwnScale(rules).state()
    began = [NOON_NS - (BLOCKS + each) * BLOCK_NS for each in range(BLOCKS)]
    state.began, state.peaks = began, [[LARGEST] * BLOCKS for _ in range(KINDS)]
    scale = OwnScale(rules)
    scale.restore(state)
    scale.watch_from(NOON_NS)
    judged = JudgedSymbol("AAPL", config)
    judged.judge.judge_by(scale, 120)
    give_quote(judged.judge, "AAPL", NOON_NS, BID, 300, ASK, 300)
    return judged


def sells(judged: JudgedSymbol, after: float, *sizes: int) -> list[tuple[str, int]]:
    """Sell at the bid, all prints of one order; return severity and number of what is said."""
    for step, size in enumerate(sizes):
        at_ns = NOON_NS + int(after * S) + step * 10 * NS_PER_US
        give_trade(judged.judge, "AAPL", at_ns, BID, size)
    return [(each.severity, each.scale.orders) for each in judged.take() if each.scale is not None]


def test_an_order_that_grows_to_critical_is_said_twice_and_counts_once() -> None:
    # Given a symbol whose orders reach 10,000 shares
    judged = judged_at_noon()
    # When one order sells so many, and then half as many more
    said = sells(judged, 1, LARGEST, LARGEST // 2)
    # Then both are said, as the first order of the window
    assert said == [("warning", 1), ("critical", 1)]


def test_two_orders_that_grow_make_no_three() -> None:
    # Given an order that has grown to critical
    judged = judged_at_noon()
    sells(judged, 1, LARGEST, LARGEST // 2)
    # When a second one does, and a third comes
    second = sells(judged, 11, LARGEST, LARGEST // 2)
    third = sells(judged, 21, LARGEST)
    # Then only the third makes three
    assert second == [("critical", 2)]
    assert third == [("warning", 3)]


def test_an_order_counted_again_adds_nothing() -> None:
    # Given a large order
    manner = Manner(120)
    first = manner.count_order(NOON_NS)
    # When it grows, and another one comes
    again = manner.count_order(NOON_NS, again=True)
    other = manner.count_order(NOON_NS + S)
    # Then there are one, one and two, the first at its time
    assert (first, again, other) == ((1, NOON_NS), (1, NOON_NS), (2, NOON_NS))
