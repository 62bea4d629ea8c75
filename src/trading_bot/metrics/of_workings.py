"""How the guard's own parts do: queues, threads, record, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

from prometheus_client.core import Metric

from trading_bot.metrics.families import counter, counters, gauge, gauges, states
from trading_bot.metrics.reading import Reading
from trading_bot.order_flow.threads.watch import ThreadState

THREAD_STATES: Final = get_args(ThreadState)
LONGEST_PAUSE: Final = "gc_longest_pause_us"
"""Stands among the counts of what was left out, and is none."""
_US: Final = 1_000_000


def of_queue(reading: Reading) -> Iterator[Metric]:
    """Yield what waits of the stream; nothing while none is watched."""
    queue = reading.queue
    if queue is None:
        return
    yield gauge("frame_queue_frames", "Messages that wait to be judged, a number.", queue.frames)
    yield gauge("frame_queue_bytes", "Bytes that wait to be judged.", queue.waiting_bytes)
    yield gauge("frame_queue_most_bytes", "The most bytes that ever waited.", queue.most_bytes)
    yield gauge("frame_queue_limit_bytes", "Bytes at which reading has to stop.", queue.limit_bytes)
    yield gauge(
        "frame_queue_oldest_seconds",
        "Seconds that the oldest message has waited.",
        queue.oldest_seconds,
    )


def of_dropped(reading: Reading) -> Iterator[Metric]:
    """Yield what was not judged, or went wrong on the way."""
    dropped = reading.health["dropped"]
    yield counters(
        "dropped",
        "What was refused, repaired or left out since the start, by reason, a number.",
        ("reason",),
        (((reason,), count) for reason, count in dropped.items() if reason != LONGEST_PAUSE),
    )
    if LONGEST_PAUSE in dropped:
        yield gauge(
            "gc_longest_pause_seconds",
            "Seconds of the longest pause of the garbage collector in this stream.",
            dropped[LONGEST_PAUSE] / _US,
        )


def of_record(reading: Reading) -> Iterator[Metric]:
    """Yield how record, live file and capture are written; nothing of what is not kept."""
    record = reading.health.get("record")
    if record is not None:
        yield from _of_record(record)
    live_file = reading.health.get("live_file")
    if live_file is not None:
        yield gauge(
            "live_file_ok",
            "1 while the live file can be written, else 0.",
            float(live_file["status"] == "ok"),
        )
        yield counter(
            "live_file_failures",
            "Lines of the live file that could not be written, a number.",
            live_file["failures"],
        )
    capture = reading.health.get("capture")
    if capture is not None:
        yield gauge(
            "capture_ok",
            "1 while the capture lacks nothing, else 0.",
            float(capture["status"] == "ok"),
        )


def _of_record(record: Mapping[str, Any]) -> Iterator[Metric]:
    yield gauge(
        "record_ok", "1 while the record can be written, else 0.", float(record["status"] == "ok")
    )
    yield counter(
        "record_failed_writes",
        "Lines and notes that could not be written at once, a number.",
        sum(record["failed_writes"].values()),
    )
    yield gauge(
        "record_waiting_lines", "Lines that wait to be written, a number.", record["waiting_lines"]
    )
    yield counter(
        "record_lost_lines", "Lines that will never be written, a number.", record["lost_lines"]
    )
    yield counter(
        "record_reopened",
        "How often the files of the record were gone, a number.",
        record["reopened"],
    )
    yield counter(
        "record_unreadable_lines",
        "Lines of earlier runs that could not be read, a number.",
        record["unreadable_lines"],
    )


def of_threads(reading: Reading) -> Iterator[Metric]:
    """Yield how each thread is."""
    threads: Mapping[str, Mapping[str, Any]] = reading.health["threads"]
    yield gauges(
        "thread_state",
        "1 for how a thread is, 0 for the other states.",
        ("thread", "state"),
        (
            row
            for name, found in threads.items()
            for row in states(found["state"], THREAD_STATES, (name,))
        ),
    )
    yield gauges(
        "thread_silent_seconds",
        "Seconds since a thread last showed that it lives.",
        ("thread",),
        (((name,), found["age_seconds"]) for name, found in threads.items()),
    )
    yield gauges(
        "thread_limit_seconds",
        "Seconds that a thread may work without showing that it lives.",
        ("thread",),
        (((name,), found["limit_seconds"]) for name, found in threads.items()),
    )
    yield counters(
        "thread_failures",
        "Steps of a thread that ended by a defect, a number.",
        ("thread",),
        (((name,), found["failures"]) for name, found in threads.items()),
    )
