"""What all streams do alike, without any socket; over sockets see `test_stream_contract`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.reconnect import StreamTimes
from trading_bot.order_flow.providers.supervised_stream import SupervisedStream
from trading_bot.order_flow.providers.supervision.actions import (
    HALTS,
    KINDS,
    QUOTES,
    TRADES,
    Channel,
    channels_of,
)
from trading_bot.order_flow.providers.supervision.stream_events import (
    ChannelsRefused,
    Confirmed,
    Evicted,
    Failed,
    KeyRefused,
    Opened,
    RestAnswered,
    RestRefusedKey,
    StreamEvent,
)

TIMES = StreamTimes(first_wait=4.0, longest_wait=30.0, settled_after=30.0)


class HandSeconds:
    """Seconds that stand still until a test moves them."""

    def __init__(self) -> None:
        self._now = 1_000.0

    def __call__(self) -> float:
        return self._now

    def move(self, seconds: float) -> None:
        self._now += seconds


class Observer:
    def __init__(self) -> None:
        self.noted: list[Any] = []

    def on_frame(self, payload: bytes, link: int) -> bool:
        return True

    def on_cut(self, link: int) -> None:
        self.noted.append(link)

    def on_subscribed(self, symbols: list[str]) -> None:
        self.noted += symbols

    def on_stream_event(self, event: StreamEvent) -> None:
        self.noted.append(event)

    def on_said(self, reason: str, sentence: str) -> None:
        self.noted.append(reason)


class Line(SupervisedStream):
    """A stream without a wire: a test says what the provider does, and sees what it is asked."""

    def __init__(self, *, patience_seconds: float | None = None) -> None:
        self.clock = HandSeconds()
        self.heard = Observer()
        self.asked: list[tuple[str, tuple[Channel, ...]]] = []
        self.pings = 0
        self.is_reachable = True
        self._end = asyncio.Event()
        super().__init__(
            "a.line.example",
            self.heard,
            times=TIMES,
            draw=lambda: 1.0,
            patience_seconds=patience_seconds,
            seconds=self.clock,
        )

    @property
    def waits_until(self) -> float:
        """When the next connection is made, seconds from the beginning."""
        return self._next._at_ns / 1e9 - 1_000.0

    def let_in(self) -> None:
        self._note_let_in()

    def turn_away(self, event: KeyRefused | Evicted) -> None:
        self._note_turned_away(event, "turned_away")

    def answer(self, event: StreamEvent) -> None:
        self._decide(event)

    def confirm(self, *symbols: str) -> None:
        for kind in KINDS:
            self._decide(Confirmed(channels_of(kind, symbols)))

    def pause(self) -> None:
        self._is_paused = True

    def end(self) -> None:
        self._end.set()

    def resume_reading(self) -> None:
        self._is_paused = False

    def decoder(self, sink: object) -> Any:
        raise AssertionError("nothing is read here")

    async def _connect(self) -> None:
        if not self.is_reachable:
            self._note_unreachable("unreachable")
            return
        self._end.clear()
        self._note_opened()
        await self._end.wait()
        self._note_closed()

    def _close(self) -> None:
        self._end.set()

    def _ping(self) -> None:
        self.pings += 1

    def _subscribe(self, channels: tuple[Channel, ...]) -> None:
        self.asked.append(("+", channels))

    def _unsubscribe(self, channels: tuple[Channel, ...]) -> None:
        self.asked.append(("-", channels))

    def _refusal(self, reason: str) -> DataSourceError:
        return DataSourceError("refused", code=reason)


async def turns() -> None:
    for _turn in range(20):
        await asyncio.sleep(0)


def running(
    test: Callable[[Line], Awaitable[None]], *symbols: str, patience: float | None = None
) -> DataSourceError | None:
    """Run a line beside a test; return what it ended with."""

    async def run() -> DataSourceError | None:
        line = Line(patience_seconds=patience)
        line.follow(symbols)
        task = asyncio.create_task(line.run())
        await turns()
        try:
            await test(line)
            await turns()
        finally:
            task.cancel()
            ended = (await asyncio.gather(task, return_exceptions=True))[0]
        if isinstance(ended, asyncio.CancelledError):
            return None
        assert isinstance(ended, DataSourceError), ended
        return ended

    return asyncio.run(run())


# What is asked for.


def test_nothing_is_asked_for_before_it_is_let_in() -> None:
    # Given a connection
    async def test(line: Line) -> None:
        before = list(line.asked)
        # When the provider lets in
        line.let_in()
        # Then prints are asked for
        assert (before, line.asked) == ([], [("+", channels_of(TRADES, ("AAA",)))])
        assert line.problem == "subscribing"

    running(test, "AAA")


def test_a_symbol_that_is_no_longer_followed_is_given_up() -> None:
    # Given a subscribed symbol
    async def test(line: Line) -> None:
        line.let_in()
        line.confirm("AAA")
        del line.asked[:]
        # When none is followed any more
        line.follow(())
        # Then its channels are given up in one request
        assert line.asked == [("-", tuple(Channel(kind, "AAA") for kind in KINDS))]

    running(test, "AAA")


def test_nothing_is_asked_for_on_a_connection_that_is_about_to_end() -> None:
    # Given a subscribed symbol, and a connection that is being ended
    async def test(line: Line) -> None:
        line.let_in()
        line.confirm("AAA")
        line.reconnect("feed_mute")
        del line.asked[:]
        # When another one takes its place
        line.follow(("BBB",))
        # Then that waits for the next connection
        assert line.asked == []
        await turns()
        line.let_in()
        assert line.asked == [("+", channels_of(TRADES, ("BBB",)))]

    running(test, "AAA")


def test_refused_halts_are_told_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    # Given prints and quotes that are confirmed
    async def test(line: Line) -> None:
        line.let_in()
        for kind in (TRADES, QUOTES):
            line.answer(Confirmed((Channel(kind, "AAA"),)))
        # When halts are refused
        line.answer(Failed())
        # Then the observer hears of it, and nothing is the matter
        assert line.heard.noted[-1] == ChannelsRefused((Channel(HALTS, "AAA"),))
        assert line.problem is None

    with caplog.at_level(logging.INFO):
        running(test, "AAA")
    assert "order_flow.no_halt_data" in caplog.text


# How long it waits.


def test_after_an_ordinary_end_the_waits_double() -> None:
    # Given connections that end
    async def test(line: Line) -> None:
        found = []
        for wait in (4.0, 8.0):
            line.end()
            await turns()
            found.append(line.waits_until)
            line.clock.move(wait)
            line.reconnect("now")
            await turns()
        # When the waits are looked at
        # Then the second is twice as long
        assert found == [4.0, 12.0]

    running(test)


def test_a_connection_that_has_settled_makes_the_waits_small_again() -> None:
    # Given a connection that ended, and another that is subscribed
    async def test(line: Line) -> None:
        line.end()
        await turns()
        line.reconnect("now")
        await turns()
        line.let_in()
        # When it has stayed so for half a minute, looked after now and then
        for _ in range(3):
            line.clock.move(10)
            line._heard_at = line.clock()
            line.check()
        line.end()
        await turns()
        # Then the wait after it is the first one
        assert line.waits_until == 34.0

    running(test)


def test_who_was_evicted_waits_for_the_door_and_not_the_usual_time() -> None:
    # Given a program inside
    async def test(line: Line) -> None:
        line.let_in()
        # When it is evicted
        line.turn_away(Evicted())
        await turns()
        # Then it waits a minute and a half, and says why
        assert line.waits_until == 90.0
        assert line.heard.noted == [Opened(), Evicted(), "evicted", 1]
        assert line.problem == "turned_away"

    running(test)


def test_who_could_not_connect_after_its_wait_at_the_door_waits_the_usual_time() -> None:
    # Given a program that was evicted, and a provider that cannot be reached since
    async def test(line: Line) -> None:
        line.let_in()
        line.turn_away(Evicted())
        line.is_reachable = False
        await turns()
        # When its wait is over
        line.clock.move(90)
        line.check()
        await turns()
        # Then the door waits for nothing any more
        assert (line.problem, line.waits_until) == ("unreachable", 94.0)

    running(test)


def test_the_key_of_a_running_stream_is_given_up_when_rest_refuses_it_too() -> None:
    # Given a doubted key
    async def test(line: Line) -> None:
        line.let_in()
        line.turn_away(KeyRefused())
        await turns()
        # When REST refuses it again and again
        for _ in range(3):
            line.tell(RestRefusedKey())
            line.clock.move(30)

    # Then it ends at once, in the middle of a wait
    error = running(test)
    assert error is not None
    assert error.code == "wrong_key"


def test_one_answer_of_rest_speaks_for_the_key() -> None:
    # Given a doubted key, that REST refused twice
    async def test(line: Line) -> None:
        line.let_in()
        line.turn_away(KeyRefused())
        await turns()
        for event in (RestRefusedKey(), RestRefusedKey(), RestAnswered(), RestRefusedKey()):
            line.clock.move(30)
            # When REST took it meanwhile
            line.tell(event)

    # Then the stream goes on
    assert running(test) is None


# When it loses patience.


@pytest.mark.parametrize(("waited", "code"), [(29.9, None), (30.0, "no_stream")])
def test_patience_ends_also_during_a_wait(waited: float, code: str | None) -> None:
    # Given a provider that cannot be reached, and half a minute of patience
    async def test(line: Line) -> None:
        line.is_reachable = False
        line.end()
        await turns()
        # When time has passed
        line.clock.move(waited)
        line.check()

    # Then it ends when that is over
    error = running(test, "AAA", patience=30.0)
    assert (None if error is None else error.code) == code


def test_one_symbol_that_comes_is_enough_for_patience() -> None:
    # Given a symbol that is subscribed, while another is still in doubt
    async def test(line: Line) -> None:
        line.let_in()
        line.answer(Failed())
        for kind in (TRADES, QUOTES):
            line.answer(Confirmed((Channel(kind, "AAA"),)))
        # When half a minute is over
        line.clock.move(30)
        line._heard_at = line.clock()
        line.check()
        # Then the other one is no reason to end the stream
        assert line.problem == "subscribing"

    assert running(test, "AAA", "BBB", patience=30.0) is None


# Whether the connection lives.


@pytest.mark.parametrize(
    ("quiet", "pings", "problem"),
    [(2.0, 0, None), (2.1, 1, None), (8.0, 1, None), (8.1, 0, "mute")],
)
def test_a_quiet_connection_is_asked_for_a_sign_of_life_and_then_ended(
    quiet: float, pings: int, problem: str | None
) -> None:
    # Given a connection that has nothing left to ask for
    async def test(line: Line) -> None:
        line.let_in()
        # When it has been quiet for a while
        line.clock.move(quiet)
        line.check()
        # Then it is asked first, and ended later
        assert (line.pings, line.problem) == (pings, problem)

    running(test)


def test_a_connection_that_is_not_read_is_not_called_mute() -> None:
    # Given a connection whose frames have no room
    async def test(line: Line) -> None:
        line.let_in()
        line.pause()
        # When nothing has come for long
        line.clock.move(60)
        line.check()
        # Then that says nothing of it
        assert (line.pings, line.problem) == (0, None)

    running(test)


@pytest.mark.parametrize(("waited", "problem"), [(10.0, "connecting"), (10.1, "no_answer")])
def test_a_door_that_does_not_answer_is_left(waited: float, problem: str) -> None:
    # Given a connection that has let nobody in
    async def test(line: Line) -> None:
        line.clock.move(waited)
        line._heard_at = line.clock()
        # When it is looked after
        line.check()
        # Then it has ten seconds
        assert line.problem == problem

    running(test)
