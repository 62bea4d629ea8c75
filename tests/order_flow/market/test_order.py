"""One order for pages and polls that overlap."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.market.events import QuoteEvent, TradeEvent
from trading_bot.order_flow.market.order import in_order


def print_of(sip_ns: int = 5, **changes: Any) -> TradeEvent:
    fields: dict[str, Any] = {
        "sequence": 1,
        "exchange": 4,
        "trf_id": 201,
        "trade_id": "7",
    } | changes
    return TradeEvent("AAPL", sip_ns, 1_000_000, 100, **fields)


def quote_of(sip_ns: int = 5, sequence: int = 1) -> QuoteEvent:
    return QuoteEvent("AAPL", sip_ns, 1_000_000, 100, 1_010_000, 100, sequence=sequence)


def test_equal_stamps_are_ordered_by_sequence_number() -> None:
    # Given prints out of order, two of them with one stamp
    events = [print_of(9, sequence=1), print_of(5, sequence=3), print_of(5, sequence=2)]
    # When they are ordered, then the stamp comes first and the number second
    ordered = in_order(events, Counter())
    assert [(event.sip_ns, event.sequence) for event in ordered] == [(5, 2), (5, 3), (9, 1)]


def test_a_repeated_print_is_dropped_and_counted() -> None:
    # Given the same print twice
    refused: Counter[str] = Counter()
    # When they are ordered, then one is left
    assert in_order([print_of(), print_of()], refused) == [print_of()]
    assert refused == {"duplicate": 1}


@pytest.mark.parametrize(
    "other", [{"exchange": 5}, {"trf_id": 202}, {"trade_id": "8"}, {"sequence": 2},
              {"correction": 8}]
)  # fmt: skip
def test_prints_that_differ_in_one_part_of_the_key_are_two(other: dict[str, Any]) -> None:
    # Given two prints that share all but one part of what makes them one
    refused: Counter[str] = Counter()
    # When they are ordered, then both stay
    assert len(in_order([print_of(), print_of(**other)], refused)) == 2
    assert not refused


def test_prints_without_any_identity_are_never_taken_for_one() -> None:
    # Given two equal prints without id and number
    unnamed = print_of(trade_id="", sequence=0)
    # When they are ordered, then both stay
    assert in_order([unnamed, unnamed], Counter()) == [unnamed, unnamed]


def test_a_repeated_quote_is_dropped_and_counted() -> None:
    # Given a quote twice, and another with the same stamp
    refused: Counter[str] = Counter()
    # When they are ordered, then two are left
    ordered = in_order([quote_of(sequence=2), quote_of(), quote_of()], refused)
    assert ordered == [quote_of(), quote_of(sequence=2)]
    assert refused == {"duplicate": 1}


def test_quotes_without_a_number_are_never_taken_for_one() -> None:
    # Given two equal quotes without a number
    # When they are ordered, then both stay
    assert len(in_order([quote_of(sequence=0), quote_of(sequence=0)], Counter())) == 2


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=20), st.randoms())
def test_the_order_of_arrival_does_not_matter(keys: list[tuple[int, int]], random: Any) -> None:
    # Given the same quotes in two orders of arrival
    events = [quote_of(*key) for key in keys]
    shuffled = list(events)
    random.shuffle(shuffled)
    # When both are ordered, then they are the same
    assert in_order(events, Counter()) == in_order(shuffled, Counter())
