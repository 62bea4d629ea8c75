"""The simulator's server: one market, its clock, its faults, on one loopback address."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, cast

from aiohttp import web

from trading_bot.order_flow.clock import Clock, utc_now
from trading_bot.simulator.broker.api import BrokerApi
from trading_bot.simulator.broker.terms import BrokerTerms
from trading_bot.simulator.faults.control import ControlApi
from trading_bot.simulator.faults.faults import Fault, FaultBoard
from trading_bot.simulator.gateway.gw_http import DatasetPaths
from trading_bot.simulator.gateway.gw_terms import GatewayTerms, require_dbn
from trading_bot.simulator.market.clock import MarketClock
from trading_bot.simulator.market.market import SimulatedMarket
from trading_bot.simulator.rest.request_log import RequestLog
from trading_bot.simulator.rest.rest import RestApi
from trading_bot.simulator.settings import DEFAULT_KEY, DEFAULT_SEED
from trading_bot.simulator.stream.ws_api import STREAM_PATH, StreamApi, StreamTerms

if TYPE_CHECKING:
    from trading_bot.simulator.gateway.gw_api import GatewayApi

_LOGGER = logging.getLogger(__name__)
HOST = "127.0.0.1"
_LOOK_FOR_GOING_AWAY_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How a simulator is set up.

    Attributes:
        seed: Same seed, same events.
        keys: Every key that is let in.
        port: TCP port on the loopback address; 0 for any free one.
        faults: Set from the beginning.
        clock: The machine's time.
        started_at: Machine time at which the market stands at its start; None for now.
        next_url_base: Scheme and host of `next_url`; None for the address that was asked.
        warm: True to make the hour of history before listening, not when first asked.
        speed: Market seconds in a second of the machine's time.
        stream: What the stream's plan allows.
        depth: What the depth gateway allows; None for no gateway.
        broker: How the broker is set up, which is served beside the market; None for no broker.

    Raises:
        ValueError: There is to be depth, and no package that writes its records.
    """

    seed: int = DEFAULT_SEED
    keys: Iterable[str] = (DEFAULT_KEY,)
    port: int = 0
    faults: Iterable[Fault] = ()
    clock: Clock = field(default=utc_now)
    started_at: datetime | None = None
    next_url_base: str | None = None
    warm: bool = False
    speed: float = 1.0
    stream: StreamTerms = field(default_factory=StreamTerms)
    depth: GatewayTerms | None = None
    broker: BrokerTerms | None = None

    def __post_init__(self) -> None:
        if self.depth is not None:
            require_dbn()


class SimulatorServer:
    """Serves one simulated market; made and used on one event loop.

    Args:
        settings: How it is set up.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self.market = SimulatedMarket(settings.seed)
        self.clock = MarketClock(
            settings.clock, started_at=settings.started_at, speed=settings.speed
        )
        self.faults = FaultBoard(self.clock.now_ns, settings.faults)
        self.requests = RequestLog()
        self.port = settings.port
        self.failed_returns = 0
        self._api = RestApi(
            self.market,
            self.clock,
            self.faults,
            self.requests,
            settings.keys,
            next_url_base=settings.next_url_base,
        )
        self.stream = StreamApi(
            self.market, self.clock, self.faults, tuple(settings.keys), settings.stream
        )
        self.gateway = self._gateway()
        self.broker = (
            None
            if settings.broker is None
            else BrokerApi(
                self.market, self.clock, self.faults, settings.broker, self._api.stopping
            )
        )
        application = web.Application()
        application.add_routes(ControlApi(self.faults, self._api).routes())
        if settings.depth is not None:
            application.add_routes(self._dataset_routes())
        if self.broker is not None:
            application.add_routes(self.broker.routes())
        application.add_routes(self.stream.routes())
        application.add_routes(self._api.routes())
        self._runner = web.AppRunner(
            application, access_log=None, handler_cancellation=True, shutdown_timeout=0.5
        )
        self._listener: asyncio.Server | None = None
        self._watch: asyncio.Task[None] | None = None

    def _gateway(self) -> GatewayApi | None:
        if self._settings.depth is None:
            return None
        # Imported here: a market without depth needs no `databento_dbn`.
        from trading_bot.simulator.gateway.gw_api import GatewayApi  # noqa: PLC0415

        return GatewayApi(
            self.market,
            self.clock,
            self.faults,
            self._settings.keys,
            self._settings.depth,
            HOST,
            self.stream.change_market,
        )

    def _dataset_routes(self) -> list[web.RouteDef]:
        paths = DatasetPaths(
            self.market,
            self.clock,
            self.faults,
            self.requests,
            self._settings.keys,
            self._api.stopping,
        )
        return paths.routes()

    @property
    def base_url(self) -> str:
        """Scheme, host and port."""
        return f"http://{HOST}:{self.port}"

    @property
    def ws_url(self) -> str:
        """Address of the stream."""
        return f"ws://{HOST}:{self.port}{STREAM_PATH}"

    async def start(self) -> None:
        """Listen, unless a fault says that the server is away.

        Raises:
            OSError: The port is taken.
        """
        await self._runner.setup()
        listener = await self._bind()
        if self._settings.warm:
            self.market.advance(self.clock.now_ns())
            if self._settings.started_at is None:
                # The market opens only now: making its history takes time of its own.
                self.clock.restart()
        await listener.start_serving()
        self.stream.start()
        if self.gateway is not None:
            await self.gateway.start()
        if self.broker is not None:
            self.broker.start()
        self._watch = asyncio.create_task(self._watch_going_away())

    async def _bind(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        # The runner has a server since its set-up.
        server = cast("web.Server", self._runner.server)
        listener = await loop.create_server(server, HOST, self.port, start_serving=False)
        self._listener = listener
        self.port = listener.sockets[0].getsockname()[1]
        return listener

    async def _come_back(self) -> None:
        try:
            listener = await self._bind()
            await listener.start_serving()
            if self.gateway is not None:
                await self.gateway.come_back()
        except OSError as error:
            # Someone else may hold the port for a moment: the watch tries again.
            self.failed_returns += 1
            self._leave()
            _LOGGER.warning(
                "simulator.port_not_free", extra={"port": self.port, "error": str(error)}
            )

    def _leave(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self.gateway is not None:
            self.gateway.leave()
        server = self._runner.server
        for connection in [] if server is None else server.connections:
            connection.force_close()

    async def _watch_going_away(self) -> None:
        while True:
            if self.faults.is_away():
                self._leave()
            elif self._listener is None:
                await self._come_back()
            await asyncio.sleep(_LOOK_FOR_GOING_AWAY_SECONDS)

    async def stop(self) -> None:
        """Stop listening, let hanging requests go, and close every connection."""
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
        await self.stream.stop()
        if self.gateway is not None:
            await self.gateway.stop()
        self._api.stopping.set()
        if self.broker is not None:
            await self.broker.stop()
        self._leave()
        await self._runner.cleanup()
