"""Which large offers are near the best ask, and which of them have stood long enough."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flow_values import NOON_NS, S

from trading_bot.order_flow.market.units import FAR_FUTURE_NS
from trading_bot.order_flow.rules.near_offers import NearOffers, farthest_of

CENT, DOLLAR = 10_000, 1_000_000
ASK = 100 * DOLLAR


@pytest.mark.parametrize(
    ("best", "farthest"),
    [
        (10 * DOLLAR, 10 * DOLLAR + 10 * CENT),
        (40 * DOLLAR, 40 * DOLLAR + 10 * CENT),
        (100 * DOLLAR, 100 * DOLLAR + 25 * CENT),
        (800 * DOLLAR, 802 * DOLLAR),
    ],
)
def test_near_is_within_ten_cents_or_25_basis_points(best: int, farthest: int) -> None:
    assert farthest_of(best) == farthest


@pytest.mark.parametrize(
    ("passed_ns", "found"),
    [(2 * S - 1, None), (2 * S, (ASK, 5)), (2 * S + 1, (ASK, 5))],
    ids=["below", "at", "above"],
)
def test_an_offer_counts_once_it_has_stood_two_seconds(
    passed_ns: int, found: tuple[int, int] | None
) -> None:
    # Given
    offers = NearOffers()
    offers.show(NOON_NS, [(ASK, 5)])
    # When
    largest = offers.look(NOON_NS + passed_ns)
    # Then
    assert largest == found


def test_the_largest_of_those_that_have_stood_counts() -> None:
    # Given
    offers = NearOffers()
    offers.show(NOON_NS, [(ASK, 5), (ASK + CENT, 9)])
    offers.show(NOON_NS + S, [(ASK, 5), (ASK + CENT, 9), (ASK + 2 * CENT, 99)])
    # When
    first, second = offers.look(NOON_NS + 2 * S), offers.look(NOON_NS + 3 * S)
    # Then
    assert (first, second) == ((ASK + CENT, 9), (ASK + 2 * CENT, 99))


def test_of_equals_the_cheaper_counts() -> None:
    # Given
    offers = NearOffers()
    offers.show(NOON_NS, [(ASK, 9), (ASK + CENT, 9)])
    # Then
    assert offers.look(NOON_NS + 2 * S) == (ASK, 9)


def test_one_that_was_gone_has_to_stand_anew() -> None:
    # Given
    offers = NearOffers()
    offers.show(NOON_NS, [(ASK, 5)])
    offers.show(NOON_NS + S, [])
    offers.show(NOON_NS + S + 1, [(ASK, 5)])
    # Then
    assert offers.look(NOON_NS + 2 * S + 1) is None
    assert offers.due_ns == NOON_NS + 3 * S + 1


def test_another_size_of_the_only_one_keeps_its_time() -> None:
    # Given
    offers = NearOffers()
    offers.show(NOON_NS, [(ASK, 5)])
    # When
    offers.resize(7)
    # Then
    assert offers.look(NOON_NS + 2 * S) == (ASK, 7)


def test_where_there_is_none_no_size_is_taken() -> None:
    # Given
    offers = NearOffers()
    # When
    offers.resize(7)
    # Then
    assert (offers.look(NOON_NS), offers.prices, offers.due_ns) == (None, (), FAR_FUTURE_NS)


@pytest.mark.parametrize(
    ("prices", "only"), [([], 0), ([ASK], ASK), ([ASK, ASK + CENT], -1)], ids=["none", "one", "two"]
)
def test_it_says_whether_there_is_only_one(prices: list[int], only: int) -> None:
    # Given
    offers = NearOffers()
    # When
    offers.show(NOON_NS, [(each, 5) for each in prices])
    # Then
    assert offers.only_ticks == only


@pytest.mark.parametrize(("size", "left"), [(4, (ASK,)), (5, (ASK,)), (6, ())], ids=str)
def test_what_is_too_small_now_is_dropped(size: int, left: tuple[int, ...]) -> None:
    # Given
    offers = NearOffers()
    offers.show(NOON_NS, [(ASK, 5)])
    # When
    offers.drop_below(size)
    # Then
    assert offers.prices == left


@given(
    st.lists(
        st.tuples(st.integers(0, 3 * S), st.dictionaries(st.integers(0, 4), st.integers(1, 9)))
    )
)
def test_it_finds_what_a_look_back_over_all_books_finds(
    books: list[tuple[int, dict[int, int]]],
) -> None:
    # Given
    offers = NearOffers()
    shown: list[tuple[int, dict[int, int]]] = []
    now_ns = NOON_NS
    # When
    for passed_ns, sizes in books:
        now_ns += passed_ns
        offers.show(now_ns, list(sizes.items()))
        shown.append((now_ns, sizes))
        # Then
        standing = {}
        for price, size in sizes.items():
            since_ns = now_ns
            for at_ns, earlier in reversed(shown):
                if price not in earlier:
                    break
                since_ns = at_ns
            if now_ns - since_ns >= 2 * S:
                standing[price] = size
        expected = max(standing.items(), key=lambda each: (each[1], -each[0]), default=None)
        assert offers.look(now_ns) == expected
