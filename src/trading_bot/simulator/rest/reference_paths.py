"""Conditions, market status, calendar and news over HTTP."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urlencode

from aiohttp import web

from trading_bot.order_flow.clock import Clock
from trading_bot.simulator.market.conditions import CONDITIONS
from trading_bot.simulator.market.listing import DELISTED, DELISTED_ON, LISTINGS
from trading_bot.simulator.market.news import HEADLINES, article
from trading_bot.simulator.market.session import market_status, upcoming_holidays
from trading_bot.simulator.rest import bodies
from trading_bot.simulator.rest.asked import Asked
from trading_bot.simulator.rest.paging import BadRequestError, read_limit, read_order, read_start
from trading_bot.simulator.rest.wire import Row

_DEFAULT_ROWS = 10
_MAX_ROWS = 1_000
_DEFAULT_TICKERS = 100
_COMPARISONS = {
    ".gt": operator.gt,
    ".gte": operator.ge,
    ".lt": operator.lt,
    ".lte": operator.le,
}

_TICKERS: tuple[Row, ...] = (
    *(
        {"ticker": each.symbol, "name": each.name, "market": "stocks", "active": True}
        for each in LISTINGS
    ),
    {
        "ticker": DELISTED.symbol,
        "name": DELISTED.name,
        "market": "stocks",
        "active": False,
        "delisted_utc": f"{DELISTED_ON}T04:00:00Z",
    },
)


class ReferencePaths:
    """Answers what hardly changes.

    Args:
        clock: The market's time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def conditions(self, asked: Asked) -> web.Response:
        """Answer `/v3/reference/conditions`, 10 a page unless asked otherwise."""
        query = asked.request.query
        rows = [
            row
            for row in CONDITIONS
            if query.get("data_type", row["data_types"][0]) in row["data_types"]
            and query.get("asset_class", "stocks") == "stocks"
        ]
        limit = read_limit(query, default=_DEFAULT_ROWS, highest=_MAX_ROWS)
        start = read_start(query)
        fields: Row = {"count": len(rows), "results": rows[start : start + limit]}
        if start + limit < len(rows):
            kept = {name: text for name, text in query.items() if name not in ("cursor", "apiKey")}
            onward = {**kept, "cursor": str(start + limit)}
            fields["next_url"] = asked.next_url(urlencode(onward))
        return asked.good(fields)

    def tickers(self, asked: Asked) -> web.Response:
        """Answer `/v3/reference/tickers`; unless asked otherwise, what still trades."""
        query = asked.request.query
        limit = read_limit(query, default=_DEFAULT_TICKERS, highest=_MAX_ROWS)
        active = query.get("active", "true") == "true"
        rows = [
            row
            for row in _TICKERS
            if row["active"] is active and query.get("ticker", row["ticker"]) == row["ticker"]
        ]
        return asked.good({"count": len(rows), "results": rows[:limit]})

    def market_status(self, _: Asked) -> web.Response:
        """Answer `/v1/marketstatus/now`."""
        return bodies.encode(HTTPStatus.OK, market_status(self._clock()))

    def calendar(self, _: Asked) -> web.Response:
        """Answer `/v1/marketstatus/upcoming`: a bare array."""
        return bodies.encode(HTTPStatus.OK, upcoming_holidays())

    def news(self, asked: Asked) -> web.Response:
        """Answer `/v2/reference/news`: nothing published later than now."""
        query = asked.request.query
        limit = read_limit(query, default=_DEFAULT_ROWS, highest=_MAX_ROWS)
        now = self._clock()
        found = [
            headline
            for headline in HEADLINES
            if headline.published <= now
            and headline.symbol == query.get("ticker", headline.symbol)
            and _published_in_span(query, headline.published)
        ]
        found.sort(key=lambda headline: headline.published, reverse=not read_order(query))
        rows = [article(headline) for headline in found[:limit]]
        return asked.good({"count": len(rows), "results": rows})


def _published_in_span(query: Mapping[str, str], published: datetime) -> bool:
    """Return whether a headline lies in the span of `published_utc` filters."""
    for name, holds in _COMPARISONS.items():
        text = query.get(f"published_utc{name}")
        if text is None:
            continue
        try:
            limit = datetime.fromisoformat(text)
        except ValueError as error:
            raise BadRequestError(f"published_utc{name}={text!r} must be ISO 8601") from error
        if limit.tzinfo is None:
            limit = limit.replace(tzinfo=UTC)
        if not holds(published, limit):
            return False
    return True
