"""Lets who judges go first: a line of many symbols must not hold the interpreter for long."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from ..clock import monotonic_ns

HELD_NS: Final = 200_000
"""How long the interpreter is held: a part of what it takes from bytes to the line of an alert."""
ASIDE_SECONDS: Final = 0.000_5
"""How long others have it then: mostly an alert is written within, and not held up twice."""
PAUSE_NS: Final = 10_000_000
"""After so long it was not held: the pause between two lines was its own."""


class StepsAside:
    """Steps aside now and then; called after each piece of work.

    Args:
        steady_ns: Nanoseconds of a clock that is never set.
        wait: Lets others go first for so many seconds.
    """

    def __init__(
        self,
        *,
        steady_ns: Callable[[], int] = monotonic_ns,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._steady_ns = steady_ns
        self._wait = wait or threading.Event().wait
        self._since_ns = 0

    def __call__(self) -> None:
        """Step aside, where the interpreter was held long enough."""
        now_ns = self._steady_ns()
        held_ns = now_ns - self._since_ns
        if held_ns < HELD_NS:
            return
        if held_ns < PAUSE_NS:
            self._wait(ASIDE_SECONDS)
            now_ns = self._steady_ns()
        self._since_ns = now_ns
