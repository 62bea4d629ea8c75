"""What happened on the venue in a span: changes of books, trades, halts, in one order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND, ns_from_utc
from trading_bot.simulator.market.depth import DepthRow, depth_rows
from trading_bot.simulator.market.market import SimulatedMarket, SymbolMarket
from trading_bot.simulator.settings import HISTORY_START

_TRADES_A_SPAN = 2_000
STARTED_NS = ns_from_utc(HISTORY_START)
"""Nothing happened before."""


class HaltRow(NamedTuple):
    """Trading of a symbol stands still from now on, or goes on.

    Attributes:
        symbol: Ticker.
        is_halted: True where it stands still.
        event_ns: When, Unix nanoseconds.
        received_ns: The same.
        sequence: Before whatever else the symbol has in that moment.
    """

    symbol: str
    is_halted: bool
    event_ns: int
    received_ns: int
    sequence: int = 0


VenueRow = DepthRow | HaltRow


def is_in(schema: str, row: VenueRow) -> bool:
    """Return whether a schema has such a row."""
    if isinstance(row, HaltRow):
        return schema == "status"
    match schema:
        case "mbp-10":
            return True
        case "mbp-1":
            return row.in_top
        case "tbbo" | "trades":
            return row.change.action == "T"
        case _:
            return False


def venue_rows(
    market: SimulatedMarket, symbols: Iterable[str], from_ns: int, until_ns: int
) -> list[VenueRow]:
    """Return what happened to symbols in a span, by feed time.

    Args:
        market: The events; those of the span are made if need be.
        symbols: Tickers; unknown ones have no events.
        from_ns: Feed time, Unix nanoseconds; the beginning does not belong to the span.
        until_ns: The end, which does.
    """
    found: list[VenueRow] = []
    for symbol in symbols:
        one = market.symbol(symbol, until_ns)
        if one is not None:
            found += depth_rows(one, from_ns, until_ns)
            found += [row for row in _halts(one) if from_ns < row.received_ns <= until_ns]
    found.sort(key=lambda row: (row.received_ns, row.symbol, row.sequence))
    return found


def span_end(market: SimulatedMarket, symbols: Iterable[str], from_ns: int, now_ns: int) -> int:
    """Return the end of a span that begins at `from_ns`: a second, or less in a burst of trades.

    Args:
        market: The events.
        symbols: Tickers.
        from_ns: Feed time, Unix nanoseconds.
        now_ns: The market's present, which is the latest end.
    """
    until_ns = min(now_ns, from_ns + NS_PER_SECOND)
    tapes = [one.trades for one in (market.symbol(each, until_ns) for each in symbols) if one]
    while until_ns - from_ns > NS_PER_MS:
        spans = (tape.numbers(from_ns + 1, until_ns) for tape in tapes)
        if sum(behind - first for first, behind in spans) <= _TRADES_A_SPAN:
            break
        until_ns = from_ns + (until_ns - from_ns) // 2
    return until_ns


def _halts(one: SymbolMarket) -> Iterable[HaltRow]:
    symbol = one.listing.symbol
    yield HaltRow(symbol, False, STARTED_NS, STARTED_NS)
    for from_ns, until_ns in one.halts:
        yield HaltRow(symbol, True, from_ns, from_ns)
        yield HaltRow(symbol, False, until_ns, until_ns)
