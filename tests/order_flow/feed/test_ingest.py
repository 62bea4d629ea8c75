from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.monitor_stubs import START_NS, at, symbol_judge

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.feed.ingest import StreamJudge
from trading_bot.order_flow.market.events import QuoteEvent, TradeEvent
from trading_bot.order_flow.market.units import NS_PER_MS
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.providers.polygon.stream_wire import (
    LimitBand,
    Message,
    OddQuote,
    OddTrade,
    Quote,
    Status,
    Trade,
)
from trading_bot.order_flow.rules.red_burst import RedBurstState
from trading_bot.order_flow.rules.router import EventRouter
from trading_bot.order_flow.sight.live_symbol import LiveSymbol

START_MS = START_NS // NS_PER_MS
RECEIVED_NS = at(0.25)


class Windows(RedBurstState):
    """Notes how long it stands still."""

    __slots__ = ("_skipped",)

    def __init__(self, symbol: str, skipped: list[int]) -> None:
        super().__init__(symbol, OrderFlowConfig())
        self._skipped = skipped

    def skip(self, seconds: int) -> None:
        self._skipped.append(seconds)


class Judged:
    """Stands for the monitor: notes what it is given, and how long windows stood still."""

    def __init__(self, **settings: Any) -> None:
        self.config = OrderFlowConfig(**settings)
        self.trades: list[tuple[Any, ...]] = []
        self.quotes: list[tuple[Any, ...]] = []
        self.order: list[str] = []
        self.skipped: list[int] = []
        self.tape_monitor = self
        self.router = EventRouter(lambda *_: None, lambda *_: None)
        self.router.witness = self

    def on_trade(self, *values: Any) -> None:
        self.trades.append(values)
        self.order.append("trade")

    def on_quote(self, *values: Any) -> None:
        self.quotes.append(values)
        self.order.append("quote")

    def state_of(self, symbol: str) -> RedBurstState:
        return Windows(symbol, self.skipped)

    def watched(self, symbol: str, from_ns: int) -> LiveSymbol:
        judge = self.router.judges[symbol] = symbol_judge(symbol)
        return LiveSymbol(symbol, judge, from_ns)

    @property
    def sizes(self) -> list[int]:
        return [values[4] for values in self.trades]


class Bench:
    """A judge of one symbol over a monitor that notes."""

    def __init__(self, **settings: Any) -> None:
        self.monitor = Judged(**settings)
        self.statuses: list[Status] = []
        self.judge = StreamJudge(cast(OrderFlowMonitor, self.monitor), self.statuses.append)
        self.live = self.monitor.watched("ACME", at(-370))
        self.judge.add(self.live)

    def take(self, *messages: Message) -> None:
        self.judge.judge(messages, RECEIVED_NS)


def trade(seconds: float = 0.0, sequence: int = 1, size: int = 200, **changes: Any) -> Trade:
    fields: dict[str, Any] = {"x": 11, "q": sequence, "i": str(sequence)} | changes
    return Trade(sym="ACME", t=START_MS + round(seconds * 1_000), p=27.41, s=size, **fields)


def odd_trade(**changes: Any) -> OddTrade:
    fields: dict[str, Any] = {"x": 11, "q": 1, "i": "1"} | changes
    return OddTrade(sym="ACME", t=START_MS, p=27.41, s=200, **fields)


def quote(seconds: float = 0.0, sequence: int = 1, **changes: Any) -> Quote:
    fields: dict[str, Any] = {
        "bp": 27.4,
        "ap": 27.42,
        "bs": 300,
        "ask_size": 500,
        "q": sequence,
    } | changes
    return Quote(sym="ACME", t=START_MS + round(seconds * 1_000), **fields)


def rest_trade(seconds: float, sequence: int, size: int = 200, **changes: Any) -> TradeEvent:
    fields: dict[str, Any] = {"sequence": sequence, "exchange": 11, "trade_id": str(sequence)}
    return TradeEvent("ACME", at(seconds) + 123_456, 27_410_000, size, **(fields | changes))


def rest_quote(seconds: float, sequence: int) -> QuoteEvent:
    return QuoteEvent(
        "ACME", at(seconds) + 654_321, 27_400_000, 300, 27_420_000, 500, sequence=sequence
    )


def test_a_quote_reaches_the_monitor_in_integers() -> None:
    # Given a followed symbol
    bench = Bench()
    # When a quote comes
    bench.take(quote())
    # Then the monitor has it, matched by the tape's stamp
    expected = ("ACME", START_NS, START_NS, 27_400_000, 300, 27_420_000, 500, RECEIVED_NS)
    assert bench.monitor.quotes == [expected]


def test_a_print_reaches_the_monitor_in_integers() -> None:
    # Given a followed symbol
    bench = Bench()
    # When a print with conditions and a participant stamp comes
    bench.take(trade(c=(14, 41), pt=START_MS - 1))
    # Then the monitor has it, matched by the tape's stamp
    expected = (
        "ACME",
        START_NS,
        START_NS,
        27_410_000,
        200,
        (14, 41),
        0,
        11,
        START_NS - NS_PER_MS,
        None,
        RECEIVED_NS,
    )
    assert bench.monitor.trades == [expected]


@pytest.mark.parametrize(
    "message",
    [
        trade(),
        odd_trade(),
        odd_trade(c=None),
        trade(c=(18,)),
        trade(pt=START_MS - 1),
        trade(pt=(START_MS - 1) * 1_000_000),
        odd_trade(i=7),
    ],
    ids=[
        *("plain", "odd", "null-conditions", "reopening"),
        *("participant", "participant-ns", "number-id"),
    ],
)
def test_the_slow_way_gives_the_monitor_the_same(message: OddTrade) -> None:
    # Given a print, and the same by REST
    fast, slow = Bench(), Bench()
    slow.judge.open_gap(slow.live)
    # When one is judged at once and the other has waited
    fast.take(message)
    slow.take(message)
    slow.judge.close_gap(slow.live, (), RECEIVED_NS)
    # Then the monitor was given the same
    assert fast.monitor.trades == slow.monitor.trades
    assert len(fast.monitor.trades) == 1


def test_unfollowed_symbols_pass_by() -> None:
    # Given one followed symbol
    bench = Bench()
    # When another's events come
    bench.take(
        Trade(sym="NONE", t=START_MS, p=5.0, s=100),
        Quote(sym="NONE", t=START_MS),
        LimitBand("NONE"),
    )
    # Then nothing is judged
    assert bench.monitor.order == []


def test_unknown_symbols_may_be_met() -> None:
    # Given a judge that follows whatever comes
    bench = Bench()

    def meet(symbol: str) -> LiveSymbol:
        live = bench.monitor.watched(symbol, START_NS)
        judge.add(live)
        return live

    judge = StreamJudge(cast(OrderFlowMonitor, bench.monitor), bench.statuses.append, meet)
    # When a new symbol's events come
    judge.judge(
        [
            Trade(sym="BOLT", t=START_MS, p=5.0, s=100),
            Quote(sym="BOLT", t=START_MS, bp=5.0, ap=5.1, bs=1, ask_size=1),
        ],
        1,
    )
    # Then it is followed from the first one on
    assert (bench.monitor.order, list(judge.symbols)) == (["trade", "quote"], ["BOLT"])


def test_status_messages_go_to_the_connection() -> None:
    # Given a status among data
    bench = Bench()
    # When the frame is judged
    bench.take(trade(), Status("success", "subscribed to: T.ACME"))
    # Then whoever keeps the connection has it
    assert bench.statuses == [Status("success", "subscribed to: T.ACME")]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (trade(size=0), "impossible_size"),
        (trade(size=0, ds="0.4"), "below_one_share"),
        (OddTrade(sym="ACME", t=START_MS, p=-1.0, s=100), "impossible_price"),
        (OddTrade(sym="ACME", t=5, p=27.41, s=100), "impossible_stamp"),
        (
            OddQuote(sym="ACME", t=START_MS, bp=27.4, ap=27.42, bs=-4, ask_size=500),
            "impossible_size",
        ),
        (
            OddQuote(sym="ACME", t=START_MS, bp=27.4, ap=1e9, bs=300, ask_size=500),
            "impossible_price",
        ),
        (OddQuote(sym="ACME", t=-5, bp=27.4, ap=27.42, bs=300, ask_size=500), "impossible_stamp"),
        (OddQuote(sym="NONE", t=START_MS, bp=27.4, ap=27.42, bs=300, ask_size=500), None),
    ],
)
def test_what_cannot_be_is_counted_and_not_judged(message: Message, reason: str | None) -> None:
    # Given an impossible message, or one of a symbol that is not followed
    bench = Bench()
    # When it comes
    bench.take(message)
    # Then an impossible one is counted by its reason
    counts = {reason: 1} if reason else {}
    assert (bench.monitor.order, dict(bench.judge.counts)) == ([], counts)


def test_a_one_sided_quote_has_nobody_on_the_other_side() -> None:
    # Given a quote without an ask
    bench = Bench()
    # When it comes
    bench.take(quote(ap=0.0, ask_size=0))
    # Then it is judged as such
    assert bench.monitor.quotes[0][3:7] == (27_400_000, 300, 0, 0)


def test_round_lots_are_judged_in_shares() -> None:
    # Given a provider that counts lots
    bench = Bench(quote_size_unit="round_lots")
    # When a quote of three and five lots comes
    bench.take(quote(bs=3, ask_size=5))
    # Then hundreds are judged
    assert bench.monitor.quotes[0][3:7] == (27_400_000, 300, 27_420_000, 500)


def test_stamps_in_other_units_are_judged_alike() -> None:
    # Given a quote and a print stamped in nanoseconds
    bench = Bench()
    # When they come
    bench.take(OddQuote(sym="ACME", t=START_NS, bp=27.4, ap=27.42, bs=300, ask_size=500))
    bench.take(OddTrade(sym="ACME", t=START_NS, p=27.41, s=9))
    # Then they stand where they belong
    assert [values[1] for values in (*bench.monitor.quotes, *bench.monitor.trades)] == [
        START_NS
    ] * 2


def test_repeated_events_are_judged_once() -> None:
    # Given a print and a quote
    bench = Bench()
    # When both come twice, and then an older quote
    bench.take(trade(1), quote(1), trade(1), quote(1), quote(0, 0))
    # Then each is judged once, and the rest is counted when the symbol goes
    assert bench.monitor.order == ["trade", "quote"]
    bench.judge.remove("ACME")
    assert bench.judge.counts == {"repeated": 2, "outdated_quote": 1}


def test_a_newer_quote_of_the_same_millisecond_is_judged() -> None:
    # Given a quote
    bench = Bench()
    # When the next one bears the same stamp
    bench.take(quote(1, 1), quote(1, 2, bs=700))
    # Then both are judged
    assert [values[4] for values in bench.monitor.quotes] == [300, 700]


def test_a_symbol_that_is_not_followed_can_be_removed() -> None:
    # Given a judge
    bench = Bench()
    # When an unknown symbol is removed
    bench.judge.remove("NONE")
    # Then nothing happens
    assert list(bench.judge.symbols) == ["ACME"]


def test_live_events_wait_behind_a_gap_and_all_is_judged_in_exchange_order() -> None:
    # Given a symbol whose gap is open
    bench = Bench()
    bench.take(trade(1, 1, 100))
    bench.judge.open_gap(bench.live)
    # When live events come, and then what was missed, overlapping on both ends
    bench.take(quote(4, 8), trade(4, 7, 700))
    waited = (bench.monitor.sizes, bench.judge.waiting_bytes > 0)
    fetched: list[TradeEvent | QuoteEvent] = [
        rest_trade(1, 1, 100),
        rest_trade(2, 2, 200),
        rest_quote(3, 5),
        rest_trade(4, 7, 700),
        rest_quote(4, 8),
    ]
    bench.judge.close_gap(bench.live, fetched, at(5))
    # Then each was judged once, in order, and known as late as it is
    assert waited == ([100], True)
    assert bench.monitor.sizes == [100, 200, 700]
    assert bench.monitor.order == ["trade", "trade", "quote", "trade", "quote"]
    assert {values[-1] for values in bench.monitor.trades[1:]} == {at(5)}
    assert (bench.judge.waiting_bytes, bench.live.held, bench.live.gap) == (0, False, None)


def test_a_gap_within_a_gap_keeps_what_waits() -> None:
    # Given a gap at the start of the watch with a waiting print
    bench = Bench()
    first = bench.judge.open_gap(bench.live, fills_start=True)
    bench.take(trade(1))
    # When the connection is cut again
    second = bench.judge.open_gap(bench.live)
    # Then one gap is open, with a number of its own, and nothing was lost
    assert (second.number, second.fills_start) == (first.number + 1, True)
    assert len(second.waiting) == 1


def test_removing_a_symbol_frees_what_waits() -> None:
    # Given a waiting print
    bench = Bench()
    bench.judge.open_gap(bench.live)
    bench.take(trade(1))
    # When the symbol goes
    bench.judge.remove("ACME")
    # Then nothing waits
    assert (bench.judge.waiting_bytes, bench.monitor.order) == (0, [])


def test_prints_of_a_gap_that_was_given_up_are_judged_where_they_belong() -> None:
    # Given a gap between a print and live ones
    bench = Bench()
    bench.take(trade(1, 1, 100))
    gap = bench.judge.open_gap(bench.live)
    bench.take(trade(5, 9, 900))
    bench.judge.close_gap(bench.live, (), at(6))
    # When its answer comes after all
    late = [rest_trade(seconds, round(seconds) * 2, 200) for seconds in (1, 2, 4, 5)]
    bench.judge.judge_late(bench.live, late, gap, at(5), at(7))
    # Then only prints from within it are judged
    assert bench.monitor.sizes == [100, 900, 200, 200, 200]


def test_a_cancelled_print_keeps_its_correction() -> None:
    # Given a gap
    bench = Bench()
    bench.judge.open_gap(bench.live)
    # When REST gives a print that was cancelled since, with a participant stamp
    event = rest_trade(1, 1, correction=8, participant_ns=at(1) + 99)
    bench.judge.close_gap(bench.live, [event], at(2))
    # Then the monitor learns it, and the stamp in milliseconds
    assert bench.monitor.trades[0][6:9] == (8, 11, at(1))


def halted(*indicators: int, seconds: float = 10.0) -> LimitBand:
    return LimitBand("ACME", START_MS + round(seconds * 1_000), indicators)


def test_nothing_is_judged_while_a_symbol_is_halted() -> None:
    # Given a symbol whose halt was announced
    bench = Bench()
    bench.take(trade(1, 1, 100), halted(17))
    # When prints and quotes come
    bench.take(quote(20, 2), trade(20, 3, 300))
    # Then they are counted and not judged
    assert (bench.monitor.sizes, bench.monitor.quotes) == ([100], [])
    assert bench.judge.counts == {"halts": 1, "halted": 2}


def test_judging_begins_a_minute_after_the_reopening_and_the_windows_skip_the_halt() -> None:
    # Given a halt at 10 s that reopens at 310 s
    bench = Bench()
    bench.take(halted(17), halted(18, seconds=305))
    bench.take(trade(310, 1, 100, c=(18,)))
    # When prints come before and after the minute is over
    bench.take(trade(369.999, 2, 200), trade(370, 3, 300), quote(371, 4))
    # Then judging begins with the second, and 360 s were skipped
    assert (bench.monitor.sizes, bench.monitor.skipped) == ([300], [360])
    assert (bench.live.halt, bench.live.held) == (None, False)


def test_a_quote_may_end_a_halt() -> None:
    # Given a reopened symbol
    bench = Bench()
    bench.take(halted(17), trade(310, 1, 100, c=(28,)))
    # When a quote comes a minute later
    bench.take(quote(370, 2))
    # Then it is judged
    assert len(bench.monitor.quotes) == 1


def test_a_second_halt_before_the_end_of_the_first_goes_on_from_it() -> None:
    # Given a halt at 10 s that reopened at 310 s
    bench = Bench()
    bench.take(halted(17), halted(17, seconds=11), trade(310, 1, 100, c=(18,)))
    # When it is halted again at 330 s and reopens at 700 s
    bench.take(halted(17, seconds=330), trade(700, 2, 200, c=(18,)), trade(760, 3, 300))
    # Then the windows stood still since the first
    assert (bench.monitor.sizes, bench.monitor.skipped) == ([300], [750])


@pytest.mark.parametrize("indicators", [(), (18,), (3,)])
def test_bands_without_a_halt_change_nothing(indicators: tuple[int, ...]) -> None:
    # Given a trading symbol
    bench = Bench()
    # When a band comes
    bench.take(halted(*indicators), trade(20))
    # Then it is judged on
    assert bench.monitor.sizes == [200]


def test_a_halt_without_a_stamp_counts_from_the_newest_print() -> None:
    # Given a print
    bench = Bench()
    bench.take(trade(1))
    # When a halt without a usable stamp is announced
    bench.take(LimitBand("ACME", 0, (17,)))
    # Then it began with the print
    assert bench.live.halt is not None
    assert bench.live.halt.since_ns == at(1)


@pytest.mark.parametrize(("silence", "seen"), [(59.999, False), (60.0, True), (300.0, True)])
def test_without_the_channel_a_silence_and_a_reopening_print_tell_of_a_halt(
    silence: float, seen: bool
) -> None:
    # Given a print
    bench = Bench()
    bench.take(trade(1, 1, 100))
    # When a reopening print comes after a silence
    bench.take(trade(1 + silence, 2, 200, c=(18,)))
    # Then a long one was a halt that nobody announced
    assert (bench.live.halt is not None) is seen
    if bench.live.halt is not None:
        assert (bench.live.halt.announced, bench.live.halt.since_ns) == (False, at(1))


def test_the_first_print_of_all_tells_of_no_halt() -> None:
    # Given a symbol without a print
    bench = Bench()
    # When a reopening print comes
    bench.take(trade(300, 1, c=(18,)))
    # Then nothing is known of a silence
    assert bench.live.halt is None


def test_a_gap_that_ends_within_a_halt_leaves_the_symbol_held() -> None:
    # Given a halted symbol with an open gap
    bench = Bench()
    bench.take(halted(17))
    bench.judge.open_gap(bench.live)
    # When the gap is filled
    bench.judge.close_gap(bench.live, [rest_trade(20, 1)], at(21))
    # Then the halt goes on
    assert (bench.live.held, bench.monitor.order) == (True, [])


def test_a_halt_that_ends_within_a_gap_leaves_the_symbol_held() -> None:
    # Given a halted symbol that reopened, with an open gap
    bench = Bench()
    bench.take(halted(17), trade(310, 1, c=(18,)))
    gap = bench.judge.open_gap(bench.live)
    # When late prints of an earlier gap end the halt
    bench.judge.judge_late(bench.live, [rest_trade(370, 9)], gap, at(400), at(401))
    # Then the gap is still open
    assert (bench.live.halt, bench.live.held) == (None, True)


@given(st.permutations(range(12)), st.integers(0, 12))
def test_no_print_is_lost_or_judged_twice_however_a_gap_divides_them(
    order: list[int], cut: int
) -> None:
    # Given prints of which some came live, in any order, before a cut
    bench = Bench()
    bench.take(*(trade(number, number + 1, number + 1) for number in order[:cut]))
    bench.judge.open_gap(bench.live)
    # When the rest waits, and REST gives everything
    bench.take(*(trade(number, number + 1, number + 1) for number in order[cut:]))
    everything: Iterable[TradeEvent] = [rest_trade(n, n + 1, n + 1) for n in range(12)]
    bench.judge.close_gap(bench.live, list(everything), at(20))
    # Then each was judged once
    assert sorted(bench.monitor.sizes) == list(range(1, 13))
