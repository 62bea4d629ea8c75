"""When a machine slept, and when polling tries the stream again; pure: every time is given."""

from __future__ import annotations

from typing import Final

from ...market.units import NS_PER_SECOND
from ...providers.supervision.actions import Action, Connect
from ...providers.supervision.stream_events import Slept

JUMP_NS: Final = 5 * NS_PER_SECOND
"""Clocks that run further than this between two ticks, or apart, did so while the machine slept."""
TRY_EVERY_NS: Final = 60 * NS_PER_SECOND


class SleepWatch:
    """Compares two clocks from tick to tick, about a second apart.

    A laptop's monotonic clock stands still while it sleeps, or does not; its wall clock never does.
    A wall clock that is set forward looks the same, which costs one reconnection.
    """

    __slots__ = ("_monotonic_ns", "_wall_ns")

    def __init__(self) -> None:
        self._wall_ns: int | None = None
        self._monotonic_ns = 0

    def tick(self, wall_ns: int, monotonic_ns: int) -> Slept | None:
        """Return how long the machine slept since the last tick; None where it did not.

        Args:
            wall_ns: Unix nanoseconds.
            monotonic_ns: Nanoseconds that never run backwards.
        """
        before_ns, passed_ns = self._wall_ns, monotonic_ns - self._monotonic_ns
        self._wall_ns, self._monotonic_ns = wall_ns, monotonic_ns
        if before_ns is None:
            return None
        wall_passed_ns = wall_ns - before_ns
        if min(wall_passed_ns, passed_ns) > JUMP_NS:
            # The monotonic clock has told the rest already.
            return Slept(max(wall_passed_ns - passed_ns, 0))
        ahead_ns = wall_passed_ns - passed_ns
        return Slept(ahead_ns) if ahead_ns > JUMP_NS else None


class PollingFallback:
    """Tries the stream again while everything is polled because there is none.

    | state | on | becomes | and |
    | --- | --- | --- | --- |
    | streaming | `stream_lost` | polling | |
    | polling | each 60 s | polling | asks for a connection |
    | polling | `stream_back` | streaming | |
    """

    __slots__ = ("_try_ns",)

    def __init__(self) -> None:
        self._try_ns: int | None = None

    @property
    def is_polling(self) -> bool:
        """True while there is no stream."""
        return self._try_ns is not None

    def stream_lost(self, now_ns: int) -> None:
        """Begin to poll; a stream that is lost already changes nothing."""
        if self._try_ns is None:
            self._try_ns = now_ns + TRY_EVERY_NS

    def stream_back(self) -> None:
        """Poll no longer: the stream is subscribed."""
        self._try_ns = None

    def tick(self, now_ns: int) -> tuple[Action, ...]:
        """Return `Connect` when the stream is to be tried again, once a minute."""
        if self._try_ns is None or now_ns < self._try_ns:
            return ()
        self._try_ns = now_ns + TRY_EVERY_NS
        return (Connect(),)
