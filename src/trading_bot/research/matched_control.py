"""Matched controls: random seconds that looked like the alert's before it came.

Volatility, spread and clock alone foretell much of what a price does next, so what an alert is
worth is its difference from such seconds, never its own outcome.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.research.outcomes import OutcomeRules, outcomes_at, volatility_at
from trading_bot.research.quote_series import FloatArray, IntArray, QuoteSeries, by_symbol

CONTROLS_PER_ALERT = 20
SAME_TIME_SECONDS = 1_800
VOLATILITY_FACTOR = 1.4
BLOCK_SECONDS = 600


@dataclass(frozen=True)
class Moment:
    """Something to be judged: when it was, and in what."""

    symbol: str
    stamp_ns: int


@dataclass(frozen=True)
class Judged:
    """Outcomes of many moments beside those of their controls.

    Attributes:
        columns: Names of the outcomes.
        outcomes: What followed; shape (n, columns), NaN rows where not judged.
        controls: Mean of what followed the controls; the same shape.
        blocks: Ten-minute piece of time that a moment lies in, one for all symbols, since they
            share a market; shape (n,).
        days: Trading day, likewise; shape (n,).
        unjudged: Why a moment was not judged, or None; length n.
    """

    columns: tuple[str, ...]
    outcomes: FloatArray
    controls: FloatArray
    blocks: IntArray
    days: IntArray
    unjudged: tuple[str | None, ...]


class ControlPool:
    """Every whole second that may be a control, with its outcome, by symbol.

    Args:
        series: Sessions of any symbols and days.
        rules: How outcomes are measured.
        seed: Of the choice; the same moment gets the same controls in any company.
    """

    def __init__(self, series: Sequence[QuoteSeries], rules: OutcomeRules, seed: int) -> None:
        self.rules = rules
        self.series = list(series)
        self._seed = seed
        self._pools = {
            symbol: _Pool(sessions, rules) for symbol, sessions in by_symbol(series).items()
        }

    def judge(self, moments: Sequence[Moment]) -> Judged:
        """Measure moments and their controls."""
        shape = (len(moments), len(self.rules.columns))
        outcomes, controls = np.full(shape, np.nan), np.full(shape, np.nan)
        blocks = np.zeros(len(moments), dtype=np.int64)
        days = np.zeros(len(moments), dtype=np.int64)
        unjudged: list[str | None] = ["outside_session"] * len(moments)
        for session in self.series:
            rows = [
                row
                for row, each in enumerate(moments)
                if each.symbol == session.symbol
                and session.open_ns <= each.stamp_ns < session.close_ns
            ]
            if not rows:
                continue
            stamps = np.array([moments[row].stamp_ns for row in rows], dtype=np.int64)
            found = outcomes_at(session, stamps, self.rules)
            volatility = volatility_at(session, stamps)
            since_open = (stamps - session.open_ns) // NS_PER_SECOND
            for at, row in enumerate(rows):
                days[row] = session.day.toordinal()
                blocks[row] = stamps[at] // (BLOCK_SECONDS * NS_PER_SECOND)
                if np.isnan(found[at, 0]):
                    unjudged[row] = "reach_ends_after_close"
                    continue
                control = self._control(moments[row], int(since_open[at]), volatility[at])
                if control is None:
                    unjudged[row] = "unmatched"
                    continue
                unjudged[row] = None
                outcomes[row], controls[row] = found[at], control
        return Judged(self.rules.columns, outcomes, controls, blocks, days, tuple(unjudged))

    def _control(self, moment: Moment, second: int, volatility: float) -> FloatArray | None:
        pool = self._pools[moment.symbol]
        places = pool.places_like(second, volatility)
        if len(places) < CONTROLS_PER_ALERT:
            return None
        seed = (self._seed, moment.stamp_ns, crc32(moment.symbol.encode()))
        chosen = np.random.default_rng(seed).choice(places, CONTROLS_PER_ALERT, replace=False)
        mean: FloatArray = pool.outcomes[chosen].mean(axis=0)
        return mean


class _Pool:
    """The usable seconds of one symbol over all days, in order of the time of day."""

    def __init__(self, sessions: Sequence[QuoteSeries], rules: OutcomeRules) -> None:
        times, volatilities, outcomes = [], [], []
        for session in sessions:
            seconds = session.seconds()
            volatility = volatility_at(session, seconds)
            seconds, volatility = seconds[~np.isnan(volatility)], volatility[~np.isnan(volatility)]
            found = outcomes_at(session, seconds, rules)
            usable = ~np.isnan(found[:, 0])
            times.append((seconds[usable] - session.open_ns) // NS_PER_SECOND)
            volatilities.append(volatility[usable])
            outcomes.append(found[usable])
        joined = np.concatenate(times)
        order = np.argsort(joined, kind="stable")
        self._times = joined[order]
        self._volatilities = np.concatenate(volatilities)[order]
        self.outcomes = np.concatenate(outcomes)[order]

    def places_like(self, second: int, volatility: float) -> IntArray:
        """Return the rows of seconds at the same time of day with a like volatility."""
        start = np.searchsorted(self._times, second - SAME_TIME_SECONDS, side="left")
        end = np.searchsorted(self._times, second + SAME_TIME_SECONDS, side="right")
        near = self._volatilities[start:end]
        # NaN compares false: a moment without five minutes before it has no match.
        like = (near <= volatility * VOLATILITY_FACTOR) & (near * VOLATILITY_FACTOR >= volatility)
        return np.flatnonzero(like).astype(np.int64) + start
