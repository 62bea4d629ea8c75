"""What a host of the guard is told: alerts, exits, and what changed in the guard itself; pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..data_models import OrderFlowAlert
from ..notices import (
    FeedEvent,
    FeedEventKind,
    GuardState,
    GuardStateKind,
    MonitorEvent,
    RegimeNotice,
    ThresholdNotice,
    WallNotice,
)
from ..recommendation import ExitRecommendation

GuardEvent = OrderFlowAlert | ExitRecommendation | GuardState
"""Everything that a host of the guard may be told."""
GuardListener = Callable[[GuardEvent], None]
"""Is told of every event, after it has been recorded."""

_KINDS: Final[dict[FeedEventKind, GuardStateKind]] = {
    "recovered": "visible",
    "degraded": "degraded",
    "blind": "blind",
    "refused": "refused",
    "lost": "lost",
    "depth_lost": "depth_lost",
    "depth_back": "depth_back",
    "feeds_disagree": "feeds_disagree",
    "feeds_agree": "feeds_agree",
}


def as_guard_event(event: MonitorEvent) -> GuardEvent:
    """Return an event of the engine as a host of the guard hears it."""
    if isinstance(event, FeedEvent):
        reason = event.reason
        if event.kind == "blind" and event.position_open:
            reason += "; an open position is not protected now"
        return GuardState(_KINDS[event.kind], event.symbol, reason, event.timestamp_utc)
    if isinstance(event, ThresholdNotice):
        return GuardState("threshold", event.symbol, event.advice, event.timestamp_utc)
    if isinstance(event, RegimeNotice):
        return GuardState("regime", event.symbol, event.sentence, event.timestamp_utc)
    if isinstance(event, WallNotice):
        return GuardState("wall", event.symbol, event.sentence, event.timestamp_utc)
    return event


def ends_a_run(event: GuardEvent) -> bool:
    """Return whether an event is the last one of a run."""
    return isinstance(event, GuardState) and event.kind in ("stopped", "failed")
