"""From books and prints to what is told of walls."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flow_values import NOON_NS, S

from trading_bot.order_flow.market.units import FAR_FUTURE_NS, UNITS_PER_SHARE
from trading_bot.order_flow.rules.walls.watch import MOST_FOLLOWED, WallFact, WallWatch

BID, ASK, CENT = 1_000_000, 1_000_100, 100
LARGE = 5_000
Side = tuple[tuple[int, int], ...]


def watch(large: int = LARGE, levels: int = 10) -> WallWatch:
    walls = WallWatch("ACME", levels)
    walls.large_units = large * UNITS_PER_SHARE
    return walls


def bids(*sizes: int) -> Side:
    return tuple((BID - CENT * n, size * UNITS_PER_SHARE) for n, size in enumerate(sizes) if size)


def asks(*sizes: int) -> Side:
    return tuple((ASK + CENT * n, size * UNITS_PER_SHARE) for n, size in enumerate(sizes) if size)


def printed(walls: WallWatch, at_ns: int, ticks: int, shares: int) -> list[WallFact]:
    return walls.on_trade(at_ns, ticks, shares * UNITS_PER_SHARE, "sell")


def brief(facts: list[WallFact]) -> list[tuple[str, str, int, int]]:
    return [(each.event, each.side, each.price_ticks, each.size) for each in facts]


@pytest.mark.parametrize(
    ("passed_ns", "events"),
    [(2 * S - 1, []), (2 * S, ["placed"]), (2 * S + 1, ["placed"])],
    ids=["below", "at", "above"],
)
def test_a_large_level_is_a_wall_once_it_has_stood_two_seconds(
    passed_ns: int, events: list[str]
) -> None:
    # Given
    walls = watch()
    walls.on_book(NOON_NS, bids(100, 100, LARGE), asks(100))
    # When
    facts = walls.on_book(NOON_NS + passed_ns, bids(100, 100, LARGE), asks(100))
    # Then
    assert [each.event for each in facts] == events


@pytest.mark.parametrize(
    ("size", "events"),
    [(LARGE - 1, []), (LARGE, ["placed"]), (LARGE + 1, ["placed"])],
    ids=["below", "at", "above"],
)
def test_a_level_of_the_large_size_is_large(size: int, events: list[str]) -> None:
    # Given
    walls = watch()
    walls.on_book(NOON_NS, bids(100), asks(100, size))
    # When
    facts = walls.on_book(NOON_NS + 2 * S, bids(100), asks(100, size))
    # Then
    assert [each.event for each in facts] == events


def test_one_that_stood_without_any_event_was_a_wall_before_it_is_taken_away() -> None:
    # Given
    walls = watch()
    walls.on_book(NOON_NS, bids(100, LARGE), asks(100))
    # When
    facts = walls.on_book(NOON_NS + 3 * S, bids(100), asks(100))
    # Then
    assert [(each.event, each.stamp_ns) for each in facts] == [
        ("placed", NOON_NS + 3 * S),
        ("pulled", NOON_NS + 3 * S),
    ]


def test_one_that_goes_before_it_has_stood_is_not_told() -> None:
    # Given
    walls = watch()
    walls.on_book(NOON_NS, bids(100, LARGE), asks(100))
    # When
    facts = walls.on_book(NOON_NS + S, bids(100), asks(100))
    # Then
    assert facts == []
    assert walls.is_idle
    assert walls.due_ns == FAR_FUTURE_NS


def test_one_that_was_small_in_between_begins_anew() -> None:
    # Given
    walls = watch()
    walls.on_book(NOON_NS, bids(100, LARGE), asks(100))
    walls.on_book(NOON_NS + S, bids(100, LARGE - 1), asks(100))
    walls.on_book(NOON_NS + S + 1, bids(100, LARGE), asks(100))
    # When
    facts = walls.on_book(NOON_NS + 2 * S + 1, bids(100, LARGE), asks(100))
    # Then
    assert facts == []


def test_a_print_tells_that_a_wall_is_due_and_hit() -> None:
    # Given
    walls = watch()
    walls.on_book(NOON_NS, bids(LARGE), asks(100))
    # When
    facts = printed(walls, NOON_NS + 2 * S, BID, 100)
    # Then
    assert brief(facts) == [("placed", "bid", BID, LARGE), ("hit", "bid", BID, LARGE)]


def test_a_wall_is_told_as_hit_once() -> None:
    # Given
    walls = watch()
    walls.on_book(NOON_NS, bids(LARGE), asks(100))
    printed(walls, NOON_NS + 2 * S, BID, 100)
    # When
    facts = printed(walls, NOON_NS + 3 * S, BID, 100)
    # Then
    assert facts == []


def test_a_print_elsewhere_hits_nothing() -> None:
    # Given
    walls = watch()
    walls.on_book(NOON_NS, bids(LARGE), asks(100))
    walls.on_book(NOON_NS + 2 * S, bids(LARGE), asks(100))
    # When
    facts = printed(walls, NOON_NS + 3 * S, BID + 1, 100)
    # Then
    assert facts == []


@pytest.mark.parametrize(
    ("stated", "events"), [("sell", ["hit"]), (None, ["hit"]), ("buy", [])], ids=str
)
def test_who_buys_hits_no_bid(stated: str | None, events: list[str]) -> None:
    # Given
    walls = watch()
    walls.on_book(NOON_NS, bids(LARGE), asks(100))
    walls.on_book(NOON_NS + 2 * S, bids(LARGE), asks(100))
    # When
    facts = walls.on_trade(NOON_NS + 3 * S, BID, 100 * UNITS_PER_SHARE, stated)
    # Then
    assert [each.event for each in facts] == events


@pytest.mark.parametrize(
    ("stated", "events"), [("buy", ["hit"]), (None, ["hit"]), ("sell", [])], ids=str
)
def test_who_sells_hits_no_ask(stated: str | None, events: list[str]) -> None:
    # Given
    walls = watch()
    walls.on_book(NOON_NS, bids(100), asks(LARGE))
    walls.on_book(NOON_NS + 2 * S, bids(100), asks(LARGE))
    # When
    facts = walls.on_trade(NOON_NS + 3 * S, ASK, 100 * UNITS_PER_SHARE, stated)
    # Then
    assert [each.event for each in facts] == events


def test_the_whole_life_of_an_eaten_wall_is_told() -> None:
    # Given
    walls = watch()
    walls.on_book(NOON_NS, bids(100, LARGE), asks(100))
    told = walls.on_book(NOON_NS + 2 * S, bids(100, LARGE + 1_000), asks(100))
    # When
    told += printed(walls, NOON_NS + 3 * S, BID - CENT, 2_000)
    told += walls.on_book(NOON_NS + 3 * S, bids(0, 4_000), asks(100))
    told += walls.on_book(NOON_NS + 4 * S, bids(0, 5_000), asks(100))
    told += printed(walls, NOON_NS + 5 * S, BID - CENT, 3_000)
    told += walls.on_book(NOON_NS + 5 * S, bids(0, 1_500), asks(100))
    # Then
    assert [each.event for each in told] == ["placed", "hit", "eaten"]
    assert told[-1] == WallFact(
        event="eaten",
        symbol="ACME",
        stamp_ns=NOON_NS + 5 * S,
        side="bid",
        price_ticks=BID - CENT,
        size=1_500,
        peak=6_000,
        executed=5_000,
        cancelled=500,
        added=2_000,
        refills=1,
        since_ns=NOON_NS,
        levels_away=0,
    )


def test_a_wall_deeper_than_a_full_book_shows_has_left_the_view() -> None:
    # Given
    walls = watch(levels=3)
    walls.on_book(NOON_NS, bids(100, 100, LARGE), asks(100))
    walls.on_book(NOON_NS + 2 * S, bids(100, 100, LARGE), asks(100))
    # When
    better = ((BID + CENT, 100 * UNITS_PER_SHARE), *bids(100, 100))
    facts = walls.on_book(NOON_NS + 3 * S, better, asks(100))
    # Then
    assert brief(facts) == [("left_view", "bid", BID - 2 * CENT, LARGE)]
    assert facts[0].levels_away is None


def test_an_offer_deeper_than_a_full_book_shows_has_left_the_view() -> None:
    # Given
    walls = watch(levels=2)
    walls.on_book(NOON_NS, bids(100), asks(100, LARGE))
    walls.on_book(NOON_NS + 2 * S, bids(100), asks(100, LARGE))
    # When
    facts = walls.on_book(
        NOON_NS + 3 * S, bids(100), ((ASK - CENT, 100 * UNITS_PER_SHARE), *asks(100))
    )
    # Then
    assert [each.event for each in facts] == ["left_view"]


def test_a_wall_that_is_missing_in_a_book_that_is_not_full_was_taken_away() -> None:
    # Given
    walls = watch(levels=10)
    walls.on_book(NOON_NS, bids(100, 100, LARGE), asks(100))
    walls.on_book(NOON_NS + 2 * S, bids(100, 100, LARGE), asks(100))
    # When
    facts = walls.on_book(NOON_NS + 3 * S, bids(100, 100), asks(100))
    # Then
    assert brief(facts) == [("pulled", "bid", BID - 2 * CENT, 0)]


def test_what_becomes_of_walls_is_unseen_while_books_are_missing() -> None:
    # Given
    walls = watch()
    walls.on_book(NOON_NS, bids(LARGE), asks(100, LARGE))
    walls.on_book(NOON_NS + 2 * S, bids(LARGE), asks(100, LARGE))
    # When
    facts = walls.lose_sight(NOON_NS + 3 * S)
    # Then
    assert [(each.event, each.side) for each in facts] == [("unseen", "bid"), ("unseen", "ask")]
    assert walls.is_idle


def test_four_walls_a_side_are_followed_and_a_fifth_is_counted() -> None:
    # Given
    walls = watch()
    five = bids(*[LARGE] * (MOST_FOLLOWED + 1))
    walls.on_book(NOON_NS, five, asks(LARGE))
    # When
    facts = walls.on_book(NOON_NS + 2 * S, five, asks(LARGE))
    # Then
    assert Counter(each.side for each in facts) == {"bid": MOST_FOLLOWED, "ask": 1}
    assert walls.unfollowed == 1


def test_a_wall_that_is_not_followed_is_counted_once_and_its_end_is_not_told() -> None:
    # Given
    walls = watch()
    five = bids(*[LARGE] * (MOST_FOLLOWED + 1))
    walls.on_book(NOON_NS, five, asks(100))
    walls.on_book(NOON_NS + 2 * S, five, asks(100))
    walls.on_book(NOON_NS + 5 * S, five, asks(100))
    # When
    facts = walls.on_book(NOON_NS + 6 * S, (), asks(100))
    # Then
    assert [each.event for each in facts] == ["pulled"] * MOST_FOLLOWED
    assert walls.unfollowed == 1


def test_a_level_that_ended_and_is_still_large_is_a_new_one() -> None:
    # Given
    walls = watch()
    walls.on_book(NOON_NS, bids(3 * LARGE), asks(100))
    walls.on_book(NOON_NS + 2 * S, bids(3 * LARGE), asks(100))
    # When
    ended = walls.on_book(NOON_NS + 3 * S, bids(LARGE), asks(100))
    again = walls.on_book(NOON_NS + 5 * S, bids(LARGE), asks(100))
    # Then
    assert [each.event for each in ended + again] == ["pulled", "placed"]


def test_nothing_is_large_before_it_is_known_what_large_is() -> None:
    # Given
    walls = WallWatch("ACME", 10)
    # When
    walls.on_book(NOON_NS, bids(10**6), asks(10**6))
    # Then
    assert walls.is_idle


sizes = st.lists(st.sampled_from([0, 100, 2_000, LARGE, 2 * LARGE]), min_size=1, max_size=7)


@given(
    st.lists(
        st.tuples(st.integers(0, 3 * S), sizes, sizes, st.integers(0, 6), st.integers(0, 6_000)),
        max_size=40,
    )
)
def test_every_wall_that_was_placed_ends_once_and_in_the_order_of_time(
    steps: list[tuple[int, list[int], list[int], int, int]],
) -> None:
    # Given
    walls = watch(levels=7)
    now_ns, told = NOON_NS, []
    # When
    for passed_ns, bid_sizes, ask_sizes, level, shares in steps:
        now_ns += passed_ns
        if shares:
            told += printed(walls, now_ns, BID - CENT * level, shares)
        told += walls.on_book(now_ns, bids(*bid_sizes), asks(*ask_sizes))
    told += walls.lose_sight(now_ns)
    # Then
    standing: set[tuple[str, int]] = set()
    for fact in told:
        key = (fact.side, fact.price_ticks)
        if fact.event == "placed":
            assert key not in standing
            assert fact.stamp_ns >= fact.since_ns + 2 * S
            standing.add(key)
        elif fact.event == "hit":
            assert key in standing
        else:
            standing.remove(key)
        assert sum(side == "bid" for side, _ in standing) <= MOST_FOLLOWED
    assert not standing
    assert [each.stamp_ns for each in told] == sorted(each.stamp_ns for each in told)


def test_of_two_levels_the_one_that_has_not_stood_long_enough_waits() -> None:
    # Given
    walls = watch()
    walls.on_book(NOON_NS, bids(LARGE), asks(100))
    walls.on_book(NOON_NS + S, bids(LARGE, LARGE), asks(100))
    # When
    first = walls.on_book(NOON_NS + 2 * S, bids(LARGE, LARGE), asks(100))
    second = walls.on_book(NOON_NS + 3 * S, bids(LARGE, LARGE), asks(100))
    # Then
    assert brief(first) == [("placed", "bid", BID, LARGE)]
    assert brief(second) == [("placed", "bid", BID - CENT, LARGE)]


def test_a_level_that_stands_on_while_books_were_missed_begins_anew() -> None:
    # Given a wall that was not seen to its end
    walls = watch()
    walls.on_book(NOON_NS, bids(LARGE), asks(100))
    walls.on_book(NOON_NS + 2 * S, bids(LARGE), asks(100))
    walls.lose_sight(NOON_NS + 3 * S)
    # When the same book comes again, and stands
    walls.on_book(NOON_NS + 4 * S, bids(LARGE), asks(100))
    facts = walls.on_book(NOON_NS + 6 * S, bids(LARGE), asks(100))
    # Then
    assert brief(facts) == [("placed", "bid", BID, LARGE)]


def test_a_level_is_large_from_when_less_is_large() -> None:
    # Given a book that does not change
    walls = watch(large=LARGE + 1)
    walls.on_book(NOON_NS, bids(LARGE), asks(100))
    # When less is large, and it stands on
    walls.large_units = LARGE * UNITS_PER_SHARE
    walls.on_book(NOON_NS + S, bids(LARGE), asks(100))
    facts = walls.on_book(NOON_NS + 3 * S, bids(LARGE), asks(100))
    # Then
    assert brief(facts) == [("placed", "bid", BID, LARGE)]
