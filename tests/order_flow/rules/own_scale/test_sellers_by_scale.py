"""Orders, offers and bids judged by a scale: each bound from both sides, and what teaches it."""

from __future__ import annotations

from typing import Any

import pytest
from support.flow_values import ASK, BID, NOON_NS, S

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.units import TICKS_PER_DOLLAR, UNITS_PER_SHARE
from trading_bot.order_flow.rules.large_seller import LargeSellerState
from trading_bot.order_flow.rules.own_scale.memory import (
    BID as BIDS,
)
from trading_bot.order_flow.rules.own_scale.memory import (
    BURST,
    NEVER,
    ORDER,
    WALL,
    OwnScale,
    ScaleRules,
)
from trading_bot.order_flow.rules.signals import Signal

LARGE_ORDER, CRITICAL_ORDER, LARGE_WALL = 5_000, 7_000, 2_000
LARGE_BID, CRITICAL_BID = 3_000, 4_500
LOOKED_AT = 500
"""From this size on an offer or a bid teaches the scale something."""
CENT = 10_000


class Sellers:
    """The large sellers of a symbol, judged by a scale whose numbers are set by hand."""

    def __init__(self, kinds: tuple[int, ...] = (BURST, ORDER, WALL), **rules: Any) -> None:
        self.scale = OwnScale(ScaleRules(kinds=kinds, **rules))
        self.scale.thresholds = [NEVER, LARGE_ORDER, LARGE_WALL, LARGE_BID]
        self.scale.critical = [NEVER, CRITICAL_ORDER, NEVER, CRITICAL_BID]
        self.scale.look_from = [NEVER, 1, LOOKED_AT, LOOKED_AT]
        self.scale.turn_ns = NOON_NS + 120 * S
        self.state = LargeSellerState("AAPL", OrderFlowConfig())
        self.state.judge_by(self.scale)

    def offer(self, second: float, size: int, price: int = ASK) -> list[int | None]:
        """Quote an offer; return the sizes of what is found."""
        return self.quote(second, 100, size, price)

    def bid(self, second: float, size: int) -> list[int | None]:
        return self.quote(second, size, 100, ASK)

    def quote(self, second: float, bid: int, ask: int, price: int) -> list[int | None]:
        at_ns = NOON_NS + round(second * S)
        units = UNITS_PER_SHARE
        found = self.state.on_quote(at_ns, BID, bid * units, price, ask * units)
        return [each.order_size for each in found]

    def sell(self, second: float, size: int, price: int = BID) -> Signal | None:
        return self.state.on_sell(NOON_NS + round(second * S), None, price, size, BID, False)

    def learned(self, kind: int) -> int:
        return self.scale._now[kind]


# Orders


@pytest.mark.parametrize(
    ("size", "severity"),
    [
        (LARGE_ORDER - 1, None),
        (LARGE_ORDER, "warning"),
        (LARGE_ORDER + 1, "warning"),
        (CRITICAL_ORDER - 1, "warning"),
        (CRITICAL_ORDER, "critical"),
        (CRITICAL_ORDER + 1, "critical"),
    ],
)
def test_an_order_is_large_and_critical_by_the_scale(size: int, severity: str | None) -> None:
    # Given a symbol that is judged by its scale
    sellers = Sellers()
    # When an order is sold
    found = sellers.sell(1, size)
    # Then its severity is the scale's
    assert (found and found.severity) == severity


def test_several_prices_alone_make_no_order_critical_on_a_scale() -> None:
    # Given an order that is large
    sellers = Sellers()
    sellers.sell(1, LARGE_ORDER)
    # When it goes on at a lower price
    found = sellers.sell(1.0001, 100, BID - CENT)
    # Then nothing is said again
    assert found is None


@pytest.mark.parametrize(("missing_ticks", "count"), [(-1, 1), (0, 1), (1, 0)])
def test_the_least_worth_of_an_order_bounds_it(missing_ticks: int, count: int) -> None:
    # Given a least worth around that of a large order
    sellers = Sellers(least_order_ticks=LARGE_ORDER * BID + missing_ticks)
    # When it is sold
    found = sellers.sell(1, LARGE_ORDER)
    # Then it is large from that worth on
    assert (found is not None) == bool(count)


def test_an_order_that_grows_to_the_least_worth_is_found_then() -> None:
    # Given an order that is large, and a share short of the least worth
    sellers = Sellers(least_order_ticks=(LARGE_ORDER + 1) * BID)
    assert sellers.sell(1, LARGE_ORDER) is None
    # When it sells that share
    found = sellers.sell(1.0001, 1)
    # Then it is found
    assert found is not None
    assert found.order_size == LARGE_ORDER + 1


def test_an_order_teaches_the_sum_of_its_prints() -> None:
    # Given an order of two prints
    sellers = Sellers()
    # When both are sold, and later a smaller one
    sellers.sell(1, 300)
    sellers.sell(1.0005, 200)
    sellers.sell(5, 400)
    # Then the scale knows the largest sum
    assert sellers.learned(ORDER) == 500


def test_a_sale_above_the_bid_teaches_nothing() -> None:
    # Given a symbol that is judged by its scale
    sellers = Sellers()
    # When a seller sells above the bid
    sellers.sell(1, 9_000, BID + CENT)
    # Then the scale knows of no order
    assert sellers.learned(ORDER) == 0


def test_an_order_whose_size_is_stated_has_neither_a_least_worth_nor_a_lesson() -> None:
    # Given orders whose threshold is stated, and a least worth that none reaches
    sellers = Sellers((BURST,), least_order_ticks=1_000_000 * TICKS_PER_DOLLAR)
    # When one of that size is sold
    found = sellers.sell(1, LARGE_ORDER)
    # Then it is found, and it teaches nothing
    assert found is not None
    assert sellers.learned(ORDER) == 0


def test_a_stated_order_is_critical_by_the_settings() -> None:
    # Given orders whose threshold is stated as 10,000 shares
    sellers = Sellers((BURST,))
    # When three times as many are sold, less a share and then with it
    found = [sellers.sell(second, size) for second, size in ((1, 29_999), (5, 30_000))]
    # Then only the second is critical
    assert [each and each.severity for each in found] == ["warning", "critical"]


# Offers


@pytest.mark.parametrize(
    ("size", "found"),
    [
        (LARGE_WALL - 1, []),
        (LARGE_WALL, [LARGE_WALL]),
        (LARGE_WALL + 1, [LARGE_WALL + 1]),
    ],
)
def test_an_offer_that_stands_is_large_by_the_scale(size: int, found: list[int]) -> None:
    # Given an offer
    sellers = Sellers()
    sellers.offer(0, size)
    # When it has stood for two seconds
    # Then it is found from the scale's threshold on
    assert sellers.offer(2, size) == found


@pytest.mark.parametrize(
    ("second", "found"),
    [(1.999999999, []), (2, [LARGE_WALL]), (2.000000001, [LARGE_WALL])],
)
def test_an_offer_has_to_stand_for_two_seconds(second: float, found: list[int]) -> None:
    # Given a large offer
    sellers = Sellers()
    sellers.offer(0, LARGE_WALL)
    # When it is quoted again
    # Then it is found once it has stood long enough
    assert sellers.offer(second, LARGE_WALL) == found


def test_an_offer_that_dips_below_the_threshold_begins_anew() -> None:
    # Given a large offer that shows a share too few for a moment
    sellers = Sellers()
    sellers.offer(0, LARGE_WALL)
    sellers.offer(1, LARGE_WALL - 1)
    sellers.offer(1.5, LARGE_WALL)
    # When two seconds have gone since it was large first, and since it is again
    # Then it is found by the second
    assert sellers.offer(3.4, LARGE_WALL) == []
    assert sellers.offer(3.5, LARGE_WALL) == [LARGE_WALL]


@pytest.mark.parametrize(("missing_ticks", "count"), [(-1, 1), (0, 1), (1, 0)])
def test_the_least_worth_of_an_offer_bounds_it(missing_ticks: int, count: int) -> None:
    # Given a least worth around that of a large offer
    sellers = Sellers(least_order_ticks=LARGE_WALL * ASK + missing_ticks)
    sellers.offer(0, LARGE_WALL)
    # When it has stood for two seconds
    # Then it is large from that worth on
    assert len(sellers.offer(2, LARGE_WALL)) == count


@pytest.mark.parametrize("short_for", [2, 60])
def test_an_offer_that_grows_to_the_least_worth_is_found_then(short_for: int) -> None:
    # Given a large offer that has stood, a share short of the least worth
    sellers = Sellers(least_order_ticks=(LARGE_WALL + 1) * ASK)
    sellers.offer(0, LARGE_WALL)
    assert sellers.offer(short_for, LARGE_WALL) == []
    # When it grows by that share
    # Then it is found
    assert sellers.offer(short_for + 1, LARGE_WALL + 1) == [LARGE_WALL + 1]


def test_an_offer_whose_size_is_stated_has_no_least_worth() -> None:
    # Given offers whose threshold is stated, and a least worth that none reaches
    sellers = Sellers((BURST,), least_order_ticks=1_000_000 * TICKS_PER_DOLLAR)
    sellers.offer(0, LARGE_WALL)
    # When one has stood
    # Then it is found, and it teaches nothing
    assert sellers.offer(2, LARGE_WALL) == [LARGE_WALL]
    assert sellers.learned(WALL) == 0


@pytest.mark.parametrize(("second", "learned"), [(1.999999999, 0), (2, 800), (2.000000001, 800)])
def test_an_offer_teaches_once_it_has_stood_for_two_seconds(second: float, learned: int) -> None:
    # Given an offer that is not large
    sellers = Sellers()
    sellers.offer(0, 800)
    # When it is quoted again
    sellers.offer(second, 900)
    # Then the scale knows what stood for two seconds
    assert sellers.learned(WALL) == learned


def test_an_offer_teaches_the_least_that_it_showed() -> None:
    # Given an offer whose size dips
    sellers = Sellers()
    for second, size in ((0, 900), (0.5, 600), (1, 1_200)):
        sellers.offer(second, size)
    # When it has stood for two seconds
    sellers.offer(2, 1_200)
    # Then the scale knows the least of them
    assert sellers.learned(WALL) == 600


@pytest.mark.parametrize(
    ("dip", "learned"), [(LOOKED_AT - 1, 0), (LOOKED_AT, LOOKED_AT), (LOOKED_AT + 1, LOOKED_AT + 1)]
)
def test_an_offer_that_dips_below_what_is_looked_at_teaches_nothing(dip: int, learned: int) -> None:
    # Given an offer whose size dips
    sellers = Sellers()
    sellers.offer(0, 900)
    sellers.offer(1, dip)
    # When two seconds have gone since it came
    sellers.offer(2, 900)
    # Then it has taught its least, unless that was too small to be looked at
    assert sellers.learned(WALL) == learned


def test_an_offer_at_another_price_begins_anew() -> None:
    # Given an offer that moves by a cent after a second
    sellers = Sellers()
    sellers.offer(0, 900)
    sellers.offer(1, 800, ASK + CENT)
    # When two seconds have gone since it came, and since it moved
    # Then it teaches by the second
    sellers.offer(2.9, 800, ASK + CENT)
    assert sellers.learned(WALL) == 0
    sellers.offer(3, 800, ASK + CENT)
    assert sellers.learned(WALL) == 800


def test_what_an_offer_has_taught_is_looked_at_no_more() -> None:
    # Given an offer that has taught its size
    sellers = Sellers()
    sellers.offer(0, 900)
    sellers.offer(2, 900)
    # When the state is asked from which size on it looks
    # Then that is a share more
    assert sellers.state.ask_units_from == 901 * UNITS_PER_SHARE


def test_looks_are_never_from_more_than_is_large() -> None:
    # Given a large offer that has taught its size
    sellers = Sellers()
    sellers.offer(0, LARGE_WALL + 500)
    sellers.offer(2, LARGE_WALL + 500)
    # When the state is asked from which size on it looks
    # Then that is the threshold
    assert sellers.state.ask_units_from == LARGE_WALL * UNITS_PER_SHARE


# Bids


@pytest.mark.parametrize(
    ("size", "found"),
    [(LARGE_BID - 1, []), (LARGE_BID, [LARGE_BID]), (LARGE_BID + 1, [LARGE_BID + 1])],
)
def test_a_listed_bid_is_large_by_the_scale_at_once(size: int, found: list[int]) -> None:
    # Given a symbol whose bids share the wish
    sellers = Sellers((BIDS,))
    # When a bid comes
    # Then it is found from the scale's threshold on
    assert sellers.bid(0, size) == found


@pytest.mark.parametrize(
    ("size", "learned"), [(LOOKED_AT - 1, 0), (LOOKED_AT, LOOKED_AT), (LOOKED_AT + 1, 501)]
)
def test_a_listed_bid_teaches_at_once(size: int, learned: int) -> None:
    # Given a symbol whose bids share the wish
    sellers = Sellers((BIDS,))
    # When a bid comes
    sellers.bid(0, size)
    # Then the scale knows it, unless it is too small to be looked at
    assert sellers.learned(BIDS) == learned


def test_a_bid_that_is_not_listed_teaches_nothing() -> None:
    # Given a symbol whose bids do not share the wish
    sellers = Sellers()
    # When a bid comes
    sellers.bid(0, 9_000)
    # Then the scale knows none
    assert sellers.learned(BIDS) == 0


def test_the_levels_of_a_book_teach_their_largest_bid() -> None:
    # Given a symbol whose bids share the wish
    sellers = Sellers((BIDS,))
    # When a book with two large bids comes
    found = sellers.state.on_book(NOON_NS, [(BID, 3_500), (BID - CENT, 4_000)], 0, [])
    # Then both are found, and the larger one is known
    assert [each.order_size for each in found] == [3_500, 4_000]
    assert sellers.learned(BIDS) == 4_000


@pytest.mark.parametrize(
    ("size", "severity"),
    [
        (CRITICAL_BID - 1, "warning"),
        (CRITICAL_BID, "critical"),
        (CRITICAL_BID + 1, "critical"),
    ],
)
def test_a_listed_bid_is_critical_by_the_scale(size: int, severity: str) -> None:
    # Given a symbol whose bids share the wish
    sellers = Sellers((BIDS,))
    # When a bid comes
    (found,) = sellers.state.on_quote(NOON_NS, BID, size * UNITS_PER_SHARE, ASK, 0)
    # Then its severity is the scale's
    assert found.severity == severity


def test_a_bid_whose_size_is_stated_is_critical_by_the_settings() -> None:
    # Given bids whose threshold is stated as 10,000 shares
    sellers = Sellers((BURST,))
    # When one of less than twice as many comes
    (found,) = sellers.state.on_quote(NOON_NS, BID, 19_999 * UNITS_PER_SHARE, ASK, 0)
    # Then it is a warning, though the scale would call it critical
    assert found.severity == "warning"


@pytest.mark.parametrize(("missing_ticks", "count"), [(-1, 1), (0, 1), (1, 0)])
@pytest.mark.parametrize("as_book", [False, True])
def test_the_least_worth_of_a_listed_bid_bounds_it(
    missing_ticks: int, count: int, *, as_book: bool
) -> None:
    # Given a least worth around that of a large bid
    sellers = Sellers((BIDS,), least_order_ticks=LARGE_BID * BID + missing_ticks)
    # When it is quoted, or shown by a book
    if as_book:
        found = sellers.state.on_book(NOON_NS, [(BID, LARGE_BID)], 0, [])
    else:
        found = sellers.state.on_quote(NOON_NS, BID, LARGE_BID * UNITS_PER_SHARE, ASK, 0)
    # Then it is large from that worth on
    assert len(found) == count


def test_a_listed_bid_that_grows_to_the_least_worth_is_found_then() -> None:
    # Given a large bid, a share short of the least worth
    sellers = Sellers((BIDS,), least_order_ticks=(LARGE_BID + 1) * BID)
    assert sellers.bid(0, LARGE_BID) == []
    # When it grows by that share
    # Then it is found
    assert sellers.bid(1, LARGE_BID + 1) == [LARGE_BID + 1]


def offers(*levels: tuple[int, int]) -> list[tuple[int, int]]:
    """Return offers so many cents above the best ask, of so many shares."""
    return [(ASK + cents * CENT, size * UNITS_PER_SHARE) for cents, size in levels]


def test_the_largest_offer_near_the_best_teaches_the_least_of_two_seconds() -> None:
    # Given a book whose second level is the largest
    sellers = Sellers()
    for second, size in ((0, 1_500), (1, 1_200), (2, 1_900)):
        sellers.state.on_book(NOON_NS + second * S, [], 0, offers((0, 600), (1, size)))
    # Then the scale knows what stood
    assert sellers.learned(WALL) == 1_200


def test_an_offer_goes_on_teaching_while_a_larger_one_comes_and_goes() -> None:
    # Given an offer that stands
    sellers = Sellers()
    for second, others in ((0, []), (1, [(3, 1_800)]), (2, [])):
        sellers.state.on_book(NOON_NS + second * S, [], 0, offers((0, 600), *others))
    # Then the scale knows it
    assert sellers.learned(WALL) == 600


@pytest.mark.parametrize(
    ("size", "found"),
    [(LARGE_WALL - 1, []), (LARGE_WALL, [LARGE_WALL]), (LARGE_WALL + 1, [LARGE_WALL + 1])],
)
def test_an_offer_behind_the_best_is_large_by_the_scale(size: int, found: list[int]) -> None:
    # Given
    sellers = Sellers()
    sellers.state.on_book(NOON_NS, [], 0, offers((0, 100), (2, size)))
    # When
    signals = sellers.state.on_book(NOON_NS + 2 * S, [], 0, offers((0, 100), (2, size)))
    # Then
    assert [each.order_size for each in signals] == found
