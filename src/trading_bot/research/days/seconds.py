"""The seconds of one session, packed: what each looked like, and what followed it.

Any of them may be drawn as a control, and which ones are drawn is known at the end only. So of each
second the prices stay that its outcome and its volatility are reckoned from, in whole ticks: a
session of half a million quotes takes some tens of kilobytes.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np

from trading_bot.order_flow.market.units import NS_PER_MS
from trading_bot.research.outcomes import (
    HORIZONS_SECONDS,
    REACH_SECONDS,
    VOLATILITY_SECONDS,
    VOLATILITY_STEP_SECONDS,
    OutcomeRules,
    Reached,
    outcomes_of,
    volatility_of,
)
from trading_bot.research.quote_series import FloatArray, IntArray, QuoteSeries

_FAST: Final = 1
"""Of zlib: what a higher level saves is little."""


@dataclass(frozen=True, slots=True)
class Seconds:
    """Every whole second of a session from its open.

    Attributes:
        count: How many there are.
        entries: Of how many the entry, after the latency, lies within the session.
        unquoted: At how many of them no quote stood yet.
        unquoted_entries: At how many of the entries none did.
        packed: Prices at the seconds, and at the entries and up to the next.
    """

    count: int
    entries: int
    unquoted: int
    unquoted_entries: int
    packed: tuple[bytes, bytes]

    @classmethod
    def of(cls, series: QuoteSeries, rules: OutcomeRules) -> Seconds:
        """Pack the seconds of one session."""
        moments = series.seconds()
        entries = moments + rules.latency_ms * NS_PER_MS
        entries = entries[entries < series.close_ns]
        now, then = series.places_at(moments), series.places_at(entries)
        unquoted, unquoted_entries = int((now < 0).sum()), int((then < 0).sum())
        now, then = now[unquoted:], then[unquoted_entries:]
        at_entries = (
            series.mids[then],
            series.bids[then],
            _each(np.minimum, series.mids, then),
            _each(np.maximum, series.mids, then),
            _each(np.minimum, series.bids, then),
        )
        return cls(
            count=len(moments),
            entries=len(entries),
            unquoted=unquoted,
            unquoted_entries=unquoted_entries,
            packed=(_packed(series.mids[now][None, :]), _packed(np.stack(at_entries))),
        )

    def volatilities(self) -> FloatArray:
        """Return the volatility before each second; NaN where it can be no control.

        Such are seconds of which the outcome or the volatility is not known. Shape (count,).
        """
        found = np.full(self.count, np.nan)
        first = max(self.unquoted + VOLATILITY_SECONDS, self.unquoted_entries)
        usable = np.arange(first, self.entries - REACH_SECONDS, dtype=np.int64)
        if len(usable):
            (mids,) = _unpacked(self.packed[0], 1)
            steps = np.arange(-VOLATILITY_SECONDS, 1, VOLATILITY_STEP_SECONDS, dtype=np.int64)
            found[usable] = volatility_of(mids[(usable - self.unquoted)[:, None] + steps])
        return found

    def outcomes_at(self, places: IntArray, rules: OutcomeRules) -> FloatArray:
        """Return what followed some seconds, as `outcomes.outcomes_at` does.

        Args:
            places: Seconds since the open whose volatility is known; shape (n,).
            rules: Those that the seconds were packed by.
        """
        mids, bids, lowest, highest, lowest_bid = _unpacked(self.packed[1], 5)
        first = places - self.unquoted_entries
        reached = Reached(
            mid=mids[first],
            bid=bids[first],
            mids=[mids[first + after] for after in HORIZONS_SECONDS],
            bids=[bids[first + after] for after in HORIZONS_SECONDS],
            lowest=_within_reach(np.minimum, lowest)[first],
            highest=_within_reach(np.maximum, highest)[first],
            lowest_bid=_within_reach(np.minimum, lowest_bid)[first],
        )
        return outcomes_of(reached, rules)


def _each(extreme: np.ufunc, prices: IntArray, places: IntArray) -> IntArray:
    """Return the extreme from each quote up to the next of some, both included."""
    if not len(places):
        return places
    upto = prices[: places[-1] + 1]
    after = prices[np.append(places[1:], places[-1])]
    found: IntArray = extreme(extreme.reduceat(upto, places), after)
    return found


def _within_reach(extreme: np.ufunc, each: IntArray) -> IntArray:
    """Return the extreme of every stretch of the reach, each a second further."""
    width = 1
    while 2 * width <= REACH_SECONDS:
        each = extreme(each[:-width], each[width:])
        width *= 2
    rest = REACH_SECONDS - width
    found: IntArray = extreme(each[:-rest], each[rest:])
    return found


def _packed(table: IntArray) -> bytes:
    # A price is mostly what it was a second before.
    return zlib.compress(np.diff(table, axis=1, prepend=0).tobytes(), _FAST)


def _unpacked(packed: bytes, rows: int) -> IntArray:
    steps = np.frombuffer(zlib.decompress(packed), dtype=np.int64)
    table: IntArray = steps.reshape(rows, -1).cumsum(axis=1)
    return table
