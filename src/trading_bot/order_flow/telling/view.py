"""What the guard knows of one symbol at one moment, for whoever asks from anywhere; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ..data_models import OrderFlowAlert
from ..exit_judge import REPEAT_AFTER
from ..recommendation import ExitRecommendation, Leaving

Sees = Literal["visible", "degraded", "blind", "not_watched", "stopped"]
Pressure = Literal["calm", "alerted", "exit", "unknown"]


@dataclass(frozen=True, slots=True)
class View:
    """What is known of one symbol.

    Attributes:
        sees: `visible`, `degraded` or `blind`: how well its market can be seen, as of now.
            `not_watched`: nobody asked for it. `stopped`: the guard does not run.
        pressure: `exit`: leaving is recommended, by `exit`. `alerted`: selling pressure was seen,
            by `alerts`. `calm`: none was, and it would have been: it is said only while `sees` is
            `visible` and bursts are judged at this hour. `unknown`: none was seen, and it might
            have been missed. What was seen is said however badly can be seen now.
        reason: Why `sees` is not `visible`, or why it is not calm though it is; may be empty.
        alerts: Those of the symbol's alert window, oldest first.
        exit: The newest recommendation for the open position, while it is less than five minutes
            old: after that it is told again if its rule still holds. Else None.
        as_of: When this was found, market time.
        compared_seconds_ago: How long ago its market was compared with a second source and was
            equal, whole seconds; None where it never was, or nobody watches.
        leaving: What leaving the position costs now by the displayed bids; None where none is held,
            of a short one, and while nobody watches.
    """

    sees: Sees
    pressure: Pressure
    reason: str
    alerts: tuple[OrderFlowAlert, ...]
    exit: ExitRecommendation | None
    as_of: datetime
    compared_seconds_ago: int | None = None
    leaving: Leaving | None = None


def pressure_of(
    sees: Sees, *, alerted: bool, exit_due: bool, bursts_judged: bool
) -> tuple[Pressure, str]:
    """Return the pressure on a symbol, and why it is not calm though it is visible."""
    if exit_due:
        return "exit", ""
    if alerted:
        return "alerted", ""
    if sees != "visible":
        return "unknown", ""
    if not bursts_judged:
        return "unknown", "bursts are not judged at this hour"
    return "calm", ""


def within(
    alerts: Iterable[OrderFlowAlert], as_of: datetime, window: timedelta
) -> tuple[OrderFlowAlert, ...]:
    """Return the alerts of a window that ends now, oldest first; both ends count."""
    found = (each for each in alerts if as_of - window <= each.timestamp_utc)
    return tuple(sorted(found, key=lambda alert: alert.timestamp_utc))


def stands(exit_: ExitRecommendation | None, as_of: datetime) -> bool:
    """Return whether a recommendation is neither over nor due to be told again."""
    return exit_ is not None and as_of - exit_.timestamp_utc < REPEAT_AFTER
