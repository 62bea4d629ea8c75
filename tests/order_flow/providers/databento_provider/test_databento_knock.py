"""What the gateway says at the door, before a watch."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from support.dbn_records import DATASET, KEY, OPEN_NS, book, failure, header, mapped, said
from support.gateway_stub import GatewayStub, Link, gateway_stub
from support.loopback import byte_server

from trading_bot.order_flow.diagnostics import SECRETS
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.databento.asking.knock import Knocked, knock

Prepare = Callable[[GatewayStub], None]


def knocked(
    *symbols: str, prepare: Prepare = lambda _: None, key: str = KEY, **changes: Any
) -> tuple[Knocked, GatewayStub]:
    """Knock at a gateway for some symbols; return what it said, and the gateway."""

    async def run() -> tuple[Knocked, GatewayStub]:
        async with gateway_stub() as stub:
            prepare(stub)
            ask = partial(knock, ("127.0.0.1", stub.port), DATASET, key, symbols, **changes)
            return await asyncio.to_thread(ask), stub

    return asyncio.run(run())


def says(monkeypatch: pytest.MonkeyPatch, *records: bytes) -> None:
    """Let a gateway answer every subscription with these records."""
    monkeypatch.setattr(
        Link, "_answer_subscription", lambda self, fields: self._waiting.extend(records)
    )


def test_known_symbols_are_told_from_unknown_ones_and_the_gateway_s_time_is_kept() -> None:
    # Given a gateway that has no BOLT
    def prepare(stub: GatewayStub) -> None:
        stub.unknown = {"BOLT"}

    # When it is asked for two
    found, stub = knocked("ACME", "BOLT", prepare=prepare)
    # Then both are known for what they are
    assert found == Knocked({"ACME"}, {"BOLT": "Failed to resolve symbol 'BOLT'."}, OPEN_NS)
    # And nothing was replayed
    assert stub.newest.asked == [("mbp-10", "ACME,BOLT", None)]


def test_without_symbols_it_is_only_seen_whether_the_key_is_let_in() -> None:
    # Given a gateway
    # When it is asked for none
    found, stub = knocked()
    # Then it is left once it has let the key in
    assert found == Knocked()
    assert stub.newest.asked == []


def test_records_of_the_market_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a gateway that sends a book before it says what it is of
    says(monkeypatch, book(), said("Subscription request succeeded", 1), mapped())
    # When it is asked
    found, _ = knocked("ACME")
    # Then the mapping is found behind it
    assert found.known == {"ACME"}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Authentication failed.", "wrong_key"),
        ("A live data license is required to access XNAS.ITCH.", "plan_without_stream"),
        ("Unknown dataset 'XNAS.ITCH'", "unknown_dataset"),
        ("Connection limit reached", "connection_limit"),
    ],
)
def test_who_is_turned_away_is_told_why(words: str, code: str) -> None:
    # Given a gateway that lets nobody in
    def prepare(stub: GatewayStub) -> None:
        stub.refusals = [words]

    # When it is knocked at
    with pytest.raises(DataSourceError) as refused:
        knocked("ACME", prepare=prepare)
    # Then the reason is named, and what may change by itself is told from what may not
    assert (refused.value.code, refused.value.retryable) == (code, code == "connection_limit")
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("words", "number", "code"),
    [
        ("Authentication failed", 1, "wrong_key"),
        ("API key deactivated", 2, "wrong_key"),
        ("Connection limit reached", 3, "connection_limit"),
        ("Schema mbp-10 is not available for XNAS.ITCH", 5, "no_depth"),
        ("Schema mbp-10 is not in your plan", 5, "plan_without_stream"),
        ("Internal error", 6, "server_error"),
    ],
)
def test_an_error_of_the_session_is_told(
    monkeypatch: pytest.MonkeyPatch, words: str, number: int, code: str
) -> None:
    # Given a gateway that answers with an error
    says(monkeypatch, failure(words, number))
    # When it is asked for a symbol
    with pytest.raises(DataSourceError) as refused:
        knocked("ACME")
    # Then it is named
    assert refused.value.code == code


@pytest.mark.parametrize("number", [4, 5])
def test_an_error_that_names_a_symbol_is_its_alone(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    # Given a gateway that refuses one of two, by either code
    says(monkeypatch, failure("No license for symbol BOLT", number), mapped())
    # When it is asked for both
    found, _ = knocked("ACME", "BOLT")
    # Then the other is let in
    assert (found.known, found.unknown) == ({"ACME"}, {"BOLT": "No license for symbol BOLT"})


def test_of_what_nothing_is_said_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a gateway that names no symbol in its error, and maps one of two
    says(monkeypatch, failure("Failed to resolve a symbol", 4), mapped())
    # When it is asked for both for a moment
    found, _ = knocked("ACME", "BOLT", seconds=0.3)
    # Then the other is in neither set
    assert (found.known, found.unknown) == ({"ACME"}, {})


def test_a_gateway_that_ends_after_it_has_let_in_leaves_what_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a gateway that ends once it is asked
    monkeypatch.setattr(Link, "_answer_subscription", lambda self, fields: self.end())
    # When it is knocked at
    found, _ = knocked("ACME")
    # Then nothing is known of the symbol
    assert (found.known, found.unknown) == (set(), {})


def test_a_mute_gateway_is_a_failure_that_may_mend_itself() -> None:
    # Given a gateway that says nothing
    def prepare(stub: GatewayStub) -> None:
        stub.is_mute = True

    # When it is knocked at for a moment
    with pytest.raises(DataSourceError, match="says nothing of the key") as refused:
        knocked("ACME", prepare=prepare, seconds=0.3)
    # Then it may be tried again
    assert refused.value.retryable


def test_time_that_is_over_between_two_words_ends_it() -> None:
    # Given a clock by which all time is over after the greeting
    times = iter((0.0, 0.0, 99.0))
    # When the gateway is knocked at
    # Then it has said nothing of the key by then
    with pytest.raises(DataSourceError, match="says nothing of the key"):
        knocked("ACME", monotonic=times.__next__)


def test_where_nobody_listens_it_is_unreachable() -> None:
    # Given a port where nobody listens
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = taken.getsockname()
    # When it is knocked at
    with pytest.raises(DataSourceError) as refused:
        knock(address, DATASET, KEY, ())
    # Then it is told, and may be tried again
    assert (refused.value.code, refused.value.retryable) == ("unreachable", True)


def test_a_reset_is_no_end_that_was_wished(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a gateway that resets the connection
    monkeypatch.setattr(Link, "_answer_key", lambda self, fields: self.reset())
    # When it is knocked at
    with pytest.raises(DataSourceError) as refused:
        knocked("ACME")
    # Then it is unreachable
    assert refused.value.code == "unreachable"


@pytest.mark.parametrize("key", ["", KEY])
def test_the_key_is_needed_and_never_shown(key: str) -> None:
    # Given no key, or one
    # When it is knocked with it, then without one it is said where it belongs
    if not key:
        with pytest.raises(DataSourceError, match="DATABENTO_API_KEY") as refused:
            knocked("ACME", key=key)
        assert refused.value.code == "missing_key"
    else:
        # And one is blanked wherever it would be shown
        knocked(key=key)
        assert KEY not in SECRETS.blank(f"it is {KEY}")


def test_bytes_that_are_no_record_are_refused() -> None:
    # Given a gateway whose records are none
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"lsg_version=1\ncram=x\n")
        await reader.readline()
        writer.write(b"success=1|session_id=1\n")
        await reader.readline()
        await reader.readline()
        writer.write(header() + bytes(64))
        await reader.read()
        writer.close()

    async def run() -> None:
        async with byte_server(serve) as port:
            await asyncio.to_thread(knock, ("127.0.0.1", port), DATASET, KEY, ("ACME",))

    # When it is knocked at, then it is told
    with pytest.raises(DataSourceError) as refused:
        asyncio.run(run())
    assert refused.value.code == "undecodable"
