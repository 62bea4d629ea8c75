"""The alerts that may still count: those of one symbol are found without a look at the others."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from ..data_models import OrderFlowAlert

HISTORY_KEPT = timedelta(minutes=10)
"""Twice the longest exit window: enough for every question that may be asked of the history."""
_EARLIEST = datetime.min.replace(tzinfo=UTC)


class AlertHistory(Collection[OrderFlowAlert]):
    """Alerts of all symbols in the order they came; `remember` bounds them by time."""

    def __init__(self) -> None:
        self._arrived: deque[OrderFlowAlert] = deque()
        # The same alerts in the same order, by symbol.
        self._by_symbol: dict[str, deque[OrderFlowAlert]] = {}
        self._newest = _EARLIEST

    def __len__(self) -> int:
        return len(self._arrived)

    def __iter__(self) -> Iterator[OrderFlowAlert]:
        return iter(self._arrived)

    def __contains__(self, alert: object) -> bool:
        return alert in self._arrived

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols that have alerts."""
        return tuple(self._by_symbol)

    def of(self, symbol: str) -> Sequence[OrderFlowAlert]:
        """Return the alerts of one symbol; they change as the history does."""
        return self._by_symbol.get(symbol, ())

    def append(self, alert: OrderFlowAlert) -> None:
        """Add an alert, whether or not it is there already."""
        self._arrived.append(alert)
        of_symbol = self._by_symbol.get(alert.symbol)
        if of_symbol is None:
            of_symbol = self._by_symbol[alert.symbol] = deque()
        of_symbol.append(alert)
        self._newest = max(self._newest, alert.timestamp_utc)

    def extend(self, alerts: Iterable[OrderFlowAlert]) -> None:
        """Add alerts in this order."""
        for alert in alerts:
            self.append(alert)

    def remember(self, alert: OrderFlowAlert) -> None:
        """Add an alert unless this very object is there; drop those that are too old to count.

        What came first is dropped first: one that came late stays until those before it have left.
        """
        if any(each is alert for each in self.of(alert.symbol)):
            return
        self.append(alert)
        oldest_kept = self._newest - HISTORY_KEPT
        while self._arrived[0].timestamp_utc < oldest_kept:
            self._drop_first()

    def forget(self, symbol: str) -> None:
        """Drop the alerts of one symbol."""
        if self._by_symbol.pop(symbol, None):
            self._arrived = deque(each for each in self._arrived if each.symbol != symbol)

    def clear(self) -> None:
        """Drop all alerts."""
        self._arrived.clear()
        self._by_symbol.clear()
        self._newest = _EARLIEST

    def _drop_first(self) -> None:
        first = self._arrived.popleft()
        of_symbol = self._by_symbol[first.symbol]
        of_symbol.popleft()
        if not of_symbol:
            del self._by_symbol[first.symbol]
