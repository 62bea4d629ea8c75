"""A text that no decoder takes, cut into its entries by brackets and quotes."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.odd_json import jsonish

from trading_bot.order_flow.outside.cutting import cut_list, cut_object


@pytest.mark.parametrize(
    ("data", "entries"),
    [
        (b"[]", []),
        (b" [ ] ", []),
        (b"[1]", [b"1"]),
        (b'[{"a": NaN, "b": [1, 2]}, 2 ]', [b'{"a": NaN, "b": [1, 2]}', b"2"]),
        (b'["\\ud800,]", "\\"]", 3]', [b'"\\ud800,]"', b'"\\"]"', b"3"]),
        (b"[,]", [b"", b""]),
        (b"[1", None),
        (b"1]", None),
        (b"{}", None),
        (b"", None),
        (b"[1] and more", None),
        (b"[1][2]", None),
        (b"[[1]", None),
        (b'["1]', None),
        (b'[1, "]', None),
        (b'[1, "\\"]', None),
    ],
)
def test_a_list_is_cut_where_its_entries_part(data: bytes, entries: list[bytes] | None) -> None:
    # Given a list, whole or not
    # When it is cut
    found = cut_list(data)
    # Then its entries are there as they stand, or it is none
    assert (None if found is None else [bytes(each) for each in found]) == entries


@pytest.mark.parametrize(
    ("data", "members"),
    [
        (b"{}", {}),
        (b'{"a": NaN, "b" : [1, 2]}', {"a": b"NaN", "b": b"[1, 2]"}),
        (b'{"\\ud800": 1, "\xff": 2, "a:b": 3}', {"a:b": b"3"}),
        (b'{"a" 1}', None),
        (b"{oops}", None),
        (b'{"a": [1}', None),
        (b"[]", None),
    ],
)
def test_an_object_is_cut_where_its_members_part(
    data: bytes, members: dict[str, bytes] | None
) -> None:
    # Given an object, whole or not
    # When it is cut
    found = cut_object(data)
    # Then its members are there as they stand, or it is none
    assert (None if found is None else {name: bytes(found[name]) for name in found}) == members


@given(st.lists(st.text() | st.integers() | st.lists(st.dictionaries(st.text(), st.text()))))
def test_what_a_decoder_takes_is_cut_as_it_would_be(values: list[object]) -> None:
    # Given a list that can be decoded
    data = msgspec.json.encode(values)
    # When it is cut, then each entry is what it was
    assert [msgspec.json.decode(each) for each in cut_list(data) or []] == values


@given(jsonish())
def test_any_text_is_cut_or_none(data: bytes) -> None:
    # Given any text
    # When it is cut, then nothing is raised
    for found in (cut_list(data), cut_object(data)):
        assert found is None or len(found) >= 0
