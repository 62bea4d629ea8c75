"""The loop: answers reach the judges in order, feeds are watched, and no symbol costs another."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.monitor_stubs import (
    BID,
    START,
    HandClock,
    Holdings,
    StubClient,
    Tape,
    at,
    book,
    position,
    quote,
    steady_of,
    trade,
)
from support.noting_sink import NotingSink

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderBookSnapshot, OrderFlowAlert
from trading_bot.order_flow.errors import DataSourceError, DataValidationError
from trading_bot.order_flow.feed.poll_driver import PollDriver
from trading_bot.order_flow.feed.poll_feed import SnapshotAnswer, StateAnswer, TapeAnswer
from trading_bot.order_flow.market.events import BookEvent, HaltEvent, Withdrawal
from trading_bot.order_flow.market.facts import MarketState
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import FeedEvent, GuardState, MonitorEvent, ThresholdNotice
from trading_bot.order_flow.providers.no_reference import NoReference
from trading_bot.order_flow.providers.provider import FetchedTape
from trading_bot.order_flow.rules.symbol_judge import SymbolJudge

SATURDAY = datetime(2026, 3, 14, 14, 0, tzinfo=UTC)
CONFIG = OrderFlowConfig(thresholds="fixed", requests_per_second=90.0, poll_interval_seconds=0.1)


class Rig:
    """A monitor on stubs, with its loop, and what its listener was told."""

    def __init__(self, client: StubClient | None = None, *symbols: str, **settings: Any) -> None:
        self.clock = HandClock()
        self.holdings = Holdings(*(position(each) for each in symbols or ("ACME",)))
        self.client = client or StubClient()
        self.monitor = OrderFlowMonitor(
            CONFIG,
            position_manager=self.holdings,
            client=self.client,
            clock=self.clock,
            **({"log_directory": None} | settings),
        )
        self.loop = self.driver()
        self.told: list[MonitorEvent] = []
        self.monitor.judge.publisher.add_listener(self.told.append)

    def driver(self) -> PollDriver:
        judge, provider = self.monitor.judge, self.monitor.provider
        return PollDriver(judge, provider, steady_ns=steady_of(self.clock))

    def watch(self) -> None:
        self.loop._follow_positions()

    def poll(self, seconds: int = 1) -> None:
        """Poll once a second, each poll after the one before has been judged."""
        for _ in range(seconds):
            self.clock.move(1)
            self.loop._feed.request_due()
            for _kind in ("snapshots", *self.monitor.symbols):
                answer = self.loop._feed.answers.get(timeout=5)
                assert answer is not None
                if self.loop._feed.taken(answer):
                    self.loop.take(answer)
            self.loop._tick()

    def state(self, symbol: str = "ACME") -> str:
        return self.monitor.visibility(symbol).state

    @property
    def alerts(self) -> list[OrderFlowAlert]:
        return [each for each in self.told if isinstance(each, OrderFlowAlert)]


def tape(seconds: float, *events: Any, symbol: str = "ACME") -> TapeAnswer:
    trades = [each for each in events if hasattr(each, "size")]
    quotes = [each for each in events if not hasattr(each, "size")]
    return TapeAnswer(symbol, at(seconds), trades, quotes, asked_ns=at(seconds))


def lively(clock: HandClock) -> Callable[[str, int, int], Tape]:
    """Return a market in which each symbol is traded and quoted every second."""

    def asked(symbol: str, trades_from_ns: int, quotes_from_ns: int) -> Tape:
        now = round((clock() - START).total_seconds())
        trades = [trade(n + 0.5, symbol, size=100) for n in range(-370, now)]
        quotes = [quote(n, symbol) for n in range(-370, now + 1)]
        return (
            [each for each in trades if each.sip_ns >= trades_from_ns],
            [each for each in quotes if each.sip_ns >= quotes_from_ns],
        )

    return asked


def lively_rig(*symbols: str) -> Rig:
    rig = Rig(None, *symbols)
    rig.client._tape = lively(rig.clock)
    rig.watch()
    return rig


def test_an_answer_is_judged_in_exchange_order_prints_before_quotes() -> None:
    # Given a large sale at the bid, which falls within the sale's own millisecond
    rig = Rig()
    rig.watch()
    before, after = quote(0), quote(1, bid_ticks=BID - 10_000)
    sale = trade(1)
    # When all come in one answer, the wrong way round
    rig.loop.take(tape(1, after, before, sale))
    # Then the sale is judged by the quote before it, and is a large seller at the bid
    assert [(each.source, each.order_size) for each in rig.alerts] == [("aggressive_sell", 12_000)]


def test_equal_milliseconds_are_judged_by_sequence_number() -> None:
    # Given two quotes of one millisecond, the later of which shows a large bid
    rig = Rig()
    rig.watch()
    large = quote(1, sequence=2, bid_size=20_000)
    gone = quote(1, sequence=1, bid_size=100)
    # When they come the wrong way round
    rig.loop.take(tape(1, large, gone))
    # Then the large one stands at the end
    judge = rig.monitor.judge.judge_of("ACME")
    assert judge is not None
    assert [each.source for each in rig.alerts] == ["resting_bid"]
    assert judge.quotes == 2


@pytest.mark.parametrize(
    ("participant_ns", "kept_ns"), [(at(0.95) + 999_999, at(0.95)), (None, None)]
)
def test_stamps_of_exchanges_reach_the_judge_in_whole_milliseconds(
    participant_ns: int | None, kept_ns: int | None
) -> None:
    # Given a quote with both stamps, and a print that has both or only the tape's
    rig = Rig()
    rig.watch()
    noted = rig.monitor.judge._ways_in["ACME"] = NotingSink()
    # When they come in one answer
    quoted = quote(0.5, participant_ns=at(0.4) + 1)
    rig.loop.take(tape(1, quoted, trade(1, participant_ns=participant_ns)))
    # Then each has its own, so that like can be matched with like
    (quoted,), (sale,) = noted.quotes, noted.trades
    stamps = [(quoted.sip_ns, quoted.participant_ns), (sale.sip_ns, sale.participant_ns)]
    assert stamps == [(at(0.5), at(0.4)), (at(1), kept_ns)]


def test_a_symbol_once_without_participant_stamps_stays_matched_by_exchange_time() -> None:
    # Given a symbol whose first answer lacks participant stamps
    rig = Rig()
    rig.watch()
    rig.loop.take(tape(1, quote(0, participant_ns=None)))
    # When a later one has them
    rig.loop.take(tape(2, quote(2, participant_ns=at(1.9))))
    # Then nothing changes: its stamps stay comparable
    judge = rig.monitor.judge.judges["ACME"]
    assert (judge.by_exchange_time, judge.quote_ns) == (True, at(2))


def deep_book(seconds: float, third_bid: int = 50_000) -> OrderBookSnapshot:
    levels = [(Decimal("100.00"), 500), (Decimal("99.99"), 600), (Decimal("99.98"), third_bid)]
    return replace(book(seconds), bids=tuple(levels))


def test_a_book_of_several_levels_is_judged_at_each_of_them() -> None:
    # Given a watched symbol
    rig = Rig()
    rig.watch()
    # When a snapshot shows 50,000 shares at the third bid
    rig.loop.take(SnapshotAnswer(at(1), {"ACME": deep_book(1)}))
    # Then that is a large seller's resting bid, in whole shares
    assert [(each.source, each.order_size, each.price_level) for each in rig.alerts] == [
        ("resting_bid", 50_000, Decimal("99.98"))
    ]


def test_a_book_of_the_best_prices_says_nothing_that_the_quotes_do_not() -> None:
    # Given a quote with a large bid that was judged
    rig = Rig()
    rig.watch()
    rig.loop.take(tape(1, quote(1, bid_size=20_000)))
    # When the snapshot shows the same
    large = replace(book(1), bids=((Decimal("100.00"), 20_000),))
    rig.loop.take(SnapshotAnswer(at(1), {"ACME": large}))
    # Then it is not judged a second time
    assert rig.monitor.judge.judges["ACME"].quotes == 1
    assert [each.source for each in rig.alerts] == ["resting_bid"]


def test_a_deep_book_that_has_become_shallow_is_judged_still() -> None:
    # Given a symbol whose book has shown several levels
    rig = Rig()
    rig.watch()
    rig.loop.take(SnapshotAnswer(at(1), {"ACME": deep_book(1, third_bid=700)}))
    # When it shows the best prices only
    rig.loop.take(SnapshotAnswer(at(2), {"ACME": book(2)}))
    # Then that is judged, since levels that are gone are news
    assert rig.monitor.judge.judges["ACME"].quotes == 2


def test_a_symbol_that_is_watched_anew_has_no_deep_book_yet() -> None:
    # Given a symbol with a deep book, whose position was closed and opened again
    rig = Rig()
    rig.loop._follow_positions()
    rig.loop.take(SnapshotAnswer(at(1), {"ACME": deep_book(1)}))
    rig.holdings.positions = []
    rig.loop._follow_positions()
    rig.clock.move(5)
    rig.loop._follow_positions()
    rig.holdings.positions = [position()]
    rig.loop._follow_positions()
    # When its book shows the best prices only
    rig.loop.take(SnapshotAnswer(at(2), {"ACME": book(2)}))
    # Then the tape's quotes say that
    assert rig.monitor.judge.judges["ACME"].quotes == 0
    rig.loop._feed.close()


def test_the_books_of_a_provider_with_depth_are_judged_from_the_first_on() -> None:
    # Given a provider that sells depth
    rig = Rig()
    rig.watch()
    provider = rig.monitor.provider
    provider.capabilities = replace(provider.capabilities, depth_levels=10)
    loop = rig.driver()
    # When a book shows the best prices only
    loop.take(SnapshotAnswer(at(1), {"ACME": book(1)}))
    # Then it is judged
    assert rig.monitor.judge.judges["ACME"].quotes == 1


def test_answers_that_hold_what_was_shown_before_make_a_symbol_visible() -> None:
    # Given a lively symbol
    rig = lively_rig()
    # When it is polled second by second
    states = []
    for _ in range(8):
        rig.poll()
        states.append(rig.state())
    # Then it can be seen once its history is filled and two looks were clear
    assert states == sorted(states)
    assert (states[0], states[-1]) == ("degraded", "visible")
    # And what was compared last is as old as it takes to settle
    assert rig.monitor.compared_seconds_ago("ACME") == 3


def test_a_symbol_that_the_batch_leaves_out_is_counted_and_seen_by_its_tape() -> None:
    # Given two visible symbols
    rig = lively_rig("ACME", "BOLT")
    rig.poll(8)
    # When the batch holds one of them
    rig.loop.take(SnapshotAnswer(at(8), {"BOLT": book(0, "BOLT")}, asked=("ACME", "BOLT")))
    rig.poll()
    # Then the other is counted, and both can be seen
    assert rig.monitor.dropped() == {"no_data": 1}
    assert [rig.state(each) for each in ("ACME", "BOLT")] == ["visible", "visible"]


def test_a_symbol_watched_since_the_batch_was_asked_is_not_missing_from_it() -> None:
    # Given a symbol that was not watched when the batch was asked for
    rig = Rig(None, "ACME", "BOLT")
    rig.watch()
    # When the batch arrives
    rig.loop.take(SnapshotAnswer(at(0), {"BOLT": book(0, "BOLT")}, asked=("BOLT",)))
    # Then it is not said to be left out
    assert "no_data" not in rig.monitor.dropped()


def test_a_refused_book_is_recorded_and_degrades_its_symbol_only() -> None:
    # Given a batch with a crossed book
    rig = Rig(None, "ACME", "BOLT")
    rig.watch()
    crossed = DataValidationError("crossed_book", symbol="ACME", bid=2, ask=1)
    # When it arrives, twice
    for _ in range(2):
        rig.loop.take(SnapshotAnswer(at(0), {"ACME": crossed, "BOLT": book(0, "BOLT")}))
    # Then the refusal is told once, with its code
    assert rig.told == [
        FeedEvent("refused", "ACME", START, str(crossed), position_open=True, code="crossed_book")
    ]
    assert rig.monitor.dropped() == {"crossed_book": 2}


def test_a_failed_batch_is_counted_for_every_symbol_and_costs_no_sight() -> None:
    # Given two visible symbols
    rig = lively_rig("ACME", "BOLT")
    rig.poll(8)
    # When a batch fails
    rig.loop.take(SnapshotAnswer(at(8), {}, DataSourceError("no", code="timeout")))
    rig.poll()
    # Then their tapes show them still
    assert rig.monitor.dropped() == {"timeout": 2}
    assert [rig.state(each) for each in ("ACME", "BOLT")] == ["visible", "visible"]


def test_a_tape_that_fails_costs_sight_until_it_is_back() -> None:
    # Given two visible symbols
    rig = lively_rig("ACME", "BOLT")
    rig.poll(8)
    # When the tape of one fails for 31 s, and then is back
    good = rig.client._tape

    def failing(symbol: str, *asked: int) -> Any:
        if symbol == "ACME":
            raise DataSourceError("no", code="timeout")
        return good(symbol, *asked)

    rig.client._tape = failing
    rig.poll()
    failed = rig.monitor.visibility("ACME")
    rig.poll(30)
    long = rig.monitor.visibility("ACME")
    rig.client._tape = good
    rig.poll(8)
    # Then it is degraded at once, blind after 30 s, and visible again; the other always was
    assert failed == ("degraded", "gap: prints are away since 14:00:09 UTC, timeout")
    assert long.state == "blind"
    assert long.reason == "dead: prints are away, and REST has no answer for 30 s, timeout"
    assert [rig.state(each) for each in ("ACME", "BOLT")] == ["visible", "visible"]
    kinds = [(each.kind, each.symbol) for each in rig.told if isinstance(each, FeedEvent)]
    assert kinds == [(kind, "ACME") for kind in ("degraded", "blind", "degraded", "recovered")]
    # And the failures are counted
    assert rig.monitor.dropped() == {"timeout": 31}


def test_a_halt_is_said_and_its_end_too() -> None:
    # Given a visible symbol
    rig = lively_rig()
    rig.poll(8)
    # When trading in it is halted, and goes on
    rig.monitor.judge.halt(HaltEvent("ACME", at(8), halted=True))
    rig.poll()
    halted = rig.monitor.visibility("ACME")
    rig.monitor.judge.halt(HaltEvent("ACME", at(9), halted=False))
    rig.poll(60)
    still = rig.monitor.visibility("ACME")
    rig.poll()
    goes_on = rig.monitor.visibility("ACME")
    # Then it is said until a minute after the reopening, and for ten seconds more
    assert halted == still == ("degraded", "halted: trading rests since 14:00:09 UTC")
    assert goes_on == ("degraded", "halted: trading goes on since 14:01:10 UTC")
    rig.poll(12)
    assert rig.state() == "visible"


def test_what_only_the_user_can_mend_is_said_once_in_its_own_words() -> None:
    # Given a provider that does not know the key
    rig = lively_rig("ACME", "BOLT")

    def refusing(*_: object) -> Tape:
        raise DataSourceError("check your key", code="wrong_key")

    rig.client._tape = refusing
    # When it is polled again and again
    rig.poll(3)
    # Then it is said once
    said = [each for each in rig.told if isinstance(each, GuardState)]
    assert [(each.kind, each.reason) for each in said] == [("connection", "check your key")]


def test_what_was_never_seen_is_told_for_good() -> None:
    # Given a visible symbol, of which an answer lacks what was shown before
    rig = lively_rig()
    rig.poll(8)
    rig.client._tape = lambda *_: FetchedTape([trade(8.7, size=100)], [quote(8.7)])
    rig.poll()
    rig.client._tape = lively(rig.clock)
    # When 370 s have passed since
    for _ in range(2):
        rig.poll(190)
    # Then what lies between is told to be lost, once for each kind, and it is visible again
    lost = [each for each in rig.told if isinstance(each, FeedEvent) and each.kind == "lost"]
    assert [(each.symbol, each.code) for each in lost] == [("ACME", "gap")] * 2
    assert rig.state() == "visible"
    assert rig.monitor.dropped() == {"spans_lost": 2}


class Told(NoReference):
    """Says what the market does."""

    def __init__(self, clock: HandClock, state: MarketState) -> None:
        super().__init__("stub")
        self.clock = clock
        self.state = state

    def get_market_state(self) -> tuple[MarketState, datetime]:
        return self.state, self.clock()


def test_a_closed_market_is_said_and_nothing_is_expected_of_it() -> None:
    # Given a Saturday, on which the provider says that the market is closed
    rig = Rig()
    rig.clock.now = SATURDAY
    rig.loop = rig.driver()
    rig.loop._feed._reference = Told(rig.clock, "closed")
    rig.watch()
    # When some time passes in which nothing comes
    rig.poll(1)
    (answer,) = [rig.loop._feed.answers.get(timeout=5)]
    assert isinstance(answer, StateAnswer)
    assert rig.loop._feed.taken(answer)
    rig.loop.take(answer)
    rig.poll(8)
    # Then it is closed, and another symbol is from its beginning
    assert rig.monitor.visibility("ACME") == ("visible", "closed: the market is closed")
    rig.holdings.positions.append(position("BOLT"))
    rig.watch()
    rig.poll(1)
    assert rig.loop._session.is_closed
    # And once something comes it is open
    rig.loop.take(tape(0, quote(0)))
    rig.loop._look()
    assert not rig.loop._session.is_closed


def test_a_market_that_says_nothing_is_asked_again() -> None:
    # Given an answer that does not say what the market does
    rig = Rig()
    # When it is taken
    rig.loop.take(StateAnswer(at(0)))
    # Then nothing follows
    assert rig.told == []


def test_an_answer_of_a_symbol_that_is_gone_is_dropped() -> None:
    # Given a symbol that is not watched
    rig = Rig()
    # When its tape arrives
    rig.loop.take(tape(0, quote(0), trade(0)))
    # Then nothing happens
    assert (rig.told, rig.monitor.symbols) == ([], ())


def test_a_defect_in_judging_one_symbol_shows_on_it_and_costs_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Given a symbol whose data breaks its judge
    rig = Rig(None, "ACME", "BOLT")
    rig.watch()
    broken = trade(1, price_ticks="?")
    # When its answer comes, and then that of another symbol
    rig.loop.take(tape(1, quote(0), broken))
    rig.loop.take(tape(1, quote(0, "BOLT"), trade(1, "BOLT"), symbol="BOLT"))
    # Then the first is degraded and logged with its trace, the second is judged
    assert rig.state() == "degraded"
    assert rig.monitor.dropped()["internal_error"] == 1
    assert [each.getMessage() for each in caplog.records] == ["order_flow.judging_crashed"]
    assert [each.symbol for each in rig.alerts] == ["BOLT"]


def test_a_defect_in_judging_one_book_shows_on_its_symbol_and_costs_no_other(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given two symbols with deep books, of which one breaks its judge
    rig = Rig(None, "ACME", "BOLT")
    rig.watch()
    judging = SymbolJudge.book

    def broken(judge: SymbolJudge, event: BookEvent) -> None:
        if event.symbol == "ACME":
            raise RuntimeError("a defect")
        judging(judge, event)

    monkeypatch.setattr(SymbolJudge, "book", broken)
    # When both come in one answer
    books = {symbol: replace(deep_book(1), symbol=symbol) for symbol in ("ACME", "BOLT")}
    rig.loop.take(SnapshotAnswer(at(1), books))
    # Then the first is degraded and logged with its trace, the second is judged
    assert rig.monitor.visibility("ACME").state == "degraded"
    assert rig.monitor.dropped()["internal_error"] == 1
    assert [each.getMessage() for each in caplog.records] == ["order_flow.judging_crashed"]
    assert [each.symbol for each in rig.alerts] == ["BOLT"]


def test_a_tick_reports_each_change_of_a_feed_once() -> None:
    # Given a watched symbol whose feed has gone
    rig = Rig()
    rig.loop._tick()
    rig.clock.move(30)
    # When two ticks pass
    rig.loop._tick()
    rig.loop._tick()
    # Then its blindness is told once
    assert [each.kind for each in rig.told if isinstance(each, FeedEvent)] == ["blind"]


def test_a_minute_of_ticks_tells_that_sizes_exceed_their_threshold() -> None:
    # Given a watched symbol whose best bid is twice the threshold
    rig = Rig()
    rig.loop._tick()
    rig.loop.take(tape(1, quote(0, bid_size=20_000)))
    # When a minute of ticks passes
    for _ in range(60):
        rig.loop._tick()
    # Then it is told once
    told = [each for each in rig.told if isinstance(each, ThresholdNotice)]
    assert told == [ThresholdNotice("ACME", rig.clock(), 10_000, 100)]


def test_positions_are_followed_from_tick_to_tick() -> None:
    # Given one position with some state
    rig = Rig()
    rig.loop._tick()
    rig.loop.take(tape(1, quote(0), trade(1)))
    assert rig.monitor.symbols == ("ACME",)
    # When it is closed and another one opened between two polls
    rig.holdings.positions = [position("BOLT")]
    rig.loop._tick()
    monitor = rig.monitor
    at_first = (monitor.symbols, set(monitor.positions))
    rig.clock.move(5)
    rig.loop._tick()
    # Then the one is watched, and the other no longer once it is surely gone
    assert at_first == (("ACME", "BOLT"), {"BOLT"})
    assert monitor.symbols == ("BOLT",)
    assert monitor.visibility("ACME") == ("blind", "not watched")
    assert monitor.judge.judge_of("ACME") is None
    assert set(monitor.positions) == {"BOLT"}


def run(rig: Rig, until: Callable[[], bool], limit: float = 2.0) -> threading.Thread:
    """Run the monitor on a thread until something has happened, then stop it."""
    happened = threading.Event()
    rig.monitor.judge.publisher.add_listener(lambda _: happened.set() if until() else None)
    thread = threading.Thread(target=rig.monitor.run, args=(limit,))
    thread.start()
    assert happened.wait(limit)
    rig.monitor.stop()
    thread.join(2)
    return thread


def test_a_run_records_its_begin_and_its_end(tmp_path: Path) -> None:
    # Given a monitor of two positions with a record
    rig = Rig(None, "BOLT", "ACME", log_directory=tmp_path)
    # When it runs for a moment
    rig.monitor.run(0.05)
    # Then the record begins with the positions, and the symbols at begin and end
    lines = [json.loads(each) for each in (tmp_path / "2026-03-10.jsonl").read_bytes().splitlines()]
    seen = [lines.pop(0), lines.pop(0)]
    assert [(each["event"], each["symbol"], each["opened_at"]) for each in seen] == [
        ("order_flow.position_seen", symbol, "2026-03-10T13:00:00.000000Z")
        for symbol in ("BOLT", "ACME")
    ]
    logged = {"latency_ms": None, "logged_at": "2026-03-10T14:00:00.000000Z"}
    begin = {"schema": 1, "event": "order_flow.monitoring_started"}
    moment = {"timestamp": "2026-03-10T14:00:00.000000Z", "symbol": None}
    assert lines == [
        begin | moment | {"symbols": ["BOLT", "ACME"], "market": "live"} | logged,
        begin
        | moment
        | {"event": "order_flow.monitoring_stopped", "symbols": ["BOLT", "ACME"]}
        | logged,
    ]


def test_a_run_polls_judges_and_stops_when_told() -> None:
    # Given a provider with a large seller on its tape
    answers: list[Tape] = [([trade(-1)], [quote(-2)])]

    def asked(*_: object) -> Tape:
        return answers.pop() if answers else ([], [])

    rig = Rig(StubClient(asked))
    # When the monitor runs until it has been told of it
    thread = run(rig, lambda: bool(rig.alerts))
    # Then it has ended, and the seller was found
    assert not thread.is_alive()
    assert [each.order_size for each in rig.alerts] == [12_000]


@pytest.mark.slow
def test_a_tick_comes_every_second_of_a_run() -> None:
    # Given a provider that fails, while half a minute passes by the market's clock
    def asked(*_: object) -> Tape:
        rig.clock.move(31)
        raise DataSourceError("no", code="timeout")

    rig = Rig(StubClient(asked))
    # When the monitor runs until the first change is told
    run(rig, lambda: bool(rig.told))
    # Then the symbol is blind, and it is told once
    (told,) = rig.told
    assert isinstance(told, FeedEvent)
    assert (told.kind, told.symbol) == ("blind", "ACME")


def test_a_monitor_stopped_before_its_run_ends_at_once() -> None:
    # Given a monitor that was stopped already
    rig = Rig()
    rig.monitor.stop()
    # When it is run without a duration
    rig.monitor.run()
    # Then it has asked nobody
    assert rig.client.asked == []


def test_waking_lets_a_waiting_loop_look_around() -> None:
    # Given a loop that waits for answers
    rig = Rig()
    # When it is woken
    rig.loop.wake()
    rig.loop._take_next()
    # Then it goes on without one, and without another it waits only a moment
    rig.loop._take_next()
    assert rig.told == []


def test_an_answer_to_an_earlier_watch_is_not_judged() -> None:
    # Given an answer that does not belong to the present watch of its symbol
    rig = Rig()
    rig.loop._follow_positions()
    rig.loop._feed.answers.put(tape(1, quote(0), trade(1)))
    # When the loop takes it
    rig.loop._take_next()
    # Then nothing is judged
    assert rig.told == []
    rig.loop._feed.close()


def test_where_the_tape_brings_books_a_snapshot_is_not_judged_beside_them() -> None:
    # Given a provider whose history brings every book
    rig = Rig()
    provider = rig.monitor.provider
    provider.capabilities = replace(provider.capabilities, depth_levels=10, books_in_history=True)
    driver = rig.driver()
    driver._follow_positions()
    # When a large third bid comes in a snapshot, and then with the tape
    driver.take(SnapshotAnswer(at(1), {"ACME": deep_book(1)}))
    unjudged = list(rig.alerts)
    levels = tuple((BID - n * 10_000, size * UNITS_PER_SHARE) for n, size in ((0, 1), (1, 50_000)))
    bids = BookEvent("ACME", at(1) + 7, levels, ())
    driver.take(TapeAnswer("ACME", at(1), [], [bids]))
    # Then it is told once, with the stamp of the tape
    assert unjudged == []
    assert [each.timestamp_ns for each in rig.alerts] == [at(1)]


def test_a_tape_may_hold_withdrawals_and_halts() -> None:
    # Given a provider that withdraws prints
    rig = Rig()
    rig.monitor.judge.takes_back, rig.monitor.judge.least_taken_back = True, 0
    rig.watch()
    # When an answer holds a print, its withdrawal, a halt, and a print of the time after
    taken_back = Withdrawal("ACME", at(2), trade_id="1", sequence=trade(1).sequence)
    halted = HaltEvent("ACME", at(3), halted=True)
    events = [trade(1, trade_id="1", size=100), trade(4, size=100)]
    rig.loop.take(TapeAnswer("ACME", at(5), events, [halted, taken_back]))
    # Then the first is taken back, and the last is not judged
    judge = rig.monitor.judge.judge_of("ACME")
    assert judge is not None
    assert judge.left_out() == {"withdrawn": 1, "halts": 1, "halted": 1}


def test_how_long_nothing_may_be_answered_is_the_setting_of_polling_too() -> None:
    # Given the usual setting of 30 s
    rig = Rig()
    # When a symbol is polled
    rig.watch()
    # Then its ledger goes by it
    assert CONFIG.blind_after_seconds == 30.0
    assert rig.loop._sights["ACME"].ledger.dead_ns == 30_000_000_000
