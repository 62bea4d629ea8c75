"""Venues by their names."""

from __future__ import annotations

from collections import Counter

import pytest

from trading_bot.recorded.forms.venue_names import venue_in


@pytest.mark.parametrize(
    ("name", "number"),
    [("ARCA", "11"), ("NASDAQ-BX", "2"), ("island", "12"), ("FINRA", "4"), ("N", "10"), ("", "0")],
)
def test_a_venue_is_known_by_name_or_letter(name: str, number: str) -> None:
    # Given a name
    notes: Counter[str] = Counter()
    # When it is read
    # Then it is our number
    assert (venue_in(notes)(name), notes) == (number, {})


def test_an_unknown_venue_is_counted_by_name() -> None:
    # Given a name that is new
    notes: Counter[str] = Counter()
    # When it is read
    # Then it stands for no venue, and is counted
    assert venue_in(notes)("MOON") == "0"
    assert notes == {"prints_of_unknown_venue_MOON": 1}
