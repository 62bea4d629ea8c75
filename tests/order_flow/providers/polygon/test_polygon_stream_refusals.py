from __future__ import annotations

import pytest

from trading_bot.order_flow.providers.polygon.stream_refusals import (
    never_subscribed,
    refused_key,
    refused_kind,
)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("authentication failed", "wrong_key"),
        ("Your plan doesn't include websocket access.", "plan_without_stream"),
    ],
)
def test_a_refused_key_is_told_from_a_plan_without_a_stream(said: str, code: str) -> None:
    # Given the provider's words
    # When its error is made
    error = refused_key(said)
    # Then the words decide, and are quoted
    assert error.code == code
    assert repr(said) in str(error)


@pytest.mark.parametrize(
    ("kind", "code"), [("T", "plan_without_trades"), ("Q", "plan_without_quotes"), ("LULD", None)]
)
def test_a_plan_must_have_prints_and_quotes(kind: str, code: str | None) -> None:
    # Given a kind of channel that was refused
    # When its error is made
    error = refused_kind(kind, "not authorized")
    # Then only limit bands can be done without
    assert (None if error is None else error.code) == code


def test_a_stream_that_was_never_subscribed_says_how_long_and_why() -> None:
    # Given half a minute of trying
    # When its error is made
    error = never_subscribed("wss://example.org/stocks", 30.0, "unreachable")
    # Then it says so
    assert error.code == "no_stream"
    assert str(error) == (
        "wss://example.org/stocks could not be subscribed for 30 s (unreachable); "
        "check the network and any firewall"
    )
