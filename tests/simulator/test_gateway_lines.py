"""The lines of text that come before the records."""

from __future__ import annotations

from hashlib import sha256

import pytest

from trading_bot.simulator.gateway.gw_lines import (
    MOST_SYMBOLS_A_LINE,
    BadLineError,
    Login,
    Subscription,
    fields_of,
    key_of,
    line,
    login_of,
    subscription_of,
)

LOGIN = {"auth": "abc-12345", "dataset": "XNAS.ITCH"}
WANTED = {"schema": "mbp-10", "symbols": "ACME"}


def test_a_line_is_made_of_pairs() -> None:
    # Given two pairs
    # When they become a line, and it is read
    text = line(success=0, error="no = no")
    # Then the line ends, and the pairs come back, an equals sign within one too
    assert text == b"success=0|error=no = no\n"
    assert fields_of(text) == {"success": "0", "error": "no = no"}


@pytest.mark.parametrize("text", [b"hello", b"", b"=5", b"a=1||b=2", b"a=\xff"])
def test_what_is_not_made_of_pairs_is_refused(text: bytes) -> None:
    # Given a line that is no list of pairs
    # When it is read
    # Then it is refused
    with pytest.raises(BadLineError):
        fields_of(text)


def test_a_login_needs_an_answer_and_a_dataset_only() -> None:
    # Given the shortest login
    # When it is read
    # Then the rest is as usual
    assert login_of(LOGIN) == Login("abc-12345", "XNAS.ITCH", False, False, 30, None)


def test_a_login_states_how_it_wants_its_records() -> None:
    # Given the login of a client that wants everything
    more = {
        "encoding": "dbn",
        "ts_out": "1",
        "compression": "zstd",
        "heartbeat_interval_s": "5",
        "slow_reader_behavior": "warn",
        "client": "someone",
    }
    # When it is read
    # Then it is all there
    assert login_of(LOGIN | more) == Login("abc-12345", "XNAS.ITCH", True, True, 5, False)


@pytest.mark.parametrize("seconds", [5, 1_800])
def test_the_shortest_and_the_longest_heartbeat_are_taken(seconds: int) -> None:
    # Given a heartbeat at a limit
    # When the login is read
    # Then it is taken
    fields = LOGIN | {"heartbeat_interval_s": str(seconds)}
    assert login_of(fields).heartbeat_seconds == seconds


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("auth", ""),
        ("dataset", ""),
        ("encoding", "csv"),
        ("ts_out", "2"),
        ("compression", "gzip"),
        ("heartbeat_interval_s", "4"),
        ("heartbeat_interval_s", "1801"),
        ("heartbeat_interval_s", "soon"),
        ("slow_reader_behavior", "wait"),
    ],
)
def test_a_login_that_asks_for_what_there_is_not_is_refused_by_name(name: str, value: str) -> None:
    # Given a login with one field that cannot be
    # When it is read
    # Then the field is named
    with pytest.raises(BadLineError, match=name):
        login_of(LOGIN | {name: value})


def test_a_subscription_needs_a_schema_and_symbols_only() -> None:
    # Given the shortest subscription
    # When it is read
    # Then nothing is replayed, and no more lines follow
    assert subscription_of(WANTED) == Subscription("mbp-10", ("ACME",), None, None, True)


def test_a_subscription_states_its_start_its_number_and_whether_more_follows() -> None:
    # Given the first of two lines of a subscription
    fields = WANTED | {
        "symbols": "ACME,FERN.B",
        "stype_in": "raw_symbol",
        "start": "0",
        "snapshot": "0",
        "id": "3",
        "is_last": "0",
    }
    # When it is read
    # Then it is all there
    assert subscription_of(fields) == Subscription("mbp-10", ("ACME", "FERN.B"), 0, 3, False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("schema", ""),
        ("symbols", ""),
        ("symbols", ",".join(["A"] * (MOST_SYMBOLS_A_LINE + 1))),
        ("stype_in", "parent"),
        ("snapshot", "1"),
        ("start", "-1"),
        ("start", "yesterday"),
        ("start", "9" * 30),
        ("id", "x"),
        ("is_last", "2"),
    ],
)
def test_a_subscription_to_what_there_is_not_is_refused(name: str, value: str) -> None:
    # Given a subscription with one field that cannot be
    # When it is read
    # Then it is refused
    with pytest.raises(BadLineError):
        subscription_of(WANTED | {name: value})


def test_as_many_symbols_as_a_line_may_have_are_taken() -> None:
    # Given a line at its limit
    fields = WANTED | {"symbols": ",".join(["A"] * MOST_SYMBOLS_A_LINE)}
    # When it is read
    # Then it is taken
    assert len(subscription_of(fields).symbols) == MOST_SYMBOLS_A_LINE


@pytest.mark.parametrize(
    ("challenge", "tail", "found"),
    [("c1", "-key-b", "a-key-b"), ("c2", "-key-b", None), ("c1", "-key-a", None), ("c1", "", None)],
)
def test_only_the_owner_of_a_key_answers_the_challenge(
    challenge: str, tail: str, found: str | None
) -> None:
    # Given an answer to a challenge, made with a key and its last five characters
    digest = sha256(b"c1|a-key-b").hexdigest()
    # When the key behind it is looked for
    # Then it is found for that challenge and those characters alone
    assert key_of(f"{digest}{tail}", challenge, ["another", "a-key-b"]) == found


def test_an_answer_of_odd_characters_finds_no_key() -> None:
    # Given an answer that no digest looks like
    # When the key behind it is looked for
    # Then there is none
    assert key_of("\u00e9", "c", ["a-key-b"]) is None
