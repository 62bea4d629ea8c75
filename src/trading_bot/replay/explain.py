"""What one alert was made of: the prints that the judge counted, and the quotes around it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trading_bot.order_flow.market.units import (
    NS_PER_SECOND,
    UNITS_PER_SHARE,
    iso_utc,
    price_from_ticks,
    utc_from_ns,
)
from trading_bot.order_flow.rules.volume_window import BASELINE_MINUTES
from trading_bot.recorded.rows import KIND, SIP_NS, SYMBOL, Row

KEPT_NS: Final = (1 + BASELINE_MINUTES) * 60 * NS_PER_SECOND + NS_PER_SECOND
"""What an alert can depend on: the current minute, and those it is measured against."""
QUOTES_SHOWN: Final = 3
"""Quotes before and after the alert."""
_BY_THE_WALL = ("latency_ms", "logged_at")


@dataclass(frozen=True, slots=True)
class PrintSeen:
    """One print of the last minute.

    Attributes:
        at: Exchange time, ISO 8601.
        price: USD per share.
        size: Shares.
        counts: False where the judge left it out, or took it back.
        reason: Why it does not count, or not fully; None for a regular print.
        side: As inferred again.
        p_sell: Probability of a sale in thousandths.
        rule: Which rule gave the side; None for a print that may not be signed.
    """

    at: str
    price: str
    size: int
    counts: bool
    reason: str | None
    side: str
    p_sell: int
    rule: str | None


@dataclass(frozen=True, slots=True)
class Window:
    """What stood around an alert.

    Attributes:
        prints: The prints of the last 60 s, in the order they were judged, and those of a halt
            between them: while the windows stand still no time passes here.
        minutes: Shares that count of each minute before those, newest first; of a burst, those
            minutes that it was measured against.
        quotes: The quotes around the alert.
        volume: Shares that count of the last 60 s.
        sold: Expected sold shares of them.
    """

    prints: tuple[PrintSeen, ...]
    minutes: tuple[int, ...]
    quotes: tuple[Mapping[str, Any], ...]
    volume: int
    sold: float


class RecentRows:
    """The rows of each symbol that an alert may still depend on; bounded by time."""

    def __init__(self) -> None:
        self._rows: dict[str, deque[Row]] = {}

    def add(self, rows: Iterable[Row]) -> None:
        """Take the next batch, and let go of what is too old for its first row of a symbol.

        A batch is kept whole: in a quiet hour it spans more time than a window, and the alert may
        stand at its beginning.
        """
        known = self._rows
        met = set()
        for row in rows:
            symbol = row[SYMBOL]
            kept = known.setdefault(symbol, deque())
            if symbol not in met:
                met.add(symbol)
                oldest_ns = row[SIP_NS] - 2 * KEPT_NS
                while kept and kept[0][SIP_NS] < oldest_ns:
                    kept.popleft()
            kept.append(row)

    def of(self, symbol: str) -> list[Row]:
        """Return what is kept of a symbol, in exchange order."""
        return sorted(self._rows.get(symbol, ()))


def differences(
    recorded: Mapping[str, Any], again: Mapping[str, Any]
) -> dict[str, tuple[Any, Any]]:
    """Return each field of two lines that differs, as (recorded, again).

    What only the wall clock of the live run could know does not count.
    """
    return {
        name: (recorded.get(name), again.get(name))
        for name in sorted({*recorded, *again} - set(_BY_THE_WALL))
        if recorded.get(name) != again.get(name)
    }


def quotes_around(rows: Sequence[Row], stamp_ns: int) -> tuple[Mapping[str, Any], ...]:
    """Return the quotes before and after an alert.

    Args:
        rows: Rows of one symbol in exchange order.
        stamp_ns: Exchange time of the alert.
    """
    quotes = [row for row in rows if row[KIND]]
    before = [row for row in quotes if row[SIP_NS] <= stamp_ns][-QUOTES_SHOWN:]
    after = [row for row in quotes if row[SIP_NS] > stamp_ns][:QUOTES_SHOWN]
    return tuple(
        {
            "at": iso_utc(utc_from_ns(row[SIP_NS])),
            "bid": str(price_from_ticks(row[5])),
            "bid_size": row[6] // UNITS_PER_SHARE,
            "ask": str(price_from_ticks(row[7])),
            "ask_size": row[8] // UNITS_PER_SHARE,
        }
        for row in (*before, *after)
    )
