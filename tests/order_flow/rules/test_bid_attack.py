"""Sellers that hit one bid price again and again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flow_values import ASK, BID, NOON_NS, S
from support.market import JudgedSymbol, give_quote, give_trade

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.events import BookEvent
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.rules.bid_attack import BidAttack
from trading_bot.order_flow.rules.own_scale.desk import scale_rules
from trading_bot.order_flow.rules.own_scale.memory import OwnScale
from trading_bot.order_flow.rules.signals import Signal

TICK = 10_000


def attack(executions: int = 5, gap_seconds: int = 10) -> BidAttack:
    return BidAttack("ACME", executions=executions, gap_seconds=gap_seconds)


def told(judged: BidAttack, *sales: tuple[float, int]) -> list[float]:
    """Give executions by second and price; return the seconds at which an attack was told."""
    return [
        second
        for second, price in sales
        if judged.on_sale(NOON_NS + round(second * S), price, 100) is not None
    ]


class Attacked(JudgedSymbol):
    """A symbol with a quote at noon, of which the attacks are kept."""

    def __init__(self, config: OrderFlowConfig | None = None) -> None:
        asked = OrderFlowConfig(thresholds="fixed", own_scale_sources=("bid_attacked",))
        super().__init__("ACME", config or asked)
        self.quote(-1)

    def quote(self, second: float, bid: int = BID, ask: int = ASK) -> None:
        give_quote(self.judge, "ACME", NOON_NS + round(second * S), bid, 300, ask, 300)

    def trade(self, second: float, price: int = BID, **more: Any) -> None:
        give_trade(self.judge, "ACME", NOON_NS + round(second * S), price, 100, **more)

    def attacks(self) -> list[Signal]:
        return [each for each in self.take() if each.source == "bid_attacked"]


@pytest.mark.parametrize(("executions", "attacks"), [(4, 0), (5, 1), (6, 1)])
def test_five_executions_at_one_bid_are_an_attack(executions: int, attacks: int) -> None:
    # Given so many executions at one bid price, a second apart
    sales = [(second, BID) for second in range(executions)]
    # When they are judged
    # Then from the fifth on there is one attack, told with that
    assert told(attack(), *sales) == [4][:attacks]


@pytest.mark.parametrize(("gap", "attacks"), [(9.999999999, 1), (10.0, 1), (10.000000001, 0)])
def test_the_gaps_are_ten_seconds_at_most(gap: float, attacks: int) -> None:
    # Given four executions, and a fifth so long after them
    sales = [*((second, BID) for second in range(4)), (3 + gap, BID)]
    # When they are judged
    # Then the fifth makes an attack of them where the gap is no longer
    assert len(told(attack(), *sales)) == attacks


def test_an_attack_is_told_once_and_again_only_after_it_has_ended() -> None:
    # Given an attack that goes on for a minute, ends by a longer gap, and begins anew
    first = [(second, BID) for second in range(60)]
    second = [(70.5 + second, BID) for second in range(6)]
    # When they are judged
    # Then each is told with its fifth execution
    assert told(attack(), *first, *second) == [4, 74.5]


def test_a_sale_at_another_bid_ends_it() -> None:
    # Given four executions at one bid, one at another, and four more at the first
    at_first = [(second, BID) for second in range(9)]
    sales = [*at_first[:4], (4, BID - TICK), *at_first[5:]]
    # When they are judged
    # Then five in a row at one price are not there, until the next
    judged = attack()
    assert told(judged, *sales) == []
    assert told(judged, (9, BID)) == [9]


def test_an_attack_says_what_was_sold_at_its_price() -> None:
    # Given four executions
    judged = attack()
    told(judged, *((second, BID) for second in range(4)))
    # When the fifth comes, of 250 shares
    found = judged.on_sale(NOON_NS + 4 * S, BID, 250)
    # Then the attack is a warning of 650 shares at that price
    assert found == Signal(
        "ACME", "large_seller", "warning", NOON_NS + 4 * S, 650, BID, "bid_attacked"
    )


def test_a_late_print_does_not_shorten_an_attack() -> None:
    # Given an execution at second 9, and one that is stamped before it
    judged = attack(executions=3)
    told(judged, (9, BID), (5, BID))
    # When the third comes 19 s after noon
    # Then its gap is from the newest
    assert told(judged, (19, BID)) == [19]


def test_other_numbers_hold_from_the_next_execution_on() -> None:
    # Given three executions that make no attack yet, and one that was told elsewhere
    judged, known = attack(), attack(executions=2)
    told(judged, *((second, BID) for second in range(3)))
    told(known, (0, BID), (1, BID))
    # When four are enough, and gaps of a second count
    judged.judge_by_numbers(4, 1)
    known.judge_by_numbers(3, 1)
    # Then the fourth is told; what was told is not told again
    assert told(judged, (3, BID)) == [3]
    assert told(known, (2, BID), (3, BID)) == []
    assert told(judged, (4.5, BID), (5, BID), (6, BID), (7, BID)) == [7]


@given(st.lists(st.tuples(st.integers(0, 15), st.sampled_from([BID, BID - TICK])), max_size=40))
def test_an_attack_is_what_its_definition_says(steps: list[tuple[int, int]]) -> None:
    # Given any executions, so many seconds apart
    sales, now = [], 0
    for gap, price in steps:
        now += gap
        sales.append((now, price))
    # When they are judged
    found = told(attack(executions=3), *sales)
    # Then told is each third execution of a row at one price with gaps of at most ten seconds
    expected, row = [], 0
    for place, (second, price) in enumerate(sales):
        before = sales[place - 1] if place else (second - 11, price)
        row = row + 1 if before[1] == price and second - before[0] <= 10 else 1
        expected += [second] if row == 3 else []
    assert found == expected


# On the tape


def test_prints_at_the_bid_by_the_inferred_side_make_an_attack() -> None:
    # Given a quote, and five prints at its bid
    symbol = Attacked()
    # When they come without a side
    for second in range(5):
        symbol.trade(second)
    # Then the bid is attacked
    assert [each.order_size for each in symbol.attacks()] == [500]


@pytest.mark.parametrize(("side", "attacks"), [("sell", 1), ("buy", 0)])
def test_a_stated_side_decides(side: str, attacks: int) -> None:
    # Given five prints at the bid
    symbol = Attacked()
    # When the provider states who crossed the spread
    for second in range(5):
        symbol.trade(second, stated_side=side)
    # Then sales alone are an attack
    assert len(symbol.attacks()) == attacks


@pytest.mark.parametrize("price", [BID - TICK, ASK, (BID + ASK) // 2])
def test_prints_elsewhere_are_no_execution_at_the_bid(price: int) -> None:
    # Given a quote
    symbol = Attacked()
    # When five prints come below the bid, at the ask, or between
    for second in range(5):
        symbol.trade(second, price, stated_side="sell")
    # Then the bid is not attacked
    assert symbol.attacks() == []


def test_without_a_bid_nothing_is_attacked() -> None:
    # Given no quote at all
    symbol = JudgedSymbol()
    # When five stated sales come
    for second in range(5):
        give_trade(symbol.judge, "ACME", NOON_NS + second * S, BID, 100, stated_side="sell")
    # Then there is no bid to attack
    assert symbol.take() == []


def test_a_bid_that_moves_and_comes_back_is_attacked_all_the_same() -> None:
    # Given four executions at a bid that then moves away, and back within ten seconds
    symbol = Attacked()
    for second in range(4):
        symbol.trade(second)
    symbol.quote(4, BID + TICK, ASK + TICK)
    symbol.quote(6)
    # When the fifth comes at the old bid
    symbol.trade(7)
    # Then it is an attack
    assert len(symbol.attacks()) == 1


def test_a_sale_at_the_bid_that_took_its_place_ends_an_attack() -> None:
    # Given four executions, and one at a new bid
    symbol = Attacked()
    for second in range(4):
        symbol.trade(second)
    symbol.quote(4, BID - TICK)
    symbol.trade(5, BID - TICK)
    symbol.quote(6)
    # When the old bid is back and hit once more
    symbol.trade(7)
    # Then neither was hit five times in a row
    assert symbol.attacks() == []


def test_a_book_with_levels_has_a_bid_to_attack() -> None:
    # Given a book of two levels
    symbol = Attacked()
    bids = ((BID + TICK, 300 * UNITS_PER_SHARE), (BID, 300 * UNITS_PER_SHARE))
    symbol.judge.book(BookEvent("ACME", NOON_NS, bids, ((ASK + TICK, UNITS_PER_SHARE),)))
    # When its best bid is hit five times
    for second in range(1, 6):
        symbol.trade(second, BID + TICK, stated_side="sell")
    # Then it is attacked
    assert [each.price_ticks for each in symbol.attacks()] == [BID + TICK]


def test_by_default_own_scale_tells_of_no_attack() -> None:
    # Given the settings as they come
    symbol = Attacked(OrderFlowConfig())
    # When the bid is hit ten times
    for second in range(10):
        symbol.trade(second)
    # Then nothing is told
    assert symbol.attacks() == []


def test_on_own_scale_an_attack_that_is_asked_for_is_told_unranked() -> None:
    # Given own scale that is to tell of attacks
    config = OrderFlowConfig(own_scale_sources=("burst", "bid_attacked"))
    symbol = Attacked(config)
    rules = scale_rules(config, "ACME")
    assert rules is not None
    scale = OwnScale(rules)
    scale.watch_from(NOON_NS)
    symbol.judge.judge_by(scale, 120)
    # When the bid is hit five times
    for second in range(5):
        symbol.trade(second)
    # Then it is told without a rank, and counts for no pace
    (found,) = symbol.attacks()
    assert found.scale is None
    assert symbol.judge.desk is not None
    symbol.judge.desk.count(found)
    assert symbol.judge.desk.today().alerts == 0


def test_settings_that_change_are_obeyed_from_the_next_print_on() -> None:
    # Given three executions by the default numbers
    symbol = Attacked()
    for second in range(3):
        symbol.trade(second)

    def change(**numbers: Any) -> None:
        config = OrderFlowConfig(thresholds="fixed", own_scale_sources=("bid_attacked",), **numbers)
        symbol.judge.use_settings(config.for_symbol("ACME"), None)

    # When four are enough, then none is wanted, then two
    change(bid_attack_executions=4)
    symbol.trade(3)
    by_four = len(symbol.attacks())
    change(bid_attack_executions=0)
    symbol.trade(4)
    symbol.trade(5)
    by_none = len(symbol.attacks())
    change(bid_attack_executions=2)
    symbol.trade(6)
    symbol.trade(7)
    # Then each holds at once
    assert (by_four, by_none, len(symbol.attacks())) == (1, 0, 1)


def test_the_same_prints_some_time_later_give_the_same_attack_so_much_later() -> None:
    # Given two symbols with the same prints, an hour apart
    early, late = Attacked(), Attacked()
    late.quote(3_599)
    for second in range(5):
        early.trade(second)
        late.trade(3_600 + second)
    # When their attacks are compared
    (first,), (second_,) = early.attacks(), late.attacks()
    # Then they differ by that time alone
    assert second_.timestamp_ns - first.timestamp_ns == 3_600 * S
    assert (second_.order_size, second_.price_ticks) == (first.order_size, first.price_ticks)
