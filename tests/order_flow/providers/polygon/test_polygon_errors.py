"""Each refusal has a name and says how to mend it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.polygon.errors import (
    check_status,
    error_from_answer,
    missing_key,
    rate_limit_error,
)

NOW = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)


def test_a_missing_key_names_both_variables() -> None:
    # Given a configuration without a key
    # When its error is made
    error = missing_key()
    # Then it names what may be set
    assert error.code == "missing_key"
    assert "MASSIVE_API_KEY or POLYGON_API_KEY" in str(error)


@pytest.mark.parametrize(
    ("status", "path", "code", "retryable", "words"),
    [
        (401, "/v3/trades/A", "wrong_key", False, "check MASSIVE_API_KEY or POLYGON_API_KEY"),
        (403, "/v3/trades/A", "plan_without_trades", False, "your plan has no trades"),
        (403, "/v3/quotes/A", "plan_without_quotes", False, "your plan has no quotes"),
        (403, "/v2/last/nbbo/A", "plan_without_quotes", False, "your plan has no quotes"),
        (403, "/v2/snapshot/x", "plan", False, "your plan has no snapshots"),
        (403, "/v2/reference/news", "extra_not_in_plan", False, "protection works without it"),
        (404, "/v2/snapshot/x", "not_found", False, "the symbol is unknown"),
        (500, "/v3/trades/A", "server_error", True, "wait for it"),
        (504, "/v3/trades/A", "server_error", True, "(504)"),
        (301, "/v3/trades/A", "redirected", False, "ORDER_FLOW_BASE_URL"),
        (400, "/v3/trades/A", "bad_request", False, "refused /v3/trades/A (400)"),
        (418, "/v3/trades/A", "bad_request", False, "(418)"),
    ],
)
def test_an_http_status_becomes_a_named_error(
    status: int, path: str, code: str, retryable: bool, words: str
) -> None:
    # Given an answer with that status and no body
    # When it is named
    error = error_from_answer(status, b"", path)
    # Then name, status and words fit
    assert (error.code, error.status, error.retryable) == (code, status, retryable)
    assert words in str(error)


@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        (b'{"error": "Unknown API Key"}', ": 'Unknown API Key'"),
        (b'{"message": "upgrade"}', ": 'upgrade'"),
        (b'{"error": "", "message": ["no"]}', None),
        (b'["error"]', None),
        (b"<html>", None),
        (b'{"error": "\xff"}', None),
    ],
)
def test_the_providers_own_words_are_quoted_where_there_are_any(
    body: bytes, quoted: str | None
) -> None:
    # Given a refusal's body
    # When it is named
    text = str(error_from_answer(401, body, "/x"))
    # Then the words stand in it, or nothing does
    expected = "(401); check" if quoted is None else f"(401){quoted}; check"
    assert expected in text


def test_long_words_are_cut() -> None:
    # Given a refusal with 201 letters
    # When it is named, then 200 are quoted
    text = str(error_from_answer(400, b'{"error": "%s"}' % (b"x" * 201), "/y"))
    assert text.count("x") == 200


@pytest.mark.parametrize(
    ("headers", "seconds", "words"),
    [
        ({}, None, "for your plan (429); lower ORDER_FLOW_REQUESTS_PER_SECOND"),
        ({"Retry-After": "7"}, 7.0, "(429), it asks for 7 s of patience; lower"),
    ],
)
def test_a_rate_limit_carries_the_providers_wish(
    headers: dict[str, str], seconds: float | None, words: str
) -> None:
    # Given a 429
    # When it is named
    error = rate_limit_error(headers, NOW)
    # Then the wish is there and it may be tried again
    assert (error.retry_after_seconds, error.retryable) == (seconds, True)
    assert words in str(error)


@pytest.mark.parametrize("body", [{"status": "OK"}, {}, {"status": None}])
def test_a_good_status_word_passes(body: dict[str, object]) -> None:
    # Given an answer that says OK, or nothing
    # When its word is read, then nothing is raised
    check_status(body, "trades")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("DELAYED", "delayed_plan"),
        ("NotFound", "no_data"),
        ("NOT_FOUND", "no_data"),
        ("NOT_AUTHORIZED", "plan"),
        ("ERROR", "bad_request"),
        ("MAINTENANCE", "unknown_status"),
        (["OK"], "unknown_status"),
    ],
)
def test_any_other_status_word_refuses(status: object, code: str) -> None:
    # Given another word
    # When it is read, then it is refused by name
    with pytest.raises(DataSourceError) as caught:
        check_status({"status": status, "message": "why"}, "trades")
    assert caught.value.code == code
