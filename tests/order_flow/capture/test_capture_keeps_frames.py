"""A capture beside which messages are kept: what it says of books, and what is told of it."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture
from support.kept_frames import PlainFrames
from support.monitor_stubs import START_NS, HandClock, Holdings, StubClient, position

from trading_bot.order_flow.capture.frames import FrameCapture, Trouble
from trading_bot.order_flow.capture.writer import CaptureWriter
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.journal.rows.checking import RecordCheck
from trading_bot.order_flow.market.events import BookEvent
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import GuardState, MonitorEvent
from trading_bot.order_flow.threads.watch import Threads

DAY_NS = 86_400_000_000_000
CONFIG = OrderFlowConfig(thresholds="fixed")
BOOK = BookEvent("ACME", START_NS, ((100, 5),), ((101, 6),), None, 3, START_NS + 9)
FULL = OSError(28, "No space left on device")


def recorder(folder: Path, **settings: Any) -> CaptureWriter:
    return CaptureWriter(folder, replace(CONFIG, **settings), clock=HandClock())


def keeping(recording: CaptureWriter) -> FrameCapture:
    """Let a stream begin whose messages are kept."""
    frames = recording.keep_frames(PlainFrames(), Threads())
    assert frames is not None
    frames.begin(lambda: b"HEAD")
    return frames


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def kinds(path: Path) -> list[str]:
    return [each["kind"] for each in lines(path)]


def test_a_book_of_a_stream_whose_messages_are_kept_is_named_only(tmp_path: Path) -> None:
    # Given a stream that has brought two messages
    recording = recorder(tmp_path)
    frames = keeping(recording)
    frames.take(b"one", START_NS, 1)
    frames.take(b"two", START_NS, 1)
    # When a book is judged while it streams, and another when it does not any more
    recording.book(BOOK)
    frames.rest()
    recording.book(BOOK)
    recording.close()
    # Then the first says where it is, the other all of itself
    _, begun, named, whole = lines(tmp_path / "2026-03-10.jsonl.gz")
    assert begun == {"kind": "frames", "run": "2026-03-10"}
    assert named == {
        "kind": "book_at",
        "symbol": "ACME",
        "sip_ns": START_NS,
        "frame": 2,
        "sequence": 3,
        "received_ns": START_NS + 9,
    }
    assert (whole["kind"], whole["bids"]) == ("book", [[100, 5]])


def test_without_a_budget_every_book_is_a_line(tmp_path: Path) -> None:
    # Given a capture that may keep nothing
    recording = recorder(tmp_path, capture_budget_megabytes=0)
    # When a stream begins, and brings a book
    assert recording.keep_frames(PlainFrames(), Threads()) is None
    recording.book(BOOK)
    recording.close()
    # Then the book stands in it, and nothing lies beside it
    assert kinds(tmp_path / "2026-03-10.jsonl.gz") == ["started", "book"]
    assert [each.name for each in tmp_path.iterdir()] == ["2026-03-10.jsonl.gz"]


def test_a_stream_that_begins_again_goes_on_in_the_same_run(tmp_path: Path) -> None:
    # Given a stream whose messages are kept
    recording = recorder(tmp_path)
    frames = keeping(recording)
    # When another begins, and the day ends
    assert recording.keep_frames(PlainFrames(), Threads()) is frames
    recording.flush(START_NS + DAY_NS)
    recording.close()
    # Then the next day's file says whose messages these are
    assert kinds(tmp_path / "2026-03-10.jsonl.gz") == ["started", "frames"]
    assert lines(tmp_path / "2026-03-11.jsonl.gz")[1] == {"kind": "frames", "run": "2026-03-10"}


def test_each_run_of_a_day_has_messages_of_its_own(tmp_path: Path) -> None:
    # Given two runs of a day
    for _ in range(2):
        recording = recorder(tmp_path)
        # When each keeps a message
        keeping(recording).take(b"one", START_NS, 1)
        recording.close()
    # Then they lie beside each other
    assert sorted(each.name for each in (tmp_path / "frames").iterdir()) == [
        "2026-03-10.2.part1.arrivals.gz",
        "2026-03-10.2.part1.plain",
        "2026-03-10.part1.arrivals.gz",
        "2026-03-10.part1.plain",
    ]


def test_a_folder_that_cannot_be_made_is_told_and_books_are_lines(tmp_path: Path) -> None:
    # Given something that has the folder's name
    (tmp_path / "frames").touch()
    recording = recorder(tmp_path)
    # When a stream begins, and brings a book
    assert recording.keep_frames(PlainFrames(), Threads()) is None
    recording.book(BOOK)
    recording.close()
    # Then that is told once, and the book stands in the capture
    assert recording.look() == Trouble("write_failed", "frames are not kept: File exists")
    assert recording.look() is None
    assert kinds(tmp_path / "2026-03-10.jsonl.gz") == ["started", "book"]


def test_health_says_what_is_kept_and_what_has_failed(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    # Given a capture
    recording = recorder(tmp_path)
    assert recording.health() == {"status": "ok", "reason": ""}
    # When messages are kept
    frames = keeping(recording)
    # Then it says how many
    assert recording.health()["frames"] == 0
    # And when nothing can be written any more
    assert recording._file is not None
    mocker.patch.object(recording._file, "flush", side_effect=FULL)
    recording.flush(START_NS)
    # Then it says that, and it is told once
    assert (recording.health()["status"], recording.health()["reason"]) == (
        "warning",
        "write_failed",
    )
    words = "nothing is captured any more: No space left on device"
    assert recording.look() == Trouble("write_failed", words)
    assert recording.look() is None
    frames.close()


@pytest.mark.parametrize("keeps", [True, False], ids=["a budget that is used", "a capture alone"])
def test_what_a_capture_lacks_is_told_recorded_and_in_health(tmp_path: Path, keeps: bool) -> None:
    # Given a monitor whose capture's disk is full
    recording = recorder(tmp_path / "capture")
    monitor = OrderFlowMonitor(
        CONFIG,
        record_to=recording,
        position_manager=Holdings(position()),
        log_directory=tmp_path / "record",
        client=StubClient(),
        clock=HandClock(),
    )
    told: list[MonitorEvent] = []
    monitor.judge.publisher.add_listener(told.append)
    if keeps:
        frames = keeping(recording)
        frames._folder._give_up("disk_space", "none is free")
    # When the feeds are looked at twice
    for second in range(2):
        monitor.judge.every_second(START_NS + second * 1_000_000_000)
    health = monitor.health_check()
    monitor.close()
    recording.close()
    # Then it is told once, and protection is as well as it was
    sentence = "books are captured no more: none is free"
    states = [each for each in told if isinstance(each, GuardState)]
    assert [(each.kind, each.reason) for each in states] == [("capture_failed", sentence)] * keeps
    assert health["capture"]["reason"] == ("disk_space" if keeps else "")
    assert health["published"] == ({"capture_failed": 1} if keeps else {})
    # And it stands in the record, which is well
    path = tmp_path / "record" / "2026-03-10.jsonl"
    written = path.read_text(encoding="utf-8").splitlines() if keeps else []
    found = [json.loads(line) for line in written]
    assert [(line["event"], line["reason"], line["sentence"]) for line in found] == [
        ("order_flow.capture_failed", "disk_space", sentence)
    ] * keeps
    assert list(RecordCheck(tmp_path / "record").problems()) == []
