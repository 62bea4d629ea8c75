"""Messages are kept beside who judges: within a budget, and never in its way."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from support.kept_frames import REFUSED, PlainFrames

from trading_bot.order_flow.capture import frames
from trading_bot.order_flow.capture.frames import (
    KEEPING,
    LEAST_FREE_BYTES,
    MEGABYTE,
    TOLD_AGAIN_SECONDS,
    FrameCapture,
    FrameFolder,
    Trouble,
)
from trading_bot.order_flow.threads.watch import Threads

BUDGET = 100 * MEGABYTE
SPARE_DISK = "books are captured no more: less than 1,000 MB of the disk are free"


class Disk:
    """A disk whose free space a test sets."""

    def __init__(self, free: int = LEAST_FREE_BYTES) -> None:
        self.free = free

    def free_bytes(self, _folder: Path) -> int:
        return self.free


def folder_at(
    path: Path,
    provider: PlainFrames | None = None,
    *,
    budget_bytes: int = BUDGET,
    disk: Disk | None = None,
) -> FrameFolder:
    return FrameFolder(
        path / "frames",
        "run",
        provider=provider or PlainFrames(),
        data_source="plain",
        budget_bytes=budget_bytes,
        free_bytes=(disk or Disk()).free_bytes,
    )


def message(number: int, payload: bytes = b"x" * 100, head: bytes | None = None) -> frames._Arrived:
    return frames._Arrived(number, payload, number * 1_000, head)


def kept_in(path: Path) -> list[tuple[str, list[tuple[int, int, int]]]]:
    """Return each part's file with its messages: number, arrival, length."""
    found = []
    for part in sorted((path / "frames").glob("*.arrivals.gz")):
        begun, *lines = map(json.loads, gzip.decompress(part.read_bytes()).splitlines())
        found.append((begun["frames"], [(e["frame"], e["at_ns"], e["bytes"]) for e in lines]))
    return found


# The folder.


@pytest.mark.parametrize(
    ("budget_bytes", "ended"), [(500, True), (501, False)], ids=["at it", "below it"]
)
def test_a_budget_that_is_used_ends_it(tmp_path: Path, budget_bytes: int, ended: bool) -> None:
    # Given files of earlier runs
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "earlier.plain").write_bytes(b"x" * 500)
    # When another run begins
    folder = folder_at(tmp_path, budget_bytes=budget_bytes)
    # Then it keeps nothing where they have used the budget
    assert (folder.ended is not None) == ended
    assert folder.bytes == 500


def test_a_budget_that_is_used_up_on_the_way_ends_the_files_well(tmp_path: Path) -> None:
    # Given a budget of which little is left
    folder = folder_at(tmp_path, budget_bytes=250)
    # When messages come until it is used, and after it
    folder.keep(message(1, head=b"HEAD"))
    for number in range(2, 6):
        folder.keep(message(number))
        folder.flush()
    # Then it is said which budget it is
    assert folder.ended == Trouble(
        "budget",
        f"books are captured no more: {tmp_path / 'frames'} has used its 0 MB "
        "(capture_budget_megabytes)",
    )
    # And what was kept by then is whole
    assert folder.kept == 2
    assert kept_in(tmp_path) == [("run.part1.plain", [(1, 1_000, 100), (2, 2_000, 100)])]
    assert folder.bytes == sum(each.stat().st_size for each in (tmp_path / "frames").iterdir())


@pytest.mark.parametrize(
    ("free", "ended"),
    [
        (LEAST_FREE_BYTES - 1, Trouble("disk_space", SPARE_DISK)),
        (LEAST_FREE_BYTES, None),
        (LEAST_FREE_BYTES + 1, None),
    ],
)
def test_little_free_space_ends_it(tmp_path: Path, free: int, ended: Trouble | None) -> None:
    # Given a message that is kept
    disk = Disk()
    folder = folder_at(tmp_path, disk=disk)
    folder.keep(message(1, head=b"HEAD"))
    # When so much of the disk is free at the next flush
    disk.free = free
    folder.flush()
    # Then it ends where that is too little
    assert folder.ended == ended
    folder.close()
    assert kept_in(tmp_path) == [("run.part1.plain", [(1, 1_000, 100)])]


def test_the_disk_itself_is_asked(tmp_path: Path) -> None:
    # Given a folder on this disk
    # When it is asked how much is free, then it is no more than there is, and something
    assert frames._free_bytes(tmp_path) > 0


def test_each_connection_has_a_part_of_its_own(tmp_path: Path) -> None:
    # Given two connections
    folder = folder_at(tmp_path)
    # When messages of both come
    folder.keep(message(1, b"one", head=b"FIRST"))
    folder.keep(message(2, b"two", head=b"SECOND"))
    folder.close()
    # Then each has its file, with its own beginning
    assert kept_in(tmp_path) == [
        ("run.part1.plain", [(1, 1_000, 3)]),
        ("run.part2.plain", [(2, 2_000, 3)]),
    ]
    assert (tmp_path / "frames" / "run.part2.plain").read_bytes() == b"SECONDtwo!"


def test_a_file_that_cannot_be_written_ends_it(tmp_path: Path) -> None:
    # Given something that has the file's name
    folder = folder_at(tmp_path)
    (tmp_path / "frames" / "run.part1.plain").mkdir()
    # When a message comes
    folder.keep(message(1, head=b"HEAD"))
    # Then it is told, in the system's words
    assert folder.ended is not None
    assert folder.ended.reason == "write_failed"
    assert folder.ended.sentence == "books are captured no more: File exists"
    assert folder.kept == 0


def test_a_message_that_cannot_be_packed_ends_it(tmp_path: Path) -> None:
    # Given a message that is kept
    folder = folder_at(tmp_path)
    folder.keep(message(1, head=b"HEAD"))
    # When one comes that cannot be packed
    folder.keep(message(2, REFUSED))
    # Then it ends, and what was kept stays
    assert folder.ended == Trouble("undecodable", "books are captured no more: no")
    assert kept_in(tmp_path) == [("run.part1.plain", [(1, 1_000, 100)])]


def test_messages_without_a_beginning_are_not_kept(tmp_path: Path) -> None:
    # Given a folder that was told of no connection
    folder = folder_at(tmp_path)
    # When a message comes, then nothing is kept
    folder.keep(message(1))
    folder.flush()
    assert (folder.kept, kept_in(tmp_path)) == (0, [])


# The thread.


def capture_of(folder: FrameFolder, **options: object) -> FrameCapture:
    return FrameCapture(folder, **options)  # type: ignore[arg-type]


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for what another thread does; fails after some seconds."""
    for _ in range(2_000):
        if holds():
            return
        threading.Event().wait(0.005)
    raise AssertionError("it did not come")


def test_what_arrives_is_written_by_a_thread_of_its_own(tmp_path: Path) -> None:
    # Given a stream that has begun
    folder, threads = folder_at(tmp_path), Threads()
    capture = capture_of(folder, threads=threads)
    capture.begin(lambda: b"HEAD")
    # When messages of two connections arrive
    capture.take(b"one", 10, 1)
    capture.take(b"two", 20, 1)
    capture.take(b"three", 30, 2)
    capture.close()
    # Then they are kept by their numbers
    assert kept_in(tmp_path) == [
        ("run.part1.plain", [(1, 10, 3), (2, 20, 3)]),
        ("run.part2.plain", [(3, 30, 5)]),
    ]
    assert (capture.taken, capture.left_out) == (3, 0)
    assert threads.health()[KEEPING]["state"] == "resting"
    assert capture.health() == {
        "status": "ok",
        "reason": "",
        "frames": 3,
        "left_out": 0,
        "bytes": folder.bytes,
    }


def test_another_stream_begins_another_part(tmp_path: Path) -> None:
    # Given a stream that has ended
    capture = capture_of(folder_at(tmp_path))
    capture.begin(lambda: b"HEAD")
    assert capture.is_on
    capture.take(b"one", 10, 1)
    capture.rest()
    assert not capture.is_on
    # When another begins, whose connections are counted anew
    capture.begin(lambda: b"OTHER")
    capture.take(b"two", 20, 1)
    capture.close()
    # Then its messages have a part of their own
    assert [name for name, _ in kept_in(tmp_path)] == ["run.part1.plain", "run.part2.plain"]
    assert not capture.is_on


def test_what_has_arrived_reaches_the_disk_while_all_is_quiet(tmp_path: Path) -> None:
    # Given a stream that brings one message
    capture = capture_of(folder_at(tmp_path), flush_seconds=0.01)
    capture.begin(lambda: b"HEAD")
    capture.take(b"one", 10, 1)
    # When nothing more comes, then it is on the disk all the same
    frames_file = tmp_path / "frames" / "run.part1.plain"
    wait_until(lambda: frames_file.exists() and frames_file.read_bytes() == b"HEADone")
    capture.close()


def test_what_has_arrived_reaches_the_disk_while_more_comes(tmp_path: Path) -> None:
    # Given a stream whose messages are to be on the disk at once
    capture = capture_of(folder_at(tmp_path), flush_seconds=0.0)
    capture.begin(lambda: b"HEAD")
    frames_file = tmp_path / "frames" / "run.part1.plain"
    # When messages come without a pause, then some are there before it ends
    for number in range(10):
        capture.take(b"more", number, 1)
    wait_until(lambda: frames_file.exists() and b"moremore" in frames_file.read_bytes())
    capture.close()


def test_who_judges_never_waits_and_is_told_how_much_was_left_out(tmp_path: Path) -> None:
    # Given a disk that is held up
    provider = PlainFrames()
    provider.may_pack.clear()
    seconds = [0.0]
    capture = capture_of(
        folder_at(tmp_path, provider), waiting_bytes=10, seconds=lambda: seconds[0]
    )
    capture.begin(lambda: b"HEAD")
    # When more arrives than may wait
    capture.take(b"12345", 10, 1)
    assert capture.look() is None
    capture.take(b"67890", 20, 1)
    capture.take(b"x", 30, 1)
    # Then that much was left out, which is told once
    said = "1 of 3 messages were left out of the capture: the disk does not keep up"
    assert capture.look() == Trouble("left_out", said)
    assert capture.look() is None
    assert capture.health()["status"] == "warning"
    assert (capture.health()["reason"], capture.health()["left_out"]) == ("left_out", 1)
    # And more of it after a minute
    capture.take(b"y", 40, 1)
    seconds[0] = TOLD_AGAIN_SECONDS - 0.001
    assert capture.look() is None
    seconds[0] = TOLD_AGAIN_SECONDS
    assert (capture.look() or Trouble("", "")).sentence.startswith("2 of 4 messages")
    # And the others are kept under the numbers that they arrived by
    provider.may_pack.set()
    wait_until(lambda: capture.health()["frames"] == 2)
    capture.take(b"z", 50, 1)
    capture.close()
    assert kept_in(tmp_path) == [("run.part1.plain", [(1, 10, 5), (2, 20, 5), (5, 50, 1)])]


def test_the_end_is_told_once_and_nothing_is_taken_after_it(tmp_path: Path) -> None:
    # Given a disk without space
    capture = capture_of(folder_at(tmp_path, disk=Disk(0)))
    capture.begin(lambda: b"HEAD")
    # When a message arrives
    capture.take(b"one", 10, 1)
    capture.close()
    # Then it is told once why nothing is kept
    assert capture.look() == Trouble("disk_space", SPARE_DISK)
    assert capture.look() is None
    assert (capture.health()["reason"], capture.health()["frames"]) == ("disk_space", 0)
    # And messages are counted still, by which books are found
    assert (capture.taken, kept_in(tmp_path)) == (1, [])


def test_a_capture_without_a_stream_ends_at_once(tmp_path: Path) -> None:
    # Given a capture whose stream never began
    capture = capture_of(folder_at(tmp_path))
    # When it ends, then there is nothing
    capture.close()
    assert kept_in(tmp_path) == []
