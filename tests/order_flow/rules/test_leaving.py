"""What selling a position into the displayed bids costs, and how much of it fits."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flow_values import ASK, BID, NOON_NS, S
from support.market import JudgedSymbol, give_quote

from trading_bot.order_flow.market.events import BookEvent, HaltEvent, Level
from trading_bot.order_flow.market.units import TICKS_PER_DOLLAR, UNITS_PER_SHARE
from trading_bot.order_flow.position import Number, Position
from trading_bot.order_flow.recommendation import Leaving
from trading_bot.order_flow.rules.leaving import (
    leaving_of,
    no_quote_known,
    plain,
    short_words_of_leaving,
    walked,
    words_of_leaving,
)

TICK = 10_000
DEEP = ((BID, 300), (BID - TICK, 200), (BID - 3 * TICK, 100))


def held(shares: Number = 1_000) -> Position:
    return Position("ACME", shares, 100)


class Displayed(JudgedSymbol):
    """A symbol whose book is asked for."""

    def quote(self, bid: int = BID, size: int = 600, ask: int = ASK, *, at: int = NOON_NS) -> None:
        give_quote(self.judge, "ACME", at, bid, size, ask, 300)

    def book(self, *bids: tuple[int, int], ask: int = ASK) -> None:
        levels = tuple((price, size * UNITS_PER_SHARE) for price, size in bids)
        asks = ((ask, UNITS_PER_SHARE),) if ask else ()
        self.judge.book(BookEvent("ACME", NOON_NS, levels, asks))

    def leaving(self, shares: Number = 1_000, *, second: float = 0) -> Leaving:
        return leaving_of(self.judge, held(shares), NOON_NS + round(second * S))


def known(**values: Any) -> Leaving:
    """Return what leaving 1,000 shares costs by a quote of 600, with these members another."""
    members: dict[str, Any] = {
        "shares": Decimal(1_000),
        "fits": Decimal(600),
        "cost_usd": Decimal("6.00"),
        "cost_bp": 1.0,
        "levels": 1,
        "depth_kind": "top_of_book",
    }
    return Leaving(**(members | values))


def test_with_the_best_bid_alone_the_part_that_fits_there_is_known() -> None:
    # Given 600 shares bid at 100.00 against an ask of 100.02
    symbol = Displayed()
    symbol.quote()
    # When a position of 1,000 is to be left
    # Then half the spread is what 600 of them cost
    assert symbol.leaving() == known()


@pytest.mark.parametrize(("shares", "fits"), [(599, 599), (600, 600), (601, 600)])
def test_no_more_fits_than_is_bid(shares: int, fits: int) -> None:
    # Given 600 shares bid
    symbol = Displayed()
    symbol.quote()
    # When less, as much, or more is to be sold
    # Then that much fits
    assert symbol.leaving(shares).fits == fits


@pytest.mark.parametrize(
    ("shares", "fits", "cost"),
    [
        (300, 300, "3.00"),
        (301, 301, "3.02"),
        (500, 500, "7.00"),
        (600, 600, "11.00"),
        (601, 600, "11.00"),
    ],
)
def test_with_levels_the_bids_are_walked_down(shares: int, fits: int, cost: str) -> None:
    # Given bids of 300, 200 and 100 shares, one and three cents apart
    symbol = Displayed()
    symbol.book(*DEEP)
    # When so much is to be sold
    found = symbol.leaving(shares)
    # Then each level takes what it shows, at its own price
    assert (found.fits, found.cost_usd) == (Decimal(fits), Decimal(cost))
    assert (found.levels, found.depth_kind) == (3, "levels")


def test_the_newest_book_counts() -> None:
    # Given a book, a quote of another size with the same prices, and again books
    symbol = Displayed()
    symbol.book(*DEEP)
    symbol.book((BID, 50), ask=ASK)
    # When a position is to be left
    # Then by what was displayed last
    assert symbol.leaving(100).fits == 50


def test_a_quote_that_is_newer_than_the_book_counts_alone() -> None:
    # Given a book, and a quote after it
    symbol = Displayed()
    symbol.book(*DEEP)
    symbol.quote(BID, 50, ASK)
    # When a position is to be left
    found = symbol.leaving(100)
    # Then by what was displayed last
    assert (found.fits, found.levels) == (Decimal(50), 1)


def test_the_newest_size_of_a_quote_counts() -> None:
    # Given quotes of the same prices with other sizes
    symbol = Displayed()
    symbol.quote(size=600)
    symbol.quote(size=40)
    # When a position is to be left
    # Then the last size counts
    assert symbol.leaving(100).fits == 40


def test_fractions_of_a_share_are_exact() -> None:
    # Given 600 shares bid
    symbol = Displayed()
    symbol.quote()
    # When a millionth of a share, and parts finer than that, are to be sold
    least, finer = symbol.leaving("0.000001"), symbol.leaving("1.0000001")
    # Then nothing is rounded; what is finer goes with the rest
    assert (least.fits, least.cost_usd) == (Decimal("0.000001"), Decimal("0.00000001"))
    assert (finer.fits, finer.cost_usd) == (Decimal("1.0000001"), Decimal("0.01"))


def test_half_a_tick_is_exact() -> None:
    # Given a spread of an odd number of ticks
    symbol = Displayed()
    symbol.quote(bid=BID, ask=BID + 3)
    # When one share is to be sold
    # Then it costs one and a half of them
    assert symbol.leaving(1).cost_usd == Decimal("0.0000015")


def test_less_than_a_millionth_of_a_share_has_no_price() -> None:
    # Given a quote
    symbol = Displayed()
    symbol.quote()
    # When less than what is counted is held
    found = symbol.leaving("0.0000001")
    # Then what it costs is not known, rather than nothing
    assert (found.cost_usd, found.cost_bp) == (None, None)
    assert found.unknown == "it is less than a millionth of a share"


def test_a_locked_book_costs_nothing() -> None:
    # Given a bid at the ask
    symbol = Displayed()
    symbol.quote(ask=BID)
    # When a position is to be left
    # Then the midpoint is what it brings
    assert (symbol.leaving(1).cost_usd, symbol.leaving(1).cost_bp) == (Decimal(0), 0.0)


# What is not known is never 0


def unseen(why: str) -> Leaving:
    return Leaving(Decimal(1_000), unknown=why)


def test_before_the_first_quote_nothing_is_known() -> None:
    # Given no quote
    # When a position is to be left
    # Then what it costs is not known, with the market at hand or without
    assert Displayed().leaving() == unseen("no quote is known")
    assert no_quote_known(held(), NOON_NS) == unseen("no quote is known")


@pytest.mark.parametrize(("second", "is_known"), [(59.9, True), (60, True), (60.000000001, False)])
def test_a_quote_of_more_than_a_minute_ago_says_nothing(second: float, is_known: bool) -> None:
    # Given a quote at noon
    symbol = Displayed()
    symbol.quote()
    # When a position is to be left so much later
    found = symbol.leaving(second=second)
    # Then it is known by a quote of a minute ago, and by none that is older
    assert found == (known() if is_known else unseen("the newest quote is 60 s old"))


def test_a_crossed_book_says_nothing() -> None:
    # Given a bid above the ask
    symbol = Displayed()
    symbol.quote(bid=ASK + TICK)
    # When a position is to be left
    # Then one of the two is wrong
    assert symbol.leaving() == unseen("the best bid and ask are crossed")


def test_in_a_halt_nothing_can_be_left() -> None:
    # Given a quote, and then a halt
    symbol = Displayed()
    symbol.quote()
    symbol.judge.halt(HaltEvent("ACME", NOON_NS + S, halted=True))
    # When a position is to be left
    # Then no displayed bid counts
    assert symbol.leaving(second=2) == unseen("trading is halted")


def test_without_bids_nothing_fits_and_without_offers_there_is_no_midpoint() -> None:
    # Given a quote without a bid, a book without bids, and one without offers
    quoted, emptied, unoffered = Displayed(), Displayed(), Displayed()
    quoted.quote(bid=0, size=0)
    emptied.book()
    unoffered.book(*DEEP, ask=0)
    # When a position is to be left
    # Then what fits is known, and what it costs is not
    nobody = {"cost_usd": None, "cost_bp": None, "unknown": "nobody bids"}
    nothing = known(fits=Decimal(0), levels=0, **nobody)
    assert quoted.leaving() == nothing
    assert emptied.leaving() == known(fits=Decimal(0), levels=0, depth_kind="levels", **nobody)
    assert unoffered.leaving() == known(
        cost_usd=None,
        cost_bp=None,
        levels=3,
        depth_kind="levels",
        unknown="nobody offers, so there is no midpoint",
    )


# Walking the book by hand


@st.composite
def books(draw: st.DrawFn) -> tuple[tuple[Level, ...], int]:
    """Return bids, the best first and no two at one price, and an ask at or above the best."""
    prices = sorted(draw(st.sets(st.integers(1, 10**9), min_size=1, max_size=10)), reverse=True)
    sizes = draw(st.lists(st.integers(1, 10**12), min_size=len(prices), max_size=len(prices)))
    return tuple(zip(prices, sizes, strict=True)), prices[0] + draw(st.integers(0, 10**7))


@given(books(), st.integers(1, 10**13))
def test_the_walk_is_what_a_sale_share_by_share_brings(
    book: tuple[tuple[Level, ...], int], units: int
) -> None:
    # Given any displayed book, and any amount to be sold
    bids, ask = book
    # When it is walked, and reckoned with fractions from what stands above each level
    fits, twice = walked(units, bids, ask)
    above = [sum(size for _, size in bids[:place]) for place in range(len(bids) + 1)]
    taken = [max(0, min(units, end) - begin) for begin, end in pairwise(above)]
    middle = Fraction(bids[0][0] + ask, 2)
    cost = sum(
        (count * (middle - price) for count, (price, _) in zip(taken, bids, strict=True)),
        Fraction(0),
    )
    # Then both are the same, exactly, and no more fits than is bid or held
    assert fits == sum(taken) == min(units, above[-1])
    assert Fraction(twice, 2) == cost >= 0


@given(books(), st.integers(1, 10**13))
def test_what_is_told_is_the_walk_exactly(book: tuple[tuple[Level, ...], int], units: int) -> None:
    # Given any displayed book, and any position
    bids, ask = book
    symbol = Displayed()
    symbol.judge.book(BookEvent("ACME", NOON_NS, bids, ((ask, UNITS_PER_SHARE),)))
    # When it is to be left
    found = symbol.leaving(Decimal(units) / UNITS_PER_SHARE)
    # Then dollars and shares lose nothing, and basis points are rounded once
    fits, twice = walked(units, bids, ask)
    assert found.fits is not None
    assert found.cost_usd is not None
    assert Fraction(found.fits) == Fraction(fits, UNITS_PER_SHARE)
    assert Fraction(found.cost_usd) == Fraction(twice, 2 * TICKS_PER_DOLLAR * UNITS_PER_SHARE)
    assert found.cost_bp == round(10_000 * twice / (fits * (bids[0][0] + ask)), 2)


@given(books(), st.integers(1, 10**6), st.integers(1, 10**6))
def test_selling_more_never_costs_less(
    book: tuple[tuple[Level, ...], int], one: int, more: int
) -> None:
    # Given any displayed book, and two amounts
    # When both are sold into it
    less, larger = walked(one, *book), walked(one + more, *book)
    # Then the larger costs as much or more, and as much or more of it fits
    assert (less[0] <= larger[0], less[1] <= larger[1]) == (True, True)


# In words


@pytest.mark.parametrize(
    ("leaving", "words", "short"),
    [
        (
            known(),
            (
                "leaving 1,000 shares now costs 6.00 USD (1.0 bp) below the midpoint for what "
                "fits; 600 fit the displayed best bid"
            ),
            "leaving costs 6.00 USD (1.0 bp) for the 600 of 1,000 that fit the displayed bids",
        ),
        (
            known(fits=Decimal(1_000), levels=4, depth_kind="levels"),
            (
                "leaving 1,000 shares now costs 6.00 USD (1.0 bp) below the midpoint; "
                "all fit the displayed bids (4 levels)"
            ),
            "leaving costs 6.00 USD (1.0 bp)",
        ),
        (
            known(fits=Decimal(0), levels=0, cost_usd=None, cost_bp=None, unknown="nobody bids"),
            (
                "leaving 1,000 shares now: none fit, no bid is displayed; "
                "what it costs is not known: nobody bids"
            ),
            "leaving: not known, nobody bids",
        ),
        (
            unseen("trading is halted"),
            "what leaving costs now is not known: trading is halted",
            "leaving: not known, trading is halted",
        ),
    ],
)
def test_it_is_told_in_words(leaving: Leaving, words: str, short: str) -> None:
    # Given what leaving costs, or why that is not known
    # When it is told
    # Then the words say what is displayed, and what is not known
    assert (words_of_leaving(leaving), short_words_of_leaving(leaving)) == (words, short)


def test_exact_numbers_are_text_for_json() -> None:
    # Given what leaving costs, and nothing
    # When it is to be written as JSON
    # Then exact numbers are text
    assert plain(None) is None
    assert plain(known()) == {
        "shares": "1000",
        "fits": "600",
        "cost_usd": "6.00",
        "cost_bp": 1.0,
        "levels": 1,
        "depth_kind": "top_of_book",
        "unknown": "",
    }
