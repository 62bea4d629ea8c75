"""The simulated broker: account, positions and orders by HTTP, and what it trades by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Any, Final, cast

from aiohttp import web

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc
from trading_bot.order_flow.outside.door import decode
from trading_bot.order_flow.outside.source import LINE
from trading_bot.simulator.broker.account import Fill, SimulatedAccount, order_of
from trading_bot.simulator.broker.terms import BROKER_KEY, BrokerTerms, PlannedTrade
from trading_bot.simulator.broker.updates import TradeUpdatesApi
from trading_bot.simulator.faults.fault_kinds import ANSWER_FAULTS, PathKind
from trading_bot.simulator.faults.faults import Fault, FaultBoard
from trading_bot.simulator.market.clock import MarketClock
from trading_bot.simulator.market.market import SimulatedMarket
from trading_bot.simulator.rest import bodies
from trading_bot.simulator.settings import MARKET_START

_LOOK_SECONDS: Final = 0.02
_SLOW_SECONDS: Final = 2.0
_DROP_SECONDS: Final = 0.1
_TICKS_A_DOLLAR: Final = 1_000_000
_WORDS: Final[dict[str, tuple[int, int, str]]] = {
    "rate_limited": (429, 42910000, "rate limit exceeded"),
    "unavailable": (503, 50310000, "service unavailable"),
    "unknown_key": (401, 40110000, "request is not authorized"),
    "not_authorized": (403, 40310000, "forbidden"),
    "not_found": (404, 40410000, "endpoint not found"),
    "status_error": (200, 50010000, "internal server error occurred"),
    "br_unprocessable": (422, 42210000, "unprocessable entity"),
}
_SERVER_ERROR: Final = (500, 50010000, "internal server error occurred")

Handler = Callable[[web.Request], Awaitable[web.Response]]


class BrokerApi:
    """Serves one account; made and used on one event loop.

    Args:
        market: Where prices come from.
        clock: The market's time.
        faults: What goes wrong.
        terms: How it is set up.
        stopping: Set when the server stops.
    """

    def __init__(
        self,
        market: SimulatedMarket,
        clock: MarketClock,
        faults: FaultBoard,
        terms: BrokerTerms,
        stopping: asyncio.Event,
    ) -> None:
        self._market = market
        self._clock = clock
        self._faults = faults
        self._keys = (BROKER_KEY, terms.secret)
        self._plan = list(terms.plan)
        self._stopping = stopping
        self._runner: asyncio.Task[None] | None = None
        self.account = SimulatedAccount(terms.holdings, is_approved=terms.is_approved)
        self.updates = TradeUpdatesApi(self._keys, clock, faults)

    def routes(self) -> list[web.RouteDef]:
        """Return every path with its handler."""
        return [
            web.get("/v2/account", self._shell("account", self._account)),
            web.get("/v2/positions", self._shell("positions", self._positions)),
            web.post("/v2/orders", self._shell("orders", self._order)),
            web.get("/stream", self._stream),
        ]

    def start(self) -> None:
        """Trade by the plan from now on."""
        self._runner = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop trading, and end every connection."""
        if self._runner is not None:
            self._runner.cancel()
            with suppress(asyncio.CancelledError):
                await self._runner
        await self.updates.stop()

    async def trade(self, symbol: str, shares: Decimal, price: Decimal | None = None) -> Fill:
        """Buy, or sell what is negative, and tell who listens.

        Args:
            symbol: Ticker.
            shares: How many.
            price: USD per share; None for the market's: the offer buys, the bid sells.

        Raises:
            ValueError: The market does not have it, so that it has no price.
        """
        now_ns = self._clock.now_ns()
        at = self._price(symbol, shares, now_ns) if price is None else price
        fill = self.account.trade(symbol, shares, at, now_ns)
        await self.updates.tell(fill)
        return fill

    def _price(self, symbol: str, shares: Decimal, now_ns: int) -> Decimal:
        found = self._market.symbol(symbol, now_ns)
        quote = None if found is None else found.quotes.newest(now_ns)
        if quote is None:
            raise ValueError(f"{symbol} has no price on this market")
        return Decimal(quote.ask_ticks if shares > 0 else quote.bid_ticks) / _TICKS_A_DOLLAR

    async def _run(self) -> None:
        start_ns = ns_from_utc(MARKET_START)
        while True:
            seconds = (self._clock.now_ns() - start_ns) / NS_PER_SECOND
            for due in [each for each in self._plan if each.after_seconds <= seconds]:
                await self._do(due)
            await self.updates.look()
            await asyncio.sleep(_LOOK_SECONDS)

    async def _do(self, due: PlannedTrade) -> None:
        self._plan.remove(due)
        await self.trade(due.symbol, due.shares)

    def _shell(self, kind: PathKind, handler: Handler) -> Any:
        async def answer(request: web.Request) -> web.StreamResponse:
            taken = self._faults.take(kind, (), self._clock.now_ns())
            faults = {each.fault.kind: each.fault for each in taken}
            if "slow" in faults:
                await self._wait(faults["slow"].seconds or _SLOW_SECONDS)
            for fault in faults.values():
                if fault.kind in ANSWER_FAULTS or fault.kind == "br_unprocessable":
                    return await self._refused(request, fault)
            given = (
                request.headers.get("APCA-API-KEY-ID"),
                request.headers.get("APCA-API-SECRET-KEY"),
            )
            if given != self._keys:
                return _said(_WORDS["unknown_key"])
            response = await handler(request)
            if "empty_results" in faults:
                response = bodies.encode(HTTPStatus.OK, [])
            if "truncated_json" in faults:
                return bodies.truncated(response)
            if "cut_body" in faults:
                return await bodies.cut_short(request, response)
            if "br_drip" in faults:
                return await self._drip(request, response)
            return response

        return answer

    async def _refused(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.kind == "hang":
            await self._wait(None)
        if fault.kind in ("hang", "drop_connection"):
            bodies.hang_up(request)
        if fault.kind in ("bad_gateway_html", "empty_body"):
            return bodies.faulty(fault, "")
        response = _said(_WORDS.get(fault.kind, _SERVER_ERROR))
        if fault.retry_after is not None:
            response.headers["Retry-After"] = f"{fault.retry_after:g}"
        return response

    async def _drip(self, request: web.Request, whole: web.Response) -> web.StreamResponse:
        data = whole.body if isinstance(whole.body, bytes) else b""
        drops = web.StreamResponse(headers={"Content-Length": str(len(data))})
        drops.content_type = "application/json"
        await drops.prepare(request)
        for place in range(len(data)):
            await drops.write(data[place : place + 1])
            await self._wait(_DROP_SECONDS)
        return drops

    async def _wait(self, seconds: float | None) -> None:
        """Wait until the time is over or the server stops."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def _account(self, _request: web.Request) -> web.Response:
        return bodies.encode(HTTPStatus.OK, self.account.account())

    async def _positions(self, _request: web.Request) -> web.Response:
        return bodies.encode(HTTPStatus.OK, self.account.positions())

    async def _order(self, request: web.Request) -> web.Response:
        """Fill a market order at once, so that a person or a client can trade by hand."""
        try:
            asked = decode(await request.read(), "the order", LINE)
            shares = Decimal(str(asked["qty"])) * (1 if asked["side"] == "buy" else -1)
            fill = await self.trade(str(asked["symbol"]), shares)
        except (DataSourceError, KeyError, TypeError, ValueError, InvalidOperation) as error:
            return _said((422, 42210000, f"no order: {error}"))
        return bodies.encode(HTTPStatus.OK, order_of(fill))

    async def _stream(self, request: web.Request) -> Any:
        for armed in self._faults.take("trade_updates", (), self._clock.now_ns()):
            if armed.fault.kind in ANSWER_FAULTS:
                return await self._refused(request, armed.fault)
        return await self.updates.serve(request, cast("asyncio.Transport", request.transport))


def _said(words: tuple[int, int, str]) -> web.Response:
    status, code, message = words
    return bodies.encode(status, {"code": code, "message": message})
