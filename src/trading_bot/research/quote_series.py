"""Best bid and ask of one symbol over one regular session, for looking up any moment of it."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from trading_bot.order_flow.calendar import Session, session_at
from trading_bot.order_flow.market.units import FAR_FUTURE_NS, NS_PER_SECOND

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BASIS_POINTS = 10_000
OPENING_CONDITIONS = frozenset({17, 25})
"""A market center's opening trade, and opening prints."""
LATEST_OPENING_NS = 1_800 * NS_PER_SECOND
_STILL_OPEN_NS = 8 * 3_600 * NS_PER_SECOND
"""After its close a session is over at midnight, or some hours later where it was a short one."""


@dataclass(frozen=True)
class QuoteSeries:
    """The two-sided, uncrossed quotes of one symbol's regular session, oldest first.

    Attributes:
        symbol: Ticker.
        day: Trading day in New York.
        open_ns: Start of the regular session, Unix nanoseconds.
        close_ns: Its end.
        stamps: Exchange times, Unix nanoseconds; shape (n,), n >= 1.
        bids: Best bids, ticks; shape (n,).
        asks: Best asks, ticks; shape (n,).
        bid_sizes: Shares at the bid; shape (n,).
        ask_sizes: Shares at the ask; shape (n,).
        opened_ns: Exchange time of the opening print, Unix nanoseconds; None without a print.
    """

    symbol: str
    day: date
    open_ns: int
    close_ns: int
    stamps: IntArray
    bids: IntArray
    asks: IntArray
    bid_sizes: IntArray
    ask_sizes: IntArray
    opened_ns: int | None = None

    @cached_property
    def mids(self) -> IntArray:
        """Twice the midpoints, so that they are whole ticks; shape (n,)."""
        mids: IntArray = self.bids + self.asks
        return mids

    def places_at(self, moments: IntArray) -> IntArray:
        """Return which quote stood at each moment; -1 before the first."""
        return np.searchsorted(self.stamps, moments, side="right").astype(np.int64) - 1

    def seconds(self) -> IntArray:
        """Return every whole second of the session from its open, Unix nanoseconds."""
        return np.arange(self.open_ns, self.close_ns, NS_PER_SECOND, dtype=np.int64)


class SeriesBuilder:
    """Collects quotes, whatever their symbols and days, and hands out series.

    Quotes outside a regular session, one-sided or crossed, are left out: the quote before them
    stands. The opening print is the first that says so within half an hour of the open; where none
    does, the session's first print.
    """

    def __init__(self) -> None:
        self._columns: dict[tuple[str, date], tuple[array[int], ...]] = {}
        self._sessions: dict[tuple[str, date], Session] = {}
        self._now: dict[str, tuple[int, int, tuple[array[int], ...]]] = {}
        self._opened: dict[tuple[str, date], int] = {}
        self._opening_known_until: dict[str, int] = {}
        self._newest: str | None = None
        self._earliest_close_ns = FAR_FUTURE_NS

    def add(
        self, symbol: str, stamp_ns: int, bid: int, bid_size: int, ask: int, ask_size: int
    ) -> None:
        """Take one quote, in any order: a recording has what was fetched for a gap after it."""
        if not 0 < bid <= ask:
            return
        open_ns, close_ns, columns = self._now.get(symbol, (0, 0, ()))
        if not open_ns <= stamp_ns < close_ns:
            session = session_at(stamp_ns)
            if session is None or not session.open_ns <= stamp_ns < session.close_ns:
                return
            key = (symbol, session.day)
            columns = self._columns.setdefault(key, tuple(array("q") for _ in range(5)))
            self._sessions[key] = session
            self._earliest_close_ns = min(self._earliest_close_ns, session.close_ns)
            self._now[symbol] = session.open_ns, session.close_ns, columns
        for column, value in zip(columns, (stamp_ns, bid, ask, bid_size, ask_size), strict=True):
            column.append(value)

    def add_print(self, symbol: str, stamp_ns: int, conditions: Iterable[int]) -> None:
        """Look for the opening print; stamps of one symbol never fall."""
        if stamp_ns < self._opening_known_until.get(symbol, 0):
            return
        session = session_at(stamp_ns)
        if session is None or not session.open_ns <= stamp_ns < session.close_ns:
            return
        self._opened.setdefault((symbol, session.day), stamp_ns)
        late = stamp_ns >= session.open_ns + LATEST_OPENING_NS
        opens = not late and not OPENING_CONDITIONS.isdisjoint(conditions)
        if opens:
            self._opened[symbol, session.day] = stamp_ns
        if late or opens:
            self._opening_known_until[symbol] = session.close_ns

    def series(self) -> list[QuoteSeries]:
        """Return what was collected, by symbol and day."""
        return [self._series_of(*key) for key in sorted(self._columns)]

    def over(self, symbol: str | None, now_ns: int) -> list[QuoteSeries]:
        """Take out the sessions of which nothing comes any more.

        Args:
            symbol: The ticker that has come, where each comes after those before it: all sessions
                of these are over, and of its own the old ones. None where symbols take turns.
            now_ns: What closed eight hours before it is old.
        """
        closed_ns = now_ns - _STILL_OPEN_NS
        if symbol == self._newest and closed_ns < self._earliest_close_ns:
            return []
        self._newest = symbol
        over = [
            key
            for key in sorted(self._columns)
            if (symbol is not None and key[0] < symbol)
            or (symbol in (None, key[0]) and self._sessions[key].close_ns <= closed_ns)
        ]
        found = [self._series_of(*key) for key in over]
        for key in over:
            self._forget(*key)
        left = (session.close_ns for session in self._sessions.values())
        self._earliest_close_ns = min(left, default=FAR_FUTURE_NS)
        return found

    def _forget(self, symbol: str, day: date) -> None:
        columns = self._columns.pop((symbol, day))
        del self._sessions[symbol, day]
        self._opened.pop((symbol, day), None)
        if self._now[symbol][2] is columns:
            del self._now[symbol]

    def _series_of(self, symbol: str, day: date) -> QuoteSeries:
        session = self._sessions[symbol, day]
        as_told = [np.frombuffer(each, dtype=np.int64) for each in self._columns[symbol, day]]
        if (np.diff(as_told[0]) < 0).any():
            order = np.argsort(as_told[0], kind="stable")
            as_told = [each[order] for each in as_told]
        stamps, bids, asks, bid_sizes, ask_sizes = as_told
        return QuoteSeries(
            symbol,
            day,
            session.open_ns,
            session.close_ns,
            stamps,
            bids,
            asks,
            bid_sizes,
            ask_sizes,
            self._opened.get((symbol, day)),
        )


class OfSymbol(Protocol):
    """Whatever belongs to one symbol."""

    @property
    def symbol(self) -> str:
        """Ticker."""
        ...


OfSymbolT = TypeVar("OfSymbolT", bound=OfSymbol)


def by_symbol(days: Iterable[OfSymbolT]) -> dict[str, list[OfSymbolT]]:
    """Group days by symbol, in the order given."""
    groups: dict[str, list[OfSymbolT]] = {}
    for each in days:
        groups.setdefault(each.symbol, []).append(each)
    return groups
