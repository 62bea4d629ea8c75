"""From a signal to the record, the risk manager and the listeners, in this order."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture
from support.monitor_stubs import (
    START,
    HandClock,
    Holdings,
    at,
    large_seller,
    position,
    red_burst,
)

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.exit_judge import ExitJudge
from trading_bot.order_flow.journal.lines import alert_id, exit_id
from trading_bot.order_flow.journal.publisher import AlertPublisher, ContextSource
from trading_bot.order_flow.journal.said import Said
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.market.units import ticks_from_price
from trading_bot.order_flow.notices import FeedEvent, FeedEventKind, MonitorEvent
from trading_bot.order_flow.order_flow_detector import OrderFlowDetector
from trading_bot.order_flow.position import PositionManager
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.rules.signals import Signal

CONFIG = OrderFlowConfig(thresholds="fixed")
PRICE = Decimal("100.50")
LATER = START + timedelta(days=2)


class Desk:
    """A publisher with real collaborators, its record, and what a listener was told."""

    def __init__(
        self,
        tmp_path: Path | None,
        *,
        manager: PositionManager | None = None,
        context: ContextSource | None = None,
        clock: HandClock | None = None,
    ) -> None:
        self.path = tmp_path
        self.exit_judge = ExitJudge(CONFIG, manager or Holdings(position()))
        self.detector = OrderFlowDetector(CONFIG)
        self.told: list[MonitorEvent] = []
        self.publisher = AlertPublisher(
            CONFIG,
            history=self.detector.alert_history,
            exit_judge=self.exit_judge,
            alert_log=None if tmp_path is None else AlertLog(tmp_path),
            context=context,
            clock=clock,
        )
        self.publisher.add_listener(self.told.append)

    def raise_(
        self, *alerts: OrderFlowAlert, price: Decimal | None = PRICE, received_ns: int | None = None
    ) -> None:
        for alert in alerts:
            self.publisher.publish_signal(
                Signal.of(alert),
                received_ns=received_ns,
                price_ticks=None if price is None else ticks_from_price(price),
            )

    @property
    def lines(self) -> list[dict[str, Any]]:
        assert self.path is not None
        return [
            json.loads(line)
            for file in sorted(self.path.iterdir())
            for line in file.read_bytes().splitlines()
        ]


class Headlines:
    """Knows headlines of one symbol."""

    def headlines(self, symbol: str, as_of: datetime) -> tuple[str, ...]:
        return (f"{symbol} at {as_of:%H:%M:%S}",) if symbol == "ACME" else ()


def said_alerts(*alerts: OrderFlowAlert) -> Said:
    """Return what a record says in which these were found, under the settings of these tests."""
    ids = {alert_id(each, CONFIG.config_hash): each for each in alerts}
    return Said({key: replace(each, alert_id=key) for key, each in ids.items()})


class BrokenHeadlines:
    """Fails whatever it is asked."""

    def headlines(self, symbol: str, as_of: datetime) -> tuple[str, ...]:
        raise KeyError(symbol)


def test_the_record_is_written_before_anybody_is_told(tmp_path: Path) -> None:
    # Given a listener and a position manager that look at the record when they are reached
    seen: list[tuple[str, int]] = []

    class Looking(Holdings):
        def get_active_positions(self) -> Sequence[Any]:
            seen.append(("risk manager", len(desk.lines)))
            return super().get_active_positions()

    desk = Desk(tmp_path, manager=Looking(position()))
    desk.publisher.add_listener(lambda _: seen.append(("listener", len(desk.lines))))
    # When an alert that makes an exit due is published
    desk.raise_(red_burst())
    # Then the exit was judged by a recorded alert, and both lines were there before anybody heard
    assert seen == [("risk manager", 1), ("listener", 2), ("listener", 2)]


def test_latency_and_wall_time_are_measured_in_a_live_run(tmp_path: Path) -> None:
    # Given data that arrived half a second after exchange time, judged 12.5 ms later
    clock = HandClock(START + timedelta(seconds=0.5125))
    desk = Desk(tmp_path, clock=clock)
    # When its alert is published
    desk.raise_(large_seller(), received_ns=at(0.5))
    # Then line and alert say so
    (line,) = desk.lines
    assert line["latency_ms"] == 12.5
    assert line["logged_at"] == "2026-03-10T14:00:00.512500Z"
    assert (line["delay_seconds"], line["late"]) == (0.5, False)
    assert desk.told == [large_seller(delay_seconds=0.5)]


@pytest.mark.parametrize(("seconds", "late"), [(9.999, False), (10.0, False), (10.001, True)])
def test_data_that_comes_more_than_ten_seconds_late_is_marked(seconds: float, late: bool) -> None:
    # Given data that arrived around ten seconds after exchange time
    desk = Desk(None)
    # When its alert is published
    desk.raise_(large_seller(), received_ns=at(seconds))
    # Then only beyond ten seconds it is late
    assert desk.told == [large_seller(late=late, delay_seconds=seconds)]


def test_an_alert_without_arrival_has_neither_delay_nor_latency(tmp_path: Path) -> None:
    # Given a live clock, and data whose arrival is unknown
    desk = Desk(tmp_path, clock=HandClock())
    # When its alert is published
    desk.raise_(large_seller())
    # Then both are null, and the alert is as it was raised
    (line,) = desk.lines
    assert (line["latency_ms"], line["delay_seconds"]) == (None, None)
    assert line["logged_at"] == "2026-03-10T14:00:00.000000Z"
    assert desk.told == [large_seller()]


def test_headlines_are_attached_to_the_alert_and_its_line(tmp_path: Path) -> None:
    # Given a source of headlines that knows one of two symbols
    desk = Desk(tmp_path, context=Headlines())
    # When both symbols raise an alert
    desk.raise_(large_seller(1), large_seller(2, symbol="BOLT"))
    # Then the one has its context everywhere, the other none
    assert [line["context"] for line in desk.lines] == [["ACME at 14:00:01"], []]
    assert [each.context for each in desk.detector.alert_history] == [("ACME at 14:00:01",), ()]


def test_a_source_of_headlines_that_fails_costs_no_alert(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a source of headlines that fails
    desk = Desk(tmp_path, context=BrokenHeadlines())
    # When an alert is published
    with caplog.at_level(logging.ERROR):
        desk.raise_(large_seller())
    # Then it goes out without context, and the failure is counted and logged
    assert desk.told == [large_seller()]
    assert len(desk.lines) == 1
    assert desk.publisher.counts == {"large_seller": 1, "context_failed": 1}
    assert [each.getMessage() for each in caplog.records] == ["order_flow.context_failed"]


@pytest.mark.parametrize("again", [False, True], ids=["at an alert", "as time passes"])
def test_an_exit_judge_that_fails_costs_neither_the_alert_nor_later_events(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, again: bool
) -> None:
    # Given a position for which an exit stands where it is judged as time passes
    holdings = Holdings(position())
    desk = Desk(tmp_path, manager=holdings)
    if again:
        desk.raise_(*(large_seller(seconds) for seconds in range(0, 361, 40)))
    lines, told = len(desk.lines), len(desk.told)
    # When it cannot be judged, and another symbol alerts
    holdings.failure = AttributeError("is_short of sk_live_secret")
    with caplog.at_level(logging.ERROR):
        if again:
            desk.publisher.recheck("ACME", START + timedelta(seconds=380), PRICE)
        else:
            desk.raise_(red_burst())
    desk.raise_(large_seller(400, symbol="BOLT"))
    # Then that stands in the record without its text, counted and logged, and the rest goes on
    assert [line["event"].removeprefix("order_flow.") for line in desk.lines[lines:]] == [
        *([] if again else ["red_burst_detected"]),
        "internal_error",
        "large_seller_detected",
    ]
    failure = desk.lines[-2]
    assert (failure["symbol"], failure["where"], failure["error"]) == (
        "ACME",
        "exit_judge",
        "AttributeError",
    )
    assert "secret" not in json.dumps(desk.lines)
    assert len(desk.told) - told == 2 - again
    assert desk.publisher.counts["internal_error"] == 1
    assert [each.getMessage() for each in caplog.records] == ["order_flow.internal_error"]


def test_an_exit_has_an_id_that_its_mark_repeats(tmp_path: Path) -> None:
    # Given an exit that was recommended
    desk = Desk(tmp_path)
    desk.raise_(red_burst(20))
    exit_ = desk.told[-1]
    assert isinstance(exit_, ExitRecommendation)
    # When everybody has been told
    desk.publisher.mark_told(exit_)
    # Then the record says so, at the exit's own time
    assert exit_.exit_id == exit_id(exit_.symbol, exit_.timestamp_utc, exit_.alert_ids)
    assert desk.lines[-1] == {
        "schema": 1,
        "event": "order_flow.told",
        "timestamp": "2026-03-10T14:00:20.000000Z",
        "symbol": "ACME",
        "exit_id": exit_.exit_id,
        "latency_ms": None,
        "logged_at": None,
    }


def test_a_failing_listener_stops_neither_the_others_nor_the_exit(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a listener that always fails, before one that works
    def broken(event: MonitorEvent) -> None:
        raise ZeroDivisionError

    desk = Desk(tmp_path)
    told: list[MonitorEvent] = []
    desk.publisher.add_listener(broken)
    desk.publisher.add_listener(told.append)
    # When an alert that makes an exit due is published
    with caplog.at_level(logging.ERROR):
        desk.raise_(red_burst())
    # Then everybody else is told of both, and each failure is counted and logged
    assert [type(each) for each in told] == [OrderFlowAlert, ExitRecommendation]
    assert desk.publisher.counts == {"red_burst": 1, "exit": 1, "listener_failed": 2}
    assert [(each.getMessage(), each.told) for each in caplog.records] == [  # type: ignore[attr-defined]
        ("order_flow.listener_failed", "OrderFlowAlert"),
        ("order_flow.listener_failed", "ExitRecommendation"),
    ]


def test_three_large_sellers_leave_an_exit_with_its_reasons(tmp_path: Path) -> None:
    # Given a position above its stop
    desk = Desk(tmp_path)
    sellers = [large_seller(0), large_seller(60), large_seller(120)]
    # When three large sellers come within two minutes
    desk.raise_(*sellers)
    # Then the exit's line names them, the position and its facts
    ids = [alert_id(each, CONFIG.config_hash) for each in sellers]
    assert desk.lines[-1] == {
        "schema": 1,
        "event": "order_flow.exit_signal_triggered",
        "timestamp": "2026-03-10T14:02:00.000000Z",
        "symbol": "ACME",
        "reason": "3 large sellers in 120 s (aggressive sell): 36,000 shares between 100.00 and "
        "100.00 USD; what leaving costs now is not known: no quote is known",
        "urgency": "elevated",
        "alert_ids": ids,
        "quantity": 100,
        "average_price": 101.00,
        "stop": 99.00,
        "price": 100.50,
        "unrealised_pnl": -50.0,
        "distance_to_stop": 1.5,
        "exit_id": exit_id("ACME", START + timedelta(seconds=120), ids),
        "leaving": {
            "shares": 100,
            "fits": None,
            "cost_usd": None,
            "cost_bp": None,
            "levels": 0,
            "depth_kind": None,
            "unknown": "no quote is known",
        },
        "latency_ms": None,
        "logged_at": None,
    }
    assert [line["event"] for line in desk.lines].count("order_flow.exit_signal_triggered") == 1


def test_a_position_manager_mock_is_asked_for_the_open_positions(mocker: MockerFixture) -> None:
    # Given a position manager that holds nothing
    manager = mocker.create_autospec(PositionManager, instance=True)
    manager.get_active_positions.return_value = ()
    desk = Desk(None, manager=manager)
    # When a burst comes
    desk.raise_(red_burst())
    # Then it was asked, and no exit is recommended
    manager.get_active_positions.assert_called_once_with()
    assert desk.told == [red_burst()]


def test_a_standing_recommendation_is_repeated_while_its_rule_holds(tmp_path: Path) -> None:
    # Given sellers that press for six minutes: the exit is recommended after the third
    desk = Desk(tmp_path)
    desk.raise_(*(large_seller(seconds) for seconds in range(0, 361, 40)))
    due = desk.exit_judge.recheck_at("ACME")
    # When five minutes have passed since, and again when the sellers have long gone
    for seconds in (379.999, 380, 680):
        desk.publisher.recheck("ACME", START + timedelta(seconds=seconds), PRICE)
    # Then it was repeated once: not before, and not without its rule
    assert due == START + timedelta(seconds=380)
    exits = [each for each in desk.told if isinstance(each, ExitRecommendation)]
    assert [each.timestamp_utc for each in exits] == [START + timedelta(seconds=80), due]
    assert desk.lines[-1]["event"] == "order_flow.exit_signal_triggered"


def test_alerts_of_an_earlier_run_count_and_are_not_raised_again(tmp_path: Path) -> None:
    # Given two large sellers that an earlier run has recorded
    desk = Desk(tmp_path)
    known = said_alerts(large_seller(0), large_seller(9))
    desk.publisher.take_back(known)
    desk.publisher.take_back(known)
    # When the same data is judged again, and a third seller comes
    desk.raise_(large_seller(0), large_seller(9), large_seller(20))
    # Then only the third is raised, and the exit rests on all three
    assert [line["event"] for line in desk.lines] == [
        "order_flow.large_seller_detected",
        "order_flow.exit_signal_triggered",
    ]
    assert list(desk.detector.alert_history) == [large_seller(each) for each in (0, 9, 20)]


def earlier_run(tmp_path: Path, *alerts: OrderFlowAlert) -> Said:
    """Return what a run leaves that raised these."""
    desk = Desk(tmp_path)
    desk.raise_(*alerts)
    return AlertLog(tmp_path).said(START, LATER, config_hash=CONFIG.config_hash)


THREE = tuple(large_seller(seconds) for seconds in (0, 9, 20))


def test_an_exit_that_was_not_told_is_told_again_with_its_first_id(tmp_path: Path) -> None:
    # Given a run that ended between the line of an exit and its telling
    said = earlier_run(tmp_path, *THREE)
    desk = Desk(tmp_path)
    desk.publisher.take_back(said)
    before = desk.lines
    # When the next run meets the position
    mine = object()
    desk.publisher.resume(replace(position(), origin=mine))
    # Then it is told with that id and the host's own object, and not recorded again
    (told,) = desk.told
    assert isinstance(told, ExitRecommendation)
    assert (told.exit_id, told.repeated) == (before[-1]["exit_id"], True)
    assert told.alerts == THREE
    assert told.host_position is mine
    assert desk.lines == before
    assert desk.publisher.counts == {"exit_repeated": 1}


def test_an_exit_that_was_told_stands_and_is_not_told_again(tmp_path: Path) -> None:
    # Given an exit that is marked as told
    earlier = Desk(tmp_path)
    earlier.raise_(*THREE)
    exits = [each for each in earlier.told if isinstance(each, ExitRecommendation)]
    earlier.publisher.mark_told(exits[0])
    assert earlier.lines[-1]["exit_id"] == exits[0].exit_id
    desk = Desk(tmp_path)
    desk.publisher.take_back(AlertLog(tmp_path).said(START, LATER, config_hash=CONFIG.config_hash))
    # When the next run meets the position, and a fourth seller comes
    desk.publisher.resume(position())
    desk.raise_(large_seller(30))
    # Then the alert is told, and no second exit
    assert desk.told == [large_seller(30)]


@pytest.mark.parametrize(("opened", "told"), [(20, 1), (20.001, 0)])
def test_an_exit_is_not_told_for_a_position_that_was_opened_after_it(
    tmp_path: Path, opened: float, told: int
) -> None:
    # Given an exit of 20 s after the start that was not told
    desk = Desk(tmp_path)
    desk.publisher.take_back(earlier_run(tmp_path, *THREE))
    # When a position is met that was opened around that moment
    desk.publisher.resume(position(opened_at=START + timedelta(seconds=opened)))
    # Then it is told only if it was about that position
    assert len(desk.told) == told


def test_an_exit_that_this_run_recommended_is_not_taken_back(tmp_path: Path) -> None:
    # Given a run that recommended an exit, and begins again in the same process
    desk = Desk(tmp_path)
    desk.raise_(*THREE)
    told = list(desk.told)
    desk.publisher.take_back(AlertLog(tmp_path).said(START, LATER, config_hash=CONFIG.config_hash))
    # When it meets the position
    desk.publisher.resume(position())
    # Then nothing more is told
    assert desk.told == told


def test_the_exit_of_the_last_alert_is_judged_where_a_run_ended_before_it_was(
    tmp_path: Path,
) -> None:
    # Given three sellers on record, and no exit: the run ended right after the third line
    desk = Desk(tmp_path)
    desk.publisher.take_back(said_alerts(*THREE))
    # When the next run judges the same data
    desk.raise_(*THREE)
    desk.raise_(*THREE)
    # Then the exit is recommended once, and no alert is raised again
    (told,) = desk.told
    assert isinstance(told, ExitRecommendation)
    assert told.alerts == THREE
    assert [line["event"] for line in desk.lines] == ["order_flow.exit_signal_triggered"]


def test_an_exit_that_was_recorded_is_not_judged_again(tmp_path: Path) -> None:
    # Given an exit on record that was told
    desk = Desk(tmp_path)
    said = earlier_run(tmp_path, *THREE)
    desk.publisher.take_back(replace(said, told=frozenset({said.exits["ACME"].exit_id})))
    before = desk.lines
    # When its data is judged again before the position is met
    desk.raise_(*THREE)
    # Then it is neither recorded nor told again
    assert (desk.told, desk.lines) == ([], before)


@pytest.mark.parametrize(("age", "raised"), [(3_600, 0), (3_600.001, 1)])
def test_an_alert_is_known_for_an_hour(age: float, raised: int) -> None:
    # Given an alert, and another of its symbol around an hour later
    desk = Desk(None)
    desk.raise_(large_seller(-age), large_seller(0))
    # When its data is judged again, which no history brings after so long
    desk.raise_(large_seller(-age))
    # Then its id was known up to the hour
    assert len(desk.told) == 2 + raised


def test_a_symbol_of_which_nothing_comes_again_is_forgotten() -> None:
    # Given known alerts of two symbols
    desk = Desk(None)
    ours, theirs = large_seller(0), large_seller(0, symbol="BOLT")
    desk.publisher.take_back(said_alerts(ours, theirs))
    # When one of them is forgotten, and both are judged again
    desk.publisher.forget("ACME")
    desk.raise_(ours, theirs)
    # Then only that one is raised
    assert desk.told == [ours]


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("degraded", "order_flow.feed_degraded"),
        ("blind", "order_flow.feed_blind"),
        ("recovered", "order_flow.feed_recovered"),
        ("depth_lost", "order_flow.depth_lost"),
        ("depth_back", "order_flow.depth_back"),
        ("feeds_agree", "order_flow.feeds_agree"),
    ],
)
def test_a_feed_event_is_recorded_and_told(tmp_path: Path, kind: FeedEventKind, event: str) -> None:
    # Given a change of a feed on an open position
    desk = Desk(tmp_path, clock=HandClock(START + timedelta(seconds=1)))
    change = FeedEvent(kind, "ACME", START, "tape: timeout", position_open=True)
    # When it is published
    desk.publisher.publish_feed_event(change)
    # Then its line says what and why
    assert desk.lines == [
        {
            "schema": 1,
            "event": event,
            "timestamp": "2026-03-10T14:00:00.000000Z",
            "symbol": "ACME",
            "reason": "tape: timeout",
            "position_open": True,
            "latency_ms": None,
            "logged_at": "2026-03-10T14:00:01.000000Z",
        }
    ]
    assert desk.told == [change]
    assert desk.publisher.counts == {f"feed_{kind}": 1}


@pytest.mark.parametrize("stale", ["polygon", None])
def test_feeds_that_disagree_are_recorded_with_the_one_that_looks_stale(
    tmp_path: Path, stale: str | None
) -> None:
    # Given two feeds of a symbol that differ
    desk = Desk(tmp_path)
    change = FeedEvent("feeds_disagree", "ACME", START, "words", True, "late", stale)
    # When that is published
    desk.publisher.publish_feed_event(change)
    # Then its line says how, and which looks stale
    [line] = desk.lines
    assert (line["event"], line["code"]) == ("order_flow.feeds_disagree", "late")
    assert line["stale"] == stale


def test_refused_data_is_recorded_with_its_code(tmp_path: Path) -> None:
    # Given a crossed book that was refused
    desk = Desk(tmp_path)
    refused = FeedEvent(
        "refused", "ACME", START, "crossed", position_open=False, code="crossed_book"
    )
    # When it is published
    desk.publisher.publish_feed_event(refused)
    # Then its line has the code
    (line,) = desk.lines
    assert (line["event"], line["code"]) == ("order_flow.data_validation_error", "crossed_book")


def test_the_risk_manager_knows_which_positions_cannot_be_seen() -> None:
    # Given a blind position, and a blind symbol that is only watched
    desk = Desk(None)
    blind = FeedEvent("blind", "ACME", START, "timeout", position_open=True)
    desk.publisher.publish_feed_event(blind)
    desk.publisher.publish_feed_event(replace(blind, symbol="BOLT", position_open=False))
    assert desk.exit_judge.blind_symbols == {"ACME"}
    # When it can be seen again, if only badly
    desk.publisher.publish_feed_event(replace(blind, kind="degraded"))
    # Then it is blind no more
    assert desk.exit_judge.blind_symbols == set()


def test_without_a_record_events_are_told_all_the_same() -> None:
    # Given a publisher without a record
    desk = Desk(None)
    # When events and lines come
    desk.publisher.write_line("order_flow.monitoring_started", START, None, symbols=[])
    desk.raise_(large_seller())
    # Then the listener has them
    assert desk.told == [large_seller()]


def test_alerts_and_exits_are_counted_with_what_they_took(tmp_path: Path) -> None:
    # Given a record, and a clock that goes on while a line is written
    class Ticking(HandClock):
        def __call__(self) -> datetime:
            self.move(0.001)
            return self.now

    desk = Desk(tmp_path, clock=Ticking())
    # When three large sellers come, each 2 s behind its stamp
    for seconds in (0, 1, 2):
        desk.raise_(large_seller(seconds), received_ns=at(seconds + 2))
    # Then they and their exit are counted, with the time from stamp to arrival
    published = desk.publisher.published
    assert published.alerts == {("large_seller", "aggressive_sell", "warning"): 3}
    assert published.exits == {"elevated": 1}
    assert (published.delays.total_seconds, published.delays.within()[-1]) == (6.0, 3)
    assert published.latencies.within()[-1] == 3


@pytest.mark.parametrize(
    ("keeps_record", "has_clock", "is_received"),
    [(False, True, True), (True, False, True), (True, True, False)],
)
def test_without_record_clock_or_arrival_no_latency_is_measured(
    tmp_path: Path, keeps_record: bool, has_clock: bool, is_received: bool
) -> None:
    # Given a publisher that lacks one of what is needed
    desk = Desk(tmp_path if keeps_record else None, clock=HandClock() if has_clock else None)
    # When a large seller comes
    desk.raise_(large_seller(), received_ns=at(0) if is_received else None)
    # Then it is counted, and nothing is said of its latency
    published = desk.publisher.published
    assert (published.alerts.total(), published.latencies.within()[-1]) == (1, 0)
