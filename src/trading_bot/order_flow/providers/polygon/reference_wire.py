"""Polygon's market status, calendar, last quote and news, turned into our own terms; no I/O.

Sources: the provider's REST documentation for `/v1/marketstatus/now`, `/v1/marketstatus/upcoming`,
`/v2/last/nbbo/{ticker}`, `/v2/reference/news`, `/v3/reference/tickers` and
`/v2/aggs/ticker/{ticker}/range/1/minute/...`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, TypeVar

import msgspec

from ...diagnostics import told
from ...errors import DataValidationError
from ...market.facts import Listing, MarketHoliday, MarketState, MinuteBar, NewsItem, Quote
from ...market.units import NS_PER_MS, price_from_ticks, utc_from_ns
from ...outside.door import decode, decode_or_none
from ...outside.refusal import shape_error
from .envelope import list_in, opened, rows_of
from .rows import Parts, read_row
from .units import QuoteSizeUnit, checked_side, round_lot, stamp_ns

_STOCK_EXCHANGES = ("NYSE", "NASDAQ")
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
"""What lies outside is no time of this market, as for stamps."""
_LONGEST_NAME = 100
_LONGEST_TITLE = 500

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class _Status(msgspec.Struct):
    market: MarketState
    serverTime: Moment  # noqa: N815 - the provider's name


class _Holiday(msgspec.Struct):
    date: date
    exchange: str
    name: str
    status: str
    close: Moment | None = None


class _LastNbbo(msgspec.Struct):
    T: str
    t: int
    p: float | None = None  # bid
    s: float | None = None
    P: float | None = None  # ask
    S: float | None = None


class _News(msgspec.Struct):
    title: str
    published_utc: Moment


class _Ticker(msgspec.Struct):
    ticker: str
    name: str = ""
    active: bool = True
    delisted_utc: datetime | None = None


class _Bar(msgspec.Struct):
    t: Annotated[int, msgspec.Meta(ge=0, le=1 << 42)]  # begin, Unix milliseconds
    v: Annotated[float, msgspec.Meta(ge=0, le=1e12)]  # shares, a number with a decimal point


T = TypeVar("T")
_parts = msgspec.json.Decoder(Parts)
_status = msgspec.json.Decoder(_Status)
_holiday = msgspec.json.Decoder(_Holiday)
_last_nbbo = msgspec.json.Decoder(_LastNbbo)
_news = msgspec.json.Decoder(_News)
_ticker = msgspec.json.Decoder(_Ticker)
_bar = msgspec.json.Decoder(_Bar)


def market_state(body: bytes) -> tuple[MarketState, datetime]:
    """Read the answer of `/v1/marketstatus/now`: the state and the server's time in UTC.

    Raises:
        DataSourceError: Not decodable; `unexpected_shape`, a state that is not documented and a
            time that cannot be included.
    """
    what = "market status"
    status = _object(body, what, _status)
    server_time = _utc(status.serverTime)
    if server_time is None:
        raise shape_error(what)
    return status.market, server_time


def upcoming_holidays(body: bytes, refused: Counter[str]) -> list[MarketHoliday]:
    """Read the answer of `/v1/marketstatus/upcoming`: a bare list, one row for each exchange.

    Args:
        body: The answer's JSON.
        refused: Gains one count of `malformed` per row left out.

    Returns:
        One entry for each day on which the New York exchanges close or end early, oldest first.

    Raises:
        DataSourceError: It is no list.
    """
    days: dict[date, MarketHoliday] = {}
    for raw in rows_of(body, "market holidays"):
        holiday = read_row(raw, _holiday)
        close = None if holiday is None or holiday.close is None else _utc(holiday.close)
        if holiday is None or _cannot_be(holiday, close):
            refused["malformed"] += 1
        elif holiday.exchange in _STOCK_EXCHANGES and holiday.status in ("closed", "early-close"):
            days[holiday.date] = MarketHoliday(
                day=holiday.date,
                name=told(holiday.name, _LONGEST_NAME),
                early_close=holiday.status == "early-close",
                close_utc=close,
            )
    return [days[day] for day in sorted(days)]


def last_quote(body: bytes, received_ns: int, unit: QuoteSizeUnit) -> Quote:
    """Read the answer of `/v2/last/nbbo/{ticker}`.

    Args:
        body: The answer's JSON.
        received_ns: When the bytes arrived, Unix nanoseconds.
        unit: What the sizes count.

    Raises:
        DataSourceError: Not decodable, its status refuses, or its shape is unknown.
        DataValidationError: `impossible_stamp`, `invalid_price` or `invalid_size`.
    """
    what = "last quote"
    raw = opened(body, what).get("results")
    last = None if raw is None else read_row(raw, _last_nbbo)
    if last is None:
        raise shape_error(what)
    sip_ns = stamp_ns(last.t)
    if sip_ns is None:
        raise DataValidationError("impossible_stamp", symbol=last.T, stamp=last.t)
    bid = checked_side(last.T, last.p, last.s)
    ask = checked_side(last.T, last.P, last.S)
    lot = 1 if unit == "shares" else round_lot(bid[0] or ask[0], sip_ns)
    return Quote(
        symbol=told(last.T, _LONGEST_NAME),
        bid_price=price_from_ticks(bid[0]) if bid[0] else None,
        bid_size=bid[1] * lot,
        ask_price=price_from_ticks(ask[0]) if ask[0] else None,
        ask_size=ask[1] * lot,
        timestamp_utc=utc_from_ns(sip_ns),
        received_at_utc=utc_from_ns(received_ns),
    )


def news(body: bytes, refused: Counter[str]) -> list[NewsItem]:
    """Read the answer of `/v2/reference/news`, in the provider's order.

    Args:
        body: The answer's JSON.
        refused: Gains one count of `malformed` per row left out.

    Raises:
        DataSourceError: Not decodable, its status refuses, or it holds no list of results.
    """
    items = []
    for raw in list_in(opened(body, "news"), "results", "news"):
        entry = read_row(raw, _news)
        published = None if entry is None else _utc(entry.published_utc)
        if entry is None or published is None:
            refused["malformed"] += 1
        else:
            items.append(NewsItem(told(entry.title, _LONGEST_TITLE), published))
    return items


def trade_conditions(body: bytes, refused: Counter[str]) -> list[Mapping[str, object]]:
    """Read the answer of `/v3/reference/conditions`, in the provider's order.

    Args:
        body: The answer's JSON.
        refused: Gains one count of `malformed` per row left out.

    Raises:
        DataSourceError: Not decodable, its status refuses, or it holds no list of results.
    """
    what = "trade conditions"
    rows = [decode_or_none(raw) for raw in list_in(opened(body, what), "results", what)]
    found: list[Mapping[str, object]] = [row for row in rows if isinstance(row, dict)]
    if len(found) < len(rows):
        refused["malformed"] += len(rows) - len(found)
    return found


def minutes(body: bytes, refused: Counter[str]) -> list[MinuteBar]:
    """Read the answer of `/v2/aggs/ticker/{ticker}/range/1/minute/{from}/{to}`.

    A span without a trade has no list of results.

    Args:
        body: The answer's JSON.
        refused: Gains one count of `malformed` per row left out.

    Raises:
        DataSourceError: Not decodable, or its status refuses.
    """
    what = "minute bars"
    rows = [read_row(raw, _bar) for raw in list_in(opened(body, what), "results", what)]
    found = [MinuteBar(row.t * NS_PER_MS, int(row.v)) for row in rows if row is not None]
    if len(found) < len(rows):
        refused["malformed"] += len(rows) - len(found)
    return found


def listing(body: bytes, symbol: str) -> Listing | None:
    """Read the answer of `/v3/reference/tickers` to the question for one symbol.

    Args:
        body: The answer's JSON.
        symbol: Ticker asked for; rows of others are passed over.

    Returns:
        What stands there of it; None where it does not.

    Raises:
        DataSourceError: Not decodable, its status refuses, or it holds no list of results.
    """
    what = "tickers"
    for raw in list_in(opened(body, what), "results", what):
        row = read_row(raw, _ticker)
        if row is not None and row.ticker == symbol:
            gone = row.delisted_utc
            return Listing(
                symbol,
                told(row.name, _LONGEST_NAME),
                is_active=row.active,
                delisted_on=None if gone is None else gone.date(),
            )
    return None


def _object(body: bytes, what: str, decoder: msgspec.json.Decoder[T]) -> T:
    """Read an answer that is one object without a status."""
    decode(body, what, decoder=_parts)
    found = read_row(msgspec.Raw(body), decoder)
    if found is None:
        raise shape_error(what)
    return found


def _utc(moment: datetime) -> datetime | None:
    """Return a moment in UTC; None where it is none of this century."""
    # Near the first and the last year of the calendar no zone can be applied.
    is_ours = _FIRST_YEAR <= moment.year < _LAST_YEAR
    return moment.astimezone(UTC) if is_ours else None


def _cannot_be(holiday: _Holiday, close: datetime | None) -> bool:
    if holiday.close is not None and close is None:
        return True
    return not _FIRST_YEAR <= holiday.date.year < _LAST_YEAR
