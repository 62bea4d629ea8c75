"""Three made days of eight symbols, the market's among them, in whatever files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Literal

from support.flat_data import QUOTES_HEADER, TRADES_HEADER, at, quote_line, trade_line, write_flat
from trading_bot.order_flow.config import OrderFlowConfig

SYMBOLS = ("ACME", "BOLT", "CLIF", "DOVE", "ELMS", "FERN", "GULL", "SPY")
FIXED = OrderFlowConfig(thresholds="fixed")
OWN_SCALE = OrderFlowConfig(minimum_order_dollars=0, minimum_burst_dollars=0, alerts_per_day=20)
DAY = 86_400
Layout = Literal["by_time", "by_ticker", "apart"]
_SECONDS = range(-1_790, -500, 5)
"""From ten seconds after the open on, for a bit more than ten blocks of two minutes."""

_Lines = list[tuple[int, str]]


@cache
def lines_of(symbol: str, day: int) -> tuple[_Lines, _Lines]:
    """Return quotes and prints of a symbol's day, each behind its stamp."""
    chance = Random(f"{symbol} {day}")  # noqa: S311 - a market, no secret
    cents = chance.randrange(9_000, 11_000)
    quotes: _Lines = []
    trades: _Lines = []
    for number, second in enumerate(_SECONDS, 1):
        stamp = day * DAY + second + chance.random()
        cents += chance.choice((-1, 0, 0, 1))
        bid, ask = f"{cents / 100:.4f}", f"{(cents + 1) / 100:.4f}"
        offered = chance.choice((2, 3, 9, 120))
        row = {"ticker": symbol, "sequence_number": number}
        quotes.append(
            (at(stamp), quote_line(stamp, bid_price=bid, ask_price=ask, ask_size=offered, **row))
        )
        size = chance.choice((50, 200, 400, 3_000, 15_000))
        stamp += chance.random()
        trades.append((at(stamp), trade_line(stamp, price=bid, size=size, id=number, **row)))
    return quotes, trades


def write_days(
    folder: Path,
    *,
    days: Sequence[int] = (0, 1, 2),
    symbols: Sequence[str] = SYMBOLS,
    layout: Layout = "by_time",
) -> list[Path]:
    """Write days; of each one file of quotes and one of trades, or one of each symbol."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for day in days:
        found = {symbol: lines_of(symbol, day) for symbol in symbols}
        groups = {"": symbols} if layout != "apart" else {f"_{each}": (each,) for each in symbols}
        for name, members in groups.items():
            for at_place, kind, header in ((0, "q", QUOTES_HEADER), (1, "t", TRADES_HEADER)):
                lines = [line for each in members for line in found[each][at_place]]
                if layout == "by_time":
                    lines.sort(key=lambda line: line[0])
                path = folder / f"{kind}{day}{name}.csv"
                paths.append(write_flat(path, header, (text for _, text in lines)))
    return paths
