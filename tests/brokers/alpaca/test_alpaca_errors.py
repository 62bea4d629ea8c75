"""What each refusal of Alpaca means, and how to mend it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from trading_bot.brokers.alpaca.errors import error_from_answer
from trading_bot.order_flow.errors import DataSourceError, RateLimitError

NOW = datetime(2026, 3, 10, 14, tzinfo=UTC)


def error(
    status: int, body: bytes = b"", *, is_paper: bool = False, **headers: str
) -> DataSourceError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_from_answer(status, named, body, "/v2/positions", NOW, is_paper=is_paper)


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (401, "wrong_key", "Alpaca (401) does not know this key"),
        (403, "forbidden", "knows the key but does not let it read /v2/positions (403)"),
        (404, "not_found", "there is no /v2/positions at this address (404)"),
        (422, "unprocessable", "cannot process the question for /v2/positions (422)"),
        (429, "rate_limited", "too many requests to Alpaca (429)"),
        (500, "server_error", "Alpaca failed at /v2/positions (500)"),
        (503, "server_error", "Alpaca failed at /v2/positions (503)"),
        (302, "redirected", "was sent on to another address (302), which is not followed"),
        (400, "bad_request", "Alpaca refused /v2/positions (400)"),
    ],
)
def test_every_status_has_its_own_sentence_and_mend(status: int, code: str, words: str) -> None:
    # Given a status; when it is named
    found = error(status)
    # Then it says what is wrong, and what to do
    assert found.code == code
    assert words in str(found)
    assert "; " in str(found)


@pytest.mark.parametrize(
    ("is_paper", "asked_for", "other", "setting"),
    [(True, "paper", "live", "false"), (False, "live", "paper", "true")],
)
def test_a_key_of_the_other_kind_of_account_is_thought_of(
    is_paper: bool, asked_for: str, other: str, setting: str
) -> None:
    # Given a key that is not known; when it is named, then the wrong kind of account may be why
    assert str(error(401, is_paper=is_paper)).endswith(
        f"The {asked_for} account was asked for: where the key is of the {other} account, set "
        f"positions_paper to {setting}"
    )


def test_the_brokers_own_words_are_quoted() -> None:
    # Given a refusal with a message; when it is named, then it is quoted, cut short
    said = str(error(403, b'{"code": 40310000, "message": "account is closed"}'))
    assert "(403): 'account is closed'; " in said
    assert len(str(error(403, b'{"message": "' + b"x" * 5_000 + b'"}'))) < 600


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"message": 7}', b'{"message": ""}'])
def test_a_refusal_without_words_is_named_without_them(body: bytes) -> None:
    # Given a refusal that says nothing; when it is named, then nothing is quoted
    assert str(error(403, body)) == str(error(403))


def test_a_wait_that_is_asked_for_is_said_and_kept() -> None:
    # Given a refusal with Retry-After; when it is named
    found = error(429, Retry_After="7")
    # Then its wait is known
    assert isinstance(found, RateLimitError)
    assert found.retry_after_seconds == 7
    assert "it asks for 7 s of patience" in str(found)


def test_a_refusal_without_a_wait_has_none() -> None:
    # Given a refusal without Retry-After; when it is named, then no wait is known
    found = error(429)
    assert isinstance(found, RateLimitError)
    assert found.retry_after_seconds is None


@pytest.mark.parametrize(("status", "retryable"), [(403, False), (499, False), (500, True)])
def test_only_a_failure_of_the_broker_is_worth_another_try(status: int, retryable: bool) -> None:
    # Given a status; when it is named, then it is known whether to ask again at once
    assert error(status).retryable is retryable
