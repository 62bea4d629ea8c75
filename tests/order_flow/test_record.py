"""The record of a running guard: one guard a folder, and what is told when it fails."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
import shutil
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture
from support.monitor_stubs import (
    BID,
    START_NS,
    HandClock,
    Holdings,
    StubClient,
    large_seller,
    position,
)

from trading_bot.order_flow import diagnostics
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.errors import RecordInUseError
from trading_bot.order_flow.guard import OrderFlowGuard
from trading_bot.order_flow.journal.lock import FolderLock
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import GuardState, MonitorEvent
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.rules.signals import Signal

CONFIG = OrderFlowConfig(thresholds="fixed", requests_per_second=90.0, poll_interval_seconds=0.1)
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="open files are moved or removed")


def guard_of(folder: Path | None, **options: Any) -> OrderFlowGuard:
    fields: dict[str, Any] = {"client": StubClient(), "clock": HandClock(), "mode": "poll"}
    return OrderFlowGuard(CONFIG, [position()], log_directory=folder, **(fields | options))


def monitor_of(folder: Path | None) -> OrderFlowMonitor:
    monitor = OrderFlowMonitor(
        CONFIG,
        position_manager=Holdings(position()),
        client=StubClient(),
        clock=HandClock(),
        log_directory=folder,
    )
    monitor.judge.read_positions()
    return monitor


def listened(monitor: OrderFlowMonitor) -> list[MonitorEvent]:
    told: list[MonitorEvent] = []
    monitor.judge.publisher.add_listener(told.append)
    return told


def states(told: list[MonitorEvent]) -> list[tuple[str, str]]:
    return [(each.kind, each.reason) for each in told if isinstance(each, GuardState)]


def events_of(folder: Path) -> list[dict[str, Any]]:
    text = b"".join(path.read_bytes() for path in sorted(folder.glob("*.jsonl")))
    return [json.loads(line) for line in text.splitlines()]


def until_started(folder: Path, times: int) -> None:
    """Wait until a record has so many starts; a guard that is stopped at once may have none."""
    pause = threading.Event()
    for _ in range(1_000):
        found = [each["event"] for each in events_of(folder)]
        if found.count("order_flow.monitoring_started") == times:
            return
        pause.wait(0.01)
    raise AssertionError(found)


def look(monitor: OrderFlowMonitor, second: int) -> None:
    monitor.judge.every_second(START_NS + second * NS_PER_SECOND)


def publish(monitor: OrderFlowMonitor, seconds: float) -> None:
    signal = Signal.of(large_seller(seconds))
    monitor.judge.publisher.publish_signal(signal, received_ns=None, price_ticks=BID)


# One guard a folder.


def test_a_second_guard_on_a_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    # Given a guard that runs
    first, second = guard_of(tmp_path), guard_of(tmp_path)
    with first:
        until_started(tmp_path, 1)
        # When another is started on its folder
        with pytest.raises(RecordInUseError) as caught:
            second.start()
        # Then it says whose folder it is, and the first runs on
        assert caught.value.pid == os.getpid()
        assert (first.state, second.state) == ("running", "failed")
        assert second.error is caught.value
    # And once the first has stopped, the second may
    with second:
        assert second.state == "running"
        until_started(tmp_path, 2)


def test_a_second_guard_on_an_event_loop_is_refused(tmp_path: Path) -> None:
    # Given a guard that runs
    # When another is run on a loop
    # Then that is refused
    with guard_of(tmp_path), pytest.raises(RecordInUseError):
        asyncio.run(guard_of(tmp_path).run_async(0.1))


def test_a_guard_that_could_not_start_keeps_nobody_out(tmp_path: Path) -> None:
    # Given a guard whose positions cannot be read
    def positions() -> list[Any]:
        raise ConnectionError("the broker is away")

    guard = OrderFlowGuard(
        CONFIG, positions, client=StubClient(), clock=HandClock(), log_directory=tmp_path
    )
    # When it is started in vain
    with pytest.raises(ConnectionError):
        guard.start()
    # Then another may use its folder
    with FolderLock(tmp_path).taken():
        pass


def test_guards_without_a_record_are_in_nobodys_way() -> None:
    # Given two guards that keep no record
    # When both run
    with guard_of(None) as first, guard_of(None) as second:
        # Then they do
        assert (first.state, second.state) == ("running", "running")
    assert "record" not in first.monitor.health_check()


def test_a_monitor_is_refused_what_another_keeps(tmp_path: Path) -> None:
    # Given a monitor that runs
    first, second = monitor_of(tmp_path), monitor_of(tmp_path)
    thread = threading.Thread(target=first.run)
    with first.record_held():
        thread.start()
        # When another is run on its folder
        with pytest.raises(RecordInUseError):
            second.run(0.1)
        first.stop()
        thread.join()
    # Then it runs once that one has ended
    second.run(0.0)


# What fails is told.


def test_a_full_disk_is_told_once_and_exits_go_on(tmp_path: Path, mocker: MockerFixture) -> None:
    # Given a monitor that watches, and a disk that is full
    monitor = monitor_of(tmp_path)
    told = listened(monitor)
    really = os.write
    full = OSError(errno.ENOSPC, "No space left on device")
    mocker.patch.object(os, "write", side_effect=full)
    # When three large sellers come, and seconds pass
    for second in (1, 2, 3):
        publish(monitor, second)
        look(monitor, second)
    health = monitor.health_check()
    mocker.patch.object(os, "write", side_effect=really)
    look(monitor, 4)
    # Then the exit was told once, the failure once, and its end once
    exits = [each for each in told if isinstance(each, ExitRecommendation)]
    assert len(exits) == 1
    assert states(told) == [
        ("record_failed", "No space left on device"),
        ("record_ok", "nothing was lost"),
    ]
    assert health["record"]["status"] == "failed"
    assert monitor.health_check()["record"]["status"] == "ok"
    # And the record has everything, in order
    found = [each["event"].removeprefix("order_flow.") for each in events_of(tmp_path)]
    assert found == [
        "position_seen",
        "large_seller_detected",
        "large_seller_detected",
        "large_seller_detected",
        "exit_signal_triggered",
    ]
    assert monitor.judge.publisher.counts["record_failed"] == 1


def test_a_failure_is_told_before_there_is_anything_to_write(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    # Given a monitor with nothing to tell, on a disk that takes no more
    monitor = monitor_of(tmp_path)
    told = listened(monitor)
    full = OSError(errno.ENOSPC, "full")
    mocker.patch("trading_bot.order_flow.journal.writer.write_whole", side_effect=full)
    # When two seconds pass
    look(monitor, 1)
    look(monitor, 2)
    # Then it is told
    assert states(told) == [("record_failed", "full")]


def test_health_is_not_ok_while_the_record_fails(tmp_path: Path) -> None:
    # Given a monitor that has nothing to protect, and so is well
    monitor = OrderFlowMonitor(
        CONFIG, position_manager=Holdings(), client=StubClient(), log_directory=tmp_path / "record"
    )
    monitor.judge.read_positions()
    monitor._positions.read_first()
    well = monitor.health_check()["status"]
    # When its record cannot be written
    (tmp_path / "record").rmdir()
    (tmp_path / "record").write_bytes(b"")
    monitor.judge.keep_record(START_NS)
    # Then it is not
    assert (well, monitor.health_check()["status"]) == ("ok", "degraded")
    assert monitor.record_trouble


@posix_only
def test_a_folder_that_vanishes_is_made_again_and_told_within_a_second(tmp_path: Path) -> None:
    # Given a monitor whose record was looked at
    folder = tmp_path / "record"
    monitor = monitor_of(folder)
    told = listened(monitor)
    with monitor.record_held():
        look(monitor, 1)
        # When the folder is removed, an alert comes, and the next second
        shutil.rmtree(folder)
        publish(monitor, 1.5)
        look(monitor, 2)
        publish(monitor, 2.5)
    # Then listeners and the new file say so, with what was lost
    words = "the file of 2026-03-10 was gone, and is begun anew"
    reopened, alert = events_of(folder)
    assert states(told) == [("record_reopened", words)]
    assert reopened["event"] == "order_flow.record_reopened"
    assert (reopened["reason"], reopened["lost_lines"]) == (words, 1)
    assert alert["event"] == "order_flow.large_seller_detected"
    assert (folder / "judged_until.json").exists()


@pytest.mark.parametrize(
    ("seconds", "looks"), [((1.0, 1.999), 1), ((1.0, 2.0), 2), ((5.0, 1.0), 2)]
)
def test_the_record_is_looked_after_once_a_second_whatever_the_clock_does(
    tmp_path: Path, mocker: MockerFixture, seconds: tuple[float, float], looks: int
) -> None:
    # Given a monitor
    monitor = monitor_of(tmp_path)
    looked = mocker.spy(monitor.judge.publisher, "keep_record")
    # When it is asked at two moments, the later of which may be earlier by the clock
    for each in seconds:
        monitor.judge.keep_record(START_NS + round(each * NS_PER_SECOND))
    # Then it looks once a second
    assert looked.call_count == looks


def test_without_a_record_nothing_is_looked_after() -> None:
    # Given a monitor that keeps none
    monitor = monitor_of(None)
    told = listened(monitor)
    # When a second passes
    look(monitor, 1)
    # Then nothing happens
    assert (told, monitor.record_trouble) == ([], "")


class Blocking(logging.Handler):
    """A host's handler that blocks until a test lets it go on."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = threading.Event()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        assert self.goes_on.wait(20)
        self.said.append(record.getMessage())


def test_a_log_that_blocks_does_not_hold_the_judging(tmp_path: Path, mocker: MockerFixture) -> None:
    # Given a host whose log blocks, and a record that cannot be written, which is logged
    logger, blocking = logging.getLogger("trading_bot.order_flow"), Blocking()
    mocker.patch("trading_bot.order_flow.journal.writer.write_whole", side_effect=OSError("full"))
    monitor = monitor_of(tmp_path)
    told = threading.Event()

    def hear(event: MonitorEvent) -> None:
        if isinstance(event, GuardState) and event.kind == "record_failed":
            told.set()
            monitor.stop()

    monitor.add_listener(hear)
    logger.addHandler(blocking)
    # When it watches
    try:
        monitor.run(10.0)
    finally:
        blocking.goes_on.set()
        diagnostics.HAND_OVER.wait_until_logged(10)
        logger.removeHandler(blocking)
    # Then it went on judging, told of it, and ended; the log has it once it goes on
    assert told.is_set()
    assert "order_flow.record_write_failed" in blocking.said
