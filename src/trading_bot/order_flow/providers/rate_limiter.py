"""No more requests than agreed, over all threads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from ..clock import monotonic_seconds
from ..retry import Wait


class RateLimiter:
    """Hands out turns so that no window of time sees more requests than agreed.

    At 5 a second, five turns are given at once and the sixth one second after the first. Below one
    a second, single turns are spaced. Turns are given in the order they are asked for.

    Args:
        per_second: Turns in a second, greater than 0.
        monotonic: Seconds that never run backwards.
        wait: Waits, and returns True when it was told to stop.
    """

    def __init__(
        self,
        per_second: float,
        *,
        monotonic: Callable[[], float] = monotonic_seconds,
        wait: Wait | None = None,
    ) -> None:
        at_once = max(1, int(per_second))
        self._window_seconds = at_once / per_second
        self._turns: deque[float] = deque(maxlen=at_once)
        self._monotonic = monotonic
        self._wait = wait or threading.Event().wait
        self._lock = threading.Lock()

    def take_turn(self, turns: int = 1, *, not_after: float | None = None) -> bool:
        """Wait for the next free turn and take it.

        Args:
            turns: How many to take together, for questions that belong together: the wait is for
                the last of them.
            not_after: A time of the monotonic clock; a later turn is not taken.

        Returns:
            True with a turn; False when it would come too late or the wait was told to stop.
        """
        with self._lock:
            present = self._monotonic()
            turn = self._next_turn(present)
            if not_after is not None and turn > not_after:
                return False
            self._turns.append(turn)
            for _ in range(turns - 1):
                turn = self._next_turn(turn)
                self._turns.append(turn)
        return turn <= present or not self._wait(turn - present)

    def _next_turn(self, earliest: float) -> float:
        if len(self._turns) < (self._turns.maxlen or 0):
            return earliest
        return max(earliest, self._turns[0] + self._window_seconds)
