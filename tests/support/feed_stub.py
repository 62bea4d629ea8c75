"""A source of positions that answers and tells what a test gives it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.position import Position
from trading_bot.positions.source import AccountFound, Hear, PositionsRead, PositionUpdate


class SteadyHand:
    """A steady clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> int:
        return int(self.seconds * NS_PER_SECOND)


def holding(*positions: Position, **unreadable: str) -> PositionsRead:
    """Return an answer that holds these."""
    return PositionsRead({each.symbol: each for each in positions}, unreadable)


class FeedStub:
    """Answers what it is given, the last of it again and again.

    Args:
        answers: Of each read: what it returns or raises; None hangs.
        ends: Of each connection: what it raises, or None to return, when `drop` is called.
        clock: Whose time of each read is noted.
    """

    name = "broker"

    def __init__(
        self,
        *answers: PositionsRead | Exception | None,
        ends: tuple[Exception | None, ...] | None = None,
        clock: SteadyHand | None = None,
    ) -> None:
        self._answers = list(answers)
        self._ends = None if ends is None else list(ends)
        self._clock = SteadyHand() if clock is None else clock
        self.read_at: list[float] = []
        self.connections = 0
        self.is_closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hear: Hear = lambda _: None
        self._drops = asyncio.Event()

    @property
    def has_updates(self) -> bool:
        return self._ends is not None

    def answer(self, *answers: PositionsRead | Exception | None) -> None:
        """Answer this from now on."""
        self._answers = list(answers)

    async def check(self) -> AccountFound:
        return AccountFound("...1234")

    async def read(self) -> PositionsRead:
        self.read_at.append(self._clock.seconds)
        answer = self._answers[0] if len(self._answers) == 1 else self._answers.pop(0)
        if answer is None:
            await asyncio.Event().wait()
        if isinstance(answer, PositionsRead):
            return answer
        assert isinstance(answer, Exception)
        raise answer

    async def follow(self, hear: Hear, opened: Callable[[], None]) -> None:
        assert self._ends is not None
        self._hear, self._loop = hear, asyncio.get_running_loop()
        self.connections += 1
        opened()
        await self._drops.wait()
        self._drops.clear()
        end = self._ends.pop(0)
        if end is not None:
            raise end

    def close(self) -> None:
        self.is_closed = True

    # From the test's thread.

    def tell(self, update: PositionUpdate) -> None:
        """Let the connection bring an update."""
        self._soon(self._hear, update)

    def drop(self) -> None:
        """End the connection."""
        self._soon(self._drops.set)

    def _soon(self, step: Callable[..., Any], *given: Any) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(step, *given)
