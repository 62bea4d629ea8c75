"""The monitor: who is watched, what reaches whom, what is taken over, and what cannot end it."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_mock import MockerFixture
from support.market import give_quote, give_trade
from support.monitor_stubs import (
    BID,
    OPENED,
    START,
    START_NS,
    Books,
    HandClock,
    Holdings,
    StubClient,
    Tape,
    at,
    book,
    large_seller,
    position,
    quote,
    sight,
    trade,
)

from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.held.source import HoldsPositions
from trading_bot.order_flow.journal.compressing import COMPRESSING
from trading_bot.order_flow.journal.lines import alert_id, alert_record
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.live_file.lines import LiveBeat
from trading_bot.order_flow.live_file.place import segments_in
from trading_bot.order_flow.market.events import BookEvent
from trading_bot.order_flow.market.trade_conditions import TradeConditions
from trading_bot.order_flow.market.units import UNITS_PER_SHARE, ns_from_utc
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import GuardState, MonitorEvent
from trading_bot.order_flow.position import Position, PositionManager
from trading_bot.order_flow.providers.polygon.client import PolygonClient
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.rules.continued import JudgedSpan, backfill_start
from trading_bot.order_flow.rules.leaving import not_known, plain
from trading_bot.order_flow.sight.coverage.reasons import OpenSpan

# Bursts are judged by other tests: here no tape is to be one.
CONFIG = OrderFlowConfig(
    thresholds="fixed",
    requests_per_second=90.0,
    poll_interval_seconds=0.1,
    volume_spike_threshold=10.0,
    red_burst_threshold=20.0,
)
DAY = "2026-03-10.jsonl"


def monitor_of(
    *symbols: str,
    manager: PositionManager | HoldsPositions | None = None,
    config: OrderFlowConfig = CONFIG,
    **options: Any,
) -> OrderFlowMonitor:
    """Return a monitor on stubs that keeps no record unless told to, its symbols watched."""
    fields: dict[str, Any] = {
        "position_manager": manager or Holdings(*map(position, symbols)),
        "client": StubClient(),
        "clock": HandClock(),
        "log_directory": None,
    }
    monitor = OrderFlowMonitor(config, **(fields | options))
    for symbol in monitor.judge.read_positions():
        monitor.judge.watch(symbol, from_ns=backfill_start(START_NS), now_ns=START_NS)
    return monitor


def listen(monitor: OrderFlowMonitor) -> list[MonitorEvent]:
    told: list[MonitorEvent] = []
    monitor.judge.publisher.add_listener(told.append)
    return told


def sell(monitor: OrderFlowMonitor, seconds: float, symbol: str = "ACME", **changes: Any) -> None:
    """Let one order sell 12,000 shares at the bid, a quote standing before."""
    size = changes.pop("size", 12_000)
    before = at(seconds) - 1_000_000
    give_quote(monitor.judge, symbol, before, BID, 500, BID + 10_000, 500, received_ns=before)
    give_trade(monitor.judge, symbol, at(seconds), BID, size, received_ns=at(seconds), **changes)


def see(monitor: OrderFlowMonitor, symbol: str, at_ns: int = START_NS) -> None:
    monitor.judge.saw(symbol, sight(), at_ns)


def test_three_large_sellers_within_two_minutes_recommend_one_exit() -> None:
    # Given a held symbol
    monitor = monitor_of("ACME")
    told = listen(monitor)
    # When three orders sell much at the bid, and a fourth
    for seconds in (0, 40, 110, 118):
        sell(monitor, seconds)
    # Then the third makes the exit due, reckoned at the best bid
    assert [type(each) for each in told] == [
        OrderFlowAlert,
        OrderFlowAlert,
        OrderFlowAlert,
        ExitRecommendation,
        OrderFlowAlert,
    ]
    exit_ = told[3]
    assert isinstance(exit_, ExitRecommendation)
    assert (exit_.price, exit_.unrealised_pnl) == (Decimal("100.00"), Decimal("-100.00"))
    assert monitor.judge.publisher.counts == {"large_seller": 4, "exit": 1}


def test_a_short_position_is_watched_and_never_exited() -> None:
    # Given a position sold short
    monitor = monitor_of(manager=Holdings(position("ACME", -100)))
    told = listen(monitor)
    # When three large sellers come
    for seconds in (0, 1, 2):
        sell(monitor, seconds)
    # Then they are told, and no exit is recommended
    assert [type(each) for each in told] == [OrderFlowAlert] * 3


def test_events_of_a_symbol_that_is_not_watched_pass_by() -> None:
    # Given a monitor of one symbol
    monitor = monitor_of("ACME")
    told = listen(monitor)
    # When events of another come
    sell(monitor, 0, "BOLT")
    # Then nothing is judged
    assert (told, monitor.price("BOLT"), monitor.judge.judge_of("BOLT")) == ([], None, None)


def test_a_quote_raises_its_alert_too() -> None:
    # Given a held symbol
    monitor = monitor_of("ACME")
    told = listen(monitor)
    # When a large bid rests on the book
    give_quote(monitor.judge, "ACME", at(0), BID, 20_000, BID + 10_000, 500, received_ns=at(0))
    # Then it is told, with its size
    (alert,) = told
    assert isinstance(alert, OrderFlowAlert)
    assert (alert.source, alert.order_size) == ("resting_bid", 20_000)


def test_the_price_is_the_best_bid_or_else_the_last_print() -> None:
    # Given a watched symbol without any event
    monitor = monitor_of("ACME")
    prices = [monitor.price("ACME")]
    # When a print comes, and then a bid
    give_trade(monitor.judge, "ACME", at(0), BID - 10_000, 100)
    prices.append(monitor.price("ACME"))
    give_quote(monitor.judge, "ACME", at(1), BID, 100, BID + 10_000, 100)
    prices.append(monitor.price("ACME"))
    # Then each takes the place of the one before
    assert prices == [None, Decimal("99.99"), Decimal("100.00")]


def test_a_standing_recommendation_is_looked_at_again_after_five_minutes() -> None:
    # Given an exit recommended at the third of the sellers that keep pressing
    monitor = monitor_of("ACME")
    told = listen(monitor)
    for seconds in range(0, 361, 40):
        sell(monitor, seconds)
    # When prints go on, each too small to be an alert
    for seconds in (379, 380, 381):
        sell(monitor, seconds, size=100)
    # Then the print five minutes later repeats it, once
    exits = [each for each in told if isinstance(each, ExitRecommendation)]
    assert [each.timestamp_utc - START for each in exits] == [
        timedelta(seconds=80),
        timedelta(seconds=380),
    ]


def test_watchlist_mode_watches_the_lists_beside_the_positions() -> None:
    # Given a watchlist in the settings and one of the manager's
    manager = Holdings(position("ACME"), watchlist=["CLIF", "ACME"])
    config = OrderFlowConfig(thresholds="fixed", monitoring_mode="watchlist", watchlist=("BOLT",))
    # When monitors of both modes read what to watch
    both = monitor_of(manager=manager, config=config)
    held_only = monitor_of(manager=manager)
    told = listen(both)
    sell(both, 0, "BOLT")
    # Then the mode decides; what is only watched is alerted and not held
    assert both.symbols == ("ACME", "BOLT", "CLIF")
    assert held_only.symbols == ("ACME",)
    assert set(both.positions) == {"ACME"}
    assert [type(each) for each in told] == [OrderFlowAlert]


def test_a_closed_position_takes_its_state_with_it() -> None:
    # Given two held symbols with alerts, one of them blind
    manager = Holdings(position("ACME"), position("BOLT"))
    monitor = monitor_of(manager=manager)
    give_trade(monitor.judge, "ACME", at(0), BID, 100, conditions=(15,))
    for symbol in ("ACME", "BOLT"):
        sell(monitor, 1, symbol)
    monitor.judge.exit_judge.on_feed_blind("ACME")
    dropped = monitor.dropped()
    # When one is closed
    monitor.judge.unwatch("ACME")
    monitor.judge.unwatch("ACME")
    # Then the counts of what was dropped are left of it, and its alerts while they may count
    assert monitor.symbols == ("BOLT",)
    assert [each.symbol for each in monitor.judge.detector.alert_history] == ["ACME", "BOLT"]
    assert monitor.judge.exit_judge.blind_symbols == set()
    assert not monitor.judge.tape_monitor.judges_at("ACME", START_NS)
    assert sum(dropped.values()) == 1
    assert monitor.dropped() == dropped


def test_a_failing_position_manager_leaves_the_last_positions_protected(
    mocker: MockerFixture, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a host's manager that fails after its first answers, and has failed for long
    manager = mocker.create_autospec(PositionManager, instance=True)
    manager.get_active_positions.return_value = (position("ACME"),)
    manager.get_watchlist.return_value = ()
    clock = HandClock()
    monitor = monitor_of(manager=manager, clock=clock)
    told = listen(monitor)
    manager.get_active_positions.side_effect = ConnectionError("broker away")
    clock.move(5.001)
    # When the positions are read twice, and three large sellers come
    with caplog.at_level(logging.ERROR):
        read = [monitor.judge.read_positions() for _ in range(2)]
        for seconds in (0, 1, 2):
            sell(monitor, seconds)
    # Then the position as last read is exited; the failures are counted, told and logged once
    assert read == [("ACME",)] * 2
    assert isinstance(told[-1], ExitRecommendation)
    assert told[-1].position == position("ACME")
    assert monitor.dropped()["position_manager_failed"] == 2
    assert [(each.kind, each.reason) for each in told if isinstance(each, GuardState)] == [
        ("positions_failed", "ConnectionError: broker away")
    ]
    assert [each.getMessage() for each in caplog.records] == ["order_flow.position_manager_failed"]


def test_a_failing_position_manager_protects_no_more_than_before() -> None:
    # Given a position, and another symbol that is judged because everything is
    manager = Holdings(position("ACME"))
    monitor = monitor_of(manager=manager)
    monitor.judge.watch("BOLT", from_ns=START_NS, now_ns=START_NS)
    # When the manager fails
    manager.failure = OSError("disk")
    # Then the positions are those of before
    assert monitor.judge.read_positions() == monitor.protected == ("ACME",)
    assert monitor.symbols == ("ACME", "BOLT")


def test_a_position_manager_that_works_again_is_believed_again() -> None:
    # Given a manager that failed
    manager = Holdings(position("ACME"))
    monitor = monitor_of(manager=manager)
    manager.failure = OSError("disk")
    monitor.judge.read_positions()
    # When it works again without the position
    manager.failure, manager.positions = None, []
    symbols = monitor.judge.read_positions()
    # Then its word counts, and the symbol is watched until it is surely gone
    assert (symbols, monitor.positions) == (("ACME",), {})


def record_earlier(
    directory: Path, *alerts: OrderFlowAlert, config_hash: str | None = None
) -> None:
    log = AlertLog(directory)
    for alert in alerts:
        log.write(alert_record(alert, config_hash=config_hash or CONFIG.config_hash))
    log.close()


def alerts_in(directory: Path) -> list[str]:
    lines = [json.loads(each) for each in (directory / DAY).read_bytes().splitlines()]
    return [line["timestamp"][11:19] for line in lines if "alert_type" in line]


@pytest.mark.parametrize("age", [119.999, -0.3, -1.0])
def test_what_was_recorded_is_taken_back_whichever_clock_it_was_recorded_by(
    tmp_path: Path, age: float
) -> None:
    # Given an alert of an earlier run, which by this clock may lie ahead
    record_earlier(tmp_path, large_seller(-age))
    # When a monitor starts
    monitor = monitor_of("ACME", log_directory=tmp_path)
    monitor._take_back()
    # Then it counts
    assert list(monitor.judge.detector.alert_history) == [large_seller(-age)]
    monitor.close()


@pytest.mark.parametrize(("ahead", "kept"), [(5, 1), (5.001, 0)])
def test_what_was_recorded_of_a_market_that_begins_anew_is_not_taken_back(
    tmp_path: Path, ahead: float, kept: int
) -> None:
    # Given an alert that lies further ahead than any two clocks differ
    record_earlier(tmp_path, large_seller(ahead))
    # When a monitor starts
    monitor = monitor_of("ACME", log_directory=tmp_path)
    monitor._take_back()
    # Then it is of another market
    assert len(monitor.judge.detector.alert_history) == kept
    monitor.close()


def test_a_demonstration_takes_nothing_back(tmp_path: Path) -> None:
    # Given an alert of the demonstration before
    record_earlier(tmp_path, large_seller(-30))
    # When another begins
    monitor = monitor_of("ACME", log_directory=tmp_path, goes_on=False)
    monitor._take_back()
    # Then it knows of none
    assert len(monitor.judge.detector.alert_history) == 0
    monitor.close()


def test_the_longest_window_of_any_symbol_is_refilled(tmp_path: Path) -> None:
    # Given a symbol whose own window is five minutes, and an alert of four minutes ago
    config = OrderFlowConfig(
        thresholds="fixed", symbol_overrides={"ACME": {"alert_window_seconds": 300}}
    )
    record_earlier(tmp_path, large_seller(-240), config_hash=config.config_hash)
    # When a monitor starts
    monitor = monitor_of("ACME", log_directory=tmp_path, config=config)
    monitor._take_back()
    # Then it counts
    assert list(monitor.judge.detector.alert_history) == [large_seller(-240)]


def test_what_an_earlier_run_recorded_is_not_raised_again(tmp_path: Path) -> None:
    # Given a run that found sellers 300, 100 and 30 s ago
    earlier = monitor_of("ACME", log_directory=tmp_path)
    for seconds in (-300, -100, -30):
        sell(earlier, seconds)
    earlier.close()
    before = alerts_in(tmp_path)
    # When a later run is given the same tape, and a further seller
    later = monitor_of("ACME", log_directory=tmp_path)
    later._take_back()
    told = listen(later)
    for seconds in (-300, -100, -30):
        sell(later, seconds)
    unchanged = alerts_in(tmp_path) == before
    sell(later, 15)
    later.close()
    # Then nothing is written twice, and the two within the window count with the new one
    assert unchanged
    assert alerts_in(tmp_path) == ["13:55:00", "13:58:20", "13:59:30", "14:00:15"]
    assert [type(each) for each in told] == [OrderFlowAlert, ExitRecommendation]


def test_alerts_found_under_other_settings_are_judged_anew(tmp_path: Path) -> None:
    # Given an alert recorded under other settings
    record_earlier(tmp_path, large_seller(-30), config_hash="f" * 16)
    # When a monitor starts, and is given the same tape
    monitor = monitor_of("ACME", log_directory=tmp_path)
    monitor._take_back()
    empty = list(monitor.judge.detector.alert_history) == []
    told = listen(monitor)
    sell(monitor, -30)
    monitor.close()
    # Then the signal counts once, as that of these settings
    assert empty
    assert len(told) == len(monitor.judge.detector.alert_history) == 1


def test_without_a_record_there_is_nothing_to_refill() -> None:
    # Given a monitor without a record
    monitor = monitor_of("ACME")
    # When it would take back earlier alerts
    monitor._take_back()
    monitor.close()
    # Then there are none
    assert list(monitor.judge.detector.alert_history) == []


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.slow
def test_a_second_run_begins_afresh_and_polls_again(tmp_path: Path, recorded: bool) -> None:
    # Given a monitor that has run, and found a seller of 30 s ago
    def tape(symbol: str, trades_from_ns: int, _: int) -> Tape:
        events = ([trade(-30)], [quote(-31)])
        return events if trades_from_ns < at(-30) else ([], [])

    client = StubClient(tape)
    options: dict[str, Any] = {"log_directory": tmp_path if recorded else None}
    monitor = monitor_of("ACME", client=client, **options)
    told = listen(monitor)
    monitor.run(0.3)
    first = len(client.asked)
    found = list(told)
    # When it runs again, as in the next session
    monitor.run(0.3)
    # Then the symbol is polled from where its windows are whole again well before the end of the
    # first run, though not from before that began, and the seller is not told again but counts
    assert len(found) == 1
    assert client.asked[0][1] == backfill_start(START_NS)
    since_ns = backfill_start(START_NS)
    assert client.asked[first][1] == backfill_start(START_NS, JudgedSpan(since_ns, at(-30)))
    assert told == found
    assert monitor.symbols == ("ACME",)
    assert len(monitor.judge.detector.alert_history) == 1


def test_the_manager_says_which_symbols_are_wanted() -> None:
    # Given a monitor, and a position that was opened since it last looked
    manager = Holdings(position("ACME"))
    monitor = monitor_of(manager=manager)
    manager.positions.append(position("BOLT"))
    # When it is asked what is to be watched
    # Then the manager's newest word counts
    assert monitor.wanted_symbols() == ("ACME", "BOLT")


class Polling:
    """A monitor that polls on a thread of its own, until the end of its block."""

    def __init__(self, monitor: OrderFlowMonitor) -> None:
        self._monitor = monitor
        self._thread = threading.Thread(target=monitor.run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._monitor.stop()
        self._thread.join(5)
        assert not self._thread.is_alive()


def client_that_tells() -> tuple[StubClient, threading.Semaphore]:
    """Return a client, and what is released whenever it was asked for books."""
    asked = threading.Semaphore(0)

    def books(symbols: Sequence[str]) -> Books:
        asked.release()
        return {each: book(0, each) for each in symbols}

    return StubClient(books=books), asked


def test_a_monitor_that_was_stopped_watches_again_when_it_runs_again() -> None:
    # Given a monitor that has run and was stopped, twice even
    client, asked = client_that_tells()
    monitor = monitor_of("ACME", client=client)
    with Polling(monitor):
        assert asked.acquire(timeout=5)
    monitor.stop()
    while asked.acquire(blocking=False):
        pass
    # When it runs again
    with Polling(monitor):
        # Then it watches again
        assert asked.acquire(timeout=5)


def test_a_monitor_does_not_run_twice_at_once() -> None:
    # Given a monitor that polls in a thread
    client, asked = client_that_tells()
    monitor = monitor_of("ACME", client=client)
    with Polling(monitor):
        assert asked.acquire(timeout=5)
        # When it is to run once more, in a thread or on a loop
        # Then that is refused
        with pytest.raises(RuntimeError, match="runs already"):
            monitor.run(0.1)
        with pytest.raises(RuntimeError, match="runs already"):
            asyncio.run(monitor.run_async(0.1))


@pytest.mark.parametrize("on_loop", [False, True], ids=["thread", "event loop"])
def test_a_stop_that_the_caller_remembers_ends_a_run_that_begins_after_it(on_loop: bool) -> None:
    # Given a monitor that has run, and a caller who said that it is to end before the next begins
    client = StubClient()
    monitor = monitor_of(client=client)
    monitor.run(0.01)
    stopped = threading.Event()
    stopped.set()
    monitor.stop()
    # When it runs
    if on_loop:
        asyncio.run(monitor.run_async(60, stopped=stopped))
    else:
        monitor.run(60, stopped=stopped)
    # Then nothing is asked
    assert client.books_asked == []


def test_it_polls_beside_the_loop_of_its_host_until_it_is_cancelled() -> None:
    # Given a monitor that polls beside an event loop
    client, asked = client_that_tells()
    monitor = monitor_of("ACME", client=client)

    async def host() -> bool:
        running = asyncio.create_task(monitor.run_async(mode="poll"))
        await asyncio.to_thread(asked.acquire, timeout=5)
        # When the host cancels it
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        return running.cancelled()

    # Then it has ended with its caller, and may run again
    assert asyncio.run(host())
    monitor.run(0.01)


def test_health_is_the_worst_visibility_of_a_held_symbol() -> None:
    # Given two positions and a symbol that is only watched, all just added
    manager = Holdings(position("ACME"), position("BOLT"), watchlist=["CLIF"])
    config = OrderFlowConfig(thresholds="fixed", monitoring_mode="watchlist")
    clock = HandClock()
    monitor = monitor_of(manager=manager, config=config, clock=clock)
    said = [monitor.health_check()["status"]]
    # When both positions can be seen, and then nobody looks any more
    see(monitor, "ACME")
    said.append(monitor.health_check()["status"])
    see(monitor, "BOLT")
    said.append(monitor.health_check()["status"])
    clock.move(30)
    said.append(monitor.health_check()["status"])
    clock.move(0.001)
    health = monitor.health_check()
    # Then a symbol without a position does not count
    assert said == ["degraded", "degraded", "ok", "degraded"]
    unseen: dict[str, object] = {
        "visibility": "blind",
        "reason": "dead: nobody has looked for 30 s",
        "compared_seconds_ago": None,
        "spans": [],
        "leaving": None,
    }
    held = unseen | {"leaving": plain(not_known(position("ACME"), "it cannot be seen"))}
    assert health == {
        "market_source": "live",
        "status": "blind",
        "timestamp_utc": clock().isoformat(),
        "last_alert_timestamp": None,
        "last_alert_count": 0,
        "api_connectivity": "ok",
        "dependencies": {"polygon_api": "ok"},
        "symbols": {"ACME": held, "BOLT": held, "CLIF": unseen},
        "positions": "ok",
        "settings": {"status": "ok", "reason": "", "config_hash": config.config_hash},
        "dropped": {},
        "published": {},
        "listeners": {"failed": 0, "lost": 0, "waiting": 0},
        "threads": {},
    }


class BrokerPosition:
    """A position as a broker's library gives it: its own class, numbers as text."""

    def __init__(self, symbol: str, qty: str) -> None:
        self.symbol = symbol
        self.qty = qty
        self.avg_entry_price = "101.00"
        self.opened_at = OPENED


class Broker:
    """A position manager without a watchlist."""

    def __init__(self, *held: BrokerPosition) -> None:
        self.held = held

    def get_active_positions(self) -> Sequence[BrokerPosition]:
        return self.held


def test_a_position_of_the_hosts_own_class_is_recommended_to_be_left() -> None:
    # Given a manager whose positions are of a class of its own
    mine = BrokerPosition("ACME", "100")
    monitor = monitor_of(manager=Broker(mine))
    told = listen(monitor)
    # When three large sellers come
    for seconds in (0, 1, 2):
        sell(monitor, seconds)
    # Then the exit names that very object
    assert isinstance(told[-1], ExitRecommendation)
    assert told[-1].host_position is mine


def test_health_is_not_well_while_it_is_not_known_what_is_held() -> None:
    # Given a position that is seen, whose manager may fail
    manager = Holdings(position("ACME"))
    clock = HandClock()
    monitor = monitor_of(manager=manager, clock=clock)
    # When it fails for 5 s, and longer, and works again
    found = []
    for seconds, failure in ((0, None), (5, OSError("away")), (0.001, OSError("away")), (0, None)):
        clock.move(seconds)
        manager.failure = failure
        monitor.judge.read_positions()
        see(monitor, "ACME", at_ns=ns_from_utc(clock.now))
        health = monitor.health_check()
        found.append((health["status"], health["positions"]))
    # Then health says so once that lasts
    assert found == [("ok", "ok"), ("ok", "ok"), ("degraded", "old: OSError: away"), ("ok", "ok")]


def test_health_of_some_symbols_counts_no_others() -> None:
    # Given two held symbols, neither of which has been seen yet
    monitor = monitor_of(manager=Holdings(position("ACME"), position("BOLT")), clock=HandClock())
    monitor.judge.read_positions()
    # When health is asked of all, of one, and of none, as while nothing is watched
    found = [monitor.health_check(symbols=symbols) for symbols in (None, ["BOLT"], ())]
    # Then each is of those symbols
    assert [(each["status"], sorted(each["symbols"])) for each in found] == [
        ("degraded", ["ACME", "BOLT"]),
        ("degraded", ["BOLT"]),
        ("ok", []),
    ]


def test_health_is_blind_while_the_position_manager_has_never_answered(tmp_path: Path) -> None:
    # Given a manager that raises from the start
    manager = Holdings()
    manager.failure = OSError("broker away")
    monitor = OrderFlowMonitor(
        CONFIG, position_manager=manager, client=StubClient(), log_directory=tmp_path
    )
    # When health is asked before the positions are read, and after
    found = []
    for _ in range(2):
        health = monitor.health_check()
        found.append((health["status"], health["positions"]))
        monitor.judge.read_positions()
    monitor.close()
    # Then it is never well, and health and record say why
    assert monitor.positions_health == "no_positions: OSError: broker away"
    assert found == [("degraded", "not read yet"), ("blind", "no_positions: OSError: broker away")]
    (line,) = [json.loads(path.read_bytes()) for path in tmp_path.glob("*.jsonl")]
    assert (line["event"], line["symbol"], line["reason"]) == (
        "order_flow.positions_unknown",
        None,
        "OSError: broker away",
    )


def test_symbols_that_are_none_are_named_and_never_watched() -> None:
    # Given a manager that names three symbols that are none, beside one that is
    manager = Broker(*(BrokerPosition(name, "1") for name in ("ACME", "AAA ", "BRK/B", "")))
    # When it is read
    monitor = monitor_of(manager=manager)
    see(monitor, "ACME")
    health = monitor.health_check()
    # Then the one is protected, and health names the others: what they hold is not
    assert monitor.symbols == monitor.protected == ("ACME",)
    assert health["status"] == "blind"
    assert health["positions"] == "no_positions: not readable: " + "; ".join(
        f"get_active_positions()[{n}]: symbol={name!r} must be a ticker{meant}"
        for n, (name, meant) in enumerate(
            (
                ("AAA ", "; did you mean 'AAA'?"),
                ("BRK/B", "; did you mean 'BRK.B'?"),
                ("", " such as 'AAPL'"),
            ),
            1,
        )
    )


def test_health_shows_a_symbol_that_is_to_be_watched_and_is_not() -> None:
    # Given a position that was read, but is not watched yet
    manager = Holdings(position("ACME"))
    monitor = monitor_of(manager=manager)
    manager.positions.append(position("BOLT"))
    monitor.judge.read_positions()
    see(monitor, "ACME")
    # When health is asked
    health = monitor.health_check()
    # Then it is not well, and says which is missing
    assert health["status"] == "blind"
    assert health["symbols"]["BOLT"] == {
        "visibility": "blind",
        "reason": "not watched",
        "compared_seconds_ago": None,
        "spans": [],
        "leaving": plain(not_known(position("BOLT"), "it cannot be seen")),
    }


def test_health_says_how_lately_a_symbol_was_compared_and_what_of_it_is_unknown() -> None:
    # Given a symbol that was compared 12 s ago, of which two spans are unknown
    clock = HandClock()
    monitor = monitor_of("ACME", clock=clock)
    spans = (
        OpenSpan("trades", at(-9), at(-4), "gap", at(-4), 2, ("timeout", "rest_behind")),
        OpenSpan("quotes", at(-3), None, "stalled", at(-1), 0, ()),
    )
    monitor.judge.saw("ACME", sight("degraded", "gap", "away", compared=-11), START_NS, spans)
    # When health is asked a second later
    clock.move(1.999)
    found = monitor.health_check()["symbols"]["ACME"]
    # Then whole seconds are said, and each span with its times and its answers
    assert found == {
        "visibility": "degraded",
        "reason": "gap: away",
        "compared_seconds_ago": 12,
        "spans": [
            {
                "channel": "trades",
                "from": "2026-03-10T13:59:51+00:00",
                "to": "2026-03-10T13:59:56+00:00",
                "cause": "gap",
                "tries": 2,
                "codes": ["timeout", "rest_behind"],
            },
            {
                "channel": "quotes",
                "from": "2026-03-10T13:59:57+00:00",
                "to": None,
                "cause": "stalled",
                "tries": 0,
                "codes": [],
            },
        ],
        "leaving": plain(not_known(position("ACME"), "no quote is known")),
    }


def test_health_says_what_leaving_a_position_costs() -> None:
    # Given a position of 100 shares that is seen, of which 40 fit the best bid, and a short one
    monitor = monitor_of(manager=Holdings(position("ACME"), Position("BOLT", -5, 20)))
    see(monitor, "ACME")
    give_quote(monitor.judge, "ACME", at(0), BID, 40, BID + 20_000, 40)
    # When health is asked
    found = monitor.health_check()["symbols"]
    # Then the part that fits is told exactly, and of the short one nothing
    assert found["ACME"]["leaving"] == {
        "shares": "100",
        "fits": "40",
        "cost_usd": "0.4",
        "cost_bp": 1.0,
        "levels": 1,
        "depth_kind": "top_of_book",
        "unknown": "",
    }
    assert found["BOLT"]["leaving"] is None


def test_health_names_a_position_that_cannot_be_read(tmp_path: Path) -> None:
    # Given two positions that are seen
    broker = Broker(BrokerPosition("ACME", "100"), BrokerPosition("BOLT", "5"))
    monitor = monitor_of(manager=broker, log_directory=tmp_path)
    for symbol in ("ACME", "BOLT"):
        see(monitor, symbol)
    # When the quantity of one becomes unreadable
    broker.held[1].qty = "many"
    monitor.judge.read_positions()
    health = monitor.health_check()
    monitor.close()
    # Then it stays protected as it was, and health and record name it
    assert set(monitor.positions) == {"ACME", "BOLT"}
    assert health["status"] == "degraded"
    assert health["positions"].startswith("old: not readable: BOLT (get_active_positions()[1]: ")
    lines = [json.loads(each) for each in (tmp_path / DAY).read_bytes().splitlines()]
    unknown = [line for line in lines if line["event"] == "order_flow.positions_unknown"]
    assert [line["symbol"] for line in unknown] == ["BOLT"]


class Following(Holdings):
    """A position manager that keeps what its broker said last, and knows what was closed."""

    def __init__(self, *positions: Position) -> None:
        super().__init__(*positions)
        self.stale = ""
        self.closed: frozenset[str] = frozenset()

    def get_stale(self) -> str:
        return self.stale

    def get_closed(self) -> frozenset[str]:
        return self.closed


def test_positions_that_may_be_old_are_watched_and_said_in_health_and_record(
    tmp_path: Path,
) -> None:
    # Given a position whose broker answers, and then does not
    manager = Following(position("ACME"))
    monitor = monitor_of(manager=manager, log_directory=tmp_path)
    see(monitor, "ACME")
    manager.stale = "alpaca: no answer"
    # When the positions are read twice
    for _ in range(2):
        monitor.judge.read_positions()
    health = monitor.health_check()
    monitor.close()
    # Then it stays watched, all is not well, and the record has it once
    assert set(monitor.positions) == {"ACME"}
    assert (health["status"], health["positions"]) == ("degraded", "stale: alpaca: no answer")
    lines = [json.loads(each) for each in (tmp_path / DAY).read_bytes().splitlines()]
    stale = [line for line in lines if line["event"] == "order_flow.positions_stale"]
    assert [(line["symbol"], line["reason"]) for line in stale] == [(None, "alpaca: no answer")]


def test_a_position_that_was_surely_closed_is_gone_with_the_answer_that_says_so(
    tmp_path: Path,
) -> None:
    # Given a position that is watched
    manager = Following(position("ACME"))
    monitor = monitor_of(manager=manager, log_directory=tmp_path)
    see(monitor, "ACME")
    # When the next answer lacks it, and says that it was closed
    manager.positions, manager.closed = [], frozenset({"ACME"})
    monitor.judge.read_positions()
    monitor.close()
    # Then nobody waits for another answer
    lines = [json.loads(each) for each in (tmp_path / DAY).read_bytes().splitlines()]
    gone = [line["symbol"] for line in lines if line["event"] == "order_flow.position_gone"]
    assert gone == ["ACME"]
    assert monitor.positions == {}


def test_health_counts_what_was_dropped_and_published() -> None:
    # Given failures of host and feed, a print that does not count, and an alert
    client = StubClient()
    client.counters["retries"] = 2
    monitor = monitor_of("ACME", client=client)
    error = DataSourceError("no", code="timeout")
    monitor.judge.data_refused("ACME", "tape", START_NS, error)
    give_trade(monitor.judge, "ACME", at(0), BID, 100, conditions=(15,))
    sell(monitor, 1)
    # When health is asked
    health = monitor.health_check()
    # Then each is counted under its reason
    assert {key: health["dropped"][key] for key in ("retries", "timeout")} == {
        "retries": 2,
        "timeout": 1,
    }
    assert sum(health["dropped"].values()) == 4
    assert health["published"] == {"large_seller": 1}
    assert health["last_alert_timestamp"] == "2026-03-10T14:00:01+00:00"


def test_bursts_are_judged_in_the_regular_session_only() -> None:
    # Given a watched symbol at ten in the morning
    clock = HandClock()
    monitor = monitor_of("ACME", clock=clock)
    regular = monitor.bursts_judged("ACME")
    # When it is five in the afternoon
    clock.move(7 * 3600)
    # Then bursts are judged no more
    assert (regular, monitor.bursts_judged("ACME")) == (True, False)


def test_a_learnt_table_of_conditions_holds_for_symbols_watched_later() -> None:
    # Given a condition that counts towards volume, by the documented table
    monitor = monitor_of("ACME")
    learnt = TradeConditions.from_reference(
        [
            {
                "id": 14,
                "data_types": ["trade"],
                "update_rules": {"consolidated": {"updates_volume": False}},
            }
        ]
    )
    # When another table is learnt, and a further symbol watched
    monitor.use_conditions(learnt)
    monitor.judge.watch("BOLT", from_ns=START_NS, now_ns=START_NS)
    for symbol in ("ACME", "BOLT"):
        give_trade(monitor.judge, symbol, at(0), BID, 100, conditions=(14,))
    # Then the new table holds for the new symbol
    assert [monitor.price(each) is None for each in ("ACME", "BOLT")] == [False, True]


def test_a_replay_writes_nothing_by_the_wall_clock(tmp_path: Path) -> None:
    # Given a monitor as a replay makes it
    monitor = monitor_of("ACME", log_directory=tmp_path, wall_fields=False)
    # When an alert is recorded
    sell(monitor, 0)
    monitor.close()
    # Then latency and wall time are null
    (line,) = map(json.loads, (tmp_path / DAY).read_bytes().splitlines())
    assert (line["latency_ms"], line["logged_at"]) == (None, None)
    assert line["alert_id"] == alert_id(large_seller(0), CONFIG.config_hash)


def test_without_a_client_it_asks_polygon_and_its_waits_end_with_it() -> None:
    # Given a monitor without a client
    monitor = OrderFlowMonitor(CONFIG, position_manager=Holdings(), log_directory=None)
    # When it is stopped
    client = monitor.client
    monitor.stop()
    # Then the client is Polygon's, and its waits end at once
    assert isinstance(client, PolygonClient)
    assert client._wait(5)


def test_what_is_wanted_is_asked_of_the_position_manager_anew() -> None:
    # Given a monitor of one position, and another that was opened since
    manager = Holdings(position("ACME"))
    monitor = monitor_of(manager=manager)
    manager.positions.append(position("BOLT"))
    # When it is asked which symbols are to be watched
    # Then both are, though only one is protected yet
    assert monitor.wanted_symbols() == ("ACME", "BOLT")
    assert monitor.protected == ("ACME",)


def test_a_cycle_is_reckoned_from_the_settings() -> None:
    # Given twenty symbols at five requests a second
    monitor = monitor_of(config=OrderFlowConfig(thresholds="fixed"))
    # When the cycle is asked
    # Then it is 41 requests long
    assert monitor.cycle_seconds(20) == pytest.approx(8.2)


Print = tuple[int, int, int]
tapes = st.lists(
    st.tuples(st.integers(0, 40), st.integers(-2, 1), st.sampled_from([100, 5_000, 12_000])),
    max_size=40,
)


def found_in(tape: list[Print], shift: int) -> list[OrderFlowAlert]:
    """Return what a fresh monitor finds on a tape, its times moved by whole seconds."""
    monitor = monitor_of("ACME")
    told = listen(monitor)
    now = 0
    for pause, step, size in tape:
        now += pause
        stamp = at(now + shift)
        give_quote(monitor.judge, "ACME", stamp, BID, 500, BID + 10_000, 500)
        give_trade(monitor.judge, "ACME", stamp + 1_000_000, BID + step * 10_000, size)
    return [each for each in told if isinstance(each, OrderFlowAlert)]


@settings(max_examples=25, deadline=None)
@given(tape=tapes, shift=st.integers(0, 3_600))
def test_the_same_tape_gives_the_same_alerts_and_a_later_one_later_alerts(
    tape: list[Print], shift: int
) -> None:
    # Given any tape
    first = found_in(tape, 0)
    # When it is judged again, and an hour or less later
    again, later = found_in(tape, 0), found_in(tape, shift)
    # Then the alerts are the same, or only moved
    moved = timedelta(seconds=shift)
    assert again == first
    assert [(each.timestamp_utc - moved, each.order_size) for each in later] == [
        (each.timestamp_utc, each.order_size) for each in first
    ]


def test_an_unknown_condition_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    # Given a print with a condition that no table knows
    monitor = monitor_of("ACME")
    give_trade(monitor.judge, "ACME", at(1), BID, 100, conditions=(999,))
    # When the tick looks twice
    with caplog.at_level(logging.WARNING, "trading_bot.order_flow"):
        monitor.judge.every_second(at(2))
        monitor.judge.every_second(at(3))
    # Then it is logged once, with its id
    met = [r for r in caplog.records if r.getMessage() == "order_flow.unknown_condition_met"]
    assert [vars(record)["condition"] for record in met] == [999]


def test_a_withheld_burst_is_among_what_was_left_out() -> None:
    # Given five minutes of steady trade without a quote, so that no side is sure
    config = OrderFlowConfig(thresholds="fixed", requests_per_second=90.0)
    monitor = monitor_of("ACME", config=config)
    for minute in range(5):
        give_trade(monitor.judge, "ACME", at(60 * minute), BID, 2_000)
    # When a spike of falling prices comes, whose sides rest on the tick test alone
    give_trade(monitor.judge, "ACME", at(301), BID - 10_000, 50_000)
    # Then no burst is raised, and the health check says that one was withheld
    assert monitor.judge.publisher.counts["red_burst"] == 0
    assert monitor.health_check()["dropped"] == {"burst_withheld": 1}
    # And the count outlives the watch
    monitor.judge.unwatch("ACME")
    assert monitor.dropped() == {"burst_withheld": 1}


def test_a_book_with_levels_is_judged_where_its_symbol_is_watched() -> None:
    # Given a watched symbol and a book whose second level is large
    monitor = monitor_of("ACME")
    best, ask = (BID, 100 * UNITS_PER_SHARE), (BID + 10_000, 100 * UNITS_PER_SHARE)
    large = (BID - 10_000, 10_000 * UNITS_PER_SHARE)
    # When books of it and of an unwatched symbol come
    monitor.judge.book(BookEvent("ACME", at(1), (best,), (ask,)))
    monitor.judge.book(BookEvent("ACME", at(1), (best, large), (ask,)))
    monitor.judge.book(BookEvent("NONE", at(1), (best, large), (ask,)))
    # Then only the large level is found
    assert monitor.judge.publisher.counts == {"large_seller": 1}


@pytest.mark.parametrize(("after_days", "is_compressed"), [(7, True), (8, False), (0, False)])
def test_a_run_compresses_the_old_days_of_its_record(
    tmp_path: Path, after_days: int, is_compressed: bool
) -> None:
    # Given a record with a day of eight days ago
    old = tmp_path / "2026-03-02.jsonl"
    old.write_bytes(b'{"schema":1}\n')
    config = replace(CONFIG, compress_journal_after_days=after_days)
    monitor = monitor_of("ACME", config=config, log_directory=tmp_path)
    # When it is watched until its days were looked at
    looked = threading.Event()

    def stop_once_looked_at() -> None:
        ends = monotonic_seconds() + 20
        while not looked.wait(0.01) and monotonic_seconds() < ends:
            state = monitor.threads.health().get(COMPRESSING, {}).get("state")
            if state == ("resting" if after_days else None):
                looked.set()
        monitor.stop()

    watcher = threading.Thread(target=stop_once_looked_at)
    watcher.start()
    monitor.run(mode="poll")
    watcher.join()
    # Then it is compressed where it is old enough
    assert looked.is_set()
    assert old.exists() is not is_compressed
    assert (tmp_path / "2026-03-02.jsonl.gz").exists() is is_compressed


def test_whatever_can_be_asked_may_be_asked_by_other_threads_while_it_is_judged() -> None:
    # Given a monitor whose positions come and go, whose alerts are many, and whose counts grow
    holdings = Holdings()
    monitor = monitor_of(manager=holdings)
    judge = monitor.judge
    begun, ended = threading.Semaphore(0), threading.Event()

    def watch() -> None:
        for n in range(400):
            symbol = f"S{n % 9}"
            holdings.positions = [position(symbol), position("ACME")]
            for each in judge.read_positions():
                if judge.judge_of(each) is None:
                    judge.watch(each, from_ns=START_NS, now_ns=START_NS)
            sell(monitor, n, symbol)
            judge.stream_counts[f"reason {n}"] += 1
            judge.publisher.counts[f"kind {n}"] += 1
            error = DataSourceError("no", code=f"code {n}")
            judge.data_refused(symbol, "tape", at(n), error)
            judge.saw(symbol, sight(since=n, compared=n), at(n))
            if n % 5 == 4:
                judge.unwatch(symbol)
        ended.set()

    # When others ask all that can be asked
    failures: list[Exception] = []

    def ask() -> None:
        while not ended.is_set():
            try:
                assert monitor.health_check()["last_alert_count"] >= 0
                for symbol in (*monitor.symbols, *monitor.protected, *monitor.positions):
                    assert monitor.visibility(symbol).state
                    monitor.price(symbol)
                    judge.detector.should_trigger_exit(symbol)
                assert all(each.symbol for each in judge.detector.alert_history)
            except Exception as failure:  # noqa: BLE001 - any failure is what is looked for
                failures.append(failure)
            begun.release()

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for each in askers:
        each.start()
    assert begun.acquire(timeout=10)
    writer = threading.Thread(target=watch)
    writer.start()
    for each in (writer, *askers):
        each.join(30)
    # Then none of them fails
    assert (failures, ended.is_set()) == ([], True)


# What it shows.


def shown_lines(folder: Path) -> list[LiveBeat]:
    lines = b"".join(path.read_bytes() for path in segments_in(folder)).splitlines()
    return [msgspec.json.decode(line, type=LiveBeat) for line in lines]


def test_without_a_wish_no_live_file_is_written(tmp_path: Path) -> None:
    # Given a monitor of which nobody has asked for one
    monitor = monitor_of("ACME")
    # When it would be written
    with monitor.live_file_written():
        pass
    # Then there is none, and health says nothing of it
    assert list(tmp_path.iterdir()) == []
    assert "live_file" not in monitor.health_check()


@pytest.mark.parametrize(
    ("market", "shown"),
    [("live", "live"), ("simulated", "simulated"), ("replay", "recorded")],
)
def test_the_live_file_says_whose_it_is(tmp_path: Path, market: Any, shown: str) -> None:
    # Given a monitor that writes one
    folder, record = tmp_path / "live", tmp_path / "record"
    monitor = monitor_of("ACME", live_dir=folder, log_directory=record, market=market)
    # When it is written for a moment
    with monitor.live_file_written():
        pass
    # Then the file says which market it was, where the record lies, and that all is over
    found = shown_lines(folder)
    assert {(each.market, each.record) for each in found} == {(shown, str(record))}
    assert found[-1].status == "stopped"
    assert monitor.health_check()["live_file"]["status"] == "ok"


def test_the_live_file_is_no_part_of_the_record(tmp_path: Path) -> None:
    # Given a folder in that of the record
    # When a monitor is to write its live file there, then it is refused
    with pytest.raises(ValueError, match="cannot lie inside the record"):
        monitor_of("ACME", live_dir=tmp_path / "live", log_directory=tmp_path)


def test_a_bot_that_waits_for_its_session_shows_that_between_two_runs(tmp_path: Path) -> None:
    # Given a monitor within a longer life
    monitor = monitor_of("ACME", live_dir=tmp_path)
    over = threading.Event()
    over.set()
    # When two runs follow each other in it
    with monitor.live_file_written():
        for _ in range(2):
            monitor.run(stopped=over)
        stopped = [each for each in shown_lines(tmp_path) if each.status == "stopped"]
    # Then the file ends once, with that life
    assert stopped == []
    assert [each.status for each in shown_lines(tmp_path)].count("stopped") == 1
