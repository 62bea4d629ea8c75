"""A large frame is taken apart between its messages, whatever stands in them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.providers.polygon import frame_pieces
from trading_bot.order_flow.providers.polygon.frame_pieces import (
    PIECE_BYTES,
    PIECE_MESSAGES,
    UNREADABLE_PIECE,
    pieces_of,
    symbols_of,
)
from trading_bot.order_flow.providers.polygon.stream_wire import FrameReader


def small_pieces(monkeypatch: pytest.MonkeyPatch, size: int = 100) -> None:
    monkeypatch.setattr(frame_pieces, "PIECE_BYTES", size)


def rows_of(frame: bytes) -> list[Any]:
    return [row for piece in pieces_of(frame) for row in msgspec.json.decode(piece)]


def print_row(sequence: int) -> dict[str, object]:
    return {"ev": "T", "sym": "ACME", "p": 10.5, "s": 100, "t": 1_700_000_000_000, "q": sequence}


@pytest.mark.parametrize(
    "write",
    [
        lambda rows: json.dumps(rows).encode(),
        lambda rows: json.dumps(rows, separators=(",", ":")).encode(),
        lambda rows: b" \n" + json.dumps(rows, indent=1).encode() + b" \n",
    ],
    ids=["spaced", "compact", "in lines"],
)
def test_all_messages_come_in_their_order_in_small_pieces(
    write: Callable[[list[Any]], bytes],
) -> None:
    # Given a large frame
    rows = [print_row(number) for number in range(10_000)]
    frame = write(rows)
    # When it is taken apart
    pieces = list(pieces_of(frame))
    # Then every message is there once, and no piece is large
    assert rows_of(frame) == rows
    assert len(pieces) > 5
    assert max(map(len, pieces)) <= PIECE_BYTES + 2


@pytest.mark.parametrize(
    "odd",
    [
        {"ev": "X", "text": 'a "quoted" },{ brace and a \\'},
        {"ev": "X", "deep": [{"deeper": [1, "},{", []]}]},
        ["a", "list"],
        "a text, with },{ in it",
        -1.5e-7,
        None,
        {},
    ],
)
def test_what_looks_like_an_end_is_none(odd: object, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given frames in which an odd message stands first, amid others, or last
    small_pieces(monkeypatch)
    rows: list[Any] = [print_row(number) for number in range(5)]
    for place in (0, 2, 5):
        wanted = [*rows[:place], odd, *rows[place:]]
        # When they are taken apart, then all messages are there
        assert rows_of(json.dumps(wanted).encode()) == wanted


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=3,
)


@given(st.lists(JSON, max_size=40))
def test_any_messages_come_back_or_are_told_to_be_missing(rows: list[Any]) -> None:
    # Given any list that is JSON
    with pytest.MonkeyPatch.context() as patch:
        small_pieces(patch, 300)
        # When it is taken apart
        pieces = list(pieces_of(json.dumps(rows).encode()))
    # Then all of it comes back in its order; or what comes is its beginning, and the rest is told
    is_whole = pieces[-1] != UNREADABLE_PIECE
    found = [
        row for piece in pieces[: None if is_whole else -1] for row in msgspec.json.decode(piece)
    ]
    assert found == (rows if is_whole else rows[: len(found)])


@pytest.mark.parametrize(("messages", "pieces"), [(1_000, 2), (1_001, 2), (1_002, 3)])
def test_a_piece_has_so_many_messages_and_no_more(messages: int, pieces: int) -> None:
    # Given a frame of the shortest messages
    frame = b"[" + b",".join([b"1"] * messages) + b"]"
    # When it is taken apart
    found = [len(msgspec.json.decode(piece)) for piece in pieces_of(frame)]
    # Then no piece has more than a thousand, and the last message stands alone
    assert (sum(found), len(found), found[-1]) == (messages, pieces, 1)
    assert max(found) <= PIECE_MESSAGES


@pytest.mark.parametrize("frame", [b"", b"{}", b"null", b'"[', b"\xff["])
def test_what_is_no_list_is_unreadable(frame: bytes) -> None:
    # Given bytes that are no list
    # When they are taken apart, then nothing is found in them
    assert list(pieces_of(frame)) == [UNREADABLE_PIECE]


def read(frame: bytes) -> tuple[list[int], Counter[str], set[str]]:
    """Read a frame by its pieces: the numbers of its prints, what was refused, whose is lost."""
    refused: Counter[str] = Counter()
    lost: set[str] = set()
    reader = FrameReader(refused, lost)
    messages = [message for piece in pieces_of(frame) for message in reader.read(piece)]
    return [getattr(message, "q", -1) for message in messages], refused, lost


@pytest.mark.parametrize(
    ("damage", "kept"),
    [
        (lambda frame: frame[:-40], 9),
        (lambda frame: frame[: len(frame) // 2], 5),
        (lambda frame: frame.replace(b'"q": 4', b'"q": 4"', 1), 4),
        (lambda frame: frame.replace(b'"q": 4}', b'"q": 4]', 1), 4),
        (lambda frame: frame.replace(b'"q": 4', b'"q": ' + b"4" * 200, 1), 4),
        (lambda frame: frame.replace(b'"q": 4', b'"q": [[[[[[[[4]]]]]]]]', 1), 4),
    ],
    ids=["cut at its end", "cut amid", "open text", "odd bracket", "too long", "too deep"],
)
def test_damage_costs_what_stands_behind_it(
    damage: Callable[[bytes], bytes], kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a large frame that is damaged somewhere
    small_pieces(monkeypatch)
    frame = damage(json.dumps([print_row(number) for number in range(10)]).encode())
    # When it is read by its pieces
    numbers, refused, lost = read(frame)
    # Then what stood before the damage is there, and every symbol may lack what was behind it
    assert numbers == list(range(kept))
    assert refused == {"malformed_frame": 1}
    assert lost == {""}


def test_damage_within_a_message_costs_that_message(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a large frame with a message that is no JSON, its brackets whole
    small_pieces(monkeypatch)
    rows = json.dumps([print_row(number) for number in range(10)]).encode()
    # When it is read by its pieces
    numbers, refused, lost = read(rows.replace(b'"q": 4', b'"q": nothing', 1))
    # Then the others are there, and every symbol may lack what that one held
    assert numbers == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    assert refused == {"malformed_message": 1}
    assert lost == {""}


# -- whose events a frame holds -------------------------------------------------------------------

ODD_NAMES = st.text(st.characters(codec="utf-8"), max_size=5)


@pytest.mark.parametrize("spaces", [None, (", ", ": "), (" , ", " : ")])
def test_the_symbols_of_prints_quotes_and_limit_bands_are_found(
    spaces: tuple[str, str] | None,
) -> None:
    # Given a frame of three kinds of messages, written close or wide
    rows = [
        {"ev": "T", "sym": "ACME", "q": 1},
        {"ev": "Q", "q": 2, "sym": "BOLT"},
        {"ev": "LULD", "T": "CORK", "h": 1.5},
    ]
    # When its symbols are looked for
    # Then all are found
    assert symbols_of(json.dumps(rows, separators=spaces).encode()) == {"ACME", "BOLT", "CORK"}


@pytest.mark.parametrize(
    "frame",
    [
        b'[{"ev":"status","status":"connected"}]',
        b'[{"ev":"T","sym":"ACME"},{"ev":"status","message":"bye"}]',
        b'[{"ev":"T","sym":7}]',
        rb'[{"ev":"T","s\u0079m":"ACME"}]',
        rb'[{"ev":"T","sym":"A\u0043ME"}]',
    ],
)
def test_of_a_frame_with_more_than_named_events_nobody_knows_whose_it_is(frame: bytes) -> None:
    # Given a frame with a word of the server, a message without a name, or an escape
    # When its symbols are looked for, then they cannot be told
    assert symbols_of(frame) is None


def test_a_part_of_a_frame_may_be_cut_anywhere() -> None:
    # Given a frame that is cut within two messages
    frame = b'[{"ev":"T","sym":"ACME"},{"ev":"T","sym":"BOLT"},{"ev":"T","sym":"CORK"}]'
    # When the symbols of the part between are looked for
    # Then those that stand in it whole are found
    assert symbols_of(frame[12:60], is_part=True) == {"BOLT"}


@given(st.lists(ODD_NAMES, max_size=10))
def test_no_symbol_of_a_frame_is_overlooked(names: list[str]) -> None:
    # Given messages of symbols of any name
    frame = json.dumps([{"ev": "Q", "sym": name} for name in names]).encode()
    # When they are looked for
    found = symbols_of(frame)
    # Then all are found, or it is said that they cannot be told
    assert found is None or found == set(names)
