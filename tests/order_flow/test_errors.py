"""The errors that every part shares."""

from __future__ import annotations

import pytest

from trading_bot.order_flow.errors import (
    DataSourceError,
    DataValidationError,
    OrderFlowError,
    RateLimitError,
)


def test_a_rate_limit_is_a_source_error_that_may_pass() -> None:
    # Given a rate limit
    error = RateLimitError("slow", retry_after_seconds=3.0)
    # When it is looked at, then it is a source error of status 429
    facts = (error.code, error.status, error.retryable, error.retry_after_seconds, str(error))
    assert facts == ("rate_limited", 429, True, 3.0, "slow")
    assert isinstance(error, DataSourceError)


def test_a_source_error_lasts_unless_it_says_otherwise() -> None:
    # Given an error with its words only
    error = DataSourceError("nothing came")
    # When it is looked at, then trying again is not proposed
    assert (error.code, error.status, error.retryable) == ("no_answer", None, False)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (DataValidationError("stale", symbol="AAPL", age=31.0), "stale: AAPL (age=31.0)"),
        (DataValidationError("no_rows"), "no_rows: no symbol"),
    ],
)
def test_a_validation_error_shows_code_symbol_and_facts(
    error: DataValidationError, words: str
) -> None:
    # Given a validation error
    # When it is shown, then everything to act on is there
    assert str(error) == words
    assert isinstance(error, OrderFlowError)
