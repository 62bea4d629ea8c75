"""The alerts that may still count: those of one symbol are found without a look at the others."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, overload

from ..data_models import OrderFlowAlert

HISTORY_KEPT = timedelta(minutes=10)
"""Twice the longest exit window: enough for every question that may be asked of the history."""
MOST_OF_A_KIND: Final = 50
"""Newest alerts kept of one symbol, type and source, so that a storm of alerts costs no more than
the first ones did. By kind, because a storm of one must not push out what counts of another: three
large sellers make an exit due."""
_EARLIEST = datetime.min.replace(tzinfo=UTC)

_Kind = tuple[str, str, str | None]
_Alerts = OrderedDict[int, OrderFlowAlert]


class AlertHistory(Sequence[OrderFlowAlert]):
    """Alerts of all symbols in the order they came: the newest ten minutes, some of each kind.

    An alert is kept once: it is known by its `alert_id`, or by being the same object where it has
    none. To add one costs the same however many are there.

    Threads: any thread may read or write at any time. A read (iteration, a slice, `of`) sees the
    alerts of one moment, and goes on unharmed while others are added.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # By a number that rises: taken out of the middle as quickly as from an end.
        self._arrived: _Alerts = OrderedDict()
        # The same alerts in the same order, by symbol.
        self._by_symbol: dict[str, _Alerts] = {}
        self._kinds: dict[_Kind, deque[int]] = {}
        self._known: set[int | str] = set()
        self._number = 0
        self._newest = _EARLIEST

    def __len__(self) -> int:
        return len(self._arrived)

    @overload
    def __getitem__(self, index: int) -> OrderFlowAlert: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[OrderFlowAlert, ...]: ...

    def __getitem__(self, index: int | slice) -> OrderFlowAlert | tuple[OrderFlowAlert, ...]:
        return self._now()[index]

    def __iter__(self) -> Iterator[OrderFlowAlert]:
        return iter(self._now())

    def __reversed__(self) -> Iterator[OrderFlowAlert]:
        return reversed(self._now())

    def __contains__(self, alert: object) -> bool:
        return alert in self._now()

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols that have alerts."""
        with self._lock:
            return tuple(self._by_symbol)

    @property
    def newest_utc(self) -> datetime | None:
        """Exchange time of the newest alert that is kept, or None."""
        return max((each.timestamp_utc for each in self._now()), default=None)

    def of(self, symbol: str) -> tuple[OrderFlowAlert, ...]:
        """Return the alerts of one symbol as they are now, in the order they came."""
        with self._lock:
            return tuple(self._by_symbol.get(symbol, {}).values())

    def append(self, alert: OrderFlowAlert) -> None:
        """Add an alert; the same as `remember`."""
        self.remember(alert)

    def extend(self, alerts: Iterable[OrderFlowAlert]) -> None:
        """Add alerts in this order."""
        for alert in alerts:
            self.remember(alert)

    def remember(self, alert: OrderFlowAlert) -> bool:
        """Add an alert unless it is there; drop those that are too old or too many to count.

        What came first is dropped first: one that came late stays until those before it have left.

        Returns:
            False for an alert that is there already.
        """
        with self._lock:
            known_as = _known_as(alert)
            if known_as in self._known:
                return False
            self._known.add(known_as)
            self._number += 1
            self._arrived[self._number] = alert
            self._by_symbol.setdefault(alert.symbol, OrderedDict())[self._number] = alert
            kind = self._kinds.setdefault(_kind_of(alert), deque())
            kind.append(self._number)
            if len(kind) > MOST_OF_A_KIND:
                self._drop(kind[0])
            self._newest = max(self._newest, alert.timestamp_utc)
            oldest_kept = self._newest - HISTORY_KEPT
            while (first := next(iter(self._arrived.items())))[1].timestamp_utc < oldest_kept:
                self._drop(first[0])
            return True

    def forget(self, symbol: str) -> None:
        """Drop the alerts of one symbol."""
        with self._lock:
            for number in tuple(self._by_symbol.get(symbol, ())):
                self._drop(number)

    def clear(self) -> None:
        """Drop all alerts."""
        with self._lock:
            self._arrived.clear()
            self._by_symbol.clear()
            self._kinds.clear()
            self._known.clear()
            self._newest = _EARLIEST

    def _now(self) -> tuple[OrderFlowAlert, ...]:
        with self._lock:
            return tuple(self._arrived.values())

    def _drop(self, number: int) -> None:
        """Take one alert out; of its kind it is the first that came."""
        alert = self._arrived.pop(number)
        self._known.discard(_known_as(alert))
        of_symbol = self._by_symbol[alert.symbol]
        del of_symbol[number]
        if not of_symbol:
            del self._by_symbol[alert.symbol]
        kind = self._kinds[_kind_of(alert)]
        kind.popleft()
        if not kind:
            del self._kinds[_kind_of(alert)]


def _known_as(alert: OrderFlowAlert) -> int | str:
    return alert.alert_id or id(alert)


def _kind_of(alert: OrderFlowAlert) -> _Kind:
    return alert.symbol, alert.alert_type, alert.source
