"""Positions that are given once: for the simulated market, replays and examples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trading_bot.order_flow.position import Position


class FixedPositionManager:
    """Holds what it is given.

    Args:
        positions: The open positions.
        watchlist: Symbols to watch without a position.
    """

    def __init__(self, positions: Iterable[Position], watchlist: Iterable[str] = ()) -> None:
        self._positions = tuple(positions)
        self._watchlist = tuple(watchlist)

    def get_active_positions(self) -> Sequence[Position]:
        """Return every open position."""
        return self._positions

    def get_watchlist(self) -> Sequence[str]:
        """Return the symbols to watch without a position."""
        return self._watchlist
