"""What of all that happens is worth a notice, and when; pure."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import replace
from typing import Final

from trading_bot.notify.notice import Notice, NoticeKind, notice
from trading_bot.notify.unknown import FAILED_SECONDS, STALE_SECONDS, UnknownPositions
from trading_bot.order_flow.notices import FeedEvent, GuardState, GuardStateKind, MonitorEvent
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.telling.describe import describe

_OF_STATES: Final[dict[GuardStateKind, NoticeKind]] = {
    "started": "started",
    "stopped": "stopped",
    "failed": "failed",
    "positions_failed": "positions unknown",
    "positions_stale": "positions unknown",
    "positions_ok": "positions known",
    "events_lost": "lost",
}
_LASTS_SECONDS: Final[dict[GuardStateKind, float]] = {
    "positions_failed": FAILED_SECONDS,
    "positions_stale": STALE_SECONDS,
}
_LONG_NUMBER: Final = re.compile(r"\b\w*\d{6}\w*\b")
"""What may be the number of an account; sizes have a comma in them."""


class Selection:
    """Picks what is worth a notice: exits, sight of what is held, and the guard's own life.

    That something is well again is told of what was told before, and of nothing else. That
    positions are not known is told once it lasts, by `due`.
    """

    def __init__(self) -> None:
        self._blind: set[str | None] = set()
        self._unknown = UnknownPositions()

    def take(self, event: MonitorEvent, held: Container[str], now: float) -> Notice | None:
        """Return the notice of an event; None where it is worth none, or none yet.

        Args:
            event: Of a monitor, or of a guard.
            held: The symbols of the open positions.
            now: Seconds of a clock that is never set.
        """
        if isinstance(event, ExitRecommendation):
            return notice("exit", event.symbol, describe(event))
        if isinstance(event, FeedEvent):
            return self._of_sight(event, event.kind, event.position_open)
        if isinstance(event, GuardState):
            if event.symbol is not None and event.kind in ("blind", "degraded", "visible"):
                return self._of_sight(event, event.kind, event.symbol in held)
            return self._of_state(event, now)
        return None

    def due(self, now: float) -> list[Notice]:
        """Return what has lasted long enough to be told.

        Args:
            now: Seconds of the same clock.
        """
        return self._unknown.due(now)

    def _of_sight(self, event: FeedEvent | GuardState, kind: str, is_held: bool) -> Notice | None:
        symbol = event.symbol
        if kind == "blind":
            if not is_held:
                return None
            self._blind.add(symbol)
            return notice("blind", symbol, describe(event))
        if kind not in ("recovered", "visible", "degraded") or symbol not in self._blind:
            return None
        self._blind.discard(symbol)
        return notice("visible", symbol, describe(event))

    def _of_state(self, event: GuardState, now: float) -> Notice | None:
        if event.kind == "started":
            # Sight begins anew; what is held was asked for before.
            self._blind.clear()
        if event.kind in ("stopped", "failed"):
            # Of what was so before, nothing more is known.
            self._blind.clear()
            self._unknown.clear()
        kind = _OF_STATES.get(event.kind)
        if kind is None or (kind == "positions known" and not self._unknown.end(event.symbol)):
            return None
        # A host's or a broker's words, which may name an account.
        shown = replace(event, reason=_LONG_NUMBER.sub("***", event.reason))
        new = notice(kind, event.symbol, describe(shown))
        if kind == "positions unknown":
            self._unknown.begin(new, now + _LASTS_SECONDS[event.kind])
            return None
        return new
