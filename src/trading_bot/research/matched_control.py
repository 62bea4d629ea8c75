"""Matched controls: random seconds that looked like the alert's before it came.

Volatility, spread and clock alone foretell much of what a price does next, so what an alert is
worth is its difference from such seconds, never its own outcome.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from zlib import crc32

import numpy as np

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.research.days.measured import MeasuredDay, measured_in
from trading_bot.research.days.seconds import Seconds
from trading_bot.research.outcomes import OutcomeRules
from trading_bot.research.quote_series import FloatArray, IntArray, QuoteSeries, by_symbol

CONTROLS_PER_ALERT = 20
SAME_TIME_SECONDS = 1_800
VOLATILITY_FACTOR = 1.4
BLOCK_SECONDS = 600
_AT_ONCE: Final = 2_000
"""Moments whose controls are looked up together: each time every day is unpacked once."""


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
        days: Sessions of any symbols and days, with all of their quotes or measured already.
        rules: How outcomes are measured.
        seed: Of the choice; the same moment gets the same controls in any company.
    """

    def __init__(
        self, days: Iterable[QuoteSeries | MeasuredDay], rules: OutcomeRules, seed: int
    ) -> None:
        self.rules = rules
        self.series = list(days)
        self._seed = seed
        self._days = by_symbol(self.series)
        self._known: dict[Moment, _JudgedMoment] = {}

    def judge(self, moments: Sequence[Moment]) -> Judged:
        """Measure moments and their controls."""
        new = defaultdict(set)
        for each in moments:
            if each not in self._known:
                new[each.symbol].add(each.stamp_ns)
        for symbol, stamps in new.items():
            self._judge_symbol(symbol, np.array(sorted(stamps), dtype=np.int64))
        shape = (len(moments), len(self.rules.columns))
        outcomes, controls = np.full(shape, np.nan), np.full(shape, np.nan)
        blocks = np.zeros(len(moments), dtype=np.int64)
        days = np.zeros(len(moments), dtype=np.int64)
        unjudged: list[str | None] = []
        for row, moment in enumerate(moments):
            known = self._known[moment]
            unjudged.append(known.unjudged)
            if known.day:
                days[row] = known.day
                blocks[row] = moment.stamp_ns // (BLOCK_SECONDS * NS_PER_SECOND)
            if known.control is not None:
                outcomes[row], controls[row] = known.outcome, known.control
        return Judged(self.rules.columns, outcomes, controls, blocks, days, tuple(unjudged))

    def _judge_symbol(self, symbol: str, stamps: IntArray) -> None:
        """Judge moments of one symbol; its seconds are unpacked for no longer than that."""
        pool: _Pool | None = None
        waiting: list[tuple[Moment, FloatArray, int, IntArray]] = []
        self._known |= {Moment(symbol, at): _OUTSIDE for at in stamps.tolist()}
        for day in self._days.get(symbol, ()):
            inside = stamps[(stamps >= day.open_ns) & (stamps < day.close_ns)]
            if not len(inside):
                continue
            number = day.day.toordinal()
            found, volatilities = measured_in(day, inside, self.rules)
            for stamp_ns, outcome, volatility in zip(
                inside.tolist(), found, volatilities.tolist(), strict=True
            ):
                moment = Moment(symbol, stamp_ns)
                if np.isnan(outcome[0]):
                    self._known[moment] = _JudgedMoment("reach_ends_after_close", number)
                    continue
                pool = pool or _Pool(self._days[symbol], self.rules)
                second = (stamp_ns - day.open_ns) // NS_PER_SECOND
                chosen = self._chosen(moment, pool.places_like(second, volatility))
                if chosen is None:
                    self._known[moment] = _JudgedMoment("unmatched", number)
                    continue
                waiting.append((moment, outcome, number, chosen))
                if len(waiting) == _AT_ONCE:
                    self._take(waiting, pool)
        if pool is not None:
            self._take(waiting, pool)

    def _chosen(self, moment: Moment, places: IntArray) -> IntArray | None:
        if len(places) < CONTROLS_PER_ALERT:
            return None
        seed = (self._seed, moment.stamp_ns, crc32(moment.symbol.encode()))
        return np.random.default_rng(seed).choice(places, CONTROLS_PER_ALERT, replace=False)

    def _take(self, waiting: list[tuple[Moment, FloatArray, int, IntArray]], pool: _Pool) -> None:
        """Set beside moments what followed the seconds that were chosen for them."""
        if not waiting:
            return
        followed = pool.outcomes_at(np.concatenate([chosen for *_, chosen in waiting]))
        for n, (moment, outcome, number, _) in enumerate(waiting):
            own = followed[n * CONTROLS_PER_ALERT : (n + 1) * CONTROLS_PER_ALERT]
            self._known[moment] = _JudgedMoment(None, number, outcome, own.mean(axis=0))
        waiting.clear()


class _JudgedMoment(NamedTuple):
    """What is known of one moment; no day outside of every session."""

    unjudged: str | None
    day: int = 0
    outcome: FloatArray | None = None
    control: FloatArray | None = None


_OUTSIDE: Final = _JudgedMoment("outside_session")


class _Pool:
    """The usable seconds of one symbol over all days, in order of the time of day.

    A place is a second's number times the number of days, plus the number of its day.
    """

    def __init__(self, days: Sequence[QuoteSeries | MeasuredDay], rules: OutcomeRules) -> None:
        self._rules = rules
        self._days = [
            each.seconds if isinstance(each, MeasuredDay) else Seconds.of(each, rules)
            for each in days
        ]
        # Second by second, so that those of one time of day stand together.
        shape = (max(each.count for each in self._days), len(self._days))
        self._volatilities = np.full(shape, np.nan)
        for number, each in enumerate(self._days):
            self._volatilities[: each.count, number] = each.volatilities()

    def places_like(self, second: int, volatility: float) -> IntArray:
        """Return the places of seconds at the same time of day with a like volatility."""
        start = max(0, second - SAME_TIME_SECONDS)
        near = self._volatilities[start : second + SAME_TIME_SECONDS + 1].ravel()
        # NaN compares false: a moment without five minutes before it has no match.
        like = (near <= volatility * VOLATILITY_FACTOR) & (near * VOLATILITY_FACTOR >= volatility)
        return np.flatnonzero(like).astype(np.int64) + start * len(self._days)

    def outcomes_at(self, places: IntArray) -> FloatArray:
        """Return what followed the seconds at some places; shape (n, columns)."""
        seconds, numbers = np.divmod(places, len(self._days))
        found = np.empty((len(places), len(self._rules.columns)))
        for number in np.unique(numbers).tolist():
            rows = np.flatnonzero(numbers == number)
            found[rows] = self._days[number].outcomes_at(seconds[rows], self._rules)
        return found
