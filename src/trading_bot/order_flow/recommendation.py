"""ExitRecommendation: what the risk manager says, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from .data_models import OrderFlowAlert
from .position import Position

Urgency = Literal["elevated", "high", "immediate"]
URGENCIES: tuple[Urgency, ...] = ("elevated", "high", "immediate")
"""From least to most urgent."""


@dataclass(frozen=True, slots=True)
class ExitRecommendation:
    """A recommendation to leave a position. It is no order: this library sends none.

    Attributes:
        symbol: Ticker.
        reason: One sentence for a person.
        alerts: The alerts behind it, oldest first.
        position: The position as it was held.
        price: USD per share it was reckoned with; None when no price was known.
        unrealised_pnl: USD at that price; None without a price.
        distance_to_stop: USD per share down to the stop; None without a stop or price.
        urgency: `elevated`: large sellers; `high`: a red burst, or one of the sellers is critical;
            `immediate`: sellers and a burst together, or the stop is reached.
        timestamp_utc: Exchange time of the event that made it due.
    """

    symbol: str
    reason: str
    alerts: tuple[OrderFlowAlert, ...]
    position: Position
    price: Decimal | None
    unrealised_pnl: Decimal | None
    distance_to_stop: Decimal | None
    urgency: Urgency
    timestamp_utc: datetime
