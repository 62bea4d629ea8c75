"""`/sim/faults`: faults of a simulator that runs in a process of its own."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus

from aiohttp import web

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.outside.door import decode
from trading_bot.order_flow.outside.source import FILE
from trading_bot.simulator.faults.faults import FaultBoard, fault_from_mapping
from trading_bot.simulator.rest import bodies
from trading_bot.simulator.rest.rest import RestApi


class ControlApi:
    """Lists, sets and clears faults; takes the same keys as the market data.

    Args:
        faults: The board that is changed.
        api: Knows the keys.
    """

    def __init__(self, faults: FaultBoard, api: RestApi) -> None:
        self._faults = faults
        self._api = api

    def routes(self) -> list[web.RouteDef]:
        """Return GET, POST and DELETE of `/sim/faults`."""
        return [
            web.get("/sim/faults", self._list),
            web.post("/sim/faults", self._add),
            web.delete("/sim/faults", self._clear),
        ]

    def _listing(self, status: HTTPStatus) -> web.Response:
        rows = [
            {"number": armed.number, "left": armed.left, **asdict(armed.fault)}
            for armed in self._faults.armed()
        ]
        return bodies.encode(status, {"faults": rows})

    async def _list(self, request: web.Request) -> web.Response:
        if not self._api.is_known(request):
            return bodies.unknown_key("")
        return self._listing(HTTPStatus.OK)

    async def _add(self, request: web.Request) -> web.Response:
        if not self._api.is_known(request):
            return bodies.unknown_key("")
        try:
            body = decode(await request.read(), "the faults", FILE)
            wanted = body if isinstance(body, list) else [body]
            faults = [fault_from_mapping(fields) for fields in wanted]
        except (ValueError, DataSourceError) as error:
            return bodies.error(HTTPStatus.BAD_REQUEST, "", str(error))
        for fault in faults:
            self._faults.add(fault)
        return self._listing(HTTPStatus.CREATED)

    async def _clear(self, request: web.Request) -> web.Response:
        if not self._api.is_known(request):
            return bodies.unknown_key("")
        self._faults.clear()
        return self._listing(HTTPStatus.OK)
