"""Where the live file lies: private, never inside the record, and found again by the record."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from trading_bot.order_flow.live_file import place
from trading_bot.order_flow.live_file.place import (
    LiveFolderRefused,
    folder_to_write,
    is_ours,
    live_folder,
    make_live_folder,
    refuse_inside,
    segments_in,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and owners are not there")
RECORD = Path("record")


class Machine:
    """The folders of a machine that a live file may lie in."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.user = f"trading-bot-{os.getuid()}"
        self.session, self.memory, self.scratch = root / "run", root / "shm", root / "tmp"
        for folder in (self.session, self.memory, self.scratch):
            folder.mkdir(0o700)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(self.session))
        monkeypatch.setattr(place, "_MEMORY", self.memory)
        monkeypatch.setattr("tempfile.tempdir", str(self.scratch))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def begin(folder: Path, number: int) -> Path:
    make_live_folder(folder)
    path = folder / f"live-{number:020}.jsonl"
    path.touch()
    return path


def test_it_lies_in_the_folder_of_the_session(machine: Machine) -> None:
    # Given a session that has a runtime folder
    # When a place is looked for, for who writes and for who reads
    found = folder_to_write(RECORD)
    # Then it is below that, under 16 hex digits, the same for both and for any name of the record
    assert found.parent == machine.session / "trading-bot"
    assert len(found.name) == 16
    assert int(found.name, 16) >= 0
    assert live_folder(RECORD.absolute()) == found


def test_two_records_have_two_places(machine: Machine) -> None:
    # Given two records
    # When their places are looked for, then they differ
    assert folder_to_write(RECORD) != folder_to_write(Path("other"))


@pytest.mark.parametrize("given", ["", "run", "/nowhere/at/all"])
def test_without_a_session_it_lies_in_memory(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    # Given no runtime folder, one that is no whole path, or one that is not there
    monkeypatch.setenv("XDG_RUNTIME_DIR", given)
    # When a place is looked for
    # Then it is in memory, below a folder of the user's
    assert folder_to_write(RECORD).parent == machine.memory / machine.user


def test_where_memory_is_another_s_it_lies_among_temporary_files(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a link where the user's folder in memory would be
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    (machine.memory / machine.user).symlink_to(machine.session)
    # When a place is looked for
    # Then it is among temporary files
    assert folder_to_write(RECORD).parent == machine.scratch / machine.user


def test_who_reads_finds_the_newest_wherever_it_was_written(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a service without a session, which writes into memory, and an old file in the session's
    old = folder_to_write(RECORD)
    begin(old, 1)
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    written = folder_to_write(RECORD)
    begin(written, 2)
    # When a shell that has a session looks
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(machine.session))
    # Then it finds the service's
    assert live_folder(RECORD) == written


def test_only_whole_names_are_files_of_it(tmp_path: Path) -> None:
    # Given a folder with two files, a lock and something else
    newer, older = begin(tmp_path / "live", 20), begin(tmp_path / "live", 3)
    for name in ("live-3.jsonl", "live.lock", "live-00000000000000000003.jsonl.gz"):
        (tmp_path / "live" / name).touch()
    # When they are listed
    # Then the two are there, oldest first
    assert segments_in(tmp_path / "live") == [older, newer]
    assert segments_in(tmp_path / "nowhere") == []
    assert [is_ours(name) for name in (newer.name, "live.lock", "notes.txt")] == [True, True, False]


def test_a_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    # Given a folder that is missing, and one of ours that others may look into
    ours = tmp_path / "ours"
    ours.mkdir(0o755)
    (ours / "live.lock").touch()
    # When both are made
    for folder in (tmp_path / "a" / "b", ours):
        make_live_folder(folder)
        # Then nobody else may
        assert folder.stat().st_mode & 0o777 == 0o700


def refused(folder: Path) -> str:
    with pytest.raises(LiveFolderRefused, match="--live-dir, live_dir") as caught:
        make_live_folder(folder)
    return str(caught.value)


def test_a_link_is_no_place(tmp_path: Path) -> None:
    # Given a link to a folder of ours
    (tmp_path / "real").mkdir(0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    # When the link is to be the folder, then it is refused
    assert "is no folder, or a link to one" in refused(tmp_path / "link")


def test_another_user_s_folder_is_no_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a folder, and another user
    folder = tmp_path / "theirs"
    folder.mkdir(0o700)
    monkeypatch.setattr(os, "getuid", lambda: 12_345)
    # When it is to be the folder, then it is refused
    assert "belongs to another user" in refused(folder)


def test_a_folder_of_many_is_no_place(tmp_path: Path) -> None:
    # Given a folder with a file of somebody's, to which others may write
    (tmp_path / "notes.txt").touch()
    tmp_path.chmod(0o770)
    # When it is to be the folder, then it is refused
    assert "may be written to by others" in refused(tmp_path)


@pytest.mark.parametrize("inside", [".", "live", "a/b", "../record/live"])
def test_the_record_is_no_place(tmp_path: Path, inside: str) -> None:
    # Given a record
    record = tmp_path / "record"
    # When the live file is to lie in it, then it is refused
    with pytest.raises(ValueError, match="cannot lie inside the record"):
        refuse_inside(record / inside, record)


def test_beside_the_record_is_a_place(tmp_path: Path) -> None:
    # Given a record
    # When the live file is to lie beside it, then nothing is said
    refuse_inside(tmp_path / "record-live", tmp_path / "record")
