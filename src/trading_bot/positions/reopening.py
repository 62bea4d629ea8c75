"""How soon a connection that ended is opened again."""

from __future__ import annotations

from typing import Final

from trading_bot.order_flow.market.units import NS_PER_SECOND

STEADY_NS: Final = 60 * NS_PER_SECOND
"""After so long a life the pauses begin from the first. Where another program takes the one
connection of an account again and again, none lives so long: both leave each other more time."""
LONGEST_WAIT_SECONDS: Final = 30.0
_MOST_DOUBLINGS: Final = 5


class Reopening:
    """Counts connections that ended soon."""

    def __init__(self) -> None:
        self._ended = 0

    def wait_after(self, lived_ns: int) -> float:
        """Return how many seconds to wait at most: 1, and after each further end twice as long.

        Args:
            lived_ns: How long the connection lived.
        """
        if lived_ns >= STEADY_NS:
            self._ended = 0
        wait = min(2.0 ** min(self._ended, _MOST_DOUBLINGS), LONGEST_WAIT_SECONDS)
        self._ended += 1
        return wait
