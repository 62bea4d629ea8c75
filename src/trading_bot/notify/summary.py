"""What a day has brought, for the one notice at its close; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from trading_bot.order_flow.calendar import session_at
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.notices import FeedEvent, GuardState, MonitorEvent
from trading_bot.order_flow.recommendation import ExitRecommendation

_MOST_NAMED = 10


class DayTally:
    """Counts what happens until the session closes, and says so once then."""

    def __init__(self) -> None:
        self._close_ns: int | None = None
        self._alerts: Counter[str] = Counter()
        self._exits: Counter[str] = Counter()
        self._blind: Counter[str] = Counter()

    def note(self, event: MonitorEvent) -> None:
        """Count one event."""
        if isinstance(event, OrderFlowAlert):
            self._alerts[event.symbol] += 1
        elif isinstance(event, ExitRecommendation):
            self._exits[event.symbol] += 1
        elif isinstance(event, FeedEvent | GuardState) and event.kind == "blind" and event.symbol:
            self._blind[event.symbol] += 1

    def due(self, now_ns: int) -> bool:
        """Return whether a session that was watched has closed since this was asked last.

        Args:
            now_ns: The market's present, Unix nanoseconds.
        """
        close_ns = self._close_ns
        if close_ns is not None and now_ns >= close_ns:
            self._close_ns = None
            return True
        if close_ns is None:
            session = session_at(now_ns)
            if session is not None and now_ns < session.close_ns:
                self._close_ns = session.close_ns
        return False

    def words(self, held: Collection[str], muted: Iterable[str]) -> str:
        """Say what the day has brought, and begin the next one.

        Args:
            held: The symbols of the open positions.
            muted: Those of which no notice is sent.
        """
        parts = [
            f"the day has closed; held: {_names(sorted(held))}",
            f"exits suggested: {_counts(self._exits)}",
            f"alerts: {_counts(self._alerts)}",
            f"times blind: {_counts(self._blind)}",
        ]
        silent = sorted(muted)
        if silent:
            parts.append(f"muted: {_names(silent)}")
        for each in (self._exits, self._alerts, self._blind):
            each.clear()
        return "; ".join(parts)


def _names(symbols: Collection[str]) -> str:
    shown = ", ".join(list(symbols)[:_MOST_NAMED]) or "nothing"
    more = len(symbols) - _MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def _counts(counts: Counter[str]) -> str:
    if not counts:
        return "none"
    common = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    named = _names([f"{symbol} {count:,}" for symbol, count in common])
    return f"{counts.total():,} ({named})"
