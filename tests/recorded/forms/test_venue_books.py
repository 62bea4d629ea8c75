"""The best bid and ask over all venues."""

from __future__ import annotations

import pytest

from trading_bot.recorded.forms.venue_books import VenueBooks, books_by_symbol


def test_the_best_of_all_venues_counts() -> None:
    # Given two venues
    books = VenueBooks()
    books.quote("N", "R", ("10.00", "3"), ("10.03", "1"))
    # When the second has a better bid and a worse ask
    best = books.quote("P", "R", ("10.01", "2"), ("10.04", "9"))
    # Then each side is that of the better one
    assert best == ("10.01", "2", "10.03", "1")


def test_of_equal_prices_the_larger_size_counts() -> None:
    # Given a venue
    books = VenueBooks()
    books.quote("N", "R", ("10.00", "3"), ("10.03", "1"))
    # When another has the same prices
    best = books.quote("P", "R", ("10.00", "2"), ("10.03", "9"))
    # Then the larger size of each side counts
    assert best == ("10.00", "3", "10.03", "9")


def test_a_venue_replaces_both_of_its_sides() -> None:
    # Given a venue with the best prices, and another one
    books = VenueBooks()
    books.quote("N", "R", ("10.00", "3"), ("10.01", "1"))
    books.quote("P", "R", ("9.99", "3"), ("10.02", "1"))
    # When the first takes its bid away
    best = books.quote("N", "R", ("0", "0"), ("10.01", "1"))
    # Then the bid is that of the other
    assert best == ("9.99", "3", "10.01", "1")


@pytest.mark.parametrize("condition", ["N", "U", "C", "L", "4"])
def test_a_quote_that_is_no_part_of_the_best_takes_both_sides_away(condition: str) -> None:
    # Given a venue
    books = VenueBooks()
    books.quote("N", "R", ("10.00", "3"), ("10.01", "1"))
    # When its next quote is not firm
    best = books.quote("N", condition, ("10.00", "3"), ("10.01", "1"))
    # Then nobody stands there
    assert best == ("0", "0", "0", "0")


def test_symbols_have_books_of_their_own() -> None:
    # Given two symbols
    books = books_by_symbol()
    books("ACME").quote("N", "R", ("10.00", "3"), ("10.01", "1"))
    # When the second is quoted
    best = books("BOLT").quote("N", "R", ("5.00", "3"), ("5.01", "1"))
    # Then it does not know the first, which still stands
    assert best == ("5.00", "3", "5.01", "1")
    assert books("ACME").quote("P", "R", ("", ""), ("", "")) == ("10.00", "3", "10.01", "1")
