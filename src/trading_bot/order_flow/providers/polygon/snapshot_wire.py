"""Polygon's stock snapshots, turned into our own terms; no I/O.

A snapshot is one row for each symbol, so an unusable row is an error of its symbol. The provider
sells no depth for stocks: what it gives is one bid and one ask.

Sources: the provider's REST documentation for `/v2/snapshot/locale/us/markets/stocks/tickers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from ...data_models import Level, OrderBookSnapshot
from ...diagnostics import told
from ...errors import DataSourceError, DataValidationError, OrderFlowError
from ...market.newest import BestPrices, NewestKnown
from ...market.refused import Refused
from ...market.units import UNITS_PER_SHARE, price_from_ticks, utc_from_ns
from ...outside.door import UNREADABLE
from ...outside.refusal import shape_error
from .envelope import list_in, opened
from .errors import check_status
from .rows import Parts, part, parts_of, quote_facts, read_row, readable, shares_of
from .units import (
    QuoteSizeUnit,
    checked_side,
    round_lot,
    stamp_ns,
    with_whole_numbers,
)

_LONGEST_SYMBOL = 40


class _LastQuote(msgspec.Struct):
    p: float | None = None  # bid
    s: float | None = None
    P: float | None = None  # ask
    S: float | None = None
    t: int | float | None = None


class _LastTrade(msgspec.Struct):
    t: int | float | None = None
    s: float | None = None
    ds: str | float | None = None


class _Minute(msgspec.Struct):
    av: float | None = None  # shares of the day so far


class _Ticker(msgspec.Struct):
    ticker: str
    lastQuote: _LastQuote | None = None  # noqa: N815 - the provider's name


T = TypeVar("T")
_last_quote = msgspec.json.Decoder(_LastQuote)
_last_trade = msgspec.json.Decoder(_LastTrade)
_minute = msgspec.json.Decoder(_Minute)


def snapshot_from_decoded(
    body: Mapping[str, Any], received_ns: int, unit: QuoteSizeUnit
) -> OrderBookSnapshot:
    """Read the decoded JSON body of a single stock snapshot.

    Args:
        body: The whole answer.
        received_ns: When the bytes arrived, Unix nanoseconds.
        unit: What the sizes count.

    Raises:
        DataSourceError: `no_data` or `plan_without_quotes`, or the body's status refuses.
        DataValidationError: `malformed_snapshot`, `invalid_price`, `invalid_size` or
            `impossible_stamp`.
    """
    check_status(body, "snapshot")
    row = body.get("ticker")
    if not row:
        raise DataSourceError("the snapshot names no ticker: no data for it", code="no_data")
    return _snapshot(row, received_ns, unit)


def snapshot_from_body(body: bytes, received_ns: int, unit: QuoteSizeUnit) -> OrderBookSnapshot:
    """Read a single stock snapshot from the answer's JSON; see `snapshot_from_decoded`.

    What is odd beside the quote costs nothing.
    """
    ticker = opened(body, "snapshot").get("ticker")
    row = None if ticker is None else readable(ticker)
    return snapshot_from_decoded({"ticker": row}, received_ns, unit)


def snapshots_from_body(
    body: bytes, symbols: Iterable[str], received_ns: int, unit: QuoteSizeUnit
) -> dict[str, OrderBookSnapshot | OrderFlowError]:
    """Read a batch of stock snapshots from the answer's JSON; see `snapshots_from_decoded`.

    A row that cannot be read is an error of its symbol, not of the batch.
    """
    raws = list_in(opened(body, "snapshots"), "tickers", "snapshots")
    rows = {"tickers": [readable(raw) for raw in raws]}
    return snapshots_from_decoded(rows, symbols, received_ns, unit)


def snapshots_from_decoded(
    body: Mapping[str, Any], symbols: Iterable[str], received_ns: int, unit: QuoteSizeUnit
) -> dict[str, OrderBookSnapshot | OrderFlowError]:
    """Read the decoded JSON body of a batch of stock snapshots.

    Args:
        body: The whole answer.
        symbols: Tickers asked for; others are ignored.
        received_ns: When the bytes arrived, Unix nanoseconds.
        unit: What the sizes count.

    Returns:
        For each symbol its snapshot or what is wrong with it, in the order asked.

    Raises:
        DataSourceError: The body holds no list of tickers, or its status refuses.
    """
    check_status(body, "snapshots")
    rows = body.get("tickers")
    if rows is not None and not isinstance(rows, list):
        raise shape_error("snapshots")
    by_symbol = {
        row["ticker"]: row
        for row in rows or ()
        if isinstance(row, Mapping) and isinstance(row.get("ticker"), str)
    }
    found: dict[str, OrderBookSnapshot | OrderFlowError] = {}
    for symbol in symbols:
        if symbol not in by_symbol:
            found[symbol] = DataSourceError(
                f"the provider's snapshot leaves {symbol} out: unknown, or no data yet today",
                code="no_data",
            )
            continue
        try:
            found[symbol] = _snapshot(by_symbol[symbol], received_ns, unit)
        except OrderFlowError as error:
            found[symbol] = error
    return found


def newest_from_body(body: bytes, symbols: Iterable[str], asked_ns: int) -> dict[str, NewestKnown]:
    """Read what a batch of stock snapshots says of each symbol's newest print and quote.

    A part that is missing, empty or odd is None; the other parts count.

    Args:
        body: The answer's JSON.
        symbols: Tickers asked for; others are ignored.
        asked_ns: When it was asked, Unix nanoseconds.

    Raises:
        DataSourceError: The body holds no list of tickers, or its status refuses.
    """
    wanted = frozenset(symbols)
    found: dict[str, NewestKnown] = {}
    for raw in list_in(opened(body, "snapshots"), "tickers", "snapshots"):
        parts = parts_of(raw)
        symbol = None if parts is None else part(parts, "ticker")
        if parts is not None and isinstance(symbol, str) and symbol in wanted:
            found[symbol] = _newest(parts, asked_ns)
    return found


def _newest(parts: Parts, asked_ns: int) -> NewestKnown:
    known = NewestKnown(
        asked_ns,
        quote=_best_prices(_read(parts, "lastQuote", _last_quote)),
        day_shares=_day_shares(_read(parts, "min", _minute)),
    )
    trade = _read(parts, "lastTrade", _last_trade)
    trade_ns = None if trade is None or trade.t is None else stamp_ns(trade.t)
    if trade is None or trade_ns is None:
        return known
    if trade.s is None and trade.ds is None:
        return replace(known, trade_ns=trade_ns)
    shares = shares_of(trade.s, trade.ds)
    if shares is None:
        return known
    return replace(known, trade_ns=trade_ns, trade_size=round(shares * UNITS_PER_SHARE))


def _read(parts: Parts, name: str, decoder: msgspec.json.Decoder[T]) -> T | None:
    raw = parts.get(name)
    return None if raw is None else read_row(raw, decoder)


def _best_prices(quote: _LastQuote | None) -> BestPrices | None:
    if quote is None:
        return None
    facts = quote_facts(quote.t, (quote.p, quote.s), (quote.P, quote.S), "shares")
    if isinstance(facts, Refused):
        return None
    sip_ns, bid_ticks, _, ask_ticks, _ = facts
    return BestPrices(sip_ns, bid_ticks, ask_ticks)


def _day_shares(minute: _Minute | None) -> int | None:
    if minute is None or minute.av is None or minute.av < 0:
        return None
    return int(minute.av)


def _snapshot(row: object, received_ns: int, unit: QuoteSizeUnit) -> OrderBookSnapshot:
    try:
        ticker = msgspec.convert(with_whole_numbers(row), _Ticker)
    except UNREADABLE as error:
        named = row.get("ticker") if isinstance(row, Mapping) else None
        symbol = named if isinstance(named, str) else None
        raise DataValidationError("malformed_snapshot", symbol=symbol, found=str(error)) from error
    symbol = told(ticker.ticker, _LONGEST_SYMBOL)
    last = ticker.lastQuote
    if last is None:
        raise DataSourceError(
            f"the snapshot of {symbol} holds no quote: your plan has no quotes, and without them "
            "sellers cannot be seen; a plan with real-time quotes is needed",
            code="plan_without_quotes",
        )
    if not last.t:
        raise DataSourceError(
            f"the snapshot of {symbol} holds an empty quote: none has come yet today",
            code="no_data",
        )
    sip_ns = stamp_ns(last.t)
    if sip_ns is None:
        raise DataValidationError("impossible_stamp", symbol=symbol, stamp=last.t)
    bid = checked_side(symbol, last.p, last.s)
    ask = checked_side(symbol, last.P, last.S)
    lot = 1 if unit == "shares" else round_lot(bid[0] or ask[0], sip_ns)
    return OrderBookSnapshot(
        symbol=symbol,
        bids=_levels(bid, lot),
        asks=_levels(ask, lot),
        timestamp_utc=utc_from_ns(sip_ns),
        received_at_utc=utc_from_ns(received_ns),
    )


def _levels(side: tuple[int, int], lot: int) -> tuple[Level, ...]:
    ticks, units = side
    return ((price_from_ticks(ticks), units * lot),) if ticks else ()
