"""One request and its answer, through the official client's connections."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
import urllib3
from support.provider_stub import KEY, NOW, NOW_NS, HandTime, Reply, StubProvider

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.polygon import body
from trading_bot.order_flow.providers.polygon.session import Answer, PolygonSession

PATH = "/v3/trades/AAPL"
BODY = b'{"status": "OK"}' * 100


def session_of(
    base_url: str | None, *, key: str = KEY, monotonic: Callable[[], float] | None = None
) -> PolygonSession:
    return PolygonSession(
        key,
        base_url,
        clock=lambda: NOW,
        monotonic=monotonic or HandTime().monotonic,
        connect_timeout=2.0,
        read_timeout=2.0,
        connections=4,
    )


def code_of(session: PolygonSession) -> str:
    with pytest.raises(DataSourceError) as caught:
        session.get(PATH, None, deadline=20.0)
    return caught.value.code


def test_an_answer_carries_status_headers_body_and_arrival() -> None:
    # Given a provider that refuses with a header
    with StubProvider(Reply(BODY, 429, (("Retry-After", "7"),))) as provider:
        # When it is asked
        answer = session_of(provider.base_url).get(PATH, {"limit": 5}, deadline=20.0)
    # Then everything of the answer is there, whatever its status
    assert (answer.status, answer.body, answer.received_ns) == (429, BODY, NOW_NS)
    assert answer.headers["retry-after"] == "7"
    assert [(asked.path, asked.params) for asked in provider.asked] == [(PATH, {"limit": "5"})]


def test_the_body_is_in_no_repr() -> None:
    # Given an answer
    answer = Answer(200, {}, b"payload", NOW_NS)
    # When it is shown, then its payload is not
    assert "payload" not in repr(answer)


@pytest.mark.parametrize("chunked", [False, True])
def test_one_connection_serves_many_questions(chunked: bool) -> None:
    # Given a provider that keeps connections open
    with StubProvider(Reply(BODY, chunked=chunked)) as provider:
        session = session_of(provider.base_url + "/")
        # When it is asked three times in a row
        bodies = [session.get(PATH, None, deadline=20.0).body for _ in range(3)]
    # Then it was connected to once
    assert (bodies, provider.connections) == ([BODY] * 3, 1)


def test_threads_keep_their_connections() -> None:
    # Given three threads that ask at the same time, twice each
    with StubProvider(Reply(BODY)) as provider:
        session = session_of(provider.base_url)
        together = threading.Barrier(3)

        def ask_twice() -> None:
            for _ in range(2):
                together.wait()
                session.get(PATH, None, deadline=20.0)

        threads = [threading.Thread(target=ask_twice) for _ in range(3)]
        # When they have asked
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    # Then nobody connected more often than once
    assert len(provider.asked) == 6
    assert provider.connections <= 3


def test_a_compressed_body_is_unpacked() -> None:
    # Given a provider that compresses
    reply = Reply(gzip.compress(BODY), headers=(("Content-Encoding", "gzip"),))
    with StubProvider(reply) as provider:
        # When it is asked, then the plain body comes back
        answer = session_of(provider.base_url).get(PATH, None, deadline=20.0)
    assert answer.body == BODY


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(BODY)[:-12], b"not gzip at all"],
    ids=["ends early", "is none"],
)
def test_a_broken_compressed_body_is_truncated(packed: bytes) -> None:
    # Given a compressed body that is broken
    reply = Reply(packed, headers=(("Content-Encoding", "gzip"),))
    # When it is asked for, then it counts as cut short
    with StubProvider(reply) as provider:
        assert code_of(session_of(provider.base_url)) == "truncated"


@pytest.mark.parametrize("sent", [0, 5])
def test_a_connection_closed_within_the_body_is_truncated(sent: int) -> None:
    # Given a provider that closes before all is sent
    with StubProvider(Reply(BODY, sent=sent)) as provider:
        # When it is asked, then the answer is cut short
        assert code_of(session_of(provider.base_url)) == "truncated"


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_beyond_all_measure_is_refused(
    packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a limit one byte below the plain body
    monkeypatch.setattr(body, "MAX_BODY_BYTES", len(BODY) - 1)
    headers = (("Content-Encoding", "gzip"),) if packed else ()
    reply = Reply(gzip.compress(BODY) if packed else BODY, headers=headers)
    # When it is asked for, packed or not, then it is refused
    with StubProvider(reply) as provider:
        assert code_of(session_of(provider.base_url)) == "too_large"


def test_a_body_as_large_as_allowed_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a limit of exactly the body
    monkeypatch.setattr(body, "MAX_BODY_BYTES", len(BODY))
    reply = Reply(gzip.compress(BODY), headers=(("Content-Encoding", "gzip"),))
    # When it is asked for, then it is taken
    with StubProvider(reply) as provider:
        assert session_of(provider.base_url).get(PATH, None, deadline=20.0).body == BODY


def test_a_body_that_drips_ends_at_the_deadline() -> None:
    # Given time that passes six seconds each time it is looked at
    ticks = iter(range(0, 600, 6))
    # When an answer is read for which two looks are too many
    with StubProvider(Reply(BODY)) as provider, pytest.raises(DataSourceError) as caught:
        session_of(provider.base_url, monotonic=lambda: next(ticks)).get(PATH, None, deadline=7.0)
    # Then it is a time-out
    assert caught.value.code == "timeout"


def test_a_body_that_stops_is_a_time_out() -> None:
    # Given a server that sends half a body and keeps the connection open
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        held: list[socket.socket] = []

        def serve() -> None:
            connection, _ = listener.accept()
            held.append(connection)
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

        thread = threading.Thread(target=serve)
        thread.start()
        # When it is asked with little time left, then the read time-out ends it
        with pytest.raises(DataSourceError) as caught:
            session_of(address).get(PATH, None, deadline=0.2)
        thread.join()
        held[0].close()
    assert (caught.value.code, caught.value.retryable) == ("timeout", True)


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:99999999", "https://[::1"])
def test_an_address_that_is_none_is_named(base_url: str) -> None:
    # Given a host with an impossible port, or brackets that do not close
    # When it is asked, then the setting is named
    assert code_of(session_of(base_url)) == "bad_address"


@pytest.mark.parametrize(
    ("error", "code", "retryable"),
    [
        (urllib3.exceptions.SSLError("certificate verify failed"), "tls", False),
        (urllib3.exceptions.ProtocolError("reset"), "connection_lost", True),
        (urllib3.exceptions.ConnectTimeoutError("slow"), "timeout", True),
    ],
)
def test_a_network_failure_has_its_name(
    error: Exception, code: str, retryable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a network that fails in one way
    def fail(*args: Any, **settings: Any) -> None:
        raise error

    monkeypatch.setattr(urllib3.PoolManager, "request", fail)
    # When somebody is asked
    with pytest.raises(DataSourceError) as caught:
        session_of("https://127.0.0.1:1").get(PATH, None, deadline=20.0)
    # Then the failure has its name and keeps its cause
    assert (caught.value.code, caught.value.retryable) == (code, retryable)
    assert caught.value.__cause__ is error


def test_without_a_host_the_official_one_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a session without a host, and a network that notes what it is asked
    asked: list[str] = []

    def note(self: object, method: str, url: str, **settings: Any) -> None:
        asked.append(url)
        raise urllib3.exceptions.ProtocolError("not connected in tests")

    monkeypatch.setattr(urllib3.PoolManager, "request", note)
    # When it is asked
    code_of(session_of(None))
    # Then it was the provider's
    assert asked == [f"https://api.massive.com{PATH}"]


def test_a_missing_key_is_named() -> None:
    # Given no key
    # When somebody is to be asked, then the variable is named
    assert code_of(session_of(None, key="")) == "missing_key"


@pytest.mark.parametrize("key", ["two words", "line\n", "schlüssel"])
def test_a_key_that_no_header_can_carry_is_named_but_not_shown(key: str) -> None:
    # Given a key with a character that no key has
    # When somebody is to be asked
    with pytest.raises(DataSourceError) as caught:
        session_of(None, key=key).get(PATH, None, deadline=20.0)
    # Then the error does not show it
    assert caught.value.code == "wrong_key"
    assert key not in str(caught.value)
