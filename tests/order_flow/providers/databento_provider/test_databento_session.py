"""The talk with the gateway, byte by byte and without a socket."""

from __future__ import annotations

import pytest
from support.dbn_records import BEAT, DATASET, KEY, book, header, trade

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.databento.control import prove
from trading_bot.order_flow.providers.databento.session import (
    LetIn,
    Output,
    Records,
    Send,
    Session,
    TurnedAway,
)

GREETING = b"lsg_version=0.4.2\ncram=c0ffee\n"
WELCOME = b"success=1|session_id=17\n"


def streaming() -> Session:
    """Return a session whose records come."""
    session = Session(KEY, DATASET)
    list(session.receive(GREETING + WELCOME))
    session.start()
    list(session.receive(header()))
    return session


def test_the_key_is_proved_and_then_it_is_let_in() -> None:
    # Given a new session
    session = Session(KEY, DATASET)
    # When the gateway greets, and likes the answer
    (answer,) = session.receive(GREETING)
    (news,) = session.receive(WELCOME)
    # Then the proof was sent, and symbols may be asked for
    assert isinstance(answer, Send)
    assert prove("c0ffee", KEY).encode() in answer.line
    assert KEY.encode() not in answer.line
    assert (news, session.may_replay) == (LetIn(), True)


def test_it_does_not_matter_how_bytes_are_divided() -> None:
    # Given all that a gateway says, byte by byte
    session = Session(KEY, DATASET)
    found: list[Output] = []
    for byte in GREETING + WELCOME:
        found += session.receive(bytes((byte,)))
    session.start()
    # When the records come byte by byte as well
    for byte in header() + book() + BEAT + trade():
        found += session.receive(bytes((byte,)))
    # Then everything is there, and signs of life are left out
    assert found[1:] == [LetIn(), Records(book()), Records(trade())]


def test_records_may_follow_the_header_at_once() -> None:
    # Given a session that was started
    session = Session(KEY, DATASET)
    list(session.receive(GREETING + WELCOME))
    session.start()
    # When header and records come together
    found = list(session.receive(header() + book() + book()))
    # Then the records are given
    assert (found, session.state) == ([Records(book() + book())], "streaming")


def test_a_sign_of_life_alone_is_no_message() -> None:
    # Given a session whose records come
    session = streaming()
    # When a heartbeat comes
    # Then there is nothing to be judged
    assert list(session.receive(BEAT)) == []


def test_the_past_may_be_asked_for_until_the_session_starts() -> None:
    # Given a session that was let in
    session = Session(KEY, DATASET)
    list(session.receive(GREETING + WELCOME))
    # When symbols are asked for before the start, and after it
    (before,) = session.subscribe("mbp-10", ["ACME"], 17)
    assert session.start() == Send(b"start_session=0\n")
    (after,) = session.subscribe("mbp-10", ["BOLT"], 17)
    # Then only the first ones are replayed, and each has a number
    assert b"|start=17|" in before.line
    assert b"|id=1|" in before.line
    assert b"start" not in after.line
    assert b"|id=2|" in after.line


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("User has reached their open connection limit", "connections"),
        ("not entitled to XNAS.ITCH", "plan"),
        ("CRAM reply is invalid", "key"),
    ],
)
def test_a_refusal_says_what_is_refused(said: str, reason: str) -> None:
    # Given a session that has proved its key
    session = Session(KEY, DATASET)
    list(session.receive(GREETING))
    # When it is refused
    (news,) = session.receive(f"success=0|error={said}\n".encode())
    # Then the reason is known by the words, and it has ended
    assert isinstance(news, TurnedAway)
    assert (news.reason, news.said, session.state) == (reason, said, "ended")
    assert list(session.receive(b"success=1\n")) == []


@pytest.mark.parametrize(
    "said",
    [
        b"success=1\n",
        b"hello\n",
        b"\xff\n",
        GREETING + b"cram=again\n",
        GREETING + WELCOME + b"success=1\n",
        b"x" * 5_000,
    ],
    ids=["no_greeting", "no_line", "no_text", "twice", "out_of_turn", "endless"],
)
def test_a_gateway_that_says_what_it_may_not_ends_the_session(said: bytes) -> None:
    # Given a session
    session = Session(KEY, DATASET)
    # When the gateway says something out of turn
    with pytest.raises(DataSourceError) as caught:
        list(session.receive(said))
    # Then it has a name, and the session has ended
    assert (caught.value.code, session.state) == ("unexpected_answer", "ended")


def test_records_before_damage_are_given_before_it_is_raised() -> None:
    # Given a session whose records come
    session = streaming()
    # When damage comes behind a record
    given = session.receive(book() + b"\x00\x00")
    # Then the record is given first
    assert next(given) == Records(book())
    with pytest.raises(DataSourceError) as caught:
        next(given)
    assert (caught.value.code, session.state) == ("undecodable", "ended")


def test_another_dataset_s_records_are_refused() -> None:
    # Given a session that was started
    session = Session(KEY, DATASET)
    list(session.receive(GREETING + WELCOME))
    session.start()
    # When the records are of another
    with pytest.raises(DataSourceError) as caught:
        list(session.receive(header("EQUS.MINI")))
    # Then both are named
    assert caught.value.code == "wrong_dataset"
    assert "'EQUS.MINI'" in str(caught.value)
    assert DATASET in str(caught.value)
