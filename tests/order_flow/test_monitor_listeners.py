"""Who listens to a monitor: whatever a listener does, all is judged, recorded and recommended."""

from __future__ import annotations

import _thread
import asyncio
import json
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.market import give_quote, give_trade
from support.monitor_stubs import (
    BID,
    START_NS,
    HandClock,
    Holdings,
    StubClient,
    at,
    position,
    quote,
    trade,
)

from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import Listener, MonitorEvent
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.rules.continued import backfill_start

PATIENCE_SECONDS = 5.0
CONFIG = OrderFlowConfig(thresholds="fixed", requests_per_second=90.0)


class Watched:
    """A monitor of one position with a record, and a listener that keeps what it hears."""

    def __init__(self, folder: Path, client: StubClient | None = None) -> None:
        self.folder = folder
        self.clock = HandClock()
        self.monitor = OrderFlowMonitor(
            CONFIG,
            position_manager=Holdings(position()),
            client=client or StubClient(),
            clock=self.clock,
            log_directory=folder,
        )
        self.told: list[MonitorEvent] = []

    def listen(self, *listeners: Listener) -> None:
        """Add listeners, and behind them the one that keeps."""
        for each in (*listeners, self.told.append):
            self.monitor.add_listener(each)

    def sell(self, *seconds: float) -> None:
        """Let single orders sell much at the bid."""
        judge = self.monitor.judge
        if not self.monitor.symbols:
            for symbol in judge.read_positions():
                judge.watch(symbol, from_ns=backfill_start(START_NS), now_ns=START_NS)
        for second in seconds:
            give_quote(judge, "ACME", at(second) - 1_000_000, BID, 500, BID + 10_000, 500)
            give_trade(judge, "ACME", at(second), BID, 12_000)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [
            json.loads(line)
            for path in sorted(self.folder.glob("*.jsonl"))
            for line in path.read_bytes().splitlines()
        ]

    @property
    def found(self) -> list[str]:
        """The events of the record, but for what says who was told, and what is held."""
        return [each for each in self.events if each not in ("told", "position_seen")]

    @property
    def events(self) -> list[str]:
        return [line["event"].removeprefix("order_flow.") for line in self.lines]


@pytest.fixture
def let_go() -> Iterator[threading.Event]:
    """What a hung listener waits for: the end of its test."""
    event = threading.Event()
    yield event
    event.set()


def raising(error: BaseException) -> Listener:
    def listen(event: MonitorEvent) -> None:
        raise error

    return listen


def hanging_until(event: threading.Event) -> Listener:
    def listen(_: MonitorEvent) -> None:
        event.wait(60)

    return listen


THREE_SELLERS = [*["large_seller_detected"] * 3, "exit_signal_triggered"]


def test_every_listener_hung_costs_no_line_of_the_record(
    tmp_path: Path, let_go: threading.Event
) -> None:
    # Given listeners that hang for ever, and a queue that nobody reads
    watched = Watched(tmp_path)
    hung = [hanging_until(let_go) for _ in range(5)]
    for each in hung:
        watched.monitor.add_listener(each)
    reader = watched.monitor.telling.open_queue()
    # When three large sellers come
    watched.sell(0, 40, 110)
    # Then all is in the record as soon as it is judged, and nobody was told
    assert watched.found == THREE_SELLERS
    assert "told" not in watched.events
    # And whoever reads later finds all of it
    assert [type(each) for each in reader.take_all()] == [
        *[OrderFlowAlert] * 3,
        ExitRecommendation,
    ]


@pytest.mark.parametrize(
    "error",
    [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError(), GeneratorExit(), ValueError()],
    ids=lambda each: type(each).__name__,
)
def test_whatever_a_listener_raises_the_exit_is_recommended(
    tmp_path: Path, error: BaseException
) -> None:
    # Given a listener that raises at every event, before one that does not
    watched = Watched(tmp_path)
    watched.listen(raising(error))
    # When three large sellers come
    watched.sell(0, 40, 110)
    assert watched.monitor.telling.close(PATIENCE_SECONDS)
    # Then all is recorded, the other has heard all, and health counts what was raised
    assert watched.found == THREE_SELLERS
    assert len(watched.told) == 4
    assert watched.monitor.health_check()["listeners"] == {"failed": 4, "lost": 0, "waiting": 0}


def test_an_exit_is_marked_as_told_once_all_have_had_it(
    tmp_path: Path, let_go: threading.Event
) -> None:
    # Given a listener that hangs beside one that does not
    watched = Watched(tmp_path)
    watched.listen(hanging_until(let_go))
    watched.sell(0, 40, 110)
    assert not watched.monitor.telling.close(0.05)
    marks_before = [line for line in watched.lines if line["event"] == "order_flow.told"]
    # When it goes on
    let_go.set()
    assert watched.monitor.telling.close(PATIENCE_SECONDS)
    # Then the mark has the id of what they were told, at its exchange time
    exit_ = watched.told[-1]
    assert isinstance(exit_, ExitRecommendation)
    assert marks_before == []
    mark = watched.lines[-1]
    assert (mark["event"], mark["exit_id"]) == ("order_flow.told", exit_.exit_id)
    assert mark["timestamp"] == "2026-03-10T14:01:50.000000Z"


def test_a_listener_may_leave_and_let_another_in_as_it_is_told(tmp_path: Path) -> None:
    # Given a listener that does so
    watched = Watched(tmp_path)
    handed_over = threading.Event()

    def once(event: MonitorEvent) -> None:
        watched.monitor.remove_listener(once)
        watched.monitor.add_listener(watched.told.append)
        handed_over.set()

    watched.monitor.add_listener(once)
    # When three large sellers come, one after the other
    watched.sell(0)
    assert handed_over.wait(PATIENCE_SECONDS)
    watched.sell(40, 110)
    assert watched.monitor.telling.close(PATIENCE_SECONDS)
    # Then the later listener has what came later
    assert len(watched.told) == 3
    assert watched.found == THREE_SELLERS


def with_sellers() -> StubClient:
    """Return a client whose tape holds three large sellers."""
    return StubClient(
        lambda symbol, *_: ([trade(each, symbol) for each in (-3, -2, -1)], [quote(-4, symbol)])
    )


def test_a_run_ends_without_a_listener_that_hangs(tmp_path: Path, let_go: threading.Event) -> None:
    # Given a monitor that polls, and a listener that hangs
    watched = Watched(tmp_path, with_sellers())
    reached = threading.Event()

    def hang(event: MonitorEvent) -> None:
        reached.set()
        let_go.wait(60)

    watched.listen(hang)
    thread = threading.Thread(target=watched.monitor.run)
    thread.start()
    assert reached.wait(PATIENCE_SECONDS)
    # When it is stopped
    stopped_at = monotonic_seconds()
    watched.monitor.stop()
    thread.join(PATIENCE_SECONDS)
    # Then it has ended soon, and the record has its end
    assert not thread.is_alive()
    assert monotonic_seconds() - stopped_at < 3.0
    assert watched.found == ["monitoring_started", *THREE_SELLERS, "monitoring_stopped"]


def test_a_run_tells_what_waits_before_it_ends(tmp_path: Path) -> None:
    # Given a monitor that polls, and a listener that is slow at first
    watched = Watched(tmp_path, with_sellers())
    first = threading.Event()

    def slow(event: MonitorEvent) -> None:
        if not first.is_set():
            watched.monitor.stop()
            # The run is ending by now.
            first.wait(0.2)
            first.set()

    watched.listen(slow)
    # When it runs until then
    watched.monitor.run(PATIENCE_SECONDS)
    # Then everybody has heard all of it
    assert len([each for each in watched.told if isinstance(each, OrderFlowAlert)]) == 3
    assert watched.monitor.telling.health()["waiting"] == 0


def test_a_listener_may_wait_for_the_loop_that_the_run_ends_on(tmp_path: Path) -> None:
    # Given a run on an event loop, whose listener hands each event to that loop and waits
    watched = Watched(tmp_path)
    handled: list[MonitorEvent] = []

    async def handle(event: MonitorEvent) -> None:
        handled.append(event)

    async def run() -> None:
        loop = asyncio.get_running_loop()

        def listen(event: MonitorEvent) -> None:
            asyncio.run_coroutine_threadsafe(handle(event), loop).result(PATIENCE_SECONDS)

        watched.listen(listen)
        watched.sell(0, 40, 110)
        # When it ends
        watched.monitor.stop()
        await watched.monitor.run_async(PATIENCE_SECONDS)

    asyncio.run(run())
    # Then it could handle all: three alerts, their exit, and what the start promised
    assert len(handled) == 5


def test_a_real_interrupt_still_ends_the_main_thread(tmp_path: Path) -> None:
    # Given a run on the main thread, and a person who interrupts it once something is told
    watched = Watched(tmp_path, with_sellers())
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    interrupt: Callable[[MonitorEvent], None] = lambda _: _thread.interrupt_main()  # noqa: E731
    watched.listen(interrupt)
    # When it runs
    try:
        with pytest.raises(KeyboardInterrupt):
            watched.monitor.run(PATIENCE_SECONDS)
    finally:
        signal.signal(signal.SIGINT, before)
    # Then it was ended by that, with its record
    assert watched.found[-1] == "monitoring_stopped"
