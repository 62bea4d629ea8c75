"""The gateway itself: one TCP port for every dataset, and the sessions on it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import count
from typing import Final, cast

from trading_bot.simulator.faults.faults import FaultBoard
from trading_bot.simulator.gateway.gw_desk import Admitted
from trading_bot.simulator.gateway.gw_lines import Login, key_of
from trading_bot.simulator.gateway.gw_session import GatewaySession
from trading_bot.simulator.gateway.gw_terms import (
    AUTHENTICATION_FAILED,
    DATASETS,
    GatewayTerms,
    not_licensed,
)
from trading_bot.simulator.market.clock import MarketClock
from trading_bot.simulator.market.market import SimulatedMarket
from trading_bot.simulator.stream.ws_log import StreamLog

_LOOK_SECONDS: Final = 0.01
_SHORTEST_LOOK_SECONDS: Final = 0.002


class GatewayApi:
    """Serves the depth of a market; made and used on one event loop.

    Args:
        market: The events.
        clock: The market's time.
        faults: What goes wrong.
        keys: Every key that is let in; each is an account.
        terms: What the plan and the gateway allow.
        host: Address to listen on.
        change_market: Lets happen what faults do to the market itself, before it is looked at.
    """

    def __init__(
        self,
        market: SimulatedMarket,
        clock: MarketClock,
        faults: FaultBoard,
        keys: Iterable[str],
        terms: GatewayTerms,
        host: str,
        change_market: Callable[[int], None],
    ) -> None:
        self.log = StreamLog()
        self.market = market
        self.faults = faults
        self.terms = terms
        self.port = terms.port
        self._host = host
        self._change_market = change_market
        self._clock = clock
        self._keys = tuple(keys)
        self._numbers = count(1)
        self._sessions: list[GatewaySession] = []
        self._listener: asyncio.Server | None = None
        self._pump: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"tcp://{self._host}:{self.port}"

    async def start(self) -> None:
        """Listen, and send from now on.

        Raises:
            OSError: The port is taken.
        """
        await self.come_back()
        self._pump = asyncio.create_task(self._run())

    async def come_back(self) -> None:
        """Listen.

        Raises:
            OSError: The port is taken.
        """
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._connection, self._host, self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    def leave(self) -> None:
        """Listen no more, and reset every connection."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for session in list(self._sessions):
            session.cut()

    async def stop(self) -> None:
        """End everything."""
        self.leave()
        if self._pump is not None:
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump

    def unsent(self) -> int:
        """Return the bytes that wait for the slowest of its clients."""
        return max((session.unsent() for session in list(self._sessions)), default=0)

    def now_ns(self) -> int:
        """Return the market's present, Unix nanoseconds."""
        return self._clock.now_ns()

    def admit(self, login: Login, challenge: str) -> Admitted | str:
        """Return who is let in, or why nobody is."""
        key = key_of(login.answer, challenge, self._keys)
        dataset = DATASETS.get(login.dataset)
        if key is None:
            return AUTHENTICATION_FAILED
        if dataset is None:
            return f"Unknown dataset '{login.dataset}'"
        if dataset.name not in self.terms.licensed:
            return not_licensed(dataset.name)
        admitted = Admitted(key, dataset)
        if sum(session.is_of(admitted) for session in self._sessions) >= self.terms.sessions:
            return f"The connection limit of {self.terms.sessions} in {dataset.name} is reached"
        return admitted

    def _connection(self) -> _Connection:
        return _Connection(self, self._sessions, next(self._numbers))

    async def _run(self) -> None:
        pause = max(_LOOK_SECONDS / self._clock.speed, _SHORTEST_LOOK_SECONDS)
        while True:
            now_ns = self.now_ns()
            self._change_market(now_ns)
            more = [session.advance(now_ns) for session in list(self._sessions)]
            await asyncio.sleep(0 if any(more) else pause)


class _Connection(asyncio.Protocol):
    """Brings what the network tells of one connection to its session."""

    def __init__(self, api: GatewayApi, sessions: list[GatewaySession], number: int) -> None:
        self._api = api
        self._sessions = sessions
        self._number = number
        self._session: GatewaySession

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet the client."""
        # A server's connections are whole transports.
        whole = cast("asyncio.Transport", transport)
        self._session = GatewaySession(self._number, whole, self._api, secrets.token_urlsafe(24))
        self._sessions.append(self._session)
        self._session.greet()

    def data_received(self, data: bytes) -> None:
        """Hear the client."""
        self._session.take(data)

    def connection_lost(self, _: Exception | None) -> None:
        """Forget the client."""
        self._sessions.remove(self._session)
        self._session.ended()
