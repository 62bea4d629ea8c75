"""The record of a replay."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.errors import RecordInUseError
from trading_bot.order_flow.journal.days import LONGEST_LINE
from trading_bot.order_flow.journal.lines import event_line, line_bytes
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.replay.journal import ReplayLog, UnwrittenLog

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
ALERT = OrderFlowAlert("ACME", "large_seller", "warning", 10_000, None, None, NOON)


def line(second: int, symbol: str | None, word: str = "found", day: int = 10) -> dict[str, Any]:
    moment = datetime(2026, 3, day, 12, 0, second, tzinfo=UTC)
    return event_line(f"order_flow.{word}", moment, symbol, logged_at=None)


def written(*lines: dict[str, Any]) -> bytes:
    return b"".join(map(line_bytes, lines))


@pytest.mark.parametrize("lines_in_memory", [1, 2, 3, 100])
def test_lines_stand_in_order_of_time_and_symbol(tmp_path: Path, lines_in_memory: int) -> None:
    # Given the lines of one symbol after those of another, in any amount of memory
    log = ReplayLog(tmp_path / "out", lines_in_memory=lines_in_memory)
    for each in (
        line(1, "BOLT"),
        line(1, "BOLT", "exit"),
        line(3, "BOLT"),
        line(0, "ACME"),
        line(1, "ACME"),
        line(2, "ACME", day=11),
        line(0, None, "monitoring_started"),
        line(2, None, "monitoring_stopped", day=11),
    ):
        log.write(each)
    # When the record is finished
    paths = log.finish()
    # Then each day's file is in order, with its first and last line where they belong
    first = written(
        line(0, None, "monitoring_started"),
        line(0, "ACME"),
        line(1, "ACME"),
        line(1, "BOLT"),
        line(1, "BOLT", "exit"),
        line(3, "BOLT"),
    )
    second = written(line(2, "ACME", day=11), line(2, None, "monitoring_stopped", day=11))
    found = {path.name: path.read_bytes() for path in paths}
    assert found == {"2026-03-10.jsonl": first, "2026-03-11.jsonl": second}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(found)


def test_a_later_replay_replaces_the_days_it_plays(tmp_path: Path) -> None:
    # Given the record of a replay
    earlier = ReplayLog(tmp_path)
    earlier.write(line(0, "ACME"))
    earlier.finish()
    # When another writes the same day
    later = ReplayLog(tmp_path)
    later.write(line(5, "ACME"))
    (path,) = later.finish()
    # Then its lines stand alone
    assert path.read_bytes() == written(line(5, "ACME"))


def test_a_folder_that_a_guard_uses_is_refused(tmp_path: Path) -> None:
    # Given a guard that keeps its record in a folder, and has written nothing yet
    log = AlertLog(tmp_path)
    log.hold()
    # When a replay is to write there
    # Then it is refused, until the guard has ended
    with pytest.raises(RecordInUseError):
        ReplayLog(tmp_path)
    log.let_go()
    assert ReplayLog(tmp_path).finish() == ()


def test_a_guard_that_began_during_the_replay_keeps_its_folder(tmp_path: Path) -> None:
    # Given a replay that has played, and a guard that has begun on its folder since
    replay, log = ReplayLog(tmp_path), AlertLog(tmp_path)
    replay.write(line(0, "ACME"))
    log.hold()
    # When the replay is to write
    # Then it writes nothing
    with pytest.raises(RecordInUseError):
        replay.finish()
    assert list(tmp_path.glob("*.jsonl")) == []
    log.let_go()


def test_a_record_that_is_only_listened_to_is_nobodys() -> None:
    # Given a record that keeps nothing
    log = UnwrittenLog()
    # When it is held and let go of
    log.hold()
    log.let_go()
    # Then there is nothing to write at its end
    assert log.finish() == ()


@pytest.mark.parametrize("content", [b'{"logged_at":"2026-03-10T12:00:00.000000Z"}\n', b"half"])
def test_the_record_of_a_live_run_is_never_replaced(tmp_path: Path, content: bytes) -> None:
    # Given a folder with a live record, or one that cannot be read
    (tmp_path / "2026-03-10.jsonl").write_bytes(content)
    # When a replay is to write there
    # Then it is refused
    with pytest.raises(ValueError, match=r"2026-03-10\.jsonl is the record of a live run"):
        ReplayLog(tmp_path)


LIVE = b'{"logged_at":"2026-03-10T12:00:00.000000Z"}\n'


@pytest.mark.parametrize(
    "packed", [gzip.compress(LIVE), gzip.compress(LIVE)[:-9], b"half"], ids=["whole", "cut", "none"]
)
def test_a_compressed_day_of_a_live_run_is_never_replaced(tmp_path: Path, packed: bytes) -> None:
    # Given a folder with a compressed day, whole or damaged
    (tmp_path / "2026-03-10.jsonl.gz").write_bytes(packed)
    # When a replay is to write there
    # Then it is refused
    with pytest.raises(ValueError, match=r"2026-03-10\.jsonl\.gz is the record of a live run"):
        ReplayLog(tmp_path)


def test_a_line_that_is_too_long_to_be_one_may_be_a_live_run_s(tmp_path: Path) -> None:
    # Given a day file that begins with one
    (tmp_path / "2026-03-10.jsonl").write_bytes(b"x" * (LONGEST_LINE + 1))
    # When a replay is to write there
    # Then it is refused
    with pytest.raises(ValueError, match="is the record of a live run"):
        ReplayLog(tmp_path)


def test_an_empty_day_file_is_in_nobody_s_way(tmp_path: Path) -> None:
    # Given an empty day file
    (tmp_path / "2026-03-10.jsonl").touch()
    # When a replay that finds nothing is finished
    log = ReplayLog(tmp_path)
    # Then nothing was written
    assert log.finish() == ()


def test_a_record_that_is_not_written_keeps_nothing() -> None:
    # Given a replay that is only listened to
    log = UnwrittenLog()
    # When lines come
    log.write(line(0, "ACME"))
    log.close()
    # Then nothing is kept
    assert log.finish() == ()
