"""What is refused, in words that say how to mend it."""

from __future__ import annotations

import pytest

from trading_bot.order_flow.providers.databento.errors import (
    missing_key,
    names_connections,
    names_plan,
    no_depth,
    refusal,
    undecodable,
    unexpected,
)


def test_a_missing_key_names_its_variable() -> None:
    # Given a run without a key
    # When it is refused
    error = missing_key()
    # Then it is said where the key belongs
    assert error.code == "missing_key"
    assert "DATABENTO_API_KEY" in str(error)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("wrong_key", "does not know this key"),
        ("plan_without_stream", "has no live XNAS.ITCH"),
        ("plan_without_trades", "none of these symbols live in XNAS.ITCH"),
        ("plan_without_quotes", "no book of these symbols live in XNAS.ITCH"),
    ],
)
def test_a_refusal_repeats_the_gateway_s_words(reason: str, words: str) -> None:
    # Given the words of a refusal
    # When the stream is given up
    error = refusal(reason, "go away", "XNAS.ITCH")
    # Then both are told
    assert (error.code, error.retryable) == (reason, False)
    assert words in str(error)
    assert "go away" in str(error)


def test_a_dataset_without_depth_says_which_kind_has_it() -> None:
    # Given a dataset of best prices only
    # When its books are asked for
    error = no_depth("EQUS.MINI", "schema mbp-10 is not available")
    # Then another kind is named
    assert (error.code, error.retryable) == ("no_depth", False)
    assert "EQUS.MINI has no book of ten levels" in str(error)
    assert "XNAS.ITCH" in str(error)


def test_damage_may_be_tried_again() -> None:
    # Given bytes that are no record, and words that are out of turn
    # When they are named
    # Then another connection may help
    assert (undecodable("x").code, undecodable("x").retryable) == ("undecodable", True)
    error = unexpected("what?", "greeting")
    assert (error.code, error.retryable) == ("unexpected_answer", True)


@pytest.mark.parametrize(
    ("said", "plan", "connections"),
    [
        ("CRAM reply is invalid", False, False),
        ("User is not entitled to XNAS.ITCH", True, False),
        ("A live data license is required", True, False),
        ("User has reached their open connection limit", False, True),
    ],
)
def test_refusals_are_told_apart_by_their_words(said: str, plan: bool, connections: bool) -> None:
    # Given the words of a refusal
    # When they are looked at
    # Then they blame the plan, other sessions, or else the key
    assert (names_plan(said), names_connections(said)) == (plan, connections)
