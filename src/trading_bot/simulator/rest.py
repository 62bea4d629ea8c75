"""The provider's REST paths over the simulated market.

Shapes and defaults follow the provider's public reference: newest first, 1,000 rows a page, 10
conditions and 10 headlines a page, nanosecond stamps, sizes in shares.
"""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import count

from aiohttp import web

from trading_bot.simulator import bodies
from trading_bot.simulator.clock import MarketClock
from trading_bot.simulator.conditions import CONDITIONS
from trading_bot.simulator.damage import (
    View,
    damage_quotes,
    damage_snapshot,
    damage_trades,
    view_of,
)
from trading_bot.simulator.faults import ANSWER_FAULTS, ArmedFault, FaultBoard, PathKind
from trading_bot.simulator.market import Event, SimulatedMarket, SymbolMarket
from trading_bot.simulator.news import HEADLINES, article
from trading_bot.simulator.paging import (
    BadRequestError,
    PageQuery,
    read_limit,
    read_order,
    read_page_query,
)
from trading_bot.simulator.request_log import RecordedRequest, RequestLog
from trading_bot.simulator.session import market_status, upcoming_holidays
from trading_bot.simulator.wire import (
    Row,
    last_trade,
    nbbo,
    quote_row,
    snapshot,
    trade_row,
)

_STOCKS = "/v2/snapshot/locale/us/markets/stocks/tickers"
_DEFAULT_ROWS = 10
_MAX_ROWS = 1_000
_SLOW_SECONDS = 2.0
_COMPARISONS = {
    ".gt": operator.gt,
    ".gte": operator.ge,
    ".lt": operator.lt,
    ".lte": operator.le,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request on its way through the handlers.

    Attributes:
        request: The request itself.
        request_id: The answer's id.
        now_ns: Market time of its arrival.
        faults: What goes wrong with it.
    """

    request: web.Request
    request_id: str
    now_ns: int
    faults: list[ArmedFault]

    def view(self, symbol: str) -> View:
        """Return what the faults leave visible of a symbol."""
        return view_of(symbol, self.now_ns, self.faults)

    def good(self, fields: Row, *, status: str = "OK") -> web.Response:
        """Return an answer with data."""
        zipped = "gzip" in self.request.headers.get("Accept-Encoding", "")
        return bodies.good(self.request_id, fields, status=status, zipped=zipped)

    def has(self, kind: str) -> bool:
        """Tell whether a fault of this kind acts on the request."""
        return any(armed.fault.kind == kind for armed in self.faults)


Handler = Callable[[Asked], web.Response]


class RestApi:
    """Answers the provider's paths.

    Args:
        market: The events.
        clock: The market's time.
        faults: What goes wrong.
        requests: Takes a note of each request.
        keys: Every key that is let in.
        next_url_base: Scheme and host of `next_url`; None for the address that was asked.
    """

    def __init__(
        self,
        market: SimulatedMarket,
        clock: MarketClock,
        faults: FaultBoard,
        requests: RequestLog,
        keys: Iterable[str],
        *,
        next_url_base: str | None = None,
    ) -> None:
        self._market = market
        self._clock = clock
        self._faults = faults
        self._requests = requests
        self._keys = frozenset(keys)
        self._next_url_base = next_url_base
        self._request_ids = count(1)
        self.stopping = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        """Return every path with its handler; what matches none is answered with 404."""
        table: list[tuple[str, PathKind, Handler]] = [
            (_STOCKS, "snapshot", self._batch_snapshot),
            (_STOCKS + "/{symbol}", "snapshot", self._single_snapshot),
            ("/v3/trades/{symbol}", "trades", self._trades),
            ("/v3/quotes/{symbol}", "quotes", self._quotes),
            ("/v2/last/nbbo/{symbol}", "last_nbbo", self._last_nbbo),
            ("/v2/last/trade/{symbol}", "last_trade", self._last_trade),
            ("/v3/reference/conditions", "conditions", self._conditions),
            ("/v1/marketstatus/now", "market_status", self._market_status),
            ("/v1/marketstatus/upcoming", "calendar", self._calendar),
            ("/v2/reference/news", "news", self._news),
            ("/{path:.*}", "unknown", self._unknown),
        ]
        return [web.get(path, self._shell(kind, handler)) for path, kind, handler in table]

    def is_known(self, request: web.Request) -> bool | None:
        """Tell whether a right key came with the request; None when no key came."""
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer":
            key = request.query.get("apiKey", "")
        return key in self._keys if key else None

    def _shell(
        self, kind: PathKind, handler: Handler
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            request_id = f"{next(self._request_ids):032x}"
            now_ns = self._clock.now_ns()
            symbols = _symbols(request)
            known = self.is_known(request)
            query = {name: text for name, text in request.query.items() if name != "apiKey"}
            self._requests.add(
                RecordedRequest(kind, request.path, query, symbols, now_ns, known is True)
            )
            if known is None:
                return bodies.missing_key(request_id)
            if not known:
                return bodies.unknown_key(request_id)
            faults = self._faults.take(kind, symbols, now_ns)
            return await self._faulted(Asked(request, request_id, now_ns, faults), handler)

        return answer

    async def _faulted(self, asked: Asked, handler: Handler) -> web.StreamResponse:
        for armed in asked.faults:
            if armed.fault.kind == "slow":
                await self._wait(armed.fault.seconds or _SLOW_SECONDS)
        for armed in asked.faults:
            if armed.fault.kind not in ANSWER_FAULTS:
                continue
            if armed.fault.kind == "hang":
                await self._wait(None)
            if armed.fault.kind in ("hang", "drop_connection"):
                bodies.hang_up(asked.request)
            return bodies.faulty(armed.fault, asked.request_id)
        try:
            response = handler(asked)
        except BadRequestError as error:
            return bodies.error(HTTPStatus.BAD_REQUEST, asked.request_id, str(error))
        if asked.has("truncated_json"):
            return bodies.truncated(response)
        if asked.has("cut_body"):
            return await bodies.cut_short(asked.request, response)
        return response

    async def _wait(self, seconds: float | None) -> None:
        """Wait until the time is over or the server stops."""
        try:
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        except TimeoutError:
            return

    def _symbol(self, asked: Asked) -> tuple[str, SymbolMarket | None]:
        symbol = asked.request.match_info["symbol"]
        return symbol, self._market.symbol(symbol, asked.now_ns)

    def _snapshot(self, market: SymbolMarket, view: View) -> Row:
        row = snapshot(market, view.trades_until_ns, view.quotes_until_ns)
        return damage_snapshot(row, view)

    def _single_snapshot(self, asked: Asked) -> web.Response:
        symbol, market = self._symbol(asked)
        if market is None:
            return bodies.not_found(asked.request_id)
        view = asked.view(symbol)
        return asked.good({"ticker": self._snapshot(market, view)}, status=view.status)

    def _batch_snapshot(self, asked: Asked) -> web.Response:
        rows: list[Row] = []
        status = "OK"
        for symbol in _symbols(asked.request) or self._market.symbols:
            market = self._market.symbol(symbol, asked.now_ns)
            if market is not None:
                view = asked.view(symbol)
                status = view.status if status == "OK" else status
                rows.append(self._snapshot(market, view))
        return asked.good({"count": len(rows), "tickers": rows}, status=status)

    def _trades(self, asked: Asked) -> web.Response:
        symbol, market = self._symbol(asked)
        view = asked.view(symbol)
        if not view.trades_sold:
            return bodies.not_entitled(asked.request_id)
        query = read_page_query(asked.request.query, symbol)
        if market is None:
            return asked.good({"results": []})
        span = market.trades.numbers(query.from_ns, min(query.until_ns, view.trades_until_ns))
        first, behind, position = _page(query, *span)
        events = market.trades.rows(first, behind)
        rows = [trade_row(event, market.listing.tape) for event in _ordered(events, query)]
        return self._rows(asked, query, symbol, damage_trades(rows, view), position, view)

    def _quotes(self, asked: Asked) -> web.Response:
        symbol, market = self._symbol(asked)
        view = asked.view(symbol)
        if not view.quotes_sold:
            return bodies.not_entitled(asked.request_id)
        query = read_page_query(asked.request.query, symbol)
        if market is None:
            return asked.good({"results": []})
        span = market.quotes.numbers(query.from_ns, min(query.until_ns, view.quotes_until_ns))
        first, behind, position = _page(query, *span)
        events = market.quotes.rows(first, behind)
        rows = [quote_row(event, market.listing.tape) for event in _ordered(events, query)]
        return self._rows(asked, query, symbol, damage_quotes(rows, view), position, view)

    def _rows(
        self,
        asked: Asked,
        query: PageQuery,
        symbol: str,
        rows: list[Row],
        position: int | None,
        view: View,
    ) -> web.Response:
        fields: Row = {"results": rows}
        if position is not None:
            cursor = query.cursor(symbol, position)
            if asked.has("looping_cursor"):
                cursor = query.cursor(symbol, query.position or position)
            fields["next_url"] = self._next_url(asked, cursor)
        return asked.good(fields, status=view.status)

    def _next_url(self, asked: Asked, cursor: str) -> str:
        base = self._next_url_base or str(asked.request.url.origin())
        return f"{base}{asked.request.path}?cursor={cursor}"

    def _last_nbbo(self, asked: Asked) -> web.Response:
        symbol, market = self._symbol(asked)
        view = asked.view(symbol)
        if not view.quotes_sold:
            return bodies.not_entitled(asked.request_id)
        quote = None if market is None else market.quotes.newest(view.quotes_until_ns)
        if market is None or quote is None:
            return bodies.not_found(asked.request_id)
        row = nbbo(quote, symbol, market.listing.tape)
        return asked.good({"results": row}, status=view.status)

    def _last_trade(self, asked: Asked) -> web.Response:
        symbol, market = self._symbol(asked)
        view = asked.view(symbol)
        if not view.trades_sold:
            return bodies.not_entitled(asked.request_id)
        trade = None if market is None else market.trades.newest(view.trades_until_ns)
        if market is None or trade is None:
            return bodies.not_found(asked.request_id)
        row = {"T": symbol, **last_trade(trade), "q": trade.sequence, "y": trade.participant_ns}
        return asked.good({"results": row}, status=view.status)

    def _conditions(self, asked: Asked) -> web.Response:
        query = asked.request.query
        rows = [
            row
            for row in CONDITIONS
            if query.get("data_type", row["data_types"][0]) in row["data_types"]
            and query.get("asset_class", "stocks") == "stocks"
        ]
        limit = read_limit(query, default=_DEFAULT_ROWS, highest=_MAX_ROWS)
        start = int(query.get("cursor", "0")) if query.get("cursor", "0").isdigit() else 0
        fields: Row = {"count": len(rows), "results": rows[start : start + limit]}
        if start + limit < len(rows):
            kept = "".join(
                f"&{name}={query[name]}" for name in ("asset_class", "data_type") if name in query
            )
            fields["next_url"] = self._next_url(asked, f"{start + limit}&limit={limit}{kept}")
        return asked.good(fields)

    def _market_status(self, _: Asked) -> web.Response:
        return bodies.encode(200, market_status(self._clock()))

    def _calendar(self, _: Asked) -> web.Response:
        return bodies.encode(200, upcoming_holidays())

    def _news(self, asked: Asked) -> web.Response:
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

    def _unknown(self, asked: Asked) -> web.Response:
        return bodies.not_found(asked.request_id)


def _symbols(request: web.Request) -> tuple[str, ...]:
    """Return the symbols that a request names, in its path or in its query."""
    if "symbol" in request.match_info:
        return (request.match_info["symbol"],)
    named = request.query.get("tickers", request.query.get("ticker", ""))
    return tuple(symbol for symbol in named.split(",") if symbol)


def _page(query: PageQuery, first: int, behind: int) -> tuple[int, int, int | None]:
    """Return the page's first number, the one behind its last, and where the next page goes on."""
    if query.ascending:
        first = first if query.position is None else max(first, query.position)
        end = min(first + query.limit, behind)
        return first, end, end if end < behind else None
    behind = behind if query.position is None else min(behind, query.position)
    start = max(behind - query.limit, first)
    return start, behind, start if start > first else None


def _ordered(events: list[Event], query: PageQuery) -> list[Event]:
    return events if query.ascending else events[::-1]


def _published_in_span(query: Mapping[str, str], published: datetime) -> bool:
    """Tell whether a headline lies in the span of `published_utc` filters."""
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
