"""What the demo account holds on the simulated market; imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class SimulatedPosition:
    """One holding of the demo account.

    Attributes:
        symbol: Ticker on the simulated market.
        quantity: Shares; negative for a short position.
        average_price: USD per share paid, or received for a short.
        stop: USD per share at which the trader would leave.
    """

    symbol: str
    quantity: Decimal
    average_price: Decimal
    stop: Decimal


POSITIONS = (
    SimulatedPosition("ACME", Decimal(1_200), Decimal("27.05"), Decimal("26.60")),
    SimulatedPosition("BOLT", Decimal(400), Decimal("83.10"), Decimal("82.00")),
    SimulatedPosition("CLIF", Decimal(500), Decimal("45.20"), Decimal("44.50")),
    SimulatedPosition("DOVE", Decimal(150), Decimal("110.80"), Decimal("108.00")),
    SimulatedPosition("EDDY", Decimal(-200), Decimal("63.40"), Decimal("65.00")),
)
"""ACME meets large sellers, BOLT a red burst, CLIF a large bid; DOVE stays calm, EDDY is short."""

WATCHLIST = ("FERN.B",)
