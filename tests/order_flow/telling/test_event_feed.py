"""Events for an event loop: in order, bounded, and the judging thread never waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from support.monitor_stubs import HandClock, Holdings, StubClient, large_seller

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.rules.signals import Signal
from trading_bot.order_flow.telling.event_feed import EventFeed


def monitor() -> OrderFlowMonitor:
    return OrderFlowMonitor(
        OrderFlowConfig(thresholds="fixed"),
        position_manager=Holdings(),
        client=StubClient(),
        log_directory=None,
        clock=HandClock(),
    )


def publish(found: OrderFlowMonitor, *seconds: float) -> None:
    for each in seconds:
        found.judge.publisher.publish_signal(
            Signal.of(large_seller(each)), received_ns=None, price_ticks=None
        )


def reading(test: Callable[[OrderFlowMonitor], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with asyncio.timeout(5):
            return await test(monitor())

    return asyncio.run(run())


def test_events_of_another_thread_are_iterated_in_order() -> None:
    # Given a reader
    async def test(found: OrderFlowMonitor) -> Sequence[object]:
        feed = found.events()
        # When a judging thread publishes two alerts
        thread = threading.Thread(target=publish, args=(found, 1, 2))
        thread.start()
        read = [await anext(feed), await anext(feed)]
        thread.join()
        return read

    # Then the reader has both
    assert reading(test) == [large_seller(1), large_seller(2)]


def test_the_iteration_ends_with_its_closing_after_what_waits() -> None:
    # Given a waiting event
    async def test(found: OrderFlowMonitor) -> Sequence[object]:
        feed = found.events()
        publish(found, 1)
        await asyncio.sleep(0)
        # When the feed is closed, and another event comes
        feed.close()
        publish(found, 2)
        return [event async for event in feed]

    # Then only the first is read
    assert reading(test) == [large_seller(1)]


def test_closing_wakes_a_waiting_reader() -> None:
    # Given a reader that waits
    async def test(found: OrderFlowMonitor) -> Sequence[object]:
        feed = found.events()

        async def read() -> Sequence[object]:
            return [event async for event in feed]

        waiting = asyncio.create_task(read())
        await asyncio.sleep(0)
        # When the feed is closed
        feed.close()
        return await waiting

    # Then it ends
    assert reading(test) == []


def test_a_slow_reader_loses_the_oldest_and_knows_how_many() -> None:
    # Given room for two events
    async def test(found: OrderFlowMonitor) -> tuple[Sequence[object], int]:
        feed = found.events(limit=2)
        # When five come before the reader looks
        publish(found, 1, 2, 3, 4, 5)
        await asyncio.sleep(0)
        feed.close()
        return [event async for event in feed], feed.dropped

    # Then the newest two are there, behind a word of the three that were lost
    (loss, *rest), dropped = reading(test)
    assert (loss.kind, loss.reason.partition(";")[0]) == (
        "events_lost",
        "3 events lost: 3 alerts",
    )
    assert (rest, dropped) == ([large_seller(4), large_seller(5)], 3)


def test_however_many_events_come_a_hung_loop_is_woken_once() -> None:
    # Given a reader whose loop does something else
    async def test(found: OrderFlowMonitor) -> tuple[int, Sequence[object]]:
        feed = found.events()
        loop = asyncio.get_running_loop()
        asked: list[object] = []
        ask = loop.call_soon_threadsafe

        def note(*arguments: Any) -> Any:
            asked.append(arguments)
            return ask(*arguments)

        loop.call_soon_threadsafe = note  # type: ignore[method-assign, assignment]
        # When three events come before it looks, and one after
        publish(found, 1, 2, 3)
        woken = len(asked)
        read = [await anext(feed), await anext(feed), await anext(feed)]
        await asyncio.sleep(0)
        publish(found, 4)
        read.append(await anext(feed))
        return woken, read

    # Then it is woken once, and reads all
    assert reading(test) == (1, [large_seller(each) for each in (1, 2, 3, 4)])


def test_an_event_after_the_readers_loop_has_ended_is_dropped() -> None:
    # Given a feed whose loop has ended
    found = monitor()

    async def make() -> EventFeed:
        return found.events()

    asyncio.run(make())
    # When alerts are published
    publish(found, 1, 2)
    # Then no listener fails, and nothing waits for who will not read
    assert found.judge.publisher.counts["listener_failed"] == 0
    assert found.telling.health() == {"failed": 0, "lost": 0, "waiting": 0}
