"""Does a symbol's usual size exceed its threshold? Then the threshold says nothing about it.

A fixed number of shares is no property of a stock: one shows more than 10,000 at its best price all
day, another never. Looked at once a second for the first minute of a watch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LOOKS: Final = 60
EXCEEDED_PER_CENT: Final = 20


@dataclass(slots=True)
class _Looks:
    made: int = 0
    exceeded: int = 0


class ThresholdCheck:
    """Counts, symbol by symbol, how often the best bid or ask is at or above the threshold."""

    def __init__(self) -> None:
        self._looks: dict[str, _Looks] = {}

    def saw(self, symbol: str, *, exceeded: bool) -> int | None:
        """Take one look.

        Args:
            symbol: Ticker.
            exceeded: Whether the newest quote shows a level of at least the threshold.

        Returns:
            Once, with the last look of the first minute: per cent of the looks that exceeded the
            threshold, rounded up, where these are more than 20. Else None.
        """
        looks = self._looks.setdefault(symbol, _Looks())
        if looks.made == LOOKS:
            return None
        looks.made += 1
        looks.exceeded += exceeded
        if looks.made < LOOKS or looks.exceeded * 100 <= EXCEEDED_PER_CENT * LOOKS:
            return None
        return -(-looks.exceeded * 100 // LOOKS)

    def forget(self, symbol: str) -> None:
        """Begin anew when the symbol is watched again."""
        self._looks.pop(symbol, None)
