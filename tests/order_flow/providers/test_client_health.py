"""What is remembered of the last questions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.client_health import ClientHealth, HealthRecord

NOW = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)
DOWN = DataSourceError("it is down", code="server_error")


def record() -> HealthRecord:
    return HealthRecord(lambda: NOW)


def test_nothing_is_known_before_the_first_question() -> None:
    # Given a fresh record
    fresh = record()
    # When it is asked, then it says so
    assert (fresh.facts(), fresh.word()) == (ClientHealth(), "untried")


def test_failures_are_counted_until_an_answer_comes() -> None:
    # Given two failures
    health = record()
    health.failed(DOWN)
    health.failed(DOWN)
    # When it is asked, then the last one is told
    expected = ClientHealth(None, NOW, "server_error", "it is down", 2)
    assert (health.facts(), health.word()) == (expected, "server_error")


def test_an_answer_ends_the_failure_but_not_its_memory() -> None:
    # Given a failure and an answer
    health = record()
    health.failed(DOWN)
    health.answered()
    # When it is asked, then all is well and the failure is remembered
    expected = ClientHealth(NOW, NOW, "server_error", "it is down", 0)
    assert (health.facts(), health.word()) == (expected, "ok")


@pytest.mark.parametrize("code", ["no_data", "not_found", "extra_not_in_plan"])
def test_an_error_of_one_symbol_says_nothing_against_the_connection(code: str) -> None:
    # Given an answer that has nothing for one symbol, or for a page that is not needed
    health = record()
    health.failed(DataSourceError("nothing here", code=code))
    # When it is asked, then the host answers
    assert (health.facts(), health.word()) == (ClientHealth(last_success_utc=NOW), "ok")
