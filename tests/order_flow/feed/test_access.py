"""What is asked of a provider before a run: is the key good, is the plan, what time is it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from support.monitor_stubs import START_NS, Books, StubClient

from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.errors import DataSourceError, DataValidationError, OrderFlowError
from trading_bot.order_flow.feed.access import REFUSED, ask_plan, ask_time
from trading_bot.order_flow.providers.provider import FetchedTape, Provider


def provider(client: StubClient | None = None, **state: Any) -> Provider:
    return cast(Provider, SimpleNamespace(history=client, reference=SimpleNamespace(**state)))


def error(code: str) -> DataSourceError:
    return DataSourceError("no", code=code)


def raising(failure: Exception) -> Any:
    def ask(*_: object) -> Any:
        raise failure

    return ask


@pytest.mark.parametrize(("hours", "tells"), [(0, False), (-5_000, True), (1, True)])
def test_a_host_with_a_time_of_its_own_is_believed(hours: int, tells: bool) -> None:
    # Given a provider that keeps the machine's time, or another
    ahead = timedelta(hours=hours)

    def state() -> tuple[str, datetime]:
        return "open", utc_now() + ahead

    # When it is asked
    found = ask_time(provider(get_market_state=state))
    # Then only a time of its own counts
    assert found is not None
    assert abs(found - ahead) < timedelta(seconds=1)
    assert (found != timedelta(0)) is tells


@pytest.mark.parametrize("code", ["no_reference", "timeout", "server_error", "stopped"])
def test_a_provider_that_does_not_say_the_time_is_no_refusal(code: str) -> None:
    # Given a provider that does not answer
    # When it is asked for the time
    # Then nothing is known
    assert ask_time(provider(get_market_state=raising(error(code)))) is None


@pytest.mark.parametrize("code", sorted(REFUSED))
def test_a_refused_key_or_plan_is_raised(code: str) -> None:
    # Given a provider that refuses all that it is asked
    refused = provider(StubClient(raising(error(code))), get_market_state=raising(error(code)))
    # When it is asked for the time, or for what polling needs
    # Then its refusal is raised
    with pytest.raises(DataSourceError, match="no"):
        ask_time(refused)
    with pytest.raises(DataSourceError, match="no"):
        ask_plan(refused, "ACME", START_NS)


def books(answer: OrderFlowError) -> StubClient:
    def answered(symbols: Iterable[str]) -> Books:
        return dict.fromkeys(symbols, answer)

    return StubClient(books=answered)


def test_a_plan_that_is_refused_for_the_symbol_is_raised() -> None:
    # Given a plan whose quotes come late, which is known of each book
    # When it is asked
    # Then the refusal is raised
    with pytest.raises(DataSourceError, match="no"):
        ask_plan(provider(books(error("delayed_plan"))), "ACME", START_NS)


def test_a_plan_without_what_stands_beside_the_prints_is_raised() -> None:
    # Given a plan of prints alone
    client = StubClient(lambda *_: FetchedTape((), (), beside_error=error("plan_without_quotes")))
    # When it is asked
    # Then the refusal is raised
    with pytest.raises(DataSourceError, match="no"):
        ask_plan(provider(client), "ACME", START_NS)


@pytest.mark.parametrize("failure", [error("server_error"), DataValidationError("stale_snapshot")])
def test_whatever_else_goes_wrong_is_left_to_the_run(failure: OrderFlowError) -> None:
    # Given a provider that fails at the tape, or in a book
    # When it is asked for what polling needs
    # Then nothing is raised: the run will try again
    ask_plan(provider(StubClient(raising(failure))), "ACME", START_NS)
    ask_plan(provider(books(failure)), "ACME", START_NS)
