from __future__ import annotations

import pytest

from trading_bot.order_flow.feed.frame_queue import (
    FRAME_OVERHEAD_BYTES,
    LARGE_FRAME_BYTES,
    Frame,
    FrameQueue,
    QueueHealth,
)

FRAME = b"x" * (1_000 - FRAME_OVERHEAD_BYTES)  # takes 1,000 bytes


def filled(frames: int, limit_bytes: int) -> FrameQueue:
    queue = FrameQueue(limit_bytes)
    for number in range(frames):
        queue.put(FRAME, number, 1)
    return queue


def test_frames_come_out_as_they_went_in() -> None:
    # Given two frames and the end of their connection
    queue = FrameQueue()
    queue.put(b"one", 10, 1)
    queue.put(b"two", 20, 1)
    queue.put(None, 30, 1)
    # When all are taken
    taken = [queue.take() for _ in range(3)]
    # Then they stand in order, and the queue is empty
    assert taken == [Frame(b"one", 10, 1), Frame(b"two", 20, 1), Frame(None, 30, 1)]
    assert (len(queue), queue.waiting_bytes, queue.oldest_ns) == (0, 0, None)


def test_the_oldest_frame_tells_how_long_frames_wait() -> None:
    # Given two frames
    queue = filled(2, 10_000)
    # When the first is taken
    before = queue.oldest_ns
    queue.take()
    # Then the second is the oldest
    assert (before, queue.oldest_ns) == (0, 1)


@pytest.mark.parametrize(("frames", "goes_on"), [(8, True), (9, False), (10, False)])
def test_reading_has_to_stop_at_the_bound(frames: int, goes_on: bool) -> None:
    # Given a queue of 10,000 bytes that holds some frames
    queue = filled(frames, 10_000)
    # When one more comes
    answer = queue.put(FRAME, 99, 1)
    # Then it is taken, and reading goes on only below the bound
    assert (answer, queue.full, len(queue)) == (goes_on, not goes_on, frames + 1)


@pytest.mark.parametrize(("frames", "pressed"), [(4, False), (5, False), (6, True)])
def test_a_queue_is_pressed_past_its_half(frames: int, pressed: bool) -> None:
    # Given a queue of 10,000 bytes
    # When it holds some frames
    queue = filled(frames, 10_000)
    # Then it is pressed past half of them
    assert queue.pressed is pressed


def test_the_most_that_ever_waited_is_known() -> None:
    # Given three frames of which two were taken
    queue = filled(3, 10_000)
    queue.take()
    queue.take()
    # When one more comes
    queue.put(FRAME, 9, 1)
    # Then the most is still three frames
    assert (queue.most_bytes, queue.waiting_bytes) == (3_000, 2_000)


def test_a_run_ends_with_its_bytes() -> None:
    # Given five frames
    queue = filled(5, 10_000)
    # When 2,500 bytes are taken
    taken = [frame.received_ns for frame in queue.take_run(2_500)]
    # Then it is the frames up to there
    assert (taken, len(queue)) == ([0, 1, 2], 2)


def test_a_run_ends_with_a_connection() -> None:
    # Given a frame, the end of its connection, and a frame of the next
    queue = FrameQueue()
    queue.put(b"one", 10, 1)
    queue.put(None, 20, 1)
    queue.put(b"two", 30, 2)
    # When a long run is taken
    taken = [frame.payload for frame in queue.take_run(1_000_000)]
    # Then it stops at the end of the connection
    assert (taken, len(queue)) == ([b"one", None], 1)


def test_a_run_of_an_empty_queue_is_empty() -> None:
    # Given nothing
    queue = FrameQueue()
    # When a run is taken
    taken = list(queue.take_run(1_000))
    # Then it holds nothing
    assert taken == []


@pytest.mark.parametrize("surplus", [-1, 0, 1])
def test_a_large_frame_stands_for_itself(surplus: int) -> None:
    # Given a small frame, and one around the bound of a large one
    queue = FrameQueue()
    queue.put(FRAME, 10, 1)
    queue.put(b" " * (LARGE_FRAME_BYTES + surplus), 20, 1)
    is_large = surplus > 0
    # When a long run is taken
    taken = len(list(queue.take_run(1_000_000)))
    # Then it ends before a large one, which can be looked at, and waits on
    assert taken == (1 if is_large else 2)
    assert len(queue) == (1 if is_large else 0)
    if is_large:
        assert queue.first().is_large
        assert list(queue.take_run(1_000_000)) == []


def test_an_end_is_no_large_frame() -> None:
    # Given the end of a connection
    queue = FrameQueue()
    queue.put(None, 10, 1)
    # When it is looked at, then it is not judged in pieces
    assert not queue.first().is_large


def test_a_queue_says_what_waits_and_for_how_long() -> None:
    # Given a queue of which two frames have come and one was taken
    queue = filled(2, 10_000)
    queue.take()
    # When it is asked 2 s after its start
    found = queue.health(2_000_000_001)
    # Then it says what waits, what ever waited, and since when
    assert found == QueueHealth(1, 1_000, 2_000, 10_000, 2.0)


@pytest.mark.parametrize("frames", [0, 1])
def test_nothing_waits_for_less_than_no_time(frames: int) -> None:
    # Given a queue that is empty, or whose clock was set back
    queue = filled(frames, 10_000)
    # When it is asked
    found = queue.health(-1)
    # Then nothing has waited
    assert (found.frames, found.oldest_seconds) == (frames, 0.0)
