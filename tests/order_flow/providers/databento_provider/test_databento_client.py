"""What is asked over HTTP, against a host that answers what a test hands it."""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import Callable
from typing import Any, Self

import pytest
from support.dbn_records import KEY
from support.monitor_stubs import START, HandClock
from support.provider_stub import HandTime, Reply, StubProvider, as_json

from trading_bot.order_flow.diagnostics import SECRETS
from trading_bot.order_flow.errors import DataSourceError, RateLimitError
from trading_bot.order_flow.providers.databento.asking import client as module
from trading_bot.order_flow.providers.databento.asking import web as web_module
from trading_bot.order_flow.providers.databento.asking.client import DatabentoClient
from trading_bot.order_flow.providers.databento.asking.web import MOST_BYTES, Web

DATASETS = as_json(["EQUS.MINI", "XNAS.ITCH"])


def asking(host: StubProvider | str, **changes: Any) -> DatabentoClient:
    """Return a client that waits for nothing when it asks again."""
    address = host if isinstance(host, str) else host.base_url
    web = Web(changes.pop("key", KEY), address, **changes)
    return DatabentoClient(web, clock=HandClock(START), wait=HandTime().wait)


def refused(reply: Reply, **changes: Any) -> DataSourceError:
    """Ask for the datasets of a host that answers so; return why there is no usable answer."""
    with StubProvider(reply) as host, pytest.raises(DataSourceError) as caught:
        asking(host, **changes).list_datasets()
    return caught.value


def test_datasets_and_schemas_are_listed() -> None:
    # Given a host that knows them
    with StubProvider(DATASETS, as_json(["mbp-10", "status"])) as host:
        client = asking(host)
        # When they are asked for
        found = client.list_datasets(), client.list_schemas("XNAS.ITCH")
        client.close()
    # Then they are there, the key was the name of a basic authentication, and no password
    assert found == (["EQUS.MINI", "XNAS.ITCH"], ["mbp-10", "status"])
    assert [(each.path, each.params) for each in host.asked] == [
        ("/v0/metadata.list_datasets", {}),
        ("/v0/metadata.list_schemas", {"dataset": "XNAS.ITCH"}),
    ]
    login = b64encode(f"{KEY}:".encode()).decode()
    assert {each.headers["authorization"] for each in host.asked} == {f"Basic {login}"}
    # And neither it nor what it is sent as is ever shown
    assert KEY not in SECRETS.blank(f"{KEY} {login}")
    assert login not in SECRETS.blank(f"{KEY} {login}")


def test_a_client_that_was_never_asked_has_nothing_to_close() -> None:
    # Given a client
    client = asking("http://127.0.0.1:1")
    # When it is closed, then nothing happens
    client.close()


def resolved(**found: list[Any]) -> Reply:
    return as_json({"result": found, "not_found": [], "message": "OK", "status": 0})


def test_symbols_of_the_last_week_are_found() -> None:
    # Given a host that knows one of two, and says more than it was asked
    span = [{"d0": "2026-07-01", "d1": "2026-07-02", "s": "17"}]
    with StubProvider(resolved(**{"BRK B": span, "NOPE": [], "OTHER": span})) as host:
        # When both are asked for in a dataset that writes class shares with a blank
        found = asking(host).find_symbols(("BRK.B", "NOPE"), "ARCX.PILLAR")
    # Then the one is found by our name
    assert found == ["BRK.B"]
    # And it was asked by a form, for the days before today
    (asked,) = host.asked
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert (asked.path, asked.params) == (
        "/v0/symbology.resolve",
        {
            "dataset": "ARCX.PILLAR",
            "symbols": "BRK B,NOPE",
            "stype_in": "raw_symbol",
            "stype_out": "instrument_id",
            "start_date": (START.date() - module.RESOLVED_OVER).isoformat(),
            "end_date": START.date().isoformat(),
        },
    )


def test_many_symbols_are_asked_for_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given two symbols a question at most
    monkeypatch.setattr(module, "SYMBOLS_A_QUESTION", 2)
    with StubProvider(resolved(A=[{}]), resolved(C=[{}])) as host:
        # When three are asked for
        found = asking(host).find_symbols(("A", "B", "C"), "XNAS.ITCH")
    # Then two questions find what there is
    assert (found, len(host.asked)) == (["A", "C"], 2)


def error(case: str, message: str, status: int) -> Reply:
    detail = {"case": case, "message": message, "status_code": status, "payload": None}
    return as_json({"detail": detail}, status)


@pytest.mark.parametrize(
    ("reply", "code", "words"),
    [
        (error("auth", "Authentication failed.", 401), "wrong_key", "check DATABENTO_API_KEY"),
        (error("license", "Not authorized.", 403), "plan", "'Not authorized.'"),
        (error("x", "Unknown dataset 'A'.", 422), "unknown_dataset", "Unknown dataset"),
        (error("x", "end_date is bad", 422), "bad_request", "end_date is bad"),
        (as_json({"detail": "plain words"}, 400), "bad_request", "plain words"),
        (as_json({"detail": 7}, 400), "bad_request", "(400)"),
        (as_json([1], 400), "bad_request", "(400)"),
        (Reply(b"<html>", 404), "bad_request", "(404)"),
        (Reply(b"", 302, (("Location", "http://127.0.0.1:1/"),)), "bad_request", "(302)"),
        (as_json({"a": 1}), "unexpected_shape", "list_datasets"),
        (as_json([1, 2]), "unexpected_shape", "list_datasets"),
        (Reply(b"[]", 200, (("Content-Encoding", "gzip"),)), "bad_encoding", "packed"),
    ],
)
def test_an_answer_that_cannot_be_used_is_named(reply: Reply, code: str, words: str) -> None:
    # Given an answer that is none
    # When it is asked for
    found = refused(reply)
    # Then it is named, once asked, with the words of the host
    assert (found.code, found.retryable) == (code, False)
    assert words in str(found)


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (as_json({}, 500), "server_error"),
        (Reply(b"x", 502), "server_error"),
        (Reply(b"<html>"), "not_json"),
        (Reply(drops=True), "unreachable"),
        (Reply(b"[1,", sent=1), "truncated"),
    ],
)
def test_what_may_mend_itself_is_asked_again(reply: Reply, code: str) -> None:
    # Given a host that fails once
    with StubProvider(reply, DATASETS) as host:
        # When it is asked
        found = asking(host).list_datasets()
    # Then the second answer is taken
    assert (found, len(host.asked)) == (["EQUS.MINI", "XNAS.ITCH"], 2)
    # And one that fails on is named
    assert refused(reply).code == code


@pytest.mark.parametrize(("text", "seconds"), [("2", 2.0), ("soon", None), ("", None)])
def test_too_many_questions_are_told_with_the_wait(text: str, seconds: float | None) -> None:
    # Given a host that asks for patience
    found = refused(Reply(b"", 429, (("Retry-After", text),)))
    # When it is told, then with its wait where it states one
    assert isinstance(found, RateLimitError)
    assert found.retry_after_seconds == seconds


def test_an_answer_that_is_too_long_is_refused() -> None:
    # Given an answer beyond the limit
    # When it is read, then it is given up
    assert refused(Reply(b"[" + b" " * MOST_BYTES)).code == "too_large"


@pytest.mark.parametrize("reply", [Reply(hangs=True), Reply(b"[]", chunked=True, sent=2)])
def test_an_answer_that_does_not_end_is_given_up(reply: Reply) -> None:
    # Given a host that begins and does not go on
    # When its time is over
    found = refused(reply, answer_seconds=0.3)
    # Then that is told, and it may be asked again
    assert (found.code in ("timeout", "truncated"), found.retryable) == (True, True)


def test_an_answer_that_drips_is_given_up() -> None:
    # Given a clock by which the time is over when the first piece has come
    times = iter((0.0, 99.0, 0.0, 99.0, 0.0, 99.0, 0.0, 99.0))
    # When it is asked
    found = refused(DATASETS, monotonic=times.__next__)
    # Then it comes too slowly
    assert (found.code, found.retryable) == ("timeout", True)


def test_an_end_that_comes_with_the_last_byte_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given an end that has come when the answer is there: a shut connection looks like its end
    class Over:
        is_over = True

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def watch(self, descriptor: int) -> None:
            pass

    monkeypatch.setattr(web_module, "hard_end", lambda _: Over())
    monkeypatch.setattr("trading_bot.order_flow.providers.rest_pool.current_end", Over)
    # When it is asked, then it comes too slowly
    assert refused(DATASETS).code == "timeout"


@pytest.mark.parametrize(
    ("key", "code"),
    [("", "missing_key"), ("in two", "wrong_key"), ("with:colon", "wrong_key")],
)
def test_a_key_that_can_be_none_is_not_sent(key: str, code: str) -> None:
    # Given a key that is none
    with StubProvider(DATASETS) as host, pytest.raises(DataSourceError) as caught:
        # When something is asked with it
        asking(host, key=key).list_datasets()
    # Then nothing is
    assert (caught.value.code, host.asked) == (code, [])
    assert "DATABENTO_API_KEY" in str(caught.value)


def test_the_key_is_not_sent_without_tls_to_another_machine() -> None:
    # Given another machine that speaks http
    # When it is asked, then it is refused
    with pytest.raises(DataSourceError) as caught:
        asking("http://gateway.example").list_datasets()
    assert caught.value.code == "insecure"


def test_a_certificate_of_nobody_is_refused(certificate: Callable[[], ssl.SSLContext]) -> None:
    # Given a host whose certificate nobody vouches for
    with (
        StubProvider(DATASETS, certificate=certificate()) as host,
        pytest.raises(DataSourceError) as caught,
    ):
        # When it is asked
        asking(host).list_datasets()
    # Then it is refused
    assert caught.value.code == "tls"


@pytest.fixture
def certificate() -> Callable[[], ssl.SSLContext]:
    """Return what makes a certificate of an authority that nobody trusts."""
    trustme = pytest.importorskip("trustme")

    def made() -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("localhost").configure_cert(context)
        return context

    return made


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a proxy where nobody listens
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    # When another host is asked
    with pytest.raises(DataSourceError) as caught:
        asking("https://hist.example").list_datasets()
    # Then the proxy is named
    assert caught.value.code == "proxy"
    assert "HTTPS_PROXY" in str(caught.value)
