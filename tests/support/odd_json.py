"""Bytes that look like JSON, for tests of what comes from outside."""

from __future__ import annotations

import msgspec
from hypothesis import strategies as st

ODD_VALUES = (
    b"1e400",
    b"-1e400",
    b"1e30",
    b"-0",
    b"-0.0",
    b"9" * 40,
    b"9" * 5_000,
    b"null",
    b"true",
    b"7",
    b"1.5",
    b"[]",
    b"[[]]",
    b"{}",
    b'[{"a": [1e400]}]',
    b'""',
    b'"x"',
    b'"\\u0000"',
    b'"\\ud800"',
    b'"\xff"',
    b'"0001-01-01T00:00:00+14:00"',
    b'"9999-12-31T23:59:59-14:00"',
    b'"99999-01-01T00:00:00Z"',
    b'"0001-01-01"',
    b'"' + b"x" * 10_000 + b'"',
    b"[" * 70 + b"]" * 70,
    b"[" * 900 + b"]" * 900,
    b'{"a":' * 300 + b"1e400" + b"}" * 300,
    b"[" * 5_000 + b"]" * 5_000,
    b"NaN",
    b'{"price": NaN}',
)
"""Values that no documentation shows."""
_DAMAGE = (b"\xff", b"\x00", b"[", b"{", b'"', b",")


def put_in(whole: bytes, odd: bytes, at: int) -> bytes:
    """Return bytes with others somewhere among them."""
    place = at % (len(whole) + 1)
    return whole[:place] + odd + whole[place:]


def jsonish() -> st.SearchStrategy[bytes]:
    """Return bytes that look like JSON, damaged anywhere, or not at all."""
    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
    encoded = values.map(msgspec.json.encode)
    odd = st.sampled_from((*ODD_VALUES, *_DAMAGE))
    return st.binary() | encoded | st.builds(put_in, encoded, odd, st.integers(min_value=0))


def with_odd_member(row: dict[str, object], name: str, odd: bytes) -> bytes:
    """Return a row with one member replaced, or added, as it stands."""
    rest = {key: value for key, value in row.items() if key != name}
    known = msgspec.json.encode(rest)[:-1] + (b"," if rest else b"")
    return known + b'"%s":%s}' % (name.encode(), odd)
