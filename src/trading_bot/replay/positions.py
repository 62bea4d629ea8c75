"""What a replay holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from trading_bot.order_flow.market.units import price_from_ticks
from trading_bot.order_flow.position import Position

REPLAY_QUANTITY: Final = Decimal(100)
"""Shares of every symbol that a replay holds from its first two-sided quote on."""


class ReplayPositions:
    """The given positions, or 100 shares of each symbol from its first two-sided quote.

    Args:
        given: Positions of the user; None holds every symbol.

    Attributes:
        holds_all: True when symbols are to be held from their first two-sided quote.
    """

    def __init__(self, given: Iterable[Position] | None = None) -> None:
        self._held = {position.symbol: position for position in given or ()}
        self.holds_all = given is None

    def open_at(self, symbol: str, bid_ticks: int, ask_ticks: int) -> None:
        """Hold 100 shares at the midpoint, without a stop."""
        # The midpoint may end in half a tick; twice of it is whole.
        price = price_from_ticks(bid_ticks + ask_ticks) / 2
        self._held[symbol] = Position(symbol, REPLAY_QUANTITY, price)

    def replace_all(self, positions: Iterable[Position]) -> None:
        """Hold exactly these from now on."""
        self._held = {position.symbol: position for position in positions}

    def drop(self, symbol: str) -> None:
        """Stop holding this symbol: nothing of it comes again."""
        self._held.pop(symbol, None)

    def get_active_positions(self) -> Sequence[Position]:
        """Return every open position."""
        return tuple(self._held.values())

    def get_watchlist(self) -> Sequence[str]:
        """Return nothing: a replay watches every symbol that it reads."""
        return ()
