"""The lines of text before the records."""

from __future__ import annotations

from hashlib import sha256

import pytest

from trading_bot.order_flow.providers.databento.control import (
    SYMBOLS_A_LINE,
    authentication,
    fields_of,
    prove,
    session_start,
    subscription,
)

KEY = "db-AbCdEfGhIjKlMnOpQrStUvWxYz012"


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (b"lsg_version=0.4.2\n", {"lsg_version": "0.4.2"}),
        (b"success=0|error=a=b", {"success": "0", "error": "a=b"}),
        (b"success=1|session_id=", {"success": "1", "session_id": ""}),
        (b"hello", None),
        (b"=1", None),
        (b"", None),
        (b"cram=\xff", None),
    ],
)
def test_a_line_is_names_and_values(line: bytes, fields: dict[str, str] | None) -> None:
    # Given a line
    # When it is read
    # Then it has names with values, or is none
    assert fields_of(line) == fields


def test_the_key_is_proved_by_its_digest_and_its_last_letters() -> None:
    # Given a challenge
    # When it is answered
    proof = prove("t7kNhwj4xqR0QYjzFKtBEG2ec2pXJ4FK", KEY)
    # Then the digest of both stands there, and of the key its bucket alone
    digest = sha256(f"t7kNhwj4xqR0QYjzFKtBEG2ec2pXJ4FK|{KEY}".encode()).hexdigest()
    assert proof == f"{digest}-Yz012"
    assert KEY not in proof


def test_the_answer_names_the_dataset_and_what_is_wished() -> None:
    # Given a challenge
    # When it is answered
    line = authentication("c", KEY, "XNAS.ITCH", heartbeat_seconds=5, slow_reader="skip")
    # Then all of it stands in one line
    assert (
        line
        == (
            f"auth={prove('c', KEY)}|dataset=XNAS.ITCH|encoding=dbn|ts_out=0|compression=none|"
            "heartbeat_interval_s=5|slow_reader_behavior=skip|client=order-flow-guard\n"
        ).encode()
    )


def test_symbols_are_asked_for_from_now_on_or_from_a_stamp() -> None:
    # Given two symbols
    # When they are asked for, without a past and with one
    now = list(subscription("mbp-10", ["AAPL", "MSFT"], number=1))
    past = list(subscription("mbp-10", ["AAPL"], number=2, start_ns=0))
    # Then a start is named in the second case only, zero included
    assert now == [
        b"schema=mbp-10|stype_in=raw_symbol|symbols=AAPL,MSFT|snapshot=0|id=1|is_last=1\n"
    ]
    assert past == [
        b"schema=mbp-10|stype_in=raw_symbol|symbols=AAPL|start=0|snapshot=0|id=2|is_last=1\n"
    ]


@pytest.mark.parametrize(
    ("symbols", "lines"),
    [(0, 0), (SYMBOLS_A_LINE - 1, 1), (SYMBOLS_A_LINE, 1), (SYMBOLS_A_LINE + 1, 2)],
)
def test_many_symbols_take_several_lines_of_which_the_last_says_so(
    symbols: int, lines: int
) -> None:
    # Given symbols
    # When they are asked for
    found = list(subscription("mbp-10", [f"S{n}" for n in range(symbols)], number=1))
    # Then no line holds too many, and only the last is the last
    assert [b"is_last=1" in line for line in found] == [False] * (lines - 1) + [True] * (lines > 0)


def test_the_session_is_started_by_a_line() -> None:
    # Given nothing
    # When a session is to begin
    # Then that is said
    assert session_start() == b"start_session=0\n"
