"""How files of a person are encoded."""

from __future__ import annotations

from pathlib import Path

import pytest

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.outside.door import decode, decode_file
from trading_bot.order_flow.outside.encoding import is_utf_16, without_mark
from trading_bot.order_flow.outside.source import ANSWER


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", False),
        (b"{", False),
        (b"{}", False),
        (b"\xef\xbb\xbf{}", False),
        (b"\x00\x00\x00\x00", False),
        ("{}".encode("utf-16-le"), True),
        ("{}".encode("utf-16-be"), True),
        ("{}".encode("utf-16"), True),
        ("{}".encode("utf-32"), True),
        (b"\xfe\xff\x00{", True),
    ],
)
def test_utf_16_is_known_by_its_first_bytes(data: bytes, expected: bool) -> None:
    # Given a text, or what a crash has left of one
    # When it is asked whether it is in UTF-16, then its first two bytes say so
    assert is_utf_16(data) is expected


@pytest.mark.parametrize(
    ("data", "text"), [(b"\xef\xbb\xbfA", b"A"), (b"A\xef\xbb\xbf", b"A\xef\xbb\xbf"), (b"A", b"A")]
)
def test_only_what_stands_before_all_else_is_a_mark(data: bytes, text: bytes) -> None:
    # Given the three bytes of the mark: before a text, behind it, and nowhere
    # When it is taken off, then only what stands before it is gone
    assert without_mark(data) == text


def test_a_file_of_a_person_may_begin_with_a_mark(tmp_path: Path) -> None:
    # Given a file with a mark
    path = tmp_path / "own.json"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}')
    # When it is decoded, then the mark is no part of it
    assert decode_file(path) == {"a": 1}


def test_a_file_in_utf_16_is_told_how_to_be_saved(tmp_path: Path) -> None:
    # Given a file in UTF-16
    path = tmp_path / "own.json"
    path.write_bytes('{"a": 1}'.encode("utf-16"))
    # When it is decoded, then the sentence says what to do
    with pytest.raises(ValueError, match="UTF-16") as refused:
        decode_file(path)
    assert str(refused.value) == f"{path} is written in UTF-16, not in UTF-8; save it as UTF-8"
    assert isinstance(refused.value.__cause__, DataSourceError)
    assert refused.value.__cause__.code == "not_json"


def test_an_answer_of_a_provider_begins_with_no_mark() -> None:
    # Given an answer with a mark
    # When it is decoded, then it is no JSON
    with pytest.raises(DataSourceError, match="no JSON"):
        decode(b"\xef\xbb\xbf{}", "it", ANSWER)
