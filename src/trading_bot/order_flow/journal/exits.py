"""What the publisher needs of those who keep alerts and turn them into exits.

The exit rule stands above the journal: it is handed in, and never imported here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from ..data_models import OrderFlowAlert
from ..recommendation import ExitRecommendation
from .history import AlertHistory


class AlertKeeper(Protocol):
    """Whoever keeps the alerts that may still count, and has each judged; `OrderFlowDetector`."""

    @property
    def alert_history(self) -> AlertHistory:
        """The alerts that may still count."""
        ...

    def publish(
        self, alert: OrderFlowAlert, price: Decimal | None = None
    ) -> ExitRecommendation | None:
        """Keep an alert and return the recommendation to leave, where one is due."""
        ...


class ExitJudge(Protocol):
    """Whoever says when a position is to be left, and which are blind; `RiskManager`."""

    def recheck(
        self,
        symbol: str,
        history: Iterable[OrderFlowAlert],
        as_of: datetime,
        price: Decimal | None = None,
    ) -> ExitRecommendation | None:
        """Judge a position again as time passes."""
        ...

    def on_feed_blind(self, symbol: str) -> None:
        """Mark a held symbol as unprotected: its feed is blind."""
        ...

    def on_feed_recovered(self, symbol: str) -> None:
        """Take that mark away: the symbol can be seen again."""
        ...
