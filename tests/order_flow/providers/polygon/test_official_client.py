"""The official client, under either name."""

from __future__ import annotations

import sys
import threading
from types import ModuleType
from typing import Any

import pytest
from support.provider_stub import KEY, Reply, StubProvider

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.polygon.official_client import (
    BASE_URL,
    open_official_client,
    rest_url,
)


def module(name: str, **contents: object) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(contents)
    return made


def maker_of(name: str) -> Any:
    class RESTClient:
        def __init__(self, *, api_key: str, base: str) -> None:
            self.told = (name, api_key, base)

    return RESTClient


def install(monkeypatch: pytest.MonkeyPatch, **modules: ModuleType | None) -> None:
    """Let modules of these names be found, and no others of the official client's."""
    for name in ("massive", "polygon"):
        monkeypatch.setitem(sys.modules, name, modules.get(name))


def test_the_installed_client_gives_address_and_authentication() -> None:
    # Given whichever client is installed
    # When it is opened
    official = open_official_client(KEY, "http://127.0.0.1:1")
    # Then it has what the session asks with
    assert official.BASE == "http://127.0.0.1:1"
    assert official.headers["Authorization"] == f"Bearer {KEY}"


def test_the_present_client_is_taken_before_the_former(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given both
    both = {name: module(name, RESTClient=maker_of(name)) for name in ("massive", "polygon")}
    install(monkeypatch, **both)
    # When one is opened, then it is the present one
    assert open_official_client(KEY, BASE_URL).told == ("massive", KEY, BASE_URL)


@pytest.mark.parametrize("present", [None, ModuleType("massive")], ids=["absent", "another's"])
def test_the_former_client_does_as_well(
    present: ModuleType | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given the former client, and nothing, or a stranger, under the present name
    polygon = module("polygon", RESTClient=maker_of("polygon"))
    install(monkeypatch, massive=present, polygon=polygon)
    # When one is opened, then it is the former
    assert open_official_client(KEY, BASE_URL).told == ("polygon", KEY, BASE_URL)


def test_without_a_client_both_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given no client
    install(monkeypatch)
    # When one is to be opened
    with pytest.raises(DataSourceError) as caught:
        open_official_client(KEY, BASE_URL)
    # Then the error says what to install, and what was missed
    assert (caught.value.code, caught.value.retryable) == ("no_client", False)
    said = str(caught.value)
    assert "pip install massive (extra `massive`)" in said
    assert "polygon-api-client (extra `polygon`)" in said
    assert KEY not in said
    assert isinstance(caught.value.__cause__, ImportError)


def test_certificates_that_are_missing_are_not_complained_of_on_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a variable that names no file: we say so ourselves, in the diagnostics
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/authorities.pem")
    # When the client is opened
    open_official_client(KEY, BASE_URL)
    # Then nothing is printed among a command's JSON
    assert capsys.readouterr().out == ""


def test_the_present_client_applies_its_time_outs() -> None:
    # Given the present client with little patience, and a provider that never answers
    massive = pytest.importorskip("massive")
    errors = []
    with StubProvider(Reply(hangs=True)) as provider:
        client = massive.RESTClient(KEY, read_timeout=0.05, retries=0, base=provider.base_url)

        def ask() -> None:
            try:
                client.get_last_trade("AAPL")
            except Exception as error:  # noqa: BLE001 - whatever ends the wait is what is tested
                errors.append(error)

        asking = threading.Thread(target=ask, daemon=True)
        # When it is asked
        asking.start()
        asking.join(5.0)
    # Then the wait has ended: it is why the app depends on this client
    assert "Read timed out" in str(errors)


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        (None, "https://api.massive.com"),
        ("https://api.massive.com/", "https://api.massive.com"),
        ("https://api.polygon.io", "https://api.polygon.io"),
        ("https://business.massive.com", "https://api.massive.com"),
        ("https://nasdaq-basic-business.polygon.io/", "https://api.polygon.io"),
        ("https://socket.massive.com", "https://api.massive.com"),
        ("https://business.example.org", "https://business.example.org"),
        ("https://another.massive.com", "https://another.massive.com"),
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765"),
    ],
)
def test_rest_is_asked_where_it_answers(base_url: str | None, expected: str) -> None:
    # Given a host of the configuration
    # When REST asks for its own, then a host that only streams is not it
    assert rest_url(base_url) == expected
