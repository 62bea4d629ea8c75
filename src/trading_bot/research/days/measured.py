"""One symbol-day, measured while its quotes were at hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np

from trading_bot.research.days.seconds import Seconds
from trading_bot.research.exit_account import ExitAccount, account_of
from trading_bot.research.outcomes import OutcomeRules, outcomes_at, volatility_at
from trading_bot.research.quote_series import FloatArray, IntArray, QuoteSeries


@dataclass(frozen=True)
class MeasuredDay:
    """What stays of a session.

    Attributes:
        symbol: Ticker.
        day: Trading day in New York.
        open_ns: Start of the regular session, Unix nanoseconds.
        close_ns: Its end.
        seconds: Its seconds, of which any may be a control.
        account: What its exits would have meant.
        stamps: The moments that were measured, rising, Unix nanoseconds; shape (n,).
        outcomes: What followed each; shape (n, columns), NaN rows where that is not known.
        volatilities: How volatile the time before each was; shape (n,).
    """

    symbol: str
    day: date
    open_ns: int
    close_ns: int
    seconds: Seconds
    account: ExitAccount
    stamps: IntArray
    outcomes: FloatArray
    volatilities: FloatArray

    def measured(self, stamps: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return outcomes and volatilities of moments that were measured.

        Raises:
            KeyError: One was not.
        """
        if not np.isin(stamps, self.stamps).all():
            raise KeyError(f"a moment of {self.symbol} {self.day} was not measured")
        places = np.searchsorted(self.stamps, stamps)
        return self.outcomes[places], self.volatilities[places]


def measure(
    series: QuoteSeries,
    moments: Collection[int],
    exits: Collection[int],
    rules: OutcomeRules,
    seed: int,
) -> MeasuredDay:
    """Measure a session.

    Args:
        series: Its quotes.
        moments: Whatever is to be judged in it, Unix nanoseconds.
        exits: Exit recommendations of its symbol, likewise.
        rules: How outcomes are measured.
        seed: Of the random exits.
    """
    stamps = np.array(sorted(set(moments)), dtype=np.int64)
    return MeasuredDay(
        symbol=series.symbol,
        day=series.day,
        open_ns=series.open_ns,
        close_ns=series.close_ns,
        seconds=Seconds.of(series, rules),
        account=account_of(series, list(exits), latency_ms=rules.latency_ms, seed=seed),
        stamps=stamps,
        outcomes=outcomes_at(series, stamps, rules),
        volatilities=volatility_at(series, stamps),
    )
