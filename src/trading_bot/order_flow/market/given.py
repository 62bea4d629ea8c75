"""What of one symbol's tape was given before, so that tapes which overlap are judged once; pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ..data_models import TimeAndSalesRecord
from .events import EventBesideTrades
from .order import key_beside_trades
from .units import NS_PER_SECOND, utc_from_ns

KEPT_NS: Final = 360 * NS_PER_SECOND
"""Prints are known for as long: an older one has left every window."""


class GivenTape:
    """The prints of one symbol that were given, by key, and its newest quotes."""

    def __init__(self) -> None:
        self._prints: OrderedDict[tuple[object, ...], int] = OrderedDict()
        self._newest_print_ns: int | None = None
        self._newest_beside_ns: int | None = None
        self._beside: set[tuple[object, ...]] = set()

    @property
    def newest_utc(self) -> datetime | None:
        """From when on something may be missing: the older of the newest print and quote."""
        newest = [each for each in (self._newest_print_ns, self._newest_beside_ns) if each]
        return utc_from_ns(min(newest)) if newest else None

    def is_new_print(self, key: tuple[object, ...], stamp_ns: int) -> bool:
        """Return whether a print was not given yet, and note it; one without a key always is new.

        Args:
            key: As of `trade_key`; its last two members, id and number, are what it is known by.
            stamp_ns: Its exchange time.
        """
        newest_ns = self._newest_print_ns
        self._newest_print_ns = stamp_ns if newest_ns is None else max(newest_ns, stamp_ns)
        if not any(key[2:]):
            return True
        if key in self._prints:
            return False
        self._prints[key] = stamp_ns
        oldest_ns = self._newest_print_ns - KEPT_NS
        while self._prints[first := next(iter(self._prints))] < oldest_ns and first != key:
            del self._prints[first]
        return True

    def new_beside(self, events: Sequence[EventBesideTrades]) -> list[EventBesideTrades]:
        """Return the quotes, and what else happened, that were not given yet."""
        newest_ns = self._newest_beside_ns
        fresh = [
            each
            for each in events
            if newest_ns is None
            or each.sip_ns > newest_ns
            or (each.sip_ns == newest_ns and key_beside_trades(each) not in self._beside)
        ]
        if fresh:
            self._newest_beside_ns = max(each.sip_ns for each in fresh)
            if newest_ns != self._newest_beside_ns:
                self._beside.clear()
            self._beside |= {
                key_beside_trades(each) for each in fresh if each.sip_ns == self._newest_beside_ns
            }
        return fresh


def record_key(record: TimeAndSalesRecord) -> tuple[object, ...]:
    """Return what `trade_key` says of the print that a record was made of."""
    return (
        record.exchange or 0,
        record.trf_id or 0,
        record.trade_id or "",
        record.sequence_number or 0,
    )
