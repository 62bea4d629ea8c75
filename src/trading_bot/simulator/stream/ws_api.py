"""`/stocks`: the provider's WebSocket protocol over the simulated market."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count
from typing import cast

from aiohttp import WSMsgType, web

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.simulator.faults.fault_kinds import ANSWER_FAULTS, CHANNEL_KINDS, MARKET_FAULTS
from trading_bot.simulator.faults.faults import Fault, FaultBoard
from trading_bot.simulator.market.burst import DEFAULT_BURST_TRADES
from trading_bot.simulator.market.clock import MarketClock
from trading_bot.simulator.market.market import SimulatedMarket
from trading_bot.simulator.rest import bodies
from trading_bot.simulator.stream.ws_desk import Guest
from trading_bot.simulator.stream.ws_feed import SLOT_NS, happenings
from trading_bot.simulator.stream.ws_line import StreamLine
from trading_bot.simulator.stream.ws_log import StreamLog
from trading_bot.simulator.stream.ws_session import StreamSession

STREAM_PATH = "/stocks"
_LOOK_SECONDS = 0.01
_SHORTEST_LOOK_SECONDS = 0.002
_SLOTS_AT_ONCE = 100
DEFAULT_HALT_SECONDS = 300
_AHEAD_SECONDS = 2
_PLAN_FAULTS = {"T": "ws_plan_without_trades", "Q": "ws_plan_without_quotes"}
_NO_WEBSOCKET = (
    "Your plan doesn't include websocket access. Visit https://polygon.io/pricing to upgrade."
)
_UNKNOWN_KEY = "authentication failed"
_KEY_FAULTS = {"ws_plan_without_websocket": _NO_WEBSOCKET, "auth_failed": _UNKNOWN_KEY}


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
        self.faults = faults
        self._keys = frozenset(keys)
        self._terms = terms
        self._numbers = count(1)
        self._sessions: list[StreamSession] = []
        self._done_ns = 0
        self._hits: Counter[int] = Counter()
        self.stopping = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None

    def routes(self) -> list[web.RouteDef]:
        """Return the stream's path."""
        return [web.get(STREAM_PATH, self._serve)]

    def start(self) -> None:
        """Send from now on."""
        self._pump = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop sending, and let hanging handshakes go."""
        self.stopping.set()
        if self._pump is not None:
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump

    def now_ns(self) -> int:
        """Return the market's present, Unix nanoseconds."""
        return self._clock.now_ns()

    def refusal_of_key(self, key: str) -> str | None:
        """Return why a key is not let in, or None."""
        if key not in self._keys:
            return _UNKNOWN_KEY
        acting = self.faults.on_stream(self.now_ns())
        for kind, words in _KEY_FAULTS.items():
            if any(self.faults.spend(armed) for armed in acting.get(kind, ())):
                return words
        return None

    def refusal_of_channel(self, channel: str) -> str | None:
        """Return why a channel cannot be had, or None."""
        kind, _, symbol = channel.partition(".")
        if kind not in CHANNEL_KINDS or not symbol:
            return f"unknown channel: {channel}"
        if kind == "LULD" and not self._terms.limit_bands:
            return _not_in_plan(channel)
        for armed in self.faults.on_stream(self.now_ns()).get(_PLAN_FAULTS.get(kind, ""), ()):
            if armed.fault.concerns_symbol(symbol) and self.faults.spend(armed):
                return _not_in_plan(channel)
        return None

    def admit(self, session: Guest) -> None:
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
        for armed in self.faults.take("stream", (), self.now_ns()):
            if armed.fault.kind in ANSWER_FAULTS:
                return await self._refuse(request, armed.fault)
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
            if session.is_dead:
                # A machine that is gone does not hang up either; the client has to.
                await self.stopping.wait()
            session.answer_close()
        finally:
            self._sessions.remove(session)
            session.ended()
        return socket

    async def _refuse(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.kind == "hang":
            await self.stopping.wait()
        if fault.kind in ("hang", "drop_connection"):
            bodies.hang_up(request)
        return bodies.faulty(fault, "")

    async def _run(self) -> None:
        pause = max(_LOOK_SECONDS / self._clock.speed, _SHORTEST_LOOK_SECONDS)
        while True:
            more = self._advance()
            await asyncio.sleep(0 if more else pause)

    def _advance(self) -> bool:
        """Send what is due, some slots at a time; tell whether more is due."""
        now_ns = self.now_ns()
        self.change_market(now_ns)
        last_ns = now_ns - now_ns % SLOT_NS
        sessions = [one for one in self._sessions if one.channels]
        if not sessions:
            self._done_ns = last_ns
        until_ns = min(last_ns, self._done_ns + _SLOTS_AT_ONCE * SLOT_NS)
        while self._done_ns < until_ns:
            self._done_ns += SLOT_NS
            slot = happenings(self._market, self._wanted(sessions), self._done_ns)
            for session in sessions:
                if not session.is_ending:
                    session.deliver(slot, self._done_ns)
        for session in list(self._sessions):
            self._look_after(session, now_ns)
        return self._done_ns < last_ns

    def _look_after(self, session: StreamSession, now_ns: int) -> None:
        session.line.drip(now_ns)
        if session.cut_at_ns is not None and now_ns >= session.cut_at_ns:
            session.line.hang_up()
        elif not session.is_ending and session.line.unsent() > self._terms.unsent_bytes:
            session.drop_slow_reader()

    def change_market(self, now_ns: int) -> None:
        """Let bursts and halts happen: in the second after the fault begins, and those behind.

        A fast market is told of them ahead, so that a late look at the clock moves none of them.
        """
        ahead_ns = int((self._clock.speed - 1) * _AHEAD_SECONDS * NS_PER_SECOND)
        for armed in self.faults.armed():
            hits = self._hits[armed.number]
            from_ns = armed.from_ns + hits * NS_PER_SECOND
            is_over = armed.until_ns is not None and from_ns >= armed.until_ns
            if armed.fault.kind not in MARKET_FAULTS or now_ns < from_ns - ahead_ns or is_over:
                continue
            if not self.faults.spend(armed):
                continue
            self._hits[armed.number] += 1
            self._hit_market(armed.fault, from_ns // NS_PER_SECOND + 1, now_ns)

    def _hit_market(self, fault: Fault, second: int, now_ns: int) -> None:
        for symbol in fault.symbols or self._market.symbols:
            one = self._market.symbol(symbol, now_ns)
            if one is None:
                continue
            if fault.kind == "ws_burst":
                one.burst_at(second, fault.trades or DEFAULT_BURST_TRADES)
            else:
                one.halt_at(second, round(fault.seconds or DEFAULT_HALT_SECONDS))

    def _wanted(self, sessions: Iterable[StreamSession]) -> Collection[str]:
        wanted = {symbol for session in sessions for symbol in session.symbols()}
        return self._market.symbols if "*" in wanted else wanted


def _not_in_plan(channel: str) -> str:
    return f"not authorized, your plan does not include: {channel}"
