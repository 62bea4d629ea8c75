from __future__ import annotations

import pytest
from support.market import give_quote, give_trade
from support.monitor_stubs import ASK, BID, HandClock, Holdings, StubClient, at, position

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.events import HaltEvent
from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.sight.feed_health import TAPE
from trading_bot.order_flow.sight.gap import Gap
from trading_bot.order_flow.sight.live_symbol import LiveSymbol
from trading_bot.order_flow.sight.stream_health import StreamHealth


class Seen:
    """A watch over two symbols, moved second by second."""

    def __init__(self) -> None:
        self.monitor = OrderFlowMonitor(
            OrderFlowConfig(),
            position_manager=Holdings(position("ACME"), position("BOLT")),
            client=StubClient(),
            log_directory=None,
            clock=HandClock(),
        )
        self.monitor.judge.feeds.kinds = (TAPE,)
        self.monitor.judge.read_positions()
        self.lives = {}
        for symbol in ("ACME", "BOLT"):
            way_in = self.monitor.judge.watch(symbol, from_ns=at(-370), now_ns=at(0))
            judge = self.monitor.judge.judges[symbol]
            self.lives[symbol] = LiveSymbol(symbol, judge, way_in, at(-370))
        self.health = StreamHealth(self.monitor.config, self.monitor.judge, step_ns=NS_PER_MS)
        self.sequence = 0

    def quote(self, symbol: str, seconds: float) -> None:
        self.sequence += 1
        self.lives[symbol].takes_quote(at(seconds), self.sequence)
        give_quote(self.monitor.judge, symbol, at(seconds), BID, 100, ASK, 100)

    def trade(self, symbol: str, seconds: float) -> None:
        self.sequence += 1
        self.lives[symbol].takes_trade(at(seconds), 11, 0, "", self.sequence)
        give_trade(self.monitor.judge, symbol, at(seconds), BID, 100)

    def look(self, seconds: float, problem: str | None = None, lag: float = 0.0) -> list[str]:
        asked = self.health.look(
            self.lives.values(), at(seconds), problem=problem, lag_ns=round(lag * NS_PER_SECOND)
        )
        return [live.symbol for live in asked]

    def state(self, symbol: str, seconds: float) -> tuple[str, str]:
        found = self.monitor.judge.feeds.visibility(symbol, at(seconds))
        return found.state, found.reason


def test_a_symbol_that_gives_events_is_visible() -> None:
    # Given a quote of one of two symbols
    seen = Seen()
    seen.quote("ACME", 0.5)
    # When they are looked at
    seen.look(1)
    # Then one is seen, and of the other nothing is known yet
    assert seen.state("ACME", 1) == ("visible", "")
    assert seen.state("BOLT", 1) == ("degraded", "no tape data yet")


def test_a_quiet_symbol_is_visible_while_the_connection_lives() -> None:
    # Given a symbol that was heard once
    seen = Seen()
    seen.quote("ACME", 0.5)
    for second in range(1, 11):
        # When ten seconds pass without an event
        seen.look(second)
    # Then it is quiet, not blind
    assert seen.state("ACME", 10.6) == ("visible", "quiet for 10 s")


@pytest.mark.parametrize(("silence", "asked"), [(2, []), (3, ["ACME"])])
def test_rest_is_asked_about_a_silent_symbol(silence: int, asked: list[str]) -> None:
    # Given a symbol that was heard at 1 s
    seen = Seen()
    seen.quote("ACME", 0.9)
    seen.look(1)
    # When it has been silent for a while
    found = [symbol for symbol in seen.look(1 + silence) if symbol == "ACME"]
    # Then REST is asked from three seconds on
    assert found == asked


def test_rest_is_not_asked_again_at_once() -> None:
    # Given a silent symbol that REST was asked about at 5 s
    seen = Seen()
    seen.quote("ACME", 0.9)
    seen.look(1)
    first = "ACME" in seen.look(5)
    # When it stays silent
    then = [second for second in range(6, 20) if "ACME" in seen.look(second)]
    # Then it is asked every eight seconds
    assert (first, then) == (True, [13])


def test_a_silence_that_nothing_vouches_for_is_no_calm() -> None:
    # Given a symbol that was heard at 1 s
    seen = Seen()
    seen.quote("ACME", 0.9)
    seen.look(1)
    # When REST says nothing for longer than the warn limit, and then beyond blindness
    seen.look(11)
    at_limit = seen.state("ACME", 11)
    seen.look(12)
    beyond = seen.state("ACME", 12)
    seen.look(42)
    # Then it is degraded, and blind in the end
    assert at_limit == ("visible", "quiet for 10 s")
    assert beyond == ("degraded", "tape: silent")
    assert seen.state("ACME", 42)[0] == "blind"


def test_a_silence_that_rest_vouches_for_is_quiet() -> None:
    # Given a symbol that was heard at 1 s
    seen = Seen()
    seen.quote("ACME", 0.9)
    seen.look(1)
    for second in range(2, 60):
        # When REST knows nothing newer, again and again
        if "ACME" in seen.look(second):
            assert seen.health.confirm_quiet(seen.lives["ACME"], at(second), at(0.9) + 123_456)
    # Then it is seen
    assert seen.state("ACME", 59) == ("visible", "quiet for 58 s")


def test_rest_that_knows_something_newer_does_not_vouch() -> None:
    # Given a symbol whose newest quote is of 1 s
    seen = Seen()
    seen.quote("ACME", 1)
    # When REST has one of a later millisecond
    vouched = seen.health.confirm_quiet(seen.lives["ACME"], at(9), at(1.001))
    # Then the stream has lost something
    assert not vouched


def test_a_symbol_that_is_often_silent_may_be_so_for_longer() -> None:
    # Given a symbol with an event every nine seconds
    seen = Seen()
    for second in (1, 10, 19):
        seen.quote("ACME", second)
        seen.look(second)
    # When it is silent for fourteen seconds
    seen.look(33)
    # Then that is usual for it
    assert seen.state("ACME", 33) == ("visible", "quiet for 14 s")


def test_a_usual_silence_is_forgotten_slowly() -> None:
    # Given one long silence, and then an event every second
    seen = Seen()
    for second in (1, 10, *range(11, 400)):
        seen.quote("ACME", second)
        seen.look(second)
    # When its usual silence is asked for
    usual = seen.lives["ACME"].typical_gap_ns
    # Then it is that of the present
    assert usual == NS_PER_SECOND


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ("disconnected", "tape: disconnected"),
        ("max_connections", "tape: max_connections"),
        ("filling_gap", "tape: filling_gap"),
    ],
)
def test_what_is_wrong_with_the_connection_is_wrong_with_every_symbol(
    problem: str, words: str
) -> None:
    # Given a visible symbol
    seen = Seen()
    seen.quote("ACME", 0.9)
    seen.look(1)
    # When the connection has a problem, twice
    seen.look(2, problem)
    seen.look(3, problem)
    # Then it is degraded, told once, and visible again when the problem has gone
    assert seen.state("ACME", 3) == ("degraded", words)
    assert seen.monitor.judge.feeds.refused[problem] == 2
    seen.quote("ACME", 3.9)
    seen.look(4)
    assert seen.state("ACME", 4) == ("visible", "")


def test_an_open_gap_is_no_calm() -> None:
    # Given a symbol whose gap is being filled
    seen = Seen()
    seen.quote("ACME", 0.9)
    seen.lives["ACME"].gap = Gap(1, 0, fills_start=False)
    # When it is looked at
    seen.look(1)
    # Then it says so
    assert seen.state("ACME", 1) == ("degraded", "tape: filling_gap")


@pytest.mark.parametrize(
    ("announced", "words"), [(True, "tape: halted"), (False, "tape: no_halt_data")]
)
def test_a_halted_symbol_is_not_called_calm(announced: bool, words: str) -> None:
    # Given a halt that reopened at 100 s
    seen = Seen()
    seen.quote("ACME", 0.9)
    if announced:
        seen.monitor.judge.halt(HaltEvent("ACME", at(1), halted=True))
    else:
        seen.trade("ACME", 0.9)
    give_trade(seen.monitor.judge, "ACME", at(100), BID, 100, conditions=(18,))
    # When it is looked at before the minute after is over, and after it
    for second in range(1, 160):
        seen.look(second)
    before = seen.state("ACME", 159)
    seen.quote("ACME", 160)
    seen.look(160)
    # Then judging has begun again
    assert (before, seen.state("ACME", 160)) == (("degraded", words), ("visible", ""))


@pytest.mark.parametrize(("lag", "state"), [(10.0, "visible"), (10.001, "degraded")])
def test_frames_that_wait_too_long_are_no_sight(lag: float, state: str) -> None:
    # Given a fresh quote
    seen = Seen()
    seen.quote("ACME", 0.9)
    # When the oldest frame has waited
    seen.look(1, lag=lag)
    # Then beyond the warn limit the symbol is degraded
    assert seen.state("ACME", 1)[0] == state


@pytest.mark.parametrize(("ahead", "state"), [(2.0, "visible"), (2.001, "degraded")])
def test_stamps_ahead_of_the_clock_mean_a_wrong_clock(ahead: float, state: str) -> None:
    # Given a quote from the future
    seen = Seen()
    seen.quote("ACME", 1 + ahead)
    # When it is looked at
    seen.look(1)
    # Then beyond two seconds the clock is doubted
    assert seen.state("ACME", 1)[0] == state


@pytest.mark.parametrize(("after", "state"), [(30, "visible"), (31, "degraded")])
def test_prints_without_quotes_cannot_be_signed(after: int, state: str) -> None:
    # Given a quote at 1 s
    seen = Seen()
    seen.quote("ACME", 1)
    # When prints go on without another
    for second in range(2, 2 + after):
        seen.trade("ACME", second)
        seen.look(second)
    # Then after thirty seconds the symbol is degraded
    assert seen.state("ACME", 1 + after)[0] == state


def test_a_feed_that_is_a_quarter_of_an_hour_late_is_named() -> None:
    # Given quotes that are fifteen minutes old
    seen = Seen()
    for second in (1, 2, 3):
        # When three of them have come
        seen.quote("ACME", second - 900)
        seen.look(second)
    # Then the plan is named
    assert seen.state("ACME", 3) == ("degraded", "tape: delayed_plan")


def test_a_refused_symbol_is_named() -> None:
    # Given a symbol whose channels the provider refuses
    seen = Seen()
    seen.health.refused_symbols.add("ACME")
    # When it is looked at
    seen.look(1)
    # Then it says so
    assert seen.state("ACME", 1) == ("degraded", "tape: channel_refused")


def test_a_failure_of_rest_is_told_with_its_code() -> None:
    # Given a symbol
    seen = Seen()
    # When its gap could not be fetched
    seen.health.fail(seen.lives["ACME"], "timeout", at(1))
    # Then it is degraded by that
    assert seen.state("ACME", 1) == ("degraded", "tape: timeout")


def test_a_failure_by_itself_tells_no_listener() -> None:
    # Given a listener
    seen = Seen()
    told: list[object] = []
    seen.monitor.judge.publisher.add_listener(told.append)
    # When an ordinary failure is noted
    seen.health.fail(seen.lives["ACME"], "timeout", at(1))
    # Then that is for the visibility, not for the listener
    assert told == []
