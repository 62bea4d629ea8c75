"""One attempt of a stream: let in, refused, without an answer, or broken off."""

from __future__ import annotations

import asyncio

from support.monitor_stubs import StubClient
from support.stream_runs import QUICK
from support.stream_stub import KEY, Client, StreamStub, stream_stub

from trading_bot.order_flow.clock import monotonic_ns
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.feed.stream_attempt import Attempt, attempt_stream
from trading_bot.order_flow.providers.polygon.provider import PolygonProvider

CONFIG = OrderFlowConfig(thresholds="fixed", polygon_api_key=KEY)


async def attempt(
    stub: StreamStub, *, patience_seconds: float = 5.0, is_over: bool = False
) -> Attempt:
    return await attempt_stream(
        PolygonProvider(CONFIG, StubClient(), url=stub.url, times=QUICK),
        "ACME",
        steady_ns=monotonic_ns,
        is_over=lambda: is_over,
        patience_seconds=patience_seconds,
    )


def test_a_symbol_that_is_let_in_is_subscribed_and_hung_up() -> None:
    # Given a stream that lets in
    async def run() -> tuple[Attempt, list[str]]:
        async with stream_stub() as stub:
            # When one symbol is tried
            found = await attempt(stub)
            await stub.until(lambda: all(each.transport is None for each in stub.clients))
            return found, stub.requests()

    # Then it was subscribed, and the connection is over
    found, requests = asyncio.run(run())
    assert found == Attempt(is_subscribed=True)
    assert requests[:1] == ["T.ACME"]


def test_a_refusal_is_kept() -> None:
    # Given a stream whose plan has none
    async def run() -> Attempt:
        async with stream_stub() as stub:

            def refuse(client: Client, action: str, _params: str) -> bool:
                if action == "auth":
                    client.status("auth_failed", "your plan has no websocket")
                return action == "auth"

            stub.scripts += [refuse] * 9
            # When a symbol is tried
            return await attempt(stub)

    # Then it is said why
    found = asyncio.run(run())
    assert not found.is_subscribed
    assert found.refusal is not None
    assert found.refusal.code == "plan_without_stream"


def test_what_does_not_answer_has_no_refusal_and_a_word() -> None:
    # Given a stream that never greets
    async def run() -> Attempt:
        async with stream_stub() as stub:
            stub.greets = False
            # When a symbol is tried for a moment
            return await attempt(stub, patience_seconds=0.2)

    # Then it was not let in
    found = asyncio.run(run())
    assert not found.is_subscribed
    assert found.problem is not None


def test_an_attempt_that_is_over_before_it_began_asks_nobody() -> None:
    # Given a caller who has no time
    async def run() -> tuple[Attempt, int]:
        async with stream_stub() as stub:
            # When a symbol is tried
            return await attempt(stub, is_over=True), len(stub.clients)

    # Then nobody was connected to
    assert asyncio.run(run()) == (Attempt(is_subscribed=False, problem="connecting"), 0)
