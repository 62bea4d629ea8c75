"""Metrics as a text file for node_exporter."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from prometheus_client.core import CollectorRegistry
from support.metrics_bench import parsed, watching
from support.monitor_stubs import HandClock
from support.patience import until

from trading_bot.metrics import text_file
from trading_bot.metrics.collector import GuardCollector
from trading_bot.metrics.text_file import MetricsFile
from trading_bot.order_flow.threads.watch import Threads


def file_of(path: Path, threads: Threads | None = None) -> MetricsFile:
    registry = CollectorRegistry()
    registry.register(GuardCollector(watching("ACME", clock=HandClock())))
    return MetricsFile(registry, path, threads or Threads())


def test_the_file_is_there_from_the_first_and_gone_at_the_end(tmp_path: Path) -> None:
    # Given a folder that node_exporter reads
    path = tmp_path / "order_flow.prom"
    # When a guard begins and ends
    with file_of(path):
        found = parsed(path.read_bytes())
        beside = list(tmp_path.iterdir())
    # Then its file was whole and by itself, and nothing old stays behind
    assert found['order_flow_positions{side="long"}'] == 1.0
    assert beside == [path]
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_written_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a guard whose rounds are short, and a file that somebody deletes
    monkeypatch.setattr(text_file, "ROUND_SECONDS", 0.01)
    path, threads = tmp_path / "order_flow.prom", Threads()
    with file_of(path, threads):
        path.unlink()
        # When a round has passed
        # Then it is there again
        until(path.exists)
    assert threads.health()["metrics file"]["failures"] == 0


def test_a_defect_ends_nothing_and_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a guard whose rounds are short, and metrics that have a defect after the first file
    monkeypatch.setattr(text_file, "ROUND_SECONDS", 0.01)
    threads, registry = Threads(), CollectorRegistry()
    file = MetricsFile(registry, tmp_path / "order_flow.prom", threads)
    with file:
        monkeypatch.setattr(file, "look", lambda: dict[str, str]()["nothing"])
        # When some rounds have passed
        until(lambda: threads.health()["metrics file"]["failures"] >= 2)
        found = threads.health()["metrics file"]
    # Then it goes on, and says so
    assert (found["state"], found["error"]) == ("failed", "KeyError")


def test_a_disk_that_fails_is_logged_once_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a folder that vanishes and comes back
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "order_flow.prom"
    file = file_of(path)
    folder.rmdir()
    # When it is written to in rounds
    with caplog.at_level(logging.WARNING):
        file.look()
        file.look()
        first = len(caplog.records)
        folder.mkdir()
        file.look()
        path.unlink()
        folder.rmdir()
        file.look()
    # Then each failure is logged once, and it is there in between
    assert (first, len(caplog.records)) == (1, 2)
    assert [each.message for each in caplog.records] == ["metrics.file_not_written"] * 2


def test_a_folder_that_cannot_be_written_is_said_at_the_start(tmp_path: Path) -> None:
    # Given a folder that does not exist
    file = file_of(tmp_path / "nowhere" / "order_flow.prom")
    # When a guard begins, then it says which file, and why
    named = r"--metrics-file .*/order_flow\.prom cannot be written \(No such file or directory\)"
    with pytest.raises(ValueError, match=named), file:
        pass


@pytest.mark.parametrize("name", ["order_flow.txt", "order_flow", "prom"])
def test_a_file_that_nobody_would_read_is_refused(tmp_path: Path, name: str) -> None:
    # Given a name that node_exporter passes over
    # When it is asked for, then it is refused
    with pytest.raises(ValueError, match=r"must end in \.prom"):
        file_of(tmp_path / name)
