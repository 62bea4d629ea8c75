"""`/stocks`: the provider's WebSocket protocol over the simulated market."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count
from typing import cast

import msgspec
from aiohttp import WSMsgType, web

from trading_bot.simulator import bodies
from trading_bot.simulator.clock import MarketClock
from trading_bot.simulator.faults import FaultBoard
from trading_bot.simulator.market import SimulatedMarket
from trading_bot.simulator.ws_feed import SLOT_NS, Happening, happenings
from trading_bot.simulator.ws_frames import text_frame
from trading_bot.simulator.ws_line import StreamLine
from trading_bot.simulator.ws_log import StreamLog
from trading_bot.simulator.ws_session import StreamSession
from trading_bot.simulator.ws_wire import message_of

STREAM_PATH = "/stocks"
MOST_MESSAGES_A_FRAME = 1_000
_LOOK_SECONDS = 0.01
_SLOTS_AT_ONCE = 100
_CHANNEL_KINDS = ("T", "Q", "LULD")


@dataclass(frozen=True, slots=True)
class StreamTerms:
    """What the plan and the server allow.

    Attributes:
        connections: Connections an account may hold; a further one evicts the oldest.
        limit_bands: True when the plan includes `LULD`.
        unsent_bytes: Bytes that may wait for a slow reader before it is dropped.
    """

    connections: int = 1
    limit_bands: bool = False
    unsent_bytes: int = 64_000_000


class StreamApi:
    """Serves the stream; made and used on one event loop.

    Args:
        market: The events.
        clock: The market's time.
        faults: What goes wrong.
        keys: Every key that is let in; each is an account.
        terms: What the plan and the server allow.
    """

    def __init__(
        self,
        market: SimulatedMarket,
        clock: MarketClock,
        faults: FaultBoard,
        keys: Iterable[str],
        terms: StreamTerms,
    ) -> None:
        self.log = StreamLog()
        self._market = market
        self._clock = clock
        self._faults = faults
        self._keys = frozenset(keys)
        self._terms = terms
        self._numbers = count(1)
        self._sessions: list[StreamSession] = []
        self._done_ns = 0
        self._pump: asyncio.Task[None] | None = None

    def routes(self) -> list[web.RouteDef]:
        """Return the stream's path."""
        return [web.get(STREAM_PATH, self._serve)]

    def start(self) -> None:
        """Send from now on."""
        self._pump = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Send no more."""
        if self._pump is not None:
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump

    def now_ns(self) -> int:
        """Return the market's present, Unix nanoseconds."""
        return self._clock.now_ns()

    def refusal_of_key(self, key: str) -> str | None:
        """Return why a key is not let in, or None."""
        return None if key in self._keys else "authentication failed"

    def refusal_of_channel(self, channel: str) -> str | None:
        """Return why a channel cannot be had, or None."""
        kind, _, symbol = channel.partition(".")
        if kind not in _CHANNEL_KINDS or not symbol:
            return f"unknown channel: {channel}"
        if kind == "LULD" and not self._terms.limit_bands:
            return f"your plan does not include: {channel}"
        return None

    def admit(self, session: StreamSession) -> None:
        """Evict an account's oldest connections, so that the new one is within the limit."""
        others = [one for one in self._sessions if one.key == session.key and one is not session]
        for old in others[: max(len(others) + 1 - self._terms.connections, 0)]:
            old.key = None
            old.evict()

    def prepare(self, symbol: str) -> None:
        """Have a symbol's past made, or every symbol's for `*`."""
        for one in self._market.symbols if symbol == "*" else (symbol,):
            self._market.symbol(one, self.now_ns())

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        # Pings and closing frames are answered by hand, since faults leave them unanswered.
        socket = web.WebSocketResponse(autoping=False, autoclose=False, compress=False)
        if not socket.can_prepare(request).ok:
            return bodies.error(HTTPStatus.BAD_REQUEST, "", "this path is a WebSocket")
        await socket.prepare(request)
        # A request that has just been answered has a connection.
        line = StreamLine(cast("asyncio.Transport", request.transport))
        session = StreamSession(next(self._numbers), line, self)
        self._sessions.append(session)
        session.greet()
        try:
            async for message in socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    session.take(message.data)
                elif message.type is WSMsgType.PING:
                    session.pong(message.data)
            session.answer_close()
        finally:
            line.hang_up()
            self._sessions.remove(session)
            session.ended()
        return socket

    async def _run(self) -> None:
        while True:
            more = self._advance()
            await asyncio.sleep(0 if more else _LOOK_SECONDS)

    def _advance(self) -> bool:
        """Send what is due, some slots at a time; tell whether more is due."""
        now_ns = self.now_ns()
        last_ns = now_ns - now_ns % SLOT_NS
        sessions = [one for one in self._sessions if one.channels and not one.is_ending]
        if not sessions:
            self._done_ns = last_ns
        until_ns = min(last_ns, self._done_ns + _SLOTS_AT_ONCE * SLOT_NS)
        while self._done_ns < until_ns:
            self._done_ns += SLOT_NS
            slot = happenings(self._market, self._wanted(sessions), self._done_ns)
            for session in sessions:
                self._deliver(session, slot)
        return self._done_ns < last_ns

    def _wanted(self, sessions: Iterable[StreamSession]) -> Collection[str]:
        wanted = {symbol for session in sessions for symbol in session.symbols()}
        return self._market.symbols if "*" in wanted else wanted

    def _deliver(self, session: StreamSession, slot: list[Happening]) -> None:
        mine = [happening for happening in slot if session.wants(happening)]
        for start in range(0, len(mine), MOST_MESSAGES_A_FRAME):
            rows = [
                message_of(one.event, one.symbol, one.tape)
                for one in mine[start : start + MOST_MESSAGES_A_FRAME]
            ]
            session.send(text_frame(msgspec.json.encode(rows)))
        if session.line.unsent() > self._terms.unsent_bytes:
            session.drop_slow_reader()
