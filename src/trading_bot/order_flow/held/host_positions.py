"""A host's positions as the judge asks for them: what can be read, and the last of what cannot."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..config_bounds import is_symbol
from ..diagnostics import SECRETS
from ..notices import GuardStateKind
from ..position import Position
from .source import PositionSource, Reading, check_source, read

Tell = Callable[[GuardStateKind, str | None, str], None]
"""Takes kind, symbol and reason of a `GuardState`."""
_LONGEST_WORDS = 300


class HostPositions:
    """A `PositionManager` over whatever a host has; asked by the judging thread.

    A symbol that can no longer be read stays held as it was; each failure is told once, until it is
    over.

    Args:
        source: The host's positions.
        tell: Told of `positions_failed` and `positions_ok` of single rows.

    Raises:
        ValueError: The source is none; see `check_source`.
    """

    def __init__(self, source: PositionSource, tell: Tell) -> None:
        check_source(source)
        self._source = source
        self._tell = tell
        self._last: Mapping[str, Position] = {}
        self._watchlist: tuple[str, ...] = ()
        self._failing: set[str] = set()

    def read_first(self) -> tuple[str, ...]:
        """Read what is held before a run, and return the symbols held.

        Raises:
            ValueError: Rows cannot be read; names every one of them. Or the answer is none.
            Exception: Whatever the host raises.
        """
        reading = read(self._source)
        if reading.refused:
            rows = "; ".join(reading.refused.values())
            raise ValueError(f"{len(reading.refused)} of the positions cannot be read: {rows}")
        self._last, self._watchlist = reading.positions, reading.watchlist
        self._failing.clear()
        return tuple(reading.positions)

    def get_active_positions(self) -> tuple[Position, ...]:
        """Return every open position, those that cannot be read now as they were.

        Raises:
            Exception: Whatever the host raises; who asks keeps what was read last, and tells of it.
        """
        reading = read(self._source)
        kept = kept_of(self._last, reading)
        for name, words in reading.refused.items():
            fate = "as last read it stays protected" if name in kept else "it is not protected"
            self._fail(name, f"{words}; {fate}")
        for name in sorted(self._failing.difference(reading.refused)):
            self._failing.discard(name)
            self._tell("positions_ok", name if is_symbol(name) else None, "")
        self._last, self._watchlist = {**reading.positions, **kept}, reading.watchlist
        return tuple(self._last.values())

    @property
    def failing(self) -> tuple[str, ...]:
        """The rows that could not be read when they were asked for last: symbols, or places."""
        return tuple(sorted(self._failing))

    def get_watchlist(self) -> tuple[str, ...]:
        """Return the symbols to watch without a position, as read with the positions."""
        return self._watchlist

    def _fail(self, name: str, words: str) -> None:
        if name not in self._failing:
            self._failing.add(name)
            symbol = name if is_symbol(name) else None
            self._tell("positions_failed", symbol, SECRETS.blank(words)[:_LONGEST_WORDS])


def kept_of(last: Mapping[str, Position], reading: Reading) -> dict[str, Position]:
    """Return the positions that are to be taken for held though a reading does not have them.

    Those of the symbols that were refused; and every one that is missing where a row could not even
    be named.
    """
    return {
        symbol: position
        for symbol, position in last.items()
        if symbol in reading.refused or not (reading.is_whole or symbol in reading.positions)
    }
