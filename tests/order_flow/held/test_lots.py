"""Lots of one symbol as one position."""

from __future__ import annotations

from trading_bot.order_flow.held.lots import added_up
from trading_bot.order_flow.position import Position


def test_the_price_of_lots_is_theirs_by_weight() -> None:
    # Given two lots of different size and price, and a symbol with one
    lots = [Position("ACME", 100, 10), Position("ACME", 300, 14)]
    alone = Position("BOLT", 1, 5)
    # When they are added up
    positions, refused = added_up({"ACME": lots, "BOLT": [alone]}, {})
    # Then the larger counts for more
    assert positions == {"ACME": Position("ACME", 400, 13), "BOLT": alone}
    assert refused == {}


def test_lots_of_which_one_has_no_known_price_have_none() -> None:
    # Given two lots, and of one it is not known what was paid
    lots = [Position("ACME", 100, 10), Position("ACME", 300, None)]
    # When they are added up
    positions, _ = added_up({"ACME": lots}, {})
    # Then the price of both is not known
    assert positions == {"ACME": Position("ACME", 400, None)}


def test_a_symbol_that_was_refused_stays_so() -> None:
    # Given a lot of a symbol whose other lot could not be read
    # When it is added up
    found = added_up({"ACME": [Position("ACME", 100, 10)]}, {"ACME": "position 2: words"})
    # Then what is held of it is not known
    assert found == ({}, {"ACME": "position 2: words"})


def test_lots_of_both_sides_are_refused() -> None:
    # Given a lot that is held and one that is owed
    lots = [Position("ACME", 100, 10), Position("ACME", -100, 10)]
    # When they are added up
    found = added_up({"ACME": lots}, {})
    # Then their symbol is refused
    words = "ACME has rows of both sides, long and short: give their sum"
    assert found == ({}, {"ACME": words})
