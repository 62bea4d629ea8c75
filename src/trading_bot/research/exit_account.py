"""What the exits would have meant for a position held over a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np

from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND
from trading_bot.research.quote_series import BASIS_POINTS, FloatArray, IntArray, QuoteSeries

RANDOM_EXITS = 200
NEAR_NS = 1_800 * NS_PER_SECOND
USUAL_SPREADS = 2
"""Where no print tells of the opening, a spread up to so many times the day's median does."""


@dataclass(frozen=True, slots=True)
class ExitAccount:
    """One symbol-day of a position, marked at the best bid; all in basis points.

    It is held from the first quote after the opening print: bids before it are no market yet. On a
    day without a print it begins with the first usual spread.

    Attributes:
        symbol: Ticker.
        day: ISO date.
        recommendations: Exits recommended while it is held.
        left_at_ns: When the first of them could be acted upon; None without one.
        drawdown_staying: Greatest fall from the highest mark before, held to the last bid.
        drawdown_leaving: The same when left at the first exit.
        drawdown_random: Mean of the same over exits at random seconds of the session.
        change_staying: Last bid against the first.
        change_leaving: The bid of the exit against the first.
        change_random: Mean of the same over random exits.
        drawdown_near: As `drawdown_random`, within 30 minutes of the exit; None without an exit.
        change_near: As `change_random`, within 30 minutes of the exit; None without an exit.
        from_high: The bid of the exit against the highest before it; None without an exit.
        to_low: The lowest bid after the exit against that of the exit; None without an exit.
        to_last: The last bid against that of the exit; None without an exit.
    """

    symbol: str
    day: str
    recommendations: int
    left_at_ns: int | None
    drawdown_staying: float
    drawdown_leaving: float
    drawdown_random: float
    change_staying: float
    change_leaving: float
    change_random: float
    drawdown_near: float | None
    change_near: float | None
    from_high: float | None
    to_low: float | None
    to_last: float | None


def account_of(
    series: QuoteSeries, exit_stamps: Sequence[int], *, latency_ms: int, seed: int
) -> ExitAccount:
    """Reckon one symbol-day.

    Args:
        series: Its quotes.
        exit_stamps: Exit recommendations of its symbol, Unix nanoseconds, any order and day.
        latency_ms: From the recommendation to the bid that is taken.
        seed: Of the random exits.
    """
    held = _held(series)
    bids = held.bids
    highest = np.maximum.accumulate(bids)
    drawdowns = np.maximum.accumulate((highest - bids) / highest) * BASIS_POINTS
    changes = (bids - bids[0]) / bids[0] * BASIS_POINTS
    within = sorted(at for at in exit_stamps if held.open_ns <= at < held.close_ns)
    at_random = _random_places(held, held.open_ns, held.close_ns, seed)
    last = place = len(bids) - 1
    left_at: int | None = None
    near: IntArray | None = None
    if within:
        left_at = within[0] + latency_ms * NS_PER_MS
        place = max(0, int(np.searchsorted(held.stamps, left_at, side="right")) - 1)
        near = _random_places(held, left_at - NEAR_NS, left_at + NEAR_NS, seed)
    return ExitAccount(
        symbol=series.symbol,
        day=series.day.isoformat(),
        recommendations=len(within),
        left_at_ns=left_at,
        drawdown_staying=_rounded(drawdowns[last]),
        drawdown_leaving=_rounded(drawdowns[place]),
        drawdown_random=_rounded(drawdowns[at_random].mean()),
        change_staying=_rounded(changes[last]),
        change_leaving=_rounded(changes[place]),
        change_random=_rounded(changes[at_random].mean()),
        drawdown_near=None if near is None else _rounded(drawdowns[near].mean()),
        change_near=None if near is None else _rounded(changes[near].mean()),
        from_high=_change(highest[place], bids[place]) if within else None,
        to_low=_change(bids[place], bids[place:].min()) if within else None,
        to_last=_change(bids[place], bids[last]) if within else None,
    )


def _held(series: QuoteSeries) -> QuoteSeries:
    """Return the session from the first quote after its opening print, or the first usual one."""
    if series.opened_ns is None:
        spreads = series.asks - series.bids
        start = int(np.argmax(spreads <= USUAL_SPREADS * np.median(spreads)))
        if not start:
            return series
    else:
        after = int(np.searchsorted(series.stamps, series.opened_ns, side="right"))
        start = min(after, len(series.stamps) - 1)
    return replace(
        series,
        open_ns=max(series.opened_ns or series.open_ns, int(series.stamps[start])),
        stamps=series.stamps[start:],
        bids=series.bids[start:],
        asks=series.asks[start:],
        bid_sizes=series.bid_sizes[start:],
        ask_sizes=series.ask_sizes[start:],
    )


def _random_places(series: QuoteSeries, begin_ns: int, end_ns: int, seed: int) -> IntArray:
    """Return the quotes that stand at random seconds of the session between two moments."""
    label = crc32(f"{series.symbol} {series.day}".encode())
    seconds = series.seconds()
    seconds = seconds[(seconds >= begin_ns) & (seconds < end_ns)]
    chosen = np.random.default_rng((seed, label)).choice(seconds, RANDOM_EXITS)
    places: IntArray = np.maximum(series.places_at(chosen), 0)
    return places


def _change(before: np.int64, after: np.int64) -> float:
    return _rounded((after - before) / before * BASIS_POINTS)


def _rounded(value: FloatArray | np.float64) -> float:
    return round(float(value), 4) + 0.0
