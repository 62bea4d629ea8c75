"""Files that their owner alone may read, whatever the mask of the process."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from trading_bot.order_flow.journal.private_files import (
    make_private_folder,
    open_private,
    private_writer,
    tighten_folder,
    try_to_write,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def mask(value: int) -> Iterator[None]:
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize("value", [0o000, 0o022, 0o077])
def test_what_is_made_is_its_owners_alone_whatever_the_mask(tmp_path: Path, value: int) -> None:
    # Given a mask of the process
    with mask(value):
        # When a folder two deep and a file in it are made
        make_private_folder(tmp_path / "a" / "b")
        private_writer(tmp_path / "a" / "b" / "file").close()
    # Then nobody else can look into either
    made = [tmp_path / "a", tmp_path / "a" / "b", tmp_path / "a" / "b" / "file"]
    assert [mode_of(each) for each in made] == [0o700, 0o700, 0o600]


def test_a_file_that_is_open_to_others_is_tightened_and_a_folder_is_not(tmp_path: Path) -> None:
    # Given a folder and a file that others may read
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "file").write_bytes(b"before ")
    (folder / "file").chmod(0o644)
    # When both are used
    make_private_folder(folder)
    descriptor = open_private(folder / "file", APPEND)
    os.write(descriptor, b"after")
    os.close(descriptor)
    # Then the file is tightened and has what it had; the folder is its user's business
    assert (mode_of(folder), mode_of(folder / "file")) == (0o755, 0o600)
    assert (folder / "file").read_bytes() == b"before after"


def test_a_folder_that_cannot_be_looked_at_stays_as_it_is(tmp_path: Path) -> None:
    # Given no such folder
    # When it is to be tightened
    tighten_folder(tmp_path / "gone", bool)
    # Then that is no failure
    assert not (tmp_path / "gone").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
def test_a_device_stays_as_it_is(tmp_path: Path) -> None:
    # Given a link to a device of the machine
    (tmp_path / "file").symlink_to("/dev/full")
    before = mode_of(Path("/dev/full"))
    # When it is opened
    os.close(open_private(tmp_path / "file", APPEND))
    # Then it is left alone
    assert mode_of(Path("/dev/full")) == before


def test_a_file_of_another_user_is_written_as_it_is(tmp_path: Path, mocker: MockerFixture) -> None:
    # Given a file whose mode we may not change
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "file").chmod(0o666)
    mocker.patch.object(os, "fchmod", side_effect=PermissionError())
    # When it is opened
    os.close(open_private(tmp_path / "file", APPEND))
    # Then that is no failure
    assert mode_of(tmp_path / "file") == 0o666


def test_a_file_in_the_folders_place_is_an_error(tmp_path: Path) -> None:
    # Given a file that has the folder's name
    (tmp_path / "file").write_bytes(b"")
    # When the folder is to be made
    # Then it cannot
    with pytest.raises(FileExistsError):
        make_private_folder(tmp_path / "file")


def test_a_folder_is_tried_and_nothing_is_left_in_it(tmp_path: Path) -> None:
    # Given a folder that takes files, and one that is none
    # When both are tried
    found = [try_to_write(tmp_path), try_to_write(tmp_path / "gone")]
    # Then it is known why the second does not
    assert found == ["", "No such file or directory"]
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fails_when_the_file_is_full_is_known(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    # Given a disk that fails without a word
    mocker.patch(
        "trading_bot.order_flow.journal.private_files.private_writer", side_effect=OSError()
    )
    # When it is tried
    # Then the failure is named
    assert try_to_write(tmp_path) == "OSError"
