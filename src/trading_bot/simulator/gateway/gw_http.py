"""What a client of the gateway asks over HTTP: datasets, their schemas, and symbols as numbers.

Basic authentication with the key as the name, answers and errors as the historical API gives them.
Data of today is not among them: a licence for the past has none of the last 24 hours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date
from http import HTTPStatus

from aiohttp import BasicAuth, web

from trading_bot.simulator.faults.fault_kinds import ANSWER_FAULTS, PathKind
from trading_bot.simulator.faults.faults import ArmedFault, FaultBoard
from trading_bot.simulator.gateway.gw_answers import (
    UNKNOWN_KEY,
    RefusedError,
    answer_of,
    error_answer,
)
from trading_bot.simulator.gateway.gw_terms import (
    ALL_SYMBOLS,
    DATASETS,
    RAW_SYMBOL,
    Dataset,
    instruments_of,
)
from trading_bot.simulator.market.clock import MarketClock
from trading_bot.simulator.market.market import SimulatedMarket
from trading_bot.simulator.rest import bodies
from trading_bot.simulator.rest.request_log import RecordedRequest, RequestLog
from trading_bot.simulator.settings import A_DAY

_MOST_SYMBOLS = 2_000
_RANGE_START = "2018-05-01T00:00:00.000000000Z"
_SLOW_SECONDS = 2.0

Fields = Mapping[str, str]
Handler = Callable[[Fields], web.Response]


class DatasetPaths:
    """Answers what is asked of datasets and symbols.

    Args:
        market: The listed symbols.
        clock: The market's time.
        faults: What goes wrong.
        requests: Takes a note of each request.
        keys: Every key that is let in.
        stopping: Set when the server stops.
    """

    def __init__(
        self,
        market: SimulatedMarket,
        clock: MarketClock,
        faults: FaultBoard,
        requests: RequestLog,
        keys: Iterable[str],
        stopping: asyncio.Event,
    ) -> None:
        self._market = market
        self._clock = clock
        self._faults = faults
        self._requests = requests
        self._keys = frozenset(keys)
        self._stopping = stopping

    def routes(self) -> list[web.RouteDef]:
        """Return every path with its handler."""
        asked: list[tuple[str, PathKind, Handler]] = [
            ("list_datasets", "datasets", self._list_datasets),
            ("list_publishers", "datasets", self._list_publishers),
            ("list_schemas", "datasets", self._list_schemas),
            ("get_dataset_range", "datasets", self._dataset_range),
        ]
        return [
            *(
                web.get(f"/v0/metadata.{name}", self._shell(kind, handler))
                for name, kind, handler in asked
            ),
            web.post("/v0/symbology.resolve", self._shell("symbology", self._resolve)),
        ]

    def _shell(
        self, kind: PathKind, handler: Handler
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            form = await request.post()
            fields = {name: str(text) for name, text in (*request.query.items(), *form.items())}
            symbols = tuple(fields.get("symbols", "").split(",")) if "symbols" in fields else ()
            known, now_ns = self._is_known(request), self._clock.now_ns()
            self._requests.add(RecordedRequest(kind, request.path, fields, symbols, now_ns, known))
            if not known:
                return error_answer(UNKNOWN_KEY)
            faults = self._faults.take(kind, symbols, now_ns)
            faulty = await self._faulted(request, faults)
            try:
                return faulty or handler(fields)
            except RefusedError as error:
                return error_answer(error)

        return answer

    def _is_known(self, request: web.Request) -> bool:
        try:
            login = BasicAuth.decode(request.headers.get("Authorization", ""))
        except ValueError:
            return False
        return login.login in self._keys

    async def _faulted(
        self, request: web.Request, faults: Iterable[ArmedFault]
    ) -> web.Response | None:
        for armed in faults:
            kind = armed.fault.kind
            if kind == "slow":
                await self._wait((armed.fault.seconds or _SLOW_SECONDS) / self._clock.speed)
            elif kind in ANSWER_FAULTS:
                if kind == "hang":
                    await self._wait(None)
                if kind in ("hang", "drop_connection"):
                    bodies.hang_up(request)
                return answer_of(armed.fault)
        return None

    async def _wait(self, seconds: float | None) -> None:
        """Wait until the time is over or the server stops."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    def _list_datasets(self, _: Fields) -> web.Response:
        return bodies.encode(HTTPStatus.OK, list(DATASETS))

    def _list_publishers(self, _: Fields) -> web.Response:
        rows = [
            {
                "publisher_id": each.publisher,
                "dataset": each.name,
                "venue": each.venue,
                "description": each.description,
            }
            for each in DATASETS.values()
        ]
        return bodies.encode(HTTPStatus.OK, rows)

    def _list_schemas(self, fields: Fields) -> web.Response:
        return bodies.encode(HTTPStatus.OK, _dataset(fields).schemas)

    def _dataset_range(self, fields: Fields) -> web.Response:
        now_ns = self._clock.now_ns()
        until = self._clock() - A_DAY
        span = {"start": _RANGE_START, "end": f"{until:%Y-%m-%dT%H:%M:%S}.{now_ns % 10**9:09}Z"}
        schemas = dict.fromkeys(_dataset(fields).schemas, span)
        return bodies.encode(HTTPStatus.OK, {**span, "schema": schemas})

    def _resolve(self, fields: Fields) -> web.Response:
        dataset = _dataset(fields)
        wanted = fields.get("symbols", "").split(",")
        ways = fields.get("stype_in", RAW_SYMBOL), fields.get("stype_out", "instrument_id")
        if len(wanted) > _MOST_SYMBOLS:
            raise _unprocessable(f"At most {_MOST_SYMBOLS} symbols may be asked for")
        first = _day(fields, "start_date", None)
        behind = _day(fields, "end_date", first + A_DAY)
        if behind <= first:
            raise _unprocessable("end_date must lie after start_date")
        numbers = instruments_of(dataset, self._market.symbols)
        if ways == (RAW_SYMBOL, "instrument_id"):
            table = {symbol: str(number) for symbol, number in numbers.items()}
        elif ways == ("instrument_id", RAW_SYMBOL):
            table = {str(number): symbol for symbol, number in numbers.items()}
        else:
            raise _unprocessable(f"Cannot resolve {ways[0]} to {ways[1]}")
        if wanted == [ALL_SYMBOLS]:
            wanted = list(table)
        span = {"d0": first.isoformat(), "d1": behind.isoformat()}
        missing = [symbol for symbol in wanted if symbol not in table]
        body = {
            "result": {
                symbol: [{**span, "s": table[symbol]}] if symbol in table else []
                for symbol in wanted
            },
            "symbols": wanted,
            "stype_in": ways[0],
            "stype_out": ways[1],
            "start_date": span["d0"],
            "end_date": span["d1"],
            "partial": [],
            "not_found": missing,
            "message": "Not found" if missing else "OK",
            "status": 2 if missing else 0,
        }
        return bodies.encode(HTTPStatus.OK, body)


def _dataset(fields: Fields) -> Dataset:
    """Return the dataset that a request names.

    Raises:
        RefusedError: There is none.
    """
    name = fields.get("dataset", "")
    if name not in DATASETS:
        text = f"Unknown dataset '{name}'."
        raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "data_dataset_not_found", text)
    return DATASETS[name]


def _day(fields: Fields, name: str, usual: date | None) -> date:
    """Return a day that a request names.

    Raises:
        RefusedError: It is none, or it is missing and there is no usual one.
    """
    text = fields.get(name)
    if text is None and usual is not None:
        return usual
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        raise _unprocessable(f"{name} must be a day") from None


def _unprocessable(message: str) -> RefusedError:
    return RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "symbology_invalid_request", message)
