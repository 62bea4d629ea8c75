"""`OrderFlowMonitor` in stream mode: how it runs, falls back and ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from support.monitor_stubs import START_NS, HandClock, Holdings, StubClient, position
from support.stream_stub import KEY, StreamStub, stream_stub

from trading_bot.order_flow import monitor as monitor_module
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.feed.frame_queue import DEFAULT_LIMIT_BYTES
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import GuardState, MonitorEvent
from trading_bot.order_flow.providers.provider import Provider
from trading_bot.order_flow.threads.watch import Threads

START_MS = START_NS // 1_000_000
SALE = {"ev": "T", "sym": "ACME", "t": START_MS + 9, "p": 100.0, "s": 12_000, "q": 2, "i": "2"}
QUOTE = {
    "ev": "Q",
    "sym": "ACME",
    "t": START_MS,
    "bp": 100.0,
    "bs": 500,
    "ap": 100.01,
    "as": 500,
    "q": 1,
}


def monitor(stub: StreamStub) -> OrderFlowMonitor:
    return OrderFlowMonitor(
        OrderFlowConfig(
            thresholds="fixed",
            polygon_api_key=KEY,
            base_url=stub.url.replace("ws:", "http:").removesuffix("/stocks"),
        ),
        position_manager=Holdings(position()),
        client=StubClient(),
        log_directory=None,
        clock=HandClock(),
    )


def beside(test: Callable[[StreamStub, OrderFlowMonitor], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with stream_stub() as stub:
            return await test(stub, monitor(stub))

    return asyncio.run(run())


@pytest.mark.slow  # its first events wait ten seconds for a history that stands still
def test_it_streams_on_the_loop_of_its_host() -> None:
    # Given a host with an event loop
    async def test(stub: StreamStub, found: OrderFlowMonitor) -> object:
        feed = found.events()
        running = asyncio.create_task(found.run_async())
        await stub.until(lambda: stub.clients and len(stub.newest.asked) == 4)
        # When a large seller comes
        stub.newest.send([QUOTE, SALE])
        event = await anext(each async for each in feed if isinstance(each, OrderFlowAlert))
        found.stop()
        await running
        return event

    # Then the host reads the alert
    event = beside(test)
    assert isinstance(event, OrderFlowAlert)
    assert (event.source, event.order_size) == ("aggressive_sell", 12_000)


def test_it_streams_in_a_thread() -> None:
    # Given a host without an event loop
    async def test(stub: StreamStub, found: OrderFlowMonitor) -> int:
        thread = threading.Thread(target=lambda: found.run(mode="stream"))
        thread.start()
        await stub.until(lambda: stub.clients and len(stub.newest.asked) == 4)
        # When it is stopped from another thread
        found.stop()
        await asyncio.to_thread(thread.join, 5)
        return threading.active_count() if thread.is_alive() else 0

    # Then the run ends
    assert beside(test) == 0


def refusing(stub: StreamStub) -> None:
    stub.refused = ("T.",)


def test_a_refused_stream_raises_where_polling_was_not_allowed() -> None:
    # Given a plan without prints on the stream
    async def test(stub: StreamStub, found: OrderFlowMonitor) -> None:
        refusing(stub)
        # When it is streamed in a thread, and on the host's loop
        with pytest.raises(DataSourceError, match="no stream of trades"):
            await asyncio.to_thread(found.run, mode="stream")
        with pytest.raises(DataSourceError, match="no stream of trades"):
            await found.run_async()

    # Then both ways name the error
    beside(test)


def test_a_refused_stream_falls_back_to_polling_where_that_is_allowed() -> None:
    # Given a plan without prints on the stream
    async def test(stub: StreamStub, found: OrderFlowMonitor) -> list[str]:
        refusing(stub)
        refusals: list[str] = []
        client = found.client
        assert isinstance(client, StubClient)
        run = asyncio.create_task(
            asyncio.to_thread(
                found.run,
                10.0,
                mode="stream",
                on_refused=lambda error: refusals.append(error.code),
            )
        )
        # When polling has begun
        await stub.until(lambda: client.books_asked)
        found.stop()
        await run
        return refusals

    # Then the host was told why, and snapshots are asked for
    assert beside(test) == ["plan_without_trades"]


def test_a_stream_that_is_refused_on_the_loop_of_its_host_is_polled_in_a_thread() -> None:
    # Given a plan without prints on the stream
    async def test(stub: StreamStub, found: OrderFlowMonitor) -> tuple[list[str], bool]:
        refusing(stub)
        refusals: list[str] = []
        client = found.client
        assert isinstance(client, StubClient)
        running = asyncio.create_task(
            found.run_async(10.0, on_refused=lambda error: refusals.append(error.code))
        )
        # When polling has begun, and the host stops it
        await stub.until(lambda: client.books_asked)
        found.stop()
        await running
        return refusals, running.done()

    # Then the host was told why, and the run has ended
    assert beside(test) == (["plan_without_trades"], True)


@pytest.mark.parametrize("on_loop", [False, True], ids=["thread", "event loop"])
def test_everything_that_the_provider_streams_is_judged_where_that_is_asked_for(
    on_loop: bool,
) -> None:
    # Given a position in ACME, and a stream of everything
    async def test(stub: StreamStub, found: OrderFlowMonitor) -> object:
        feed = found.events()
        running = asyncio.create_task(
            found.run_async(everything=True)
            if on_loop
            else asyncio.to_thread(found.run, mode="stream", everything=True)
        )
        await stub.until(lambda: stub.clients and len(stub.newest.asked) == 4)
        # When a large seller comes in a symbol that is not held
        stub.newest.send([QUOTE | {"sym": "BOLT"}, SALE | {"sym": "BOLT"}])
        event = await anext(each async for each in feed if isinstance(each, OrderFlowAlert))
        symbols = set(found.symbols)
        found.stop()
        await running
        return stub.newest.asked[1:], event.symbol, symbols, found.protected

    # Then it is told of, and the position is the only one that is protected
    assert beside(test) == (
        [("subscribe", f"{kind}.*") for kind in ("T", "Q", "LULD")],
        "BOLT",
        {"ACME", "BOLT"},
        ("ACME",),
    )


def test_polling_cannot_watch_everything() -> None:
    # Given a monitor
    found = OrderFlowMonitor(
        OrderFlowConfig(thresholds="fixed"),
        position_manager=Holdings(),
        client=StubClient(),
        log_directory=None,
    )
    # When it is to poll everything
    # Then that is refused
    with pytest.raises(ValueError, match="everything needs mode='stream'"):
        found.run(0.1, mode="poll", everything=True)
    with pytest.raises(ValueError, match="everything needs mode='stream'"):
        asyncio.run(found.run_async(0.1, mode="poll", everything=True))


def test_everything_cannot_be_asked_of_a_provider_that_does_not_stream_it() -> None:
    # Given a provider that streams named symbols only
    found = OrderFlowMonitor(
        OrderFlowConfig(thresholds="fixed"),
        position_manager=Holdings(),
        client=StubClient(),
        log_directory=None,
    )
    found.provider.capabilities = replace(found.provider.capabilities, wildcard=False)
    # When it is to stream everything, in a thread and on the host's loop
    # Then both are refused before anything is asked
    with pytest.raises(ValueError, match="polygon cannot stream every symbol"):
        found.run(0.1, mode="stream", everything=True)
    with pytest.raises(ValueError, match="polygon cannot stream every symbol"):
        asyncio.run(found.run_async(0.1, everything=True))


class FoundOnceAsked:
    """A probe that finds the stream once the answers of a poll are there."""

    def __init__(
        self,
        provider: Provider,
        symbols: Callable[[], tuple[str, ...]],
        on_found: Callable[[], None],
        *,
        threads: Threads,
    ) -> None:
        threads.watched("trying the stream", 30.0).rest()
        self.found = threading.Event()
        self._on_found = on_found
        self._symbols = symbols

    def start(self) -> None:
        def find() -> None:
            while not self._symbols():
                continue
            self.found.set()
            self._on_found()

        threading.Thread(target=find, daemon=True).start()

    def close(self) -> None:
        """Nothing is kept."""


@pytest.mark.parametrize("on_loop", [False, True], ids=["thread", "event loop"])
def test_a_stream_that_is_back_is_streamed_again(
    monkeypatch: pytest.MonkeyPatch, *, on_loop: bool
) -> None:
    # Given a plan without prints on the stream, and a probe that finds it changed
    monkeypatch.setattr(monitor_module, "StreamProbe", FoundOnceAsked)

    async def test(stub: StreamStub, found: OrderFlowMonitor) -> tuple[list[str], list[str]]:
        refusing(stub)
        refusals: list[str] = []
        told: list[MonitorEvent] = []
        found.add_listener(told.append)

        def note(error: DataSourceError) -> None:
            refusals.append(error.code)
            stub.refused = ()

        if on_loop:
            running = asyncio.ensure_future(found.run_async(30.0, on_refused=note))
        else:
            running = asyncio.ensure_future(
                asyncio.to_thread(found.run, 30.0, mode="stream", on_refused=note)
            )
        # When it polls instead
        await stub.until(lambda: refusals)
        await stub.until(lambda: "Q.ACME" in ",".join(stub.requests()))
        found.stop()
        await running
        return refusals, [each.reason for each in told if isinstance(each, GuardState)]

    # Then everybody is told that it is there again, and it is subscribed
    refusals, said = beside(test)
    assert refusals == ["plan_without_trades"]
    assert "the stream is there again: streaming from now on" in said


def test_it_says_whether_it_runs_and_what_waits_to_be_judged() -> None:
    # Given a monitor that was not run yet
    async def test(stub: StreamStub, found: OrderFlowMonitor) -> list[object]:
        said: list[object] = [found.is_running, found.queue_health()]
        running = asyncio.create_task(found.run_async())
        # When it streams, and when it has ended
        await stub.until(lambda: stub.clients and len(stub.newest.asked) == 4)
        queue = found.queue_health()
        said += [found.is_running, queue is not None and queue.limit_bytes]
        found.stop()
        await running
        return [*said, found.is_running, found.queue_health()]

    # Then it runs and has a queue in between only
    assert beside(test) == [False, None, True, DEFAULT_LIMIT_BYTES, False, None]
