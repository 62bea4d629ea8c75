"""Polygon's field names, units and quirks, turned into our own terms; no I/O.

Trades and quotes are taken row by row: an unusable row is counted by its reason and left out, and
only a page that cannot be decoded at all is refused.

Sources: the provider's REST documentation for `/v3/trades/{ticker}` and `/v3/quotes/{ticker}`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from ...data_models import TimeAndSalesRecord
from ...errors import DataSourceError
from ...market.events import QuoteEvent, TradeEvent
from ...market.order import EventT
from ...market.refused import Refused
from ...market.units import UNITS_PER_SHARE, price_from_ticks, ticks_from_price, utc_from_ns
from ...rules.side.side_rules import NO_EVIDENCE, TradeSide
from .errors import check_status, decode_error, no_rows
from .units import (
    HIGHEST_PRICE,
    HIGHEST_SIZE,
    QuoteSizeUnit,
    round_lot,
    side_of,
    stamp_ns,
    with_whole_numbers,
)

WITHDRAWN_CORRECTIONS = frozenset({7, 8, 10, 11, 12})
"""Codes of prints that were cancelled, found wrong, or are records of such a change."""


class _TradeRow(msgspec.Struct, gc=False):
    sip_timestamp: int | None = None
    participant_timestamp: int | None = None
    price: float | None = None
    size: float | None = None
    decimal_size: str | float | None = None
    sequence_number: int | None = None
    conditions: tuple[int, ...] | None = None
    correction: int | None = None
    exchange: int | None = None
    trf_id: int | None = None
    id: str | int | None = None


class _QuoteRow(msgspec.Struct, gc=False):
    sip_timestamp: int | None = None
    participant_timestamp: int | None = None
    bid_price: float | None = None
    bid_size: float | None = None
    ask_price: float | None = None
    ask_size: float | None = None
    sequence_number: int | None = None


RowT = TypeVar("RowT", _TradeRow, _QuoteRow)


class _Page(msgspec.Struct, Generic[RowT]):
    status: str | None = None
    results: list[RowT] | None = None
    next_url: str | None = None


_trade_page = msgspec.json.Decoder(_Page[_TradeRow])
_quote_page = msgspec.json.Decoder(_Page[_QuoteRow])


@dataclass(frozen=True, slots=True)
class Page(Generic[EventT]):
    """What one answer held.

    Attributes:
        events: The usable rows, in the provider's order.
        next_url: Where the next page lies, or None after the last.
    """

    events: list[EventT]
    next_url: str | None


def trades_page(
    body: bytes, symbol: str, received_ns: int, refused: Counter[str]
) -> Page[TradeEvent]:
    """Read one page of `/v3/trades/{symbol}`.

    Args:
        body: The answer's JSON.
        symbol: Ticker asked for; rows carry none.
        received_ns: When the bytes arrived, Unix nanoseconds.
        refused: Gains one count per row left out, by reason.

    Raises:
        DataSourceError: The page cannot be decoded, or its status refuses.
    """
    rows, next_url = _rows(body, _trade_page, _TradeRow, "trades", refused)
    return Page(_taken(rows, symbol, received_ns, _trade, refused), next_url)


def quotes_page(
    body: bytes, symbol: str, received_ns: int, refused: Counter[str], unit: QuoteSizeUnit
) -> Page[QuoteEvent]:
    """Read one page of `/v3/quotes/{symbol}`; see `trades_page`.

    Args:
        body: The answer's JSON.
        symbol: Ticker asked for; rows carry none.
        received_ns: When the bytes arrived, Unix nanoseconds.
        refused: Gains one count per row left out, by reason.
        unit: What the sizes count.

    Raises:
        DataSourceError: The page cannot be decoded, or its status refuses.
    """
    rows, next_url = _rows(body, _quote_page, _QuoteRow, "quotes", refused)

    def read(row: _QuoteRow, symbol: str, received_ns: int) -> QuoteEvent | Refused:
        return _quote(row, symbol, received_ns, unit)

    return Page(_taken(rows, symbol, received_ns, read, refused), next_url)


def trades_from_decoded(
    body: Mapping[str, Any], symbol: str, received_ns: int, refused: Counter[str]
) -> list[TradeEvent]:
    """Read the decoded JSON body of `/v3/trades/{symbol}`; see `trades_page`.

    Raises:
        DataSourceError: The body holds no list of results, or its status refuses.
    """
    check_status(body, "trades")
    results = body.get("results")
    if results is None:
        return []
    if not isinstance(results, list):
        raise no_rows("trades")
    rows = _rows_one_by_one(results, _TradeRow, refused)
    return _taken(rows, symbol, received_ns, _trade, refused)


def tape_from_trades(
    trades: Sequence[TradeEvent], sides: Sequence[TradeSide] | None = None
) -> list[TimeAndSalesRecord]:
    """Turn prints into public values; those that were withdrawn later are left out.

    Args:
        trades: The prints.
        sides: The inferred side of each; None where nothing is known of any.
    """
    known = sides or [NO_EVIDENCE] * len(trades)
    return [
        _record(event, side)
        for event, side in zip(trades, known, strict=True)
        if event.correction not in WITHDRAWN_CORRECTIONS
    ]


def _rows(
    body: bytes,
    decoder: msgspec.json.Decoder[_Page[RowT]],
    row_type: type[RowT],
    what: str,
    refused: Counter[str],
) -> tuple[list[RowT], str | None]:
    try:
        page = decoder.decode(body)
    except msgspec.ValidationError:
        # At least one row is odd: take the page apart and judge the rows one by one.
        return _odd_page(body, row_type, what, refused)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise decode_error(body, error, what) from error
    check_status({"status": page.status}, what)
    return page.results or [], page.next_url


def _odd_page(
    body: bytes, row_type: type[RowT], what: str, refused: Counter[str]
) -> tuple[list[RowT], str | None]:
    content = msgspec.json.decode(body)
    if not isinstance(content, dict):
        raise no_rows(what)
    check_status(content, what)
    results = content.get("results")
    next_url = content.get("next_url")
    if results is not None and not isinstance(results, list):
        raise no_rows(what)
    if next_url is not None and not isinstance(next_url, str):
        raise DataSourceError(
            f"the link to the next page of {what} is no text", code="bad_page_cursor"
        )
    return _rows_one_by_one(results or (), row_type, refused), next_url


def _rows_one_by_one(
    rows: Iterable[Any], row_type: type[RowT], refused: Counter[str]
) -> list[RowT]:
    usable = []
    for row in rows:
        try:
            usable.append(msgspec.convert(with_whole_numbers(row), row_type))
        except msgspec.ValidationError:
            refused["malformed"] += 1
    return usable


def _taken(
    rows: Iterable[RowT],
    symbol: str,
    received_ns: int,
    read: Callable[[RowT, str, int], EventT | Refused],
    refused: Counter[str],
) -> list[EventT]:
    events = []
    for row in rows:
        event = read(row, symbol, received_ns)
        if isinstance(event, Refused):
            refused[event.reason] += 1
        else:
            events.append(event)
    return events


def _trade(row: _TradeRow, symbol: str, received_ns: int) -> TradeEvent | Refused:
    """Return the print, or the reason why the row is none."""
    if row.sip_timestamp is None:
        return Refused("no_stamp")
    sip_ns = stamp_ns(row.sip_timestamp)
    if sip_ns is None:
        return Refused("impossible_stamp")
    if row.price is None or not 0 < row.price <= HIGHEST_PRICE:
        return Refused("impossible_price")
    price_ticks = ticks_from_price(row.price)
    if price_ticks == 0:
        return Refused("impossible_price")
    size = _shares(row.decimal_size) if row.size is None else row.size
    if not 0 <= size <= HIGHEST_SIZE:
        return Refused("impossible_size")
    if size < 1:
        # The whole-share field cuts fractions off; the decimal one says what was traded.
        fraction = size or _shares(row.decimal_size)
        return Refused("below_one_share" if 0 < fraction < 1 else "impossible_size")
    stamp = row.participant_timestamp
    return TradeEvent(
        symbol,
        sip_ns,
        price_ticks,
        int(size) * UNITS_PER_SHARE,
        None if stamp is None else stamp_ns(stamp),
        row.sequence_number or 0,
        row.conditions or (),
        row.correction or 0,
        row.exchange or 0,
        row.trf_id or 0,
        "" if row.id is None else str(row.id),
        None,
        received_ns,
    )


def _shares(decimal_size: str | float | None) -> float:
    try:
        return float(decimal_size or 0)
    except ValueError:
        return -1.0


def _quote(
    row: _QuoteRow, symbol: str, received_ns: int, unit: QuoteSizeUnit
) -> QuoteEvent | Refused:
    """Return the quote, or the reason why the row is none."""
    if row.sip_timestamp is None:
        return Refused("no_stamp")
    sip_ns = stamp_ns(row.sip_timestamp)
    if sip_ns is None:
        return Refused("impossible_stamp")
    bid = side_of(row.bid_price, row.bid_size)
    ask = side_of(row.ask_price, row.ask_size)
    if isinstance(bid, Refused):
        return bid
    if isinstance(ask, Refused):
        return ask
    lot = 1 if unit == "shares" else round_lot(bid[0] or ask[0], sip_ns)
    units = lot * UNITS_PER_SHARE
    stamp = row.participant_timestamp
    return QuoteEvent(
        symbol,
        sip_ns,
        bid[0],
        bid[1] * units,
        ask[0],
        ask[1] * units,
        None if stamp is None else stamp_ns(stamp),
        row.sequence_number or 0,
        received_ns,
    )


def _record(event: TradeEvent, inferred: TradeSide) -> TimeAndSalesRecord:
    # The tape states no side: one that is even is unknown.
    p_sell = inferred[1]
    is_even = p_sell == NO_EVIDENCE[1]
    return TimeAndSalesRecord(
        symbol=event.symbol,
        price=price_from_ticks(event.price_ticks),
        size=event.size // UNITS_PER_SHARE,
        side="unknown" if is_even else "sell" if p_sell > NO_EVIDENCE[1] else "buy",
        timestamp_utc=utc_from_ns(event.sip_ns),
        received_at_utc=None if event.received_ns is None else utc_from_ns(event.received_ns),
        participant_timestamp_ns=event.participant_ns,
        sell_probability=None if is_even else p_sell / 1_000,
        conditions=event.conditions,
        exchange=event.exchange or None,
        trf_id=event.trf_id or None,
        trade_id=event.trade_id or None,
        sequence_number=event.sequence or None,
    )
