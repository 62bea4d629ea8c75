"""One try at one receiver: real sockets, by the real library."""

from __future__ import annotations

import logging
import socket

import pytest
from support.notice_servers import TOKEN, mail_server, web_hook

from trading_bot.notify import by_apprise
from trading_bot.notify.outcome import SENT, Found

pytest.importorskip("apprise", reason="needs the extra `notify`")
# What the library itself is warned of as it loads its services.
pytestmark = pytest.mark.filterwarnings("ignore")


def tried(address: str) -> Found:
    return by_apprise.Receivers((address,)).try_once(0, "title", "body")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def test_a_web_hook_gets_title_and_body() -> None:
    # Given a web hook
    with web_hook() as hook:
        # When it is sent to
        found = tried(hook.address())
        # Then it has both
        assert found == SENT
        assert hook.got == [("title", "body")]


@pytest.mark.parametrize(
    ("how", "found"),
    [
        ("500", Found("refused", "it answers 500")),
        ("401", Found("wrong", "it answers 401: look at its address")),
        ("silent", Found("uncertain", "the connection ended without an answer")),
        ("hang up", Found("uncertain", "the connection ended without an answer")),
        ("reset", Found("uncertain", "the connection ended without an answer")),
        ("301", Found("wrong", "it answers 301: look at its address")),
        ("307", Found("wrong", "it answers 307: look at its address")),
    ],
)
def test_a_web_hook_that_does_not_take_it_is_told_in_words_of_ours(how: str, found: Found) -> None:
    # Given a web hook that behaves so
    with web_hook(how) as hook:
        # When it is sent to
        # Then it is known whether it may have the text
        assert tried(hook.address(read_seconds=0.3)) == found
        assert len(hook.got) == 1
        assert hook.beats == 0


def test_a_web_hook_that_is_down_has_not_got_it() -> None:
    # Given a port that nobody listens on
    # When it is sent to
    # Then it has not got it
    found = tried(f"json://127.0.0.1:{free_port()}/t0k3n-of-this-test")
    assert found == Found("refused", "it refuses connections")


def test_a_mail_server_gets_a_letter() -> None:
    # Given a mail server
    with mail_server() as mail:
        # When it is sent to
        found = tried(mail.address())
        # Then the title is its subject
        assert found == SENT
        assert "Subject: title" in mail.letters[0]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("550 no such person", Found("wrong", "the mail server answers 550: look at its address")),
        ("451 later", Found("refused", "the mail server answers 451")),
    ],
)
def test_a_mail_server_that_refuses_is_told(answer: str, found: Found) -> None:
    # Given a mail server that does not take the recipient
    with mail_server(refuses=answer) as mail:
        # When it is sent to
        # Then it is known whether to try again
        assert tried(mail.address()) == found


def test_a_mail_server_that_falls_silent_may_have_the_letter() -> None:
    # Given a mail server that says nothing once it has the letter
    with mail_server(is_silent=True) as mail:
        # When it is sent to
        found = tried(mail.address())
        # Then nobody knows
        assert found.outcome == "uncertain"
        assert len(mail.letters) == 1


def test_a_mail_server_that_is_down_has_not_got_it() -> None:
    # Given a port that nobody listens on
    with mail_server() as mail:
        address = mail.address()
    # When it is sent to
    # Then it has not got it
    assert tried(address) == Found("refused", "it refuses connections")


@pytest.mark.parametrize("address", ["nonsense://x", "tgram://x", "mailto://"])
def test_an_address_that_is_not_understood_is_known_before(address: str) -> None:
    # Given an address of which the library makes nothing
    receivers = by_apprise.Receivers((address,))
    # When it is asked, and sent to
    # Then it is wrong
    assert not receivers.understood(0)
    assert receivers.try_once(0, "t", "b") == Found("wrong", "its address is not understood")


def test_a_plug_in_that_raises_may_have_sent() -> None:
    # Given a receiver with a defect
    receivers = by_apprise.Receivers(("json://127.0.0.1",))

    class Broken:
        def notify(self, **_: str) -> bool:
            raise RuntimeError("t0k3n")

    receivers._made[0] = Broken()
    # When it is sent to
    # Then nobody knows, and nothing is quoted
    found = receivers.try_once(0, "t", "b")
    assert found == Found("uncertain", "the library fails with RuntimeError")


def test_a_library_that_raises_makes_nothing_of_an_address() -> None:
    # Given a library with a defect
    class Broken:
        class Apprise:
            @staticmethod
            def instantiate(_: str, *, asset: object) -> None:
                raise RuntimeError("t0k3n")

    # When it is given an address
    # Then that is not understood
    assert by_apprise._made(Broken, "json://x", None) is None


def test_what_the_library_says_reaches_no_log() -> None:
    # Given a log of this process
    kept: list[str] = []
    listener = logging.Handler()
    listener.emit = lambda record: kept.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(listener)
    # When a try fails
    try:
        with web_hook("500") as hook:
            tried(hook.address())
        # And a thread speaks that has begun no try
        logging.getLogger(by_apprise.PACKAGE).warning("of nobody")
    finally:
        logging.getLogger().removeHandler(listener)
    # Then nothing of it is there
    assert [line for line in kept if TOKEN in line or "error=" in line] == []


def test_it_is_known_to_be_there_without_being_loaded() -> None:
    # Given a machine that has it
    # When it is asked for
    # Then it is there
    assert by_apprise.is_there()
