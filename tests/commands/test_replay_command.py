"""`trading-bot replay`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.many_days import write_days
from support.replay_options import a_day

from trading_bot.commands.recorded.replay import replay_data
from trading_bot.replay.run_replay import ReplayOptions, run_replay


def of(folder: Path, *paths: Path, thresholds: str = "fixed", **changes: Any) -> ReplayOptions:
    folder.mkdir(exist_ok=True)
    settings = folder / "settings.json"
    settings.write_text(json.dumps({"thresholds": thresholds}))
    options = ReplayOptions(paths, settings, folder / ".env", out=folder / "out")
    return replace(options, **changes)


def record_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("*.jsonl")))


@pytest.mark.parametrize("thresholds", ["fixed", "own_scale"])
def test_a_day_is_recorded_as_by_the_playback_itself(thresholds: str, tmp_path: Path) -> None:
    # Given a day
    paths = write_days(tmp_path / "days", days=(0,), symbols=("ACME", "BOLT"))
    # When the command replays it, and so does a playback by itself
    status = replay_data(of(tmp_path / "a", *paths, thresholds=thresholds))
    run_replay(of(tmp_path / "b", *paths, thresholds=thresholds))
    # Then both records are the same to the byte
    assert status == 0
    assert record_of(tmp_path / "a" / "out") == record_of(tmp_path / "b" / "out")


def test_what_is_printed_is_as_by_the_playback_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a day with a row that is lost
    options = a_day(tmp_path, as_json=True)
    # When both replay it, without a record
    printed = []
    for run in (replay_data, run_replay):
        run(options)
        printed.append(json.loads(capsys.readouterr().out))
        printed[-1].pop("seconds")
        printed[-1].pop("rows_per_second")
    # Then they say the same
    assert printed[0] == printed[1]


def test_parts_are_gone_once_the_record_is_whole(tmp_path: Path) -> None:
    # Given a day
    paths = write_days(tmp_path / "days", days=(0,), symbols=("ACME",))
    # When it is replayed
    replay_data(of(tmp_path / "a", *paths))
    # Then its folder holds the record alone
    assert [path.name for path in (tmp_path / "a" / "out").iterdir()] == ["2013-10-08.jsonl"]


def test_a_damaged_day_is_named_and_the_parts_of_the_others_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a day, and one whose files are empty or damaged
    paths = write_days(tmp_path / "days", days=(0, 1), symbols=("ACME",))
    paths[2].write_bytes(b"")
    paths[3].write_bytes(b"\x1f\x8b\x08" + b"x" * 40)
    # When both are replayed
    status = replay_data(of(tmp_path / "a", *paths, as_json=True))
    # Then it ends badly and says which, and the other day is recorded
    printed = capsys.readouterr()
    assert status == 2
    assert [
        str(path) in each
        for path, each in zip(paths[2:], json.loads(printed.out)["failed"], strict=True)
    ]
    assert printed.err.count("WARNING: left out: ") == 2
    assert (tmp_path / "a" / "out" / "2013-10-08.jsonl").is_file()
    assert (tmp_path / "a" / "out" / "parts").is_dir()
    # And whoever accepts that is content
    assert replay_data(of(tmp_path / "a", *paths, accept_losses=True)) == 0


def test_a_folder_of_profiles_that_is_not_there_is_named(tmp_path: Path) -> None:
    # Given a day, and a folder that is not there
    paths = write_days(tmp_path / "days", days=(0,), symbols=("ACME",))
    # When it is to be replayed from its profiles
    # Then it is named
    with pytest.raises(FileNotFoundError, match="--profile names"):
        replay_data(of(tmp_path / "a", *paths, profile=tmp_path / "none"))


def test_where_nothing_can_be_read_that_is_said(tmp_path: Path) -> None:
    # Given a file that cannot be opened
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"\x1f\x8b\x08" + b"x" * 40)
    # When it is replayed
    # Then it is named
    with pytest.raises(ValueError, match=r"bad.csv is cut off or damaged"):
        replay_data(of(tmp_path / "a", bad))


def test_a_recording_is_played_by_this_process_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a recording
    played: list[ReplayOptions] = []
    monkeypatch.setattr("trading_bot.commands.recorded.replay.common_format", lambda _: "jsonl")

    def played_alone(options: ReplayOptions) -> int:
        played.append(options)
        return 0

    monkeypatch.setattr("trading_bot.commands.recorded.replay.run_replay", played_alone)
    paths = write_days(tmp_path / "days", days=(0,), symbols=("ACME",))
    # When two jobs are to replay it
    status = replay_data(of(tmp_path / "a", *paths), jobs=2)
    # Then one does
    assert (status, len(played)) == (0, 1)


@pytest.mark.slow
def test_processes_replay_to_the_byte_though_one_is_killed_and_ctrl_c_is_pressed(
    tmp_path: Path,
) -> None:
    # Given three days, and their record
    days = tmp_path / "days"
    write_days(days)
    one = of(tmp_path / "one", days)
    replay_data(one, jobs=1)
    command = [sys.executable, "-m", "trading_bot", "replay", str(days), "--jobs", "2", "--json"]
    command += ["--out", str(tmp_path / "two"), "--config", str(one.config_path)]
    home = {**os.environ, "TRADING_BOT_HOME": str(tmp_path)}

    def begun() -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - ourselves
            command, env=home, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )

    def part_is_there() -> None:
        wait = threading.Event()
        for _ in range(3_000):
            if any(tmp_path.glob("two/parts/*/manifest.jsonl")):
                return
            wait.wait(0.01)
        raise AssertionError("no part came within half a minute")

    # When Ctrl-C ends the driver after a part
    first = begun()
    part_is_there()
    first.send_signal(signal.SIGINT)
    _, said = first.communicate(timeout=30)
    assert (first.returncode, said) == (130, b"")
    kept = len(next(tmp_path.glob("two/parts/*/manifest.jsonl")).read_bytes().splitlines())
    # And another one goes on, of which the system kills a worker
    second = begun()
    killed = _kill_a_child_of(second.pid)
    _, said = second.communicate(timeout=60)
    # Then the record is the same
    assert (second.returncode, said, kept > 0, killed) == (0, b"", True, True)
    assert record_of(tmp_path / "two") == record_of(tmp_path / "one" / "out")


def _kill_a_child_of(parent: int) -> bool:
    """Kill the first worker of a process once there is one; return whether one was found."""
    wait = threading.Event()
    for _ in range(3_000):
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rsplit(")", 1)[1].split()
                line = path.with_name("cmdline").read_bytes()
            except OSError:
                continue
            if int(fields[1]) == parent and b"spawn_main" in line:
                os.kill(int(path.parent.name), signal.SIGKILL)
                return True
        wait.wait(0.01)
    return False
