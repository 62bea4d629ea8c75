"""What one alert was made of: the prints and quotes around it, counted again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.journal.lines import iso_utc
from trading_bot.order_flow.market.trade_conditions import TradeConditions, is_late
from trading_bot.order_flow.market.units import NS_PER_SECOND, price_from_ticks, utc_from_ns
from trading_bot.order_flow.rules.red_burst import in_extended_hours
from trading_bot.order_flow.rules.side.classifier import TradeSideClassifier
from trading_bot.order_flow.rules.volume_window import BASELINE_MINUTES, CURRENT_SECONDS
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
        counts: False where its conditions, or its lateness, keep it out.
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
        prints: The prints of the last 60 s, oldest first.
        minutes: Shares that count of each minute before those, newest first.
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


def window_around(rows: Sequence[Row], stamp_ns: int, config: OrderFlowConfig) -> Window:
    """Count again what the rules saw.

    Args:
        rows: Rows of one symbol in exchange order, from before the window on.
        stamp_ns: Exchange time of the alert.
        config: Settings.
    """
    sides = TradeSideClassifier()
    conditions = TradeConditions()
    extended = config.sessions == "extended"
    second = stamp_ns // NS_PER_SECOND
    minutes = [0] * BASELINE_MINUTES
    prints = []
    # As live: participant stamps only where both prints and quotes have them.
    by_sip = any(row[9 if row[KIND] else 10] is None for row in rows)
    volume = sold_thousandths = 0
    for row in rows:
        if row[SIP_NS] > stamp_ns:
            break
        if row[KIND]:
            sides.on_quote(row[SIP_NS] if by_sip else row[9], *row[5:9])
            continue
        matched_ns = row[SIP_NS] if by_sip else row[10]
        seen = _look_at(row, matched_ns, sides, conditions, extended=extended)
        age = second - row[SIP_NS] // NS_PER_SECOND
        if age < CURRENT_SECONDS:
            prints.append(seen)
            volume += seen.size * seen.counts
            sold_thousandths += seen.size * seen.p_sell * seen.counts
        elif age < CURRENT_SECONDS * (1 + BASELINE_MINUTES):
            minutes[age // CURRENT_SECONDS - 1] += seen.size * seen.counts
    return Window(
        tuple(prints), tuple(minutes), _quotes(rows, stamp_ns), volume, sold_thousandths / 1_000
    )


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


def _look_at(
    row: Row,
    matched_ns: int,
    sides: TradeSideClassifier,
    conditions: TradeConditions,
    *,
    extended: bool,
) -> PrintSeen:
    sip_ns, _, _, _, _, price, size, codes, correction, exchange, made_ns, _, _ = row
    verdict = conditions.verdict(codes, correction, extended and in_extended_hours(sip_ns))
    late = is_late(sip_ns, made_ns)
    side, p_sell, rule = "unknown", 500, None
    if verdict.side and not late:
        key = None if made_ns is None else made_ns << 8 | exchange
        side, p_sell, rule = sides.on_trade(matched_ns, price, size, key, None)
    return PrintSeen(
        at=iso_utc(utc_from_ns(sip_ns)),
        price=str(price_from_ticks(price)),
        size=size,
        counts=verdict.volume and not late,
        reason="late_print" if late else verdict.reason,
        side=side,
        p_sell=p_sell,
        rule=rule,
    )


def _quotes(rows: Sequence[Row], stamp_ns: int) -> tuple[Mapping[str, Any], ...]:
    quotes = [row for row in rows if row[KIND]]
    before = [row for row in quotes if row[SIP_NS] <= stamp_ns][-QUOTES_SHOWN:]
    after = [row for row in quotes if row[SIP_NS] > stamp_ns][:QUOTES_SHOWN]
    return tuple(
        {
            "at": iso_utc(utc_from_ns(row[SIP_NS])),
            "bid": str(price_from_ticks(row[5])),
            "bid_size": row[6],
            "ask": str(price_from_ticks(row[7])),
            "ask_size": row[8],
        }
        for row in (*before, *after)
    )
