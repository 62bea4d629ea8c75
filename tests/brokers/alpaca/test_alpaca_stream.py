"""One connection of trade updates, word by word."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from decimal import Decimal

import pytest

from trading_bot.brokers.alpaca.stream import TradeUpdates
from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.websocket import FrameSink
from trading_bot.positions.source import PositionUpdate

LET_IN = '{"stream": "authorization", "data": {"status": "authorized"}}'
LISTENING = '{"stream": "listening", "data": {"streams": ["trade_updates"]}}'
FILL = json.dumps(
    {
        "stream": "trade_updates",
        "data": {"event": "fill", "order": {"symbol": "ACME"}, "position_qty": "5"},
    }
)
Words = tuple[str, ...]


def greeted(*then: str) -> Callable[[str], Words]:
    """Return answers of a broker that lets the key in, and says this once it is listened to."""

    def answer(asked: str) -> Words:
        return (LET_IN,) if "authenticate" in asked else (LISTENING, *then)

    return answer


class Line:
    """A connection whose other end answers what it is sent.

    Args:
        answer: What is said to a message.
        pongs: How many pings are answered.
    """

    def __init__(self, answer: Callable[[str], Words], pongs: int = 0) -> None:
        self._answer = answer
        self._pongs = pongs
        self.pings = 0
        self.is_closed = False

    async def open(self, url: str, sink: FrameSink, timeout_seconds: float) -> None:
        """Connect."""
        self._hears = sink
        sink.on_opened(self)

    def send(self, message: bytes) -> None:
        for each in self._answer(message.decode()):
            self._hears.on_frame(each.encode())

    def ping(self) -> None:
        self.pings += 1
        if self.pings <= self._pongs:
            self._hears.on_heartbeat()

    def pause_reading(self) -> None:
        """Nothing is held back here."""

    def resume_reading(self) -> None:
        """Nothing was held back."""

    def close(self) -> None:
        self.is_closed = True


def end_of(
    line: Line, *, seconds: float = 0.05, ping_seconds: float = 0.02
) -> tuple[DataSourceError, list[PositionUpdate], int]:
    """Listen until it ends; return why, what was heard, and how often it was opened."""
    heard: list[PositionUpdate] = []
    opened: list[None] = []
    updates = TradeUpdates(
        "ws://127.0.0.1:1/stream",
        "the-key",
        "the-secret",
        clock=utc_now,
        seconds=seconds,
        is_paper=True,
        allow_insecure=False,
        setting="ORDER_FLOW_POSITIONS_URL",
        ping_seconds=ping_seconds,
        connect=line.open,
    )
    with pytest.raises(DataSourceError) as caught:
        asyncio.run(updates.run(heard.append, lambda: opened.append(None)))
    assert line.is_closed
    assert "the-secret" not in str(caught.value)
    return caught.value, heard, len(opened)


def test_a_fill_is_heard_once_the_stream_listens() -> None:
    # Given a stream that lets the key in; when it says a fill and then nothing more
    _, heard, opened = end_of(Line(greeted(FILL)))
    # Then that was heard
    assert [(each.symbol, each.quantity) for each in heard] == [("ACME", Decimal(5))]
    assert opened == 1


def test_what_it_sends_is_told_once() -> None:
    # Given a stream that says twice what it sends; when it is listened to, then it was opened once
    assert end_of(Line(greeted(LISTENING)))[2] == 1


def test_what_says_nothing_of_a_position_is_passed_over() -> None:
    # Given news of another stream; when it is listened to, then nothing was heard
    other = '{"stream": "account_updates", "data": {}}'
    assert end_of(Line(greeted(other)))[1] == []


def test_a_key_that_is_not_let_in_ends_it() -> None:
    # Given a stream that refuses the key; when it is listened to
    refusal = LET_IN.replace("authorized", "unauthorized")
    error, _, opened = end_of(Line(lambda _: (refusal,)))
    # Then that is said, and the updates were never opened
    assert (error.code, opened) == ("wrong_key", 0)


def test_a_stream_without_trade_updates_is_of_no_use() -> None:
    # Given a stream that offers nothing
    nothing = LISTENING.replace('"trade_updates"', "")
    line = Line(lambda asked: (LET_IN,) if "authenticate" in asked else (nothing,))
    # When it is listened to, then that is said
    assert end_of(line)[0].code == "no_updates"


def test_a_message_that_cannot_be_read_ends_it() -> None:
    # Given a stream that says what nobody understands; when it is listened to
    error, _, opened = end_of(Line(greeted("<html>")))
    # Then it ends, for it may have been a trade, and is read anew
    assert (error.code, opened) == ("not_json", 1)


def test_the_first_reason_of_an_end_is_the_one_that_is_said() -> None:
    # Given a stream that says two things that nobody understands
    error, _, _ = end_of(Line(greeted("<html>", "[]")))
    # When it has ended, then the first is why
    assert error.code == "not_json"


def test_a_greeting_that_does_not_come_is_given_up() -> None:
    # Given a stream that says nothing; when it is listened to
    line = Line(lambda _: ())
    error, _, _ = end_of(line)
    # Then it is given up, and nobody pinged for it
    assert (error.code, line.pings) == ("stream_mute", 0)
    assert "for 0.05 s" in str(error)


@pytest.mark.parametrize("pongs", [0, 1, 3])
def test_it_lives_as_long_as_it_gives_signs_of_life(pongs: int) -> None:
    # Given a stream that answers so many pings; when nothing is traded on it
    line = Line(greeted(), pongs)
    error, _, _ = end_of(line)
    # Then it is asked once more than it answers, and given up
    assert (error.code, line.pings) == ("stream_mute", pongs + 1)
    assert "for 0.04 s" in str(error)
