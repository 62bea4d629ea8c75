"""What a listener is told, beside alerts and recommendations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

FeedEventKind = Literal["degraded", "blind", "recovered", "refused"]


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """A symbol's feed became better or worse, or gave data that was refused.

    Attributes:
        kind: `degraded`, `blind` or `recovered`; `refused` for data that failed validation.
        symbol: Ticker.
        timestamp_utc: When it was judged.
        reason: Why, in a few words.
        position_open: True when a position depends on this feed.
        code: The validation code of refused data, else None.
    """

    kind: FeedEventKind
    symbol: str
    timestamp_utc: datetime
    reason: str
    position_open: bool
    code: str | None = None
