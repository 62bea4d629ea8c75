from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Sized
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from picows import WSCloseCode
from support.loopback import byte_server
from support.moved_seconds import MovedSeconds
from support.stream_stub import KEY, Client, StreamStub, stream_stub

from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.polygon.stream import PolygonStream
from trading_bot.order_flow.providers.polygon.stream_wire import FrameReader, Status
from trading_bot.order_flow.providers.reconnect import StreamTimes
from trading_bot.order_flow.providers.supervision.actions import (
    HALTS,
    QUOTES,
    TRADES,
    Channel,
    channels_of,
)
from trading_bot.order_flow.providers.supervision.stream_events import (
    ChannelsRefused,
    Evicted,
    KeyRefused,
    Opened,
    RenewChannels,
    RestRefusedKey,
    Slept,
    StreamEvent,
)
from trading_bot.order_flow.providers.websocket import FrameSink

QUICK = StreamTimes(
    connect=5.0,
    answer=5.0,
    ping_after=60.0,
    dead_after=60.0,
    first_wait=0.001,
    longest_wait=0.002,
    settled_after=60.0,
)
TRADE = {"ev": "T", "sym": "ACME", "t": 1, "p": 1.0}


class Observer:
    """Takes frames apart and gives the status messages back, as the loop does."""

    def __init__(self) -> None:
        self.stream: PolygonStream | None = None
        self.frames: list[bytes] = []
        self.cuts: list[int] = []
        self.subscribed: list[str] = []
        self.events: list[StreamEvent] = []
        self.said: list[str] = []
        self.goes_on = True
        self._reader = FrameReader(Counter(), set())

    def on_frame(self, payload: bytes, link: int) -> bool:
        assert self.stream is not None
        for message in self._reader.read(payload):
            if isinstance(message, Status):
                self.stream.on_status(message, link)
            else:
                self.frames.append(payload)
        return self.goes_on

    def on_cut(self, link: int) -> None:
        self.cuts.append(link)

    def on_subscribed(self, symbols: list[str]) -> None:
        self.subscribed += symbols

    def on_stream_event(self, event: StreamEvent) -> None:
        self.events.append(event)

    def on_said(self, reason: str, sentence: str) -> None:
        self.said.append(reason)

    @property
    def refused(self) -> list[Channel]:
        return [
            channel
            for event in self.events
            if isinstance(event, ChannelsRefused)
            for channel in event.channels
        ]


Test = Callable[[StreamStub, PolygonStream, Observer], Awaitable[Any]]


def streaming(
    test: Test,
    *symbols: str,
    key: str = KEY,
    prepare: Callable[[StreamStub], None] = lambda _: None,
    times: StreamTimes = QUICK,
    patience: float | None = None,
    seconds: Callable[[], float] = monotonic_seconds,
    ends: bool = False,
) -> DataSourceError | None:
    """Run a stream beside a test; return what the stream ended with.

    It is stopped behind the test, or waited for where it `ends` by itself.
    """

    async def run() -> DataSourceError | None:
        async with stream_stub() as stub:
            prepare(stub)
            observer = Observer()
            stream = PolygonStream(
                stub.url,
                key,
                observer,
                times=times,
                draw=lambda: 1.0,
                patience_seconds=patience,
                seconds=seconds,
            )
            observer.stream = stream
            stream.follow(symbols)
            running = asyncio.create_task(stream.run())
            try:
                await test(stub, stream, observer)
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


async def settled() -> None:
    """Give whatever is about to happen its turns of the event loop."""
    for _turn in range(20):
        await asyncio.sleep(0)


async def subscribed(stub: StreamStub, stream: PolygonStream) -> None:
    await stub.until(lambda: stream.problem is None)


async def all_asked(stub: StreamStub, stream: PolygonStream) -> None:
    """Wait until one symbol's halts are answered too."""
    halts = stream._channels.symbols[0]
    await stub.until(lambda: stream._channels.state_of(Channel(HALTS, halts)) == "confirmed")


def has(found: Sized, count: int) -> Callable[[], bool]:
    return lambda: len(found) == count


def closing(code: WSCloseCode | None) -> Callable[[Client, str, str], bool]:
    """End the connection instead of answering the first subscription."""

    def script(client: Client, action: str, params: str) -> bool:
        if action != "subscribe":
            return False
        client.close(code)
        return True

    return script


def test_it_gives_the_key_and_subscribes_kind_by_kind() -> None:
    # Given a server
    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        # When a stream of two symbols has connected
        await stub.until(lambda: len(stub.clients) == 1 and len(stub.newest.asked) == 4)
        await subscribed(stub, stream)
        # Then it asked in the documented order
        assert stub.newest.asked == [
            ("auth", KEY),
            ("subscribe", "T.ACME,T.BOLT"),
            ("subscribe", "Q.ACME,Q.BOLT"),
            ("subscribe", "LULD.ACME,LULD.BOLT"),
        ]
        assert observer.subscribed == ["ACME", "BOLT"]
        assert (stream.problem, stream.counts["connections"]) == (None, 1)

    streaming(test, "ACME", "BOLT")


def test_everything_is_one_channel_a_kind() -> None:
    # Given a server
    async def test(stub: StreamStub, stream: PolygonStream, _: Observer) -> None:
        # When the wildcard is followed
        await subscribed(stub, stream)
        # Then nothing is asked for by name
        assert stub.newest.asked[1:3] == [("subscribe", "T.*"), ("subscribe", "Q.*")]

    streaming(test, "*")


def test_everything_that_is_refused_is_refused_by_the_plan() -> None:
    # Given a server that refuses the wildcard, without a word of plans or channels
    def prepare(stub: StreamStub) -> None:
        stub.poison = ("Q.*",)

    async def test(stub: StreamStub, stream: PolygonStream, _: Observer) -> None:
        # When it is followed
        await stub.until(lambda: stream.problem == "plan_without_quotes")

    # Then the stream ends: it is no name that may be bad
    error = streaming(test, "*", prepare=prepare, ends=True)
    assert error is not None
    assert error.code == "plan_without_quotes"


def test_one_symbol_that_is_refused_without_a_word_of_the_plan_does_not_end_the_stream() -> None:
    # Given a server that refuses the only symbol
    def prepare(stub: StreamStub) -> None:
        stub.poison = ("T.BRK-B", "Q.BRK-B")

    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        # When it is followed
        await stub.until(lambda: len(observer.refused) == 2)
        # Then it may be the name, and another is subscribed
        stream.follow(("BRK-B", "ACME"))
        await stub.until(lambda: observer.subscribed == ["ACME"])

    assert streaming(test, "BRK-B", prepare=prepare) is None


def test_the_channels_follow_the_symbols() -> None:
    # Given a stream of one symbol
    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        await all_asked(stub, stream)
        # When another takes its place
        stream.follow(["BOLT"])
        was = stream.problem
        await stub.until(lambda: observer.subscribed == ["ACME", "BOLT"])
        # Then the old channels are given up and the new ones asked for
        assert stub.newest.asked[4:6] == [
            ("unsubscribe", "T.ACME,Q.ACME,LULD.ACME"),
            ("subscribe", "T.BOLT"),
        ]
        assert was == "subscribing"

    streaming(test, "ACME")


def test_frames_are_passed_on() -> None:
    # Given a subscribed stream
    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        await subscribed(stub, stream)
        # When a print comes
        stub.newest.send([TRADE])
        # Then the observer has its bytes
        await stub.until(lambda: observer.frames)
        assert json.loads(observer.frames[0]) == [TRADE]

    streaming(test, "ACME")


@pytest.mark.parametrize(
    "code",
    [WSCloseCode.OK, WSCloseCode.GOING_AWAY, None, WSCloseCode.POLICY_VIOLATION],
    ids=["1000", "1001", "1006", "1008"],
)
def test_every_end_of_a_connection_is_followed_by_another(code: WSCloseCode | None) -> None:
    # Given a subscribed stream
    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        await subscribed(stub, stream)
        # When the server ends the connection, whatever its code
        stub.newest.close(code)
        await stub.until(lambda: observer.subscribed == ["ACME", "ACME"])
        # Then it connects again, subscribes again, and the observer knows of the cut
        assert observer.cuts == [1]
        assert (stream.link, stream.counts["disconnects"]) == (2, 1)

    streaming(test, "ACME")


@pytest.mark.parametrize("code", [WSCloseCode.OK, None], ids=["1000", "1006"])
def test_an_end_between_key_and_subscription_loses_no_subscription(
    code: WSCloseCode | None,
) -> None:
    # Given a server that ends the first connection when it is asked for channels
    def prepare(stub: StreamStub) -> None:
        stub.scripts.append(closing(code))

    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        # When the stream has connected again
        await stub.until(lambda: observer.subscribed == ["ACME"])
        # Then everything is subscribed
        assert (stream.link, stream.problem) == (2, None)

    streaming(test, "ACME", prepare=prepare)


def test_a_status_of_an_ended_connection_is_passed_over() -> None:
    # Given the second connection of a stream
    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        await subscribed(stub, stream)
        stub.newest.close(None)
        await stub.until(lambda: stream.link == 2 and stream.problem is None)
        # When a word of the first is read late
        stream.on_status(Status("auth_failed", "no"), 1)
        # Then it says nothing of the second
        assert stream.problem is None

    assert streaming(test, "ACME") is None


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("authentication failed", "wrong_key"),
        ("Your plan doesn't include websocket access.", "plan_without_stream"),
    ],
)
def test_a_refused_key_ends_the_stream_with_a_named_error(said: str, code: str) -> None:
    # Given a server that refuses the key
    def prepare(stub: StreamStub) -> None:
        def script(client: Client, action: str, params: str) -> bool:
            client.status("auth_failed", said)
            return True

        stub.scripts.append(script)

    async def test(stub: StreamStub, stream: PolygonStream, _: Observer) -> None:
        # When the stream gives it
        await stub.until(lambda: stream.problem == code)

    # Then it does not try again
    error = streaming(test, "ACME", prepare=prepare, ends=True)
    assert error is not None
    assert (error.code, error.retryable) == (code, False)
    assert KEY not in str(error)


def test_without_a_key_nothing_is_connected() -> None:
    # Given no key
    async def test(stub: StreamStub, _: PolygonStream, __: Observer) -> None:
        for _turn in range(5):
            await asyncio.sleep(0)
        # When the stream is run
        assert stub.clients == []

    # Then it says what is missing
    error = streaming(test, "ACME", key="", ends=True)
    assert error is not None
    assert error.code == "missing_key"


@pytest.mark.parametrize(
    ("refused", "code"), [("T.", "plan_without_trades"), ("Q.", "plan_without_quotes")]
)
def test_a_plan_without_a_channel_ends_the_stream_with_a_named_error(
    refused: str, code: str
) -> None:
    # Given a plan without prints, or without quotes
    def prepare(stub: StreamStub) -> None:
        stub.refused = (refused,)

    async def test(stub: StreamStub, stream: PolygonStream, _: Observer) -> None:
        # When they are asked for
        await stub.until(lambda: stream.problem == code)

    # Then the error says so
    error = streaming(test, "ACME", prepare=prepare, ends=True)
    assert error is not None
    assert error.code == code


def test_a_plan_without_limit_bands_goes_on_without_them() -> None:
    # Given such a plan
    def prepare(stub: StreamStub) -> None:
        stub.refused = ("LULD.",)

    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        # When everything was asked for
        await stub.until(lambda: observer.refused)
        # Then prints and quotes come, and nothing but halts is refused
        assert observer.refused == [Channel(HALTS, "ACME")]
        assert stream.problem is None

    assert streaming(test, "ACME", prepare=prepare) is None


def test_a_symbol_given_up_before_its_refusal_is_refused_for_nobody() -> None:
    # Given a refusal that comes when nothing is asked for
    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        await all_asked(stub, stream)
        # When the stream reads it
        stub.newest.status("error", "too late")
        stub.newest.send([TRADE])
        await stub.until(lambda: observer.frames)
        # Then nothing changes
        assert (observer.refused, stream.problem) == ([], None)

    assert streaming(test, "ACME") is None


def test_a_refusal_of_several_channels_refuses_each() -> None:
    # Given a server that refuses two channels in one word
    def prepare(stub: StreamStub) -> None:
        def script(client: Client, action: str, params: str) -> bool:
            if params != "T.BOLT,T.NONE":
                return False
            client.status("error", f"unknown: {params}")
            return True

        stub.scripts.append(script)

    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        await all_asked(stub, stream)
        # When two more symbols are followed
        stream.follow(["ACME", "BOLT", "NONE"])
        await stub.until(lambda: observer.refused)
        # Then both are refused, and the first goes on
        assert observer.refused == list(channels_of(TRADES, ("BOLT", "NONE")))
        await subscribed(stub, stream)

    assert streaming(test, "ACME", prepare=prepare) is None


def test_a_single_refused_symbol_leaves_the_others() -> None:
    # Given a server that does not know one of two symbols
    def prepare(stub: StreamStub) -> None:
        stub.refused = ("T.NONE", "Q.NONE")

    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        # When both are asked for
        await stub.until(lambda: stream.problem is None)
        # Then the known one comes, and the other is told of
        assert observer.subscribed == ["ACME"]
        assert observer.refused == [Channel(TRADES, "NONE"), Channel(QUOTES, "NONE")]

    assert streaming(test, "ACME", "NONE", prepare=prepare) is None


@pytest.mark.parametrize(("passed", "connections"), [(89.0, 1), (90.0, 2)])
def test_an_evicted_stream_keeps_away_and_says_why(passed: float, connections: int) -> None:
    # Given a subscribed stream
    clock = MovedSeconds()

    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        await subscribed(stub, stream)
        # When the server ends it for another one of the same account, in one breath
        stub.newest.status("max_connections", "Maximum number of websocket connections exceeded")
        stub.newest.close(WSCloseCode.POLICY_VIOLATION)
        await stub.until(lambda: observer.cuts)
        await stub.until(lambda: observer.said)
        assert (stream.problem, observer.said) == ("max_connections", ["evicted"])
        clock.move(passed)
        stream.check()
        await settled()
        # Then it comes back after a long while only
        assert observer.events == [Opened(), Evicted(), *observer.events[2:]]
        await stub.until(has(stub.clients, connections))

    streaming(test, "ACME", seconds=clock)


@pytest.mark.parametrize(
    ("word", "event"),
    [("max_connections", Evicted()), ("auth_failed", KeyRefused())],
)
def test_what_the_server_says_last_counts_once_also_behind_the_end_of_the_connection(
    word: str, event: StreamEvent
) -> None:
    # Given a stream whose connection has ended, and whose last frames still wait
    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        await subscribed(stub, stream)
        stub.newest.close(None)
        await stub.until(lambda: observer.cuts)
        # When they are read, and say twice why it ended
        for _ in range(2):
            stream.on_status(Status(word, "no"), 1)
        # Then it keeps away, though it would have come back at once
        assert observer.events == [Opened(), event]
        await settled()
        assert (stream.problem, stream.counts[word], len(stub.clients)) == (word, 1, 1)

    slow = replace(QUICK, first_wait=20.0, longest_wait=20.0)
    assert streaming(test, "ACME", times=slow) is None


def test_being_let_in_does_not_make_the_waits_small_again() -> None:
    # Given a server that lets in and then ends every connection
    times = StreamTimes(first_wait=0.001, longest_wait=1.0, settled_after=60.0)
    waits: list[float] = []

    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        loop = asyncio.get_running_loop()
        for number in range(5):
            await stub.until(has(observer.subscribed, number + 1))
            stub.newest.close(None)
            began = loop.time()
            await stub.until(has(stub.clients, number + 2))
            waits.append(loop.time() - began)

    # When five connections have ended
    streaming(test, "ACME", times=times)
    # Then the waits have doubled each time
    assert all(wait >= 0.001 * 2**number for number, wait in enumerate(waits))


def test_a_connection_that_stayed_makes_the_waits_small_again() -> None:
    # Given a stream whose second wait would be long, that counts as settled at once
    times = StreamTimes(first_wait=0.001, longest_wait=30.0, settled_after=0.0)

    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        for number in range(12):
            await stub.until(has(stub.clients, number + 1))
            await subscribed(stub, stream)
            # When each connection was looked after before it ended
            stream.check()
            stub.newest.close(None)
        # Then a dozen ends take no time
        await stub.until(lambda: len(stub.clients) == 13)

    streaming(test, "ACME", times=times)


def test_a_server_that_is_down_is_tried_again() -> None:
    # Given a port where nobody listens
    async def run() -> str | None:
        observer = Observer()
        stream = PolygonStream("ws://127.0.0.1:9/stocks", KEY, observer, times=QUICK)
        running = asyncio.create_task(stream.run())
        # When it was tried three times
        await StreamStub().until(lambda: stream.counts["unreachable"] >= 3)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        return stream.problem

    # Then it is still trying, and says why nothing comes
    assert asyncio.run(run()) == "unreachable"


def test_a_silent_connection_is_asked_for_a_sign_of_life() -> None:
    # Given a stream that asks at once
    times = StreamTimes(ping_after=0.0, dead_after=60.0)

    async def test(stub: StreamStub, stream: PolygonStream, _: Observer) -> None:
        await subscribed(stub, stream)
        heard_at = stream._heard_at
        # When it is looked after
        stream.check()
        await stub.until(lambda: stub.newest.pings)
        # Then the answer is a sign of life
        await stub.until(lambda: stream._heard_at > heard_at)

    streaming(test, "ACME", times=times)


def test_a_connection_without_any_sign_of_life_is_given_up() -> None:
    # Given a server that falls mute
    clock = MovedSeconds()

    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        await subscribed(stub, stream)
        clock.move(QUICK.dead_after)
        # When the stream is looked after
        stream.check()
        await stub.until(lambda: len(stub.clients) == 2)
        # Then it connects anew
        assert stream.counts["mute"] == 1

    streaming(test, "ACME", seconds=clock)


def test_a_key_without_an_answer_is_given_on_a_new_connection() -> None:
    # Given a server that does not answer the key at first
    clock = MovedSeconds()

    def prepare(stub: StreamStub) -> None:
        stub.scripts.append(lambda client, action, params: action == "auth")

    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        await stub.until(lambda: stub.clients and stub.newest.asked)
        # When its time is over
        clock.move(QUICK.answer + 1)
        stream.check()
        # Then the second connection is let in
        await stub.until(lambda: observer.subscribed == ["ACME"])
        assert (stream.counts["no_answer"], stream.link) == (1, 2)

    streaming(test, "ACME", prepare=prepare, seconds=clock)


def test_a_lone_channel_without_an_answer_is_asked_for_on_a_new_connection_at_once() -> None:
    # Given a server that does not answer the first subscription
    clock = MovedSeconds()

    def prepare(stub: StreamStub) -> None:
        stub.scripts.append(lambda client, action, params: action == "subscribe")

    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        await stub.until(lambda: stub.clients and stub.requests())
        # When five seconds are over
        clock.move(5)
        stream.check()
        # Then the second connection has it
        await stub.until(lambda: observer.subscribed == ["ACME"])
        assert (stream.counts["no_answer"], stream.link) == (1, 2)

    slow = replace(QUICK, first_wait=20.0, longest_wait=20.0)
    streaming(test, "ACME", prepare=prepare, times=slow, seconds=clock)


def test_one_channel_without_an_answer_costs_its_own_symbol_only() -> None:
    # Given a server that says nothing of one of two symbols
    clock = MovedSeconds()

    def prepare(stub: StreamStub) -> None:
        stub.unanswered = ("T.NONE",)

    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        # When five seconds are over, and five more
        for requests in (1, 3):
            await stub.until(lambda: stub.clients and len(stub.requests()) == requests)  # noqa: B023
            await settled()
            clock.move(5)
            stream.check()
        # Then the other comes over the same connection, and this one is told of
        await stub.until(lambda: stream.problem is None)
        assert (observer.subscribed, stream.link) == (["ACME"], 1)
        assert observer.refused[0] == Channel(TRADES, "NONE")

    assert streaming(test, "ACME", "NONE", prepare=prepare, seconds=clock) is None


def test_a_refusal_that_names_nothing_is_halved_until_the_bad_one_stands_alone() -> None:
    # Given a server that refuses as a whole whatever names one of four symbols
    def prepare(stub: StreamStub) -> None:
        stub.poison = ("T.BRK-B", "Q.BRK-B", "LULD.BRK-B")

    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        # When all are followed
        await subscribed(stub, stream)
        # Then the others come, after as many requests as there are halves
        assert stub.requests()[:6] == [
            "T.AAA,T.BRK-B,T.CCC,T.DDD",
            "T.AAA,T.BRK-B",
            "T.CCC,T.DDD",
            "Q.CCC,Q.DDD",
            "T.AAA",
            "Q.AAA",
        ]
        assert sorted(observer.subscribed) == ["AAA", "CCC", "DDD"]
        assert observer.refused == [Channel(TRADES, "BRK-B"), Channel(QUOTES, "BRK-B")]

    symbols = ("AAA", "BRK-B", "CCC", "DDD")
    assert streaming(test, *symbols, prepare=prepare) is None


def test_bands_without_an_answer_are_done_without() -> None:
    # Given a server that does not answer the third subscription
    clock = MovedSeconds()

    def prepare(stub: StreamStub) -> None:
        stub.unanswered = ("LULD.ACME",)

    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        await stub.until(lambda: stub.clients and len(stub.newest.asked) == 4)
        # When its time is over
        clock.move(5)
        stream.check()
        # Then the connection stays, without bands
        assert observer.refused == [Channel(HALTS, "ACME")]
        assert stream.problem is None

    streaming(test, "ACME", prepare=prepare, seconds=clock)


def test_a_name_that_is_no_ticker_is_never_sent() -> None:
    # Given a server
    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        # When names are followed that no provider could read, one of them from the beginning
        stream.follow(["AAA ", "ACME", "BRK/B", "", "T.X,Q.X"])
        await subscribed(stub, stream)
        # Then only the ticker was asked for, and the others are not to be had, each told once
        assert stub.requests()[:2] == ["T.ACME", "Q.ACME"]
        names = ("BRK/B", "", "T.X,Q.X")
        assert observer.refused == [
            *(Channel(TRADES, "AAA "), Channel(QUOTES, "AAA ")),
            *channels_of(TRADES, names),
            *channels_of(QUOTES, names),
        ]

    assert streaming(test, "ACME", "AAA ") is None


def test_channels_are_renewed_when_the_stream_is_told_so() -> None:
    # Given a stream of two symbols
    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        await all_asked(stub, stream)
        before = len(stub.newest.asked)
        # When the prints of one are to be renewed
        stream.tell(RenewChannels((Channel(TRADES, "ACME"),)))
        await stub.until(lambda: len(observer.subscribed) == 3)
        # Then they are given up and asked for again, and the symbol is told of anew
        assert stub.newest.asked[before:] == [("unsubscribe", "T.ACME"), ("subscribe", "T.ACME")]
        assert (observer.subscribed[2], stream.problem, stream.link) == ("ACME", None, 1)

    streaming(test, "ACME", "BOLT")


def test_a_key_that_is_refused_once_after_a_success_is_doubted() -> None:
    # Given a subscribed stream, and a server that will refuse the key once
    clock = MovedSeconds()

    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        await subscribed(stub, stream)

        def refuse(client: Client, action: str, params: str) -> bool:
            client.status("auth_failed", "authentication failed")
            client.close(WSCloseCode.POLICY_VIOLATION)
            return True

        stub.scripts.append(refuse)
        stub.newest.close(None)
        await stub.until(lambda: observer.said)
        assert stream.problem == "auth_failed"
        # When two seconds are over
        clock.move(2)
        stream.check()
        # Then it is let in again
        await stub.until(lambda: observer.subscribed == ["ACME", "ACME"])
        assert observer.said == ["key_doubted"]
        assert observer.events == [Opened(), KeyRefused(), Opened()]
        assert observer.cuts == [1, 2]

    assert streaming(test, "ACME", seconds=clock) is None


def test_a_key_that_rest_refuses_too_three_times_over_a_minute_ends_the_stream() -> None:
    # Given a stream that was let in, and is refused ever after
    clock = MovedSeconds()

    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        await subscribed(stub, stream)
        stub.newest.status("auth_failed", "authentication failed")
        await stub.until(lambda: observer.said)
        # When REST refuses the key as well
        for passed in (0, 30, 30):
            clock.move(passed)
            stream.tell(RestRefusedKey())

    # Then trying again would not help
    error = streaming(test, "ACME", seconds=clock, ends=True)
    assert error is not None
    assert (error.code, "authentication failed" in str(error)) == ("wrong_key", True)


def test_a_machine_that_slept_waits_no_longer() -> None:
    # Given an evicted stream
    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        await subscribed(stub, stream)
        stub.newest.status("max_connections")
        await stub.until(lambda: observer.cuts)
        # When the machine has slept
        stream.tell(Slept(10**12))
        # Then it connects at once
        await stub.until(lambda: observer.subscribed == ["ACME", "ACME"])

    streaming(test, "ACME")


def test_a_server_that_times_out_on_the_key_has_not_refused_it() -> None:
    # Given a server that takes too long to let in at first, and leaves the connection open
    def prepare(stub: StreamStub) -> None:
        def script(client: Client, action: str, params: str) -> bool:
            client.status("auth_timeout", "authentication timed out")
            return True

        stub.scripts.append(script)

    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        # When the stream has tried again
        await stub.until(lambda: observer.subscribed == ["ACME"])
        # Then that was an end like any other
        assert (observer.events, observer.said) == ([Opened()], [])
        assert (stream.counts["auth_timeout"], stream.link) == (1, 2)

    assert streaming(test, "ACME", prepare=prepare) is None


def test_reading_stops_when_the_observer_has_no_room_and_goes_on_when_it_has() -> None:
    # Given an observer without room
    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        await subscribed(stub, stream)
        observer.goes_on = False
        stub.newest.send([TRADE])
        await stub.until(lambda: stream.counts["reading_paused"])
        stub.newest.send([TRADE])
        for _ in range(50):
            await asyncio.sleep(0)
        before = len(observer.frames)
        # When there is room again
        observer.goes_on = True
        stream.check()
        stream.resume_reading()
        stream.resume_reading()
        await stub.until(lambda: len(observer.frames) == 2)
        # Then what was held back comes
        assert before == 1

    streaming(test, "ACME")


def test_words_that_foretell_an_end_are_counted() -> None:
    # Given a subscribed stream
    async def test(stub: StreamStub, stream: PolygonStream, _: Observer) -> None:
        await subscribed(stub, stream)
        # When the server warns of a slow reader
        stub.newest.status("slow_consumer", "slow")
        await stub.until(lambda: stream.counts["slow_consumer"])
        # Then the connection stays
        assert stream.problem is None

    streaming(test, "ACME")


def test_a_word_that_nobody_knows_is_counted_as_such() -> None:
    # Given a subscribed stream
    async def test(stub: StreamStub, stream: PolygonStream, _: Observer) -> None:
        await subscribed(stub, stream)
        disconnects = stream.counts["disconnects"]
        # When the server says a word of its own, be it one that is counted elsewhere
        stub.newest.status("disconnects", "of its own")
        await stub.until(lambda: stream.counts["unknown_status"])
        # Then no other count has changed
        assert stream.counts["disconnects"] == disconnects

    streaming(test, "ACME")


def test_a_stream_that_is_told_to_reconnect_does_so_at_once() -> None:
    # Given a subscribed stream that would wait long
    async def test(stub: StreamStub, stream: PolygonStream, observer: Observer) -> None:
        await subscribed(stub, stream)
        # When it is told so
        stream.reconnect("feed_mute")
        # Then there is a second connection, and the end of the first was told
        await stub.until(lambda: observer.subscribed == ["ACME", "ACME"])
        assert (stream.counts["feed_mute"], observer.cuts) == (1, [1])

    streaming(test, "ACME", times=replace(QUICK, first_wait=20.0, longest_wait=20.0))


def test_between_connections_there_is_nothing_to_look_after() -> None:
    # Given a stream that was never run
    stream = PolygonStream("ws://127.0.0.1:9/stocks", KEY, Observer(), times=QUICK)
    # When it is asked and looked after
    stream.check()
    stream.resume_reading()
    stream.follow(["ACME"])
    stream.tell(RenewChannels((Channel(TRADES, "ACME"),)))
    stream.on_status(Status("success", "subscribed to: T.ACME"), 0)
    stream.follow([])
    stream.reconnect("stale")
    # Then it only knows its problem
    assert stream.problem == "stale"


def test_a_stream_that_never_comes_is_given_up_where_there_is_another_way() -> None:
    # Given a server that ends every connection before it is subscribed, and no patience
    streams: list[PolygonStream] = []

    def prepare(stub: StreamStub) -> None:
        def script(client: Client, action: str, params: str) -> bool:
            # When a connection is looked after: here, since it ends before a timer would come
            streams[0].check()
            client.close(None)
            return True

        stub.scripts.append(script)

    async def test(stub: StreamStub, stream: PolygonStream, _: Observer) -> None:
        streams.append(stream)
        await stub.until(lambda: stream.problem == "no_stream")

    # Then the stream ends with a named error
    error = streaming(test, "ACME", prepare=prepare, patience=0.0, ends=True)
    assert error is not None
    assert error.code == "no_stream"


def test_a_stream_whose_connections_end_before_any_look_is_given_up_too() -> None:
    # Given a server that ends every connection before it is subscribed, and no patience
    def prepare(stub: StreamStub) -> None:
        stub.scripts.append(closing(None))

    async def test(stub: StreamStub, stream: PolygonStream, _: Observer) -> None:
        # When nobody looks after the connection while it lives
        await stub.until(lambda: stream.problem == "no_stream")

    # Then the stream ends with a named error
    error = streaming(test, "ACME", prepare=prepare, patience=0.0, ends=True)
    assert error is not None
    assert error.code == "no_stream"


def test_a_host_without_a_stream_is_given_up_at_once() -> None:
    # Given a web server without one
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def run() -> DataSourceError:
        async with byte_server(serve) as port:
            stream = PolygonStream(f"ws://127.0.0.1:{port}/stocks", KEY, Observer(), times=QUICK)
            # When it is connected to
            with pytest.raises(DataSourceError) as caught:
                await stream.run()
        return caught.value

    # Then trying again would not help
    assert asyncio.run(run()).code == "no_stream"


@pytest.mark.parametrize("is_allowed", [False, True])
def test_a_key_goes_to_another_machine_without_tls_only_where_that_is_allowed(
    is_allowed: bool,
) -> None:
    # Given a stream of another machine without TLS, which cannot be reached
    connected: list[str] = []

    async def opens(url: str, sink: FrameSink, timeout_seconds: float) -> None:
        connected.append(url)
        raise DataSourceError("nobody is there", code="no_stream")

    async def run() -> DataSourceError:
        stream = PolygonStream(
            "ws://market.example/stocks",
            KEY,
            Observer(),
            allow_insecure=is_allowed,
            opens=opens,
        )
        with pytest.raises(DataSourceError) as caught:
            await stream.run()
        return caught.value

    # When it is run
    error = asyncio.run(run())
    # Then it is connected to where that is allowed, and refused before where it is not
    assert error.code == ("no_stream" if is_allowed else "insecure")
    assert len(connected) == is_allowed
