"""The record's folder: can it be written, and who has it?"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.doctor_values import looked_at, stands

from trading_bot.doctor.journal import journal, journal_writable
from trading_bot.order_flow.journal.lock import LOCK_FILE, FolderLock


def test_a_folder_that_can_be_made_is_not_made(tmp_path: Path) -> None:
    # Given a record that is not there yet
    # When it is looked at
    found = journal(looked_at(tmp_path))
    # Then it can be made, and nothing was
    stands(found, "ok", "can be made")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_tried(tmp_path: Path) -> None:
    # Given a record
    (tmp_path / "record").mkdir()
    # When it is looked at
    found = journal(looked_at(tmp_path))
    # Then it can be written, and nothing is left in it
    stands(found, "ok", "can be written")
    assert list((tmp_path / "record").iterdir()) == []


def test_a_file_in_place_of_the_folder_fails(tmp_path: Path) -> None:
    # Given a file of that name
    (tmp_path / "record").touch()
    # When it is looked at, then it fails
    stands(journal(looked_at(tmp_path)), "fail", "it is no folder", "--log-dir")


def test_a_folder_that_takes_no_file_fails(tmp_path: Path) -> None:
    # Given a folder in which the name of the probe is taken by a folder
    (tmp_path / "record" / "record.probe").mkdir(parents=True)
    # When it is looked at, then the system's words are said
    stands(journal_writable(looked_at(tmp_path)), "fail", "cannot be written", "--log-dir")


def test_a_folder_that_another_guard_has_is_a_warning(tmp_path: Path) -> None:
    # Given a record that is locked
    with FolderLock(tmp_path / "record").taken():
        # When it is looked at, then its holder is named
        found = journal(looked_at(tmp_path))
    stands(found, "warn", f"locked by process {os.getpid()} since ", "stop it")


def test_a_holder_without_a_name_is_another_guard(tmp_path: Path) -> None:
    # Given a lock whose holder could not write who it is
    with FolderLock(tmp_path / "record").taken():
        (tmp_path / "record" / LOCK_FILE).write_bytes(b"")
        # When it is looked at, then nobody is named
        found = journal(looked_at(tmp_path))
    stands(found, "warn", "locked by another guard")


def test_the_lock_of_a_process_that_died_holds_nobody_off(tmp_path: Path) -> None:
    # Given the file of a lock that nobody holds
    (tmp_path / "record").mkdir()
    (tmp_path / "record" / LOCK_FILE).write_bytes(b'{"pid":1,"since":"x"}')
    # When it is looked at, then all is well, and it can be taken
    stands(journal(looked_at(tmp_path)), "ok")
    with FolderLock(tmp_path / "record").taken() as taken:
        assert taken is None


@pytest.mark.parametrize(
    ("simulated", "name"), [(False, "order_flow"), (True, "order_flow_simulated")]
)
def test_the_usual_folder_is_that_of_the_market(tmp_path: Path, simulated: bool, name: str) -> None:
    # Given no folder that was named
    looked = looked_at(tmp_path, log_directory=None, simulated=simulated)
    # When it is looked at, then it is the one that the watch would take
    stands(journal(looked), "ok", f"{tmp_path / 'logs' / name} can be made")
