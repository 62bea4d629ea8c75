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
from ...market.units import UNITS_PER_SHARE, price_from_ticks, utc_from_ns
from ...outside.door import UNREADABLE, check_rows, decode
from ...outside.refusal import shape_error
from ...rules.side.side_rules import NO_EVIDENCE, TradeSide
from .envelope import list_in, member, opened
from .errors import check_status
from .rows import print_facts, quote_facts, read_row
from .units import QuoteSizeUnit, Whole, stamp_ns, with_whole_numbers

WITHDRAWN_CORRECTIONS = frozenset({7, 8, 10, 11, 12})
"""Codes of prints that were cancelled, found wrong, or are records of such a change."""


class _TradeRow(msgspec.Struct, gc=False):
    sip_timestamp: int | float | None = None
    participant_timestamp: int | float | None = None
    price: float | None = None
    size: float | None = None
    decimal_size: str | float | None = None
    sequence_number: Whole | None = None
    conditions: tuple[Whole, ...] | None = None
    correction: Whole | None = None
    exchange: Whole | None = None
    trf_id: Whole | None = None
    id: str | int | None = None


class _QuoteRow(msgspec.Struct, gc=False):
    sip_timestamp: int | float | None = None
    participant_timestamp: int | float | None = None
    bid_price: float | None = None
    bid_size: float | None = None
    ask_price: float | None = None
    ask_size: float | None = None
    sequence_number: Whole | None = None


RowT = TypeVar("RowT", _TradeRow, _QuoteRow)


class _Page(msgspec.Struct, Generic[RowT]):
    status: str | None = None
    results: list[RowT] | None = None
    next_url: str | None = None


_trade_page = msgspec.json.Decoder(_Page[_TradeRow])
_quote_page = msgspec.json.Decoder(_Page[_QuoteRow])
_trade_row = msgspec.json.Decoder(_TradeRow)
_quote_row = msgspec.json.Decoder(_QuoteRow)


@dataclass(frozen=True, slots=True)
class Page(Generic[EventT]):
    """What one answer held.

    Attributes:
        events: The usable rows, in the provider's order.
        next_url: Where the next page lies, or None after the last.
        rows: How many rows there were, unusable ones among them.
    """

    events: list[EventT]
    next_url: str | None
    rows: int


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
    rows, next_url, count = _rows(body, _trade_page, _trade_row, "trades", refused)
    return Page(_taken(rows, symbol, received_ns, _trade, refused), next_url, count)


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
    rows, next_url, count = _rows(body, _quote_page, _quote_row, "quotes", refused)

    def read(row: _QuoteRow, symbol: str, received_ns: int) -> QuoteEvent | Refused:
        return _quote(row, symbol, received_ns, unit)

    return Page(_taken(rows, symbol, received_ns, read, refused), next_url, count)


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
        raise shape_error("trades")
    rows = []
    for row in results:
        try:
            rows.append(msgspec.convert(with_whole_numbers(row), _TradeRow))
        except UNREADABLE:
            refused["malformed"] += 1
    return _taken(rows, symbol, received_ns, _trade, refused)


def tape_from_trades(
    trades: Sequence[TradeEvent], sides: Sequence[TradeSide] | None = None
) -> list[TimeAndSalesRecord]:
    """Turn prints into public values of whole shares.

    Those that were withdrawn later, and those below one share, are left out.

    Args:
        trades: The prints.
        sides: The inferred side of each; None where nothing is known of any.
    """
    known = sides or [NO_EVIDENCE] * len(trades)
    return [
        _record(event, side)
        for event, side in zip(trades, known, strict=True)
        if event.correction not in WITHDRAWN_CORRECTIONS and event.size >= UNITS_PER_SHARE
    ]


def _rows(
    body: bytes,
    page_decoder: msgspec.json.Decoder[_Page[RowT]],
    row_decoder: msgspec.json.Decoder[RowT],
    what: str,
    refused: Counter[str],
) -> tuple[list[RowT], str | None, int]:
    """Return the rows that can be read, the link to the next page, and how many rows there were."""
    try:
        page = decode(body, what, decoder=page_decoder)
    except DataSourceError as error:
        if error.code in ("too_large", "too_many_rows"):
            raise
        # At least one row is odd, or all of it: take it apart, and judge the rows one by one.
        return _odd_page(body, row_decoder, what, refused)
    check_status({"status": page.status}, what)
    rows = page.results or []
    check_rows(len(rows), what)
    return rows, page.next_url, len(rows)


def _odd_page(
    body: bytes, decoder: msgspec.json.Decoder[RowT], what: str, refused: Counter[str]
) -> tuple[list[RowT], str | None, int]:
    parts = opened(body, what)
    next_url = member(parts, "next_url", what)
    if next_url is not None and not isinstance(next_url, str):
        raise DataSourceError(
            f"the link to the next page of {what} is no text", code="bad_page_cursor"
        )
    raws = list_in(parts, "results", what)
    found = (read_row(raw, decoder) for raw in raws)
    rows = [row for row in found if row is not None]
    if len(rows) < len(raws):
        refused["malformed"] += len(raws) - len(rows)
    return rows, next_url, len(raws)


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
    facts = print_facts(row.sip_timestamp, row.price, row.size, row.decimal_size)
    if isinstance(facts, Refused):
        return facts
    sip_ns, price_ticks, size = facts
    stamp = row.participant_timestamp
    return TradeEvent(
        symbol,
        sip_ns,
        price_ticks,
        size,
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


def _quote(
    row: _QuoteRow, symbol: str, received_ns: int, unit: QuoteSizeUnit
) -> QuoteEvent | Refused:
    """Return the quote, or the reason why the row is none."""
    bid, ask = (row.bid_price, row.bid_size), (row.ask_price, row.ask_size)
    facts = quote_facts(row.sip_timestamp, bid, ask, unit)
    if isinstance(facts, Refused):
        return facts
    stamp = row.participant_timestamp
    made_ns = None if stamp is None else stamp_ns(stamp)
    return QuoteEvent(symbol, *facts, made_ns, row.sequence_number or 0, received_ns)


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
