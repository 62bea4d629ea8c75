"""What becomes of the live file and the record on their way to the viewers."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from support.live_market import (
    LiveFolder,
    alert_line,
    append,
    exit_line,
    live_beat,
    live_row,
    write_lines,
)
from support.monitor_stubs import at

from trading_bot.live_view.page.feed import PageFeed
from trading_bot.live_view.page.viewers import Viewer
from trading_bot.order_flow.errors import DataSourceError

OTHER_RUN = "fedcba9876543210"


class Bench:
    """A feed with a viewer, a folder that it follows, and a clock that is moved by hand."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.now = 0.0
        self.record = folder / "record"
        self.live = LiveFolder(folder / "live")
        self.feed = PageFeed(folder / "live", lambda: at(self.now), **more)
        self.viewer = self._enter()

    def _enter(self) -> Viewer:
        viewer = self.feed.viewers.enter()
        assert viewer is not None
        return viewer

    def begin(self, **changes: Any) -> None:
        usual: dict[str, Any] = {
            "whole": True,
            "record": str(self.record),
            "seconds": self.now,
        }
        changes = usual | changes
        self.live.begin(live_beat(live_row(), **changes))

    def look(self, seconds: float | None = None) -> list[tuple[str, Any]]:
        """Look at a moment, and return what the viewer is sent then."""
        self.now = self.now if seconds is None else seconds
        self.feed.look()
        if not self.viewer._has_some.is_set():
            return []
        return events(asyncio.run(self.viewer.next()))


def events(data: bytes) -> list[tuple[str, Any]]:
    """Return the events of a piece of the stream; a comment as `:`."""
    found: list[tuple[str, Any]] = []
    for each in data.decode().split("\n\n")[:-1]:
        name, _, text = each.partition("\n")
        value = json.loads(text.removeprefix("data: ")) if text else None
        found.append((name.removeprefix("event: "), value))
    return found


def names(found: list[tuple[str, Any]]) -> list[str]:
    return [name for name, _ in found]


def test_without_a_live_file_the_page_says_what_it_waits_for(tmp_path: Path) -> None:
    # Given a folder that is not there
    bench = Bench(tmp_path)
    # When a viewer comes, and some time goes by
    ((name, state),) = bench.look()
    later = [names(bench.look(second)) for second in (0.5, 1.0, 1.5, 2.0)]
    # Then he is told, and each second that there is still nothing
    assert name == "state"
    assert (state["status"], state["rows"]) == ("waiting", [])
    assert str(tmp_path / "live") in state["troubles"][0]
    assert later == [[], ["quiet"], [], ["quiet"]]


def test_a_beat_is_told_once(tmp_path: Path) -> None:
    # Given a viewer that has seen the first beat
    bench = Bench(tmp_path)
    bench.begin()
    ((_, state),) = bench.look()
    # When another one is written
    bench.live.put(live_beat(live_row(price="99"), seconds=0.25))
    found, again = bench.look(0.25), bench.look(0.3)
    # Then it is told, with the row that has changed
    assert [each["price"] for each in state["rows"]] == ["100.50"]
    assert names(found) == ["beat"]
    assert [each["price"] for each in found[0][1]["rows"]] == ["99"]
    assert again == []


def test_lines_of_the_record_that_the_guard_names_are_told(tmp_path: Path) -> None:
    # Given a guard that names its record
    bench = Bench(tmp_path)
    bench.begin()
    bench.look()
    # When lines come, one of which nobody is told
    lines = [alert_line(1), {**alert_line(1), "timestamp": None}, exit_line(2)]
    write_lines(bench.record, lines)
    found = bench.look(0.5)
    # Then the others are told as they stand there
    assert names(found) == ["said", "said"]
    assert [each["kind"] for _, each in found] == ["alert", "exit"]
    assert [each["line"] for _, each in found] == [lines[0], lines[2]]
    assert list(bench.feed.lines()) == [lines[0], lines[2]]


def test_a_record_that_was_given_is_read_in_its_place(tmp_path: Path) -> None:
    # Given a record that was given, and a guard that names none, and then another one
    bench = Bench(tmp_path, record=tmp_path / "given")
    write_lines(tmp_path / "given", [alert_line(0)])
    write_lines(tmp_path / "record", [alert_line(1)])
    bench.begin()
    # When it is looked at
    ((_, state),) = bench.look()
    # Then the given one is shown
    assert [each["line"] for each in state["alerts"]] == [alert_line(0)]
    assert bench.feed.record == tmp_path / "given"


def test_a_guard_without_a_record_is_followed_all_the_same(tmp_path: Path) -> None:
    # Given a guard that keeps no record
    bench = Bench(tmp_path)
    bench.begin(record="")
    # When it is looked at, then its rows are shown, and no alerts
    ((_, state),) = bench.look()
    assert (len(state["rows"]), state["alerts"]) == (1, [])
    assert bench.feed.record is None


def test_another_run_begins_anew_and_tells_nothing_twice(tmp_path: Path) -> None:
    # Given a viewer that has seen an alert of a run
    bench = Bench(tmp_path)
    bench.begin()
    write_lines(bench.record, [alert_line(0)])
    bench.look()
    # When the guard is started again, and finds something
    bench.now = 5
    write_lines(bench.record, [alert_line(5)])
    bench.begin(run=OTHER_RUN)
    found = bench.look()
    # Then the viewer gets the state again, with each alert once
    assert names(found) == ["state"]
    assert [each["line"] for each in found[0][1]["alerts"]] == [alert_line(0), alert_line(5)]
    assert found[0][1]["run"] == OTHER_RUN


def test_a_silent_guard_is_told_at_once_and_then_each_second(tmp_path: Path) -> None:
    # Given a guard that was heard at 0 s
    bench = Bench(tmp_path)
    bench.begin()
    bench.look()
    # When time goes by without a beat, below, at and above what is silence, and then one comes
    found = {moment: names(bench.look(moment)) for moment in (0.5, 1, 2, 3, 3.05, 3.5, 4.05)}
    bench.live.put(live_beat(seconds=4.25))
    back = bench.look(4.25)
    # Then it is told at once, and again each second, and that it is back
    assert found == {
        0.5: [],
        1: [":"],
        2: [":"],
        3: [":"],
        3.05: ["quiet"],
        3.5: [],
        4.05: ["quiet"],
    }
    assert names(back) == ["beat"]
    assert back[0][1]["silent"] is False


def test_a_guard_that_has_stopped_is_told_at_once(tmp_path: Path) -> None:
    # Given a guard
    bench = Bench(tmp_path)
    bench.begin()
    bench.look()
    # When its last beat comes
    bench.live.put(live_beat(seconds=0.25, status="stopped"))
    found = bench.look(0.25)
    # Then silence is told with it
    assert names(found) == ["beat", "quiet"]
    assert found[1][1]["status"] == "stopped"


def test_the_history_is_that_of_all_files_that_are_kept(tmp_path: Path) -> None:
    # Given two files, read by one that comes late
    bench = Bench(tmp_path)
    bench.begin()
    bench.now = 900
    bench.begin(seconds=900)
    # When the history is asked for
    bench.look()
    history = bench.feed.history("ACME")
    # Then it has both, and there is none of what is not watched
    assert history is not None
    assert json.loads(history)["t"] == [at(0) // 1_000_000, at(900) // 1_000_000]
    assert bench.feed.history("ZETA") is None


def test_without_a_viewer_nothing_is_made_for_one(tmp_path: Path) -> None:
    # Given nobody who looks
    bench = Bench(tmp_path)
    bench.feed.viewers.leave(bench.viewer)
    bench.begin()
    write_lines(bench.record, [alert_line(0)])
    # When beats and lines come, then they are taken, and shown to whoever comes later
    bench.look()
    assert len(list(bench.feed.lines())) == 1


def test_another_version_of_the_live_file_ends_the_following(tmp_path: Path) -> None:
    # Given a live file of another version, found after one of ours
    bench = Bench(tmp_path)
    bench.begin()
    assert bench.live.segment is not None
    append(bench.live.segment, b'{"schema":2}\n')
    # When it is followed, then that is refused, naming both
    with pytest.raises(DataSourceError, match=r"schema 2.*schema 1"):
        asyncio.run(bench.feed.follow())
