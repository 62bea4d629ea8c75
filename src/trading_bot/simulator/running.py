"""A simulator inside the present process, on a thread and an event loop of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from datetime import datetime, timedelta
from threading import Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from trading_bot.order_flow.clock import Clock, utc_now
from trading_bot.simulator.broker.terms import BrokerTerms
from trading_bot.simulator.faults.faults import Fault, FaultBoard
from trading_bot.simulator.gateway.gw_terms import GatewayTerms
from trading_bot.simulator.market.market import SimulatedMarket
from trading_bot.simulator.rest.request_log import RequestLog
from trading_bot.simulator.server import HOST, ServerSettings, SimulatorServer
from trading_bot.simulator.settings import DEFAULT_KEY, DEFAULT_SEED, MARKET_START
from trading_bot.simulator.stream.ws_api import StreamTerms
from trading_bot.simulator.stream.ws_log import StreamLog

if TYPE_CHECKING:
    from trading_bot.simulator.broker.api import BrokerApi
    from trading_bot.simulator.gateway.gw_api import GatewayApi

T = TypeVar("T")


class RunningSimulator:
    """Listens from `with` to the end of its block.

    Args:
        seed: Same seed, same events.
        key: The key that is let in.
        faults: Set from the beginning.
        clock: The machine's time; a test hands in its own and moves it.
        started_at: Machine time at which the market stands at its start; None for now.
        next_url_base: Scheme and host of `next_url`; None for the simulator's own.
        port: TCP port; 0 for any free one.
        speed: Market seconds in a second of the machine's time.
        stream: What the stream's plan allows; None for one connection and no limit bands.
        depth: What the depth gateway allows; None for no gateway.
        warm: True to make the hour of history before listening; always so at another speed than 1.
        broker: How the broker is set up; None for no broker.

    Raises:
        ValueError: There is to be depth, and no package that writes its records.
    """

    market_start = MARKET_START

    def __init__(
        self,
        *,
        seed: int = DEFAULT_SEED,
        key: str = DEFAULT_KEY,
        faults: Iterable[Fault] = (),
        clock: Clock = utc_now,
        started_at: datetime | None = None,
        next_url_base: str | None = None,
        port: int = 0,
        speed: float = 1.0,
        stream: StreamTerms | None = None,
        depth: GatewayTerms | None = None,
        warm: bool = False,
        broker: BrokerTerms | None = None,
    ) -> None:
        self.key = key
        self._settings = ServerSettings(
            seed=seed,
            keys=(key,),
            port=port,
            faults=tuple(faults),
            clock=clock,
            started_at=started_at,
            next_url_base=next_url_base,
            speed=speed,
            stream=StreamTerms() if stream is None else stream,
            depth=depth,
            broker=broker,
            # A fast market would be minutes ahead before its history is made.
            warm=warm or speed != 1,
        )
        self._thread = Thread(target=self._run, name="simulator", daemon=True)
        self._listening = Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: asyncio.Event | None = None
        self._server: SimulatorServer | None = None
        self._failure: OSError | None = None

    def start(self) -> Self:
        """Listen; return when the address is known.

        Raises:
            OSError: The port is taken.
        """
        self._thread.start()
        self._listening.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self

    def stop(self) -> None:
        """Close every connection and end the thread."""
        if self._loop is not None and self._ended is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        server = SimulatorServer(self._settings)
        try:
            await server.start()
        except OSError as error:
            self._failure = error
        else:
            self._server = server
            self._listening.set()
            await self._ended.wait()
        finally:
            await server.stop()
            self._listening.set()

    @property
    def server(self) -> SimulatorServer:
        """The server behind.

        Raises:
            RuntimeError: Not started.
        """
        if self._server is None:
            raise RuntimeError("the simulator has not been started")
        return self._server

    @property
    def base_url(self) -> str:
        """Scheme, host and port."""
        return self.server.base_url

    @property
    def ws_url(self) -> str:
        """Address of the stream, for a client of our own."""
        return self.server.ws_url

    @property
    def feed(self) -> str:
        """Host and port, as the official client wants its `feed`."""
        return f"{HOST}:{self.server.port}"

    @property
    def streams(self) -> StreamLog:
        """What happened on the stream."""
        return self.server.stream.log

    @property
    def gateway(self) -> GatewayApi:
        """The depth gateway.

        Raises:
            RuntimeError: Not started, or no depth was asked for.
        """
        if self.server.gateway is None:
            raise RuntimeError("the simulator was started without depth")
        return self.server.gateway

    @property
    def broker(self) -> BrokerApi:
        """The broker.

        Raises:
            RuntimeError: Not started, or no broker was asked for.
        """
        if self.server.broker is None:
            raise RuntimeError("the simulator was started without a broker")
        return self.server.broker

    def do(self, step: Coroutine[Any, Any, T]) -> T:
        """Do something on the server's event loop, from another thread, and return what it gives.

        Raises:
            RuntimeError: Not started.
        """
        if self._loop is None:
            step.close()
            raise RuntimeError("the simulator has not been started")
        return asyncio.run_coroutine_threadsafe(step, self._loop).result()

    @property
    def faults(self) -> FaultBoard:
        """What goes wrong; may be changed while it runs."""
        return self.server.faults

    @property
    def requests(self) -> RequestLog:
        """What it was asked."""
        return self.server.requests

    @property
    def market(self) -> SimulatedMarket:
        """The events; to be read only while no request is under way."""
        return self.server.market

    @property
    def clock(self) -> Clock:
        """The market's present, for a bot that lives in the market's time."""
        return self.server.clock

    @property
    def clock_offset(self) -> timedelta:
        """Market time minus machine time at the start; it stays so at a speed of 1."""
        return self.server.clock.offset
