"""A host's positions as the judge asks for them: what can be read, and the last of what cannot.

What is unknown is never flat. While the host fails, what was read last stays held, and `state` says
how far that can be believed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

from ..clock import Clock, utc_now
from ..config_bounds import is_symbol
from ..diagnostics import get_logger, told
from ..market.units import NS_PER_SECOND, ns_from_utc
from ..notices import GuardStateKind
from ..position import Position
from .source import BESIDE, PositionSource, Reading, check_source, read

Tell = Callable[[GuardStateKind, str | None, str], None]
"""Takes kind, symbol and reason of a `GuardState`."""
PositionsState = Literal["unread", "known", "stale", "old", "never"]
OLD_AFTER_NS: Final = 5 * NS_PER_SECOND
"""How long what was read last is taken for what is held, while the host fails: a file is being
written, a broker asked again."""
_LONGEST_WORDS: Final = 300
_ROWS_NAMED: Final = 10

_logger = get_logger(__name__)


class HostPositions:
    """A `PositionManager` over whatever a host has; asked by the judging thread.

    A symbol that can no longer be read stays held as it was. Each failure is told once, until it is
    over: that of a row at once; that of the host at once where nothing is known, else when it lasts
    longer than 5 s. What the host itself says to be old is told once too.

    Args:
        source: The host's positions.
        tell: Told of `positions_failed`, `positions_stale` and `positions_ok`, of rows and of the
            host.
        clock: The present.

    Raises:
        ValueError: The source is none; see `check_source`.
    """

    def __init__(self, source: PositionSource, tell: Tell, clock: Clock = utc_now) -> None:
        check_source(source)
        self._source = source
        self._tell = tell
        self._clock = clock
        self._last: Mapping[str, Position] = {}
        self._watchlist: tuple[str, ...] = ()
        # Rows that cannot be read: what is wrong with each. Replaced whole: others look at it.
        self._failing: Mapping[str, str] = {}
        self._read_ns: int | None = None
        # Why the host's newest answer was none; empty while it answers.
        self._failure = ""
        self._failure_is_told = False
        # Why the host itself takes what it says for old; empty while it does not.
        self._stale = ""
        self._closed: frozenset[str] = frozenset()

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
        self._failing, self._failure, self._failure_is_told = {}, "", False
        self._read_ns = ns_from_utc(self._clock())
        return tuple(reading.positions)

    def get_active_positions(self) -> tuple[Position, ...]:
        """Return every open position, those that cannot be read now as they were.

        Raises:
            Exception: Whatever the host raises; who asks keeps what was read last.
        """
        try:
            reading = read(self._source)
        except Exception as error:
            self._fail(error)
            raise
        self._work_again()
        kept = kept_of(self._last, reading)
        self._last, self._watchlist = {**reading.positions, **kept}, reading.watchlist
        self._closed = reading.closed
        self._tell_of_rows(reading.refused)
        self._tell_of_age(reading.stale)
        return tuple(self._last.values())

    def get_watchlist(self) -> tuple[str, ...]:
        """Return the symbols to watch without a position, as read with the positions."""
        return self._watchlist

    def get_closed(self) -> frozenset[str]:
        """Return the symbols whose positions are known to be closed, as read with the positions."""
        return self._closed

    @property
    def read_ns(self) -> int | None:
        """When they were read last, Unix nanoseconds of the market's clock; None before."""
        return self._read_ns

    @property
    def failing(self) -> tuple[str, ...]:
        """The rows that could not be read when they were asked for last: symbols, or places."""
        return tuple(sorted(self._failing))

    @property
    def state(self) -> PositionsState:
        """How far it is known what is held.

        `unread`: not asked yet. `known`: read at most 5 s ago, or not asked since. `stale`: the
        host says that what it holds may be old. `old`: it cannot be read now, and what was read
        last stays held. `never`: it never could be read, or rows could not, so that what they hold
        is not protected.
        """
        if self._read_ns is None:
            return "never" if self._failure else "unread"
        if any(self._is_never(name) for name in self._failing):
            return "never"
        if self._failing or self._failure_lasts(self._read_ns):
            return "old"
        return "stale" if self._stale else "known"

    @property
    def health(self) -> str:
        """What `state` means, and why; `ok` while all is known."""
        state = self.state
        if state == "known":
            return "ok"
        if state == "unread":
            return "not read yet"
        if state == "stale":
            return f"stale: {self._stale}"
        word = "no_positions" if state == "never" else "old"
        return f"{word}: {self._failure or self._rows_failing()}"

    def _is_never(self, name: str) -> bool:
        return name not in self._last and not name.startswith(BESIDE)

    def _failure_lasts(self, read_ns: int) -> bool:
        return bool(self._failure) and ns_from_utc(self._clock()) - read_ns > OLD_AFTER_NS

    def _rows_failing(self) -> str:
        rows = [
            f"{name} ({words})" if is_symbol(name) else words
            for name, words in sorted(self._failing.items())
        ]
        more = len(rows) - _ROWS_NAMED
        return "not readable: " + "; ".join(
            [*rows[:_ROWS_NAMED], *([f"{more} more"] if more > 0 else [])]
        )

    def _fail(self, error: Exception) -> None:
        # A refusal of ours is a sentence by itself.
        words = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        self._failure = _fit(words)
        lasts = self._read_ns is None or self._failure_lasts(self._read_ns)
        if lasts and not self._failure_is_told:
            self._failure_is_told = True
            _logger.error("order_flow.position_manager_failed", exc_info=error)
            self._tell("positions_failed", None, self._failure)

    def _work_again(self) -> None:
        self._read_ns = ns_from_utc(self._clock())
        self._failure = ""
        if self._failure_is_told:
            self._failure_is_told = False
            self._tell("positions_ok", None, "")

    def _tell_of_age(self, stale: str) -> None:
        before, self._stale = self._stale, _fit(stale)
        if self._stale and not before:
            _logger.warning("order_flow.positions_stale", extra={"problem": self._stale})
            self._tell("positions_stale", None, self._stale)
        elif before and not self._stale:
            self._tell("positions_ok", None, "")

    def _tell_of_rows(self, refused: Mapping[str, str]) -> None:
        before, self._failing = self._failing, {k: _fit(words) for k, words in refused.items()}
        for name, words in self._failing.items():
            if name not in before:
                fate = "as last read it stays protected"
                if name.startswith(BESIDE):
                    fate = "what is held is protected all the same"
                elif name not in self._last:
                    fate = "it is not protected"
                symbol = name if is_symbol(name) else None
                _logger.error("order_flow.position_unreadable", extra={"row": words})
                self._tell("positions_failed", symbol, f"{words}; {fate}")
        for name in sorted(set(before).difference(self._failing)):
            self._tell("positions_ok", name if is_symbol(name) else None, "")


def _fit(words: str) -> str:
    return told(words, _LONGEST_WORDS)


def kept_of(last: Mapping[str, Position], reading: Reading) -> dict[str, Position]:
    """Return the positions that are to be taken for held though a reading does not have them.

    Those of the symbols that were refused; and every one that is missing where a row could not even
    be named, unless it is known to be closed.
    """
    return {
        symbol: position
        for symbol, position in last.items()
        if symbol in reading.refused
        or not (reading.is_whole or symbol in reading.positions or symbol in reading.closed)
    }
