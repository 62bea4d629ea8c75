"""Counts of alerts that a calibration is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from trading_bot.research.calibration.fit import Target
from trading_bot.research.calibration.grid import LARGE_SIZES, SPIKES, SymbolCounts

FIRST = date(2013, 10, 7)


WANTED = Target(5, 15)


def counts_of(large: Sequence[dict[int, int]], bursts: Sequence[dict[float, int]]) -> SymbolCounts:
    """Return counts of some days; cells that are not named counted a thousand alerts."""
    days = [FIRST + timedelta(days=n) for n in range(len(large))]
    return SymbolCounts(
        days,
        Counter(
            {
                (d, s): each.get(s, 1_000)
                for d, each in zip(days, large, strict=True)
                for s in LARGE_SIZES
            }
        ),
        Counter(
            {
                (d, s): each.get(s, 1_000)
                for d, each in zip(days, bursts, strict=True)
                for s in SPIKES
            }
        ),
    )


def steady(days: int) -> SymbolCounts:
    return counts_of([{10_000: 5}] * days, [{3.0: 5}] * days)
