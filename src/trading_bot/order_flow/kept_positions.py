"""The positions that stay protected while a host's position manager fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .diagnostics import get_logger
from .position import Position, PositionManager

_logger = get_logger(__name__)


class KeptPositions:
    """A host's position manager, or the positions as last read while it fails.

    Args:
        manager: The host's.
        last_read: Positions by symbol, as they were when it last answered.
    """

    def __init__(self, manager: PositionManager, last_read: Mapping[str, Position]) -> None:
        self._manager = manager
        self._last_read = last_read

    def get_active_positions(self) -> Sequence[Position]:
        """Return every open position."""
        try:
            return self._manager.get_active_positions()
        except Exception:  # a host's manager must not end the protection
            _logger.exception("order_flow.position_manager_failed")
            return tuple(self._last_read.values())

    def get_watchlist(self) -> Sequence[str]:
        """Return the symbols to watch without a position."""
        return self._manager.get_watchlist()
