"""How far back the quotes reach, and whether the price moved."""

from __future__ import annotations

import pytest

from trading_bot.order_flow.quote_memory import BID_AT, QUOTE_RING, QuoteMemory


def bid_before(memory: QuoteMemory, stamp_ns: int) -> int | None:
    place = memory._quote_before(stamp_ns)
    return None if place < 0 else memory._ring[place + BID_AT]


@pytest.mark.parametrize(("stamp_ns", "bid"), [(10, 0), (11, 101), (20, 101), (21, 102), (99, 102)])
def test_quote_before_a_stamp_is_the_newest_strictly_before(stamp_ns: int, bid: int) -> None:
    # Given quotes at 10 and 20
    memory = QuoteMemory(0)
    memory.on_quote(10, 101, 1, 105, 1)
    memory.on_quote(20, 102, 1, 105, 1)
    # When the one before a stamp is asked for
    # Then equal stamps do not count, and before the first there is an empty quote
    assert bid_before(memory, stamp_ns) == bid


def test_ring_forgets_the_oldest_quote() -> None:
    # Given one quote more than are kept
    memory = QuoteMemory(0)
    for stamp_ns in range(QUOTE_RING + 1):
        memory.on_quote(stamp_ns, 100 + stamp_ns, 1, 500, 1)
    # When those before the third, second and first stamp are asked for
    found = [bid_before(memory, stamp_ns) for stamp_ns in (2, 1, 0)]
    # Then the first is gone
    assert found == [101, None, None]


@pytest.mark.parametrize(("stamp_ns", "found"), [(1, False), (2, True)])
def test_oldest_quote_serves_only_later_stamps(stamp_ns: int, found: bool) -> None:
    # Given a full ring whose oldest stamp is 1
    memory = QuoteMemory(0)
    for quote_ns in range(1, QUOTE_RING + 1):
        memory.on_quote(quote_ns, 100, 1, 105, 1)
    # When it is asked for by a stamp
    # Then it must lie strictly before
    assert (memory._oldest_before(stamp_ns) >= 0) is found


@pytest.mark.parametrize(("since_ns", "moved"), [(10, True), (20, True), (21, False), (30, False)])
def test_move_counts_from_the_quote_that_made_it(since_ns: int, moved: bool) -> None:
    # Given a price that moved at 20, and a size that changed at 30
    memory = QuoteMemory(0)
    memory.on_quote(10, 101, 1, 105, 1)
    memory.on_quote(20, 102, 1, 105, 1)
    memory.on_quote(30, 102, 2, 105, 1)
    # When it is asked whether the price moved since a moment
    # Then a change of size is no move
    assert memory._moved_since(memory._quote_before(99), since_ns) is moved


def test_price_that_stood_through_the_whole_ring_has_not_moved() -> None:
    # Given a full ring of one price
    memory = QuoteMemory(0)
    for stamp_ns in range(2 * QUOTE_RING):
        memory.on_quote(stamp_ns, 101, stamp_ns, 105, 1)
    # When it is asked whether the price moved since before the ring
    # Then no move is seen
    assert not memory._moved_since(memory._quote_before(999), -1)


@pytest.mark.parametrize(("window_ns", "noted"), [(0, False), (1, True)])
def test_reductions_are_noted_only_where_the_clocks_differ(window_ns: int, noted: bool) -> None:
    # Given a bid that lost 100 shares
    memory = QuoteMemory(window_ns)
    memory.on_quote(10, 101, 300, 105, 1)
    memory.on_quote(20, 101, 200, 105, 1)
    # When its cause is looked for
    cause, _ = memory._reductions.cause_of(101, 100, 0, 99)
    # Then it is known with a window only
    assert (cause is not None) is noted
