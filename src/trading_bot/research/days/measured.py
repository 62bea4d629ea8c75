"""One symbol-day, measured while its quotes were at hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np

from trading_bot.order_flow.position import Position
from trading_bot.research.days.seconds import Seconds
from trading_bot.research.outcomes import OutcomeRules, outcomes_at, volatility_at
from trading_bot.research.position.dollars import PositionAccount, in_dollars
from trading_bot.research.position.exit_account import ExitAccount, account_of, hold
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
        account: What its exits would have meant, in basis points; None where nothing was held.
        position: The same in USD.
        stamps: The moments that were measured, rising, Unix nanoseconds; shape (n,).
        outcomes: What followed each; shape (n, columns), NaN rows where that is not known.
        volatilities: How volatile the time before each was; shape (n,).
    """

    symbol: str
    day: date
    open_ns: int
    close_ns: int
    seconds: Seconds
    account: ExitAccount | None
    position: PositionAccount | None
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
    position: Position | None,
    rules: OutcomeRules,
    seed: int,
) -> MeasuredDay:
    """Measure a session.

    Args:
        series: Its quotes.
        moments: Whatever is to be judged in it, Unix nanoseconds.
        exits: Exit recommendations of its symbol, likewise.
        position: What is held of its symbol.
        rules: How outcomes are measured.
        seed: Of the random exits.
    """
    stamps = np.array(sorted(set(moments)), dtype=np.int64)
    held = None
    if position is not None:
        held = hold(series, position, list(exits), latency_ms=rules.latency_ms, seed=seed)
    return MeasuredDay(
        symbol=series.symbol,
        day=series.day,
        open_ns=series.open_ns,
        close_ns=series.close_ns,
        seconds=Seconds.of(series, rules),
        account=None if held is None else account_of(held),
        position=None if held is None else in_dollars(held),
        stamps=stamps,
        outcomes=outcomes_at(series, stamps, rules),
        volatilities=volatility_at(series, stamps),
    )


def measured_in(
    day: QuoteSeries | MeasuredDay, stamps: IntArray, rules: OutcomeRules
) -> tuple[FloatArray, FloatArray]:
    """Return outcomes and volatilities of moments of a day, with its quotes or measured already.

    Raises:
        KeyError: A moment was not measured while there were quotes.
    """
    if isinstance(day, MeasuredDay):
        return day.measured(stamps)
    return outcomes_at(day, stamps, rules), volatility_at(day, stamps)
