"""A mapping that cannot be changed."""

from __future__ import annotations

import copy
import pickle

import pytest

from trading_bot.order_flow.read_only_mapping import ReadOnlyMapping


def test_it_is_equal_to_what_it_was_made_of_and_reads_like_it() -> None:
    # Given entries
    entries = {"b": 2, "a": 1}
    mapping = ReadOnlyMapping(entries)
    # When it is read
    # Then it is as they are, in their order
    assert mapping == entries
    assert (list(mapping), len(mapping), mapping["a"], repr(mapping)) == (
        ["b", "a"],
        2,
        1,
        "{'b': 2, 'a': 1}",
    )


def test_it_keeps_its_own_copy() -> None:
    # Given entries that their owner changes
    entries = {"a": 1}
    mapping = ReadOnlyMapping(entries)
    entries["a"] = 2
    # When it is read
    # Then nothing has changed, and nothing can be set
    assert mapping == {"a": 1}
    with pytest.raises(TypeError, match="does not support item assignment"):
        mapping["a"] = 2  # type: ignore[index]  # the assignment is what is tested


def test_it_can_be_copied_and_sent_away() -> None:
    # Given a mapping within a mapping
    mapping = ReadOnlyMapping({"AAPL": ReadOnlyMapping({"a": 1})})
    # When it is copied and pickled
    # Then the copies are equal, and read-only too
    for made in (copy.deepcopy(mapping), pickle.loads(pickle.dumps(mapping))):  # noqa: S301 - its own bytes
        assert made == mapping
        assert type(made) is ReadOnlyMapping


def test_equal_mappings_have_equal_hashes() -> None:
    # Given the same entries in another order
    one, other = ReadOnlyMapping({"a": 1, "b": 2}), ReadOnlyMapping({"b": 2, "a": 1})
    # When they are hashed
    # Then the order does not matter
    assert hash(one) == hash(other)
