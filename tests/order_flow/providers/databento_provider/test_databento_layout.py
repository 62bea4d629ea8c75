"""How records lie in memory, and how many books follow one another."""

from __future__ import annotations

import pytest
from support.dbn_records import BEAT, best, book, print_alone, trade

from trading_bot.order_flow.providers.databento.layout import (
    BOOK,
    LEVELS_BYTES,
    MARKET_BYTES,
    books_from,
)

MOST = 256


def test_a_book_is_its_first_fields_and_its_levels() -> None:
    # Given a book as the vendor's package writes it
    row = book()
    # When its layout is asked
    # Then it has that length, and its levels are its end
    assert len(row) == BOOK.size == MARKET_BYTES + LEVELS_BYTES
    assert BOOK.unpack(row)[-1] == row[MARKET_BYTES:]


@pytest.mark.parametrize("between", [best(), print_alone(), BEAT])
def test_books_are_counted_up_to_a_record_of_another_kind(between: bytes) -> None:
    # Given two books, one of them a print's row, another record, and a book
    payload = book() + trade() + between + book()
    # When the books that follow one another are counted
    # Then those behind the other record are not among them
    assert books_from(payload, 0) == 2
    assert books_from(payload, BOOK.size) == 1
    assert books_from(payload, 2 * BOOK.size) == 0
    assert books_from(payload, 2 * BOOK.size + len(between)) == 1


@pytest.mark.parametrize("missing", [1, 2, 100, BOOK.size - 2, BOOK.size - 1])
def test_a_book_that_is_not_whole_is_not_counted(missing: int) -> None:
    # Given two books, and one of which the end is missing
    payload = (book() * 3)[:-missing]
    # When they are counted
    # Then it is not among them, also where it stands alone
    assert books_from(payload, 0) == 2
    assert books_from(payload[2 * BOOK.size :], 0) == 0


def test_nothing_holds_no_book() -> None:
    # Given no bytes
    # When books are counted
    # Then there is none
    assert books_from(b"", 0) == 0


@pytest.mark.parametrize("books", [MOST - 1, MOST, MOST + 1])
def test_only_so_many_books_are_looked_at(books: int) -> None:
    # Given books below, at and above the bound
    # When they are counted
    # Then no more than the bound are found
    assert books_from(book() * books, 0) == min(books, MOST)
