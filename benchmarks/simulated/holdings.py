"""What the simulated host holds, and how its source of positions fails."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from trading_bot.order_flow.market.units import NS_PER_SECOND, utc_from_ns

from .clock import MovedTime
from .faults import Faults

_HELD_BEFORE: Final = timedelta(hours=1)


class Holdings:
    """A position manager.

    Args:
        symbols: What is held, but for the faults.
        faults: What goes wrong.
        time: The time.
    """

    def __init__(self, symbols: Sequence[str], faults: Faults, time: MovedTime) -> None:
        self._symbols = symbols
        self._faults = faults
        self._time = time

    def get_active_positions(self) -> list[dict[str, Any]]:
        """Return what is held, as far as it can be read.

        Raises:
            RuntimeError: The source fails.
        """
        now = self._time.true
        if self._faults.on(now, "source_raises"):
            raise RuntimeError("the broker does not answer")
        bad = self._faults.on(now, "row_bad")
        return [
            {
                "symbol": symbol,
                "quantity": "many" if any(each.concerns(symbol) for each in bad) else 100,
                "average_price": 100.0,
                "opened_at": utc_from_ns(
                    self._time.start_ns + round(self.held_since(symbol, now) * NS_PER_SECOND)
                ),
            }
            for symbol in self._symbols
            if self.holds(symbol, now)
        ]

    def holds(self, symbol: str, seconds: float) -> bool:
        """Return whether a symbol is held at a moment."""
        return not any(
            each.concerns(symbol)
            and (each.is_on(seconds) or (each.kind == "opened" and seconds < each.begin))
            for each in self._faults.of("closed", "opened")
        )

    def held_since(self, symbol: str, seconds: float) -> float:
        """Return since when a symbol that is held is held."""
        ends = [
            each.end
            for each in self._faults.of("closed", "opened")
            if each.concerns(symbol) and each.end <= seconds
        ]
        return max(ends, default=-_HELD_BEFORE.total_seconds())
