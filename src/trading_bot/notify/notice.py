"""What of all that happens is worth a notice, and in which words; pure."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, replace
from typing import Final, Literal

from trading_bot.order_flow.diagnostics import SECRETS
from trading_bot.order_flow.notices import FeedEvent, GuardState, GuardStateKind, MonitorEvent
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.telling.describe import describe

NoticeKind = Literal[
    "exit",
    "blind",
    "visible",
    "positions unknown",
    "positions known",
    "started",
    "stopped",
    "failed",
    "lost",
    "summary",
    "no longer muted",
]
"""What a notice is about; it stands in its title."""
_OF_STATES: Final[dict[GuardStateKind, NoticeKind]] = {
    "started": "started",
    "stopped": "stopped",
    "failed": "failed",
    "positions_failed": "positions unknown",
    "positions_stale": "positions unknown",
    "positions_ok": "positions known",
    "events_lost": "lost",
}
_URGENT: Final = frozenset({"exit", "blind", "positions unknown", "failed"})
_LONG_NUMBER: Final = re.compile(r"\b\w*\d{6}\w*\b")
"""What may be the number of an account; sizes have a comma in them."""
_LONGEST_LINE: Final = 400


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that somebody is told.

    Attributes:
        kind: What it is about.
        symbol: Ticker; None for the whole guard.
        text: One line.
        urgent: It breaks quiet hours: an exit, or something unprotected.
    """

    kind: NoticeKind
    symbol: str | None
    text: str
    urgent: bool = False

    @property
    def name(self) -> str:
        """What it is about, and which symbol, in a few words."""
        return f"{self.symbol}: {self.kind}" if self.symbol else f"the guard: {self.kind}"


def notice(kind: NoticeKind, symbol: str | None, words: str) -> Notice:
    """Return a notice, without secrets and cut to a line."""
    line = " ".join(str(SECRETS.blank(words)).split())
    shown = line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"
    return Notice(kind, symbol, shown, kind in _URGENT)


class Selection:
    """Picks what is worth a notice: exits, sight of what is held, and the guard's own life.

    That something is well again is told of what was told before, and of nothing else.
    """

    def __init__(self) -> None:
        self._blind: set[str | None] = set()
        self._unknown: set[str | None] = set()

    def take(self, event: MonitorEvent, held: Container[str]) -> Notice | None:
        """Return the notice of an event; None where it is worth none.

        Args:
            event: Of a monitor, or of a guard.
            held: The symbols of the open positions.
        """
        if isinstance(event, ExitRecommendation):
            return notice("exit", event.symbol, describe(event))
        if isinstance(event, FeedEvent):
            return self._of_sight(event, event.kind, event.position_open)
        if isinstance(event, GuardState):
            if event.symbol is not None and event.kind in ("blind", "degraded", "visible"):
                return self._of_sight(event, event.kind, event.symbol in held)
            return self._of_state(event)
        return None

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

    def _of_state(self, event: GuardState) -> Notice | None:
        kind = _OF_STATES.get(event.kind)
        if kind == "positions known":
            if event.symbol not in self._unknown:
                return None
            self._unknown.discard(event.symbol)
        if kind == "positions unknown":
            self._unknown.add(event.symbol)
        if kind in ("started", "stopped", "failed"):
            # Of what was so before, nothing more is known.
            self._blind.clear()
            self._unknown.clear()
        if kind is None:
            return None
        # A host's or a broker's words, which may name an account.
        shown = replace(event, reason=_LONG_NUMBER.sub("***", event.reason))
        return notice(kind, event.symbol, describe(shown))
