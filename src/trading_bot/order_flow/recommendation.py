"""ExitRecommendation: what the risk manager says, and why."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from .data_models import DepthKind, Facts, OrderFlowAlert
from .position import Position

Urgency = Literal["elevated", "high", "immediate"]
URGENCIES: tuple[Urgency, ...] = ("elevated", "high", "immediate")
"""From least to most urgent."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """What selling a long position now into the displayed bids costs; no forecast.

    Bids that are hidden, or stand where the source does not look, are not among them.

    Attributes:
        shares: Of the position.
        fits: Shares of it that fit into the displayed bids; None where those are not known.
        cost_usd: What these bring less than at the midpoint of bid and ask, USD, exactly; None
            where it is not known, and where none fit.
        cost_bp: The same in basis points of the midpoint, two decimals.
        levels: Displayed bid levels.
        depth_kind: `top_of_book` where only the best bid is displayed; None where nothing is known.
        unknown: Why what leaving costs is not known; empty where it is.
    """

    shares: Decimal
    _: KW_ONLY
    fits: Decimal | None = None
    cost_usd: Decimal | None = None
    cost_bp: float | None = None
    levels: int = 0
    depth_kind: DepthKind | None = None
    unknown: str = ""


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
            `immediate`: the stop is reached, or for fixed thresholds sellers and a burst together.
        timestamp_utc: Exchange time of the event that made it due.
        exit_id: 16 hex digits, equal for the same recommendation across restarts: a host that acts
            on one keeps the ids it has acted on. Empty where nobody has given it one.
        repeated: True for one that was recorded earlier and is told again, with its first id, since
            it is not known that anybody was told of it then.
        facts: What was so then, such as the spread; None for fixed thresholds.
        worth: What such exits were followed by on recorded days, in a sentence; empty for fixed
            thresholds.
        leaving: What leaving costs by the displayed bids; None where an exit judge was asked by
            itself, and in older records.
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
    _: KW_ONLY
    exit_id: str = ""
    repeated: bool = False
    facts: Facts | None = None
    worth: str = ""
    leaving: Leaving | None = None

    @property
    def alert_ids(self) -> tuple[str, ...]:
        """The ids of the alerts behind it, oldest first; those without one are left out."""
        return tuple(each.alert_id for each in self.alerts if each.alert_id is not None)

    @property
    def spreads_to_stop(self) -> float | None:
        """The distance to the stop in spreads; None where one of the two is not known."""
        spread = None if self.facts is None else self.facts.spread
        if not spread or self.distance_to_stop is None:
            return None
        return float(self.distance_to_stop / spread)

    @property
    def host_position(self) -> object:
        """The position as the host gave it: its own object, or a `Position`."""
        return self.position if self.position.origin is None else self.position.origin
