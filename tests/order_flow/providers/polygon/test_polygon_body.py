"""The pieces of an answer: unzipped as they come, and bounded in bytes, rows and values."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable

import pytest

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.polygon import body as module
from trading_bot.order_flow.providers.polygon.body import MAX_OBJECTS, MAX_VALUES, Body

PLAIN = b'{"status": "OK"}' * 10


def whole(pieces: Iterable[bytes], encoding: str = "") -> bytes:
    body = Body(encoding, "/v3/trades/AAPL")
    for piece in pieces:
        body.take(piece)
    return body.whole()


def refusal(pieces: Iterable[bytes], encoding: str = "") -> str:
    with pytest.raises(DataSourceError) as caught:
        whole(pieces, encoding)
    assert "/v3/trades/AAPL" in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize("encoding", ["", "identity", " , "])
def test_a_plain_body_is_taken_as_it_is(encoding: str) -> None:
    # Given a body in two pieces, not packed
    # When it is put together, then it is whole
    assert whole([PLAIN[:5], PLAIN[5:]], encoding) == PLAIN


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", "identity, gzip"])
def test_a_packed_body_is_unpacked_whatever_its_pieces(encoding: str) -> None:
    # Given a packed body that comes byte by byte
    packed = gzip.compress(PLAIN)
    # When it is put together, then it is whole
    assert whole([bytes([byte]) for byte in packed], encoding) == PLAIN


@pytest.mark.parametrize("between", [b"", b"\0" * 7])
def test_members_that_follow_each_other_are_one_body(between: bytes) -> None:
    # Given a body packed in two members, with padding or without
    packed = gzip.compress(PLAIN) + between + gzip.compress(PLAIN) + between
    # When it is put together, then both are there
    assert whole([packed], "gzip") == PLAIN * 2
    assert whole([packed[:-3], packed[-3:]], "gzip") == PLAIN * 2


@pytest.mark.parametrize(("members", "is_refused"), [(100, False), (101, True)])
def test_too_many_members_are_refused(members: int, is_refused: bool) -> None:
    # Given a body of many empty members
    packed = gzip.compress(b"") * members
    # When there is one too many, then it is refused
    if is_refused:
        assert refusal([packed], "gzip") == "too_large"
    else:
        assert whole([packed], "gzip") == b""


@pytest.mark.parametrize("surplus", [-1, 0, 1])
@pytest.mark.parametrize("packed", [False, True])
def test_a_body_may_be_as_large_as_the_bound(
    surplus: int, packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a body around the bound, many slices long
    monkeypatch.setattr(module, "MAX_BODY_BYTES", 10_000)
    monkeypatch.setattr(module, "_SLICE_BYTES", 500)
    plain = b" " * (10_000 + surplus)
    pieces = [gzip.compress(plain) if packed else plain]
    # When it is put together, then one byte too many is refused
    if surplus > 0:
        assert refusal(pieces, "gzip" if packed else "") == "too_large"
    else:
        assert whole(pieces, "gzip" if packed else "") == plain


def test_a_bomb_is_given_up_where_the_bound_is() -> None:
    # Given a few thousand bytes that stand for a gigabyte
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    ten_million = b" " * 10_000_000
    bomb = b"".join(packer.compress(ten_million) for _ in range(8)) + packer.flush()
    body = Body("gzip", "/v3/trades/AAPL")
    # When it is unpacked
    with pytest.raises(DataSourceError):
        body.take(bomb)
    # Then hardly more than the bound was
    assert len(body._plain) <= module.MAX_BODY_BYTES + module._SLICE_BYTES


@pytest.mark.parametrize(
    "encoding", ["deflate", "br", "zstd", "gzip, gzip", "gzip,gzip", "gzip, br", "snappy"]
)
def test_what_nobody_asked_for_is_refused(encoding: str) -> None:
    # Given a body packed in another way, or twice
    # When it comes, then it is refused before it is read
    assert refusal([], encoding) == "bad_encoding"


@pytest.mark.parametrize(
    "pieces",
    [[], [gzip.compress(PLAIN)[:-1]], [gzip.compress(PLAIN), b"no gzip"], [b"no gzip"]],
    ids=["nothing", "ends early", "followed by other bytes", "none"],
)
def test_a_body_that_is_not_packed_as_it_says_is_truncated(pieces: list[bytes]) -> None:
    # Given a body that is said to be packed
    # When it is not, or not whole, then it counts as cut short
    assert refusal(pieces, "gzip") == "truncated"


@pytest.mark.parametrize(
    ("sign", "most"), [(b"{", MAX_OBJECTS), (b"[", MAX_OBJECTS), (b",", MAX_VALUES)]
)
def test_a_page_may_have_so_many_rows_and_no_more(sign: bytes, most: int) -> None:
    # Given a body with as many objects, lists or values as a page may have
    fits = sign * most + b" " * 100_001
    # When it has one more, then it is refused before anything is built of it
    assert whole([fits]) == fits
    assert refusal([fits + sign]) == "too_large"
