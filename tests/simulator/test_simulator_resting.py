"""The large bids of the depth market: one that is eaten, and one that is pulled."""

from __future__ import annotations

from functools import cache

import pytest
from support.simulator_helpers import at

from trading_bot.simulator.market.depth import DepthRow, depth_rows
from trading_bot.simulator.market.market import SimulatedMarket, SymbolMarket

CENT = 10_000
EATEN, PULLED = 27_280_000, 112_440_000


@cache
def market_of(symbol: str) -> SymbolMarket:
    one = SimulatedMarket().symbol(symbol, at(60))
    assert one is not None
    return one


def size_at(row: DepthRow, price: int) -> int:
    return next((each.size for each in row.change.book.bids if each.price_ticks == price), 0)


def shown(symbol: str, price: int, size: int) -> list[DepthRow]:
    """Return the rows of the first minute in which a bid of this size is shown."""
    rows = depth_rows(market_of(symbol), at(0), at(60))
    return [row for row in rows if row.is_last and size_at(row, price) == size]


def test_a_bid_below_the_best_of_a_symbol_of_large_sellers_is_eaten() -> None:
    # Given the bid, as it stood for two seconds
    rows = shown("ACME", EATEN, 3_000)
    assert rows[-1].event_ns - rows[0].event_ns > 2 * 10**9
    # When a sale walks down to it
    later = depth_rows(market_of("ACME"), rows[-1].received_ns, at(18))
    sold = sum(
        row.change.size
        for row in later
        if row.change.action == "T" and row.change.price_ticks == EATEN
    )
    # Then it takes all of it, and the bid does not come back
    assert sold >= 3_000
    assert all(size_at(row, EATEN) < 3_000 for row in later if row.is_last)


def test_a_bid_three_levels_down_is_pulled() -> None:
    # Given the bid
    rows = shown("DOVE", PULLED, 6_000)
    book = rows[0].change.book
    assert [each.price_ticks for each in book.bids].index(PULLED) == 3
    # Then it stands for eight seconds, nothing is sold at its price, and it goes
    assert 7 * 10**9 < rows[-1].event_ns - rows[0].event_ns <= 8 * 10**9
    later = depth_rows(market_of("DOVE"), rows[0].received_ns, at(47))
    assert not any(row.change.action == "T" and row.change.price_ticks == PULLED for row in later)
    assert size_at(later[-1], PULLED) < 6_000


@pytest.mark.parametrize("symbol", ["BOLT", "CLIF", "EDDY", "FERN.B"])
def test_other_symbols_have_none(symbol: str) -> None:
    rows = depth_rows(market_of(symbol), at(0), at(60))
    behind = [each.size for row in rows for each in row.change.book.bids[1:]]
    assert max(behind) < 3_000


def test_a_span_in_parts_has_the_same_books() -> None:
    # Given the span of the scene, as a whole
    one = market_of("ACME")
    whole = depth_rows(one, at(12), at(18))
    # When it is asked for second by second
    parts = [row for second in range(12, 18) for row in depth_rows(one, at(second), at(second + 1))]
    # Then
    assert parts == whole
