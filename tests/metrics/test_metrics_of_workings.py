"""What is told of the guard's own parts: queue, record, threads, and the guard as a whole."""

from __future__ import annotations

import platform
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import pytest
from pytest_mock import MockerFixture
from support.metrics_bench import reading_of, samples, watching
from support.monitor_stubs import START, HandClock, StubClient, steady_of

from trading_bot.metrics.of_guard import DISTRIBUTION, of_build, of_guard
from trading_bot.metrics.of_workings import of_dropped, of_queue, of_record, of_threads
from trading_bot.metrics.reading import read
from trading_bot.order_flow.capture.writer import CaptureWriter
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.feed.frame_queue import QueueHealth
from trading_bot.order_flow.rules import symbol_judge
from trading_bot.order_flow.threads.watch import Threads


def test_what_waits_of_a_stream_is_told_in_bytes_and_seconds() -> None:
    # Given a stream of which two messages wait
    queue = QueueHealth(2, 2_000, 5_000, 16_000_000, 0.25)
    reading = replace(reading_of(watching()), queue=queue)
    # When it is told
    found = samples(of_queue(reading))
    # Then it is in base units
    assert found == {
        "order_flow_frame_queue_frames": 2.0,
        "order_flow_frame_queue_bytes": 2_000.0,
        "order_flow_frame_queue_most_bytes": 5_000.0,
        "order_flow_frame_queue_limit_bytes": 16_000_000.0,
        "order_flow_frame_queue_oldest_seconds": 0.25,
    }


def test_without_a_stream_nothing_is_told_of_its_queue() -> None:
    # Given a guard that polls
    # When it is told what waits, then there is nothing
    assert samples(of_queue(reading_of(watching()))) == {}


@pytest.mark.parametrize("pause_us", [None, 1_500])
def test_what_was_left_out_is_counted_by_reason(pause_us: int | None) -> None:
    # Given a guard that refused two rows, with or without the pauses of a stream's collector
    client = StubClient()
    client.counters["impossible_size"] = 2
    monitor = watching(client=client)
    if pause_us is not None:
        monitor.judge.stream_counts["gc_longest_pause_us"] = pause_us
    # When it is told
    found = samples(of_dropped(reading_of(monitor)))
    # Then the reason has its count, and a pause, which is none, its seconds
    pause = {} if pause_us is None else {"order_flow_gc_longest_pause_seconds": 0.0015}
    assert found == {'order_flow_dropped_total{reason="impossible_size"}': 2.0} | pause


def test_of_a_record_failed_waiting_and_lost_lines_are_told(tmp_path: Path) -> None:
    # Given a guard with a record of which two writes have failed, with a live file and a capture
    monitor = watching(
        log_directory=tmp_path / "record",
        live_dir=tmp_path / "live",
        record_to=CaptureWriter(tmp_path / "capture", OrderFlowConfig(), clock=HandClock()),
    )
    assert monitor._alert_log is not None
    monitor._alert_log.failed_writes.update({"No space left on device": 2})
    # When it is told how they are written
    found = samples(of_record(reading_of(monitor)))
    # Then there are their numbers
    assert found == {
        "order_flow_record_ok": 1.0,
        "order_flow_record_failed_writes_total": 2.0,
        "order_flow_record_waiting_lines": 0.0,
        "order_flow_record_lost_lines_total": 0.0,
        "order_flow_record_reopened_total": 0.0,
        "order_flow_record_unreadable_lines_total": 0.0,
        "order_flow_live_file_ok": 1.0,
        "order_flow_live_file_failures_total": 0.0,
        "order_flow_capture_ok": 1.0,
    }


def test_what_is_not_kept_is_not_told() -> None:
    # Given a guard that keeps no record
    # When it is told how that is written, then there is nothing
    assert samples(of_record(reading_of(watching()))) == {}


def test_each_thread_has_a_state_an_age_and_its_failures() -> None:
    # Given a thread that failed once, and has been silent for 2 s
    clock = HandClock()
    threads = Threads(steady_ns=steady_of(clock))
    monitor = watching(clock=clock, threads=threads)
    threads.watched("judging", 5.0).note(ValueError())
    clock.move(2.0)
    # When it is told
    found = samples(of_threads(reading_of(monitor)))
    # Then it is in one state
    assert found == {
        'order_flow_thread_state{state="ok",thread="judging"}': 0.0,
        'order_flow_thread_state{state="resting",thread="judging"}': 0.0,
        'order_flow_thread_state{state="failed",thread="judging"}': 1.0,
        'order_flow_thread_state{state="stuck",thread="judging"}': 0.0,
        'order_flow_thread_silent_seconds{thread="judging"}': 2.0,
        'order_flow_thread_limit_seconds{thread="judging"}': 5.0,
        'order_flow_thread_failures_total{thread="judging"}': 1.0,
    }


def test_the_guard_as_a_whole_has_a_status() -> None:
    # Given a guard that runs, and whose provider has answered
    reading = reading_of(watching())
    # When it is told
    found = samples(of_guard(reading, 1_773_151_200.0))
    # Then it says when, and how it is
    settings = {key: value for key, value in found.items() if "_settings_info" in key}
    assert {key: value for key, value in found.items() if key not in settings} == {
        "order_flow_collected_timestamp_seconds": 1_773_151_200.0,
        "order_flow_running": 1.0,
        "order_flow_sleeping": 0.0,
        'order_flow_status{status="ok"}': 1.0,
        'order_flow_status{status="degraded"}': 0.0,
        'order_flow_status{status="blind"}': 0.0,
        "order_flow_provider_ok": 1.0,
        "order_flow_settings_ok": 1.0,
    }
    assert list(settings.values()) == [1.0]


@pytest.mark.parametrize(("word", "told"), [("untried", None), ("ok", 1.0), ("timeout", 0.0)])
def test_a_provider_answers_once_it_was_asked(word: str, told: float | None) -> None:
    # Given what the newest question came to
    client = StubClient()
    client.word = word
    # When it is told
    found = samples(of_guard(reading_of(watching(client=client)), 0.0))
    # Then it is known, or left out
    assert found.get("order_flow_provider_ok") == told


def test_a_guard_that_waits_for_the_market_to_open_sleeps() -> None:
    # Given a guard of which whoever runs it says so
    monitor = watching()
    monitor.sleeping_until = START + timedelta(hours=12)
    # When it is told
    found = samples(of_guard(read(monitor), 0.0))
    # Then it neither runs nor is it dead
    assert (found["order_flow_running"], found["order_flow_sleeping"]) == (0.0, 1.0)


def test_an_invented_market_is_named_so() -> None:
    # Given a guard on the simulated market
    monitor = watching(market="simulated")
    # When it is told which guard it is
    found = samples(of_build(monitor))
    # Then market, provider and version are labels
    release, python = version(DISTRIBUTION), platform.python_version()
    core = "plain" if Path(symbol_judge.__file__).suffix == ".py" else "compiled"
    assert found == {
        f'order_flow_build_info{{core="{core}",python="{python}",version="{release}"}}': 1.0,
        'order_flow_market_info{dataset="stocks",depth="top_of_book",market="simulated",'
        'provider="polygon"}': 1.0,
    }


def test_depth_a_compiled_core_and_a_folder_without_a_version_are_told(
    mocker: MockerFixture,
) -> None:
    # Given a provider with ten levels, a compiled core, and a package that was never installed
    monitor = watching()
    capabilities = replace(monitor.provider.capabilities, depth_levels=10)
    mocker.patch.object(monitor, "provider", mocker.Mock(capabilities=capabilities))
    monitor.provider.name = "levels"
    mocker.patch.object(symbol_judge, "__file__", "symbol_judge.so")
    # When it is told which guard it is
    found = " ".join(samples(of_build(monitor, "no-such-distribution")))
    # Then so it is named
    assert 'depth="levels"' in found
    assert 'core="compiled"' in found
    assert 'version="unknown"' in found
