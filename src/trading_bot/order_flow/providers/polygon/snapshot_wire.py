"""Polygon's stock snapshots, turned into our own terms; no I/O.

A snapshot is one row for each symbol, so an unusable row is an error of its symbol. The provider
sells no depth for stocks: what it gives is one bid and one ask.

Sources: the provider's REST documentation for `/v2/snapshot/locale/us/markets/stocks/tickers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from ...data_models import Level, OrderBookSnapshot
from ...errors import DataSourceError, DataValidationError, OrderFlowError
from ...market.units import price_from_ticks, utc_from_ns
from .errors import check_status, no_rows
from .units import (
    QuoteSizeUnit,
    checked_side,
    round_lot,
    stamp_ns,
    with_whole_numbers,
)


class _LastQuote(msgspec.Struct):
    p: float | None = None  # bid
    s: float | None = None
    P: float | None = None  # ask
    S: float | None = None
    t: int | None = None


class _Ticker(msgspec.Struct):
    ticker: str
    lastQuote: _LastQuote | None = None  # noqa: N815 - the provider's name


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
        raise no_rows("snapshots")
    by_symbol = {row.get("ticker"): row for row in rows or () if isinstance(row, Mapping)}
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


def _snapshot(row: object, received_ns: int, unit: QuoteSizeUnit) -> OrderBookSnapshot:
    try:
        ticker = msgspec.convert(with_whole_numbers(row), _Ticker)
    except msgspec.ValidationError as error:
        named = row.get("ticker") if isinstance(row, Mapping) else None
        symbol = named if isinstance(named, str) else None
        raise DataValidationError("malformed_snapshot", symbol=symbol, found=str(error)) from error
    symbol = ticker.ticker
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
