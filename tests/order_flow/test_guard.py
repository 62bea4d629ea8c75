"""The guard: its life, what it tells to whom, and what can be asked of it."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.monitor_stubs import (
    START,
    Books,
    HandClock,
    StubClient,
    Tape,
    at,
    book,
    large_seller,
    quote,
    sight,
    trade,
)
from support.provider_stub import Reply, StubProvider, as_json
from support.stream_stub import KEY, StreamStub, stream_stub

from trading_bot.order_flow import guard as guard_module
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.errors import DataSourceError, OtherMarketError
from trading_bot.order_flow.guard import OrderFlowGuard
from trading_bot.order_flow.live_file.files import LiveFiles
from trading_bot.order_flow.notices import FeedEvent, GuardState
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.telling.guard_events import GuardEvent
from trading_bot.order_flow.telling.view import View

CONFIG = OrderFlowConfig(thresholds="fixed", requests_per_second=90.0, poll_interval_seconds=0.1)
OPENED = START - timedelta(hours=1)
"""Before the sellers: nobody is told to leave for what happened before."""
POSITIONS = {
    "ACME": {"shares": 100, "entry_price": Decimal("101.00"), "opened_at": OPENED},
}
SECONDS = (-30, -20, -10)
"""When large sellers came, before the clock's hand."""


@dataclass
class Holding:
    """A position of a host's own, its numbers as its broker writes them."""

    symbol: str
    qty: str
    avg_entry_price: str
    opened_at: datetime = OPENED


def selling(symbol: str, trades_from_ns: int, _: int) -> Tape:
    """Answer with three large sellers, once."""
    if trades_from_ns >= at(SECONDS[-1]):
        return [], []
    moments = [(symbol, each) for each in SECONDS]
    return (
        [trade(each, name) for name, each in moments],
        [quote(each - 1, name) for name, each in moments],
    )


class Told:
    """Listens, and lets a test wait for what it is to hear."""

    def __init__(self) -> None:
        self.events: list[GuardEvent] = []
        self._arrived = threading.Condition()

    def __call__(self, event: GuardEvent) -> None:
        with self._arrived:
            self.events.append(event)
            self._arrived.notify_all()

    @property
    def kinds(self) -> list[str]:
        return [kind_of(each) for each in self.events]

    def until(self, kind: str) -> GuardEvent:
        """Wait for the first event of a kind."""
        with self._arrived:
            found = self._arrived.wait_for(
                lambda: next((each for each in self.events if kind_of(each) == kind), None), 10
            )
        assert found is not None, self.kinds
        return found

    def state(self, kind: str) -> GuardState:
        found = self.until(kind)
        assert isinstance(found, GuardState)
        return found


def kind_of(event: GuardEvent) -> str:
    if isinstance(event, GuardState):
        return event.kind
    return "exit" if isinstance(event, ExitRecommendation) else "alert"


def guard_of(
    positions: Any = POSITIONS,
    client: StubClient | None = None,
    config: OrderFlowConfig = CONFIG,
    **options: Any,
) -> OrderFlowGuard:
    fields: dict[str, Any] = {
        "client": client or StubClient(selling),
        "clock": HandClock(),
        "log_directory": None,
        "mode": "poll",
    }
    return OrderFlowGuard(config, positions, **(fields | options))


def listened(guard: OrderFlowGuard) -> Told:
    told = Told()
    guard.add_listener(told)
    return told


# What it finds, and whom it tells.


def test_a_position_of_the_hosts_own_class_gets_its_exit_with_that_object() -> None:
    # Given a bot whose positions have texts for numbers
    mine = Holding("ACME", "100", "101.00")
    guard = guard_of([mine])
    told = listened(guard)
    # When three large sellers come
    with guard:
        found = told.until("exit")
    # Then the exit names the bot's own object, reckoned exactly
    assert isinstance(found, ExitRecommendation)
    assert found.host_position is mine
    assert found.unrealised_pnl == Decimal("-100.00")
    assert len(found.alert_ids) == 3


def test_every_outlet_hears_the_same_in_the_same_order() -> None:
    # Given a risk manager, a listener and a loop that asks
    heard: list[GuardEvent] = []

    class RiskManager:
        on_exit_recommendation = on_order_flow_alert = on_guard_state = staticmethod(heard.append)

    guard = guard_of(risk_manager=RiskManager())
    told = listened(guard)
    # When sellers come, and the guard is stopped
    with guard:
        told.until("exit")
    told.until("stopped")
    # Then each has the whole life, from the start to the stop
    assert told.kinds == ["started", "alert", "alert", "alert", "exit", "stopped"]
    assert guard.drain() == heard == told.events
    assert guard.drain() == []


def test_a_risk_manager_needs_no_more_than_one_method() -> None:
    # Given a risk manager that only takes exits
    exits: list[ExitRecommendation] = []

    class RiskManager:
        def on_exit_recommendation(self, found: ExitRecommendation) -> None:
            exits.append(found)

    guard = guard_of(risk_manager=RiskManager())
    told = listened(guard)
    # When alerts and an exit come
    with guard:
        told.until("exit")
    # Then it has the exit, and nothing failed
    assert [each.symbol for each in exits] == ["ACME"]
    assert "risk_manager_failed" not in told.kinds


def test_a_risk_manager_that_raises_is_told_to_everybody_else() -> None:
    # Given a risk manager that fails at every exit
    class RiskManager:
        def on_exit_recommendation(self, found: ExitRecommendation) -> None:
            raise SystemExit(f"no broker for {found.symbol}")

    guard = guard_of(risk_manager=RiskManager())
    told = listened(guard)
    # When an exit comes
    with guard:
        failed = told.state("risk_manager_failed")
        told.until("exit")
        alive = guard.state
    # Then the failure is an event with its reason, and the guard goes on
    assert failed.symbol == "ACME"
    assert failed.reason == "on_exit_recommendation raised SystemExit: no broker for ACME"
    assert alive == "running"


def test_a_listener_that_raises_harms_nobody() -> None:
    # Given a listener that ends every thread that calls it, before another
    def leave(_: GuardEvent) -> None:
        sys.exit(1)

    guard = guard_of()
    guard.add_listener(leave)
    told = listened(guard)
    # When an exit comes
    with guard:
        told.until("exit")
        alive = guard.state
    # Then the other has heard it, and the guard goes on
    assert alive == "running"


def test_a_listener_that_is_removed_hears_no_more() -> None:
    # Given a listener that was removed
    guard = guard_of()
    told, removed = listened(guard), listened(guard)
    guard.remove_listener(removed)
    # When the guard runs
    with guard:
        told.until("started")
    # Then it has heard nothing
    assert removed.events == []


def test_a_feed_that_goes_blind_is_a_state_of_its_symbol() -> None:
    # Given a guard that runs
    guard = guard_of()
    told = listened(guard)
    # When the engine says that a held symbol can no longer be seen
    with guard:
        told.until("exit")
        event = FeedEvent("blind", "ACME", START, "no usable tape", position_open=True)
        guard.monitor.judge.publisher.publish_feed_event(event)
        found = told.state("blind")
    # Then the host hears what that means
    assert found == GuardState(
        "blind", "ACME", "no usable tape; an open position is not protected now", START
    )


def test_the_events_come_on_the_hosts_loop_to_the_end_of_the_run() -> None:
    # Given a host with an event loop
    async def host() -> list[str]:
        guard = guard_of()
        feed = guard.events()
        kinds = []
        async with guard:
            async for event in feed:
                kinds.append(kind_of(event))
                if kinds[-1] == "exit":
                    break
        # When the guard has ended with its block
        return kinds + [kind_of(event) async for event in feed]

    # Then the last event ended the iteration
    assert asyncio.run(host()) == ["started", "alert", "alert", "alert", "exit", "stopped"]


def test_of_what_a_slow_reader_lost_the_exit_is_kept() -> None:
    # Given a reader with room for one event
    async def host() -> tuple[int, list[str]]:
        guard = guard_of()
        feed = guard.events(limit=1)
        told = listened(guard)
        # When more come before it reads
        async with guard:
            await asyncio.to_thread(told.until, "exit")
        kinds = [kind_of(event) async for event in feed]
        return feed.dropped, kinds

    # Then the loss is counted and told, and neither exit nor end are among it
    dropped, kinds = asyncio.run(host())
    assert dropped == 4
    assert kinds[0] == "events_lost"
    assert {"exit", "stopped"} <= set(kinds)


# Its life.


def test_it_watches_again_when_it_is_started_again() -> None:
    # Given a guard that was started and stopped
    asked = threading.Semaphore(0)

    def books(symbols: Iterable[str]) -> Books:
        asked.release()
        return {each: book(0, each) for each in symbols}

    guard = guard_of(client=StubClient(books=books))
    for _ in range(2):
        # When it is started once more
        guard.start()
        # Then it asks for more than before the watch
        assert asked.acquire(timeout=5)
        assert asked.acquire(timeout=5)
        assert guard.state == "running"
        assert guard.stop()
        while asked.acquire(blocking=False):
            pass
    assert guard.state == "stopped"
    assert [kind_of(each) for each in guard.drain()] == ["started", "stopped"] * 2


def test_it_cannot_be_started_twice() -> None:
    # Given a guard that runs
    guard = guard_of()
    with guard:
        # When it is started again, in a thread or on a loop
        # Then that is refused, and it goes on
        with pytest.raises(RuntimeError, match="runs already: stop"):
            guard.start()
        with pytest.raises(RuntimeError, match="runs already: stop"):
            asyncio.run(guard.run_async())
        assert guard.state == "running"


def test_a_stop_may_come_at_any_time_and_again() -> None:
    # Given a guard that never ran
    guard = guard_of()
    before = guard.stop()
    # When it is started, and stopped three times
    guard.start()
    after = [guard.stop() for _ in range(3)]
    # Then it has ended every time
    assert (before, after, guard.state) == (True, [True] * 3, "stopped")


def test_a_stop_while_it_is_being_started_is_obeyed() -> None:
    # Given a guard that is being started: the host's positions take their time
    reading, go_on = threading.Event(), threading.Event()

    def positions() -> list[Holding]:
        reading.set()
        go_on.wait(5)
        return [Holding("ACME", "1", "1")]

    guard = guard_of(positions)
    starting = threading.Thread(target=guard.start)
    starting.start()
    assert reading.wait(5)
    # When it is stopped
    assert not guard.stop(timeout=0)
    go_on.set()
    starting.join(5)
    # Then it ends as soon as it begins
    assert guard.stop()
    assert guard.state == "stopped"


def until_drained(guard: OrderFlowGuard, kind: str) -> list[GuardEvent]:
    """Drain as a loop with ticks does, until an event of a kind came."""
    drained: list[GuardEvent] = []
    pause = threading.Event()
    for _ in range(1_000):
        drained += guard.drain()
        if kind in map(kind_of, drained):
            return drained
        pause.wait(0.01)
    raise AssertionError(drained)


def lines_of(directory: Path, event: str) -> list[str]:
    found = b"".join(path.read_bytes() for path in sorted(directory.glob("*.jsonl")))
    return [each for each in found.decode().splitlines() if f'"event":"{event}"' in each]


def test_an_exit_is_told_to_a_bot_that_drains_once_it_took_it(tmp_path: Path) -> None:
    # Given a bot that drains, killed before the exit came: nobody but the log had it
    earlier = guard_of(log_directory=tmp_path)
    earlier.drain()
    with earlier:
        told = listened(earlier)
        told.until("exit")
    assert lines_of(tmp_path, "order_flow.told") == []
    # When it starts again, and drains
    later = guard_of(log_directory=tmp_path)
    later.drain()
    with later:
        drained = until_drained(later, "exit")
        seen = later.view("ACME")
    # Then the exit is told again with its first id, and marked as told
    (again,) = [each for each in drained if isinstance(each, ExitRecommendation)]
    (line,) = lines_of(tmp_path, "order_flow.exit_signal_triggered")
    assert again.repeated
    assert f'"exit_id":"{again.exit_id}"' in line
    assert len(lines_of(tmp_path, "order_flow.told")) == 1
    assert seen.exit == again


def test_a_bot_that_starts_again_sees_the_exit_that_stands(tmp_path: Path) -> None:
    # Given an exit that was told
    earlier = guard_of(log_directory=tmp_path)
    heard = listened(earlier)
    with earlier:
        heard.until("exit")
    assert len(lines_of(tmp_path, "order_flow.told")) == 1
    # When the bot starts again
    later = guard_of(log_directory=tmp_path)
    told = listened(later)
    with later:
        pause = threading.Event()
        while not later.monitor.symbols:
            pause.wait(0.01)
        found = later.view("ACME")
    # Then nothing is told again, and the exit stands
    assert "exit" not in told.kinds
    assert found.pressure == "exit"
    assert found.exit is not None
    assert found.exit.alert_ids


def test_a_listener_that_stops_it_does_not_wait_for_itself() -> None:
    # Given a listener that stops the guard at the first exit
    guard = guard_of()
    answers: list[bool] = []

    def stop_at_exit(event: GuardEvent) -> None:
        if isinstance(event, ExitRecommendation):
            answers.append(guard.stop())

    guard.add_listener(stop_at_exit)
    told = listened(guard)
    # When an exit comes
    guard.start()
    told.until("stopped")
    # Then the guard ends, and the listener did not wait for that
    assert guard.stop()
    assert answers == [False]


def test_bad_rows_are_all_named_at_the_start_and_mended_rows_are_watched() -> None:
    # Given two rows that cannot be read, and a good one
    rows: dict[str, Any] = {
        "ACME": {"shares": "?", "entry_price": 1},
        "BOLT": {"shares": 1},
        "CLIF": {"shares": 1, "entry_price": 1},
    }
    guard = guard_of(rows)
    told = listened(guard)
    # When it is started
    with pytest.raises(ValueError, match="2 of the positions cannot be read") as raised:
        guard.start()
    # Then caller and listeners are told of both, and nothing runs
    assert all(name in str(raised.value) for name in ("'ACME'", "'BOLT'"))
    assert told.kinds == ["failed"]
    assert told.state("failed").reason.startswith("ValueError: 2 of the positions")
    assert (guard.state, guard.error) == ("failed", raised.value)
    # And once they are mended it may be started
    rows["ACME"]["shares"], rows["BOLT"]["entry_price"] = 1, 1
    with guard:
        assert (guard.state, guard.error) == ("running", None)


def test_what_the_hosts_positions_raise_at_the_start_comes_as_it_is() -> None:
    # Given a broker that is away
    def positions() -> list[Holding]:
        raise ConnectionError("broker away")

    guard = guard_of(positions)
    # When it is started
    # Then the host has its own error
    with pytest.raises(ConnectionError, match="broker away"):
        guard.start()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mode": "streaming"}, "mode='streaming' must be 'stream_or_poll', 'stream' or 'poll'"),
        ({"positions": None}, "positions=None must be"),
        ({"risk_manager": object()}, "risk_manager=object has none of on_exit_recommendation"),
        ({"config": replace(CONFIG, data_source="nobody"), "client": None}, "no provider that is"),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_made(options: dict[str, Any], words: str) -> None:
    # Given an argument that cannot be
    # When a guard is made
    # Then it is refused
    with pytest.raises(ValueError, match=words):
        guard_of(**options)


@pytest.mark.parametrize("mode", ["poll", "stream", "stream_or_poll"])
def test_a_wrong_key_is_told_at_once_to_caller_and_listeners(mode: str) -> None:
    # Given a provider that does not know the key
    with StubProvider(as_json({"error": "unknown key"}, status=401)) as provider:
        config = replace(CONFIG, polygon_api_key=KEY, base_url=provider.base_url)
        guard = OrderFlowGuard(config, POSITIONS, mode=mode, log_directory=None)  # type: ignore[arg-type]  # one of the modes
        told = listened(guard)
        # When it is started
        with pytest.raises(DataSourceError, match="does not know this key") as raised:
            guard.start()
    # Then both know, and nothing runs
    assert raised.value.code == "wrong_key"
    assert told.kinds == ["failed"]
    assert told.state("failed").reason.endswith("[wrong_key]")
    assert (guard.state, guard.error) == ("failed", raised.value)
    assert guard.view("ACME").reason.endswith("[wrong_key]")


@pytest.mark.parametrize("mode", ["poll", "stream", "stream_or_poll"])
def test_a_missing_key_is_told_at_once(mode: str) -> None:
    # Given settings without a key
    guard = OrderFlowGuard(CONFIG, POSITIONS, mode=mode, log_directory=None)  # type: ignore[arg-type]  # one of the modes
    # When it is started
    # Then the caller is told what to mend
    with pytest.raises(DataSourceError, match="no key is set"):
        guard.start()


def refusing_client(code: str) -> StubClient:
    def books(_: Iterable[str]) -> Books:
        raise DataSourceError("your plan has no such thing", code=code)

    return StubClient(books=books)


def test_a_plan_that_cannot_be_polled_is_told_at_once() -> None:
    # Given a plan without snapshots
    guard = guard_of(client=refusing_client("plan"))
    # When polling is started
    # Then the caller is told
    with pytest.raises(DataSourceError, match="your plan has no such thing"):
        guard.start()


def test_without_positions_the_plan_is_not_asked_for() -> None:
    # Given a bot that holds nothing yet
    guard = guard_of([], client=refusing_client("plan"))
    # When it is started
    with guard:
        # Then it runs, ready for the first position
        assert guard.state == "running"


def test_a_provider_that_only_fails_is_left_to_the_run() -> None:
    # Given a provider that is down
    guard = guard_of(client=refusing_client("server_error"))
    # When it is started
    with guard:
        # Then it runs, and cannot see
        assert guard.state == "running"
        assert guard.view("ACME").pressure == "unknown"


def test_a_defect_of_a_provider_is_left_to_the_run(caplog: pytest.LogCaptureFixture) -> None:
    # Given a client of the host's with a defect
    def books(_: Iterable[str]) -> Books:
        raise ZeroDivisionError

    guard = guard_of(client=StubClient(books=books))
    # When it is started
    with guard:
        # Then it runs, and the defect is logged
        assert guard.state == "running"
    assert any("order_flow.access_not_asked" in each.getMessage() for each in caplog.records)


def test_a_refusal_that_comes_late_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a provider that takes longer over the key than a start waits
    monkeypatch.setattr(guard_module, "ACCESS_PATIENCE_SECONDS", 0.01)
    go_on = threading.Event()

    def books(_: Iterable[str]) -> Books:
        go_on.wait(5)
        raise DataSourceError("unknown key", code="wrong_key")

    guard = guard_of(client=StubClient(books=books))
    told = listened(guard)
    guard.start()
    running = guard.state
    # When it refuses it in the end
    go_on.set()
    failed = told.state("failed")
    # Then everybody is told, and nothing runs
    assert guard.stop()
    assert running == "running"
    assert failed.reason == "unknown key [wrong_key]"
    assert (guard.state, str(guard.error)) == ("failed", "unknown key")


def test_a_good_answer_that_comes_late_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a provider that takes longer over the key than a start waits
    monkeypatch.setattr(guard_module, "ACCESS_PATIENCE_SECONDS", 0.01)
    go_on, polled = threading.Event(), threading.Semaphore(0)

    def tape(*_: object) -> Tape:
        polled.release()
        return [], []

    def books(symbols: Iterable[str]) -> Books:
        go_on.wait(5)
        return {each: book(0, each) for each in symbols}

    guard = guard_of(client=StubClient(tape, books))
    with guard:
        # When it lets us in, and both it and the run have asked for the tape
        go_on.set()
        assert polled.acquire(timeout=5)
        assert polled.acquire(timeout=5)
        # Then the guard runs
        assert guard.state == "running"


def test_a_host_that_keeps_a_time_of_its_own_is_followed() -> None:
    # Given a host whose market stands at another day, and that falls silent later
    status = {"market": "open", "serverTime": "2026-03-10T10:00:00-04:00"}
    silent = Reply(status=404)
    with StubProvider(as_json(status), as_json(status), as_json(status), silent) as provider:
        config = replace(CONFIG, polygon_api_key=KEY, base_url=provider.base_url)
        guard = OrderFlowGuard(config, [], mode="poll", log_directory=None)
        # When the guard is started, and again without an answer
        with guard:
            first = guard.view("ACME").as_of
        with guard:
            second = guard.view("ACME").as_of
    # Then it lives in that market's time
    assert timedelta(0) <= first - START < timedelta(seconds=5)
    assert timedelta(0) <= second - first < timedelta(seconds=20)


def test_a_host_says_that_its_market_is_simulated(tmp_path: Path) -> None:
    # Given a bot of a simulated market
    guard = guard_of(log_directory=tmp_path, market="simulated")
    # When it watches
    told = listened(guard)
    with guard:
        told.until("started")
    # Then health and record say so, and one of the live market is kept out of it
    assert guard.monitor.health_check()["market_source"] == "simulated"
    (line,) = lines_of(tmp_path, "order_flow.monitoring_started")
    assert '"market":"simulated"' in line
    with pytest.raises(OtherMarketError):
        guard_of(log_directory=tmp_path).start()


def test_a_clock_of_the_hosts_own_is_left_alone() -> None:
    # Given a host that keeps another time, and a clock of the caller's
    status = {"market": "open", "serverTime": "2026-07-01T10:00:00-04:00"}
    with StubProvider(as_json(status)) as provider:
        config = replace(CONFIG, polygon_api_key=KEY, base_url=provider.base_url)
        guard = OrderFlowGuard(config, [], mode="poll", clock=HandClock(), log_directory=None)
        # When the guard is started
        with guard:
            found = guard.view("ACME").as_of
    # Then the caller's clock is the one that counts
    assert found == START


def test_a_late_answer_to_an_earlier_start_does_not_end_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a first start whose answer was still to come when it was stopped
    monkeypatch.setattr(guard_module, "ACCESS_PATIENCE_SECONDS", 0.01)
    first, answered = threading.Event(), threading.Event()
    asked: list[int] = []

    def books(symbols: Iterable[str]) -> Books:
        asked.append(1)
        if len(asked) == 1:
            first.wait(5)
            raise DataSourceError("unknown key", code="wrong_key")
        answered.set()
        return {each: book(0, each) for each in symbols}

    guard = guard_of(client=StubClient(books=books))
    guard.start()
    assert guard.stop()
    # When it comes during the next
    with guard:
        first.set()
        assert answered.wait(5)
        # Then that goes on
        assert guard.state == "running"


def test_a_thread_that_dies_is_an_event(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Given an engine with a defect
    guard = guard_of()
    told = listened(guard)

    def die(**_: object) -> None:
        raise SystemExit("a defect")

    monkeypatch.setattr(guard.monitor, "run", die)
    # When it is started
    guard.start()
    failed = told.state("failed")
    # Then everybody is told why, with its trace in the log
    assert failed.reason == "SystemExit: a defect"
    assert guard.stop()
    assert guard.state == "failed"
    assert any("order_flow.guard_crashed" in each.getMessage() for each in caplog.records)


def test_a_thread_that_cannot_be_had_is_told_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a machine without threads
    guard = guard_of()

    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    # When it is started
    # Then the caller is told, and it may be started again later
    with pytest.raises(RuntimeError, match="can't start new thread"):
        guard.start()
    monkeypatch.undo()
    with guard:
        # The market may have been judged since: what came first is what counts.
        assert [kind_of(each) for each in guard.drain()][:2] == ["failed", "started"]


# Positions that change while it runs.


def test_a_row_that_breaks_while_it_runs_stays_protected_and_is_told() -> None:
    # Given a guard that runs over a live dict
    clock = HandClock()
    live: dict[str, Any] = {"ACME": POSITIONS["ACME"]}
    client = StubClient(selling)
    guard = guard_of(live, client, clock=clock)
    told = listened(guard)
    with guard:
        told.until("exit")
        # When the row can no longer be read, and then it can again
        live["ACME"] = {"shares": "?"}
        failed = told.state("positions_failed")
        held = guard.monitor.positions["ACME"].quantity
        live["ACME"] = {"shares": 50, "entry_price": 101}
        told.until("positions_ok")
    # Then the position as last read stayed held meanwhile
    assert failed.symbol == "ACME"
    assert failed.reason.endswith("as last read it stays protected")
    assert held == 100


# A stream, and what takes its place.


def beside(
    test: Callable[[StreamStub, OrderFlowGuard, Told], Awaitable[Any]], **options: Any
) -> Any:
    """Run a test beside a stream server, with a guard that streams from it where it may."""

    async def run() -> Any:
        async with stream_stub() as stub:
            config = replace(
                CONFIG,
                polygon_api_key=KEY,
                base_url=stub.url.replace("ws:", "http:").removesuffix("/stocks"),
            )
            guard = guard_of(config=config, **({"mode": "stream_or_poll"} | options))
            return await test(stub, guard, listened(guard))

    return asyncio.run(run())


async def heard(told: Told, kind: str) -> GuardEvent:
    return await asyncio.to_thread(told.until, kind)


@pytest.mark.parametrize("on_loop", [False, True], ids=["thread", "event loop"])
def test_it_streams_where_the_provider_lets_it(on_loop: bool) -> None:
    # Given a provider that streams
    async def test(stub: StreamStub, guard: OrderFlowGuard, told: Told) -> list[str]:
        running = asyncio.create_task(guard.run_async() if on_loop else asyncio.sleep(0))
        if not on_loop:
            await asyncio.to_thread(guard.start)
        await stub.until(lambda: stub.clients and len(stub.newest.asked) == 4)
        # When it is stopped
        stopped = guard.stop(timeout=0 if on_loop else 5)
        await running
        assert stopped is not on_loop
        return told.kinds

    # Then it has streamed, from its start to its end
    kinds = beside(test)
    assert (kinds[0], kinds[-1]) == ("started", "stopped")
    assert "refused" not in kinds


@pytest.mark.parametrize("on_loop", [False, True], ids=["thread", "event loop"])
def test_a_refused_stream_is_told_and_polled_instead(on_loop: bool) -> None:
    # Given a plan without prints on the stream
    async def test(stub: StreamStub, guard: OrderFlowGuard, told: Told) -> GuardState:
        stub.refused = ("T.",)
        running = asyncio.create_task(guard.run_async() if on_loop else asyncio.sleep(0))
        if not on_loop:
            await asyncio.to_thread(guard.start)
        # When the sellers are polled
        await heard(told, "exit")
        refused = told.state("refused")
        await asyncio.to_thread(guard.stop)
        await running
        assert told.kinds[-1] == "stopped"
        return refused

    # Then the host knows why
    found = beside(test)
    assert found.symbol is None
    assert found.reason.startswith("no stream, so polling instead: your plan has no stream of")


def test_a_refused_stream_fails_where_polling_may_not_take_its_place() -> None:
    # Given a plan without prints on the stream, and a host that wants nothing else
    async def test(stub: StreamStub, guard: OrderFlowGuard, told: Told) -> str:
        stub.refused = ("T.",)
        # When it runs
        await asyncio.to_thread(guard.start)
        await heard(told, "failed")
        assert await asyncio.to_thread(guard.stop)
        return guard.state

    # Then it has failed
    assert beside(test, mode="stream") == "failed"


def test_a_key_that_the_stream_refuses_is_not_tried_by_polling() -> None:
    # Given a client of the host's that lets us in, and a stream that does not
    async def test(stub: StreamStub, guard: OrderFlowGuard, told: Told) -> str:
        def refuse(client: Any, action: str, _: str) -> bool:
            if action == "auth":
                client.status("auth_failed", "unknown key")
            return action == "auth"

        stub.scripts.append(refuse)
        # When it runs
        await asyncio.to_thread(guard.start)
        await heard(told, "failed")
        return told.state("failed").reason

    # Then that ends it
    assert beside(test).endswith("[wrong_key]")


def test_a_plan_without_stream_and_polling_fails_on_the_loop_too() -> None:
    # Given a plan that allows neither
    async def test(stub: StreamStub, guard: OrderFlowGuard, told: Told) -> list[str]:
        stub.refused = ("T.",)
        # When the host awaits it
        with pytest.raises(DataSourceError, match="your plan has no such thing"):
            await guard.run_async()
        return told.kinds

    # Then the host has the error, and everybody was told
    kinds = beside(test, client=refusing_client("plan"))
    assert kinds == ["started", "connection", "refused", "failed"]


def test_a_late_refusal_ends_a_run_on_the_loop_with_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a provider that takes longer over the key than a start waits
    monkeypatch.setattr(guard_module, "ACCESS_PATIENCE_SECONDS", 0.01)

    async def host() -> str:
        go_on = threading.Event()

        def books(_: Iterable[str]) -> Books:
            go_on.wait(5)
            raise DataSourceError("unknown key", code="wrong_key")

        guard = guard_of(client=StubClient(books=books))
        told = listened(guard)
        running = asyncio.create_task(guard.run_async())
        await heard(told, "started")
        # When it refuses it in the end
        go_on.set()
        with pytest.raises(DataSourceError, match="unknown key"):
            await running
        return guard.state

    # Then the host has the error
    assert asyncio.run(host()) == "failed"


def test_cancelling_it_stops_the_polling() -> None:
    # Given a host that awaits a guard which polls
    async def host() -> tuple[bool, str]:
        guard = guard_of()
        told = listened(guard)
        running = asyncio.create_task(guard.run_async())
        await heard(told, "exit")
        # When it cancels it
        running.cancel()
        await asyncio.wait([running])
        return running.cancelled(), guard.state

    # Then it has stopped
    assert asyncio.run(host()) == (True, "stopped")


def test_a_run_on_the_loop_ends_after_its_time() -> None:
    # Given a guard
    guard = guard_of()
    # When it runs for a moment
    asyncio.run(guard.run_async(0.05))
    # Then it has stopped by itself
    assert guard.state == "stopped"


def test_entering_a_block_that_is_cancelled_leaves_nothing_running() -> None:
    # Given a host that enters the block while its positions take their time
    reading, go_on = threading.Event(), threading.Event()

    def positions() -> list[Holding]:
        reading.set()
        go_on.wait(5)
        return [Holding("ACME", "1", "1")]

    async def host() -> tuple[bool, str]:
        guard = guard_of(positions)
        entering = asyncio.create_task(guard.__aenter__())
        await asyncio.to_thread(reading.wait, 5)
        # When it is cancelled meanwhile
        entering.cancel()
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.wait([entering])
        return entering.cancelled(), guard.state

    # Then the guard has been stopped
    assert asyncio.run(host()) == (True, "stopped")


# What can be asked of it.


def running_view(guard: OrderFlowGuard, told: Told, symbol: str = "ACME") -> View:
    """Return the view of a symbol that can be seen."""
    guard.monitor.judge.saw(symbol, sight(), at(0))
    return guard.view(symbol)


def test_a_view_says_how_lately_its_symbol_was_compared() -> None:
    # Given a symbol that was compared seven seconds ago
    guard = guard_of()
    told = listened(guard)
    with guard:
        told.until("exit")
        guard.monitor.judge.saw("ACME", sight(compared=-7), at(0))
        # When it is asked while the guard runs
        running = guard.view("ACME").compared_seconds_ago
    # Then it says so, and nothing once the guard has stopped
    assert (running, guard.view("ACME").compared_seconds_ago) == (7, None)


def test_a_view_says_what_leaving_costs_while_its_symbol_can_be_seen() -> None:
    # Given a position of which all is seen, or nothing
    guard = guard_of()
    told = listened(guard)
    with guard:
        told.until("exit")
        guard.monitor.judge.saw("ACME", sight("blind", "dead", "nothing comes"), at(0))
        blind = guard.view("ACME").leaving
        seen = running_view(guard, told).leaving
    # When it is asked for what leaving costs, and once more of a guard that has stopped
    # Then it is said, is not known, and is not said
    assert blind is not None
    assert (blind.fits, blind.unknown) == (None, "it cannot be seen")
    assert seen == guard.monitor.leaving("ACME")
    assert seen is not None
    assert seen.shares == 100
    assert guard.view("ACME").leaving is None


@pytest.fixture
def selling_guard() -> Iterator[tuple[OrderFlowGuard, Told]]:
    guard = guard_of()
    told = listened(guard)
    with guard:
        told.until("exit")
        yield guard, told


def test_a_view_of_a_stopped_guard_says_so() -> None:
    # Given a guard that does not run
    guard = guard_of()
    # When it is asked for a symbol
    # Then it says nothing of its market
    assert guard.view("ACME") == View("stopped", "unknown", "", (), None, START)


def test_a_view_of_a_symbol_that_nobody_watches_says_so(
    selling_guard: tuple[OrderFlowGuard, Told],
) -> None:
    # Given a guard that runs
    guard, _ = selling_guard
    # When it is asked for another symbol
    # Then nothing is known of it
    assert guard.view("NONE") == View("not_watched", "unknown", "", (), None, START)


def test_a_view_shows_the_exit_and_its_alerts(selling_guard: tuple[OrderFlowGuard, Told]) -> None:
    # Given a guard that has recommended an exit
    guard, told = selling_guard
    # When it is asked, while the symbol can be seen
    found = running_view(guard, told)
    # Then the exit stands, with the alerts of the window
    assert (found.sees, found.pressure, found.reason) == ("visible", "exit", "")
    assert found.exit is told.until("exit")
    assert [each.timestamp_ns for each in found.alerts] == [at(each) for each in SECONDS]


def test_the_exit_of_a_view_ends_with_its_position(
    selling_guard: tuple[OrderFlowGuard, Told],
) -> None:
    # Given an exit whose position is gone
    guard, told = selling_guard
    guard.monitor.judge.positions.clear()
    # When the view is asked for
    # Then the alerts are left
    assert (running_view(guard, told).pressure, guard.view("ACME").exit) == ("alerted", None)


@pytest.mark.parametrize(
    ("seconds", "pressure", "alerts"),
    [(110.0, "exit", 1), (110.001, "exit", 0), (289.9, "exit", 0), (290.0, "unknown", 0)],
)
def test_a_view_forgets_alerts_after_their_window_and_exits_after_five_minutes(
    seconds: float, pressure: str, alerts: int
) -> None:
    # Given an exit at the third seller, ten seconds ago
    clock = HandClock()
    guard = guard_of(clock=clock)
    told = listened(guard)
    with guard:
        told.until("exit")
        # When time has passed
        clock.move(seconds)
        found = guard.view("ACME")
    # Then what is over does not count, and not knowing is not calm
    assert (found.pressure, len(found.alerts)) == (pressure, alerts)
    assert found.as_of == START + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("hours", "pressure", "reason"),
    [(0, "calm", ""), (7, "unknown", "bursts are not judged at this hour")],
)
def test_calm_is_said_only_while_all_could_be_seen(hours: int, pressure: str, reason: str) -> None:
    # Given a quiet symbol, in and out of the regular session
    clock = HandClock(START + timedelta(hours=hours))
    asked = threading.Semaphore(0)

    def tape(*_: object) -> Tape:
        asked.release()
        return [], []

    guard = guard_of(client=StubClient(tape), clock=clock)
    with guard:
        # Once before the run, and once by it.
        assert asked.acquire(timeout=5)
        assert asked.acquire(timeout=5)
        guard.monitor.judge.saw("ACME", sight(), at(hours * 3_600))
        # When it can be seen
        found = guard.view("ACME")
    # Then it is calm where bursts would have been seen
    assert (found.sees, found.pressure, found.reason) == ("visible", pressure, reason)


def test_a_symbol_whose_position_cannot_be_read_is_blind() -> None:
    # Given a guard that runs, and a new position that cannot be read
    live: dict[str, Any] = {}
    guard = guard_of(live)
    told = listened(guard)
    with guard:
        live["ACME"] = {"shares": "?"}
        told.state("positions_failed")
        # When it is asked for
        found = guard.view("ACME")
    # Then it is not taken for one that nobody holds
    assert (found.sees, found.reason) == ("blind", "its position cannot be read")


def test_a_held_symbol_that_is_not_watched_yet_is_blind() -> None:
    # Given a guard that runs, and a position that it has read only just now
    guard = guard_of([])
    with guard:
        guard.monitor.judge.positions["ACME"] = Position("ACME", 100, 101)
        # When it is asked for
        found = guard.view("ACME")
    # Then it is not taken for one that nobody cares for
    assert (found.sees, found.reason) == ("blind", "not watched yet")


def test_four_threads_may_ask_while_alerts_come() -> None:
    # Given four threads of a host that ask all the time
    guard = guard_of()
    told = listened(guard)
    over = threading.Event()
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            while not over.is_set():
                for symbol in ("ACME", "BOLT"):
                    guard.view(symbol)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is what is tested
            failures.append(error)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    with guard:
        told.until("exit")
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        # When hundreds of alerts come
        history = guard.monitor.judge.detector.alert_history
        for number in range(500):
            history.remember(large_seller(number / 100))
            guard.monitor.judge.publisher.publish_feed_event(
                FeedEvent("degraded", f"S{number}", START, "", position_open=False)
            )
        over.set()
        for thread in threads:
            thread.join(10)
        sys.setswitchinterval(before)
    # Then none of them has failed
    assert failures == []


# Its log.


def test_each_event_is_a_line_with_its_facts_in_the_hosts_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Given a host's own logger
    mine = logging.getLogger("bot.of.the.host")
    guard = guard_of(logger=mine)
    told = listened(guard)
    # When the guard runs
    with caplog.at_level(logging.INFO, mine.name), guard:
        told.until("exit")
    # Then a log without extra fields says all
    lines = [each.getMessage() for each in caplog.records if each.name == mine.name]
    assert lines[0] == (
        "order_flow.guard_started 10:00:00 ET the guard has started: watching by poll"
    )
    assert lines[-2].startswith(
        "order_flow.exit_signal_triggered 09:59:50 ET ACME exit suggested (elevated): 100 shares"
    )
    assert lines[-1] == "order_flow.guard_stopped 10:00:00 ET the guard has stopped"


def test_the_folders_own_lines_carry_their_facts_while_a_guard_runs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Given a listener that fails
    def fail(event: GuardEvent) -> None:
        if isinstance(event, OrderFlowAlert):
            raise ValueError("no")

    guard = guard_of()
    guard.add_listener(fail)
    told = listened(guard)
    # When the guard logs that
    with guard:
        told.until("exit")
    # Then the line says of what, without any extra field
    (line, *_) = [
        each.getMessage()
        for each in caplog.records
        if each.getMessage().startswith("order_flow.listener_failed")
    ]
    assert line.endswith("told=OrderFlowAlert")


def test_the_websocket_library_keeps_its_chatter_from_the_hosts_log() -> None:
    # Given a process that streams
    # When the library's level is looked at
    # Then only its warnings come through
    assert not logging.getLogger("picows.client").isEnabledFor(logging.INFO)


def test_a_guard_shows_what_it_sees_in_its_live_file(tmp_path: Path) -> None:
    # Given a guard that is to write one
    guard = guard_of(live_dir=tmp_path / "live")
    # When it has run
    with guard:
        assert guard.monitor.health_check()["live_file"]["folder"] == str(tmp_path / "live")
    # Then the file says that it has ended
    (path,) = (tmp_path / "live").glob("live-*.jsonl")
    assert b'"status":"stopped"' in path.read_bytes().splitlines()[-1]


def test_a_folder_that_is_not_the_guard_s_own_is_refused_at_the_start(tmp_path: Path) -> None:
    # Given a guard whose live file another one writes already
    other = LiveFiles(tmp_path)
    other.hold()
    guard = guard_of(live_dir=tmp_path)
    # When it starts
    with pytest.raises(ValueError, match="is the live file of another guard"):
        guard.start()
    other.close()
    # Then it protects nothing, and says so
    assert guard.state == "failed"
