"""A halted symbol is not judged, and no time passes for its windows; it begins again alone."""

from __future__ import annotations

from typing import Any

import pytest
from support.market import give_quote, give_trade
from support.monitor_stubs import ASK, BID, at

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.events import BookEvent, HaltEvent, Withdrawal
from trading_bot.order_flow.market.trade_conditions import TradeConditions
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.rules.large_seller import LargeSellerState
from trading_bot.order_flow.rules.red_burst import RedBurstState
from trading_bot.order_flow.rules.side.classifier import TradeSideClassifier
from trading_bot.order_flow.rules.symbol_judge import SymbolJudge

REOPENS = (18,)


class Windows(RedBurstState):
    """Notes which prints it is given, and how long it stands still."""

    __slots__ = ("shares", "skipped", "taken_back")

    def __init__(self) -> None:
        super().__init__("ACME", OrderFlowConfig(thresholds="fixed"))
        self.shares: list[int] = []
        self.skipped: list[int] = []
        self.taken_back: list[tuple[int, int]] = []

    def on_trade(self, stamp_ns: int, size: int, p_sell: int, *_: Any, **__: Any) -> None:
        self.shares.append(size)

    def skip(self, seconds: int) -> None:
        self.skipped.append(seconds)

    def take_back(self, second: int, shares: int, p_sell: int) -> None:
        self.taken_back.append((second, shares))


class Bench:
    """The judge of one symbol, with windows that note."""

    def __init__(self, least_taken_back: int = 0) -> None:
        config = OrderFlowConfig(thresholds="fixed")
        self.windows = Windows()
        self.judge = SymbolJudge(
            "ACME",
            config,
            conditions=TradeConditions(),
            sellers=LargeSellerState("ACME", config),
            bursts=self.windows,
            sides=TradeSideClassifier(),
            takes_back=True,
            least_taken_back=least_taken_back,
        )

    def trade(self, seconds: float, shares: int = 200, conditions: tuple[int, ...] = ()) -> None:
        give_trade(
            self.judge,
            "ACME",
            at(seconds),
            BID,
            shares,
            conditions=conditions,
            trade_id=f"{seconds}",
        )

    def quote(self, seconds: float) -> None:
        give_quote(self.judge, "ACME", at(seconds), BID, 300, ASK, 500)

    def book(self, seconds: float) -> None:
        level = (BID, 300 * UNITS_PER_SHARE)
        self.judge.book(BookEvent("ACME", at(seconds), (level,), ()))

    def halt(self, seconds: float = 10.0) -> None:
        self.judge.halt(HaltEvent("ACME", at(seconds), halted=True))

    def resume(self, seconds: float) -> None:
        self.judge.halt(HaltEvent("ACME", at(seconds), halted=False))

    @property
    def halted(self) -> bool:
        return self.judge.halted_by is not None


def test_nothing_is_judged_while_a_symbol_is_halted() -> None:
    # Given a symbol whose halt was announced
    bench = Bench()
    bench.trade(1, 100)
    bench.halt()
    # When prints, quotes and books come
    bench.quote(20)
    bench.trade(20, 300)
    bench.book(21)
    # Then they are counted and not judged
    assert (bench.windows.shares, bench.judge.trades, bench.judge.quotes) == ([100], 1, 0)
    assert bench.judge.left_out() == {"halts": 1, "halted": 3}


def test_judging_begins_a_minute_after_the_reopening_and_the_windows_skip_the_halt() -> None:
    # Given a halt at 10 s that reopens at 310 s
    bench = Bench()
    bench.halt()
    bench.resume(305)
    bench.trade(310, 100, REOPENS)
    # When prints come before and after the minute is over
    bench.trade(369.999, 200)
    bench.trade(370, 300)
    bench.quote(371)
    # Then judging begins with the second, and 360 s were skipped
    assert (bench.windows.shares, bench.windows.skipped) == ([300], [360])
    assert not bench.halted
    assert bench.judge.quotes == 1


def test_the_first_print_after_the_word_that_trading_may_begin_opens_it() -> None:
    # Given a halt at 10 s, and the word at 305 s that trading may begin
    bench = Bench()
    bench.halt()
    bench.resume(305)
    # When a print without a mark comes, and others
    bench.trade(310, 100)
    bench.trade(369.999, 200)
    bench.trade(370, 300)
    # Then judging begins a minute after it
    assert (bench.windows.shares, bench.windows.skipped) == ([300], [360])


@pytest.mark.parametrize("kind", ["quote", "book"])
def test_a_quote_or_a_book_may_end_a_halt(kind: str) -> None:
    # Given a reopened symbol
    bench = Bench()
    bench.halt()
    bench.trade(310, 100, (28,))
    # When one comes a minute later
    getattr(bench, kind)(369.999)
    before = bench.judge.quotes
    getattr(bench, kind)(370)
    # Then it is judged
    assert (before, bench.judge.quotes, bench.halted) == (0, 1, False)


def test_a_second_halt_before_the_end_of_the_first_goes_on_from_it() -> None:
    # Given a halt at 10 s, told twice, that reopened at 310 s
    bench = Bench()
    bench.halt()
    bench.halt(11)
    bench.trade(310, 100, REOPENS)
    # When it is halted again at 330 s and reopens at 700 s
    bench.halt(330)
    bench.trade(700, 200, REOPENS)
    bench.trade(760, 300)
    # Then the windows stood still since the first
    assert (bench.windows.shares, bench.windows.skipped) == ([300], [750])
    assert bench.judge.left_out()["halts"] == 2


def test_the_word_that_trading_may_begin_changes_nothing_where_it_goes_on() -> None:
    # Given a trading symbol
    bench = Bench()
    # When it is told that trading may begin
    bench.resume(10)
    bench.trade(20)
    # Then it is judged on
    assert (bench.windows.shares, bench.judge.left_out()) == ([200], {})


def test_a_halt_without_a_stamp_counts_from_the_newest_print() -> None:
    # Given a print
    bench = Bench()
    bench.trade(1)
    # When a halt without a usable stamp is announced
    bench.judge.halt(HaltEvent("ACME", 0, halted=True))
    # Then it began with the print
    assert bench.judge.halted_by is not None
    assert (bench.judge.halted_by.announced, bench.judge.halted_by.since_ns) == (True, at(1))


@pytest.mark.parametrize(("silence", "seen"), [(59.999, False), (60.0, True), (300.0, True)])
def test_without_the_word_a_silence_and_a_reopening_print_tell_of_a_halt(
    silence: float, seen: bool
) -> None:
    # Given a print
    bench = Bench()
    bench.trade(1, 100)
    # When a reopening print comes after a silence
    bench.trade(1 + silence, 200, REOPENS)
    # Then a long one was a halt that nobody announced
    assert bench.halted is seen
    assert bench.judge.trades == (1 if seen else 2)
    if bench.judge.halted_by is not None:
        found = bench.judge.halted_by
        assert (found.announced, found.since_ns) == (False, at(1))


def test_an_ordinary_print_after_a_silence_tells_of_no_halt() -> None:
    # Given a print
    bench = Bench()
    bench.trade(1, 100)
    # When another comes five minutes later
    bench.trade(301, 200)
    # Then it is judged
    assert bench.windows.shares == [100, 200]


def test_a_silence_counts_from_the_newest_print_although_that_was_not_judged() -> None:
    # Given a halt that reopened at 310 s, and a quote that ended it
    bench = Bench()
    bench.trade(1, 100)
    bench.halt()
    bench.trade(310, 200, REOPENS)
    bench.quote(370)
    # When late reopening prints come within a minute of the first, and beyond
    bench.trade(369.999, 300, REOPENS)
    within = bench.halted
    bench.trade(430, 400, REOPENS)
    # Then only the latter tells of a halt, since the print before it
    assert not within
    assert bench.judge.halted_by is not None
    assert bench.judge.halted_by.since_ns == at(369.999)


def test_the_first_print_of_all_tells_of_no_halt() -> None:
    # Given a symbol without a print
    bench = Bench()
    # When a reopening print comes
    bench.trade(300, 100, REOPENS)
    # Then nothing is known of a silence
    assert not bench.halted


def test_no_halt_is_inferred_where_that_is_not_wanted() -> None:
    # Given a symbol whose halts are told
    bench = Bench()
    bench.judge.infers_halts = False
    bench.trade(1, 100)
    # When a reopening print comes after a long silence
    bench.trade(400, 200, REOPENS)
    # Then it is judged at once
    assert bench.judge.trades == 2
    # And a halt that is told counts all the same
    bench.halt(500)
    bench.trade(510, 300)
    assert bench.judge.trades == 2


def test_fractions_of_a_share_open_nothing() -> None:
    # Given a halt whose trading may begin
    bench = Bench()
    bench.halt()
    bench.resume(305)
    # When half a share is traded
    give_trade(bench.judge, "ACME", at(310), BID, 0)
    # Then it counts as no print
    assert bench.judge.halted_by is not None
    assert bench.judge.halted_by.reopened_ns is None


def test_a_print_from_before_a_halt_is_taken_back_where_the_halt_has_moved_it() -> None:
    # Given a print at 1 s, and a halt of 360 s that is over
    bench = Bench()
    bench.trade(1, 100)
    bench.halt()
    bench.trade(310, 200, REOPENS)
    bench.quote(370)
    # When the print is withdrawn
    bench.judge.withdraw(Withdrawal("ACME", at(371), trade_id="1"))
    # Then it is taken out of the second at which the windows have it now
    assert bench.windows.taken_back == [(at(361) // 1_000_000_000, 100)]


def test_a_print_may_be_withdrawn_while_its_symbol_is_halted() -> None:
    # Given a print, and a halt
    bench = Bench()
    bench.trade(1, 100)
    bench.halt()
    # When the print is withdrawn
    bench.judge.withdraw(Withdrawal("ACME", at(20), trade_id="1"))
    # Then it is taken out at once
    assert bench.windows.taken_back == [(at(1) // 1_000_000_000, 100)]


@pytest.mark.parametrize("kind", ["trade", "quote", "book"])
def test_what_happened_before_a_halt_is_judged_although_its_word_came_first(kind: str) -> None:
    # Given a halt at 10 s, of which the word overtook what is fetched of a gap
    bench = Bench()
    bench.halt(10)
    # When events from before it come, and those from then on
    for seconds in (9.999, 10.0):
        getattr(bench, kind)(seconds)
    # Then the former alone are judged, and the halt goes on
    assert bench.judge.trades + bench.judge.quotes == 1
    assert bench.halted


def test_a_halt_that_is_told_again_after_it_reopened_is_the_same() -> None:
    # Given a halt at 10 s that reopened at 310 s
    bench = Bench()
    bench.halt(10)
    bench.trade(310, 100, REOPENS)
    # When its word comes again, as by a replay
    bench.halt(10)
    bench.trade(370, 300)
    # Then judging begins a minute after the reopening all the same
    assert (bench.windows.shares, bench.windows.skipped) == ([300], [360])
    assert bench.judge.left_out()["halts"] == 1


@pytest.mark.parametrize(("shares", "counted"), [(999, "withdrawn_unknown"), (1_000, "withdrawn")])
def test_small_prints_may_be_left_as_they_are(shares: int, counted: str) -> None:
    # Given a judge that remembers prints of 1,000 shares
    bench = Bench(least_taken_back=1_000)
    bench.trade(1, shares)
    # When a print is withdrawn
    bench.judge.withdraw(Withdrawal("ACME", at(2), trade_id="1"))
    # Then only one that is remembered is taken back
    assert bench.judge.left_out() == {counted: 1}
