"""What is large for a symbol, and what of its walls is told."""

from __future__ import annotations

import pytest
from support.flow_values import NOON_NS, S

from trading_bot.order_flow.market.events import BookEvent
from trading_bot.order_flow.market.units import FAR_FUTURE_NS, UNITS_PER_SHARE
from trading_bot.order_flow.rules.walls.desk import ToldWall, WallDesk
from trading_bot.order_flow.rules.walls.lines import MOST_LINES
from trading_bot.order_flow.rules.walls.watch import StandingWall

BID, ASK, CENT = 1_000_000, 1_000_100, 100


def book(at_ns: int, bids: tuple[int, ...], asks: tuple[int, ...] = (100,)) -> BookEvent:
    return BookEvent(
        "ACME",
        at_ns,
        tuple((BID - CENT * n, size * UNITS_PER_SHARE) for n, size in enumerate(bids)),
        tuple((ASK + CENT * n, size * UNITS_PER_SHARE) for n, size in enumerate(asks)),
    )


def shown(desk: WallDesk, event: BookEvent) -> list[ToldWall]:
    """Give a desk a book with the size of its largest level."""
    return desk.on_book(event, max(size for _, size in (*event.bids, *event.asks)))


def usual(desk: WallDesk, size: int) -> int:
    """Show half a minute of books of one size; return when the next second begins."""
    for second in range(30):
        shown(desk, book(NOON_NS + second * S, (size, size), (size, size)))
    return NOON_NS + 30 * S


def events(told: list[ToldWall]) -> list[str]:
    return [each.fact.event for each in told]


@pytest.mark.parametrize(("size", "found"), [(999, []), (1_000, ["placed"])], ids=["below", "at"])
def test_without_a_memory_ten_times_the_usual_level_is_large(size: int, found: list[str]) -> None:
    # Given
    desk = WallDesk("ACME")
    at_ns = usual(desk, 100)
    shown(desk, book(at_ns, (100, size)))
    # When
    told = shown(desk, book(at_ns + 2 * S, (100, size)))
    # Then
    assert events(told) == found


def test_nothing_is_large_before_anything_is_usual() -> None:
    # Given
    desk = WallDesk("ACME")
    shown(desk, book(NOON_NS, (100, 1_000_000)))
    # When
    told = shown(desk, book(NOON_NS + 2 * S, (100, 1_000_000)))
    # Then
    assert told == []
    assert desk.looks_from == FAR_FUTURE_NS


@pytest.mark.parametrize(("size", "found"), [(799, []), (800, ["placed"])], ids=["below", "at"])
def test_a_memory_says_what_is_large(size: int, found: list[str]) -> None:
    # Given
    desk = WallDesk("ACME")
    desk.judge_by(800 * UNITS_PER_SHARE)
    shown(desk, book(NOON_NS, (100,), (100, size)))
    # When
    told = shown(desk, book(NOON_NS + 2 * S, (100,), (100, size)))
    # Then
    assert events(told) == found


def test_a_print_tells_that_a_wall_is_hit() -> None:
    # Given
    desk = WallDesk("ACME")
    desk.judge_by(800 * UNITS_PER_SHARE)
    before = desk.on_trade(NOON_NS, BID, 100, "sell")
    shown(desk, book(NOON_NS, (800,)))
    # When
    told = desk.on_trade(NOON_NS + 2 * S, BID, 100 * UNITS_PER_SHARE, "sell")
    # Then
    assert (before, events(told)) == ([], ["placed", "hit"])


def test_what_an_hour_has_no_room_for_is_counted_with_the_next_line() -> None:
    # Given walls that are placed and pulled, two facts each
    desk = WallDesk("ACME")
    desk.judge_by(800 * UNITS_PER_SHARE)
    told = []
    for number in range(MOST_LINES // 2 + 1):
        at_ns = NOON_NS + 5 * S * number
        shown(desk, book(at_ns, (800,)))
        told += shown(desk, book(at_ns + 3 * S, (100,)))
    # When an hour later
    shown(desk, book(NOON_NS + 3_600 * S, (800,)))
    later = shown(desk, book(NOON_NS + 3_602 * S, (800,)))
    # Then
    assert [each.is_told for each in told] == [True] * MOST_LINES + [False] * 2
    assert [(each.is_told, each.left_out) for each in later] == [(True, 2)]


def test_what_was_not_seen_is_told_as_unseen() -> None:
    # Given
    desk = WallDesk("ACME")
    desk.judge_by(800 * UNITS_PER_SHARE)
    shown(desk, book(NOON_NS, (800,)))
    # When
    told = desk.lose_sight(NOON_NS + 2 * S)
    # Then
    assert events(told) == ["placed", "unseen"]


def test_a_fifth_wall_of_a_side_is_counted() -> None:
    # Given
    desk = WallDesk("ACME")
    desk.judge_by(800 * UNITS_PER_SHARE)
    shown(desk, book(NOON_NS, (800,) * 5))
    # When
    shown(desk, book(NOON_NS + 2 * S, (800,) * 5))
    # Then
    assert desk.unfollowed == 1


def test_the_walls_that_stand_are_known_until_they_end() -> None:
    # Given a bid and an offer that are large, and one that has not stood for 2 s yet
    desk = WallDesk("ACME")
    desk.judge_by(800 * UNITS_PER_SHARE)
    shown(desk, book(NOON_NS, (100, 800), (900,)))
    shown(desk, book(NOON_NS + 2 * S, (850, 800), (900,)))
    # When it is asked what stands
    found = desk.standing()
    # Then those that have stood long enough are named
    assert found == [
        StandingWall("bid", BID - CENT, 800, NOON_NS),
        StandingWall("ask", ASK, 900, NOON_NS),
    ]
    # And nothing once the books are not seen
    desk.lose_sight(NOON_NS + 3 * S)
    assert desk.standing() == []
