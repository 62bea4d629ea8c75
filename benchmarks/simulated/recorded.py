"""A recorded day as a market: the trades and quotes of flat files, on the stream's own scale."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import IO, Any, Final

from trading_bot.order_flow.calendar import session_at
from trading_bot.order_flow.market.units import NS_PER_MS

from .market import HISTORY_SECONDS, Market, Row, SymbolTape

_HISTORY_MS: Final = HISTORY_SECONDS * 1_000


def recorded_market(paths: Iterable[Path], minutes: float | None = None) -> Market:
    """Return what happened in the regular session of one day.

    Args:
        paths: Files `trades_*.csv.gz` and `quotes_*.csv.gz` of one or more symbols, of one day.
        minutes: How much of the session; None for all of it.

    Raises:
        ValueError: No file has an event within a session.
    """
    tapes: dict[str, SymbolTape] = {}
    open_ms: int | None = None
    close_ms = 0
    for path in sorted(paths, key=lambda each: each.name, reverse=True):
        is_trade = path.name.startswith("trades")
        for number, line in enumerate(_lines(path)):
            at_ms = int(line["sip_timestamp"]) // NS_PER_MS
            if open_ms is None:
                session = session_at(at_ms * NS_PER_MS)
                if session is None:
                    continue
                open_ms = session.open_ns // NS_PER_MS + _HISTORY_MS
                close_ms = session.close_ns // NS_PER_MS
                if minutes is not None:
                    close_ms = min(close_ms, open_ms + round(minutes * 60_000))
            if not open_ms - _HISTORY_MS <= at_ms < close_ms:
                continue
            tape = tapes.setdefault(line["ticker"], SymbolTape(line["ticker"]))
            row = _trade(line, at_ms, number) if is_trade else _quote(line, at_ms, number)
            stamps, rows = (
                (tape.trade_ms, tape.trades) if is_trade else (tape.quote_ms, tape.quotes)
            )
            stamps.append(at_ms - open_ms)
            rows.append(row)
    if open_ms is None or not tapes:
        raise ValueError("no file holds an event of a session: give trades_*.csv.gz and quotes_*")
    for tape in tapes.values():
        tape.shares = list(accumulate(int(row["s"]) for row in tape.trades))
    return Market(tapes, open_ms * NS_PER_MS)


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with _opened(path) as file:
        yield from csv.DictReader(file)


def _opened(path: Path) -> IO[Any]:
    return gzip.open(path, "rt") if path.suffix == ".gz" else path.open()


def _trade(line: dict[str, str], at_ms: int, number: int) -> Row:
    return {
        "ev": "T",
        "sym": line["ticker"],
        "x": int(line["exchange"] or 0),
        "i": line["id"],
        "p": float(line["price"]),
        "s": int(float(line["size"])),
        "t": at_ms,
        "pt": int(line["participant_timestamp"]) // NS_PER_MS,
        "q": number + 1,
        "z": int(line["tape"] or 0),
        "c": [int(each) for each in line["conditions"].split(",") if each],
    }


def _quote(line: dict[str, str], at_ms: int, number: int) -> Row:
    return {
        "ev": "Q",
        "sym": line["ticker"],
        "bx": int(line["bid_exchange"] or 0),
        "bp": float(line["bid_price"] or 0),
        "bs": int(float(line["bid_size"] or 0)),
        "ax": int(line["ask_exchange"] or 0),
        "ap": float(line["ask_price"] or 0),
        "as": int(float(line["ask_size"] or 0)),
        "t": at_ms,
        "q": number + 1,
        "z": int(line["tape"] or 0),
    }
