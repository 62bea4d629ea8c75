"""The one door for text from outside: limits, names, and no other kind of failure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.odd_json import jsonish

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.outside.door import (
    check_rows,
    decode,
    decode_file,
    decode_or_none,
)
from trading_bot.order_flow.outside.refusal import refusal, shape_error
from trading_bot.order_flow.outside.source import ANSWER, CODES, FILE, LINE, Source

SMALL = replace(ANSWER, max_bytes=200, max_rows=3, max_depth=4, max_digits=6)
NUMBERS = msgspec.json.Decoder(list[int])


def code_of(data: bytes, source: Source = SMALL, decoder: Any = None) -> str:
    """Return the code of a text's refusal; empty where it is decoded."""
    try:
        decode(data, "it", source, decoder)
    except DataSourceError as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b'{"a": [1, 2', "truncated", "ends after 11 bytes"),
        (b'{"a": "b', "truncated", "ends after 8 bytes"),
        (b'"', "truncated", "ends after 1 bytes"),
        (b'["\\ud800"]', "not_json", "no JSON"),
        (b"", "not_json", "no JSON"),
        (b" \n", "not_json", "no JSON"),
        (b"  <!doctype html>", "not_json", "a web page"),
        (b"nothing", "not_json", "no JSON"),
        (b'{"a": "\xff"}', "not_json", "no JSON"),
        (b'{"a": "\x00"}', "not_json", "no JSON"),
        (b"[NaN]", "not_json", "no JSON"),
    ],
)
def test_a_body_that_is_no_json_says_what_it_is(body: bytes, code: str, words: str) -> None:
    # Given such a body
    # When it is decoded, then the error may be tried again and says what came
    with pytest.raises(DataSourceError, match=words) as caught:
        decode(body, "trades")
    assert (caught.value.code, caught.value.retryable) == (code, True)


def test_a_value_is_decoded() -> None:
    # Given an object with brackets and quotes within a text
    # When it is decoded, then it is a dictionary
    assert decode(b'{"a": [1, "[[[[[\\"[[["]}', "trades", SMALL) == {"a": [1, '[[[[["[[[']}


@pytest.mark.parametrize(
    ("allowed", "refused", "code"),
    [
        (b'"' + b"a" * 198 + b'"', b'"' + b"a" * 199 + b'"', "too_large"),
        (b"[1,2,3]", b"[1,2,3,4]", "too_many_rows"),
        (b"[[[[]]]]", b"[[[[[]]]]]", "too_deep"),
        (b'{"a":[[[]]]}', b'{"a":[[[{}]]]}', "too_deep"),
        (b"123456", b"1234567", "too_long_number"),
        (b"0.123456", b"0.1234567", "too_long_number"),
    ],
)
def test_a_limit_is_the_most_that_is_read(allowed: bytes, refused: bytes, code: str) -> None:
    # Given a text at a limit, and one beyond it
    # When both are decoded, then the second is refused by name
    assert [code_of(allowed), code_of(refused)] == ["", code]


def test_millions_of_values_are_refused_unread() -> None:
    # Given as many values as three rows hold, and one more, in one row
    source = replace(SMALL, max_bytes=1_000)
    at, above = ([[0] * many] for many in (61, 62))
    # When both are decoded, then the second is refused
    assert code_of(msgspec.json.encode(at), source) == ""
    assert code_of(msgspec.json.encode(above), source) == "too_many_rows"


def test_a_list_is_checked_by_its_length() -> None:
    # Given a list at the limit and one beyond it
    check_rows(3, "it", SMALL)
    # When the second is checked, then it is refused
    with pytest.raises(DataSourceError, match="4 rows") as caught:
        check_rows(4, "it", SMALL)
    assert caught.value.code == "too_many_rows"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a": 1}', "unexpected_shape"),
        (b"[1e400]", "unexpected_shape"),
        (b"[1234567890]", ""),
        (b"[" + b"9" * 5_000 + b"]", "too_long_number"),
        (b"[" * 100 + b"]" * 100, "too_deep"),
        (b"[1", "truncated"),
    ],
)
def test_a_declared_type_refuses_by_itself(data: bytes, code: str) -> None:
    # Given a decoder of whole numbers
    # When a text is decoded by it, then what it refuses has a name
    assert code_of(data, replace(SMALL, max_bytes=10_000), NUMBERS) == code


def test_a_depth_beyond_the_language_is_too_deep_for_any_decoder() -> None:
    # Given more lists in one another than any decoder goes through, in a text that declares others
    data = b'{"a": 1, "b": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    # When it is decoded as an object whose members are not looked at
    code = code_of(data, replace(ANSWER, max_depth=1 << 20), msgspec.json.Decoder(dict[str, int]))
    # Then it has that name, or that of the first member that does not fit
    assert code in ("too_deep", "unexpected_shape")


def test_a_recursion_error_is_too_deep_whatever_is_seen() -> None:
    # Given a decoder that gave up
    # When it is named
    found = refusal(b"[]", RecursionError(), "it")
    # Then it is the depth
    assert (found.code, found.status) == ("too_deep", 200)


def test_of_a_long_damaged_text_the_beginning_is_looked_at() -> None:
    # Given two megabytes that end in the middle
    data = b"[" + b"1," * (1 << 20)
    # When they are decoded, then they are cut off
    assert code_of(data, ANSWER, NUMBERS) == "truncated"


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b'{\n "a": oops\n}', 2, ""),
        (b'{\n "a": 1,\n', 3, ": it ends in the middle"),
        (b'{\n "a": "\xff"}', 2, ""),
        (b"", 1, ""),
        (b"[\n" + b"[" * 70 + b"]" * 71, 2, ": nested deeper than 64 lists and objects"),
        (b"[1,\n2,\n" + b"9" * 101 + b"]", 3, ": a number of more than 100 digits"),
        (b'{"a": 1,\n"b": -9e999}', 2, ": a number beyond all bounds"),
    ],
)
def test_of_a_file_the_line_is_named(data: bytes, line: int, words: str) -> None:
    # Given a damaged file
    # When it is decoded
    with pytest.raises(DataSourceError) as caught:
        decode(data, "settings.json", FILE)
    # Then the sentence names it, the line, what is wrong and how to mend it
    assert str(caught.value) == (
        f"settings.json is not valid JSON at line {line}{words}; mend it, or restore a copy of it"
    )
    assert (caught.value.retryable, caught.value.status) == (False, None)


def test_a_file_is_looked_through_whatever_its_decoder_declares() -> None:
    # Given a file that is too deep in what its decoder passes over
    decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
    # When it is decoded, then it is refused
    assert code_of(b'{"a":' + b"[" * 65 + b"]" * 65 + b"}", FILE, decoder) == "too_deep"


def test_a_file_of_another_shape_says_where() -> None:
    # Given a list where an object belongs
    # When it is decoded, then the decoder's words are there
    with pytest.raises(DataSourceError, match=r"^it: JSON but not .* \(Expected `array`, got `obj"):
        decode(b"{}", "it", FILE, NUMBERS)


def test_a_file_that_cannot_be_read_is_a_value_error_with_its_cause(tmp_path: Path) -> None:
    # Given two files, of which one is damaged
    well, damaged = tmp_path / "well.json", tmp_path / "damaged.json"
    well.write_bytes(b"[1]")
    damaged.write_bytes(b"[1")
    # When they are decoded
    found = decode_file(well), decode_file(damaged, b"[2]")
    with pytest.raises(ValueError, match=r"damaged\.json is not valid JSON at line 1") as caught:
        decode_file(damaged)
    # Then the first is there, and the other's error has its cause
    assert found == ([1], [2])
    assert isinstance(caught.value.__cause__, DataSourceError)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (ANSWER, "it: the answer is JSON but not of the documented shape; the provider's"),
        (LINE, "it: JSON but not of the documented shape; it is left out"),
    ],
)
def test_another_shape_has_a_name(source: Source, words: str) -> None:
    # Given JSON that was decoded, and is of another shape
    # When it is named
    found = shape_error("it", source)
    # Then the sentence fits its source
    assert found.code == "unexpected_shape"
    assert str(found).startswith(words)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"[1]", [1]),
        (b"null", None),
        (b"[1e400]", None),
        (b"9" * 101, None),
        (b"[" * 65 + b"]" * 65, None),
        (b'"\xff"', None),
        (b"", None),
    ],
)
def test_a_part_that_cannot_be_read_is_none(data: bytes, value: object) -> None:
    # Given a part of an answer
    # When it is decoded without a word, then it is there or nothing is
    assert decode_or_none(data) == value


def test_a_part_may_have_a_type() -> None:
    # Given a decoder
    # When two parts are decoded by it, then one fits
    assert [decode_or_none(each, NUMBERS) for each in (b"[1]", b"{}")] == [[1], None]


DECODERS: dict[str, Callable[[], Any]] = {
    "any": lambda: None,
    "numbers": lambda: NUMBERS,
    "parts": lambda: msgspec.json.Decoder(dict[str, msgspec.Raw]),
}


@pytest.mark.parametrize("kind", DECODERS)
@given(data=jsonish(), source=st.sampled_from([ANSWER, SMALL, FILE, LINE]))
def test_nothing_but_a_named_error_comes_out(kind: str, data: bytes, source: Source) -> None:
    # Given any bytes
    # When they are decoded, then there is a value, or an error with one of the names
    assert code_of(data, source, DECODERS[kind]()) in ("", *CODES)
