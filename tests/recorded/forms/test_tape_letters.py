"""Letters of the tapes as our numbers."""

from __future__ import annotations

from collections import Counter

import pytest

from trading_bot.order_flow.market.trade_conditions import CONDITIONS
from trading_bot.recorded.forms import tape_letters
from trading_bot.recorded.forms.tape_letters import (
    EXCHANGES,
    Plan,
    conditions_in,
    exchange_in,
    plan_of_source,
    plan_of_tape,
)


@pytest.mark.parametrize(
    ("letters", "plan", "cell"),
    [
        ("", "CTA", ""),
        ("@   ", "CTA", ""),
        ("@F I", "CTA", "14;37"),
        ("['@', 'I']", "CTA", "37"),
        ("@;T;U", "UTP", "12;13"),
        ("B", "CTA", "2"),
        ("B", "UTP", "4"),
        ("B", "", "2"),
        ("6", "CTA", "19"),
        ("6", "UTP", "8"),
        ("O", "", "17"),
    ],
)
def test_letters_are_read_by_the_plan_whose_they_are(letters: str, plan: Plan, cell: str) -> None:
    # Given the letters of a print
    notes: Counter[str] = Counter()
    # When they are read
    # Then each is our number, and nothing is unknown
    assert (conditions_in(notes)(letters, plan), notes) == (cell, Counter())


def test_an_unknown_letter_is_named_and_costs_the_side() -> None:
    # Given two prints of a letter that nobody knows
    notes: Counter[str] = Counter()
    read = conditions_in(notes)
    # When they are read
    cells = [read("@!", "CTA") for _ in range(2)]
    # Then they have a condition that no rule knows, and the letter is counted by its name
    assert (cells, notes) == (["-1", "-1"], {"prints_of_unknown_condition_!": 2})


def test_every_letter_is_a_condition_that_the_rules_know() -> None:
    # Given all letters of each plan
    numbers = set(tape_letters._BOTH.values()).union(
        *(letters.values() for letters in tape_letters._OF_PLAN.values())
    )
    # When they are looked up
    # Then the rules know each
    assert numbers <= CONDITIONS.keys()


@pytest.mark.parametrize(("letter", "cell"), [("D", "4"), ("Q", "12"), ("T", "12"), ("", "0")])
def test_a_venue_is_our_number(letter: str, cell: str) -> None:
    # Given the letter of a venue
    notes: Counter[str] = Counter()
    # When it is read
    # Then it is its number
    assert (exchange_in(notes)(letter), notes) == (cell, Counter())


def test_an_unknown_venue_is_named() -> None:
    # Given a letter that no venue has
    notes: Counter[str] = Counter()
    # When it is read
    # Then it is no venue, and counted by its name
    assert (exchange_in(notes)("?"), notes) == ("0", {"prints_of_unknown_venue_?": 1})


def test_venues_have_numbers_of_their_own_but_for_the_two_letters_of_nasdaq() -> None:
    # Given all venues
    # When their numbers are counted
    # Then one has two letters
    assert len(set(EXCHANGES.values())) == len(EXCHANGES) - 1


@pytest.mark.parametrize(
    ("tape", "plan"),
    [("A", "CTA"), ("B", "CTA"), ("1", "CTA"), ("C", "UTP"), ("3", "UTP"), ("", "")],
)
def test_a_tape_has_a_plan(tape: str, plan: str) -> None:
    # Given a tape
    # When its plan is asked for
    # Then it is known, or nobody's
    assert plan_of_tape(tape) == plan


@pytest.mark.parametrize(("source", "plan"), [("C", "CTA"), ("N", "UTP"), ("", "")])
def test_a_source_of_taq_has_a_plan(source: str, plan: str) -> None:
    # Given what TAQ calls the source
    # When its plan is asked for
    # Then it is known, or nobody's
    assert plan_of_source(source) == plan
