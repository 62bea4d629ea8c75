"""One instrument's ten levels, and the names of its prints."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.dbn_records import ASK, ASKS, BID, BIDS, CENT, DOLLAR, Levels, book

from trading_bot.order_flow.market.events import Level
from trading_bot.order_flow.market.refused import Refused
from trading_bot.order_flow.providers.databento.book import (
    DEPTH,
    MOST_NANO,
    Instrument,
    best_of,
    ticks_of,
)
from trading_bot.order_flow.providers.databento.layout import LEVELS_BYTES, NO_SIZE

UNIT = 1_000_000


def units(levels: Levels) -> tuple[Level, ...]:
    """Return levels of the wire in ticks and millionths of a share."""
    return tuple((price // 1_000, size * UNIT) for price, size in levels)


def take(instrument: Instrument, row: bytes, depth: int) -> Refused | None:
    """Take the levels of a row, which end it."""
    return instrument.take_levels(row[-LEVELS_BYTES:], depth)


def with_level(levels: Levels, depth: int, level: tuple[int, int]) -> Levels:
    return (*levels[:depth], level, *levels[depth + 1 :])


def test_levels_come_in_ticks_and_units_best_first() -> None:
    # Given an instrument
    instrument = Instrument("ACME")
    # When a row is taken
    refused = take(instrument, book(), 0)
    # Then all ten levels of both sides are there
    assert (refused, instrument.bids, instrument.asks) == (None, units(BIDS), units(ASKS))


@pytest.mark.parametrize("depth", range(DEPTH + 1))
def test_empty_levels_are_none(depth: int) -> None:
    # Given a book of so many levels a side
    instrument = Instrument("ACME")
    # When it is taken
    take(instrument, book(bids=BIDS[:depth], asks=ASKS[:depth]), 0)
    # Then no price stands for an empty level
    assert (instrument.bids, instrument.asks) == (units(BIDS[:depth]), units(ASKS[:depth]))


@pytest.mark.parametrize(
    ("bids", "asks", "reason"),
    [
        ((BIDS[1], BIDS[0]), ASKS, "impossible_book"),
        (BIDS, (ASKS[0], ASKS[0]), "impossible_book"),
        (((9_223_372_036_854_775_807, 0), *BIDS[1:]), ASKS, "impossible_price"),
        ((*BIDS[:3], (9_223_372_036_854_775_807, 0), *BIDS[3:9]), ASKS, "impossible_book"),
        ((*BIDS[:3], (9_223_372_036_854_775_807, 0), BIDS[4]), ASKS, "impossible_book"),
        ((*BIDS[:2], (0, 100)), ASKS, "impossible_price"),
        ((*BIDS[:2], (-1, 100)), ASKS, "impossible_price"),
        ((*BIDS[:2], (499, 100)), ASKS, "impossible_price"),
        (((MOST_NANO + 1, 100), *BIDS[1:]), ASKS, "impossible_price"),
        (BIDS, ((ASK, 0), *ASKS[1:]), "impossible_size"),
        (BIDS, ((ASK, NO_SIZE), *ASKS[1:]), "impossible_size"),
        (((BID + CENT // 2, NO_SIZE), *BIDS[:9]), ASKS, "impossible_size"),
        (((ASK + 1_000, 100), *BIDS[:9]), ASKS, "crossed_book"),
        (BIDS, ((BID - 1_000, 100), *ASKS[:9]), "crossed_book"),
    ],
)
def test_a_book_that_cannot_be_is_refused_and_changes_nothing(
    bids: Levels, asks: Levels, reason: str
) -> None:
    # Given a book that is known
    instrument = Instrument("ACME")
    take(instrument, book(), 0)
    # When one comes that cannot be
    refused = take(instrument, book(bids=bids, asks=asks), 0)
    # Then it is refused, and the known one stands
    assert refused == Refused(reason)
    assert (instrument.bids, instrument.asks) == (units(BIDS), units(ASKS))


def test_a_locked_book_stands() -> None:
    # Given an instrument
    instrument = Instrument("ACME")
    # When the best bid is as high as the best ask
    # Then nothing is wrong with it
    assert take(instrument, book(bids=((ASK, 100), *BIDS[:9])), 0) is None


CHANGED: list[tuple[Levels, int]] = [
    (with_level(BIDS, 0, (BID, 700)), 0),
    (with_level(BIDS, 9, (BIDS[9][0], 700)), 9),
    (((BID + CENT // 2, 5), *BIDS[:9]), 0),
    ((*BIDS[:4], (BIDS[3][0] - 1_000, 5), *BIDS[4:9]), 4),
    ((*BIDS[1:], (BIDS[9][0] - CENT, 5)), 0),
    ((*BIDS[:4], *BIDS[5:], (BIDS[9][0] - CENT, 5)), 4),
    (BIDS[:9], 9),
    (with_level(BIDS, 4, (BIDS[4][0] + 1_000, 700)), 4),
]


@pytest.mark.parametrize(("bids", "depth"), CHANGED)
@pytest.mark.parametrize("said", [None, 3, 11, 255])
def test_a_change_shows_the_book_that_the_whole_row_shows(
    bids: Levels, depth: int, said: int | None
) -> None:
    # Given a book, and a row in which one level is another, is new, or is gone
    instrument = Instrument("ACME")
    take(instrument, book(), 0)
    # When it is taken, whichever level is said to have changed
    refused = take(instrument, book(bids=bids), depth if said is None else said)
    # Then the book is the row's
    assert (refused, instrument.bids, instrument.asks) == (None, units(bids), units(ASKS))


@pytest.mark.parametrize(
    ("bids", "reason"),
    [
        (with_level(BIDS, 4, (BIDS[3][0], 700)), "impossible_book"),
        (with_level(BIDS, 4, (BIDS[5][0], 700)), "impossible_book"),
        (with_level(BIDS, 4, (BIDS[4][0], 0)), "impossible_size"),
        (with_level(BIDS, 0, (MOST_NANO + 1, 5)), "impossible_price"),
        (with_level(BIDS, 9, (0, 5)), "impossible_price"),
        ((*BIDS[1:], (BIDS[9][0], 5)), "impossible_book"),
    ],
)
def test_a_change_that_cannot_be_is_refused(bids: Levels, reason: str) -> None:
    # Given a book, and a row in which one level cannot be
    instrument = Instrument("ACME")
    take(instrument, book(), 0)
    depth = next(n for n in range(DEPTH) if bids[n] != BIDS[n])
    # When it is taken
    refused = take(instrument, book(bids=bids), depth)
    # Then it is refused as in a book that is read for the first time
    assert refused == Refused(reason) == take(Instrument("ACME"), book(bids=bids), 0)


@st.composite
def sides(draw: st.DrawFn) -> Levels:
    prices = draw(st.lists(st.integers(1, 14), max_size=DEPTH, unique=True))
    return [(price * DOLLAR, draw(st.integers(0, 3))) for price in sorted(prices, reverse=True)]


@given(st.lists(st.tuples(sides(), st.integers(0, 12)), max_size=8))
def test_a_book_is_the_same_whatever_was_before_it(rows: Sequence[tuple[Levels, int]]) -> None:
    # Given rows of any kind, one after another
    instrument = Instrument("ACME")
    for bids, depth in rows:
        row = book(bids=bids)
        afresh = Instrument("ACME")
        # When one is taken by who knows those before it, and by who knows none
        refused = take(instrument, row, depth)
        # Then both see the same
        assert refused == take(afresh, row, 0)
        assert refused is not None or instrument.bids == afresh.bids


@pytest.mark.parametrize(
    ("nano", "ticks"),
    [
        (-1, 0),
        (0, 0),
        (499, 0),
        (500, 1),
        (1_499, 1),
        (1_500, 2),
        (MOST_NANO, 10_000_000_000_000),
        (MOST_NANO + 1, 0),
        (9_223_372_036_854_775_807, 0),
    ],
)
def test_prices_are_rounded_to_ticks_and_bounded(nano: int, ticks: int) -> None:
    # Given a price of the wire
    # When it is brought to ticks
    # Then it is the nearest, or none
    assert ticks_of(nano) == ticks


@pytest.mark.parametrize(
    ("nano", "shares", "level"),
    [(BID, 7, (BID // 1_000, 7 * UNIT)), (BID, 0, (0, 0)), (BID, NO_SIZE, (0, 0)), (0, 7, (0, 0))],
)
def test_a_level_has_a_price_and_a_size_or_is_none(nano: int, shares: int, level: Level) -> None:
    # Given the two numbers of a level
    # When they are read
    # Then one alone is nothing
    assert best_of(nano, shares) == level


def test_prints_of_one_number_are_told_apart_and_named_again_by_a_replay() -> None:
    # Given prints, some of one stamp and number, some without a number
    prints = [(1, 5), (1, 5), (1, 5), (1, 6), (2, 0), (2, 0), (3, 0)]
    # When they are named, and named again by another session
    names = [
        [instrument.print_id(*each) for each in prints]
        for instrument in (Instrument("ACME"), Instrument("ACME"))
    ]
    # Then each has a name of its own, and the same one
    assert names[0] == ["", "5.1", "5.2", "", "2.0", "2.1", "3.0"] == names[1]
