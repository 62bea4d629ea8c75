"""A host's risk manager: what it is told, and what becomes of what it raises."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from support.monitor_stubs import START, large_seller

from trading_bot.order_flow import diagnostics
from trading_bot.order_flow.notices import GuardState
from trading_bot.order_flow.telling.risk_manager import METHODS, RiskManagerOutlet

Failures = list[tuple[str | None, str]]


def outlet(failures: Failures, **methods: Any) -> RiskManagerOutlet:
    return RiskManagerOutlet(
        SimpleNamespace(**methods), lambda symbol, why: failures.append((symbol, why))
    )


async def later(_: object) -> None:
    """Do nothing, asynchronously."""


@pytest.mark.parametrize("name", METHODS)
def test_an_asynchronous_method_is_refused_when_the_guard_is_made(name: str) -> None:
    # Given a risk manager with an asynchronous method
    # When it is to be told
    # Then that is refused with another way
    with pytest.raises(ValueError, match=f"{name} is asynchronous, and nobody would await it"):
        outlet([], **{name: later})


def test_what_cannot_be_called_is_refused() -> None:
    # Given an attribute in the place of a method
    # When it is to be told
    # Then it is refused
    with pytest.raises(ValueError, match=r"risk_manager\.on_guard_state must be a method"):
        outlet([], on_guard_state=7)


def test_a_method_that_returns_a_coroutine_has_done_nothing_and_that_is_told() -> None:
    # Given a plain method that only begins something, by a coroutine or by a future
    failures: Failures = []
    begin: Callable[[object], object] = lambda event: later(event)  # noqa: E731, PLW0108 - plain
    loop = asyncio.new_event_loop()
    future = loop.create_future()
    # When it is told of an alert
    outlet(failures, on_order_flow_alert=begin)(large_seller())
    outlet(failures, on_order_flow_alert=lambda _: future)(large_seller())
    loop.close()
    # Then that is a failure, and the coroutine is not left unawaited
    assert failures == [("ACME", "on_order_flow_alert returned an awaitable: nothing was done")] * 2


def test_a_failure_at_its_own_failure_is_not_told_for_ever() -> None:
    # Given a risk manager that fails at every state
    failures: Failures = []

    def fail(state: GuardState) -> None:
        raise ValueError(state.kind)

    found = outlet(failures, on_guard_state=fail)
    # When it is told of a state, and of its own failure
    for kind in ("blind", "risk_manager_failed"):
        found(GuardState(kind, "ACME", "", START))
    # Then the second is passed over
    assert failures == [("ACME", "on_guard_state raised ValueError: blind")]


def test_a_secret_in_what_it_raises_is_blanked() -> None:
    # Given a secret, and a risk manager that repeats it
    diagnostics.hide("hunter2hunter2")
    failures: Failures = []

    def fail(_: object) -> None:
        raise ValueError("hunter2hunter2 " + "x" * 1_000)

    # When it fails
    outlet(failures, on_order_flow_alert=fail)(large_seller())
    # Then its words are blanked and cut
    ((_, words),) = failures
    assert words.startswith("on_order_flow_alert raised ValueError: *** xxx")
    assert len(words) == 200
