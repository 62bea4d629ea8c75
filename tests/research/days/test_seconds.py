"""The packed seconds of a session say what its quotes said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.score_values import CENT, OPEN_NS, START, S, series_of, walk

from trading_bot.research.days.seconds import Seconds
from trading_bot.research.outcomes import OutcomeRules, outcomes_at, volatility_at
from trading_bot.research.quote_series import QuoteSeries


def late(series: QuoteSeries, seconds: int) -> QuoteSeries:
    """Return a session whose first quotes are missing."""
    columns = ("stamps", "bids", "asks", "bid_sizes", "ask_sizes")
    kept = {name: getattr(series, name)[seconds:] for name in columns}
    return QuoteSeries(series.symbol, series.day, series.open_ns, series.close_ns, **kept)


def busy() -> QuoteSeries:
    """Return a session with several quotes a second and stretches without any."""
    chance = np.random.default_rng(3)
    day = walk(2)
    stamps = np.sort(chance.integers(day.open_ns, day.close_ns, 20_000))
    stamps = stamps[(stamps < OPEN_NS + 2_000 * S) | (stamps > OPEN_NS + 2_400 * S)]
    bids = START + np.cumsum(chance.choice((-CENT, 0, CENT), len(stamps)))
    asks = bids + chance.integers(1, 4, len(stamps)) * CENT
    sizes = np.ones(len(stamps), dtype=np.int64)
    return QuoteSeries("ACME", day.day, day.open_ns, day.close_ns, stamps, bids, asks, sizes, sizes)


@pytest.mark.parametrize("latency_ms", [0, 1, 1_000, 2_500])
@pytest.mark.parametrize(
    "series", [walk(1), late(walk(1), 500), busy()], ids=["all", "late", "busy"]
)
def test_packed_seconds_tell_what_the_quotes_told(series: QuoteSeries, latency_ms: int) -> None:
    # Given a session
    rules = OutcomeRules(latency_ms=latency_ms, hit_bp=(1, 5))
    moments = series.seconds()
    outcomes, volatilities = outcomes_at(series, moments, rules), volatility_at(series, moments)
    # When its seconds are packed
    seconds = Seconds.of(series, rules)
    # Then the same ones may be controls, and what followed is the same to the bit
    usable = ~np.isnan(outcomes[:, 0]) & ~np.isnan(volatilities)
    packed = seconds.volatilities()
    assert np.array_equal(~np.isnan(packed), usable)
    assert packed[usable].tolist() == volatilities[usable].tolist()
    places = np.flatnonzero(usable)
    assert seconds.outcomes_at(places, rules).tolist() == outcomes[usable].tolist()


def test_a_session_whose_quotes_come_too_late_has_no_control() -> None:
    # Given a session with one quote, four minutes before its end
    series = late(series_of(np.full(12_600, START)), 12_360)
    # When its seconds are packed
    seconds = Seconds.of(series, OutcomeRules())
    # Then none of them may be a control
    assert np.isnan(seconds.volatilities()).all()


def test_a_session_whose_quotes_come_after_every_entry_is_packed_too() -> None:
    # Given a session with one quote, within its last second
    series = late(series_of(np.full(12_600, START)), 12_599)
    series = replace(series, stamps=series.stamps + S // 2)
    # When its seconds are packed
    seconds = Seconds.of(series, OutcomeRules(latency_ms=2_000))
    # Then none of them may be a control
    assert np.isnan(seconds.volatilities()).all()


def test_a_session_takes_some_tens_of_kilobytes() -> None:
    # Given a session of 20,000 quotes by chance
    # When its seconds are packed
    seconds = Seconds.of(busy(), OutcomeRules())
    # Then they take a fraction of the quotes, which are five numbers of eight bytes each
    assert sum(map(len, seconds.packed)) < 100_000
