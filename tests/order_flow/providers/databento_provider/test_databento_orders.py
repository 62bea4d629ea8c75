"""A book made of single orders, against one that is slow and plain."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.dbn_records import ASK, BID, CENT, SNAPSHOT

from trading_bot.order_flow.market.events import Level
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.providers.databento.layout import NO_PRICE, NO_SIZE
from trading_bot.order_flow.providers.databento.orders import TOP_OF_BOOK, OrderBook

NANO_PER_TICK = 1_000


class Order(NamedTuple):
    """One record, in letters."""

    action: str
    side: str = "B"
    number: int = 1
    price: int = BID
    shares: int = 100
    flags: int = 0


def taken(book: OrderBook, *orders: Order) -> list[str | None]:
    return [
        book.take(ord(each.action), ord(each.side), *each[2:5], flags=each.flags) for each in orders
    ]


def level(price: int, shares: int) -> Level:
    return (price // NANO_PER_TICK, shares * UNITS_PER_SHARE)


class PlainBook:
    """The same, with every level added up anew."""

    def __init__(self) -> None:
        self.orders: dict[int, tuple[str, int, int]] = {}

    def take(self, each: Order) -> None:
        if each.action == "R":
            self.orders.clear()
        elif each.action in "AM":
            self.orders.pop(each.number, None)
            if each.side in "AB" and 0 < each.price < NO_PRICE and 0 < each.shares < NO_SIZE:
                self.orders[each.number] = (each.side, each.price, each.shares)
        elif each.action == "C" and each.number in self.orders:
            side, price, shares = self.orders.pop(each.number)
            if shares > each.shares:
                self.orders[each.number] = (side, price, shares - each.shares)

    def levels(self, side: str) -> tuple[Level, ...]:
        found: Counter[int] = Counter()
        for own, price, shares in self.orders.values():
            if own == side:
                found[round(price / NANO_PER_TICK)] += shares
        prices = sorted(found, reverse=side == "B")[:10]
        return tuple((price, found[price] * UNITS_PER_SHARE) for price in prices)


hostile_orders = st.lists(
    st.builds(
        Order,
        st.sampled_from("AAAACCMMRTFN"),
        st.sampled_from("AAABBBN"),
        st.integers(0, 30),
        st.integers(-1, 14).map(lambda n: NO_PRICE if n == 14 else n * CENT),
        st.sampled_from((0, 1, 50, 100, 100, NO_SIZE - 1, NO_SIZE)),
        st.just(0),
    ),
    max_size=120,
)


@given(hostile_orders)
def test_the_ten_levels_are_those_of_a_plain_book(orders: list[Order]) -> None:
    # Given orders of any kind, also of what is unknown, of no price and of no size
    book, plain = OrderBook(), PlainBook()
    for each in orders:
        # When one after the other is taken
        taken(book, each)
        plain.take(each)
        # Then the levels of both sides are the same at any time
        assert (book.bids, book.asks) == (plain.levels("B"), plain.levels("A"))
        is_crossed = book.bids and book.asks and book.bids[0][0] >= book.asks[0][0]
        if not book.is_partial:
            assert book.doubt == ("crossed_book" if is_crossed else None)


def test_orders_of_one_price_are_one_level() -> None:
    # Given two orders of a price, and one that is less than a tick above it
    book = OrderBook()
    # When they are added
    taken(book, Order("A"), Order("A", number=2), Order("A", number=3, price=BID + 499))
    # Then they add up
    assert book.bids == (level(BID, 300),)


def test_the_eleventh_level_comes_into_view_when_one_goes() -> None:
    # Given twelve levels
    book = OrderBook()
    taken(book, *[Order("A", "A", n, ASK + n * CENT) for n in range(12)])
    assert book.asks == tuple(level(ASK + n * CENT, 100) for n in range(10))
    # When the third goes
    taken(book, Order("C", "A", 2))
    # Then the eleventh is the last one that is shown
    assert book.asks[1:3] == (level(ASK + CENT, 100), level(ASK + 3 * CENT, 100))
    assert book.asks[-1] == level(ASK + 10 * CENT, 100)


@pytest.mark.parametrize(("cancelled", "left"), [(99, 1), (100, 0)])
def test_an_order_goes_with_its_last_share(cancelled: int, left: int) -> None:
    # Given an order of a hundred shares
    book = OrderBook()
    taken(book, Order("A"))
    # When some of them are cancelled
    assert taken(book, Order("C", shares=cancelled)) == [None]
    # Then the others rest
    assert book.bids == ((level(BID, left),) if left else ())


def test_a_modified_order_has_its_new_price_and_size() -> None:
    # Given an order
    book = OrderBook()
    taken(book, Order("A"))
    # When it is modified
    assert taken(book, Order("M", price=BID - CENT, shares=70)) == [None]
    # Then it is nowhere else
    assert book.bids == (level(BID - CENT, 70),)


@pytest.mark.parametrize("action", "TFN")
def test_trades_and_fills_take_nothing(action: str) -> None:
    # Given an order
    book = OrderBook()
    taken(book, Order("A"))
    # When it trades
    # Then it rests until a record of its own takes it away
    assert taken(book, Order(action)) == [None]
    assert book.bids == (level(BID, 100),)


@pytest.mark.parametrize(
    ("orders", "fault", "bids"),
    [
        ([Order("C", number=9)], "unknown_order", 100),
        ([Order("M", number=9, shares=7)], "unknown_order", 107),
        ([Order("C", shares=101)], "more_cancelled_than_there_was", 0),
        ([Order("A", shares=7)], "order_added_twice", 7),
        ([Order("A", "N", 9)], "impossible_side", 100),
        ([Order("A", number=9, price=0)], "impossible_price", 100),
        ([Order("A", number=9, price=NO_PRICE)], "impossible_price", 100),
        ([Order("A", number=9, shares=0)], "impossible_size", 100),
        ([Order("M", shares=0)], "impossible_size", 0),
        ([Order("A", number=9, shares=NO_SIZE)], "impossible_size", 100),
        ([Order("x")], "impossible_action", 100),
        ([Order("A", "N", 9, flags=TOP_OF_BOOK)], "impossible_side", 100),
    ],
)
def test_what_does_not_fit_is_named(orders: list[Order], fault: str, bids: int) -> None:
    # Given a book with one order
    book = OrderBook()
    taken(book, Order("A"))
    # When a record comes that does not fit
    # Then it is named, and what can be done is done
    assert taken(book, *orders) == [fault]
    assert book.bids == ((level(BID, bids),) if bids else ())


def test_a_clearing_removes_all_orders() -> None:
    # Given orders of both sides
    book = OrderBook()
    taken(book, Order("A"), Order("A", "A", 2, ASK))
    # When the book is cleared
    taken(book, Order("R", "N"))
    # Then nothing is left, and what was known is unknown
    assert (book.bids, book.asks) == ((), ())
    assert taken(book, Order("C")) == ["unknown_order"]


def test_a_top_of_book_stands_for_its_whole_side() -> None:
    # Given orders of both sides
    book = OrderBook()
    taken(book, Order("A"), Order("A", "A", 2, ASK))
    # When a record shows the best bid alone, and then that there is none
    taken(book, Order("A", "B", 0, BID - CENT, 300, TOP_OF_BOOK))
    first = book.bids
    taken(book, Order("A", "B", 0, NO_PRICE, 0, TOP_OF_BOOK))
    # Then nothing else of its side stands, and the other side stays
    assert (first, book.bids, book.asks) == ((level(BID - CENT, 300),), (), (level(ASK, 100),))


@pytest.mark.parametrize(
    ("before", "is_partial"),
    [((), True), ((Order("R", "N"),), False), ((Order("A", flags=SNAPSHOT),), False)],
)
def test_orders_are_missing_where_one_is_unknown_and_nothing_told_the_beginning(
    before: tuple[Order, ...], is_partial: bool
) -> None:
    # Given a book that began with a clearing, with a snapshot, or with neither
    book = OrderBook()
    taken(book, *before, Order("A", number=5))
    assert not book.is_partial
    # When an order is cancelled that nobody has seen
    taken(book, Order("C", number=9))
    # Then it is known whether others are missing as well, until the book begins
    assert book.is_partial is is_partial
    assert book.doubt == ("book_without_its_beginning" if is_partial else None)
    taken(book, Order("R", "N"))
    assert not book.is_partial


def test_a_change_is_told_once_and_only_of_what_is_shown() -> None:
    # Given eleven levels
    book = OrderBook()
    taken(book, *[Order("A", "A", n, ASK + n * CENT) for n in range(11)])
    # When it is asked whether something has changed
    # Then it has, once
    assert [book.has_changed(), book.has_changed()] == [True, False]
    # And the eleventh is not shown
    taken(book, Order("C", "A", 10, shares=1), Order("C", "A", 10))
    assert not book.has_changed()
    taken(book, Order("C", "A", 9, shares=1))
    assert book.has_changed()
