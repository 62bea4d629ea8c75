"""The provider's REST paths over the simulated market.

Shapes and defaults follow the provider's public reference: newest first, 1,000 rows a page, 10
conditions and 10 headlines a page, nanosecond stamps, sizes in shares.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from itertools import count

from aiohttp import web

from trading_bot.simulator.faults.fault_kinds import ANSWER_FAULTS, PathKind
from trading_bot.simulator.faults.faults import FaultBoard
from trading_bot.simulator.market.clock import MarketClock
from trading_bot.simulator.market.market import SimulatedMarket
from trading_bot.simulator.rest import bodies
from trading_bot.simulator.rest.asked import Asked, Handler, symbols_of
from trading_bot.simulator.rest.market_paths import MarketPaths
from trading_bot.simulator.rest.paging import BadRequestError
from trading_bot.simulator.rest.reference_paths import ReferencePaths
from trading_bot.simulator.rest.request_log import RecordedRequest, RequestLog

_STOCKS = "/v2/snapshot/locale/us/markets/stocks/tickers"
_SLOW_SECONDS = 2.0


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
        self._market = MarketPaths(market)
        self._reference = ReferencePaths(clock)
        self._clock = clock
        self._faults = faults
        self._requests = requests
        self._keys = frozenset(keys)
        self._next_url_base = next_url_base
        self._request_ids = count(1)
        self.stopping = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        """Return every path with its handler; what matches none is answered with 404."""
        market, reference = self._market, self._reference
        table: list[tuple[str, PathKind, Handler]] = [
            (_STOCKS, "snapshot", market.batch_snapshot),
            (_STOCKS + "/{symbol}", "snapshot", market.single_snapshot),
            ("/v3/trades/{symbol}", "trades", market.trades),
            ("/v3/quotes/{symbol}", "quotes", market.quotes),
            ("/v2/last/nbbo/{symbol}", "last_nbbo", market.last_nbbo),
            (
                "/v2/aggs/ticker/{symbol}/range/1/minute/{begin}/{end}",
                "minutes",
                market.minutes,
            ),
            ("/v2/last/trade/{symbol}", "last_trade", market.last_trade),
            ("/v3/reference/conditions", "conditions", reference.conditions),
            ("/v1/marketstatus/now", "market_status", reference.market_status),
            ("/v1/marketstatus/upcoming", "calendar", reference.calendar),
            ("/v2/reference/news", "news", reference.news),
            ("/v3/reference/tickers", "tickers", reference.tickers),
            ("/{path:.*}", "unknown", self._unknown),
        ]
        return [web.get(path, self._shell(kind, handler)) for path, kind, handler in table]

    def is_known(self, request: web.Request) -> bool | None:
        """Return whether a right key came with the request; None when no key came."""
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
            symbols = symbols_of(request)
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
            return await self._faulted(
                Asked(request, request_id, now_ns, faults, self._next_url_base), handler
            )

        return answer

    async def _faulted(self, asked: Asked, handler: Handler) -> web.StreamResponse:
        for armed in asked.faults:
            if armed.fault.kind == "slow":
                await self._wait((armed.fault.seconds or _SLOW_SECONDS) / self._clock.speed)
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

    def _unknown(self, asked: Asked) -> web.Response:
        return bodies.not_found(asked.request_id)
