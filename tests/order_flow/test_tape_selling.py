"""TapeMonitor: all that a tape shows, judged by the judge of a symbol, once."""

from __future__ import annotations

import threading
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from support.flow_values import MICROSECOND, MINUTE, OPEN, OPEN_NS, SECOND, book, tick
from support.monitor_stubs import Holdings

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.exit_judge import ExitJudge
from trading_bot.order_flow.journal.lines import alert_id
from trading_bot.order_flow.market.events import QuoteEvent, TradeEvent
from trading_bot.order_flow.market.tape import Tape
from trading_bot.order_flow.market.trade_conditions import TradeConditions
from trading_bot.order_flow.market.units import UNITS_PER_SHARE, ns_from_utc
from trading_bot.order_flow.order_flow_detector import OrderFlowDetector
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.providers.polygon.rest_wire import tape_from_trades
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.rules.side.signing import sign_trades
from trading_bot.order_flow.tape_monitor import TapeMonitor

BURST = OPEN + 6 * MINUTE
BID, ASK = 100_000_000, 100_010_000


Event = TradeEvent | QuoteEvent


class Market:
    """Prints and quotes of one symbol as a client would answer them, and a host that is told."""

    def __init__(self) -> None:
        # What a burst is measured by is another test's: here few prints are minutes.
        self.config = OrderFlowConfig(thresholds="fixed", minimum_baseline_prints=0)
        held = Holdings(Position("AAPL", quantity=Decimal(100), average_price=Decimal(101)))
        self.detector = OrderFlowDetector(
            self.config, risk_manager=ExitJudge(self.config, held), clock=lambda: BURST
        )
        self.monitor = TapeMonitor(self.config, detector=self.detector)
        self.numbers = 0

    def trade(self, at: datetime, shares: int, price: int = BID, **more: Any) -> TradeEvent:
        self.numbers += 1
        fields: dict[str, Any] = {"sequence": self.numbers, "exchange": 11} | more
        return TradeEvent("AAPL", ns_from_utc(at), price, shares * UNITS_PER_SHARE, **fields)

    def quote(
        self, at: datetime, *, bid: int = BID, bid_shares: int = 300, ask_shares: int = 300
    ) -> QuoteEvent:
        self.numbers += 1
        sizes = bid_shares * UNITS_PER_SHARE, ask_shares * UNITS_PER_SHARE
        stamp_ns = ns_from_utc(at)
        return QuoteEvent("AAPL", stamp_ns, bid, sizes[0], ASK, sizes[1], None, self.numbers)

    def tape(self, *events: Event, has_quotes: bool = True) -> Tape:
        trades = [each for each in events if isinstance(each, TradeEvent)]
        quotes = [each for each in events if isinstance(each, QuoteEvent)]
        sides = sign_trades(trades, quotes, conditions=TradeConditions())
        return Tape(
            tape_from_trades(trades, sides),
            symbol="AAPL",
            from_ns=OPEN_NS,
            trades=trades,
            beside=quotes if has_quotes else None,
        )

    def sees(self, *events: Event, has_quotes: bool = True) -> list[str]:
        found = self.monitor.detect_selling(self.tape(*events, has_quotes=has_quotes))
        return [
            str(each.source or each.alert_type) if isinstance(each, OrderFlowAlert) else "exit"
            for each in found
        ]


def test_sales_at_the_bid_large_bids_and_walls_are_found_on_one_tape() -> None:
    # Given a tape with a large bid, an offer that stands 2 s, and an order that sells at the bid
    market = Market()
    events: list[Event] = [
        market.quote(OPEN, bid_shares=12_000),
        market.quote(OPEN + SECOND, ask_shares=15_000),
        market.trade(OPEN + 4 * SECOND, 11_000),
    ]
    # When it is judged
    # Then each is found, in the order of time, and the third makes the exit due
    assert market.sees(*events) == ["resting_bid", "ask_wall", "aggressive_sell", "exit"]
    # Then, too, all stand in the detector's history, under ids
    history = market.detector.alert_history
    assert [each.source for each in history] == ["resting_bid", "ask_wall", "aggressive_sell"]
    assert all(each.alert_id for each in history)


def test_a_burst_is_found_on_a_tape_whose_quiet_minutes_are_known() -> None:
    # Given a tape from the open, of which three minutes had no print
    market = Market()
    quiet = [market.trade(OPEN + k * MINUTE, 1_000, ASK) for k in (0, 4)]
    quotes = [market.quote(OPEN), market.quote(BURST - SECOND)]
    # When much is sold in the seventh minute
    found = market.sees(*quotes, *quiet, market.trade(BURST, 5_000))
    # Then it is a burst, and makes the exit due
    assert found == ["red_burst", "exit"]


def test_tapes_that_overlap_are_judged_once() -> None:
    # Given a tape with a sale at the bid
    market = Market()
    events: list[Event] = [market.quote(OPEN), market.trade(OPEN + SECOND, 11_000)]
    # When it is judged, and then again with more of each, one of them of the same stamp
    more: list[Event] = [
        market.quote(OPEN),
        market.quote(OPEN + 2 * SECOND, bid_shares=12_000),
        market.trade(OPEN + 3 * SECOND, 12_000),
    ]
    found = [market.sees(*events), market.sees(*events, *more), market.sees(*events, *more)]
    # Then only what is new is found
    assert found == [["aggressive_sell"], ["resting_bid", "aggressive_sell", "exit"], []]
    # Then, too, the buffer holds each print once
    assert [each.size for each in market.monitor.tape_buffer] == [11_000, 12_000]


def test_the_two_ways_to_judge_a_tape_count_each_print_once() -> None:
    # Given a tape that was judged for bursts
    market = Market()
    tape = market.tape(market.quote(OPEN), market.trade(OPEN + SECOND, 11_000))
    market.monitor.detect_red_burst(tape)
    # When all that it shows is asked for
    # Then its prints are known
    assert market.monitor.detect_selling(tape) == []


def test_the_specified_method_finds_the_burst_on_a_tape_with_inferred_sides() -> None:
    # Given a tape of a plan with quotes, six minutes of it nearly quiet
    market = Market()
    tape = market.tape(
        market.quote(OPEN),
        market.trade(OPEN + 4 * MINUTE, 1_000, ASK),
        market.quote(BURST - SECOND),
        market.trade(BURST, 5_000),
    )
    # When only red bursts are asked for
    # Then it is found, with its id, by the sides that the quotes gave
    [alert] = market.monitor.detect_red_burst(tape)
    assert alert.alert_id == alert_id(alert, market.config.config_hash)
    assert alert.sell_ratio == 0.99


def test_a_burst_is_logged_once_in_words(caplog: pytest.LogCaptureFixture) -> None:
    # Given a baseline, and a burst whose last print came 10 ms ago
    received = BURST + 50_000 * MICROSECOND
    tape_monitor = TapeMonitor(
        OrderFlowConfig(thresholds="fixed"), clock=lambda: received + 10_000 * MICROSECOND
    )
    tape_monitor.volume_history.extend([1_000] * 5)
    # When it is found
    [alert] = tape_monitor.detect_red_burst([tick(BURST, 4_000, received_at_utc=received)])
    # Then one line says it
    event = "order_flow.red_burst_detected"
    [line] = [each for each in caplog.records if vars(each).get("event") == event]
    assert line.getMessage() == (
        "order_flow.red_burst_detected AAPL red burst, critical: the last minute traded 4.0 times "
        "the usual minute's volume, 100% of it sold"
    )
    assert vars(line)["alert_id"] == alert.alert_id
    assert vars(line)["latency_ms"] == 10.0


def test_without_quotes_a_snapshot_goes_on_to_be_judged() -> None:
    # Given a plan without quotes
    market = Market()
    # When a tape is judged, and then a book
    assert market.sees(market.trade(OPEN, 11_000), has_quotes=False) == []
    # Then the book's large bid is found
    bids = [(Decimal("100.00"), 12_000)]
    assert len(market.detector.detect_large_sellers(book(bids))) == 1


def test_where_the_tape_has_quotes_a_snapshot_is_one_of_them() -> None:
    # Given a tape with quotes that was judged
    market = Market()
    market.sees(market.quote(OPEN))
    # When a snapshot shows a large bid
    # Then it is left to the tape
    assert market.detector.detect_large_sellers(book([(Decimal("100.00"), 12_000)])) == []


def test_stated_sides_are_large_sellers_without_any_quote() -> None:
    # Given a client that knows records alone, whose provider states sides
    market = Market()
    received = OPEN + SECOND
    records = [
        tick(OPEN, 11_000, "sell", received_at_utc=received),
        tick(OPEN + SECOND, 12_000, "sell", symbol="MSFT"),
    ]
    # When its tape is judged
    found = market.monitor.detect_selling(Tape.of(records, symbol="AAPL", from_ns=OPEN_NS))
    # Then the sale is found, with its delay; another symbol's print is no part of it
    assert [(each.symbol, vars_of(each)) for each in found] == [("AAPL", 1.0)]


def vars_of(found: OrderFlowAlert | ExitRecommendation) -> float | None:
    assert isinstance(found, OrderFlowAlert)
    return found.delay_seconds


def test_a_side_that_was_inferred_is_not_taken_for_stated() -> None:
    # Given records with inferred sides, and no quotes
    market = Market()
    records = [tick(OPEN, 11_000, "sell", sell_probability=0.9)]
    # When their tape is judged
    # Then nobody knows whether it was sold at the bid
    assert market.monitor.detect_selling(Tape.of(records, symbol="AAPL", from_ns=OPEN_NS)) == []


def test_a_tape_stays_the_tape_it_is() -> None:
    # Given a tape
    tape = Market().tape()
    # When it is asked to be one
    # Then it is the same
    assert Tape.of(tape, symbol="AAPL", from_ns=0) is tape


def test_what_is_left_out_is_counted_once() -> None:
    # Given a tape with a print that does not count
    market = Market()
    averaged = market.trade(OPEN, 11_000, conditions=(2,))
    # When it is judged, and again with another
    market.sees(averaged)
    market.sees(averaged, market.trade(OPEN + SECOND, 100, conditions=(2,)))
    # Then each is counted by its reason, once, and moves no minute
    assert dict(market.monitor.dropped) == {"average_price": 2}
    market.sees(market.trade(OPEN + MINUTE, 100))
    assert dict(market.monitor.volume_history) == {}


def test_an_exit_is_recommended_again_while_its_rule_holds() -> None:
    # Given sales at the bid that make the exit due, and a seller who goes on
    market = Market()
    events: list[Event] = []
    for second in range(0, 330, 30):
        events.append(market.quote(OPEN + second * SECOND))
        events.append(market.trade(OPEN + (second + 1) * SECOND, 11_000))
    last = market.trade(OPEN + 361 * SECOND, 100, ASK)
    # When five minutes have passed, and a print lets time pass
    found = market.sees(*events, last)
    # Then it is said twice: as it became due, and five minutes later
    assert found[:4] == ["aggressive_sell"] * 3 + ["exit"]
    assert (found.count("exit"), found[-1]) == (2, "exit")


def test_the_exit_says_what_a_share_could_be_sold_for_at_that_moment() -> None:
    # Given three sales at the bid, after which the bid falls
    market = Market()
    sales = [market.trade(OPEN + k * SECOND, 11_000) for k in (1, 2, 3)]
    fallen = market.quote(OPEN + 4 * SECOND, bid=BID - 1_000_000)
    # When the tape is judged
    [*_, found] = market.monitor.detect_selling(market.tape(market.quote(OPEN), *sales, fallen))
    # Then the exit knows the bid of its own moment
    assert isinstance(found, ExitRecommendation)
    assert found.price == Decimal("100.00")


def test_an_alert_that_was_raised_before_is_not_raised_again() -> None:
    # Given a sale that was found, and a symbol that left and came back
    market = Market()
    events: list[Event] = [market.quote(OPEN), market.trade(OPEN + SECOND, 11_000)]
    assert market.sees(*events) == ["aggressive_sell"]
    market.monitor.forget("AAPL")
    market.detector.forget("AAPL")
    # When its tape is judged from the beginning
    # Then what is known is not said twice
    assert market.sees(*events) == []


def test_selling_needs_a_detector() -> None:
    # Given a monitor without one
    # When all that a tape shows is asked for
    # Then the error says what is missing
    with pytest.raises(RuntimeError, match=r"TapeMonitor\(config, detector="):
        TapeMonitor(OrderFlowConfig(thresholds="fixed")).detect_selling(
            Tape(symbol="AAPL", from_ns=OPEN_NS)
        )


def test_a_tape_is_fetched_on_from_where_it_was_judged() -> None:
    # Given a client that notes what it is asked for
    market = Market()
    asked: list[tuple[datetime, datetime]] = []

    class Source:
        def get_time_and_sales(self, symbol: str, start_time: datetime, end_time: datetime) -> Tape:
            assert symbol == "AAPL"
            asked.append((start_time, end_time))
            return market.tape(market.quote(OPEN + 2 * SECOND), market.trade(OPEN + SECOND, 100))

    now = [OPEN + 5 * SECOND]
    tape_monitor = TapeMonitor(
        OrderFlowConfig(thresholds="fixed"),
        client=Source(),
        clock=lambda: now[0],
        detector=market.detector,
    )
    # When it is asked twice, judged, and asked again
    tape_monitor.fetch_tape_data("AAPL")
    tape_monitor.detect_selling(tape_monitor.fetch_tape_data("AAPL"))
    now[0] += SECOND
    tape_monitor.fetch_tape_data("AAPL")
    # Then it goes on with the older one, the newest print or the newest quote
    assert asked[0] == asked[1]
    assert asked[2] == (OPEN + SECOND, OPEN + 6 * SECOND)


def test_records_with_an_identity_are_judged_once() -> None:
    # Given a baseline, and a tape that is asked for again and again
    tape_monitor = TapeMonitor(OrderFlowConfig(thresholds="fixed"))
    tape_monitor.volume_history.extend([1_000] * 5)
    sold = tick(BURST, 2_000, trade_id="1", exchange=11)
    other = tick(BURST + SECOND, 1_000, trade_id="1", exchange=12)
    # When its newest print is given three times, and another beside it
    found = [tape_monitor.detect_red_burst(each) for each in ([sold], [sold], [sold, other])]
    # Then each counts once: 3,000 shares are the threshold
    assert [[each.severity for each in alerts] for alerts in found] == [[], [], ["warning"]]


def test_what_was_judged_long_ago_is_forgotten() -> None:
    # Given prints over twenty minutes
    tape_monitor = TapeMonitor(OrderFlowConfig(thresholds="fixed"))
    # When they are judged one by one
    for k in range(20):
        tape_monitor.detect_red_burst([tick(OPEN + k * MINUTE, trade_id=str(k))])
    # Then of those that have left the windows nothing is remembered
    assert len(tape_monitor._given["AAPL"]._prints) == 7


def test_the_average_may_be_asked_by_other_threads_while_a_tape_is_judged() -> None:
    # Given a thread that judges prints
    tape_monitor = TapeMonitor(OrderFlowConfig(thresholds="fixed"))
    begun, ended = threading.Semaphore(0), threading.Event()

    def judge() -> None:
        for k in range(600):
            tape_monitor.detect_red_burst([tick(OPEN + k * SECOND, symbol=f"S{k % 7}")])
        ended.set()

    # When others read meanwhile
    failures: list[Exception] = []

    def ask() -> None:
        while not ended.is_set():
            try:
                assert tape_monitor.calculate_rolling_average() >= 0
                assert all(len(each) <= 12 for each in tape_monitor.volume_history.values())
            except Exception as failure:  # noqa: BLE001 - any failure is what is looked for
                failures.append(failure)
            begun.release()

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for each in askers:
        each.start()
    assert begun.acquire(timeout=10)
    writer = threading.Thread(target=judge)
    writer.start()
    for each in (writer, *askers):
        each.join(30)
    # Then none of them fails
    assert (failures, ended.is_set()) == ([], True)


def test_quotes_of_one_stamp_are_judged_though_some_of_it_were_before() -> None:
    # Given a tape whose newest stamp had a quote that was judged
    market = Market()
    first = market.quote(OPEN)
    assert market.sees(first) == []
    # When another quote of that stamp comes with it, and then both again
    second = market.quote(OPEN, bid_shares=12_000)
    found = [market.sees(first, second), market.sees(first, second)]
    # Then the new one is judged, once
    assert found == [["resting_bid"], []]
