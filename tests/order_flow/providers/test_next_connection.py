from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.providers.next_connection import NextConnection

HOUR_NS = 3_600 * NS_PER_SECOND


class HandNanoseconds:
    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        return self.now_ns


async def _turns() -> None:
    for _turn in range(10):
        await asyncio.sleep(0)


def waiting(change: Callable[[NextConnection], None]) -> bool:
    """Wait for an hour to be over, change that, and return whether the wait is over."""

    async def run() -> bool:
        following = NextConnection(HandNanoseconds())
        following.plan(HOUR_NS)
        task = asyncio.create_task(following.wait())
        await _turns()
        assert not task.done()
        change(following)
        await _turns()
        found = task.done()
        task.cancel()
        return found

    return asyncio.run(run())


@pytest.mark.parametrize(("at_ns", "over"), [(-1, True), (0, True), (1, False)])
def test_a_wait_may_be_moved(at_ns: int, over: bool) -> None:
    # Given a wait of an hour
    # When it is moved
    found = waiting(lambda following: following.move_to(at_ns * NS_PER_SECOND))
    # Then it is over when its time has come
    assert found is over


def test_a_wait_may_be_cut_short() -> None:
    # Given a wait of an hour
    # When it is hurried
    # Then it is over
    assert waiting(lambda following: following.hurry())


def test_a_wait_may_be_called_off() -> None:
    # Given a wait of an hour
    # When there will be no other connection
    # Then it is over
    assert waiting(lambda following: following.call_off())


def test_what_was_called_off_is_not_waited_for() -> None:
    # Given a stream that has ended for good
    async def run() -> None:
        following = NextConnection(HandNanoseconds())
        following.call_off()
        following.plan(HOUR_NS)
        # When a wait would begin
        # Then there is none
        await asyncio.wait_for(following.wait(), 5)

    asyncio.run(run())


def test_a_wait_ends_by_itself() -> None:
    # Given a wait of a millisecond
    async def run() -> int:
        clock = HandNanoseconds()
        following = NextConnection(clock)
        following.plan(NS_PER_SECOND // 1_000)
        # When the clock goes on beside it
        asyncio.get_running_loop().call_later(0.002, vars(clock).update, {"now_ns": HOUR_NS})
        await asyncio.wait_for(following.wait(), 5)
        return clock.now_ns

    # Then it ends, and not before
    assert asyncio.run(run()) == HOUR_NS


def test_a_connection_that_is_hurried_is_not_waited_for_once() -> None:
    # Given a connection that is to end for another at once
    following = NextConnection(HandNanoseconds())
    following.hurry()
    # When the waits after it are planned
    found = [following.plan(HOUR_NS), following.plan(HOUR_NS)]
    # Then the first one is left out
    assert found == [0.0, 3_600.0]


def test_a_connection_that_was_hurried_and_made_has_its_usual_wait_afterwards() -> None:
    # Given a wait that was cut short, and the connection that came of it
    following = NextConnection(HandNanoseconds())
    following.hurry()
    following.opened()
    # When the wait after it is planned
    found = following.plan(HOUR_NS)
    # Then it is whole
    assert found == 3_600.0


def test_a_time_that_is_past_is_no_wait() -> None:
    # Given a clock that has gone on
    clock = HandNanoseconds()
    clock.now_ns = HOUR_NS
    # When a wait is planned that should be over
    found = NextConnection(clock).plan(HOUR_NS - 1)
    # Then it has no length
    assert found == 0.0
