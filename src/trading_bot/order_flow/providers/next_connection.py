"""When the next connection of a stream is made: a wait that can change while it lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from ..market.units import NS_PER_SECOND


class NextConnection:
    """Waits for the time of the next connection; made and used on one event loop.

    Args:
        now_ns: Nanoseconds of a clock that never runs backwards.
    """

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self._now_ns = now_ns
        self._at_ns = 0
        self._is_at_once = False
        self._is_off = False
        self._changed = asyncio.Event()

    def move_to(self, at_ns: int) -> None:
        """Let a wait end then; one that is not begun yet has a time of its own."""
        self._at_ns = at_ns
        self._changed.set()

    def hurry(self) -> None:
        """Cut a wait short, or leave out the one after the connection that is about to end."""
        self._is_at_once = True
        self.move_to(self._now_ns())

    def opened(self) -> None:
        """Take that a connection was made: it was hurried for no other."""
        self._is_at_once = False

    def call_off(self) -> None:
        """Let every wait end: there will be no other connection."""
        self._is_off = True
        self._changed.set()

    def plan(self, at_ns: int) -> float:
        """Set the time of a wait that begins now, unless it is to be left out.

        Returns:
            Its length in seconds.
        """
        now_ns = self._now_ns()
        self._at_ns = now_ns if self._is_at_once else at_ns
        self._is_at_once = False
        return max(0, self._at_ns - now_ns) / NS_PER_SECOND

    async def wait(self) -> None:
        """Return when the time has come, or all is called off."""
        while not self._is_off and (left_ns := self._at_ns - self._now_ns()) > 0:
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(left_ns / NS_PER_SECOND):
                    await self._changed.wait()
