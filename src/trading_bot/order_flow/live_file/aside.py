"""Lets who judges go first: a line of many symbols must not hold the interpreter for long."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from ..clock import monotonic_ns

HELD_NS: Final = 1_000_000
"""How long the interpreter is held at most. To let go of it more often would hold up more: who has
to wait for it once is woken late, however short the wait."""
ASIDE_SECONDS: Final = 0.000_2
"""How long others have it then; to be woken takes some of it."""


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
        # After a pause of its own there is no need to.
        if held_ns < 10 * HELD_NS:
            self._wait(ASIDE_SECONDS)
            now_ns = self._steady_ns()
        self._since_ns = now_ns
