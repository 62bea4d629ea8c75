"""Time that is moved: an event loop that never waits, and the clocks of a simulated machine.

Where an ordinary loop would sleep until its next timer, this one moves the time there. So ten
minutes take as long as the work in them, and the same work is done in the same order every time.
"""

from __future__ import annotations

import asyncio
import selectors
from datetime import datetime

from trading_bot.order_flow.market.units import NS_PER_SECOND, utc_from_ns


class MovedTime:
    """The market's time, and what one machine's clocks make of it.

    Args:
        start_ns: When the run begins, Unix nanoseconds.

    Attributes:
        start_ns: As given.
        steady: Seconds that the machine was awake: its steady clock, and its event loop's.
        slept: Seconds that it slept.
        off_ns: How far its wall clock was set away from the truth.
    """

    def __init__(self, start_ns: int) -> None:
        self.start_ns = start_ns
        self.steady = self.slept = 0.0
        self.off_ns = 0

    @property
    def true(self) -> float:
        """The market's seconds since the run began."""
        return self.steady + self.slept

    def steady_ns(self) -> int:
        """Return the steady clock in nanoseconds."""
        return round(self.steady * NS_PER_SECOND)

    def true_ns(self) -> int:
        """Return the market's time, Unix nanoseconds."""
        return self.start_ns + round(self.true * NS_PER_SECOND)

    def utc(self) -> datetime:
        """Return the machine's wall clock."""
        return utc_from_ns(self.true_ns() + self.off_ns)


class _Mover(selectors.SelectSelector):
    """Moves the time instead of waiting; nothing ever comes by a socket."""

    def __init__(self, time: MovedTime) -> None:
        super().__init__()
        self._time = time

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing is left that could happen")
        if timeout > 0:
            self._time.steady += timeout
        return []


class MovedLoop(asyncio.SelectorEventLoop):
    """An event loop on moved time.

    Args:
        time: Is moved.
    """

    def __init__(self, time: MovedTime) -> None:
        self._moved = time
        super().__init__(_Mover(time))

    def time(self) -> float:
        """Return the steady seconds of the machine."""
        return self._moved.steady
