"""Buckets of symbols."""

from __future__ import annotations

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from trading_bot.scale.buckets import BUCKETS, bucket_of, divided


def test_a_symbol_is_in_the_same_bucket_everywhere() -> None:
    # Given symbols
    # When their buckets are asked for
    found = [bucket_of(each) for each in ("ACME", "SPY", "")]
    # Then they are what they have always been
    assert found == [10, 31, 0]


@given(
    st.dictionaries(st.text("ABCDEFGH", min_size=1, max_size=4), st.integers(0, 9)),
    st.integers(1, BUCKETS),
)
def test_every_bucket_is_in_one_share_and_no_share_is_empty(
    weights: dict[str, int], shares: int
) -> None:
    # Given any symbols
    # When buckets are divided
    found = divided(weights, shares)
    # Then each is there once
    assert sorted(chain.from_iterable(found)) == list(range(BUCKETS))
    assert len(found) == shares
    assert all(found)


def test_symbols_are_divided_by_what_there_is_of_them() -> None:
    # Given four symbols, one of them as large as the others together
    weights = {"ACME": 3, "BOLT": 1, "CLIF": 1, "DOVE": 1}
    # When two share them
    first, second = divided(weights, 2)
    # Then one has the large one, and the other has the rest
    sides = {each: bucket_of(each) in first for each in weights}
    assert sides["ACME"] != sides["BOLT"] == sides["CLIF"] == sides["DOVE"]
    assert set(first) | set(second) == set(range(BUCKETS))
