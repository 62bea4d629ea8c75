"""The file that a recording goes to."""

from __future__ import annotations

import gzip
import json
import logging
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture
from support.monitor_stubs import START_NS, HandClock

from trading_bot.order_flow.capture.lines import Looked
from trading_bot.order_flow.capture.writer import CaptureWriter, plain_settings
from trading_bot.order_flow.config import OrderFlowConfig

DAY_NS = 86_400_000_000_000
CONFIG = OrderFlowConfig(
    thresholds="fixed",
    polygon_api_key="secret",
    symbol_overrides={"ACME": {"alert_window_seconds": 60}},
)
FULL = OSError(28, "No space left on device")


def recorder(folder: Path) -> CaptureWriter:
    return CaptureWriter(folder, CONFIG, clock=HandClock())


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def test_a_recording_begins_with_the_settings_but_not_the_key(tmp_path: Path) -> None:
    # Given a recording with one line
    recording = recorder(tmp_path / "new")
    recording.write(Looked(5))
    # When it is closed, and written to once more
    recording.close()
    recording.write(Looked(6))
    recording.close()
    recording.flush(START_NS)
    # Then it holds the settings and the line
    started, looked = lines(tmp_path / "new" / "2026-03-10.jsonl.gz")
    settings = started.pop("config")
    assert started == {"kind": "started", "schema": 4, "at_ns": START_NS}
    assert looked == {"kind": "looked", "now_ns": 5}
    assert "polygon_api_key" not in settings
    assert OrderFlowConfig(**settings).config_hash == CONFIG.config_hash


def test_what_was_flushed_can_be_read_though_the_process_was_killed(tmp_path: Path) -> None:
    # Given a recording that is never closed
    recording = recorder(tmp_path)
    recording.write(Looked(5))
    # When it was flushed
    recording.flush(START_NS)
    # Then the line is on the disk
    with gzip.open(tmp_path / "2026-03-10.jsonl.gz") as stream:
        found = [stream.readline() for _ in range(2)]
    assert found[1] == b'{"kind":"looked","now_ns":5}\n'
    recording.close()


def test_a_day_has_a_file_that_says_it_goes_on(tmp_path: Path) -> None:
    # Given a recording
    recording = recorder(tmp_path)
    # When the next day has come
    recording.flush(START_NS + DAY_NS)
    recording.close()
    # Then a second file goes on
    (started,) = lines(tmp_path / "2026-03-11.jsonl.gz")
    assert (started["continued"], started["at_ns"]) == (True, START_NS + DAY_NS)


def test_a_second_run_of_a_day_leaves_the_first_alone(tmp_path: Path) -> None:
    # Given a finished recording
    recorder(tmp_path).close()
    before = (tmp_path / "2026-03-10.jsonl.gz").read_bytes()
    # When two more runs are recorded
    recorder(tmp_path).close()
    recorder(tmp_path).close()
    # Then each has its own file
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["2026-03-10.2.jsonl.gz", "2026-03-10.3.jsonl.gz", "2026-03-10.jsonl.gz"]
    assert (tmp_path / "2026-03-10.jsonl.gz").read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_a_recording_is_its_owners_alone(tmp_path: Path) -> None:
    # Given a recording in a new folder
    folder = tmp_path / "deep" / "recording"
    # When it is made
    recorder(folder).close()
    # Then nobody else can look into it
    made = [folder.parent, folder, *folder.iterdir()]
    assert [oct(each.stat().st_mode & 0o777) for each in made] == ["0o700", "0o700", "0o600"]


@pytest.mark.parametrize("failing", ["write", "flush", "close"])
def test_a_full_disk_ends_the_recording_and_nothing_else(
    tmp_path: Path, mocker: MockerFixture, caplog: pytest.LogCaptureFixture, failing: str
) -> None:
    # Given a recording on a disk that is full
    recording = recorder(tmp_path)
    file = recording._file
    assert file is not None
    mocker.patch.object(gzip.GzipFile, failing, side_effect=FULL)
    # When everything is tried
    with caplog.at_level(logging.ERROR):
        recording.write(Looked(1))
        recording.flush(START_NS)
        recording.close()
    mocker.stopall()
    # What stands in for a close that fails leaves the file open, as the real one does not.
    file.close()
    # Then it is counted and logged once
    assert recording.failed_writes == {"No space left on device": 1}
    assert [record.getMessage() for record in caplog.records] == ["order_flow.recording_ended"]


def test_a_failure_without_the_system_s_words_is_counted_by_its_kind(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    # Given a failure that says nothing
    recording = recorder(tmp_path)
    mocker.patch.object(gzip.GzipFile, "write", side_effect=OSError())
    # When a line is written
    recording.write(Looked(1))
    # Then it is counted by its name
    assert recording.failed_writes == {"OSError": 1}


def test_settings_are_plain_values() -> None:
    # Given settings with thresholds of one symbol
    # When they are made plain
    settings = plain_settings(CONFIG)
    # Then JSON can hold them
    assert json.loads(json.dumps(settings))["symbol_overrides"] == {
        "ACME": {"alert_window_seconds": 60}
    }
