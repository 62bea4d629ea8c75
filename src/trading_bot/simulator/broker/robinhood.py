"""A simulated Robinhood: the account over HTTP, in the words that robin_stocks reads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID, uuid5

from aiohttp import web

from trading_bot.order_flow.outside.door import decode
from trading_bot.order_flow.outside.source import LINE
from trading_bot.simulator.broker.account import SimulatedAccount
from trading_bot.simulator.rest import bodies

NUMBER: Final = "5RH76543210"
USERNAME: Final = "trader@example.org"
PASSWORD: Final = "h7-Kq2w-Zx9p-Lm4t"  # noqa: S105 - of nothing but this server
TOKEN: Final = "rh-0f8d2a7c4b6e1953"  # noqa: S105 - likewise
OWN_ADDRESS: Final = "https://api.robinhood.com"
"""What the links in its answers begin with, wherever it runs."""
ROWS_A_PAGE: Final = 2
_CHALLENGE: Final = "challenge-1"
_MACHINE: Final = "machine-1"
_NAMES: Final = UUID("7a9f2d0e-4b1c-4e55-8f1e-93b5d6c7a801")
_DROP_SECONDS: Final = 0.1
_REFUSALS: Final = {
    "logged_out": (401, "Incorrect authentication credentials."),
    "forbidden": (403, "You do not have permission to perform this action."),
    "not_found": (404, "Not found."),
    "unusual": (418, "This was not expected."),
    "too_many": (429, "Request was throttled."),
    "server_error": (500, ""),
    "moved": (302, ""),
}
_LOG_IN_PAGE: Final = "<html><body>Log in</body></html>"

Handler = Callable[[web.Request], Awaitable[web.Response]]


class SimulatedRobinhood:
    """Serves one log-in; made and used on one event loop.

    Args:
        account: What is held, by the first of the numbers.
        numbers: The accounts of the log-in.

    Attributes:
        port: Where it listens, once it does.
        fault: What goes wrong with lists of positions now; empty for nothing.
        fault_path: What its path begins with, where it is another.
        login: What a log-in comes to: `open`, `mfa`, `sms`, `approval`, `odd`, or a fault's name.
        challenge: How a device is approved: `prompt`, `sms`, or empty for nothing that is known.
        prompt: What has become of it: `issued`, `validated` or `denied`.
        workflow: What the workflow has come to.
        rows: Changes the rows of positions before they are sent.
        links: What links of next pages begin with.
        logins: The fields of each log-in, in their order.
        asked: The path of each question.
        authorized: The header of each question that had one.
    """

    def __init__(self, account: SimulatedAccount, numbers: tuple[str, ...] = (NUMBER,)) -> None:
        self.account = account
        self.numbers = numbers
        self.port = 0
        self.fault = ""
        self.fault_path = "/positions/"
        self.login = "open"
        self.challenge = "prompt"
        self.prompt = "issued"
        self.workflow = "workflow_status_approved"
        self.rows: Callable[[list[Any]], list[Any]] = lambda rows: rows
        self.links = OWN_ADDRESS
        self.logins: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.authorized: list[str] = []
        self._ending = asyncio.Event()
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen."""
        app = web.Application()
        inquiry = "/pathfinder/inquiries/{machine}/user_view/"
        app.add_routes(
            [
                web.post("/oauth2/token/", self._shell(self._log_in)),
                web.post("/pathfinder/user_machine/", self._shell(self._machine)),
                web.get(inquiry, self._shell(self._inquiry)),
                web.post(inquiry, self._shell(self._go_on)),
                web.get("/push/{challenge}/get_prompts_status/", self._shell(self._status)),
                web.get("/accounts/", self._shell(self._let_in(self._accounts))),
                web.get("/positions/", self._shell(self._let_in(self._positions))),
                web.get("/instruments/{id}/", self._shell(self._let_in(self._instrument))),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """End every connection, and listen no longer."""
        self._ending.set()
        if self._runner is not None:
            await self._runner.cleanup()

    def _shell(self, handler: Handler) -> Any:
        async def answer(request: web.Request) -> web.StreamResponse:
            self.asked.append(request.path)
            is_hit = self.fault and request.path.startswith(self.fault_path)
            if self.fault == "page_two":
                is_hit = "cursor" in request.query
            return await self._faulty(request, handler) if is_hit else await handler(request)

        return answer

    async def _faulty(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        match self.fault:
            case "hang":
                await self._wait(None)
                bodies.hang_up(request)
            case "drop_connection":
                bodies.hang_up(request)
            case "log_in_page":
                return web.Response(text=_LOG_IN_PAGE, content_type="text/html")
            case "bad_gateway_html" | "page_two":
                return web.Response(status=502, text=_LOG_IN_PAGE, content_type="text/html")
            case "empty_body":
                return web.Response(body=b"")
            case "no_results":
                return _said(HTTPStatus.OK, "Something else.")
        if self.fault in _REFUSALS:
            status, words = _REFUSALS[self.fault]
            refusal = _said(status, words)
            if status == HTTPStatus.FOUND:
                refusal.headers["Location"] = f"{OWN_ADDRESS}/elsewhere/"
            if status == HTTPStatus.TOO_MANY_REQUESTS:
                refusal.headers["Retry-After"] = "1"
            return refusal
        whole = await handler(request)
        if self.fault == "truncated_json":
            return bodies.truncated(whole)
        if self.fault == "cut_body":
            return await bodies.cut_short(request, whole)
        return await self._drip(request, whole)

    async def _drip(self, request: web.Request, whole: web.Response) -> web.StreamResponse:
        data = whole.body if isinstance(whole.body, bytes) else b""
        drops = web.StreamResponse(headers={"Content-Length": str(len(data))})
        await drops.prepare(request)
        for place in range(len(data)):
            await drops.write(data[place : place + 1])
            await self._wait(_DROP_SECONDS)
        return drops

    async def _wait(self, seconds: float | None) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ending.wait()

    def _let_in(self, handler: Handler) -> Handler:
        async def answer(request: web.Request) -> web.Response:
            given = request.headers.get("Authorization", "")
            self.authorized.append(given)
            if given != f"Bearer {TOKEN}":
                return _said(*_REFUSALS["logged_out"])
            return await handler(request)

        return answer

    async def _log_in(self, request: web.Request) -> web.Response:
        fields = dict(await request.post())
        self.logins.append(fields)
        if (fields.get("username"), fields.get("password")) != (USERNAME, PASSWORD):
            return _said(HTTPStatus.BAD_REQUEST, "Unable to log in with provided credentials.")
        match self.login:
            case "mfa" if "mfa_code" not in fields:
                return bodies.encode(HTTPStatus.OK, {"mfa_required": True, "mfa_type": "app"})
            case "sms":
                challenge = {"id": _CHALLENGE, "type": "sms", "status": "issued"}
                return bodies.encode(HTTPStatus.BAD_REQUEST, {"challenge": challenge})
            case "approval":
                workflow = {
                    "id": "workflow-1",
                    "workflow_status": "workflow_status_internal_pending",
                }
                return bodies.encode(HTTPStatus.FORBIDDEN, {"verification_workflow": workflow})
            case "odd":
                return bodies.encode(HTTPStatus.OK, [])
        return bodies.encode(
            HTTPStatus.OK,
            {
                "access_token": TOKEN,
                "token_type": "Bearer",
                "refresh_token": "simulated-refresh",
                "expires_in": 86_400,
                "scope": "internal",
            },
        )

    async def _machine(self, request: web.Request) -> web.Response:
        asked = decode(await request.read(), "the approval", LINE)
        is_known = asked["input"]["workflow_id"] == "workflow-1"
        return bodies.encode(HTTPStatus.OK, {"id": _MACHINE} if is_known else {})

    async def _inquiry(self, _request: web.Request) -> web.Response:
        challenge = {"id": _CHALLENGE, "type": self.challenge, "status": self.prompt}
        context = {"sheriff_challenge": challenge} if self.challenge else {}
        return bodies.encode(HTTPStatus.OK, {"context": context})

    async def _status(self, _request: web.Request) -> web.Response:
        return bodies.encode(HTTPStatus.OK, {"challenge_status": self.prompt})

    async def _go_on(self, _request: web.Request) -> web.Response:
        if self.workflow == "workflow_status_approved":
            self.login = "open"
        return bodies.encode(HTTPStatus.OK, {"type_context": {"result": self.workflow}})

    async def _accounts(self, _request: web.Request) -> web.Response:
        rows = [
            {"account_number": each, "type": "cash", "deactivated": False} for each in self.numbers
        ]
        return bodies.encode(HTTPStatus.OK, {"results": rows, "next": None, "previous": None})

    async def _positions(self, request: web.Request) -> web.Response:
        number = request.query.get("account_number", self.numbers[0])
        held = self.account.holdings if number == self.numbers[0] else {}
        rows = self.rows([_position(number, symbol, *each) for symbol, each in held.items()])
        start = int(request.query.get("cursor", "0"))
        after = start + ROWS_A_PAGE
        following = f"{self.links}/positions/?account_number={number}&cursor={after}"
        page = {
            "results": rows[start:after],
            "next": following if after < len(rows) else None,
            "previous": None,
        }
        return bodies.encode(HTTPStatus.OK, page)

    async def _instrument(self, request: web.Request) -> web.Response:
        asked = request.match_info["id"]
        found = next((each for each in self.account.holdings if instrument(each) == asked), None)
        if found is None:
            return _said(*_REFUSALS["not_found"])
        return bodies.encode(HTTPStatus.OK, {"id": asked, "symbol": found, "type": "stock"})


def instrument(symbol: str) -> str:
    """Return the id of a symbol's instrument."""
    return str(uuid5(_NAMES, symbol))


def _position(number: str, symbol: str, quantity: Decimal, price: Decimal) -> dict[str, Any]:
    return {
        "url": f"{OWN_ADDRESS}/positions/{number}/{instrument(symbol)}/",
        "instrument": f"{OWN_ADDRESS}/instruments/{instrument(symbol)}/",
        "account": f"{OWN_ADDRESS}/accounts/{number}/",
        "account_number": number,
        "average_buy_price": f"{price:.4f}",
        "quantity": f"{quantity:.8f}",
        "shares_held_for_sells": "0.00000000",
    }


def _said(status: int, words: str) -> web.Response:
    return bodies.encode(status, {"detail": words})
