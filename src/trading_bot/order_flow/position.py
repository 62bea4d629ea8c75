"""An open position, and whoever knows which ones there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Protocol

Number = int | float | str | Decimal
"""What a host may write a number as; kept as Decimal."""

_UNKNOWN_OR_NONE: Mapping[str, str] = {
    "average_price": "or null where it is not known",
    "stop": "or null for none",
}
"""The numbers that may be None, and what that says."""


@dataclass(frozen=True, slots=True)
class Position:
    """Shares of one symbol that are held, or owed.

    Attributes:
        symbol: Ticker.
        quantity: Shares; negative when sold short, fractions allowed.
        average_price: USD per share paid, or received for a short; None where it is not known:
            then neither is the profit.
        stop: USD per share at which the trader means to leave; None for none.
        opened_at: Since when it is held; nobody is told to leave for what happened before. None
            where the host does not say: then since the record has it.
        origin: The host's own object; two positions are compared without it.

    Numbers may be given as int, float, str or Decimal; they are kept as Decimal, a float as the
    shortest number that reads the same.

    Raises:
        ValueError: A number that is none, a quantity of 0 or not finite, a price that is not finite
            and above 0, or a time without a zone.
    """

    symbol: str
    quantity: Decimal
    average_price: Decimal | None
    stop: Decimal | None = None
    _: KW_ONLY
    opened_at: datetime | None = None
    origin: object = field(default=None, compare=False, repr=False)

    if TYPE_CHECKING:  # what may be given is more than what is kept

        def __init__(
            self,
            symbol: str,
            quantity: Number,
            average_price: Number | None,
            stop: Number | None = None,
            *,
            opened_at: datetime | None = None,
            origin: object = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        for name in ("quantity", "average_price", "stop"):
            given = getattr(self, name)
            if type(given) is not Decimal and not (name in _UNKNOWN_OR_NONE and given is None):
                object.__setattr__(self, name, _exactly(self.symbol, name, given))
        if not self.quantity.is_finite() or self.quantity == 0:
            raise ValueError(
                f"{self.symbol}: quantity={self.quantity} must not be 0: leave out what is closed"
            )
        for name, mend in _UNKNOWN_OR_NONE.items():
            price = getattr(self, name)
            if price is not None and (not price.is_finite() or price <= 0):
                raise ValueError(
                    f"{self.symbol}: {name}={price} must be above 0 USD per share, {mend}"
                )
        if self.opened_at is not None:
            _check_time(self.symbol, self.opened_at)

    @property
    def is_short(self) -> bool:
        """Return whether the shares are owed."""
        return self.quantity < 0

    def unrealised_pnl(self, price: Decimal) -> Decimal | None:
        """Return the profit in USD if the position were closed at `price`; None if not known."""
        if self.average_price is None:
            return None
        return (price - self.average_price) * self.quantity

    def distance_to_stop(self, price: Decimal) -> Decimal | None:
        """Return USD per share from `price` down to the stop; negative when it is passed."""
        return None if self.stop is None else price - self.stop


def _exactly(symbol: str, name: str, given: object) -> Decimal:
    if isinstance(given, (int, float, str)) and not isinstance(given, bool):
        with suppress(InvalidOperation):
            return Decimal(repr(given) if isinstance(given, float) else given)
    raise ValueError(f"{symbol}: {name}={given!r} is no number")


class PositionManager(Protocol):
    """Whoever knows what is held. A host bot brings its own, or uses `FilePositionManager`."""

    def get_active_positions(self) -> Sequence[Position]:
        """Return every open position, longs and shorts."""
        ...

    def get_watchlist(self) -> Sequence[str]:
        """Return symbols to watch without a position."""
        ...


def _check_time(symbol: str, opened_at: datetime) -> None:
    if opened_at.tzinfo is None:
        raise ValueError(f"{symbol}: opened_at={opened_at!r} has no time zone")
    try:
        opened_at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{symbol}: opened_at={opened_at!r} is no time in UTC") from error
