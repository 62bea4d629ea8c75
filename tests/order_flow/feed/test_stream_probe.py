"""While everything is polled, the stream is tried again each minute."""

from __future__ import annotations

import asyncio
import threading

from support.monitor_stubs import StubClient
from support.moved_seconds import MovedSeconds
from support.stream_runs import QUICK
from support.stream_stub import KEY, Client, StreamStub, stream_stub

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.feed.doubt.fallback import TRY_EVERY_NS
from trading_bot.order_flow.feed.stream_probe import StreamProbe
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.providers.polygon.provider import PolygonProvider

CONFIG = OrderFlowConfig(thresholds="fixed", polygon_api_key=KEY)
PATIENCE = 5.0


class Tried:
    """A probe of a stub's stream, whose clock is moved by hand."""

    def __init__(self, stub: StreamStub, *symbols: str) -> None:
        self.seconds = MovedSeconds()
        self.told = threading.Event()
        provider = PolygonProvider(CONFIG, StubClient(), url=stub.url, times=QUICK)
        self.probe = StreamProbe(
            provider,
            lambda: symbols,
            self.told.set,
            steady_ns=lambda: round(self.seconds() * NS_PER_SECOND),
            look_seconds=0.01,
        )
        self.probe.start()

    def minute(self) -> None:
        self.seconds.move(TRY_EVERY_NS / NS_PER_SECOND)


def test_a_stream_that_is_back_is_found_after_a_minute() -> None:
    # Given a probe of a stream that lets in
    async def run() -> tuple[bool, list[str]]:
        async with stream_stub() as stub:
            tried = Tried(stub, "ACME", "BOLT")
            # When a minute has passed
            early = bool(stub.clients)
            tried.minute()
            await asyncio.to_thread(tried.told.wait, PATIENCE)
            return early, stub.requests()

    early, requests = asyncio.run(run())
    # Then nothing was tried before it, and one symbol was asked for
    assert not early
    assert requests[:1] == ["T.ACME"]


def test_a_stream_that_refuses_still_is_tried_again() -> None:
    # Given a probe of a stream that refuses the key, and then no more
    async def run() -> tuple[bool, bool]:
        async with stream_stub() as stub:

            def refuse(client: Client, action: str, _params: str) -> bool:
                if action == "auth":
                    client.status("auth_failed", "no")
                return action == "auth"

            stub.scripts.append(refuse)
            tried = Tried(stub, "ACME")
            tried.minute()
            await stub.until(lambda: stub.clients and stub.clients[0].transport is None)
            refused = tried.told.is_set()
            # When another minute has passed
            tried.minute()
            found = await asyncio.to_thread(tried.told.wait, PATIENCE)
            return refused, found

    # Then it is found by the second attempt
    assert asyncio.run(run()) == (False, True)


def test_nothing_is_tried_while_nothing_is_held() -> None:
    # Given a probe without a symbol
    async def run() -> int:
        async with stream_stub() as stub:
            tried = Tried(stub)
            # When its minute is over, and it is closed
            tried.minute()
            tried.probe.close()
            await asyncio.to_thread(tried.probe._thread.join, PATIENCE)
            return len(stub.clients)

    # Then nobody was asked
    assert asyncio.run(run()) == 0


def test_an_attempt_ends_once_the_probe_is_closed() -> None:
    # Given a stream that does not answer
    async def run() -> bool:
        async with stream_stub() as stub:
            stub.greets = False
            tried = Tried(stub, "ACME")
            tried.minute()
            await stub.until(lambda: stub.clients)
            # When the probe is closed
            tried.probe.close()
            await asyncio.to_thread(tried.probe._thread.join, PATIENCE)
            return tried.probe._thread.is_alive()

    # Then its thread has ended
    assert asyncio.run(run()) is False


def test_an_attempt_has_its_patience() -> None:
    # Given a stream that does not answer
    async def run() -> tuple[bool, int]:
        async with stream_stub() as stub:
            stub.greets = False
            tried = Tried(stub, "ACME")
            tried.minute()
            await stub.until(lambda: stub.clients)
            # When ten seconds pass, and a minute
            tried.seconds.move(10)
            await stub.until(lambda: all(each.transport is None for each in stub.clients))
            stub.greets = True
            tried.minute()
            found = await asyncio.to_thread(tried.told.wait, PATIENCE)
            return found, len(stub.clients)

    # Then the next attempt is another one
    found, clients = asyncio.run(run())
    assert found
    assert clients >= 2


def test_before_its_minute_nothing_is_tried() -> None:
    # Given a probe that has just begun
    provider = PolygonProvider(CONFIG, StubClient(), url="ws://127.0.0.1:9/stocks", times=QUICK)
    probe = StreamProbe(provider, lambda: ("ACME",), lambda: None, look_seconds=60.0)
    probe.start()
    # When it looks whether an attempt is due, then none is
    assert probe._look() is False
    probe.close()
