"""Tapes in which a rule must find nothing: upside down, and with sides by a coin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flat_data import quote_row, trade_row

from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.recorded.rows import KIND, PLACE, Row
from trading_bot.research.changed_tapes import MirroredTape, ShuffledTape

BID, ASK = 100_000_000, 100_010_000
CENTRE = BID + ASK


def price_of(row: Row) -> int:
    price: int = row[PLACE + 1]
    return price


def test_a_bid_becomes_an_ask_and_a_sale_at_it_a_purchase() -> None:
    # Given a quote and a print at its bid
    rows = [quote_row(0), trade_row(1, price=BID)]
    # When the tape is mirrored
    mirrored = MirroredTape()(rows)
    # Then sizes have changed sides, and the print is at the ask
    assert mirrored == [
        quote_row(0, bid=BID, bid_size=200, ask=ASK, ask_size=300),
        trade_row(1, price=ASK),
    ]


def test_a_later_fall_is_mirrored_into_a_rise() -> None:
    # Given a quote, and a lower one with only a bid
    rows = [quote_row(0), quote_row(1, bid=BID - 500, bid_size=700, ask=0, ask_size=0)]
    # When the tape is mirrored
    later = MirroredTape()(rows)[1]
    # Then the bid's distance below is the ask's above, and the missing side is the other one
    assert later == quote_row(1, bid=0, bid_size=0, ask=ASK + 500, ask_size=700)


@pytest.mark.parametrize(
    "row",
    [
        quote_row(0, bid=0),
        quote_row(0, ask=0),
        quote_row(0, bid=ASK + 1),
    ],
    ids=["no bid", "no ask", "crossed"],
)
def test_quotes_before_the_first_price_are_left_out(row: Row) -> None:
    # Given a tape that begins with a quote that is no price
    # When it is mirrored
    # Then there is nothing to mirror it about
    assert MirroredTape()([row, quote_row(1)]) == [quote_row(1, bid_size=200, ask_size=300)]


def test_a_print_can_be_the_first_price_and_none_becomes_negative() -> None:
    # Given a tape that begins with a print, and prices more than twice as high after it
    rows = [
        trade_row(0, price=BID),
        trade_row(1, price=2 * BID),
        quote_row(2, bid=BID, ask=3 * BID),
    ]
    # When it is mirrored
    first, quote = MirroredTape()(rows)
    # Then the print stands, and what would be negative is left out
    assert first == rows[0]
    assert quote[PLACE + 1 : PLACE + 5] == (0, 0, BID, 300 * UNITS_PER_SHARE)


def test_every_level_of_a_book_is_mirrored() -> None:
    # Given a book of two bids and an ask
    row = quote_row(0, bids_below=((BID - 10_000, 20_000),))
    # When it is mirrored
    (found,) = MirroredTape()([row])
    # Then bids are asks, as far below the middle as they were above
    book = found[-1]
    assert book.bids == ((BID, 200 * UNITS_PER_SHARE),)
    assert book.asks == ((ASK, 300 * UNITS_PER_SHARE), (ASK + 10_000, 20_000 * UNITS_PER_SHARE))


def test_symbols_are_mirrored_about_their_own_prices() -> None:
    # Given two symbols
    rows = [quote_row(0), quote_row(0, symbol="BOLT", bid=BID * 3, ask=BID * 3 + 10)]
    # When the tape is mirrored in two parts
    tape = MirroredTape()
    found = tape(rows[:1]) + tape(rows[1:])
    # Then each first quote keeps its prices
    assert [row[PLACE + 1] for row in found] == [BID, BID * 3]


@given(st.integers(BID - 1_000, BID + 1_000))
def test_mirroring_twice_gives_the_tape_back(price: int) -> None:
    # Given a tape
    rows = [quote_row(0), trade_row(1, price=price)]
    # When it is mirrored and mirrored again
    again = MirroredTape()(MirroredTape()(rows))
    # Then nothing has changed
    assert again == rows


def test_about_half_of_the_stamps_are_reflected_at_the_midpoint() -> None:
    # Given a quote and a thousand prints at the bid
    rows = [quote_row(0), *(trade_row(1 + n, price=BID) for n in range(1_000))]
    # When sides are shuffled
    quote, *prints = ShuffledTape(5)(rows)
    # Then the quote stays, and about half of the prints are at the ask
    assert quote == rows[0]
    at_ask = sum(price_of(row) == ASK for row in prints)
    assert {price_of(row) for row in prints} == {BID, ASK}
    assert 440 < at_ask < 560


def test_prints_of_one_order_go_together() -> None:
    # Given two prints of each of a hundred stamps, one at the bid and one a cent lower
    prints = [trade_row(1 + n, price=price) for n in range(100) for price in (BID, BID - 10_000)]
    # When sides are shuffled
    _, *found = ShuffledTape(5)([quote_row(0), *prints])
    # Then both are reflected or none
    pairs = {(price_of(a), price_of(b)) for a, b in zip(found[::2], found[1::2], strict=True)}
    assert pairs == {(BID, BID - 10_000), (ASK, ASK + 10_000)}


def test_prints_without_a_two_sided_quote_stay() -> None:
    # Given prints before a quote, after a one-sided one, and at a price that has no reflection
    rows = [
        *(trade_row(n, price=BID) for n in range(20)),
        quote_row(20, ask=0),
        *(trade_row(21 + n, price=BID) for n in range(20)),
        quote_row(50),
        *(trade_row(51 + n, price=CENTRE) for n in range(20)),
    ]
    # When sides are shuffled
    # Then nothing changes
    assert ShuffledTape(5)(rows) == rows


def test_the_seed_decides_the_coins() -> None:
    # Given one tape
    rows = [quote_row(0), *(trade_row(1 + n, price=BID) for n in range(100))]
    # When it is shuffled with equal and with other seeds, in one part or in two
    whole, other = ShuffledTape(5)(rows), ShuffledTape(6)(rows)
    tape = ShuffledTape(5)
    parts = tape(rows[:40]) + tape(rows[40:])
    # Then equal seeds toss equally
    assert whole == parts
    assert whole != other
    assert all(row[KIND] == was[KIND] for row, was in zip(other, rows, strict=True))


@pytest.mark.parametrize(("stated", "mirrored"), [("sell", "buy"), ("buy", "sell"), (None, None)])
def test_who_began_a_print_is_mirrored_with_its_price(
    stated: str | None, mirrored: str | None
) -> None:
    # Given a print that states who began it
    rows = [quote_row(0), (*trade_row(1), stated)]
    # When the tape is mirrored
    # Then it was begun by the other side
    assert MirroredTape()(rows)[1][-1] == mirrored
