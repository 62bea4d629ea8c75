"""What the price did after a moment: pure, the same function for alerts and for their controls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND
from trading_bot.research.quote_series import BASIS_POINTS, FloatArray, IntArray, QuoteSeries

HORIZONS_SECONDS = (10, 30, 60, 300)
REACH_SECONDS = 300
VOLATILITY_SECONDS = 300
VOLATILITY_STEP_SECONDS = 10
MAIN_COLUMN = "mid_60"
"""The outcome that pictures and cards show."""
FALSE_EXIT = "false_exit"


@dataclass(frozen=True, slots=True)
class OutcomeRules:
    """How outcomes are measured.

    Attributes:
        latency_ms: From the alert to the moment at which it could be acted upon.
        hit_bp: Distances of down-hits and up-hits, whole basis points.
        false_exit_bp: An exit is false when the bid never stands this far below its own within
            the reach.

    Raises:
        ValueError: A negative latency, or a distance below one basis point.
    """

    latency_ms: int = 1_000
    hit_bp: tuple[int, ...] = (5, 10)
    false_exit_bp: int = 10

    def __post_init__(self) -> None:
        if self.latency_ms < 0:
            raise ValueError(f"latency_ms={self.latency_ms} must be 0 or more")
        if not self.hit_bp or min(*self.hit_bp, self.false_exit_bp) < 1:
            raise ValueError("hit distances must be whole basis points of at least 1")

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the outcomes: returns in basis points, hits as 0 or 1."""
        returns = [f"{of}_{after}" for of in ("mid", "bid") for after in HORIZONS_SECONDS]
        hits = [f"{kind}_{bp}" for bp in self.hit_bp for kind in ("down", "up", "down_minus_up")]
        return (*returns, "lowest_300", *hits, FALSE_EXIT)


def outcomes_at(series: QuoteSeries, moments: IntArray, rules: OutcomeRules) -> FloatArray:
    """Measure what followed each moment.

    Args:
        series: One symbol's session.
        moments: Unix nanoseconds; shape (n,).
        rules: Latency and distances.

    Returns:
        One row per moment, one column per name in `rules.columns`; a row of NaN where the moment
        lies outside the session, no quote stood at the entry, or the reach ends after the close.
    """
    found = np.full((len(moments), len(rules.columns)), np.nan)
    entries = moments + rules.latency_ms * NS_PER_MS
    first = series.places_at(entries)
    last = series.places_at(entries + REACH_SECONDS * NS_PER_SECOND)
    usable = (
        (moments >= series.open_ns)
        & (entries + REACH_SECONDS * NS_PER_SECOND < series.close_ns)
        & (first >= 0)
    )
    (rows,) = np.nonzero(usable)
    first, last, entries = first[rows], last[rows], entries[rows]
    then = [series.places_at(entries + after * NS_PER_SECOND) for after in HORIZONS_SECONDS]
    ranges = list(zip(first.tolist(), (last + 1).tolist(), strict=True))
    reached = Reached(
        mid=series.mids[first],
        bid=series.bids[first],
        mids=[series.mids[places] for places in then],
        bids=[series.bids[places] for places in then],
        lowest=_each(series.mids, ranges, lowest=True),
        highest=_each(series.mids, ranges, lowest=False),
        lowest_bid=_each(series.bids, ranges, lowest=True),
    )
    found[rows] = outcomes_of(reached, rules)
    return found


class Reached(NamedTuple):
    """Prices that moments were followed by, ticks, midpoints doubled; each of shape (n,).

    Attributes:
        mid: The midpoint at the entry.
        bid: The best bid at the entry.
        mids: The midpoint at each horizon.
        bids: The best bid at each horizon.
        lowest: The lowest midpoint within the reach.
        highest: The highest.
        lowest_bid: The lowest best bid.
    """

    mid: IntArray
    bid: IntArray
    mids: Sequence[IntArray]
    bids: Sequence[IntArray]
    lowest: IntArray
    highest: IntArray
    lowest_bid: IntArray


def outcomes_of(reached: Reached, rules: OutcomeRules) -> FloatArray:
    """Return the outcomes that prices mean; shape (n, columns)."""
    mid, bid = reached.mid, reached.bid
    columns = [(then - mid) / mid * BASIS_POINTS for then in reached.mids]
    columns += [(then - bid) / bid * BASIS_POINTS for then in reached.bids]
    columns.append((reached.lowest - mid) / mid * BASIS_POINTS)
    for bp in rules.hit_bp:
        # In whole numbers: a hit at exactly its distance is a hit.
        down = ((mid - reached.lowest) * BASIS_POINTS >= bp * mid).astype(np.float64)
        up = ((reached.highest - mid) * BASIS_POINTS >= bp * mid).astype(np.float64)
        columns += [down, up, down - up]
    stayed = (bid - reached.lowest_bid) * BASIS_POINTS < rules.false_exit_bp * bid
    columns.append(stayed.astype(np.float64))
    return np.column_stack(columns)


def volatility_at(series: QuoteSeries, moments: IntArray) -> FloatArray:
    """Measure the volatility of the five minutes before each moment.

    Returns:
        Root of the mean squared change of the midpoint over ten-second steps, basis points; NaN
        where the five minutes begin before the session or its first quote. Shape (n,).
    """
    steps = np.arange(-VOLATILITY_SECONDS, 1, VOLATILITY_STEP_SECONDS, dtype=np.int64)
    places = series.places_at(moments[:, None] + steps * NS_PER_SECOND)
    known = (places[:, 0] >= 0) & (moments + steps[0] * NS_PER_SECOND >= series.open_ns)
    volatility = volatility_of(series.mids[np.maximum(places, 0)])
    found: FloatArray = np.where(known, volatility, np.nan)
    return found


def volatility_of(mids: IntArray) -> FloatArray:
    """Return the root of the mean squared change of midpoints, basis points.

    Args:
        mids: One step after the other; shape (n, steps).
    """
    changes = np.diff(mids, axis=1) / mids[:, :-1] * BASIS_POINTS
    found: FloatArray = np.sqrt(np.mean(changes**2, axis=1))
    return found


def _each(prices: IntArray, ranges: Sequence[tuple[int, int]], *, lowest: bool) -> IntArray:
    if lowest:
        return np.array([prices[start:end].min() for start, end in ranges], dtype=np.int64)
    return np.array([prices[start:end].max() for start, end in ranges], dtype=np.int64)
