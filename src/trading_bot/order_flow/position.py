"""An open position, and whoever knows which ones there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Position:
    """Shares of one symbol that are held, or owed.

    Attributes:
        symbol: Ticker.
        quantity: Shares; negative when sold short, fractions allowed.
        average_price: USD per share paid, or received for a short.
        stop: USD per share at which the trader means to leave; None for none.

    Raises:
        ValueError: A quantity of 0, or a price that is not finite and above 0.
    """

    symbol: str
    quantity: Decimal
    average_price: Decimal
    stop: Decimal | None = None

    def __post_init__(self) -> None:
        if not self.quantity.is_finite() or self.quantity == 0:
            raise ValueError(f"{self.symbol}: quantity={self.quantity} must not be 0")
        for name in ("average_price", "stop"):
            price = getattr(self, name)
            if price is not None and (not price.is_finite() or price <= 0):
                raise ValueError(f"{self.symbol}: {name}={price} must be above 0 USD per share")

    @property
    def is_short(self) -> bool:
        """Return whether the shares are owed."""
        return self.quantity < 0

    def unrealised_pnl(self, price: Decimal) -> Decimal:
        """Return the profit in USD if the position were closed at `price`."""
        return (price - self.average_price) * self.quantity

    def distance_to_stop(self, price: Decimal) -> Decimal | None:
        """Return USD per share from `price` down to the stop; negative when it is passed."""
        return None if self.stop is None else price - self.stop


class PositionManager(Protocol):
    """Whoever knows what is held. A host bot brings its own, or uses `FilePositionManager`."""

    def get_active_positions(self) -> Sequence[Position]:
        """Return every open position, longs and shorts."""
        ...

    def get_watchlist(self) -> Sequence[str]:
        """Return symbols to watch without a position."""
        ...
