"""The guard's events in a log, each with its facts in the message: many hosts print no `extra`."""

from __future__ import annotations

import logging
from typing import Final

from ..data_models import OrderFlowAlert
from ..diagnostics import SECRETS
from ..notices import GuardStateKind
from ..recommendation import ExitRecommendation
from .describe import describe
from .guard_events import GuardEvent

_LEVELS: Final[dict[GuardStateKind, int]] = {
    "failed": logging.ERROR,
    "positions_failed": logging.ERROR,
    "positions_stale": logging.ERROR,
    "blind": logging.ERROR,
    "risk_manager_failed": logging.ERROR,
    "record_failed": logging.ERROR,
    "record_reopened": logging.ERROR,
    "degraded": logging.WARNING,
    "refused": logging.WARNING,
    "lost": logging.WARNING,
    "connection": logging.WARNING,
    "settings_refused": logging.WARNING,
    "capture_failed": logging.WARNING,
    "events_lost": logging.WARNING,
    "threshold": logging.WARNING,
}


class EventLog:
    """Logs each event as one line: its name, and what it says; a listener like any other.

    Args:
        logger: Where to.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def __call__(self, event: GuardEvent) -> None:
        """Log one event."""
        facts: dict[str, object] = {"symbol": event.symbol}
        level = logging.WARNING
        if isinstance(event, OrderFlowAlert):
            name = f"order_flow.{event.alert_type}_detected"
            facts |= {"alert_id": event.alert_id, "severity": event.severity}
        elif isinstance(event, ExitRecommendation):
            name = "order_flow.exit_signal_triggered"
            facts |= {"exit_id": event.exit_id, "urgency": event.urgency}
        else:
            name = f"order_flow.guard_{event.kind}"
            level = _LEVELS.get(event.kind, logging.INFO)
            facts |= {"reason": SECRETS.blank(event.reason)}
        self._logger.log(level, "%s %s", name, SECRETS.blank(describe(event)), extra=facts)
