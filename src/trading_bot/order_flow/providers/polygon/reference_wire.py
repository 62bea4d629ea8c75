"""Polygon's market status, calendar, last quote and news, turned into our own terms; no I/O.

Sources: the provider's REST documentation for `/v1/marketstatus/now`, `/v1/marketstatus/upcoming`,
`/v2/last/nbbo/{ticker}` and `/v2/reference/news`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

import msgspec

from ...diagnostics import told
from ...errors import DataValidationError
from ...market.facts import MarketHoliday, MarketState, NewsItem, Quote
from ...market.units import price_from_ticks, utc_from_ns
from .errors import check_status, no_rows
from .units import (
    QuoteSizeUnit,
    checked_side,
    round_lot,
    stamp_ns,
    with_whole_numbers,
)

_STOCK_EXCHANGES = ("NYSE", "NASDAQ")
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


T = TypeVar("T")


def market_state(body: Any) -> tuple[MarketState, datetime]:
    """Read the body of `/v1/marketstatus/now`: the state and the server's time in UTC.

    Raises:
        DataSourceError: `unexpected_shape`, a state that is not documented included.
    """
    status = _converted(body, _Status, "market status")
    return status.market, status.serverTime.astimezone(UTC)


def upcoming_holidays(body: Any, refused: Counter[str]) -> list[MarketHoliday]:
    """Read the body of `/v1/marketstatus/upcoming`: a bare list, one row for each exchange.

    Args:
        body: The decoded answer.
        refused: Gains one count of `malformed` per row left out.

    Returns:
        One entry for each day on which the New York exchanges close or end early, oldest first.

    Raises:
        DataSourceError: `unexpected_shape`.
    """
    if not isinstance(body, list):
        raise no_rows("market holidays")
    days: dict[date, MarketHoliday] = {}
    for row in body:
        try:
            holiday = msgspec.convert(row, _Holiday)
        except msgspec.ValidationError:
            refused["malformed"] += 1
            continue
        if holiday.exchange in _STOCK_EXCHANGES and holiday.status in ("closed", "early-close"):
            close = holiday.close
            days[holiday.date] = MarketHoliday(
                day=holiday.date,
                name=told(holiday.name, _LONGEST_NAME),
                early_close=holiday.status == "early-close",
                close_utc=None if close is None else close.astimezone(UTC),
            )
    return [days[day] for day in sorted(days)]


def last_quote(body: Mapping[str, Any], received_ns: int, unit: QuoteSizeUnit) -> Quote:
    """Read the decoded body of `/v2/last/nbbo/{ticker}`.

    Args:
        body: The whole answer.
        received_ns: When the bytes arrived, Unix nanoseconds.
        unit: What the sizes count.

    Raises:
        DataSourceError: The body's status refuses, or its shape is unknown.
        DataValidationError: `impossible_stamp`, `invalid_price` or `invalid_size`.
    """
    check_status(body, "last quote")
    last = _converted(body.get("results"), _LastNbbo, "last quote")
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


def news(body: Mapping[str, Any], refused: Counter[str]) -> list[NewsItem]:
    """Read the decoded body of `/v2/reference/news`, in the provider's order.

    Args:
        body: The whole answer.
        refused: Gains one count of `malformed` per row left out.

    Raises:
        DataSourceError: The body's status refuses, or it holds no list of results.
    """
    check_status(body, "news")
    rows = body.get("results") or []
    if not isinstance(rows, list):
        raise no_rows("news")
    items = []
    for row in rows:
        try:
            entry = msgspec.convert(row, _News)
        except msgspec.ValidationError:
            refused["malformed"] += 1
            continue
        items.append(
            NewsItem(told(entry.title, _LONGEST_TITLE), entry.published_utc.astimezone(UTC))
        )
    return items


def _converted(body: Any, kind: type[T], what: str) -> T:
    try:
        return msgspec.convert(with_whole_numbers(body), kind)
    except msgspec.ValidationError as error:
        raise no_rows(what) from error
