"""What the exits would have meant for a position held over a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from zlib import crc32

import numpy as np

from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND, ns_from_utc
from trading_bot.order_flow.position import Position
from trading_bot.research.quote_series import BASIS_POINTS, FloatArray, IntArray, QuoteSeries

RANDOM_EXITS = 200
NEAR_NS = 1_800 * NS_PER_SECOND
USUAL_SPREADS = 2
"""Where no print tells of the opening, a spread up to so many times the day's median does."""


@dataclass(frozen=True)
class HeldDay:
    """One symbol-day of a position, and what each way of leaving it would have met.

    It is held from the first quote after the opening print: bids before it are no market yet. On a
    day without a print it begins with the first usual spread. One that was opened later is held
    since then.

    Attributes:
        position: What is held.
        series: The quotes of the time in which it is held.
        exits: When each exit recommended meanwhile can be acted upon, Unix nanoseconds, oldest
            first.
        left: For each of them the quote that stands then; shape (n,).
        at_random: The quotes of leaving at random seconds.
        near: The same within 30 minutes of the first exit; None without an exit.
    """

    position: Position
    series: QuoteSeries
    exits: tuple[int, ...]
    left: IntArray
    at_random: IntArray
    near: IntArray | None

    @cached_property
    def marks(self) -> IntArray:
        """What a share could be left at, ticks: the best bid, of a short position the best ask."""
        return self.series.asks if self.position.is_short else self.series.bids

    @cached_property
    def bests(self) -> IntArray:
        """The best mark so far: the highest bid, of a short position the lowest ask."""
        so_far = np.minimum if self.position.is_short else np.maximum
        bests: IntArray = so_far.accumulate(self.marks)
        return bests


@dataclass(frozen=True, slots=True)
class ExitAccount:
    """One symbol-day of a position at its marks; all in basis points, a loss is negative.

    Attributes:
        symbol: Ticker.
        day: ISO date.
        recommendations: Exits recommended while it is held.
        left_at_ns: When the first of them could be acted upon; None without one.
        drawdown_staying: Greatest loss from the best mark before, held to the last one.
        drawdown_leaving: The same when left at the first exit.
        drawdown_random: Mean of the same over exits at random seconds of the session.
        change_staying: Last mark against the first.
        change_leaving: The mark of the exit against the first.
        change_random: Mean of the same over random exits.
        drawdown_near: As `drawdown_random`, within 30 minutes of the exit; None without an exit.
        change_near: As `change_random`, within 30 minutes of the exit; None without an exit.
        from_high: The mark of the exit against the best before it; None without an exit.
        to_low: The worst mark after the exit against that of the exit; None without an exit.
        to_last: The last mark against that of the exit; None without an exit.
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


def hold(
    series: QuoteSeries,
    position: Position,
    exit_stamps: Sequence[int],
    *,
    latency_ms: int,
    seed: int,
) -> HeldDay | None:
    """Hold a position over one session.

    Args:
        series: The session's quotes.
        position: Of its symbol.
        exit_stamps: Exit recommendations of its symbol, Unix nanoseconds, any order and day.
        latency_ms: From the recommendation to the quote that is met.
        seed: Of the random exits.

    Returns:
        None where the position was opened after the last quote.
    """
    held = _held(series)
    if position.opened_at is not None:
        opened_ns = ns_from_utc(position.opened_at)
        if opened_ns > held.stamps[-1]:
            return None
        if opened_ns > held.open_ns:
            held = _cut(held, max(0, int(held.places_at(np.array([opened_ns]))[0])), opened_ns)
    within = sorted(at for at in exit_stamps if held.open_ns <= at < held.close_ns)
    exits = tuple(at + latency_ms * NS_PER_MS for at in within)
    near = None
    if exits:
        near = _random_places(held, exits[0] - NEAR_NS, exits[0] + NEAR_NS, seed)
    return HeldDay(
        position=position,
        series=held,
        exits=exits,
        left=np.maximum(held.places_at(np.array(exits, dtype=np.int64)), 0),
        at_random=_random_places(held, held.open_ns, held.close_ns, seed),
        near=near,
    )


def account_of(day: HeldDay) -> ExitAccount:
    """Reckon one symbol-day in basis points."""
    marks, bests = day.marks, day.bests
    sign = -1 if day.position.is_short else 1
    drawdowns = np.maximum.accumulate(sign * (bests - marks) / bests) * BASIS_POINTS
    changes = sign * (marks - marks[0]) / marks[0] * BASIS_POINTS
    last = place = len(marks) - 1
    at_random, near, left = day.at_random, day.near, bool(day.exits)
    if left:
        place = int(day.left[0])
    worst = marks[place:].max() if day.position.is_short else marks[place:].min()

    def change(before: np.int64, after: np.int64) -> float | None:
        return _rounded(sign * (after - before) / before * BASIS_POINTS) if left else None

    return ExitAccount(
        symbol=day.series.symbol,
        day=day.series.day.isoformat(),
        recommendations=len(day.exits),
        left_at_ns=day.exits[0] if left else None,
        drawdown_staying=_rounded(drawdowns[last]),
        drawdown_leaving=_rounded(drawdowns[place]),
        drawdown_random=_rounded(drawdowns[at_random].mean()),
        change_staying=_rounded(changes[last]),
        change_leaving=_rounded(changes[place]),
        change_random=_rounded(changes[at_random].mean()),
        drawdown_near=None if near is None else _rounded(drawdowns[near].mean()),
        change_near=None if near is None else _rounded(changes[near].mean()),
        from_high=change(bests[place], marks[place]),
        to_low=change(marks[place], worst),
        to_last=change(marks[place], marks[last]),
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
    return _cut(series, start, max(series.opened_ns or series.open_ns, int(series.stamps[start])))


def _cut(series: QuoteSeries, start: int, open_ns: int) -> QuoteSeries:
    """Return a session from one of its quotes on, as if it opened at a moment."""
    return replace(
        series,
        open_ns=open_ns,
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


def _rounded(value: FloatArray | np.float64) -> float:
    return round(float(value), 4) + 0.0
