"""How long to wait before connecting again, and when to give up; pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import random

from ..errors import DataSourceError


@dataclass(frozen=True, slots=True)
class StreamTimes:
    """The durations of a stream connection, in seconds.

    Attributes:
        connect: Longest wait for the connection and its handshake.
        answer: Longest wait for an answer to the key.
        ping_after: Silence after which a sign of life is asked for.
        dead_after: Silence after which the connection is taken for dead.
        first_wait: Wait before the first new attempt.
        longest_wait: Cap of the waits.
        settled_after: Time of full subscription after which the waits start small again.
    """

    connect: float = 10.0
    answer: float = 10.0
    ping_after: float = 2.0
    dead_after: float = 8.0
    first_wait: float = 0.5
    longest_wait: float = 30.0
    settled_after: float = 30.0


class BackOff:
    """Waits that double up to a cap, with jitter so that many clients do not come back at once.

    Only a connection that stayed fully subscribed for a while makes them small again. Being let in
    proves nothing: a server that cuts this client off lets it in every time.

    Args:
        times: First wait and cap.
        draw: A number from 0 to 1.
    """

    __slots__ = ("_draw", "_failures", "_times")

    def __init__(self, times: StreamTimes, draw: Callable[[], float] = random) -> None:
        self._times = times
        self._draw = draw
        self._failures = 0

    def settled(self) -> None:
        """Begin with the first wait again."""
        self._failures = 0

    def next_wait(self) -> float:
        """Return the seconds to wait before the next attempt."""
        # 2 ** 40 of any first wait is beyond every cap, and still a number.
        wait = self._times.first_wait * 2.0 ** min(self._failures, 40)
        self._failures += 1
        return min(wait, self._times.longest_wait) * (0.5 + self._draw() / 2)


class Patience:
    """Bounds the time in which nothing could be subscribed from the beginning.

    Args:
        seconds: How long; None tries on, for a caller who has no other way to watch.
    """

    __slots__ = ("_seconds", "_until")

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._until: float | None = None

    def begin(self, now: float) -> None:
        """Count from now on, monotonic seconds."""
        self._until = None if self._seconds is None else now + self._seconds

    def end(self) -> None:
        """Stop counting: it was subscribed."""
        self._until = None

    def exhausted(self, now: float) -> float | None:
        """Return, once, how many seconds it lasted when it is over; else None."""
        if self._until is None or now < self._until:
            return None
        self._until = None
        return self._seconds


def never_subscribed(address: str, seconds: float, problem: str | None) -> DataSourceError:
    """Return the error of a stream that could not be subscribed from the beginning.

    Args:
        address: Where it connects to.
        seconds: How long it was tried.
        problem: What kept it from it, in one word.
    """
    return DataSourceError(
        f"{address} could not be subscribed for {seconds:g} s ({problem}); "
        "check the network and any firewall",
        code="no_stream",
    )
