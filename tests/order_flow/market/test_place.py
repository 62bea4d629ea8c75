"""The place of an event among those of its symbol, of whatever kind they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.market.events import (
    BookEvent,
    HaltEvent,
    MarketEvent,
    QuoteEvent,
    TradeEvent,
    Withdrawal,
)
from trading_bot.order_flow.market.order import place_of, quotes_come_first

MS = 1_000_000


def print_at(sip_ns: int, sequence: int = 0) -> TradeEvent:
    return TradeEvent("ACME", sip_ns, 1, 1, sequence=sequence)


def quote_at(sip_ns: int, sequence: int = 0) -> QuoteEvent:
    return QuoteEvent("ACME", sip_ns, 1, 1, 2, 1, sequence=sequence)


def sorted_by_place(step_ns: int, *events: MarketEvent) -> list[MarketEvent]:
    return sorted(events, key=lambda each: place_of(each, step_ns))


def test_the_stamp_comes_first() -> None:
    # Given events whose numbers contradict their stamps
    early, late = quote_at(5, sequence=9), print_at(6, sequence=1)
    # When they are ordered
    # Then the stamp counts
    assert sorted_by_place(1, late, early) == [early, late]


def test_of_equal_stamps_prints_stand_before_everything_else() -> None:
    # Given one event of each kind with one stamp
    others: list[MarketEvent] = [
        HaltEvent("ACME", 5, halted=True),
        quote_at(5, sequence=1),
        BookEvent("ACME", 5, (), (), sequence=2),
        Withdrawal("ACME", 5, sequence=3),
    ]
    made = print_at(5, sequence=99)
    # When they are ordered
    # Then the print comes first, and the others by their numbers; a halt has none
    assert sorted_by_place(1, *reversed(others), made) == [made, *others]


def test_events_without_numbers_keep_the_order_in_which_they_came() -> None:
    # Given two quotes of one stamp without a number
    first, second = quote_at(5), quote_at(5)
    second.bid_ticks = 7
    # When they are ordered
    # Then they stay as they came
    assert sorted_by_place(1, first, second) == [first, second]
    assert sorted_by_place(1, second, first) == [second, first]


@pytest.mark.parametrize(("step_ns", "together"), [(1, False), (1_000, True)])
def test_stamps_within_one_step_are_equal(step_ns: int, together: bool) -> None:
    # Given a quote and a print a little later, within one microsecond
    quoted, made = quote_at(3 * MS), print_at(3 * MS + 999)
    # When they are ordered by a step of nanoseconds or of microseconds
    found = sorted_by_place(step_ns, quoted, made)
    # Then the print comes first where the provider could not tell them apart
    assert found == ([made, quoted] if together else [quoted, made])


def test_of_equal_milliseconds_quotes_and_books_stand_before_prints() -> None:
    # Given one event of each kind within one millisecond
    quoted, book = quote_at(5 * MS + 7, sequence=1), BookEvent("ACME", 5 * MS, (), (), sequence=2)
    made = print_at(5 * MS + 3, sequence=0)
    behind: list[MarketEvent] = [
        HaltEvent("ACME", 5 * MS + 1, halted=True),
        Withdrawal("ACME", 5 * MS, sequence=3),
    ]
    # When they are ordered as they come from a stream of milliseconds
    # Then the print follows what may have stood when it was made; it is halted or withdrawn later
    found = sorted_by_place(MS, *reversed(behind), made, book, quoted)
    assert found == [quoted, book, made, *behind]


@pytest.mark.parametrize(("step_ns", "first"), [(MS - 1, False), (MS, True), (MS + 1, True)])
def test_quotes_come_first_from_whole_milliseconds_on(step_ns: int, first: bool) -> None:
    # Given the step of a provider's stamps
    # When it is below, at and above a millisecond
    # Then quotes come before prints where nobody can tell which was first
    assert quotes_come_first(step_ns) is first


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 3)), max_size=12))
def test_no_event_stands_before_one_of_an_earlier_step(made: list[tuple[bool, int, int]]) -> None:
    # Given any mixture
    events: list[MarketEvent] = [
        (print_at if is_print else quote_at)(sip_ns, sequence)
        for is_print, sip_ns, sequence in made
    ]
    # When it is ordered by steps of two
    found = sorted_by_place(2, *events)
    # Then the steps rise
    steps = [each.sip_ns // 2 for each in found]
    assert steps == sorted(steps)
