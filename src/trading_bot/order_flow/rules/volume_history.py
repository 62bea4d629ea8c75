"""Shares per minute and symbol, as the tape showed them, and minutes that a caller states; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ..calendar import session_at
from ..market.units import NS_PER_SECOND

MINUTES_KEPT: Final = 12
"""Finished minutes kept of a symbol: more than twice what a baseline takes."""
_NS_PER_MINUTE: Final = 60 * NS_PER_SECOND


class VolumeHistory(Mapping[str, tuple[int, ...]]):
    """The finished minutes of each symbol, oldest first, at most twelve: shares in a minute.

    `history["AAPL"]` holds clock minutes of regular sessions; one without a print is 0. They are
    filled as a tape is judged, and read by people: a burst is measured by rolling seconds, which
    minutes of the clock cannot give.

    Who knows the usual volume states it, and that replaces the computed baseline of the calls that
    follow: `append` and `extend` for every symbol, `state` for one, `clear` to take it back. The
    mean of the last five minutes counts; fewer than three are no history, and no alert.

    Threads: one thread fills it, any thread may read it at any time.
    """

    def __init__(self, stated: Iterable[int] = ()) -> None:
        # Replaced, never changed: whoever reads keeps what was there.
        self._minutes: dict[str, tuple[int, ...]] = {}
        self._stated: dict[str | None, tuple[int, ...]] = {}
        # The minute that runs: its number since 1970, and its shares.
        self._running: dict[str, tuple[int, int]] = {}
        self.extend(stated)

    def __getitem__(self, symbol: str) -> tuple[int, ...]:
        return self._minutes[symbol]

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._minutes))

    def __len__(self) -> int:
        return len(self._minutes)

    def append(self, shares: int) -> None:
        """State one more minute of every symbol's usual volume."""
        self.extend((shares,))

    def extend(self, minutes: Iterable[int]) -> None:
        """State more minutes of every symbol's usual volume, oldest first."""
        self._state(None, (*self._stated.get(None, ()), *minutes))

    def state(self, symbol: str, minutes: Iterable[int]) -> None:
        """State the minutes of one symbol's usual volume, oldest first; none takes them back."""
        self._state(symbol, tuple(minutes))

    def stated(self, symbol: str) -> tuple[int, ...]:
        """Return what was stated for a symbol, else for all; empty where nothing was."""
        return self._stated.get(symbol) or self._stated.get(None, ())

    def clear(self) -> None:
        """Take back all that was stated."""
        self._stated.clear()

    def add(self, symbol: str, stamp_ns: int, shares: int) -> None:
        """Count one eligible print; outside a regular session it counts nowhere.

        Args:
            symbol: Ticker.
            stamp_ns: Exchange time, Unix nanoseconds.
            shares: Size of the print.
        """
        session = session_at(stamp_ns)
        if session is None or not session.open_ns <= stamp_ns < session.close_ns:
            return
        minute = stamp_ns // _NS_PER_MINUTE
        running, counted = self._running.get(symbol, (minute, 0))
        done = self._minutes.get(symbol, ())
        if minute < running:
            self._minutes[symbol] = _added(done, minute - running, shares)
            return
        if minute > running:
            opened = session.open_ns // _NS_PER_MINUTE
            # Between two sessions no minute passes.
            quiet = min(minute - max(running + 1, opened), MINUTES_KEPT)
            self._minutes[symbol] = (*done, counted, *(0,) * quiet)[-MINUTES_KEPT:]
            counted = 0
        self._running[symbol] = (minute, counted + shares)

    def forget(self, symbol: str) -> None:
        """Drop what the tape showed of a symbol; what was stated stays."""
        self._minutes.pop(symbol, None)
        self._running.pop(symbol, None)

    def _state(self, symbol: str | None, minutes: tuple[int, ...]) -> None:
        self._stated[symbol] = minutes[-MINUTES_KEPT:]


def _added(minutes: tuple[int, ...], place: int, shares: int) -> tuple[int, ...]:
    """Return minutes with a late print counted at its place from the end, if that is kept."""
    if -place > len(minutes):
        return minutes
    changed = list(minutes)
    changed[place] += shares
    return tuple(changed)
