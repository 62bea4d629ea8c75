"""Hand-made flat files: rows with everything regular but what a test is about."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from trading_bot.order_flow.market.events import BookEvent
from trading_bot.order_flow.market.units import NS_PER_MS, UNITS_PER_SHARE
from trading_bot.recorded.rows import EARLY_QUOTE, PRINT, QUOTE, Row

START_NS = 1_381_240_800_000_000_000
"""2013-10-08 10:00 in New York, a Tuesday."""
SECOND = 1_000_000_000
TRADES_HEADER = (
    "ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,"
    "sip_timestamp,size,tape,trf_id,trf_timestamp"
)
QUOTES_HEADER = (
    "ticker,ask_exchange,ask_price,ask_size,bid_exchange,bid_price,bid_size,conditions,indicators,"
    "participant_timestamp,sequence_number,sip_timestamp,tape,trf_timestamp"
)


def at(seconds: float) -> int:
    """Return exchange time so many seconds after the start, Unix nanoseconds."""
    return START_NS + round(seconds * 1_000) * NS_PER_MS


def trade_line(seconds: float = 0.0, **changes: Any) -> str:
    """Return one row of a trades file."""
    stamp = at(seconds)
    fields: dict[str, Any] = {
        "ticker": "ACME",
        "conditions": "",
        "correction": 0,
        "exchange": 12,
        "id": "7",
        "participant_timestamp": stamp,
        "price": "100.0000",
        "sequence_number": 1,
        "sip_timestamp": stamp,
        "size": 100,
        "tape": 1,
        "trf_id": "",
        "trf_timestamp": "",
    } | changes
    return ",".join(str(fields[name]) for name in TRADES_HEADER.split(","))


def quote_line(seconds: float = 0.0, **changes: Any) -> str:
    """Return one row of a quotes file; sizes are round lots."""
    stamp = at(seconds)
    fields: dict[str, Any] = {
        "ticker": "ACME",
        "ask_exchange": 11,
        "ask_price": "100.0100",
        "ask_size": 2,
        "bid_exchange": 12,
        "bid_price": "100.0000",
        "bid_size": 3,
        "conditions": "",
        "indicators": "",
        "participant_timestamp": stamp,
        "sequence_number": 1,
        "sip_timestamp": stamp,
        "tape": 1,
        "trf_timestamp": "",
    } | changes
    return ",".join(str(fields[name]) for name in QUOTES_HEADER.split(","))


def write_flat(path: Path, header: str, lines: Iterable[str]) -> Path:
    """Write a flat file, packed when its name ends in .gz."""
    text = "\n".join((header, *lines)) + "\n"
    data = text.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def trades_file(path: Path, *lines: str) -> Path:
    return write_flat(path, TRADES_HEADER, lines)


def quotes_file(path: Path, *lines: str) -> Path:
    return write_flat(path, QUOTES_HEADER, lines)


def trade_row(seconds: float = 0.0, *, place: int = 2, **changes: Any) -> Row:
    """Return what `trade_line` is read as."""
    stamp = changes.pop("sip_ns", at(seconds))
    shares = changes.pop("size", 100)
    fields: dict[str, Any] = {
        "sip_ns": stamp,
        "kind": PRINT,
        "sequence": 1,
        "symbol": "ACME",
        "place": place,
        "price": 100_000_000,
        "size": shares * UNITS_PER_SHARE,
        "conditions": (),
        "correction": 0,
        "exchange": 12,
        "made_ns": stamp,
        "trf_id": 0,
        "trade_id": "7",
    } | changes
    return tuple(fields.values())


def quote_row(seconds: float = 0.0, *, place: int = 2, **changes: Any) -> Row:
    """Return what `quote_line` is read as; `bids_below` makes it a book."""
    stamp = changes.pop("sip_ns", at(seconds))
    bid_shares, ask_shares = changes.pop("bid_size", 300), changes.pop("ask_size", 200)
    below = changes.pop("bids_below", None)
    fields: dict[str, Any] = {
        "sip_ns": stamp,
        "kind": QUOTE,
        "sequence": 1,
        "symbol": "ACME",
        "place": place,
        "bid": 100_000_000,
        "bid_size": bid_shares * UNITS_PER_SHARE,
        "ask": 100_010_000,
        "ask_size": ask_shares * UNITS_PER_SHARE,
        "made_ns": stamp,
    } | changes
    book = None
    if below is not None:
        bids = ((fields["bid"], bid_shares), *below)
        book = BookEvent(
            fields["symbol"],
            stamp,
            tuple((ticks, shares * UNITS_PER_SHARE) for ticks, shares in bids),
            ((fields["ask"], fields["ask_size"]),),
            fields["made_ns"],
            fields["sequence"],
        )
    return (*fields.values(), book)


def early_quote(seconds: float = 0.0, **changes: Any) -> Row:
    """Return a quote of files whose stamps are whole milliseconds."""
    return quote_row(seconds, kind=EARLY_QUOTE, **changes)
