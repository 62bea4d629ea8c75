"""What every provider's stream keeps to, over real sockets; see `StreamSession`."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from support.moved_seconds import MovedSeconds
from support.noting_sink import NotingSink
from support.stream_stub import KEY, Client, StreamStub, stream_stub
from support.tidewater.server import TOKEN, USER, TidewaterServer, tidewater_server
from support.tidewater.session import Login
from support.tidewater.stream import TidewaterStream

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.polygon.stream import PolygonStream
from trading_bot.order_flow.providers.provider import StreamDecoder, StreamSession
from trading_bot.order_flow.providers.reconnect import StreamTimes
from trading_bot.order_flow.providers.supervision.actions import HALTS, TRADES, Channel
from trading_bot.order_flow.providers.supervision.stream_events import (
    ChannelsRefused,
    KeyRefused,
    Opened,
    RenewChannels,
    StreamEvent,
)

SLOW = StreamTimes(ping_after=60.0, dead_after=60.0, first_wait=20.0, longest_wait=20.0)
"""An ordinary wait would outlast every test."""
QUICK = StreamTimes(ping_after=60.0, dead_after=60.0, first_wait=0.001, longest_wait=0.002)


class Observer:
    """Takes messages apart as they come, and notes the rest in order."""

    def __init__(self) -> None:
        self.decoder: StreamDecoder | None = None
        self.noted: list[Any] = []
        self.subscribed: list[str] = []
        self.said: list[str] = []

    def on_frame(self, payload: bytes, link: int) -> bool:
        assert self.decoder is not None
        self.decoder.decode(payload, 1, link)
        return True

    def on_cut(self, link: int) -> None:
        self.noted.append(link)

    def on_subscribed(self, symbols: list[str]) -> None:
        self.subscribed += symbols
        self.noted += symbols

    def on_stream_event(self, event: StreamEvent) -> None:
        self.noted.append(event)

    def on_said(self, reason: str, sentence: str) -> None:
        self.said.append(reason)

    def refused(self) -> set[str]:
        """Return the symbols of which more than halts is refused."""
        events = [each for each in self.noted if isinstance(each, ChannelsRefused)]
        return {
            channel.symbol
            for event in events
            for channel in event.channels
            if channel.kind != HALTS
        }


class Venue(ABC):
    """A server that a test may make go wrong."""

    @abstractmethod
    def stream(
        self, observer: Observer, times: StreamTimes, seconds: Callable[[], float]
    ) -> StreamSession:
        """Return a stream of this server's."""

    @abstractmethod
    def refuse(self, symbol: str) -> None:
        """Refuse a symbol by its name."""

    @abstractmethod
    def deny_once(self) -> None:
        """Refuse the next key."""

    @abstractmethod
    def cut(self) -> None:
        """End the newest connection."""

    @abstractmethod
    def heard(self) -> list[str]:
        """Return what the newest connection was told of prints: `+ACME`, `-ACME`."""

    @abstractmethod
    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds."""


class PolygonVenue(Venue):
    def __init__(self, stub: StreamStub) -> None:
        self._stub = stub

    def stream(
        self, observer: Observer, times: StreamTimes, seconds: Callable[[], float]
    ) -> StreamSession:
        return PolygonStream(
            self._stub.url, KEY, observer, times=times, draw=lambda: 0.0, seconds=seconds
        )

    def refuse(self, symbol: str) -> None:
        self._stub.refused += (f"T.{symbol}", f"Q.{symbol}", f"LULD.{symbol}")

    def deny_once(self) -> None:
        def script(client: Client, action: str, params: str) -> bool:
            client.status("auth_failed", "authentication failed")
            return True

        self._stub.scripts.append(script)

    def cut(self) -> None:
        self._stub.newest.close(None)

    def heard(self) -> list[str]:
        signs = {"subscribe": "+", "unsubscribe": "-"}
        return [
            signs[action] + name.removeprefix("T.")
            for action, params in self._stub.newest.asked
            if action in signs
            for name in params.split(",")
            if name.startswith("T.")
        ]

    async def until(self, holds: Callable[[], object]) -> None:
        await self._stub.until(holds)


class TidewaterVenue(Venue):
    def __init__(self, server: TidewaterServer) -> None:
        self._server = server

    def stream(
        self, observer: Observer, times: StreamTimes, seconds: Callable[[], float]
    ) -> StreamSession:
        return TidewaterStream(
            ("127.0.0.1", self._server.port),
            lambda: Login(USER, TOKEN),
            observer,
            times=times,
            draw=lambda: 0.0,
            seconds=seconds,
        )

    def refuse(self, symbol: str) -> None:
        self._server.unknown.add(symbol)

    def deny_once(self) -> None:
        self._server.denials += 1

    def cut(self) -> None:
        self._server.cut()

    def heard(self) -> list[str]:
        signs = {"!SUB": "+", "!UNSUB": "-"}
        words = [line.decode().strip().split("|") for line in self._server.links[-1].heard]
        return [signs[word[0]] + word[1] for word in words if word[0] in signs]

    async def until(self, holds: Callable[[], object]) -> None:
        await self._server.until(holds)


@asynccontextmanager
async def _polygon() -> AsyncIterator[Venue]:
    async with stream_stub() as stub:
        yield PolygonVenue(stub)


@asynccontextmanager
async def _tidewater() -> AsyncIterator[Venue]:
    async with tidewater_server() as server:
        yield TidewaterVenue(server)


VENUES = {"polygon": _polygon, "tidewater": _tidewater}
Test = Callable[[Venue, StreamSession, Observer], Awaitable[Any]]


@pytest.fixture(params=VENUES)
def venue(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def streaming(
    venue: str,
    test: Test,
    *symbols: str,
    times: StreamTimes = SLOW,
    seconds: MovedSeconds | None = None,
    ends: bool = False,
) -> DataSourceError | None:
    """Run a stream beside a test; return what the stream ended with."""

    async def run() -> DataSourceError | None:
        async with VENUES[venue]() as server:
            observer = Observer()
            stream = server.stream(observer, times, seconds or MovedSeconds())
            observer.decoder = stream.decoder(NotingSink())
            stream.follow(symbols)
            running = asyncio.create_task(stream.run())
            try:
                await test(server, stream, observer)
                if ends:
                    await asyncio.wait([running], timeout=5.0)
            finally:
                running.cancel()
                ended = (await asyncio.gather(running, return_exceptions=True))[0]
            if isinstance(ended, asyncio.CancelledError):
                return None
            assert isinstance(ended, DataSourceError), ended
            return ended

    return asyncio.run(run())


async def ready(server: Venue, stream: StreamSession) -> None:
    await server.until(lambda: stream.problem is None)


def test_it_says_that_it_was_let_in_then_that_symbols_come_then_that_it_was_cut(
    venue: str,
) -> None:
    # Given a stream of one symbol
    async def test(server: Venue, stream: StreamSession, observer: Observer) -> None:
        await ready(server, stream)
        # When its connection ends, and another is made
        server.cut()
        await server.until(lambda: len(observer.subscribed) == 2)
        # Then all of it was told in its order
        assert observer.noted == [Opened(), "ACME", 1, Opened(), "ACME"]
        assert (stream.counts["connections"], stream.counts["disconnects"]) == (2, 1)

    assert streaming(venue, test, "ACME", times=QUICK) is None


def test_a_refused_symbol_costs_no_other(venue: str) -> None:
    # Given a server that does not know one of three symbols
    async def test(server: Venue, stream: StreamSession, observer: Observer) -> None:
        server.refuse("NONE")
        # When all are asked for
        await ready(server, stream)
        # Then the others come, and that one is told of
        assert sorted(observer.subscribed) == ["ACME", "BOLT"]
        assert observer.refused() == {"NONE"}

    assert streaming(venue, test, "ACME", "BOLT", "NONE") is None


def test_a_plan_is_blamed_when_every_symbol_alone_is_refused(venue: str) -> None:
    # Given a server that knows none of two symbols
    async def test(server: Venue, stream: StreamSession, observer: Observer) -> None:
        server.refuse("ACME")
        server.refuse("BOLT")
        # When both are asked for
        await server.until(lambda: stream.problem == "plan_without_trades")

    # Then the stream ends, since there is nothing to stream
    error = streaming(venue, test, "ACME", "BOLT", ends=True)
    assert error is not None
    assert (error.code, error.retryable) == ("plan_without_trades", False)


def test_channels_are_renewed_over_the_same_connection(venue: str) -> None:
    # Given a stream of two symbols
    async def test(server: Venue, stream: StreamSession, observer: Observer) -> None:
        await ready(server, stream)
        # When one is to be renewed
        stream.tell(RenewChannels((Channel(TRADES, "ACME"),)))
        await server.until(lambda: len(observer.subscribed) == 3)
        # Then it was given up and asked for again, and no other
        assert server.heard() == ["+ACME", "+BOLT", "-ACME", "+ACME"]
        assert observer.noted == [Opened(), "ACME", "BOLT", "ACME"]

    assert streaming(venue, test, "ACME", "BOLT") is None


def test_it_reconnects_at_once_when_it_is_told_so(venue: str) -> None:
    # Given a stream whose usual wait is long
    async def test(server: Venue, stream: StreamSession, observer: Observer) -> None:
        await ready(server, stream)
        # When it is told to reconnect
        stream.reconnect("feed_mute")
        await server.until(lambda: len(observer.subscribed) == 2)
        # Then it did, and the end of the first connection was told
        assert observer.noted == [Opened(), "ACME", 1, Opened(), "ACME"]
        assert stream.counts["feed_mute"] == 1

    assert streaming(venue, test, "ACME") is None


def test_a_wait_is_cut_short_by_a_reconnect(venue: str) -> None:
    # Given a stream that was cut, and waits long
    async def test(server: Venue, stream: StreamSession, observer: Observer) -> None:
        await ready(server, stream)
        server.cut()
        await server.until(lambda: stream.problem == "disconnected")
        # When it is told to reconnect
        stream.reconnect("feed_mute")
        # Then it waits no longer
        await server.until(lambda: observer.subscribed == ["ACME", "ACME"])

    assert streaming(venue, test, "ACME") is None


def test_a_key_that_was_never_let_in_ends_it(venue: str) -> None:
    # Given a server that refuses the key
    async def test(server: Venue, stream: StreamSession, observer: Observer) -> None:
        server.deny_once()
        # When it is given
        await server.until(lambda: stream.problem == "wrong_key")

    # Then it does not try again
    error = streaming(venue, test, "ACME", ends=True)
    assert error is not None
    assert (error.code, error.retryable) == ("wrong_key", False)


def test_a_key_that_was_let_in_before_is_doubted_and_given_again(venue: str) -> None:
    # Given a stream that was let in, and a server that will refuse the key once
    clock = MovedSeconds()

    async def test(server: Venue, stream: StreamSession, observer: Observer) -> None:
        await ready(server, stream)
        server.deny_once()
        stream.reconnect("feed_mute")
        await server.until(lambda: observer.said)
        # When two seconds are over
        clock.move(2)
        stream.check()
        await server.until(lambda: len(observer.subscribed) == 2)
        # Then it goes on
        told = [Opened(), "ACME", 1, KeyRefused(), 2, Opened(), "ACME"]
        assert (observer.said, observer.noted) == (["key_doubted"], told)

    assert streaming(venue, test, "ACME", seconds=clock) is None


def test_the_same_symbols_are_asked_for_once(venue: str) -> None:
    # Given a stream of one symbol
    async def test(server: Venue, stream: StreamSession, observer: Observer) -> None:
        await ready(server, stream)
        # When they are followed again, with a name that is no ticker, and another is added
        for symbols in (("ACME",), ["ACME", "NO SUCH"], ("ACME", "BOLT")):
            stream.follow(symbols)
        await server.until(lambda: observer.subscribed == ["ACME", "BOLT"])
        # Then only that was asked for
        assert server.heard() == ["+ACME", "+BOLT"]
        assert observer.refused() == {"NO SUCH"}

    assert streaming(venue, test, "ACME") is None
