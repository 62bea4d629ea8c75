"""Best bid and ask of one symbol over one regular session, for looking up any moment of it."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

from trading_bot.order_flow.calendar import Session, session_at
from trading_bot.order_flow.market.units import NS_PER_SECOND

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BASIS_POINTS = 10_000
OPENING_CONDITIONS = frozenset({17, 25})
"""A market center's opening trade, and opening prints."""
LATEST_OPENING_NS = 1_800 * NS_PER_SECOND


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
        found = []
        for (symbol, day), columns in sorted(self._columns.items()):
            session = self._sessions[symbol, day]
            as_told = [np.array(column, dtype=np.int64) for column in columns]
            order = np.argsort(as_told[0], kind="stable")
            stamps, bids, asks, bid_sizes, ask_sizes = (each[order] for each in as_told)
            found.append(
                QuoteSeries(
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
            )
        return found


def by_symbol(series: Iterable[QuoteSeries]) -> dict[str, list[QuoteSeries]]:
    """Group series by symbol, days in order."""
    groups: dict[str, list[QuoteSeries]] = {}
    for each in series:
        groups.setdefault(each.symbol, []).append(each)
    return groups
