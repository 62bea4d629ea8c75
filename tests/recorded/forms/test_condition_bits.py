"""Sale conditions as bits."""

from __future__ import annotations

from collections import Counter

import pytest

from trading_bot.recorded.cells import UNREADABLE_CODE
from trading_bot.recorded.forms.condition_bits import bits_in


@pytest.mark.parametrize(
    ("bits", "numbers"),
    [
        ("", ""),
        ("0", ""),
        ("1", ""),
        ("00000001", ""),
        ("20", "14"),
        ("20000020", "14;41"),
        ("40", "25"),
        ("2000", "12"),
        ("100200", "10;2"),
        ("80000000", "37"),
    ],
)
def test_each_bit_is_our_number(bits: str, numbers: str) -> None:
    # Given the bits of a print
    notes: Counter[str] = Counter()
    # When they are read
    found = bits_in(notes)(bits)
    # Then they are our numbers, and all is known
    assert (found, notes) == (numbers, {})


@pytest.mark.parametrize(
    ("bits", "numbers", "note"),
    [
        ("40000000", f"{UNREADABLE_CODE}", "prints_of_unknown_condition_bit_40000000"),
        ("100000020", f"14;{UNREADABLE_CODE}", "prints_of_unknown_condition_bit_100000000"),
        ("T", f"{UNREADABLE_CODE}", "prints_of_unreadable_conditions"),
    ],
)
def test_what_is_not_known_is_counted_by_name(bits: str, numbers: str, note: str) -> None:
    # Given two prints with bits that nobody describes
    notes: Counter[str] = Counter()
    read = bits_in(notes)
    # When they are read
    found = [read(bits), read(bits)]
    # Then each is counted, and has a condition that is not known
    assert (found, notes) == ([numbers] * 2, {note: 2})
