"""What the demo account holds on the simulated market; imports nothing heavy."""

from __future__ import annotations

from decimal import Decimal

from trading_bot.order_flow.position import Position

POSITIONS = (
    Position("ACME", Decimal(1_200), Decimal("27.05"), Decimal("26.60")),
    Position("BOLT", Decimal(400), Decimal("83.10"), Decimal("82.00")),
    Position("CLIF", Decimal(500), Decimal("45.20"), Decimal("44.50")),
    Position("DOVE", Decimal(150), Decimal("110.80"), Decimal("108.00")),
    Position("EDDY", Decimal(-200), Decimal("63.40"), Decimal("65.00")),
)
"""ACME meets large sellers, BOLT a red burst, CLIF a large bid; DOVE stays calm, EDDY is short."""
