from __future__ import annotations

import pytest

from trading_bot.order_flow.providers.polygon.stream_refusals import refusal, refuses_plan


@pytest.mark.parametrize(
    ("said", "of_the_plan"),
    [
        ("authentication failed", False),
        ("Your plan doesn't include websocket access.", True),
        ("", False),
    ],
)
def test_a_refused_key_is_told_from_a_plan_without_a_stream(said: str, of_the_plan: bool) -> None:
    # Given the provider's words
    # When they are looked at
    found = refuses_plan(said)
    # Then they decide
    assert found is of_the_plan


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("wrong_key", "the stream does not know this key: 'no {way}'; check "),
        ("plan_without_stream", "your plan has no real-time stream: 'no {way}'"),
        ("plan_without_trades", "your plan has no stream of trades: 'no {way}'"),
        ("plan_without_quotes", "your plan has no stream of quotes: 'no {way}'"),
    ],
)
def test_a_stream_that_is_given_up_says_why_and_quotes_the_provider(
    reason: str, sentence: str
) -> None:
    # Given a reason, and the provider's words
    # When the error is made
    error = refusal(reason, "no {way}")
    # Then it has both, and trying again does not help
    assert (error.code, error.retryable) == (reason, False)
    assert str(error).startswith(sentence)


def test_long_words_are_cut() -> None:
    # Given a provider that says much
    # When the error is made
    error = refusal("plan_without_stream", "x" * 101)
    # Then a hundred characters are quoted
    assert str(error).endswith(f": '{'x' * 100}'")
